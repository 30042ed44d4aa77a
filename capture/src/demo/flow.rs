//! One flow of the story while it lives: how much it says in each tick, and when it ends.

use std::net::IpAddr;
use std::time::Duration;

use fastrand::Rng;
use graph::{Basis, Both, ConnId, Counts, Difference, EndReason, Endpoint, Initiator, ProcessId, Proto, Side, Time, Total, Tuple};

use super::scenario::{Activity, Ending, Shape};
use super::ticker::TICK;

/// The largest frame, in bytes, link layer included.
const FULL_FRAME: u32 = 1514;
/// A TCP segment without data, and the first of a connection, in bytes, link layer included.
const ACK_BYTES: u32 = 66;
const SYN_BYTES: u32 = 74;
/// The least frame that carries data.
const SMALL_FRAME: u32 = 80;
/// Packets a second of what is not in a hurry.
const LEISURELY: f64 = 20.0;
/// How long after its last packet a flow without a handshake counts as ended.
const IDLE: Duration = Duration::from_secs(10);

/// A flow of the story.
pub(super) struct Flow {
    /// Which.
    pub(super) tuple: Tuple,
    /// Its number.
    pub(super) conn: ConnId,
    /// The end that began it.
    pub(super) initiator: Side,
    /// The process that has an end of it.
    pub(super) owner: Option<(Side, ProcessId)>,
    /// What was seen of it.
    pub(super) total: Total,
    /// When it was last seen to say something, if ever.
    pub(super) last: Option<Time>,
    /// Bytes of the link layer in each frame.
    link_bytes: u32,
    up: Lane,
    down: Lane,
    shape: Shape,
    ending: Ending,
    began: Duration,
    /// When it says its last.
    until: Duration,
    /// The present share of its rates, and until when.
    level: f64,
    level_until: Duration,
    stage: Stage,
    /// Whether its first packet was seen, or it was there before anyone looked.
    seen_from_start: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    New,
    Talking,
    Silent,
}

/// What a flow did in one tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Did {
    /// What it said.
    pub(super) said: Both,
    /// Whether it is over.
    pub(super) ended: Option<EndReason>,
}

/// One direction.
struct Lane {
    bytes_per_sec: f64,
    frame_bytes: u32,
    owed_bytes: f64,
}

impl Lane {
    fn new(proto: Proto, bytes_per_sec: f64, back: f64) -> Lane {
        let only_acks = proto == Proto::TCP && bytes_per_sec * 8.0 < back;
        let leisurely = (bytes_per_sec / LEISURELY) as u32;
        let frame_bytes = if only_acks { ACK_BYTES } else { leisurely.clamp(SMALL_FRAME, FULL_FRAME) };
        Lane { bytes_per_sec, frame_bytes, owed_bytes: 0.0 }
    }

    fn frames(&mut self, level: f64) -> u32 {
        self.owed_bytes += self.bytes_per_sec * level * TICK.as_secs_f64();
        let frames = (self.owed_bytes / f64::from(self.frame_bytes)).floor();
        self.owed_bytes -= frames * f64::from(self.frame_bytes);
        frames as u32
    }
}

/// Who talks to whom, and over what.
pub(super) struct Between {
    /// The transport protocol.
    pub(super) proto: Proto,
    /// Who begins.
    pub(super) from: IpAddr,
    /// The port it begins from; for ICMP the request's identifier.
    pub(super) from_port: u16,
    /// Who is contacted.
    pub(super) to: IpAddr,
    /// At which port; not for ICMP.
    pub(super) to_port: u16,
}

impl Between {
    /// The sorted tuple, and the side of the one who begins.
    pub(super) fn tuple(&self) -> (Tuple, Side) {
        /// The type of an echo request (RFC 792, RFC 4443).
        const ECHO: u16 = 8;
        const ECHO_V6: u16 = 128;
        let (proto, to_port) = match self.proto {
            Proto::ICMP if self.to.is_ipv6() => (Proto::ICMPV6, ECHO_V6 << 8),
            Proto::ICMP => (Proto::ICMP, ECHO << 8),
            proto => (proto, self.to_port),
        };
        Tuple::new(proto, Endpoint { addr: self.from, port: self.from_port }, Endpoint { addr: self.to, port: to_port })
    }
}

impl Flow {
    /// A flow that begins now.
    pub(super) fn new(between: &Between, conn: ConnId, link_bytes: u32, activity: &Activity, now: Duration, rng: &mut Rng) -> Flow {
        let (tuple, initiator) = between.tuple();
        Flow {
            tuple,
            conn,
            initiator,
            owner: None,
            total: Total::default(),
            last: None,
            link_bytes,
            up: Lane::new(between.proto, activity.up, activity.down),
            down: Lane::new(between.proto, activity.down, activity.up),
            shape: activity.shape,
            ending: activity.ends,
            began: now,
            until: now + activity.lasts.mul_f64(0.7 + 0.6 * rng.f64()),
            level: 1.0,
            level_until: now,
            stage: Stage::New,
            seen_from_start: true,
        }
    }

    /// Nobody saw what it did so far.
    pub(super) fn forget(&mut self) {
        self.total = Total::default();
        self.last = None;
        self.seen_from_start = false;
    }

    /// Whether it still says something.
    pub(super) fn is_talking(&self) -> bool {
        self.stage != Stage::Silent
    }

    /// Who began it, and how one can tell.
    pub(super) fn initiator(&self) -> Initiator {
        let shaken = self.seen_from_start && self.tuple.proto() != Proto::UDP;
        Initiator { side: self.initiator, basis: if shaken { Basis::Handshake } else { Basis::Port } }
    }

    /// One tick. What is said in it is seen at `at`.
    pub(super) fn tick(&mut self, now: Duration, at: Time, rng: &mut Rng) -> Did {
        let mut did = Did { said: Both::default(), ended: None };
        match self.stage {
            Stage::New => self.begin(&mut did),
            Stage::Talking => self.talk(now, rng, &mut did),
            Stage::Silent => {}
        }
        if self.stage == Stage::Talking && did.ended.is_none() && now >= self.until {
            self.end(&mut did);
        }
        if self.stage == Stage::Silent && now >= self.until + IDLE {
            did.ended = did.ended.or(Some(EndReason::Idle));
        }
        if !did.said.is_zero() {
            self.last = Some(at);
        }
        self.total = self.total.plus(&Difference(did.said));
        did
    }

    fn begin(&mut self, did: &mut Did) {
        self.stage = Stage::Talking;
        if self.tuple.proto() != Proto::TCP {
            self.say(did, self.initiator, 1, self.up.frame_bytes);
            let answers = u32::from(self.down.bytes_per_sec > 0.0);
            self.say(did, self.initiator.other(), answers, self.down.frame_bytes);
            return;
        }
        self.say(did, self.initiator, 1, SYN_BYTES);
        if self.ending == Ending::Refused {
            self.say(did, self.initiator.other(), 1, ACK_BYTES);
            did.ended = Some(EndReason::Reset);
            return;
        }
        self.say(did, self.initiator.other(), 1, SYN_BYTES);
        self.say(did, self.initiator, 1, ACK_BYTES);
    }

    fn talk(&mut self, now: Duration, rng: &mut Rng, did: &mut Did) {
        if now >= self.level_until {
            let (level, secs) = match self.shape {
                Shape::Steady => (0.75 + 0.5 * rng.f64(), 0.5),
                Shape::Bursts if self.level == 0.0 => (0.8 + rng.f64(), 0.5 + 1.5 * rng.f64()),
                Shape::Bursts => (0.0, 0.5 + 2.5 * rng.f64()),
                Shape::Fading => {
                    let lasts = self.until.saturating_sub(self.began).as_secs_f64().max(TICK.as_secs_f64());
                    let gone = now.saturating_sub(self.began).as_secs_f64() / lasts;
                    (3.0 * (-3.0 * gone).exp(), 0.1)
                }
            };
            self.level = level;
            self.level_until = now + Duration::from_secs_f64(secs);
        }
        let (up, down) = (self.up.frames(self.level), self.down.frames(self.level));
        self.say(did, self.initiator, up, self.up.frame_bytes);
        self.say(did, self.initiator.other(), down, self.down.frame_bytes);
    }

    fn end(&mut self, did: &mut Did) {
        self.stage = Stage::Silent;
        if self.tuple.proto() != Proto::TCP {
            return;
        }
        self.say(did, self.initiator, 1, ACK_BYTES);
        if self.ending == Ending::Reset {
            did.ended = Some(EndReason::Reset);
            return;
        }
        self.say(did, self.initiator.other(), 1, ACK_BYTES);
        self.say(did, self.initiator, 1, ACK_BYTES);
        did.ended = Some(EndReason::Fin);
    }

    fn say(&self, did: &mut Did, from: Side, packets: u32, frame_bytes: u32) {
        let (packets, frame_bytes) = (u64::from(packets), u64::from(frame_bytes));
        let ip_bytes = frame_bytes.saturating_sub(u64::from(self.link_bytes));
        let counts = Counts { packets, bytes: packets * frame_bytes, ip_bytes: packets * ip_bytes };
        let said = did.said.from_mut(from);
        *said = said.plus(&counts);
    }
}
