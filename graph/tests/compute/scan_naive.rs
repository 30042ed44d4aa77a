//! What is said of scans, against a model that keeps every try in a list and counts anew each second.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use graph::{Both, ConnId, Counts, EndReason, Kind, Proto, Scans, Total, Tuple};
use proptest::prelude::*;

use crate::network::Network;

const WINDOW: u64 = 60;
const PATIENCE: u64 = 2;
const LEAST_SILENT: usize = 45;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Answered,
    Silent,
    Refused,
}

#[derive(Clone, Debug)]
struct Try {
    proto: Proto,
    to: String,
    port: u16,
    at: u64,
    fate: Fate,
    known: bool,
}

/// What is known of one host that tries.
#[derive(Default)]
struct Naive {
    tries: Vec<Try>,
    news: usize,
    rested: bool,
    said: BTreeMap<Way, (usize, u64)>,
    text: String,
}

/// Ports of a host, or hosts on a port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Ports(String, u8),
    Hosts(u8, u16),
}

impl Naive {
    fn silent(&self) -> usize {
        self.tries.iter().filter(|one| one.known && one.fate != Fate::Answered).count()
    }

    fn awaited(&self) -> usize {
        self.tries.iter().filter(|one| !one.known).count()
    }

    fn learn(&mut self, is_known: impl Fn(&Try) -> bool) {
        for one in self.tries.iter_mut().filter(|one| !one.known && is_known(one)) {
            one.known = true;
            self.news += 1;
        }
    }

    fn pass(&mut self, now: u64) {
        self.tries.retain(|one| one.at + WINDOW >= now);
        if self.tries.is_empty() {
            (self.news, self.rested) = (0, false);
        }
        self.said.retain(|_, (_, at)| *at + WINDOW > now);
        self.learn(|one| one.at + PATIENCE <= now);
        if self.silent() + self.awaited() >= LEAST_SILENT {
            self.learn(|one| one.fate == Fate::Refused);
        }
        let Some(newest) = self.tries.last() else { return };
        if self.silent() < LEAST_SILENT || self.rested {
            return;
        }
        self.rested = newest.at + PATIENCE <= now;
        if self.rested || self.news * 16 >= self.tries.len() {
            self.news = 0;
            self.look(now);
        }
    }

    fn look(&mut self, now: u64) {
        let ways: BTreeSet<Way> =
            self.tries.iter().flat_map(|one| [Way::Ports(one.to.clone(), one.proto.0), Way::Hosts(one.proto.0, one.port)]).collect();
        let mut news = Vec::new();
        for way in ways {
            let of_way = |one: &&Try| match &way {
                Way::Ports(to, proto) => one.to == *to && one.proto.0 == *proto,
                Way::Hosts(proto, port) => one.proto.0 == *proto && one.port == *port,
            };
            let tries: Vec<&Try> = self.tries.iter().filter(of_way).collect();
            let target = |one: &Try| if matches!(way, Way::Ports(..)) { one.port.to_string() } else { one.to.clone() };
            let targets: BTreeSet<String> = tries.iter().map(|one| target(one)).collect();
            let any = |name: &String, is: &dyn Fn(&Try) -> bool| tries.iter().any(|one| target(one) == *name && one.known && is(one));
            let known = targets.iter().filter(|name| any(name, &|_| true)).count();
            let answered = targets.iter().filter(|name| any(name, &|one| one.fate == Fate::Answered)).count();
            let enough = if matches!(way, Way::Ports(..)) { 100 } else { 60 };
            let (first, last) = (tries[0].at, tries[tries.len() - 1].at);
            let is_new = self
                .said
                .get(&way)
                .is_none_or(|(before, _)| targets.len() > *before && (last + PATIENCE <= now || targets.len() * 4 >= before * 5));
            if known >= enough && (known - answered) * 4 >= known * 3 && is_new {
                news.push((targets.len(), way, (last - first).max(1)));
            }
        }
        self.said.extend(news.iter().map(|(many, way, _)| (way.clone(), (*many, now))));
        // No load has two new sweeps of a host that are equally large.
        if let Some((many, way, secs)) = news.into_iter().max_by_key(|(many, ..)| *many) {
            self.text = match way {
                Way::Ports(to, _) => format!("{many} ports of {to} in {secs} s"),
                Way::Hosts(proto, port) => format!("{many} hosts on {}/{port} in {secs} s", Proto(proto)),
            };
        }
    }
}

/// What one host does in a second: how many ports of one host it tries, how many hosts on one port, and how many in a hundred are answered.
type Second = (u16, u16, u8, u8);

fn tell(network: &mut Network, tuple: Tuple, client: &str, fate: Fate) {
    let [sent, answer, refusal] = [(3, 180), (9, 9_000), (1, 40)].map(|(packets, bytes)| Counts { packets, bytes, ip_bytes: bytes });
    let received = match fate {
        Fate::Answered => answer,
        Fate::Silent => Counts::default(),
        Fate::Refused => refusal,
    };
    let began = tuple.a().addr == client.parse::<std::net::IpAddr>().unwrap();
    let total = Total(if began { Both { ab: sent, ba: received } } else { Both { ab: received, ba: sent } });
    let last = network.now;
    network.tell(Kind::Data { tuple, conn: ConnId(1), total, last });
    if fate == Fate::Refused {
        network.tell(Kind::Close { tuple, conn: ConnId(1), reason: EndReason::Reset, total, last });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn what_is_said_is_what_counting_all_anew_says(
        load in proptest::collection::vec((0..3_usize, 0..40_u16, 0..25_u16, prop_oneof![Just(0_u8), Just(20), Just(30), Just(100)], 0..2_u8), 10..90),
        calm in 1..70_u64,
    ) {
        let clients = ["10.0.0.1", "10.0.0.2", "10.0.0.3"];
        let mut network = Network::new(&[], vec![Box::new(Scans)]);
        let mut naive = [Naive::default(), Naive::default(), Naive::default()];
        let (mut now, mut source_port) = (0, 1_024);
        // Somebody else goes on to talk to each, so that none is forgotten.
        let kept = clients.map(|client| network.open(Proto::TCP, "10.8.8.8:4000", &format!("{client}:22")));
        let seconds: Vec<Option<(usize, Second)>> = load.iter().map(|(who, ports, hosts, answered, kind)| Some((*who, (*ports, *hosts, *answered, *kind)))).chain((0..calm).map(|_| None)).collect();
        for (nth, second) in seconds.into_iter().enumerate() {
            if let Some((who, (ports, hosts, answered, kind))) = second {
                let proto = [Proto::TCP, Proto::UDP][usize::from(kind)];
                let tried = (0..ports).map(|n| ("10.9.9.9".to_owned(), 1_000 + (n * 7 + nth as u16 * 13) % 400));
                let swept = (0..hosts).map(|n| (format!("198.51.100.{}", (n * 3 + nth as u16 * 11) % 200), 23));
                for (n, (to, port)) in tried.chain(swept).enumerate() {
                    source_port = if source_port == 65_000 { 1_024 } else { source_port + 1 };
                    let fate = match n * 37 % 100 {
                        n if n < usize::from(answered) => Fate::Answered,
                        n if n % 2 == 0 && proto == Proto::TCP => Fate::Refused,
                        _ => Fate::Silent,
                    };
                    let tuple = network.open(proto, &format!("{}:{source_port}", clients[who]), &format!("{to}:{port}"));
                    tell(&mut network, tuple, clients[who], fate);
                    naive[who].tries.push(Try { proto, to, port, at: now, fate, known: false });
                    naive[who].rested = false;
                }
            }
            kept.into_iter().for_each(|tuple| tell(&mut network, tuple, "10.8.8.8", Fate::Answered));
            network.wait(Duration::from_secs(1));
            now += 1;
            for (client, naive) in clients.iter().zip(&mut naive) {
                naive.pass(now);
                prop_assert_eq!(network.of_host(client, "scan"), &*naive.text, "{} after {} s", client, now);
            }
        }
    }
}
