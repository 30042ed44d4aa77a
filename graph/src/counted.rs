//! Who counted a flow, and how much: in little space for what most flows have, one origin and less than 4 GiB.

use arcstr::ArcStr;

use crate::{Both, ConnId, Counts, Difference, OriginId, Total};

/// Who counts a flow: an origin, and before or beyond whoever translates addresses. One that sees both counts it twice, and they are never summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Observer {
    pub(crate) origin: OriginId,
    pub(crate) translated: bool,
}

/// What one origin says of a flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Who.
    pub origin: OriginId,
    /// Whether that is of its packets beyond whoever translates addresses.
    pub translated: bool,
    /// Its number for the connection that goes on.
    pub conn: ConnId,
    /// All that it counted.
    pub total: Total,
    /// One packet in so many was looked at; the total is of those alone. 1 is all.
    pub sampling: u32,
    /// On which of its interfaces it saw it, where it says so.
    pub via: Option<ArcStr>,
}

/// What is shown of a flow, and who says so.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Counted {
    /// Per direction the largest of what the origins counted that looked at every packet; where there is none, of all.
    shown: Packed,
    by: By,
}

#[derive(Clone, Debug, Default, PartialEq)]
enum By {
    #[default]
    Nobody,
    /// What it counted is what is shown.
    One(Watch),
    /// Each with all that it counted.
    #[expect(clippy::box_collection, reason = "what nearly no flow has takes a pointer of each")]
    Many(Box<Vec<(Watch, Total)>>),
}

/// An observer of a flow.
#[derive(Clone, Debug, PartialEq)]
struct Watch {
    conn: ConnId,
    sampling: u32,
    who: Observer,
    /// What it had counted when the connection that goes on began, if that is not the first.
    closed: Option<Box<Total>>,
    via: Option<ArcStr>,
}

impl Watch {
    const fn new(who: Observer, conn: ConnId) -> Watch {
        Watch { conn, sampling: 1, who, closed: None, via: None }
    }

    /// Takes its total for a connection, and says what that makes of all that it `counted`. An older report that comes late changes nothing.
    fn take(&mut self, counted: &Total, conn: ConnId, total: &Total, sampling: u32) -> Total {
        if self.conn != conn {
            (self.closed, self.conn) = (Some(Box::new(*counted)), conn);
        }
        self.sampling = self.sampling.max(sampling);
        let told = self.closed.as_ref().map_or(*total, |closed| closed.plus(&Difference(total.0)));
        counted.plus(&told.since(counted))
    }

    fn seen(&self, total: Total) -> Seen {
        let Observer { origin, translated } = self.who;
        Seen { origin, translated, conn: self.conn, total, sampling: self.sampling, via: self.via.clone() }
    }
}

impl Counted {
    /// What is shown.
    pub(crate) fn total(&self) -> Total {
        self.shown.get()
    }

    /// What each observer says, in the order in which they came.
    pub(crate) fn seen(&self) -> impl Iterator<Item = Seen> {
        self.each().map(|(watch, total)| watch.seen(total))
    }

    /// Who sees it, in the order in which they came: one that sees both faces of it twice.
    pub(crate) fn origins(&self) -> impl Iterator<Item = OriginId> {
        self.each().map(|(watch, _)| watch.who.origin)
    }

    /// Whether an origin knows it by that connection.
    pub(crate) fn knows(&self, origin: OriginId, conn: ConnId) -> bool {
        self.each().any(|(watch, _)| watch.who.origin == origin && watch.conn == conn)
    }

    /// Of how many packets one was looked at by whoever counted what is shown; 1 is that all were.
    pub(crate) fn sampling(&self) -> u32 {
        self.each().filter(|(_, total)| !total.0.is_zero()).map(|(watch, _)| watch.sampling).min().unwrap_or(1)
    }

    fn each(&self) -> impl Iterator<Item = (&Watch, Total)> {
        let (one, many): (_, &[_]) = match &self.by {
            By::Nobody => (None, &[]),
            By::One(one) => (Some((one, self.total())), &[]),
            By::Many(many) => (None, many),
        };
        one.into_iter().chain(many.iter().map(|(watch, total)| (watch, *total)))
    }

    /// What that observer says, and all that it counted.
    fn by(&mut self, who: Observer, conn: ConnId) -> Option<&mut Watch> {
        match &mut self.by {
            By::Nobody => self.by = By::One(Watch::new(who, conn)),
            By::One(one) if one.who == who => {}
            By::One(one) => {
                let first = std::mem::replace(one, Watch::new(who, conn));
                self.by = By::Many(Box::new(vec![(first, self.total()), (Watch::new(who, conn), Total::default())]));
            }
            By::Many(many) if many.iter().any(|(watch, _)| watch.who == who) => {}
            By::Many(many) => many.push((Watch::new(who, conn), Total::default())),
        }
        match &mut self.by {
            By::Nobody => None,
            By::One(one) => Some(one),
            By::Many(many) => many.iter_mut().map(|(watch, _)| watch).find(|watch| watch.who == who),
        }
    }

    /// An origin says on which of its interfaces it saw it.
    pub(crate) fn see_via(&mut self, who: Observer, conn: ConnId, via: ArcStr) {
        if let Some(watch) = self.by(who, conn) {
            watch.via = Some(via);
        }
    }

    /// Takes one origin's total for a connection, of every packet or of one in `sampling`, and says what that adds to what is shown, and to what this
    /// origin counted.
    pub(crate) fn count(&mut self, who: Observer, conn: ConnId, total: &Total, sampling: u32) -> (Difference, Difference) {
        self.by(who, conn);
        let before = self.total();
        let (after, own) = match &mut self.by {
            By::Nobody => return Default::default(),
            By::One(one) => {
                let after = one.take(&before, conn, total, sampling);
                (after, after.since(&before))
            }
            By::Many(many) => {
                let mut own = Difference::default();
                if let Some((watch, counted)) = many.iter_mut().find(|(watch, _)| watch.who == who) {
                    let more = watch.take(counted, conn, total, sampling);
                    own = more.since(counted);
                    *counted = more;
                }
                (before.plus(&largest(many).since(&before)), own)
            }
        };
        self.shown = after.into();
        (after.since(&before), own)
    }
}

/// What those who looked at every packet counted the most of; where there are none, of all.
fn largest(many: &[(Watch, Total)]) -> Total {
    let exact = many.iter().any(|(watch, total)| watch.sampling == 1 && !total.0.is_zero());
    many.iter().filter(|(watch, _)| !exact || watch.sampling == 1).fold(Total::default(), |most, (_, total)| most.max(total))
}

/// A total, in half the space where it is small.
#[derive(Clone, Debug, PartialEq)]
enum Packed {
    Small([u32; 6]),
    Large(Box<Total>),
}

impl Default for Packed {
    fn default() -> Packed {
        Packed::Small([0; 6])
    }
}

impl From<Total> for Packed {
    fn from(total: Total) -> Packed {
        let Both { ab, ba } = total.0;
        let all = [ab.packets, ab.bytes, ab.ip_bytes, ba.packets, ba.bytes, ba.ip_bytes];
        let fits = all.iter().all(|n| *n <= u64::from(u32::MAX));
        if fits { Packed::Small(all.map(|n| n as u32)) } else { Packed::Large(Box::new(total)) }
    }
}

impl Packed {
    fn get(&self) -> Total {
        let counts =
            |packets: u32, bytes: u32, ip_bytes: u32| Counts { packets: packets.into(), bytes: bytes.into(), ip_bytes: ip_bytes.into() };
        match self {
            Packed::Small([p, b, i, q, c, j]) => Total(Both { ab: counts(*p, *b, *i), ba: counts(*q, *c, *j) }),
            Packed::Large(total) => **total,
        }
    }
}

#[cfg(test)]
mod tests;
