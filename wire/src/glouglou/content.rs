//! What SEALED and PLAIN carry: a head, then records.

use super::Fault;
use super::fields::{Append, Fields};
use super::record::Record;
use super::record::SESSION;
use super::tlv::{Tlv, Tlvs};

/// No content is longer, in bytes.
pub const MAX_CONTENT: usize = 1200;
const HEAD_LEN: usize = 24;
const RECORD_HEAD_LEN: usize = 8;
pub(super) const SNAPSHOT: u16 = 1;

/// The head, but for the number of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentHead {
    /// What the records' times count from, microseconds since the epoch.
    pub t_base_us: u64,
    /// The number of the first event among the records; session records have none.
    pub first_event_seq: u64,
    /// Whether they are part of a snapshot.
    pub snapshot: bool,
    /// One packet in so many was looked at; 0 and 1 are all.
    pub sampling_n: u32,
}

/// Content, as a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content<'a> {
    /// Its head.
    pub head: ContentHead,
    count: u16,
    records: &'a [u8],
}

impl<'a> Content<'a> {
    /// Reads the head; records are read one by one.
    ///
    /// # Errors
    /// [`Fault::Short`], [`Fault::Long`].
    pub fn parse(bytes: &'a [u8]) -> Result<Content<'a>, Fault> {
        if bytes.len() > MAX_CONTENT {
            return Err(Fault::Long);
        }
        let mut fields = Fields::new(bytes);
        let (t_base_us, first_event_seq, count) = (fields.u64()?, fields.u64()?, fields.u16()?);
        let (flags, sampling_n) = (fields.u16()?, fields.u32()?);
        let head = ContentHead { t_base_us, first_event_seq, snapshot: flags & SNAPSHOT != 0, sampling_n };
        Ok(Content { head, count, records: fields.rest() })
    }

    /// The content that has this head and these records.
    pub fn of(head: ContentHead, records: &[u8]) -> Vec<u8> {
        let mut packer = Packer::new(head);
        packer.bytes.extend_from_slice(records);
        packer.count = u16::try_from(Records::of(records).count()).unwrap_or(u16::MAX);
        packer.finish()
    }

    /// Its records in their order.
    pub fn records(&self) -> Records<'a> {
        Records { left: Some(self.count), bytes: self.records }
    }

    /// How many records it says it has.
    pub fn count(&self) -> u16 {
        self.count
    }

    /// The records as they stand, for a relay: in parts of at most `max` bytes, each with how many events it has. What follows a length that does not fit is left out.
    pub fn parts(&self, max: usize) -> Vec<(&'a [u8], u64)> {
        let (mut parts, mut start, mut end, mut events) = (Vec::new(), 0, 0, 0);
        let mut left = Records { left: Some(self.count), bytes: self.records };
        for _ in 0..self.count {
            let Ok((module, _, _, payload)) = left.split() else { break };
            let len = RECORD_HEAD_LEN + payload.len();
            if end + len - start > max && end > start {
                parts.push((self.records.get(start..end).unwrap_or_default(), events));
                (start, events) = (end, 0);
            }
            end += len;
            events += u64::from(module != SESSION);
        }
        if end > start {
            parts.push((self.records.get(start..end).unwrap_or_default(), events));
        }
        parts
    }
}

/// A record, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timed<'a> {
    /// Microseconds after the head's time; below zero is before it.
    pub dt_us: i32,
    /// The record.
    pub record: Record<'a>,
    /// What follows its fields.
    pub tlvs: Tlvs<'a>,
}

/// Records one after the other. One that cannot be read is a fault, and the next one follows; where a length does not fit, nothing does.
#[derive(Debug, Clone)]
pub struct Records<'a> {
    /// How many there must be; none where that is not said.
    left: Option<u16>,
    bytes: &'a [u8],
}

impl<'a> Records<'a> {
    /// Records as a relay forwards them, without a head: as many as there are.
    pub fn of(bytes: &'a [u8]) -> Records<'a> {
        Records { left: None, bytes }
    }

    fn split(&mut self) -> Result<(u8, u8, i32, &'a [u8]), Fault> {
        let mut fields = Fields::new(self.bytes);
        let (module, kind, len, dt_us) = (fields.u8()?, fields.u8()?, fields.u16()?, fields.i32()?);
        let payload = fields.bytes(len.into()).map_err(|_| Fault::RecordLength)?;
        self.bytes = fields.rest();
        Ok((module, kind, dt_us, payload))
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Timed<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.bytes.is_empty() {
            return self.left.take().filter(|left| *left > 0).map(|_| Err(Fault::Count));
        }
        if let Some(left) = &mut self.left {
            *left = left.checked_sub(1)?;
        }
        match self.split() {
            Ok((module, kind, dt_us, payload)) => {
                let parsed = Record::parse(module, kind, payload);
                Some(parsed.and_then(|(record, rest)| Ok(Timed { dt_us, record, tlvs: Tlvs::parse(rest)? })))
            }
            Err(fault) => {
                (self.left, self.bytes) = (None, &[]);
                Some(Err(fault))
            }
        }
    }
}

/// The record does not fit any more: this content is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

/// Makes content.
#[derive(Debug, Clone)]
pub struct Packer {
    bytes: Vec<u8>,
    count: u16,
    limits: Limits,
}

/// How large a content may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// In bytes, at most [`MAX_CONTENT`].
    pub bytes: usize,
    /// In records.
    pub records: u16,
}

impl Default for Limits {
    /// As the protocol has it.
    fn default() -> Limits {
        Limits { bytes: MAX_CONTENT, records: u16::MAX }
    }
}

impl Packer {
    /// Begins.
    pub fn new(head: ContentHead) -> Packer {
        Packer::within(Limits::default(), head)
    }

    /// Begins one that is not to become larger.
    pub fn within(limits: Limits, head: ContentHead) -> Packer {
        let mut bytes = Vec::with_capacity(MAX_CONTENT);
        bytes.u64(head.t_base_us).u64(head.first_event_seq).u16(0).u16(if head.snapshot { SNAPSHOT } else { 0 }).u32(head.sampling_n);
        Packer { bytes, count: 0, limits: Limits { bytes: limits.bytes.min(MAX_CONTENT), ..limits } }
    }

    /// Adds a record, `dt_us` after the head's time, and what follows its fields.
    ///
    /// # Errors
    /// [`Full`] where it does not fit; nothing was added then.
    pub fn push(&mut self, record: &Record<'_>, dt_us: i32, tlvs: &[Tlv<'_>]) -> Result<(), Full> {
        let before = self.bytes.len();
        let (module, kind) = record.kind();
        self.bytes.u8(module).u8(kind).u16(0).u32(dt_us as u32);
        record.emit(&mut self.bytes);
        tlvs.iter().for_each(|tlv| tlv.emit(&mut self.bytes));
        let len = self.bytes.len() - before - RECORD_HEAD_LEN;
        if self.bytes.len() > self.limits.bytes || self.count >= self.limits.records {
            self.bytes.truncate(before);
            return Err(Full);
        }
        if let Some(place) = self.bytes.get_mut(before + 2..before + 4) {
            place.copy_from_slice(&(len as u16).to_be_bytes());
        }
        self.count += 1;
        Ok(())
    }

    /// How many bytes are left for records, their heads included.
    pub fn room(&self) -> usize {
        self.limits.bytes.saturating_sub(self.bytes.len())
    }

    /// Whether there is no record in it.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The content.
    pub fn finish(mut self) -> Vec<u8> {
        if let Some(place) = self.bytes.get_mut(HEAD_LEN - 8..HEAD_LEN - 6) {
            place.copy_from_slice(&self.count.to_be_bytes());
        }
        self.bytes
    }
}
