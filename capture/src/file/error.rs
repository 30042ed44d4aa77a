//! What can be wrong with a recording: the text names the file and the remedy.

use std::io;

use crate::bpf::BpfError;

/// Why a recording cannot be read, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Nothing is at that path.
    #[error("{name}: no such file; check the path")]
    Missing {
        /// The path.
        name: String,
    },
    /// Others may read it, this user may not.
    #[error("{name}: permission denied; read it as its owner, or let others read it: chmod a+r {name:?}")]
    Permission {
        /// The path.
        name: String,
    },
    /// A directory is not a recording.
    #[error("{name} is a directory; name a capture file in it")]
    Directory {
        /// The path.
        name: String,
    },
    /// Standard input is a keyboard.
    #[error("standard input is a terminal; pipe a capture into it, as from: tcpdump -U -w -")]
    Terminal,
    /// It holds nothing at all.
    #[error("{name} ended before its first byte; whatever writes it has not begun, or wrote nothing: capture again")]
    Empty {
        /// The file.
        name: String,
    },
    /// A capture in a format that is not read here.
    #[error("{name} is a {format} file; convert it: editcap -F pcapng {name:?} {name:?}.pcapng")]
    Foreign {
        /// The file.
        name: String,
        /// Its format.
        format: &'static str,
    },
    /// Compressed in a way that is not read here.
    #[error("{name} is compressed with {with}; decompress it first: {with} -dk {name:?}")]
    Compressed {
        /// The file.
        name: String,
        /// The program that decompresses it.
        with: &'static str,
    },
    /// Something else altogether.
    #[error("{name} is not a capture: it begins neither like pcap nor like pcapng; see what it is: file {name:?}")]
    NotACapture {
        /// The file.
        name: String,
    },
    /// The operating system refuses.
    #[error("{name} cannot be read: {error}")]
    Io {
        /// The file.
        name: String,
        /// Its reason.
        error: io::Error,
    },
    /// The filter does not compile for what was recorded.
    #[error(transparent)]
    Filter(#[from] BpfError),
    /// It can be read up to here and no further.
    #[error("{name}: {damage}")]
    Damaged {
        /// The file.
        name: String,
        /// Where and what.
        damage: Damage,
    },
}

/// Where a recording stops making sense. All before it has been read.
#[derive(Debug, thiserror::Error)]
#[error("damaged at byte {at_byte}, where packet {packet} should be: {fault}")]
pub struct Damage {
    /// Bytes of the (decompressed) recording before the record or block that is damaged.
    pub at_byte: u64,
    /// The number of the packet that should come here, from 1.
    pub packet: u64,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a record or block.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The file ends inside.
    #[error("the file ends after {have} of {want} bytes")]
    CutShort {
        /// Bytes that are there.
        have: usize,
        /// Bytes that were announced, or are at least needed.
        want: usize,
    },
    /// A packet larger than any.
    #[error("a packet of {len} bytes is announced, more than the largest possible, {max}")]
    PacketTooLong {
        /// What is announced.
        len: u32,
        /// The most.
        max: usize,
    },
    /// A packet larger than its block.
    #[error("a packet of {len} bytes is announced in a block with room for {room}")]
    PacketOutsideBlock {
        /// What is announced.
        len: u32,
        /// What there is.
        room: usize,
    },
    /// A block length that cannot be.
    #[error("a block of {len} bytes is announced; it must be a multiple of 4 from 12 to {max}")]
    BlockLength {
        /// What is announced.
        len: u32,
        /// The most.
        max: usize,
    },
    /// A block too short for its own fields.
    #[error("a block of type {kind:#x} is too short for its fields")]
    BlockTooShort {
        /// The block's type.
        kind: u32,
    },
    /// A block's length stands before and behind it.
    #[error("a block is {before} bytes long by its beginning and {behind} by its end")]
    BlockLengths {
        /// At its beginning.
        before: u32,
        /// At its end.
        behind: u32,
    },
    /// Something else stands where a section must begin.
    #[error("a section's byte order mark is {0:#010x}")]
    ByteOrder(u32),
    /// A version that nobody wrote.
    #[error("version {major}.{minor} of the format is unknown")]
    Version {
        /// Major.
        major: u16,
        /// Minor.
        minor: u16,
    },
    /// A packet of an interface that was not described.
    #[error("a packet of interface {interface} where {described} are described")]
    Interface {
        /// The interface, from 0.
        interface: u32,
        /// How many the section has.
        described: usize,
    },
    /// More interfaces than are kept.
    #[error("more than {max} interfaces in one section")]
    Interfaces {
        /// The most.
        max: usize,
    },
    /// The link type field holds bits that mean nothing.
    #[error("the link type is {0:#x}, with reserved bits set")]
    LinkType(u32),
    /// The compressed data are damaged, or the disk is.
    #[error("{0}")]
    Unreadable(io::Error),
}
