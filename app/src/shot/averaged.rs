//! The rates of a recording as a whole: at its end almost everything would be silent.

use graph::Drawn;

/// Makes every rate what it was on average from the first packet to the last, `secs` later.
pub(super) fn average(drawn: &mut Drawn, secs: f64) {
    let rate = |bytes: u64| (bytes as f64 / secs.max(1.0)) as f32;
    for node in &mut drawn.nodes {
        node.rate = rate(node.bytes);
    }
    for line in &mut drawn.lines {
        line.rates = line.bytes.map(rate);
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use graph::{Both, ConnId, Counts, Endpoint, Event, Folding, Kind, Limits, OriginId, Proto, Time, Total, Tuple};

    use super::*;
    use crate::pipeline::new_model;

    #[test]
    fn a_rate_is_what_it_was_on_average() {
        let (mut model, _world) = new_model(&["test"], Limits::keep_all()).unwrap();
        let end = |last, port| Endpoint { addr: IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)), port };
        let (tuple, _) = Tuple::new(Proto::TCP, end(1, 50_000), end(2, 443));
        let counts = Counts { packets: 1, bytes: 20_000, ip_bytes: 20_000 };
        let total = Total(Both { ab: counts, ba: Counts::default() });
        let kind = Kind::Data { tuple, conn: ConnId(1), total, last: Time::from_secs(100) };
        model.apply(Time::from_secs(100), &Event { at: Time::from_secs(100), origin: OriginId(0), kind }, &mut ());
        let mut drawn = model.draw(&Folding::default(), None);
        average(&mut drawn, 10.0);
        assert_eq!(drawn.lines[0].rates, [2_000.0, 0.0]);
        assert_eq!(drawn.nodes.iter().map(|node| node.rate).collect::<Vec<_>>(), [2_000.0; 2]);
    }
}
