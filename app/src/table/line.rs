//! One flow, as JSON and CSV both write it.

use std::net::IpAddr;

use graph::{Flow, Model};
use serde::Serialize;

/// A flow from who began it (`src`, `fwd`) to who answered. Bytes are on the wire; `ip_bytes` from the IP header on.
#[derive(Serialize)]
pub(super) struct FlowLine {
    proto: String,
    src: IpAddr,
    src_port: Option<u16>,
    dst: IpAddr,
    dst_port: Option<u16>,
    service: String,
    packets_fwd: u64,
    packets_rev: u64,
    bytes_fwd: u64,
    bytes_rev: u64,
    ip_bytes_fwd: u64,
    ip_bytes_rev: u64,
    start_us: u64,
    end_us: u64,
    state: &'static str,
}

impl FlowLine {
    /// The fields in their order.
    pub(super) const NAMES: [&'static str; 15] = [
        "proto",
        "src",
        "src_port",
        "dst",
        "dst_port",
        "service",
        "packets_fwd",
        "packets_rev",
        "bytes_fwd",
        "bytes_rev",
        "ip_bytes_fwd",
        "ip_bytes_rev",
        "start_us",
        "end_us",
        "state",
    ];

    pub(super) fn new(flow: &Flow, model: &Model) -> Self {
        let (src, dst, forward) = (flow.src(), flow.dst(), flow.forward());
        // Fragments whose first was not seen and headers that were cut have no ports to tell.
        let ports = flow.key.tuple.proto().has_ports() && (src.port, dst.port) != (0, 0);
        FlowLine {
            proto: flow.key.tuple.proto().to_string(),
            src: src.addr,
            src_port: ports.then_some(src.port),
            dst: dst.addr,
            dst_port: ports.then_some(dst.port),
            service: model.service_of(flow).to_string(),
            packets_fwd: forward.ab.packets,
            packets_rev: forward.ba.packets,
            bytes_fwd: forward.ab.bytes,
            bytes_rev: forward.ba.bytes,
            ip_bytes_fwd: forward.ab.ip_bytes,
            ip_bytes_rev: forward.ba.ip_bytes,
            start_us: flow.first.micros(),
            end_us: flow.last.micros(),
            state: flow.state.name(),
        }
    }
}
