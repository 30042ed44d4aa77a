//! A client that lives for a while: `client ADDRESS:PORT MILLISECONDS`. It connects at once, says its number, and is gone that long after it began.

use std::io::Write;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

fn main() {
    let began = Instant::now();
    let mut arguments = std::env::args().skip(1);
    let (server, ms) = (arguments.next().expect("whom to talk to"), arguments.next().expect("how long"));
    let mut stream = TcpStream::connect(server).expect("the server answers");
    stream.write_all(&std::process::id().to_ne_bytes()).expect("it listens");
    thread::sleep(Duration::from_millis(ms.parse().expect("a number")).saturating_sub(began.elapsed()));
}
