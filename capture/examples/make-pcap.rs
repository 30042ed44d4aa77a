//! Writes a recording of made-up packets: `make-pcap FILE PACKETS FLOWS`.

use std::path::Path;
use std::process::ExitCode;

/// The bytes that are kept of each packet.
const SNAP_BYTES: u32 = 96;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args().skip(1).collect();
    let [file, packets, flows] = args.as_slice() else {
        eprintln!("usage: make-pcap FILE PACKETS FLOWS");
        return ExitCode::from(2);
    };
    let (Ok(packets), Ok(flows)) = (packets.parse(), flows.parse()) else {
        eprintln!("{packets:?} and {flows:?} must be whole numbers");
        return ExitCode::from(2);
    };
    match capture::demo::write_pcap(Path::new(file), packets, flows, SNAP_BYTES, 1) {
        Ok(truth) => {
            println!("{} packets, {} flows, {} hosts, {} bytes on the wire", truth.packets, truth.flows, truth.hosts, truth.bytes);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("cannot write {file}: {error}");
            ExitCode::FAILURE
        }
    }
}
