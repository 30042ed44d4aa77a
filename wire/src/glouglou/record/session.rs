//! The records of the session itself.

use smallvec::SmallVec;

use super::super::Fault;
use super::super::content::{Content, ContentHead, SNAPSHOT};
use super::super::fields::{Append, Fields, cut};

/// Through no more relays, the probe itself included.
pub const MAX_PATH: usize = 8;
/// No more records of another probe are forwarded at once, in bytes.
pub const MAX_RELAYED: usize = 1104;

/// PING and its answer, which gives back what it got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ping {
    /// Whose answer it is.
    pub random: u64,
    /// The clock of who asked, microseconds since the epoch.
    pub t_us: u64,
}

impl Ping {
    pub(super) fn parse(f: &mut Fields<'_>) -> Result<Ping, Fault> {
        Ok(Ping { random: f.u64()?, t_us: f.u64()? })
    }

    pub(super) fn emit(&self, to: &mut Vec<u8>) {
        to.u64(self.random).u64(self.t_us);
    }
}

/// Words for the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notice<'a> {
    /// 0 is to know, 1 is wrong, 2 is over.
    pub level: u8,
    /// UTF-8, as it came.
    pub text: &'a [u8],
}

impl<'a> Notice<'a> {
    pub(super) fn parse(f: &mut Fields<'a>) -> Result<Notice<'a>, Fault> {
        let (level, _, len) = (f.u8()?, f.u8()?, f.u16()?);
        Ok(Notice { level, text: f.bytes(len.into())? })
    }

    pub(super) fn emit(&self, to: &mut Vec<u8>) {
        let text = cut(self.text, u16::MAX.into());
        to.u8(self.level).u8(0).u16(text.len() as u16).bytes(text);
    }
}

/// Tell all again, or what is missing of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResyncReq {
    /// Whose.
    pub probe_id: u32,
    /// Of which modules: a bit each.
    pub modules: u32,
    /// Of which snapshot; 0 is a new one.
    pub snapshot_id: u32,
    /// From which number to which, the last included; none is all.
    pub ranges: SmallVec<[(u32, u32); 4]>,
}

impl ResyncReq {
    pub(super) fn parse(f: &mut Fields<'_>) -> Result<ResyncReq, Fault> {
        let (probe_id, modules, snapshot_id) = (f.u32()?, f.u32()?, f.u32()?);
        let mut ranges = SmallVec::new();
        while !f.rest().is_empty() {
            let (from, to) = (f.u32()?, f.u32()?);
            if from > to {
                return Err(Fault::Value);
            }
            ranges.push((from, to));
        }
        Ok(ResyncReq { probe_id, modules, snapshot_id, ranges })
    }

    pub(super) fn emit(&self, to: &mut Vec<u8>) {
        to.u32(self.probe_id).u32(self.modules).u32(self.snapshot_id);
        for (from, until) in &self.ranges {
            to.u32(*from).u32(*until);
        }
    }
}

/// Where a snapshot begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snapshot {
    /// Its number.
    pub snapshot_id: u32,
    /// Of which module.
    pub module: u8,
    /// How many records it has.
    pub count: u32,
}

impl Snapshot {
    pub(super) fn parse(f: &mut Fields<'_>) -> Result<Snapshot, Fault> {
        let snapshot_id = f.u32()?;
        let [module, _, _, _] = f.array()?;
        Ok(Snapshot { snapshot_id, module, count: f.u32()? })
    }

    pub(super) fn emit(&self, to: &mut Vec<u8>) {
        to.u32(self.snapshot_id).bytes(&[self.module, 0, 0, 0]).u32(self.count);
    }
}

/// What the probe is, and what it lost, as totals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProbeInfo<'a> {
    /// Another one each time its program starts.
    pub boot_id: u64,
    /// Packets that its kernel dropped.
    pub lost_kernel: u64,
    /// What it had no room for.
    pub lost_queue: u64,
    /// Packets that contradict themselves.
    pub malformed: u64,
    /// Its machine's name, at most 255 bytes, as it came.
    pub hostname: &'a [u8],
}

impl<'a> ProbeInfo<'a> {
    pub(super) fn parse(f: &mut Fields<'a>) -> Result<ProbeInfo<'a>, Fault> {
        let (boot_id, lost_kernel, lost_queue, malformed, len) = (f.u64()?, f.u64()?, f.u64()?, f.u64()?, f.u8()?);
        Ok(ProbeInfo { boot_id, lost_kernel, lost_queue, malformed, hostname: f.bytes(len.into())? })
    }

    pub(super) fn emit(&self, to: &mut Vec<u8>) {
        to.u64(self.boot_id).u64(self.lost_kernel).u64(self.lost_queue).u64(self.malformed).short(self.hostname);
    }
}

/// What another probe sent, and by which way it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relayed<'a> {
    /// The probe it is of, then every relay it passed; no two the same.
    pub path: SmallVec<[u32; MAX_PATH]>,
    /// Bits: 1 is part of a snapshot.
    pub flags: u8,
    /// The probe's, as in its own content.
    pub boot_id: u64,
    /// The same.
    pub first_event_seq: u64,
    /// The same.
    pub t_base_us: u64,
    /// The same.
    pub sampling_n: u32,
    /// Its records, to be read by [`Records::of`](crate::glouglou::Records::of); at most 1104 bytes.
    pub records: &'a [u8],
}

impl<'a> Relayed<'a> {
    pub(super) fn parse(f: &mut Fields<'a>) -> Result<Relayed<'a>, Fault> {
        let (count, flags, len) = (f.u8()?, f.u8()?, f.u16()?);
        if usize::from(count) > MAX_PATH || usize::from(len) > MAX_RELAYED {
            return Err(Fault::Value);
        }
        let path: SmallVec<[u32; MAX_PATH]> = (0..count).map(|_| f.u32()).collect::<Result<_, Fault>>()?;
        // Who stands in it twice has sent it round in a circle.
        if path.iter().enumerate().any(|(at, id)| path.iter().skip(at + 1).any(|other| other == id)) {
            return Err(Fault::Value);
        }
        let (boot_id, first_event_seq, t_base_us, sampling_n) = (f.u64()?, f.u64()?, f.u64()?, f.u32()?);
        Ok(Relayed { path, flags, boot_id, first_event_seq, t_base_us, sampling_n, records: f.bytes(len.into())? })
    }

    /// The content that the probe itself would have sent.
    pub fn content(&self) -> Vec<u8> {
        let head = ContentHead {
            t_base_us: self.t_base_us,
            first_event_seq: self.first_event_seq,
            snapshot: u16::from(self.flags) & SNAPSHOT != 0,
            sampling_n: self.sampling_n,
        };
        Content::of(head, self.records)
    }

    pub(super) fn emit(&self, to: &mut Vec<u8>) {
        let (path, records) = (self.path.get(..MAX_PATH).unwrap_or(&self.path), cut(self.records, MAX_RELAYED));
        to.u8(path.len() as u8).u8(self.flags).u16(records.len() as u16);
        path.iter().for_each(|id| {
            to.u32(*id);
        });
        to.u64(self.boot_id).u64(self.first_event_seq).u64(self.t_base_us).u32(self.sampling_n).bytes(records);
    }
}
