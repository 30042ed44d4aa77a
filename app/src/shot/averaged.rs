//! The rates of a recording as a whole: at its end almost everything would be silent.

use graph::{Rate, Snapshot, Time};

/// Makes every rate what it was on average from the first packet to the last.
pub(super) fn average(snapshot: &mut Snapshot) {
    let first = snapshot.hosts.values().map(|host| host.first).min().unwrap_or(snapshot.now);
    let now = snapshot.now;
    let last = snapshot.hosts.values().map(|host| host.last).max().unwrap_or(now);
    let secs = last.secs_since(first).max(1.0);
    let rate = |bytes: u64| of(bytes, secs, now);
    for host in snapshot.hosts.values_mut() {
        (host.rate_sent, host.rate_received) = (rate(host.sent.bytes), rate(host.received.bytes));
    }
    for link in snapshot.links.values_mut() {
        (link.rate_ab, link.rate_ba) = (rate(link.total.ab.bytes), rate(link.total.ba.bytes));
    }
}

fn of(bytes: u64, secs: f64, now: Time) -> Rate {
    Rate::steady((bytes as f64 / secs) as f32, now)
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use graph::{Both, ConnId, Counts, Endpoint, Event, Kind, Limits, OriginId, Proto, Total, Tuple};

    use super::*;
    use crate::pipeline::new_model;

    #[test]
    fn a_rate_is_what_it_was_on_average() {
        let (mut model, _world) = new_model(&["test"], Limits::keep_all()).unwrap();
        let end = |last, port| Endpoint { addr: IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)), port };
        let (tuple, _) = Tuple::new(Proto::TCP, end(1, 50_000), end(2, 443));
        for (secs, bytes) in [(100, 4_000), (104, 9_000), (110, 20_000)] {
            let counts = Counts { packets: 1, bytes, ip_bytes: bytes };
            let (at, total) = (Time::from_secs(secs), Total(Both { ab: counts, ba: Counts::default() }));
            let kind = Kind::Data { tuple, conn: ConnId(1), total, last: at };
            model.apply(at, &Event { at, origin: OriginId(0), kind }, &mut ());
        }
        let mut snapshot = model.snapshot();
        average(&mut snapshot);
        let link = snapshot.links.values().next().unwrap();
        assert_eq!((link.rate_ab.at(snapshot.now), link.rate_ba.at(snapshot.now)), (2_000.0, 0.0));
        let sent: f32 = snapshot.hosts.values().map(|host| host.rate_sent.at(snapshot.now)).sum();
        assert_eq!(sent, 2_000.0);
    }
}
