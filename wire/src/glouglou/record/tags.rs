//! TAGS.

use super::super::Fault;
use super::super::fields::{Append, Fields, cut};
use super::conn::Conn;

/// One thing that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag<'a> {
    /// Who learnt it: the probe's number for a source.
    pub source: u8,
    /// How sure, in hundredths.
    pub confidence: u8,
    /// The column, at most 255 bytes.
    pub column: &'a [u8],
    /// The value as text.
    pub value: &'a [u8],
}

/// What is known of a connection beside its counters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tags<'a> {
    /// Which.
    pub conn: Conn,
    /// What, at most 255.
    pub tags: Vec<Tag<'a>>,
}

impl<'a> Tags<'a> {
    pub(super) fn parse(f: &mut Fields<'a>) -> Result<Tags<'a>, Fault> {
        let (conn, count) = (Conn::parse(f)?, f.u8()?);
        let mut tag = || {
            let (source, confidence, column) = (f.u8()?, f.u8()?, f.u8()?);
            let column = f.bytes(column.into())?;
            let value = f.u16()?;
            Ok(Tag { source, confidence, column, value: f.bytes(value.into())? })
        };
        Ok(Tags { conn, tags: (0..count).map(|_| tag()).collect::<Result<_, Fault>>()? })
    }

    pub(super) fn emit(&self, to: &mut Vec<u8>) {
        self.conn.emit(to);
        let tags = self.tags.get(..u8::MAX.into()).unwrap_or(&self.tags);
        to.u8(tags.len() as u8);
        for tag in tags {
            let value = cut(tag.value, u16::MAX.into());
            to.u8(tag.source).u8(tag.confidence).short(tag.column).u16(value.len() as u16).bytes(value);
        }
    }
}
