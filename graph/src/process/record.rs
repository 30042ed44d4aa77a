//! A process as the model holds it and views see it.

use std::sync::Arc;

use smallvec::SmallVec;

use super::{Exit, Image, ProcessKey, Unread, Usage};
use crate::{Counts, Rate, Time};

/// How many earlier programs of a process are remembered.
pub const MAX_EARLIER: usize = 8;

/// A process, alive or dead.
#[derive(Clone, Debug, PartialEq)]
pub struct Process {
    /// Its identity.
    pub key: ProcessKey,
    /// Who began it.
    pub parent: Option<ProcessKey>,
    /// Who took it in when that one was gone.
    pub guardian: Option<ProcessKey>,
    /// What it runs, or ran last.
    pub image: Arc<Image>,
    /// What it ran before that, oldest first, at most [`MAX_EARLIER`]: a shell, `env`, then the program.
    pub earlier: SmallVec<[Arc<Image>; 1]>,
    /// Its effective user, where that is known.
    pub user: Option<u32>,
    /// Its effective group, where that is known.
    pub group: Option<u32>,
    /// Whether it leads a session.
    pub leads_session: bool,
    /// When it was first heard of.
    pub first: Time,
    /// Whether its birth was seen; else it was there before anybody looked.
    pub born: bool,
    /// When it ended, and how.
    pub ended: Option<(Time, Exit)>,
    /// What it takes, where that was measured.
    pub usage: Option<Usage>,
    /// Processors that it keeps busy, at the last measurement: 1 is one of them, all the time.
    pub cpu_share: f32,
    /// When it was last measured.
    pub(crate) measured: Time,
    /// What it sent in flows of its own.
    pub sent: Counts,
    /// What it received in them.
    pub received: Counts,
    /// Bytes a second that it sends.
    pub rate_sent: Rate,
    /// Bytes a second that it receives.
    pub rate_received: Rate,
    /// Its live flows.
    pub flows: u32,
    /// All flows that it ever had.
    pub flows_ever: u64,
}

impl Process {
    /// One of which nothing is known.
    pub(crate) fn new(key: ProcessKey, now: Time) -> Self {
        let (sent, received, rate_sent, rate_received) = Default::default();
        Process {
            key,
            parent: None,
            guardian: None,
            image: Arc::new(Image::named("", Unread::Untold)),
            earlier: SmallVec::new(),
            user: None,
            group: None,
            leads_session: false,
            first: now,
            born: false,
            ended: None,
            usage: None,
            cpu_share: 0.0,
            measured: Time::ZERO,
            sent,
            received,
            rate_sent,
            rate_received,
            flows: 0,
            flows_ever: 0,
        }
    }

    /// What a person calls it: its program, or its number.
    pub fn label(&self) -> String {
        match self.image.title() {
            "" => self.key.process.pid.to_string(),
            title => title.to_owned(),
        }
    }

    /// Whether it lives.
    pub const fn is_alive(&self) -> bool {
        self.ended.is_none()
    }

    /// It runs something else now.
    pub(crate) fn exec(&mut self, image: Arc<Image>) {
        let before = std::mem::replace(&mut self.image, image);
        let told = !before.comm.is_empty() && before != self.image;
        if told && self.earlier.last() != Some(&before) {
            if self.earlier.len() >= MAX_EARLIER {
                self.earlier.remove(0);
            }
            self.earlier.push(before);
        }
        if let Some((user, group)) = self.image.ids {
            (self.user, self.group) = (Some(user), Some(group));
        }
    }

    /// It was measured.
    pub(crate) fn measure(&mut self, usage: Usage, now: Time) {
        if let Some(before) = self.usage
            && now > self.measured
        {
            let busy = usage.cpu.saturating_sub(before.cpu);
            self.cpu_share = (busy.as_secs_f64() / now.since(self.measured).as_secs_f64()) as f32;
        }
        (self.usage, self.measured) = (Some(usage), now);
    }

    /// Bytes a second, both ways, at `now`.
    pub fn rate(&self, now: Time) -> f32 {
        self.rate_sent.at(now) + self.rate_received.at(now)
    }
}
