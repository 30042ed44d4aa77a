//! Pausing, stepping, stopping, and another filter on the way.

use crossbeam_channel::bounded;

use super::support::{LONG, Running, Scratch, last_ledger, udp_at, wall};
use crate::file::{Config, Pace};
use crate::source::{Command, Ended};

/// Ten packets in one second: but for what a test says, all would be read at once.
fn ten(commands: &[Command]) -> (Scratch, Running) {
    let file = Scratch::file(&udp_at(&[0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]));
    let running = Running::start(Config::new(file.as_ref()), wall, commands);
    (file, running)
}

#[test]
fn a_step_is_one_packet() {
    let (_file, running) = ten(&[Command::Pause(true), Command::Step]);
    assert_eq!(running.ledger().packets, 1);
    running.tell(Command::Step);
    assert_eq!(running.ledger().packets, 2);
    running.tell(Command::Pause(false));
    let (batches, ended, _) = running.end();
    assert_eq!((ended.unwrap(), last_ledger(&batches).packets), (Ended::Finished, 10));
}

#[test]
fn a_step_reaches_over_a_long_silence() {
    let file = Scratch::file(&udp_at(&[0.0, 3600.0, 3600.0]));
    let config = Config { pace: Pace::Times(1.0), ..Config::new(file.as_ref()) };
    let running = Running::start(config, wall, &[]);
    assert_eq!(running.ledger().packets, 1);
    running.tell(Command::Pause(true));
    running.tell(Command::Step);
    assert_eq!(running.ledger().packets, 2);
    running.tell(Command::Pause(false));
    let (batches, ended, _) = running.end();
    assert_eq!((ended.unwrap(), last_ledger(&batches).packets), (Ended::Finished, 3), "time is where the step went");
}

#[test]
fn another_filter_holds_from_here_on() {
    let (_file, running) = ten(&[Command::Pause(true), Command::Step]);
    assert_eq!(running.ledger().packets, 1);
    let (answer, answered) = bounded(1);
    running.tell(Command::Filter { text: "udp porrt 3".to_owned(), answer: answer.clone() });
    let refused = answered.recv_timeout(LONG).unwrap().unwrap_err();
    assert!(refused.contains("syntax error"), "{refused}");
    running.tell(Command::Filter { text: "udp src port 3".to_owned(), answer });
    assert_eq!(answered.recv_timeout(LONG).unwrap(), Ok(()));
    running.tell(Command::Pause(false));
    let ledger = last_ledger(&running.end().0);
    assert_eq!((ledger.packets, ledger.filtered), (10, 8));
}

#[test]
fn it_stops_in_a_long_silence() {
    let file = Scratch::file(&udp_at(&[0.0, 86_400.0]));
    let config = Config { pace: Pace::Times(0.1), ..Config::new(file.as_ref()) };
    let running = Running::start(config, wall, &[]);
    assert_eq!(running.ledger().packets, 1);
    running.tell(Command::Stop);
    let (batches, ended, _) = running.end();
    assert_eq!(ended.unwrap(), Ended::Stopped);
    assert!(!batches.is_empty(), "it still says what it has");
}

#[test]
fn it_stops_while_paused() {
    let (_file, running) = ten(&[Command::Pause(true)]);
    running.tell(Command::Stop);
    assert_eq!(running.end().1.unwrap(), Ended::Stopped);
}

#[test]
fn it_stops_while_the_model_does_not_read() {
    // One batch a packet, far more than may wait.
    let secs: Vec<f64> = (0..500).map(|i| f64::from(i) * 2.0).collect();
    let file = Scratch::file(&udp_at(&secs));
    let running = Running::start(Config::new(file.as_ref()), wall, &[]);
    while !running.batches.is_full() {
        std::thread::yield_now();
    }
    running.tell(Command::Stop);
    // Nothing is read here: it must end all the same.
    assert_eq!(running.ended_unread().unwrap(), Ended::Stopped);
}

#[test]
fn it_ends_when_nobody_reads_any_more() {
    let secs: Vec<f64> = (0..500).map(|i| f64::from(i) * 2.0).collect();
    let file = Scratch::file(&udp_at(&secs));
    let running = Running::start(Config::new(file.as_ref()), wall, &[]);
    assert_eq!(running.ended_unheard().unwrap(), Ended::Unheard);
}
