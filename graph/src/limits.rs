//! How much a model keeps, and for how long.

use std::time::Duration;

use crate::Proto;

/// Bounds in number and in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Live flows; beyond it the one that has been idle the longest for its kind goes.
    pub max_flows: usize,
    /// Hosts; beyond it the one that has been silent the longest goes. Hosts with live flows stay.
    pub max_hosts: usize,
    /// Addresses whose names are remembered.
    pub max_names: usize,
    /// Addresses to which the newest traced way is remembered.
    pub max_traces: usize,
    /// Processes, the dead ones included; beyond it the one that died first is forgotten, and where none is dead no other is known.
    pub max_processes: usize,
    /// Dead processes that are remembered …
    pub max_dead: usize,
    /// … for so long.
    pub dead_kept: Duration,
    /// A TCP connection without a packet ends after this.
    pub tcp_idle: Duration,
    /// Any other flow without a packet ends after this.
    pub other_idle: Duration,
    /// A closed flow waits this long for stragglers.
    pub linger: Duration,
    /// A host without flows fades after this silence …
    pub host_idle: Duration,
    /// … and is gone after this much more.
    pub host_fade: Duration,
}

impl Default for Limits {
    /// For watching: one million flows, and hosts that fade after half a minute.
    fn default() -> Self {
        Limits {
            max_flows: 1_000_000,
            max_hosts: 1_000_000,
            max_names: 200_000,
            max_traces: 16_384,
            max_processes: 300_000,
            max_dead: 100_000,
            dead_kept: Duration::from_secs(600),
            tcp_idle: Duration::from_secs(300),
            other_idle: Duration::from_secs(60),
            linger: Duration::from_secs(5),
            host_idle: Duration::from_secs(30),
            host_fade: Duration::from_secs(10),
        }
    }
}

impl Limits {
    /// For a report: flows end when their source says so, and hosts stay.
    pub fn report() -> Self {
        let forever = Duration::MAX;
        Limits { tcp_idle: forever, other_idle: forever, host_idle: forever, ..Limits::default() }
    }

    /// For the whole of a recording at once: nothing fades, only the bounds in number hold.
    pub fn keep_all() -> Self {
        let forever = Duration::MAX;
        Limits { tcp_idle: forever, other_idle: forever, linger: forever, host_idle: forever, ..Limits::default() }
    }

    /// How long a flow of that protocol may be idle.
    pub const fn idle(&self, proto: Proto) -> Duration {
        if proto.0 == Proto::TCP.0 { self.tcp_idle } else { self.other_idle }
    }
}
