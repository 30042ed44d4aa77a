//! Makes flows: `talk SERVER:PORT FLOWS PACKETS PAYLOAD`. Each has a port of its own, from 20,000 on, and sends so many packets of UDP, each of which is answered
//! by as many bytes before the next one is sent. It prints `sent PACKETS IP-BYTES` and `heard PACKETS IP-BYTES`.

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

/// What an IPv4 and a UDP header add to the payload.
const HEADER_BYTES: u64 = 20 + 8;
const FIRST_PORT: u16 = 20_000;
/// Who does not answer in this time never will.
const PATIENCE: Duration = Duration::from_secs(10);

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [server, numbers @ ..] = arguments.as_slice() else { panic!("usage: talk SERVER:PORT FLOWS PACKETS PAYLOAD") };
    let server: SocketAddr = server.parse().expect("the server's address and port");
    let [flows, packets, payload] = numbers else { panic!("three numbers") };
    let number = |text: &String| text.parse::<usize>().expect("a number");
    let (flows, packets, payload) = (number(flows), number(packets), vec![0; number(payload)]);
    let mut answer = vec![0; 65_536];
    let (mut sent, mut heard) = ([0_u64; 2], [0_u64; 2]);
    for flow in 0..flows {
        let socket = UdpSocket::bind(("0.0.0.0", FIRST_PORT + flow as u16))?;
        socket.connect(server)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        for _ in 0..packets {
            let bytes = socket.send(&payload)? as u64;
            let [count, sum] = &mut sent;
            (*count, *sum) = (*count + 1, *sum + bytes + HEADER_BYTES);
            let bytes = socket.recv(&mut answer)? as u64;
            let [count, sum] = &mut heard;
            (*count, *sum) = (*count + 1, *sum + bytes + HEADER_BYTES);
        }
    }
    println!("sent {} {}", sent[0], sent[1]);
    println!("heard {} {}", heard[0], heard[1]);
    Ok(())
}
