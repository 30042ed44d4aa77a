//! A recording, read record by record.

use std::path::Path;
use std::time::Duration;

use wire::packet::LinkType;

use super::error::{Damage, Fault, FileError};
use super::input::{Compression, Input, name};
use super::pcap::{self, Pcap};
use super::pcapng::{self, PcapNg};
use super::record::Record;
use super::window::{Have, Window};

/// A capture file that is open: pcap or pcapng, plain or compressed, from a disk, a pipe or memory.
///
/// ```
/// use capture::file::{PcapWriter, Record, Recording};
/// use graph::Time;
/// use wire::packet::LinkType;
///
/// let mut writer = PcapWriter::new(Vec::new(), LinkType(1))?;
/// writer.packet(Time::from_secs(7), &[0; 60], 60)?;
///
/// let mut recording = Recording::from_bytes(writer.into_inner());
/// while let Record::Packet(packet) = recording.next_record()? {
///     assert_eq!((packet.at, packet.wire_len), (Time::from_secs(7), 60));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Recording {
    name: String,
    window: Window,
    format: Format,
    packets: u64,
}

enum Format {
    /// Its first bytes have not been seen.
    Unknown,
    Pcap(Pcap),
    PcapNg(PcapNg),
    /// It ended, well or not.
    Over,
}

impl Recording {
    /// Opens a file, or for `-` standard input. What is no capture is refused at once, except from a pipe, which need
    /// not have begun: that is told by [`Recording::next_record`].
    pub fn open(path: &Path) -> Result<Recording, FileError> {
        let mut recording = Recording::new(name(path), Input::open(path)?);
        if !recording.is_pipe() {
            recording.recognise()?;
        }
        Ok(recording)
    }

    /// Reads what is in memory.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Recording {
        Recording::new("recording".to_owned(), Input::from_bytes(bytes.into()))
    }

    fn new(name: String, input: Input) -> Recording {
        Recording { name, window: Window::new(input), format: Format::Unknown, packets: 0 }
    }

    /// What the user calls it: its path, or "standard input".
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it can be read only once, and may have to be waited for.
    pub fn is_pipe(&self) -> bool {
        self.window.input().is_pipe()
    }

    /// The next record. It never blocks on a pipe. After an error, and after the end, there is only the end.
    #[inline(always)]
    pub fn next_record(&mut self) -> Result<Record<'_>, FileError> {
        if let Format::Unknown = self.format
            && !self.recognise()?
        {
            return Ok(Record::Waiting);
        }
        let at_byte = self.window.taken();
        let next = match &mut self.format {
            Format::Pcap(pcap) => pcap.next(&mut self.window),
            Format::PcapNg(pcapng) => pcapng.next(&mut self.window),
            Format::Unknown | Format::Over => Ok(Record::End),
        };
        match next {
            Ok(record) => {
                self.packets += u64::from(matches!(record, Record::Packet(_)));
                Ok(record)
            }
            Err(fault) => {
                let at_byte = if let Format::PcapNg(pcapng) = &self.format { pcapng.block_at() } else { at_byte };
                self.format = Format::Over;
                let damage = Damage { at_byte, packet: self.packets + 1, fault };
                Err(FileError::Damaged { name: self.name.clone(), damage })
            }
        }
    }

    /// Waits until a pipe has something to read or its writer is gone, at most `timeout`. A file always has.
    pub fn wait(&self, timeout: Duration) {
        self.window.input().wait(timeout);
    }

    /// Begins again from the first record. Returns false for a pipe, which cannot.
    pub(super) fn rewind(&mut self) -> Result<bool, FileError> {
        let rewound = self.window.rewind().map_err(|error| FileError::Io { name: self.name.clone(), error })?;
        if rewound {
            (self.format, self.packets) = (Format::Unknown, 0);
        }
        Ok(rewound)
    }

    /// The link type of the first packet, for which a file is read up to there and begun again. None where there is no
    /// packet, and for a pipe, which is not read.
    pub fn first_link(&mut self) -> Result<Option<LinkType>, FileError> {
        if self.is_pipe() {
            return Ok(None);
        }
        let first = loop {
            match self.next_record() {
                Ok(Record::Packet(packet)) => break Some(packet.link),
                Ok(Record::End | Record::Waiting) | Err(_) => break None,
                Ok(Record::Names(_) | Record::Lost(_) | Record::Other) => {}
            }
        };
        self.rewind()?;
        Ok(first)
    }

    /// Bytes of the file, as it is stored, that have been used up.
    pub fn position(&self) -> u64 {
        self.window.position()
    }

    /// Bytes of the file as it is stored; 0 for a pipe, whose end nobody knows.
    pub fn size(&self) -> u64 {
        self.window.input().stored_size()
    }

    /// Finds out the format; false where a pipe has not yet yielded enough.
    fn recognise(&mut self) -> Result<bool, FileError> {
        let recognised = self.try_recognise();
        if recognised.is_err() {
            self.format = Format::Over;
        }
        recognised
    }

    fn try_recognise(&mut self) -> Result<bool, FileError> {
        loop {
            match self.window.have(4).map_err(|error| self.unreadable(error))? {
                Have::NotYet => return Ok(false),
                Have::Ended if self.window.bytes().is_empty() => return Err(FileError::Empty { name: self.name.clone() }),
                Have::Enough | Have::Ended => {}
            }
            let first = *self.window.bytes().first_chunk::<4>().unwrap_or(&[0; 4]);
            if let Some(compression) = compression(first).filter(|_| self.window.input().is_plain()) {
                self.window.decompress(compression).map_err(|error| self.unreadable(error))?;
                continue;
            }
            if u32::from_be_bytes(first) == pcapng::block::SECTION {
                self.format = Format::PcapNg(PcapNg::new());
                return Ok(true);
            }
            if pcap::magic(first).is_some() {
                return self.pcap();
            }
            return Err(foreign(first, &self.name));
        }
    }

    fn pcap(&mut self) -> Result<bool, FileError> {
        match self.window.have(pcap::HEADER_BYTES).map_err(|error| self.unreadable(error))? {
            Have::NotYet => return Ok(false),
            Have::Enough | Have::Ended => {}
        }
        let Some(header) = self.window.bytes().first_chunk() else {
            return Err(self.damaged(Fault::CutShort { have: self.window.bytes().len(), want: pcap::HEADER_BYTES }));
        };
        if let Some(pcap) = Pcap::parse(header).map_err(|fault| self.damaged(fault))? {
            self.format = Format::Pcap(pcap);
            self.window.take(pcap::HEADER_BYTES);
        }
        Ok(true)
    }

    fn unreadable(&self, error: std::io::Error) -> FileError {
        self.damaged(Fault::Unreadable(error))
    }

    fn damaged(&self, fault: Fault) -> FileError {
        let damage = Damage { at_byte: self.window.taken(), packet: self.packets + 1, fault };
        FileError::Damaged { name: self.name.clone(), damage }
    }
}

fn compression(first: [u8; 4]) -> Option<Compression> {
    match first {
        [0x1f, 0x8b, ..] => Some(Compression::Gzip),
        // A frame, or one that is to be skipped.
        [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => Some(Compression::Zstd),
        _ => None,
    }
}

/// What else it is, if it is known, so that the user knows what to do.
fn foreign(first: [u8; 4], name: &str) -> FileError {
    let name = name.to_owned();
    let format = match &first {
        b"snoo" => "snoop",
        b"RTSS" | b"GMBU" => "Microsoft Network Monitor",
        b"TRSN" | b"XCP\0" => "NetXRay or Sniffer",
        [0xfd, b'7', b'z', b'X'] => return FileError::Compressed { name, with: "xz" },
        [b'B', b'Z', b'h', _] => return FileError::Compressed { name, with: "bzip2" },
        [0x04, 0x22, 0x4d, 0x18] => return FileError::Compressed { name, with: "lz4" },
        _ => return FileError::NotACapture { name },
    };
    FileError::Foreign { name, format }
}
