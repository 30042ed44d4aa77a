//! A host or a process as it is drawn.

use egui::Pos2;
use graph::{DEAD_SHOWN, Member, Node as Who, Scope, Time};

use super::Motion;
use crate::state::mode::Tint;

/// How long a host that comes is brought out.
const PULSE_SECS: f32 = 1.0;
/// How much is left of a host that is about to go.
const FADED: f32 = 0.25;
/// How much is left of a process that is gone and about to go from the stage, and of one that others come from.
const GONE: f32 = 0.12;
const REMEMBERED: f32 = 0.6;

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// A host, by how far away it is.
    Host(Scope),
    /// A process, by its user or container; a dead one is hollow.
    Process {
        /// Its colour.
        tint: Tint,
        /// Whether it lives.
        alive: bool,
    },
    /// A group of either.
    Group {
        /// How many are in it.
        members: u32,
        /// Whether they are in it for being quiet.
        quiet: bool,
    },
}

impl Figure {
    /// How far away a host is.
    pub const fn scope(self) -> Option<Scope> {
        match self {
            Figure::Host(scope) => Some(scope),
            Figure::Process { .. } | Figure::Group { .. } => None,
        }
    }

    /// Times the usual size: small squares look smaller than discs.
    pub fn size(self) -> f32 {
        match self {
            Figure::Host(_) => 1.0,
            Figure::Process { .. } => 1.15,
            // Of a hundred members twice as large, of ten thousand three times.
            Figure::Group { members, .. } => 1.0 + (members.max(1) as f32).log10() / 2.0,
        }
    }

    /// The colour of a process.
    pub const fn tint(self) -> Option<Tint> {
        match self {
            Figure::Host(_) | Figure::Group { .. } => None,
            Figure::Process { tint, .. } => Some(tint),
        }
    }
}

/// What just happened to a process, and how much of the time in which that shows has passed, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum News {
    /// It came.
    Born(f32),
    /// It went.
    Died(f32),
    /// A host was seen for the first time.
    Came(f32),
}

/// A host or a process as it is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// Whose it is.
    pub id: Who,
    /// What is drawn.
    pub figure: Figure,
    /// The colour of whose probe counted the most of it, where colours stand for that.
    pub probe: Option<Tint>,
    /// What just happened to it.
    pub news: Option<News>,
    /// Where it is, in layout units; nowhere until the layout says.
    pub place: Option<Pos2>,
    /// Where it is on the screen.
    pub at: Pos2,
    /// How large its disc is, in points.
    pub radius: f32,
    /// Whether any of it is on the screen.
    pub visible: bool,
    /// How busy it looks.
    pub activity: f32,
    /// How opaque it is.
    pub opacity: f32,
    /// How many nodes it is linked with.
    pub neighbours: u32,
    /// Whether something of it is worth a second look.
    pub sign: bool,
    /// Whether it is what the pointer is on, or linked with that.
    pub near: bool,
    pub(super) lit: bool,
    pub(super) hint: usize,
}

impl Node {
    pub(super) fn new(id: Who, figure: Figure) -> Node {
        Node {
            id,
            figure,
            probe: None,
            news: None,
            place: None,
            at: Pos2::ZERO,
            radius: 0.0,
            visible: false,
            activity: 0.0,
            opacity: 0.0,
            neighbours: 0,
            sign: false,
            near: false,
            lit: true,
            hint: usize::MAX,
        }
    }
}

/// How much of a host is there: all of it, and less and less while it goes.
pub(super) fn presence(fading: Option<Time>, now: Time) -> f32 {
    let Some(since) = fading else { return 1.0 };
    let fade_secs = graph::Limits::default().host_fade.as_secs_f64();
    let gone = (now.secs_since(since) / fade_secs).min(1.0) as f32;
    1.0 - gone * (1.0 - FADED)
}

/// How much of a process is there: of one that is gone less and less, unless others come from it.
pub(super) fn presence_of(member: &Member, is_parent: bool, now: Time) -> f32 {
    let Some(died) = member.died else { return 1.0 };
    let gone = (now.secs_since(died) / DEAD_SHOWN.as_secs_f64()).min(1.0) as f32;
    1.0 - gone * (1.0 - if is_parent { REMEMBERED } else { GONE })
}

/// Whether a host has just come. While nothing moves it makes no difference: what stands still would never end to.
pub(super) fn came(first: Time, now: Time, motion: &Motion) -> Option<News> {
    let age = now.secs_since(first) as f32 / PULSE_SECS;
    (motion.smooth && motion.running && (0.0..1.0).contains(&age)).then_some(News::Came(age))
}

/// What just happened to a process.
pub(super) fn news(member: &Member, now: Time) -> Option<News> {
    let age = |at: Time| (now.secs_since(at) / DEAD_SHOWN.as_secs_f64()) as f32;
    let news = match (member.died, member.born) {
        (Some(died), _) => News::Died(age(died)),
        (None, Some(born)) => News::Born(age(born)),
        (None, None) => return None,
    };
    let (News::Born(age) | News::Died(age) | News::Came(age)) = news;
    (age < 1.0).then_some(news)
}
