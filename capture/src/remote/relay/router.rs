//! What a relay does with what it hears, without I/O: which way it goes on, and whether it may.

use std::collections::BTreeMap;

use smallvec::smallvec;
use wire::glouglou::{Content, ContentHead, MAX_PATH, MAX_RELAYED, Packer, Record, Relayed, ResyncReq};

use crate::remote::line::head;

/// Probes that are forwarded at a time.
const MAX_ROUTES: usize = 4_096;
/// The same as in a content's head.
const SNAPSHOT: u8 = 1;

/// Why something was not forwarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    /// It has been here already.
    #[error("what it forwards has been here already: relays are in a circle")]
    Loop,
    /// It passed as many relays as may be.
    #[error("what it forwards has passed {MAX_PATH} probes and relays, and may pass no more")]
    Far,
    /// The sender may not speak for that probe, or says that it came another way than it did.
    #[error("it forwards probe {0:08x}, and may not speak for it: ggprobe key via lets it")]
    NotFor(u32),
    /// There are too many.
    #[error("more than {MAX_ROUTES} probes are forwarded")]
    Full,
}

/// The ways to the probes, and what was forwarded.
#[derive(Debug)]
pub(super) struct Router {
    /// The relay's own number.
    own: u32,
    /// What each peer said when it came.
    boots: BTreeMap<u32, u64>,
    /// From whom each probe is heard.
    routes: BTreeMap<u32, u32>,
}

impl Router {
    pub(super) const fn new(own: u32) -> Router {
        Router { own, boots: BTreeMap::new(), routes: BTreeMap::new() }
    }

    /// A session with that peer is up: whoever spoke for it does not any more.
    pub(super) fn met(&mut self, peer: u32, boot_id: u64) {
        self.routes.remove(&peer);
        self.boots.insert(peer, boot_id);
    }

    /// A peer is gone, and whoever is behind it.
    pub(super) fn gone(&mut self, peer: u32) {
        self.boots.remove(&peer);
        self.routes.retain(|_, via| *via != peer);
    }

    /// The contents that a content of that peer goes on as. `may` says whether that peer may speak for a probe.
    pub(super) fn forward(&mut self, peer: u32, content: &[u8], may: impl Fn(u32) -> bool) -> Vec<Result<Vec<u8>, Refused>> {
        let Ok(content) = Content::parse(content) else { return Vec::new() };
        let Some(Ok(first)) = content.records().next() else { return Vec::new() };
        match first.record {
            Record::Relayed(_) => {
                let relayed = content.records().flatten().filter_map(|timed| match timed.record {
                    Record::Relayed(relayed) => Some(relayed),
                    _ => None,
                });
                relayed.map(|relayed| self.pass_on(peer, relayed, &may)).collect()
            }
            // They are of this hop alone.
            Record::Ping(_) | Record::PingRes(_) | Record::ResyncReq(_) => Vec::new(),
            _ => self.begin(peer, &content),
        }
    }

    /// What a relay forwards to this one.
    fn pass_on(&mut self, peer: u32, mut relayed: Relayed<'_>, may: impl Fn(u32) -> bool) -> Result<Vec<u8>, Refused> {
        let Some((&probe, relays)) = relayed.path.split_first() else { return Err(Refused::NotFor(peer)) };
        if relayed.path.contains(&self.own) {
            return Err(Refused::Loop);
        }
        if relayed.path.len() >= MAX_PATH {
            return Err(Refused::Far);
        }
        if relays.last() != Some(&peer) || !may(probe) || self.boots.contains_key(&probe) {
            return Err(Refused::NotFor(probe));
        }
        self.learn(probe, peer)?;
        relayed.path.push(self.own);
        Ok(packed(&relayed))
    }

    /// What a probe says to this relay: the first that forwards it. It is cut in two where it would not fit.
    fn begin(&mut self, probe: u32, content: &Content<'_>) -> Vec<Result<Vec<u8>, Refused>> {
        if let Err(refused) = self.learn(probe, probe) {
            return vec![Err(refused)];
        }
        let ContentHead { t_base_us, first_event_seq, snapshot, sampling_n } = content.head;
        let boot_id = self.boots.get(&probe).copied().unwrap_or_default();
        let mut relayed = Relayed {
            path: smallvec![probe, self.own],
            flags: if snapshot { SNAPSHOT } else { 0 },
            boot_id,
            first_event_seq,
            t_base_us,
            sampling_n,
            records: &[],
        };
        if snapshot {
            return of_snapshot(content, &relayed);
        }
        let mut all = Vec::new();
        for (records, events) in content.parts(MAX_RELAYED) {
            relayed.records = records;
            all.push(Ok(packed(&relayed)));
            relayed.first_event_seq = relayed.first_event_seq.saturating_add(events);
        }
        all
    }

    fn learn(&mut self, probe: u32, via: u32) -> Result<(), Refused> {
        match self.routes.get(&probe) {
            // The way it came first, until that is gone.
            Some(known) if *known != via => Err(Refused::NotFor(probe)),
            Some(_) => Ok(()),
            None if self.routes.len() >= MAX_ROUTES => Err(Refused::Full),
            None => {
                self.routes.insert(probe, via);
                Ok(())
            }
        }
    }

    /// To whom a request goes on, and as what. Zero is every probe.
    pub(super) fn ask(&self, request: &ResyncReq) -> Vec<(u32, ResyncReq)> {
        let wanted = self.routes.iter().filter(|(probe, _)| [0, **probe].contains(&request.probe_id));
        // The last hop is the probe itself, which need not be told its number.
        wanted.map(|(probe, via)| (*via, ResyncReq { probe_id: if probe == via { 0 } else { *probe }, ..request.clone() })).collect()
    }
}

/// Each part of a snapshot says first what it is a part of.
fn of_snapshot(content: &Content<'_>, relayed: &Relayed<'_>) -> Vec<Result<Vec<u8>, Refused>> {
    let Some((begin, _)) = content.parts(0).first().copied() else { return Vec::new() };
    let mut all = Vec::new();
    for (records, _) in content.parts(MAX_RELAYED.saturating_sub(begin.len())) {
        let whole = if all.is_empty() { records.to_vec() } else { [begin, records].concat() };
        all.push(Ok(packed(&Relayed { records: &whole, ..relayed.clone() })));
    }
    all
}

fn packed(relayed: &Relayed<'_>) -> Vec<u8> {
    let mut packer = Packer::new(head(graph::Time(relayed.t_base_us)));
    let _it_fits = packer.push(&Record::Relayed(relayed.clone()), 0, &[]);
    packer.finish()
}

#[cfg(test)]
mod tests {
    use wire::glouglou::{Name, Ping, Records};

    use super::*;

    const OWN: u32 = 100;

    fn content(first: u64, names: usize) -> Vec<u8> {
        let mut packer = Packer::new(ContentHead { t_base_us: 5, first_event_seq: first, snapshot: false, sampling_n: 1 });
        let name = Name { origin: 1, ttl_secs: 1, addr: [192, 0, 2, 1].into(), name: &[b'x'; 40] };
        (0..names).for_each(|_| packer.push(&Record::Name(name), 0, &[]).unwrap());
        packer.finish()
    }

    /// What stands in a forwarded content.
    fn parts(content: &[u8]) -> (Vec<u32>, u64, u64, usize) {
        let content = Content::parse(content).unwrap();
        let Record::Relayed(relayed) = content.records().next().unwrap().unwrap().record else { panic!() };
        (relayed.path.to_vec(), relayed.boot_id, relayed.first_event_seq, Records::of(relayed.records).count())
    }

    fn of_relay(path: &[u32]) -> Vec<u8> {
        let content = content(3, 1);
        let records = Content::parse(&content).unwrap().parts(MAX_RELAYED)[0].0;
        packed(&Relayed { path: path.into(), flags: 0, boot_id: 9, first_event_seq: 3, t_base_us: 5, sampling_n: 1, records })
    }

    #[test]
    fn what_a_probe_says_goes_on_with_the_way_it_came() {
        let mut router = Router::new(OWN);
        router.met(1, 77);
        let sent = router.forward(1, &content(10, 3), |_| false);
        assert_eq!(sent.iter().map(|sent| parts(sent.as_ref().unwrap())).collect::<Vec<_>>(), [(vec![1, OWN], 77, 10, 3)]);
        // Nineteen of them are more than a relay may forward at once.
        let sent = router.forward(1, &content(20, 19), |_| false);
        let all: Vec<_> = sent.iter().map(|sent| parts(sent.as_ref().unwrap())).collect();
        let [(_, _, first, count), (_, _, second, rest)] = &all[..] else { panic!("{all:?}") };
        assert_eq!((*first, *second, count + rest), (20, 20 + *count as u64, 19));
        let mut ping = Packer::new(head(graph::Time(1)));
        ping.push(&Record::Ping(Ping { random: 1, t_us: 1 }), 0, &[]).unwrap();
        assert_eq!(router.forward(1, &ping.finish(), |_| true), []);
    }

    #[test]
    fn a_relay_speaks_for_whom_it_may_and_never_twice_by_the_same_way() {
        let mut router = Router::new(OWN);
        router.met(2, 1);
        let may = |probe| probe == 1;
        assert_eq!(router.forward(2, &of_relay(&[1, 2]), may).remove(0).map(|sent| parts(&sent).0), Ok(vec![1, 2, OWN]));
        for (path, refused) in [
            (&[7, 2][..], Refused::NotFor(7)),
            (&[1, 3], Refused::NotFor(1)),
            (&[1], Refused::NotFor(1)),
            (&[1, OWN, 2], Refused::Loop),
            (&[1, 3, 4, 5, 6, 7, 8, 2], Refused::Far),
        ] {
            assert_eq!(router.forward(2, &of_relay(path), may), [Err(refused)], "{path:?}");
        }
        // Who comes itself is not spoken for, and who is heard by one way is not heard by another.
        router.met(1, 1);
        assert_eq!(router.forward(2, &of_relay(&[1, 2]), may), [Err(Refused::NotFor(1))]);
        assert!(router.forward(1, &content(0, 1), |_| false)[0].is_ok(), "it came by another way before, and is nearer now");
        router.gone(1);
        router.met(3, 1);
        router.forward(2, &of_relay(&[1, 2]), may);
        assert_eq!(router.forward(3, &of_relay(&[1, 3]), may), [Err(Refused::NotFor(1))]);
        router.gone(2);
        assert!(router.forward(3, &of_relay(&[1, 3]), may)[0].is_ok());
    }

    #[test]
    fn a_request_goes_back_the_way_its_probe_came() {
        let mut router = Router::new(OWN);
        (1..=2).for_each(|peer| router.met(peer, 1));
        router.forward(1, &content(0, 1), |_| false);
        router.forward(2, &of_relay(&[5, 2]), |_| true);
        let request = |probe_id| ResyncReq { probe_id, modules: 3, snapshot_id: 4, ranges: smallvec![(1, 2)] };
        assert_eq!(router.ask(&request(1)), [(1, request(0))]);
        assert_eq!(router.ask(&request(5)), [(2, request(5))]);
        assert_eq!(router.ask(&request(0)), [(1, request(0)), (2, request(5))]);
        assert_eq!(router.ask(&request(9)), []);
    }
}
