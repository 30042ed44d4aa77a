//! What the source tells makes a model that knows where a process came from, after all of it is gone.

use std::process::Command;

use graph::{Limits, Model, Origin, ProcessKey, Realm, Realms, RegistryBuilder};
use tests::processes::{Watch, identities};

#[test]
fn lineage_outlives_the_processes() {
    let Some(watch) = Watch::by_kernel() else { return };
    // A script starts something in a subshell, in the background, and ends; that one starts the program.
    let script = "(sh -c 'sleep 0.1; exec env sh -c \"sleep 0.3; true\"' &) ; exit 0";
    let mut child = Command::new("sh").args(["-c", script]).spawn().unwrap();
    child.wait().unwrap();
    let is_it = |image: &graph::Image| image.command.as_deref() == Ok("sleep 0.3");
    let sleeper = watch.wait("the program", |events| {
        events.iter().find_map(|event| match &event.kind {
            graph::Kind::Exec { process, image, .. } if is_it(image) => Some(*process),
            _ => None,
        })
    });
    // All of it is gone, up to the script.
    let mut pid = sleeper.pid;
    while pid != child.id() {
        watch.exit(pid);
        pid = watch.wait("who began it", |events| {
            events.iter().find_map(|event| match event.kind {
                graph::Kind::Fork { parent, child } if child.pid == pid => Some(parent.pid),
                _ => None,
            })
        });
    }
    watch.exit(pid);
    let (events, ..) = watch.stop();
    assert!(identities(&events, sleeper.pid).iter().all(|(_, id)| *id == sleeper));

    let realms = Realms { local: Realm(1), site: Realm(2) };
    let mut model = Model::new(RegistryBuilder::default().freeze(), Limits::default());
    model.add_origin(Origin { name: "processes".into(), realms });
    for event in &events {
        model.apply(event.at, event, &mut ());
    }
    let lineage: Vec<_> = model.lineage(ProcessKey { realm: realms.local, process: sleeper }).collect();
    let pids: Vec<u32> = lineage.iter().map(|process| process.key.process.pid).collect();
    assert!(pids.contains(&child.id()) && pids.contains(&std::process::id()), "{pids:?}");
    let names: Vec<&str> = lineage.iter().map(|process| process.image.title()).collect();
    assert_eq!(names[0], "sleep", "{names:?}");
    let dead = lineage.iter().take_while(|process| process.key.process.pid != std::process::id());
    for process in dead {
        assert!(process.born && !process.is_alive(), "{process:#?}");
    }
    // A shell became another one, by way of env, which may be gone before it can be read: what it was before is remembered.
    let before =
        |image: &std::sync::Arc<graph::Image>| image.command.as_deref().is_ok_and(|command| command.starts_with("sh -c sleep 0.1"));
    assert!(lineage.iter().any(|process| process.earlier.iter().any(before)), "{lineage:#?}");
    // No process was told twice under two beginnings.
    let mut known: Vec<_> = model.processes().filter(|process| process.is_alive()).map(|process| process.key.process.pid).collect();
    known.sort_unstable();
    let told = known.len();
    known.dedup();
    assert_eq!(told, known.len());
}
