//! Plays a recording: record by record, into a summariser.

use std::time::Duration;

use graph::{NameOrigin, Time};
use wire::packet::{Fragments, LinkType, dissect};

use super::controls::{Asked, Controls};
use super::error::FileError;
use super::filters::Filters;
use super::pace::Pace;
use super::record::{Packet, Record};
use super::recording::Recording;
use crate::Summariser;
use crate::bpf;
use crate::source::{Batch, Context, Ended, Level, Notice, Offer};

/// Connections kept at a time; what more there are, the oldest make room for.
const MAX_FLOWS: usize = 262_144;
/// How often the model is told what is new while somebody watches it happen, by the wall clock.
const TELL: Duration = Duration::from_millis(50);
/// How often, in recorded time, it is told as fast as possible: once a slice, for what changes more often only costs.
const TELL_RECORDED: Duration = Duration::from_secs(1);
/// And at the latest after so many packets.
const TELL_PACKETS: u32 = 1_000_000;
/// The longest sleep: so soon a command is obeyed.
const LONGEST_SLEEP: Duration = Duration::from_millis(50);
/// The shortest: what is due sooner comes a little late, with what is due with it.
const SHORTEST_SLEEP: Duration = Duration::from_millis(5);
/// Work between two looks at the clock and the commands: bytes, each packet's own cost included.
const WORK_A_LOOK: usize = 1 << 20;
/// What a packet costs beside its bytes.
const PACKET_WORK: usize = 160;
/// Link types of which it is remembered whether they can be read.
const MAX_LINKS: usize = 64;
/// How long, once told to stop, there is to say the last things.
const LAST_WORDS: Duration = Duration::from_millis(30);
/// How long a recorded name may be believed: the recording does not say, and does not change.
const NAME_TTL_SECS: u32 = u32::MAX;

/// A recording that is being played.
pub(super) struct Player<'c> {
    context: &'c Context,
    controls: Controls<'c>,
    summariser: Summariser,
    /// The recorded time it is: it never goes back.
    now: Time,
    /// When the model was last told, in recorded time and by the wall clock, and how many packets came since.
    told: Time,
    told_wall: Time,
    since: u32,
    until_look: usize,
    /// Link types met, and that of the last packet.
    links: Vec<LinkType>,
    last_link: Option<LinkType>,
}

/// Why playing stops before the end.
enum Halt {
    /// Something else has been asked, or nobody reads any more.
    Unheard,
    /// It cannot be read.
    Dead(FileError),
}

impl<'c> Player<'c> {
    pub(super) fn new(context: &'c Context, filters: Filters, pace: Pace) -> Player<'c> {
        Player {
            context,
            controls: Controls::new(context, filters, pace),
            summariser: Summariser::new(context.origin, context.columns, MAX_FLOWS),
            now: Time::ZERO,
            told: Time::ZERO,
            told_wall: (context.clock)(),
            since: 0,
            until_look: 0,
            links: Vec::new(),
            last_link: None,
        }
    }

    /// Plays to the end, as often as it is asked to begin again.
    pub(super) fn run(mut self, mut recording: Recording) -> Result<Ended, FileError> {
        loop {
            let played = self.play(&mut recording);
            match self.controls.asked() {
                Some(Asked::Stop) => {
                    self.say_last_words();
                    return Ok(Ended::Stopped);
                }
                Some(Asked::Restart) => {
                    if recording.rewind()? {
                        self.begin();
                    } else {
                        self.warn(format!("{} cannot begin again: what came through a pipe is gone", recording.name()), None);
                        self.controls.begin();
                    }
                }
                None => {
                    return played.or_else(|halt| match halt {
                        Halt::Unheard => Ok(Ended::Unheard),
                        Halt::Dead(error) => Err(error),
                    });
                }
            }
        }
    }

    fn begin(&mut self) {
        self.controls.begin();
        self.summariser = Summariser::new(self.context.origin, self.context.columns, MAX_FLOWS);
        (self.now, self.told, self.since, self.until_look) = (Time::ZERO, Time::ZERO, 0, 0);
    }

    /// Until there is nothing more, or something else has been asked.
    fn play(&mut self, recording: &mut Recording) -> Result<Ended, Halt> {
        loop {
            if self.until_look == 0 {
                self.look(recording)?;
            }
            match recording.next_record() {
                Ok(Record::Packet(packet)) => {
                    self.packet(&packet)?;
                    continue;
                }
                Ok(Record::Names(names)) => {
                    for (addr, name) in names {
                        self.summariser.name(addr, NameOrigin::Ptr, NAME_TTL_SECS, name, self.now);
                    }
                }
                Ok(Record::Lost(lost)) => self.summariser.set_lost(lost.kernel, lost.interface),
                Ok(Record::Waiting) => self.idle(recording)?,
                Ok(Record::Other) => {}
                Ok(Record::End) => return Ok(self.finish(recording)),
                Err(FileError::Damaged { name, damage }) => {
                    let remedy = format!("what stands before it is shown; a sound copy of that: editcap {name:?} {name:?}.sound");
                    self.warn(format!("{name} is {damage}"), Some(remedy));
                    return Ok(self.finish(recording));
                }
                Err(error) => {
                    self.finish(recording);
                    return Err(Halt::Dead(error));
                }
            }
            // All but packets is rare, and can be large.
            self.until_look = 0;
        }
    }

    /// Waits until a packet is due, and takes it in.
    #[inline]
    fn packet(&mut self, packet: &Packet<'_>) -> Result<(), Halt> {
        self.until_look = self.until_look.saturating_sub(PACKET_WORK + packet.data.len());
        if self.last_link != Some(packet.link) {
            self.meet(packet.link);
        }
        if !self.controls.lets_go(packet.at) {
            self.hold(packet.at)?;
        }
        self.now = self.now.max(packet.at);
        let first = self.controls.filters.is_new();
        match self.controls.filters.pass(packet) {
            Ok(true) => self.summariser.packet(packet.link, packet.data, packet.wire_len, packet.at),
            Ok(false) => self.summariser.filtered(packet.wire_len),
            Err(error) if first => return Err(Halt::Dead(FileError::Filter(error))),
            Err(error) => {
                self.summariser.filtered(packet.wire_len);
                self.warn(format!("link type {} is left out: {error}", packet.link.0), None);
            }
        }
        self.since += 1;
        if self.since >= TELL_PACKETS || self.is_fast() && self.now.since(self.told) >= TELL_RECORDED {
            self.tell()?;
        }
        Ok(())
    }

    /// Says so where the packets of a link type can only be counted.
    #[cold]
    fn meet(&mut self, link: LinkType) {
        self.last_link = Some(link);
        if self.links.len() >= MAX_LINKS || self.links.contains(&link) {
            return;
        }
        self.links.push(link);
        // An empty frame is cut short; of a link type that is not known, nothing is said.
        let read = dissect(link, &[], 1, 0, &mut Fragments::new(1)).fault.is_some();
        if !read {
            let name = bpf::link_name(link).unwrap_or_else(|| "unknown".to_owned());
            self.warn(format!("packets of link type {} ({name}) are counted, but their hosts cannot be shown", link.0), None);
        }
    }

    /// Sleeps until a packet of that time is due. What there is is told meanwhile, and recorded time passes.
    #[cold]
    fn hold(&mut self, at: Time) -> Result<(), Halt> {
        loop {
            self.controls.pass();
            if self.controls.lets_go(at) {
                return Ok(());
            }
            let here = self.controls.pacer.now().filter(|_| !self.controls.is_paused());
            self.now = self.now.max(here.unwrap_or_default());
            if self.controls.is_paused() && self.summariser.has_news() {
                self.tell()?;
            }
            self.tell_in_time()?;
            self.controls.wait(self.controls.rest(at).clamp(SHORTEST_SLEEP, LONGEST_SLEEP));
            if self.controls.asked().is_some() {
                return Err(Halt::Unheard);
            }
        }
    }

    /// A pipe has nothing at the moment.
    fn idle(&mut self, recording: &Recording) -> Result<(), Halt> {
        if self.summariser.has_news() {
            self.tell_in_time()?;
        }
        recording.wait(LONGEST_SLEEP);
        Ok(())
    }

    /// Looks at the clock and the commands, and says how far it has come.
    fn look(&mut self, recording: &Recording) -> Result<(), Halt> {
        self.until_look = WORK_A_LOOK;
        self.context.progress.set(recording.position(), recording.size());
        self.controls.look();
        if self.controls.asked().is_some() {
            return Err(Halt::Unheard);
        }
        if !self.is_fast() || recording.is_pipe() {
            self.tell_in_time()?;
        }
        Ok(())
    }

    fn is_fast(&self) -> bool {
        self.controls.pacer.pace() == Pace::AsFastAsPossible
    }

    /// Tells the model what is new, where it is time to.
    fn tell_in_time(&mut self) -> Result<(), Halt> {
        let due = (self.context.clock)().since(self.told_wall) >= TELL;
        let news = self.now > self.told || self.summariser.has_news();
        if due && news { self.tell() } else { Ok(()) }
    }

    /// Tells the model what is new and the time, and waits for it.
    fn tell(&mut self) -> Result<(), Halt> {
        (self.told, self.told_wall, self.since) = (self.now, (self.context.clock)(), 0);
        let (context, controls) = (self.context, &mut self.controls);
        let heard = self.summariser.flush(self.now, |batch| wait(context, controls, batch));
        if heard { Ok(()) } else { Err(Halt::Unheard) }
    }

    /// Tells all that is left, and that it is over.
    fn finish(&mut self, recording: &Recording) -> Ended {
        let (context, controls) = (self.context, &mut self.controls);
        let heard = self.summariser.finish(self.now, |batch| wait(context, controls, batch));
        match recording.size() {
            0 => context.progress.set(1, 1),
            size => context.progress.set(size, size),
        }
        if heard { Ended::Finished } else { Ended::Unheard }
    }

    /// Tells what is left to a model that listens, in the time there is.
    fn say_last_words(&mut self) {
        let (context, began) = (self.context, (self.context.clock)());
        self.summariser.finish(self.now, |batch| {
            let in_time = (context.clock)().since(began) < LAST_WORDS;
            if in_time && context.outlet.send(batch, || true) { Offer::Taken } else { Offer::Unheard }
        });
    }

    fn warn(&self, text: String, remedy: Option<String>) {
        self.context.notice(Notice { level: Level::Warning, text, remedy });
    }
}

/// Sends a batch and waits while the model is behind, unless something else is asked.
fn wait(context: &Context, controls: &mut Controls<'_>, batch: Batch) -> Offer {
    let sent = context.outlet.send(batch, || {
        controls.look();
        controls.asked().is_some()
    });
    if sent { Offer::Taken } else { Offer::Unheard }
}
