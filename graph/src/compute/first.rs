//! First contact: a host, a program or a domain that was never seen here before. What was seen is remembered from run to run, by a hash of each and
//! the day on which it was last seen.

use std::fmt::{self, Write as _};
use std::hash::Hasher;
use std::time::Duration;

use hashbrown::{HashMap, HashSet};
use siphasher::sip::SipHasher13;

use super::{Computation, Happening, Interest, Prepared, Trouble, Updates};
use crate::{
    Column, ColumnId, Flow, FlowId, Host, HostId, Meaning, Model, Place, Registry, RegistryBuilder, RegistryError, Scope, Side, Tag, Time,
    Value, ValueType,
};

/// As much is remembered; of more, a quarter goes: what was not seen for longest.
const MOST: usize = 262_144;
/// The first line of a memory: what it is, and its version.
const HEAD: &[u8] = b"glouglou first-contact 1\n";
/// What was seen, and the day: so many bytes.
const RECORD_BYTES: usize = 12;
/// As long a checksum stands at the end.
const SUM_BYTES: usize = 8;
const DAY: Duration = Duration::from_secs(86_400);

/// What was seen, and on which day for the last time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acquaintances(HashMap<u64, u32>);

/// A memory is damaged, or another program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is damaged, or not of this version")]
pub struct Unreadable;

impl Acquaintances {
    /// Reads what [`Computation::memory`] gave. An empty one knows nobody.
    ///
    /// # Errors
    /// Where it is damaged, or not of this version.
    pub fn read(bytes: &[u8]) -> Result<Acquaintances, Unreadable> {
        if bytes.is_empty() {
            return Ok(Acquaintances::default());
        }
        let (told, sum) = bytes.split_at_checked(bytes.len().saturating_sub(SUM_BYTES)).ok_or(Unreadable)?;
        let records = told.strip_prefix(HEAD).filter(|_| checksum(told) == sum).ok_or(Unreadable)?;
        let (records, []) = records.as_chunks::<RECORD_BYTES>() else { return Err(Unreadable) };
        let record = |[a, b, c, d, e, f, g, h, day @ ..]: &[u8; RECORD_BYTES]| {
            (u64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h]), u32::from_le_bytes(*day))
        };
        Ok(Acquaintances(records.iter().take(MOST).map(record).collect()))
    }

    fn write(&self) -> Vec<u8> {
        let mut records: Vec<_> = self.0.iter().collect();
        records.sort_unstable();
        let mut bytes = HEAD.to_vec();
        for (hash, day) in records {
            bytes.extend(hash.to_le_bytes());
            bytes.extend(day.to_le_bytes());
        }
        let sum = checksum(&bytes);
        bytes.extend(sum);
        bytes
    }

    /// Sees it on a day. Whether it was never seen before, and whether that changed anything.
    fn see(&mut self, hash: u64, day: u32) -> (bool, bool) {
        let before = self.0.insert(hash, day);
        if self.0.len() > MOST {
            let mut days: Vec<_> = self.0.iter().map(|(hash, day)| (*day, *hash)).collect();
            let (oldest, ..) = days.select_nth_unstable(MOST / 4);
            for (_, hash) in oldest {
                self.0.remove(hash);
            }
        }
        (before.is_none(), before != Some(day))
    }
}

fn checksum(bytes: &[u8]) -> [u8; SUM_BYTES] {
    let mut hasher = SipHasher13::new();
    hasher.write(bytes);
    hasher.finish().to_le_bytes()
}

/// Finds first contacts.
#[derive(Clone, Debug, Default)]
pub struct FirstContacts {
    /// What is remembered of earlier runs; none where nothing shall be found, as in a recording.
    pub memory: Option<Acquaintances>,
}

impl Prepared for FirstContacts {
    fn name(&self) -> &'static str {
        "first-contact"
    }

    fn help(&self) -> &'static str {
        "flows with a host, a program or a domain that was never seen here before; only of what is live"
    }

    fn register(self: Box<Self>, columns: &mut RegistryBuilder) -> Result<Box<dyn Computation>, RegistryError> {
        let help = "what of the flow was never seen here before: host, process, domain";
        let column = columns.register(Column::new("first_contact", ValueType::Symbol, help).many().means(Meaning::Sign))?;
        Ok(Box::new(State {
            column,
            domains: Vec::new(),
            live: self.memory.is_some(),
            known: self.memory.unwrap_or_default(),
            strangers: HashSet::new(),
            told: HashMap::new(),
            lists: std::array::from_fn(|mask| {
                Value::list(Met::ALL.iter().filter(|kind| mask & usize::from(kind.bit()) != 0).map(|kind| Value::symbol(kind.name())))
            }),
            changed: false,
        }))
    }
}

#[derive(Debug)]
struct State {
    column: ColumnId,
    domains: Vec<ColumnId>,
    live: bool,
    known: Acquaintances,
    /// Hosts that came in this slice and were never seen before, until their first flow is heard of.
    strangers: HashSet<HostId>,
    /// What was said of flows in this slice, a bit each.
    told: HashMap<FlowId, u8>,
    /// What is said, by its bits.
    lists: [Value; 8],
    /// Whether the memory is to be kept anew.
    changed: bool,
}

/// What one can meet, in the order in which it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Met {
    Host,
    Process,
    Domain,
}

impl Met {
    const ALL: [Met; 3] = [Met::Host, Met::Process, Met::Domain];

    const fn bit(self) -> u8 {
        1 << self as u8
    }

    const fn name(self) -> &'static str {
        match self {
            Met::Host => "host",
            Met::Process => "process",
            Met::Domain => "domain",
        }
    }
}

impl Computation for State {
    fn begin(&mut self, columns: &Registry) -> Interest {
        if !self.live {
            return Interest::default();
        }
        self.domains = columns.of_meaning(Meaning::Domain).collect();
        Interest::default().hosts().flows().owned().flow_tags(self.domains.iter().copied())
    }

    fn hear(&mut self, happening: Happening, model: &Model, updates: &mut Updates) -> Result<(), Trouble> {
        let now = model.now();
        if let Happening::Host(id) = happening {
            let addr = model.host(id).filter(|host| is_far(host, model)).map(|host| host.key.addr.to_canonical());
            if addr.is_some_and(|addr| self.meet(Met::Host, addr, now)) {
                self.strangers.insert(id);
            }
        }
        let (Happening::Flow(id) | Happening::FlowOwned(id) | Happening::FlowTagged(id, _)) = happening else { return Ok(()) };
        let Some(flow) = model.flow(id) else { return Ok(()) };
        let mut met = 0;
        match happening {
            Happening::Flow(_) => {
                if !self.strangers.is_empty() {
                    let ends = [Side::A, Side::B].map(|side| model.host_id_at(flow, side).is_some_and(|host| self.strangers.remove(&host)));
                    met |= ends.iter().fold(0, |met, is_stranger| if *is_stranger { Met::Host.bit() } else { met });
                }
                // The name of an address may have been known before the address was.
                met |= self.meet_domain(flow, model, now);
            }
            Happening::FlowTagged(..) => met |= self.meet_domain(flow, model, now),
            _ => {
                let owners = model.owners(flow);
                for side in [Side::A, Side::B] {
                    let process = owners.at(side).and_then(|owner| model.process(owner.process));
                    if let Some(Ok(exe)) = process.map(|process| &process.image.exe)
                        && self.meet(Met::Process, exe, now)
                    {
                        met |= Met::Process.bit();
                    }
                }
            }
        }
        if met != 0 {
            self.say(id, flow, met, updates);
        }
        Ok(())
    }

    /// A host without a flow, such as the end of a tunnel, is none that a flow is with.
    fn pass(&mut self, _model: &Model, _updates: &mut Updates) -> Result<(), Trouble> {
        self.strangers.clear();
        self.told.clear();
        Ok(())
    }

    fn remembers(&self) -> bool {
        self.live
    }

    fn memory(&mut self) -> Option<Vec<u8>> {
        (self.live && std::mem::take(&mut self.changed)).then(|| self.known.write())
    }

    fn forget(&mut self) {
        self.known = Acquaintances::default();
        self.changed = true;
    }
}

impl State {
    /// The bit of domains, where that of its server was never seen before.
    fn meet_domain(&mut self, flow: &Flow, model: &Model, now: Time) -> u8 {
        let place = Place::End(flow.initiator.side.other());
        let domain = self.domains.iter().find_map(|column| model.tag(flow, *column, place));
        let Some(domain) = domain.as_ref().and_then(Value::words).filter(|domain| !domain.is_empty()) else { return 0 };
        if self.meet(Met::Domain, domain, now) { Met::Domain.bit() } else { 0 }
    }

    /// Whether that was never seen before; now it was.
    fn meet(&mut self, kind: Met, who: impl fmt::Display, now: Time) -> bool {
        let day = u32::try_from(now.micros() / DAY.as_micros() as u64).unwrap_or(u32::MAX);
        let (is_new, changed) = self.known.see(hash(kind, who), day);
        self.changed |= changed;
        is_new
    }

    fn say(&mut self, id: FlowId, flow: &Flow, met: u8, updates: &mut Updates) {
        let before = flow.tags.get(self.column, Place::Flow);
        let before = before.as_ref().map(Value::each).unwrap_or_default();
        let said = |kind: &Met| before.iter().filter_map(Value::words).any(|word| **word == *kind.name());
        let before = Met::ALL.iter().filter(|kind| said(kind)).fold(0, |mask, kind| mask | kind.bit());
        let told = self.told.entry(id).or_default();
        *told |= before | met;
        if let Some(list) = self.lists.get(usize::from(*told)) {
            updates.tag_flow(id, Tag::certain(self.column, list.clone()));
        }
    }
}

/// What is remembered of somebody.
fn hash(kind: Met, who: impl fmt::Display) -> u64 {
    let mut hashed = Hashed(SipHasher13::new());
    let _never_fails = write!(hashed, "{}\0{who}", kind.name());
    hashed.0.finish()
}

/// Hashes what is written, without keeping it.
struct Hashed(SipHasher13);

impl fmt::Write for Hashed {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}

/// Whether it is one host, and not this machine, which need not get to know itself, nor another machine's loopback.
fn is_far(host: &Host, model: &Model) -> bool {
    !host.key.addr.to_canonical().is_loopback() && matches!(model.totals().scope(&host.key), Scope::Local | Scope::Internet)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_memory_is_bounded_and_forgets_what_was_not_seen_for_longest() {
        let mut known = Acquaintances::default();
        for n in 0..=MOST as u64 {
            known.see(n, u32::from(n >= 100) + u32::from(n >= 200_000));
        }
        assert_eq!(known.0.len(), MOST + 1 - MOST / 4);
        assert!((0..100).chain([65_000]).all(|n| !known.0.contains_key(&n)) || known.0.values().filter(|day| **day == 0).count() == 0);
        assert!((200_000..=MOST as u64).all(|n| known.0.contains_key(&n)));
        assert_eq!((known.see(200_000, 2), known.see(200_000, 3), known.see(7, 3)), ((false, false), (false, true), (true, true)));
    }

    #[test]
    fn what_is_written_piece_by_piece_is_hashed_as_a_whole() {
        let whole = |text: &str| {
            let mut hasher = SipHasher13::new();
            hasher.write(text.as_bytes());
            hasher.finish()
        };
        for addr in ["192.0.2.1", "2001:db8::1:0"] {
            assert_eq!(hash(Met::Host, addr.parse::<IpAddr>().unwrap()), whole(&format!("host\0{addr}")));
        }
    }

    /// What version 1 wrote.
    const FIXTURE: &[u8] = b"glouglou first-contact 1\n\x07\0\0\0\0\0\0\0\x39\x30\0\0\x56\x4e\x96\xa3\x12\xf3\xfe\x55";

    #[test]
    fn what_version_1_wrote_is_read() {
        let known = Acquaintances::read(FIXTURE).unwrap();
        assert_eq!(known.0.into_iter().collect::<Vec<_>>(), [(7, 12_345)]);
    }

    proptest! {
        #[test]
        fn a_memory_is_read_again_and_a_damaged_one_is_not(seen in proptest::collection::vec((any::<u64>(), any::<u32>()), 0..40), at in any::<prop::sample::Index>(), by in 1..=255_u8) {
            let known = Acquaintances(seen.into_iter().collect());
            let mut bytes = known.write();
            prop_assert_eq!(Acquaintances::read(&bytes), Ok(known));
            prop_assert_eq!(Acquaintances::read(&bytes[..at.index(bytes.len() - 1) + 1]).is_ok(), at.index(bytes.len() - 1) + 1 == bytes.len());
            let at = at.index(bytes.len());
            bytes[at] ^= by;
            prop_assert_eq!(Acquaintances::read(&bytes), Err(Unreadable));
        }
    }
}
