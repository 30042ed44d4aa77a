//! What the model is told of a recording, and when.

use std::net::IpAddr;
use std::time::Duration;

use graph::{NameOrigin, Time};

use super::controls::Controls;
use super::record::{Lost, Packet};
use crate::Summariser;
use crate::source::{Batch, Context, Offer};

/// Connections kept at a time; what more there are, the oldest make room for.
const MAX_FLOWS: usize = 262_144;
/// How often the model is told what is new while somebody watches it happen, by the wall clock.
const TELL: Duration = Duration::from_millis(50);
/// How often, in recorded time, it is told as fast as possible: once a slice, for what changes more often only costs.
const A_SLICE: Duration = Duration::from_secs(1);
/// And at the latest after so many packets.
const TELL_PACKETS: u32 = 1_000_000;
/// How long, once told to stop, there is to say the last things.
const LAST_WORDS: Duration = Duration::from_millis(30);
/// How long a model that is behind is left alone then.
const A_MOMENT: Duration = Duration::from_millis(1);
/// How long a recorded name may be believed: the recording does not say, and does not change.
const NAME_TTL_SECS: u32 = u32::MAX;

/// Sums a recording, and tells the model.
pub(super) struct Teller<'c> {
    context: &'c Context,
    summariser: Summariser,
    /// The recorded time it is: it never goes back.
    now: Time,
    /// When the model was last told, in recorded time and by the wall clock, and how many packets came since.
    told: Time,
    told_wall: Time,
    since: u32,
    /// What the model wants to hear of.
    detail: Detail,
}

/// How much the model hears of a recording that is read as fast as possible.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// What happened in each recorded second, as plots need it.
    #[default]
    Slices,
    /// What it comes to: a report needs no more, and it is faster.
    Totals,
}

/// The model was not told: it is gone, or something else has been asked meanwhile.
pub(super) struct Unheard;

impl<'c> Teller<'c> {
    pub(super) fn new(context: &'c Context, detail: Detail) -> Teller<'c> {
        let mut summariser = Summariser::new(context.origin, context.world.columns(), MAX_FLOWS);
        summariser.dissect(context.world.dissectors());
        Teller { context, summariser, now: Time::ZERO, told: Time::ZERO, told_wall: (context.clock)(), since: 0, detail }
    }

    /// Takes in a packet, which the filter let `through` or not.
    #[inline]
    pub(super) fn packet(&mut self, packet: &Packet<'_>, through: bool) {
        self.pass(packet.at);
        self.since += 1;
        if through {
            self.summariser.packet(packet.link, packet.data, packet.wire_len, packet.at);
        } else {
            self.summariser.filtered(packet.wire_len);
        }
    }

    pub(super) fn name(&mut self, addr: IpAddr, name: &str) {
        self.summariser.name(addr, NameOrigin::Ptr, NAME_TTL_SECS, name, self.now);
    }

    pub(super) fn lost(&mut self, lost: Lost) {
        self.summariser.set_lost(lost.kernel, lost.interface);
    }

    /// It is that recorded time, or later.
    #[inline]
    pub(super) fn pass(&mut self, at: Time) {
        self.now = self.now.max(at);
    }

    /// Whether something is new beside the time.
    pub(super) fn has_news(&self) -> bool {
        self.summariser.has_news()
    }

    /// Tells what is new once a slice where nobody watches it `live`; at the latest after a million packets.
    #[inline]
    pub(super) fn tell_recorded(&mut self, live: bool, controls: &mut Controls<'_>) -> Result<(), Unheard> {
        let slice = !live && self.now.since(self.told) >= A_SLICE;
        if slice || self.since >= TELL_PACKETS || self.summariser.is_pressed() { self.tell(controls) } else { Ok(()) }
    }

    /// Tells what is new, and the time, where it is time to by the wall clock.
    pub(super) fn tell_in_time(&mut self, controls: &mut Controls<'_>) -> Result<(), Unheard> {
        let wall = (self.context.clock)();
        // A clock that was set back begins anew.
        let due = wall < self.told_wall || wall.since(self.told_wall) >= TELL;
        let news = self.now > self.told || self.has_news();
        if due && news { self.tell(controls) } else { Ok(()) }
    }

    /// Tells what is new, and the time. It waits for the model, but not where only the totals matter: then the rest is told later.
    pub(super) fn tell(&mut self, controls: &mut Controls<'_>) -> Result<(), Unheard> {
        (self.told, self.told_wall, self.since) = (self.now, (self.context.clock)(), 0);
        let context = self.context;
        let wait = |batch| wait(context, controls, batch);
        let heard = match self.detail {
            Detail::Slices => self.summariser.flush(self.now, wait),
            Detail::Totals if self.summariser.is_pressed() => self.summariser.flush_news(self.now, wait),
            Detail::Totals => self.summariser.flush_news(self.now, |batch| context.outlet.offer(batch)),
        };
        if heard { Ok(()) } else { Err(Unheard) }
    }

    /// Tells all that is left, and that every connection is over.
    pub(super) fn finish(&mut self, controls: &mut Controls<'_>) -> Result<(), Unheard> {
        let context = self.context;
        let heard = self.summariser.finish(self.now, |batch| wait(context, controls, batch));
        if heard { Ok(()) } else { Err(Unheard) }
    }

    /// The same, as far as the model listens in the time that there is.
    pub(super) fn say_last_words(&mut self) {
        let (context, began) = (self.context, (self.context.clock)());
        let in_time = || (context.clock)().since(began) < LAST_WORDS;
        self.summariser.finish(self.now, |mut batch| {
            while in_time() {
                match context.outlet.offer(batch) {
                    Offer::Full(back) => batch = back,
                    taken_or_gone => return taken_or_gone,
                }
                std::thread::sleep(A_MOMENT);
            }
            Offer::Unheard
        });
    }
}

/// Sends a batch and waits while the model is behind, unless it is told to stop.
fn wait(context: &Context, controls: &mut Controls<'_>, batch: Batch) -> Offer {
    let sent = context.outlet.send(batch, || {
        controls.look();
        controls.is_stopped()
    });
    if sent { Offer::Taken } else { Offer::Unheard }
}
