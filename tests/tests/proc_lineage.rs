//! What the source tells makes a model that knows where a process came from, after all of it is gone.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Stdio};

use capture::proc::{Config, attribution};
use capture::{Source, live};
use graph::{Limits, Model, Origin, ProcessKey, Realm, Realms, RegistryBuilder};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use tests::netns::Namespace;
use tests::processes::{Watch, identities};
use tests::scratch::Scratch;
use tests::whole::Whole;
use tests::{Need, able};

#[test]
fn lineage_outlives_the_processes() {
    let Some(watch) = Watch::by_kernel() else { return };
    // A script starts something in a subshell, in the background, and ends; that one starts the program. Each goes on when it was seen.
    let scratch = Scratch::new();
    let [first, second] = ["first", "second"].map(|name| scratch.path(name));
    [&first, &second].into_iter().for_each(|fifo| mkfifo(fifo, Mode::S_IRWXU).unwrap());
    let script = "(sh -c 'read x < \"$0\"; exec env sh -c \"cat \\\"\\$0\\\"; true\" \"$1\"' \"$0\" \"$1\" &) ; exit 0";
    let mut child = Command::new("sh").args(["-c", script]).args([&first, &second]).spawn().unwrap();
    child.wait().unwrap();
    let runs = |what: &str, command: &str| {
        watch.wait(what, |events| {
            events.iter().find_map(|event| match &event.kind {
                graph::Kind::Exec { process, image, .. } if image.command.as_deref().is_ok_and(|is| is.starts_with(command)) => {
                    Some(*process)
                }
                _ => None,
            })
        })
    };
    runs("the shell in the background", "sh -c read x");
    fs::write(&first, "\n").unwrap();
    let reader = runs("the program", &format!("cat {}", second.display()));
    fs::write(&second, "\n").unwrap();
    // All of it is gone, up to the script.
    let mut pid = reader.pid;
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
    assert!(identities(&events, reader.pid).iter().all(|(_, id)| *id == reader));

    let realms = Realms { local: Realm(1), site: Realm(2) };
    let mut model = Model::new(RegistryBuilder::default().freeze(), Limits::default());
    model.add_origin(Origin { name: "processes".into(), realms });
    for event in &events {
        model.apply(event.at, event, &mut ());
    }
    let lineage: Vec<_> = model.lineage(ProcessKey { realm: realms.local, process: reader }).collect();
    let pids: Vec<u32> = lineage.iter().map(|process| process.key.process.pid).collect();
    assert!(pids.contains(&child.id()) && pids.contains(&std::process::id()), "{pids:?}");
    let names: Vec<&str> = lineage.iter().map(|process| process.image.title()).collect();
    assert_eq!(names[0], "cat", "{names:?}");
    let dead = lineage.iter().take_while(|process| process.key.process.pid != std::process::id());
    for process in dead {
        assert!(process.born && !process.is_alive(), "{process:#?}");
    }
    // A shell became another one, by way of env, which may be gone before it can be read: what it was before is remembered.
    let before = |image: &std::sync::Arc<graph::Image>| image.command.as_deref().is_ok_and(|command| command.starts_with("sh -c read x"));
    assert!(lineage.iter().any(|process| process.earlier.iter().any(before)), "{lineage:#?}");
    // No process was told twice under two beginnings.
    let mut known: Vec<_> = model.processes().filter(|process| process.is_alive()).map(|process| process.key.process.pid).collect();
    known.sort_unstable();
    let told = known.len();
    known.dedup();
    assert_eq!(told, known.len());
}

/// A script begins curl in a subshell in the background, and ends; curl talks with a server, and ends. All that is real, in a namespace.
#[test]
fn a_story_names_the_whole_chain_after_all_of_it_is_gone() {
    if !able(&[Need::Root, Need::Program("ip"), Need::Program("curl")]) {
        return;
    }
    let processes = Config::default().open().unwrap();
    if let Some(why) = processes.refused() {
        return tests::skip(&format!("needs process events of the kernel: {why}"));
    }
    let namespace = Namespace::new();
    let open = || {
        let (owners, feed) = attribution::Config { root: "/proc".into(), interfaces: vec!["lo".into()], child: None }.open().unwrap();
        let sources: Vec<Box<dyn Source>> = vec![Box::new(live::Config::new("lo").open().unwrap()), Box::new(owners)];
        (sources, feed, TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap())
    };
    let (mut sources, feed, server) = namespace.enter(open);
    sources.push(Box::new(processes));
    let whole = Whole::start(sources, feed);
    let me = std::process::id();
    // From then on births are heard of.
    whole.wait("this very process", |model| model.processes().find(|process| process.key.process.pid == me).map(|_| ()));

    let scratch = Scratch::new();
    let script = scratch.path("deploy.sh");
    let port = server.local_addr().unwrap().port();
    fs::write(&script, format!("read x\n(curl --silent http://127.0.0.1:{port}/ > /dev/null &)\nexit 0\n")).unwrap();
    let mut deploy = namespace.enter(|| Command::new("sh").arg(&script).stdin(Stdio::piped()).spawn().unwrap());
    // It goes on once it has a name.
    let is_named =
        |model: &Model| model.processes().any(|known| known.key.process.pid == deploy.id() && known.image.title() == "deploy.sh");
    whole.wait("the script", |model| is_named(model).then_some(()));
    drop(deploy.stdin.take());
    assert!(deploy.wait().is_ok());
    let deploy = deploy.id();
    // It has no answer before it is known whose the flow is.
    let (mut accepted, from) = server.accept().unwrap();
    assert!(accepted.read(&mut [0; 4096]).unwrap() > 0);
    let flow = |model: &Model| model.flows().find(|flow| flow.src().port == from.port()).map(|flow| flow.id);
    let curl = whole.wait("who began it", |model| {
        let flow = model.flow(flow(model)?)?;
        model.story(flow).filter(|story| story.side == flow.initiator.side).map(|story| story.process)
    });
    accepted.write_all(b"HTTP/1.0 204 No Content\r\n\r\n").unwrap();
    drop(accepted);
    whole.wait("the end of all of it", |model| {
        let mut chain = model.lineage(curl).take_while(|process| process.key.process.pid != me);
        chain.all(|process| process.born && !process.is_alive()).then_some(())
    });

    let story = whole.wait("the story", |model| model.story(model.flow(flow(model)?)?));
    assert_eq!(story.lineage[..3], ["curl", "deploy.sh", "deploy.sh"], "curl, the subshell, the script: {story:#?}");
    let pids = whole.wait("who they were", |model| Some(model.lineage(curl).map(|process| process.key.process.pid).collect::<Vec<_>>()));
    assert_eq!(pids[2..4], [deploy, me]);
    assert!(!story.alive && story.sent > 0 && story.received > 0 && story.age.is_some(), "{story:#?}");
    assert_eq!(story.peer, "127.0.0.1");
    whole.stop();
}
