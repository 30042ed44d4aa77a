//! Lets clients come and go while another program watches them: `crowd COUNT MILLISECONDS[,MILLISECONDS…] PROGRAM [ARGUMENTS…]`. The program runs at the near
//! end of a cable, the interface `near`, from two seconds before the first client until two after the last, and writes to standard error. Standard output has a line for each
//! client: its port, the number and the name of its process, and how long it was to live: the truth.

use std::os::fd::AsFd;
use std::process::Command;
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tests::crowd::Crowd;

/// A program that watches is given so long to begin, and to tell what it saw.
const TO_BEGIN_AND_TO_TELL: Duration = Duration::from_secs(2);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [count, lives, program, rest @ ..] = arguments.as_slice() else {
        eprintln!("usage: crowd COUNT MILLISECONDS[,MILLISECONDS…] PROGRAM [ARGUMENTS…]");
        std::process::exit(2);
    };
    let client = std::env::current_exe().expect("this program").with_file_name("client");
    let mut crowd = Crowd::new(&client);
    let out = std::io::stderr().as_fd().try_clone_to_owned().expect("standard error");
    let mut watcher = crowd.cable.near.enter(|| Command::new(program).args(rest).stdout(out).spawn().expect("the program starts"));
    thread::sleep(TO_BEGIN_AND_TO_TELL);
    for ms in lives.split(',') {
        let lives = Duration::from_millis(ms.parse().expect("a number"));
        for (port, client) in crowd.come(count.parse().expect("a count"), lives) {
            println!("{port}\t{}\t{}\t{ms}", client.pid, client.name);
        }
    }
    thread::sleep(TO_BEGIN_AND_TO_TELL);
    let _gone_already = kill(Pid::from_raw(i32::try_from(watcher.id()).expect("a number")), Signal::SIGINT);
    let _reaped = watcher.wait();
}
