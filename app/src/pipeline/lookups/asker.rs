//! The model's side of look-ups: which addresses are asked, and when.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use graph::{Host, Model};
use tokio::sync::mpsc;

use super::memory::Memory;
use super::{Answer, OPEN};

/// How many addresses are remembered as asked.
const REMEMBERED: usize = 65_536;
/// An address that has no name is asked again after so long.
const NAMELESS: Duration = Duration::from_secs(600);
/// Hosts that are looked at in one go: the model's thread has other things to do.
const LOOKED_AT: usize = 16_384;

/// Asks the thread "names" for the names of hosts that have none.
#[derive(Debug)]
pub struct Asker {
    questions: mpsc::Sender<IpAddr>,
    answers: Receiver<Answer>,
    memory: Memory,
    /// Questions without an answer.
    open: usize,
    /// How far a round over all hosts has come; none while there is none.
    round: Option<usize>,
    /// Whether another round is needed after this one.
    again: bool,
}

impl Asker {
    /// One that begins with a round over all hosts there are.
    pub(super) fn new(questions: mpsc::Sender<IpAddr>, answers: Receiver<Answer>) -> Self {
        Asker { questions, answers, memory: Memory::new(REMEMBERED), open: 0, round: Some(0), again: false }
    }

    /// Where the answers come from. It ends when nothing is asked any more.
    pub(in super::super) fn answers(&self) -> Receiver<Answer> {
        self.answers.clone()
    }

    /// Takes note of an answer.
    pub(in super::super) fn hear(&mut self, answer: &Answer, now: Instant) {
        self.open = self.open.saturating_sub(1);
        let holds = answer.name.as_ref().map_or(NAMELESS, |told| Duration::from_secs(told.ttl_secs.into()));
        self.memory.answered(&answer.addr, now + holds);
    }

    /// Offers hosts that are new or changed. Those that find no room get another chance in a round.
    pub(in super::super) fn offer<'a>(&mut self, hosts: impl IntoIterator<Item = &'a Host>, now: Instant) {
        let all = hosts.into_iter().all(|host| self.ask(host, now));
        match self.round {
            _ if all => {}
            None => self.round = Some(0),
            Some(_) => self.again = true,
        }
    }

    /// Whether a round has somewhere to go.
    pub(in super::super) fn is_due(&self) -> bool {
        self.round.is_some() && self.open <= OPEN / 2
    }

    /// Goes on with the round, if it is due.
    pub(in super::super) fn go_round(&mut self, model: &Model, now: Instant) {
        let Some(from) = self.round.filter(|_| self.is_due()) else { return };
        let mut hosts = model.hosts().skip(from);
        for at in from..from + LOOKED_AT {
            let Some(host) = hosts.next() else {
                self.round = std::mem::take(&mut self.again).then_some(0);
                return;
            };
            if !self.ask(host, now) {
                self.round = Some(at);
                return;
            }
        }
        self.round = Some(from + LOOKED_AT);
    }

    /// Asks for a host's name if that makes sense. False: there is no room.
    fn ask(&mut self, host: &Host, now: Instant) -> bool {
        let addr = host.key.addr;
        if host.names.best().is_some() || !may_have_name(addr) || !self.memory.is_due(&addr, now) {
            return true;
        }
        if self.open >= OPEN {
            return false;
        }
        // Where the thread has ended there is nothing to ask: its answers end too.
        if self.questions.try_send(addr).is_ok() {
            self.open += 1;
            self.memory.ask(addr);
        }
        true
    }
}

/// Whether a name server may know a name of it: it is the address of one host, and not of this machine alone, of this link or of no
/// network at all (RFC 6303, RFC 6890, RFC 9637).
fn may_have_name(addr: IpAddr) -> bool {
    match addr {
        IpAddr::V4(a) => {
            let [first, ..] = a.octets();
            let nobody = first == 0 || first >= 224 || a.is_documentation();
            !(nobody || a.is_loopback() || a.is_link_local())
        }
        IpAddr::V6(a) => {
            let [first, second, third, fourth, ..] = a.segments();
            let documentation = (first == 0x2001 && second == 0xdb8) || (first == 0x3fff && second < 0x1000);
            let discard = [first, second, third, fourth] == [0x100, 0, 0, 0];
            let special = a.is_unspecified() || a.is_loopback() || a.is_multicast() || a.to_ipv4_mapped().is_some();
            !(special || documentation || discard || a.is_unicast_link_local())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use graph::{Event, Kind, Limits, NameOrigin, Origin, OriginId, Realm, Realms, RegistryBuilder, Time};

    use super::super::{Told, pair};
    use super::*;

    const NOW: Time = Time::from_secs(1_700_000_000);

    /// A model of so many hosts without a name, and who asks for them.
    struct Net {
        model: Model,
        asker: Asker,
        questions: mpsc::Receiver<IpAddr>,
        answers: crossbeam_channel::Sender<Answer>,
    }

    impl Net {
        fn of(hosts: u32) -> Net {
            let mut model = Model::new(RegistryBuilder::default().freeze(), Limits::default());
            let realms = Realms { local: Realm(1), site: Realm(2) };
            model.add_origin(Origin { name: "x".into(), realms }).unwrap();
            let (questions_in, questions) = mpsc::channel(OPEN);
            let (answers, answers_out) = crossbeam_channel::bounded(OPEN);
            let mut net = Net { model, asker: Asker::new(questions_in, answers_out), questions, answers };
            (1..hosts).for_each(|n| net.see(addr(0), addr(n)));
            net
        }

        fn see(&mut self, src: IpAddr, dst: IpAddr) {
            self.tell(Kind::Outer { src, dst, packets: 1, bytes: 60 });
        }

        fn tell(&mut self, kind: Kind) {
            self.model.apply(NOW, &Event { at: NOW, origin: OriginId(0), kind }, &mut ());
        }

        fn offer_changed(&mut self, now: Instant) {
            let delta = self.model.delta();
            self.asker.offer(delta.hosts.values(), now);
        }

        /// What is asked until nobody asks any more, each answered at once with no name.
        fn all(&mut self, now: Instant) -> Vec<IpAddr> {
            let mut all = Vec::new();
            self.asker.go_round(&self.model, now);
            while let (Ok(addr), true) = (self.questions.try_recv(), all.len() < 200_000) {
                all.push(addr);
                self.asker.hear(&Answer { addr, name: None }, now);
                self.asker.go_round(&self.model, now);
            }
            all
        }
    }

    fn addr(n: u32) -> IpAddr {
        Ipv4Addr::from_bits(0x0a00_0000 + n).into()
    }

    #[test]
    fn only_addresses_of_one_host_somewhere_are_asked() {
        for addr in ["10.1.2.3", "192.168.1.255", "8.8.8.8", "100.64.0.1", "198.18.0.1", "2a00:1450::1", "fd00::1", "2001:db9::1"] {
            assert!(may_have_name(addr.parse().unwrap()), "{addr}");
        }
        for addr in [
            "0.0.0.0",
            "0.1.2.3",
            "127.0.0.1",
            "127.8.9.1",
            "169.254.1.1",
            "192.0.2.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.251",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "febf::1",
            "ff02::fb",
            "2001:db8::1",
            "3fff:fff::1",
            "::ffff:8.8.8.8",
            "100::1",
        ] {
            assert!(!may_have_name(addr.parse().unwrap()), "{addr}");
        }
    }

    #[test]
    fn hosts_without_a_name_are_asked_once() {
        let now = Instant::now();
        let mut net = Net::of(4);
        net.tell(Kind::Name { addr: addr(2), origin: NameOrigin::Dns, ttl_secs: 1, name: "known.example".into() });
        net.see(addr(1), [224, 0, 0, 251].into());
        assert_eq!(net.all(now), [addr(0), addr(1), addr(3)]);
        net.see(addr(1), addr(4));
        net.offer_changed(now);
        assert_eq!(net.all(now), [addr(4)]);
    }

    #[test]
    fn a_host_without_a_name_is_asked_again_after_ten_minutes_and_one_with_a_name_is_not() {
        let now = Instant::now();
        let mut net = Net::of(2);
        assert_eq!(net.all(now).len(), 2);
        for (secs, asked) in [(599, 0), (600, 2), (1199, 0), (1200, 2)] {
            net.see(addr(0), addr(1));
            net.offer_changed(now + Duration::from_secs(secs));
            assert_eq!(net.all(now + Duration::from_secs(secs)).len(), asked, "after {secs} s");
        }
        let told = Told { text: "a.example".into(), ttl_secs: 60 };
        net.asker.memory.ask(addr(9));
        net.asker.hear(&Answer { addr: addr(9), name: Some(told) }, now);
        let due = |secs| net.asker.memory.is_due(&addr(9), now + Duration::from_secs(secs));
        assert_eq!([59, 60].map(due), [false, true]);
    }

    #[test]
    fn few_questions_are_open_and_what_finds_no_room_is_asked_later() {
        let now = Instant::now();
        let mut net = Net::of(5_000);
        net.offer_changed(now);
        net.asker.go_round(&net.model, now);
        assert_eq!((net.asker.open, net.questions.len()), (OPEN, OPEN));
        assert!(!net.asker.is_due(), "there is no room");
        let mut all = net.all(now);
        all.sort();
        assert_eq!(all, (0..5_000).map(addr).collect::<Vec<_>>());
        assert!(!net.asker.is_due(), "there is nothing left to ask");
    }

    #[test]
    fn more_hosts_than_are_remembered_are_all_asked() {
        let now = Instant::now();
        let hosts = REMEMBERED as u32 + 20_000;
        let mut net = Net::of(hosts);
        let mut all = Vec::new();
        while net.asker.is_due() && all.len() < 2 * hosts as usize {
            all.extend(net.all(now));
        }
        all.sort();
        assert_eq!(all, (0..hosts).map(addr).collect::<Vec<_>>());
    }

    #[test]
    fn nothing_is_asked_of_a_thread_that_has_ended() {
        let now = Instant::now();
        let mut net = Net::of(9);
        net.questions.close();
        assert!(net.all(now).is_empty());
        assert_eq!((net.asker.open, net.asker.is_due()), (0, false));
        drop(net.answers);
        assert!(net.asker.answers().recv().is_err());
        let (asker, work) = pair();
        drop(work);
        assert!(asker.answers().recv().is_err());
    }
}
