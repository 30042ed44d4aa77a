//! Plays a recording, record by record.

use std::time::Duration;

use graph::Time;
use wire::packet::{Fragments, LinkType, dissect};

use super::controls::Controls;
use super::error::FileError;
use super::record::{Packet, Record};
use super::recording::Recording;
use super::teller::{Detail, Teller, Unheard};
use crate::bpf;
use crate::source::{Context, Ended, Level, Notice};

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

/// A recording that is being played.
pub(super) struct Player<'c> {
    context: &'c Context,
    controls: Controls<'c>,
    teller: Teller<'c>,
    until_look: usize,
    /// Link types met, and that of the last packet.
    links: Vec<LinkType>,
    last_link: Option<LinkType>,
}

/// Why playing stops before the end.
enum Halt {
    /// It was told to, or nobody reads any more.
    Unheard,
    /// It cannot be read.
    Dead(FileError),
}

impl From<Unheard> for Halt {
    fn from(Unheard: Unheard) -> Halt {
        Halt::Unheard
    }
}

impl<'c> Player<'c> {
    pub(super) fn new(context: &'c Context, controls: Controls<'c>, detail: Detail) -> Player<'c> {
        Player { context, controls, teller: Teller::new(context, detail), until_look: 0, links: Vec::new(), last_link: None }
    }

    /// Plays to the end.
    pub(super) fn run(mut self, mut recording: Recording) -> Result<Ended, FileError> {
        let played = self.play(&mut recording);
        if self.controls.is_stopped() {
            self.teller.say_last_words();
            return Ok(Ended::Stopped);
        }
        match played {
            Ok(()) => Ok(Ended::Finished),
            Err(Halt::Unheard) => Ok(Ended::Unheard),
            Err(Halt::Dead(error)) => Err(error),
        }
    }

    /// Until there is nothing more, or it is told to stop.
    fn play(&mut self, recording: &mut Recording) -> Result<(), Halt> {
        loop {
            if self.until_look == 0 {
                self.look(recording)?;
            }
            match recording.next_record() {
                Ok(Record::Packet(packet)) => {
                    self.packet(&packet)?;
                    continue;
                }
                Ok(Record::Names(names)) => names.for_each(|(addr, name)| self.teller.name(addr, name)),
                Ok(Record::Lost(lost)) => self.teller.lost(lost),
                Ok(Record::Waiting) => self.idle(recording)?,
                Ok(Record::Other) => {}
                Ok(Record::End) => return self.finish(recording),
                Err(FileError::Damaged { name, damage }) => {
                    let remedy = format!("what stands before it is shown; a sound copy of that: editcap {name:?} {name:?}.sound");
                    self.warn(format!("{name} is {damage}"), Some(remedy));
                    return self.finish(recording);
                }
                Err(error) => {
                    self.finish(recording)?;
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
        let first = self.controls.filters.is_new();
        let through = match self.controls.filters.pass(packet) {
            Ok(through) => through,
            Err(error) if first => return Err(Halt::Dead(FileError::Filter(error))),
            Err(error) => {
                self.warn(format!("link type {} is left out: {error}", packet.link.0), None);
                false
            }
        };
        self.teller.packet(packet, through);
        Ok(self.teller.tell_recorded(self.controls.is_paced(), &mut self.controls)?)
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
            self.teller.pass(self.controls.recorded_now());
            if self.controls.is_paused() && self.teller.has_news() {
                self.teller.tell(&mut self.controls)?;
            }
            self.teller.tell_in_time(&mut self.controls)?;
            self.controls.wait(self.controls.rest(at).clamp(SHORTEST_SLEEP, LONGEST_SLEEP));
            if self.controls.is_stopped() {
                return Err(Halt::Unheard);
            }
        }
    }

    /// A pipe has nothing at the moment.
    fn idle(&mut self, recording: &Recording) -> Result<(), Halt> {
        if self.teller.has_news() {
            self.teller.tell_in_time(&mut self.controls)?;
        }
        recording.wait(LONGEST_SLEEP);
        Ok(())
    }

    /// Looks at the clock and the commands, and says how far it has come.
    fn look(&mut self, recording: &Recording) -> Result<(), Halt> {
        self.until_look = WORK_A_LOOK;
        self.context.progress.set(recording.position(), recording.size());
        self.controls.look();
        if self.controls.is_stopped() {
            return Err(Halt::Unheard);
        }
        if self.controls.is_paced() || recording.is_pipe() {
            self.teller.tell_in_time(&mut self.controls)?;
        }
        Ok(())
    }

    fn finish(&mut self, recording: &Recording) -> Result<(), Halt> {
        self.teller.finish(&mut self.controls)?;
        let size = recording.size().max(1);
        self.context.progress.set(size, size);
        Ok(())
    }

    fn warn(&self, text: String, remedy: Option<String>) {
        self.context.notice(Notice { level: Level::Warning, text, remedy });
    }
}
