//! Processes without the kernel's events: what shows in /proc, and what that costs.

use std::process::Command;
use std::time::Duration;

use capture::proc::Config;
use graph::{Exit, Kind, ProcessId};
use tests::processes::{Watch, identities, image};

fn polling() -> Watch {
    Watch::start(Config { connector: false, ..Config::default() })
}

#[test]
fn polling_says_so_and_sees_what_lives_long_enough() {
    let watch = polling();
    assert!(watch.notice().starts_with("polling: short-lived processes are missed"));
    let me = watch.wait("this very process", |events| image(events, std::process::id()));
    assert_eq!(me.exe.as_deref().ok(), std::env::current_exe().unwrap().to_str());
    let mut child = Command::new("sh").args(["-c", "sleep 1; exec sleep 1"]).spawn().unwrap();
    let pid = child.id();
    let is = |command: &'static str| {
        move |events: &[graph::Event]| image(events, pid).filter(|i| i.command.as_deref() == Ok(command)).map(|_| ())
    };
    watch.wait("a shell", is("sh -c sleep 1; exec sleep 1"));
    watch.wait("sleep", is("sleep 1"));
    child.wait().unwrap();
    assert_eq!(watch.exit(pid), Exit::Unseen);
    let (events, _, took) = watch.stop();
    assert!(took < Duration::from_millis(500), "{took:?}");
    let told = identities(&events, pid);
    assert!(told.iter().all(|(_, id)| *id == told[0].1 && id.start_ns > 1), "{told:?}");
    let parent = events.iter().find_map(|event| match event.kind {
        Kind::Exec { process, parent, .. } if process.pid == pid => parent,
        _ => None,
    });
    assert_eq!(parent.map(|parent| parent.pid), Some(std::process::id()));
}

#[test]
fn one_that_is_over_and_not_asked_after_is_over() {
    let watch = polling();
    let mut child = Command::new("sleep").arg("0.6").spawn().unwrap();
    let pid = child.id();
    watch.wait("it", |events| image(events, pid));
    // It is not waited for: it stays in /proc.
    assert_eq!(watch.exit(pid), Exit::Unseen);
    watch.stop();
    child.wait().unwrap();
}

#[test]
fn only_what_is_looked_at_is_measured() {
    let watch = polling();
    let me = std::process::id();
    watch.wait("this very process", |events| image(events, me));
    watch.visible.set([ProcessId { pid: me, start_ns: 0 }, ProcessId { pid: 1, start_ns: 5 }]);
    let usage = watch.wait("what it takes", |events| {
        events.iter().find_map(|event| match event.kind {
            Kind::Usage { process, usage } if process.pid == me => Some(usage),
            _ => None,
        })
    });
    assert!(usage.rss_bytes > 1 << 20, "{usage:?}");
    let (events, ..) = watch.stop();
    assert!(events.iter().all(|event| !matches!(event.kind, Kind::Usage { process, .. } if process.pid != me)));
}
