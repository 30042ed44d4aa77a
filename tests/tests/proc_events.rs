//! Processes as the kernel tells of them: births, programs and ends of real children.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use capture::proc::Config;
use graph::{Change, Event, Exit, Kind, ProcessId, Unread};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid, gettid};
use tests::processes::{Watch, exit, identities, image, images};
use tests::{Need, able};

/// Where a program really lies.
fn program(name: &str) -> String {
    let found = ["/usr/bin", "/bin"].iter().map(|dir| Path::new(dir).join(name)).find(|path| path.exists()).expect("the program");
    found.canonicalize().unwrap().to_str().unwrap().to_owned()
}

#[test]
fn a_child_that_lives_5_ms_has_its_name() {
    let Some(watch) = Watch::by_kernel() else { return };
    let (mut named, mut excused) = (0, 0);
    const CHILDREN: usize = 50;
    // Who has no processor for so long while a child lives may be too late, on whichever machine.
    const KEPT: Duration = Duration::from_millis(1);
    for _ in 0..CHILDREN {
        let waited = watch.waited();
        let mut child = Command::new("sleep").arg("0.005").spawn().unwrap();
        let pid = child.id();
        assert!(child.wait().unwrap().success());
        assert_eq!(watch.exit(pid), Exit::Code(0));
        let image = watch.wait("its program", |events| image(events, pid));
        if image.exe.as_deref() == Ok(program("sleep").as_str()) && image.command.as_deref() == Ok("sleep 0.005") && &*image.comm == "sleep"
        {
            named += 1;
        } else {
            excused += usize::from(watch.waited() - waited >= KEPT);
        }
    }
    let (events, ledger, took) = watch.stop();
    println!(
        "{named} of {CHILDREN} were named, {excused} while others had the processors; {} events, {} lost, ended in {took:?}",
        ledger.process_events, ledger.lost_process
    );
    // A kernel without a free page drops an event, which is counted.
    assert!(named + excused >= CHILDREN - 1, "{named}, {excused} excused, {ledger:?}");
    assert!(took < Duration::from_millis(500), "{took:?}");
    assert!(events.iter().all(|event| event.at.micros() > 0));
}

#[test]
fn ends_are_told_as_wait_tells_them() {
    let Some(watch) = Watch::by_kernel() else { return };
    for code in [0, 1, 3, 255] {
        let mut child = Command::new("sh").args(["-c", &format!("exit {code}")]).spawn().unwrap();
        child.wait().unwrap();
        assert_eq!(watch.exit(child.id()), Exit::Code(code));
    }
    for signal in [Signal::SIGTERM, Signal::SIGKILL] {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        kill(Pid::from_raw(child.id() as i32), signal).unwrap();
        child.wait().unwrap();
        assert_eq!(watch.exit(child.id()), Exit::Signal { number: signal as u8, core: false });
    }
    watch.stop();
}

#[test]
fn number_and_beginning_stay_the_same_from_birth_to_end() {
    let Some(watch) = Watch::by_kernel() else { return };
    let mut child = Command::new("sh").args(["-c", "exec env X=1 sh -c 'exec cat'"]).stdin(Stdio::piped()).spawn().unwrap();
    let pid = child.id();
    let id = watch.wait("its birth", |events| identities(events, pid).first().map(|(_, id)| *id));
    watch.visible.set([ProcessId { pid, start_ns: 0 }]);
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let ticks: u64 = stat.rsplit(") ").next().unwrap().split(' ').nth(19).unwrap().parse().unwrap();
    watch.wait("what it runs last", |events| image(events, pid).filter(|image| &*image.comm == "cat"));
    child.wait().unwrap();
    watch.exit(pid);
    let (events, ..) = watch.stop();
    let told = identities(&events, pid);
    assert!(told.iter().all(|(_, other)| *other == id), "{told:?}");
    let what: Vec<_> = told.iter().map(|(what, _)| *what).filter(|what| *what != "usage").collect();
    assert_eq!((what.first(), what.last()), (Some(&"fork"), Some(&"exit")), "{what:?}");
    assert!(id.is(ProcessId { pid, start_ns: ticks * 10_000_000 }), "{id:?}: /proc says {ticks} ticks");
    let titles: Vec<String> = images(&events, pid).iter().map(|image| image.comm.to_string()).collect();
    assert_eq!(titles.last().map(String::as_str), Some("cat"), "{titles:?}");
    assert_eq!(titles.len(), 4, "a shell, env, a shell, cat: {titles:?}");
    let parent = events.iter().find_map(|event| match event.kind {
        Kind::Fork { parent, child } if child == id => Some(parent.pid),
        _ => None,
    });
    assert_eq!(parent, Some(std::process::id()));
}

#[test]
fn threads_are_no_processes() {
    let Some(watch) = Watch::by_kernel() else { return };
    const THREADS: usize = 500;
    let all = Arc::new(Barrier::new(THREADS));
    let run = |all: Arc<Barrier>| {
        all.wait();
        gettid().as_raw() as u32
    };
    let threads: Vec<_> =
        (0..THREADS).map(|_| all.clone()).map(|all| thread::Builder::new().stack_size(65_536).spawn(move || run(all)).unwrap()).collect();
    let tids: BTreeSet<u32> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(tids.len(), THREADS);
    let mut child = Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    watch.exit(child.id());
    let (events, ledger, _) = watch.stop();
    assert_eq!(ledger.lost_process, 0);
    for tid in tids {
        assert_eq!(identities(&events, tid), []);
    }
    assert_eq!(exit(&events, std::process::id()), None);
}

#[test]
fn a_process_goes_on_when_its_first_thread_ends_or_another_one_execs() {
    if !able(&[Need::Program("python3")]) {
        return;
    }
    let Some(watch) = Watch::by_kernel() else { return };
    let script = "import threading, time, os, ctypes\nthreading.Thread(target=lambda: (time.sleep(0.4), os._exit(7))).start()\nctypes.CDLL(None).pthread_exit(None)";
    let mut child = Command::new("python3").args(["-c", script]).spawn().unwrap();
    let began = Instant::now();
    child.wait().unwrap();
    assert!(began.elapsed() > Duration::from_millis(400));
    let end = watch.exit(child.id());
    assert_eq!(end, Exit::Code(7));
    let script =
        "import threading, os\nt = threading.Thread(target=lambda: os.execvp('sh', ['sh', '-c', 'read x; exit 9']))\nt.start(); t.join()";
    let mut child = Command::new("python3").args(["-c", script]).stdin(Stdio::piped()).spawn().unwrap();
    let pid = child.id();
    watch.wait("the shell", |events| image(events, pid).filter(|image| image.command.as_deref() == Ok("sh -c read x; exit 9")));
    child.wait().unwrap();
    assert_eq!(watch.exit(pid), Exit::Code(9));
    let (events, ..) = watch.stop();
    assert_eq!(identities(&events, pid).iter().filter(|(what, _)| *what == "exit").count(), 1);
}

#[test]
fn names_that_deceive_are_escaped_and_secrets_masked() {
    let Some(watch) = Watch::by_kernel() else { return };
    let name = "e\x1b[2J\u{202e}xt";
    let script = "printf \"$1\" > /proc/self/comm; printf \"$1\" > /proc/$$/comm; read x; true";
    let mut child =
        Command::new("sh").args(["-c", script, "--password=hunter2", name]).arg0("sh\n\u{2066}x").stdin(Stdio::piped()).spawn().unwrap();
    let pid = child.id();
    watch
        .wait("its command line", |events| image(events, pid).filter(|image| image.command.as_ref().is_ok_and(|is| is.contains("printf"))));
    child.wait().unwrap();
    watch.exit(pid);
    let (events, ..) = watch.stop();
    let command = image(&events, pid).unwrap().command.clone().unwrap();
    assert!(
        command.starts_with("sh\\x0a\\xe2\\x81\\xa6x -c printf") && command.contains(" --password=*** e\\x1b[2J\\xe2\\x80\\xaext"),
        "{command}"
    );
    let renamed = events.iter().find_map(|event| match &event.kind {
        Kind::Change { process, change: Change::Name(name) } if process.pid == pid => Some(name.to_string()),
        _ => None,
    });
    assert_eq!(renamed.as_deref(), Some("e\\x1b[2J\\xe2\\x80\\xaext"));
}

#[test]
fn of_2000_forks_with_exec_none_is_lost() {
    let Some(watch) = Watch::by_kernel() else { return };
    const EACH: usize = 1000;
    let began = Instant::now();
    let run = || {
        (0..EACH)
            .map(|_| Command::new("true").spawn().unwrap())
            .map(|mut child| (child.id(), child.wait().unwrap()))
            .map(|(pid, _)| pid)
            .collect()
    };
    let pids: [Vec<u32>; 2] = thread::scope(|scope| [(), ()].map(|()| scope.spawn(run)).map(|thread| thread.join().unwrap()));
    let took = began.elapsed();
    // Each thread's came one after another, but nobody knows which thread's was the last.
    for pids in &pids {
        watch.exit(*pids.last().unwrap());
    }
    let (events, ledger, _) = watch.stop();
    let mut told = [0, 0, 0];
    let mut named = 0;
    let pids: BTreeSet<u32> = pids.into_iter().flatten().collect();
    for event in &events {
        match &event.kind {
            Kind::Fork { child, .. } if pids.contains(&child.pid) => told[0] += 1,
            Kind::Exec { process, image, .. } if pids.contains(&process.pid) => {
                told[1] += 1;
                named += usize::from(image.exe.is_ok() && image.command.is_ok());
            }
            Kind::Exit { process, exit: Exit::Code(0) } if pids.contains(&process.pid) => told[2] += 1,
            _ => {}
        }
    }
    println!("{} in {took:?}: told {told:?}, of these {named} programs whole; lost {}", 2 * EACH, ledger.lost_process);
    assert_eq!((told, ledger.lost_process), ([2 * EACH; 3], 0));
}

#[test]
fn it_goes_on_without_a_privilege_and_says_what_it_may_not_read() {
    let Some(watch) = Watch::start_dropped(Config::default()).or_skipped() else { return };
    let mut child = Command::new("cat").arg("-").stdin(Stdio::piped()).spawn().unwrap();
    let pid = child.id();
    let image = watch.wait("its program", |events| image(events, pid).filter(|image| &*image.comm == "cat"));
    child.wait().unwrap();
    assert_eq!(watch.exit(pid), Exit::Code(0));
    watch.stop();
    assert_eq!(image.command.as_deref(), Ok("cat -"));
    // Of who may do more than oneself, the executable is not shown (ptrace(2), access mode checking).
    let cat = program("cat");
    let may_more = Uid::effective().is_root();
    assert_eq!(image.exe.as_deref(), if may_more { Err(&Unread::Denied) } else { Ok(cat.as_str()) });
}

#[test]
fn what_was_lost_is_counted_and_looked_for() {
    let config = Config { buffer_bytes: 1, ..Config::default() };
    let Some(watch) = Watch::start(config).or_skipped() else { return };
    let before = watch.wait("this very process", |events| identities(events, std::process::id()).first().copied());
    // Threads that fork at the same time fill the smallest buffer there is.
    let run = || {
        (0..300)
            .map(|_| Command::new("true").spawn().unwrap())
            .map(|mut child| child.wait().unwrap())
            .filter(|status| status.success())
            .count()
    };
    let ran: usize = thread::scope(|scope| [(); 8].map(|()| scope.spawn(run)).into_iter().map(|thread| thread.join().unwrap()).sum());
    assert_eq!(ran, 2400);
    let mut stays = Command::new("sleep").arg("60").spawn().unwrap();
    let pid = stays.id();
    watch.wait("what lives", |events| image(events, pid).filter(|image| &*image.comm == "sleep").map(|_| ()));
    let lost = |events: &[Event]| {
        events.iter().rev().find_map(|event| if let Kind::Ledger(ledger) = event.kind { Some(ledger.lost_process) } else { None })
    };
    watch.wait("losses", |events| lost(events).filter(|lost| *lost > 0));
    // Whoever was told is over by what was told, or lives.
    watch.wait("the end of all that is over", |events| {
        let mut alive = BTreeSet::new();
        for event in events {
            match &event.kind {
                Kind::Fork { child: process, .. } | Kind::Exec { process, .. } => alive.insert(*process),
                Kind::Exit { process, .. } => alive.remove(process),
                _ => false,
            };
        }
        alive.iter().all(|process| Path::new(&format!("/proc/{}", process.pid)).exists()).then_some(())
    });
    stays.kill().unwrap();
    stays.wait().unwrap();
    watch.exit(pid);
    let (events, ledger, _) = watch.stop();
    println!("{} events, {} lost", ledger.process_events, ledger.lost_process);
    assert!(identities(&events, std::process::id()).iter().all(|(_, id)| *id == before.1));
}

#[test]
fn an_orphan_is_taken_in() {
    let Some(watch) = Watch::by_kernel() else { return };
    let mut child = Command::new("sh").args(["-c", "exec 3<&0; cat <&3 & exit 0"]).stdin(Stdio::piped()).spawn().unwrap();
    let lives_on = child.stdin.take();
    child.wait().unwrap();
    let parent = child.id();
    let orphan = watch.wait("its child", |events| {
        events.iter().find_map(|event| match event.kind {
            Kind::Fork { parent: by, child } if by.pid == parent => Some(child),
            _ => None,
        })
    });
    let guardian = watch.wait("who took it in", |events| {
        events.iter().find_map(|event| match event.kind {
            Kind::Change { process, change: Change::Parent(guardian) } if process == orphan => Some(guardian),
            _ => None,
        })
    });
    assert_ne!(guardian.pid, parent);
    drop(lives_on);
    assert_eq!(watch.exit(orphan.pid), Exit::Code(0));
    watch.stop();
}
