//! What a client offers, and what a server chooses.

use std::fmt;

use smallvec::SmallVec;

use crate::packet::reader::Reader;

const SERVER_NAME: u16 = 0;
const SIGNATURE_ALGORITHMS: u16 = 13;
const ALPN: u16 = 16;
const SUPPORTED_VERSIONS: u16 = 43;
/// What is read of a list; clients have a few dozen.
const MAX_LIST: usize = 256;
/// The random of a ServerHello that asks for another ClientHello (RFC 8446, section 4.1.3).
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
    0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// A version of TLS, as the protocol numbers them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u16);

impl Version {
    /// TLS 1.2.
    pub const TLS_1_2: Version = Version(0x0303);
    /// TLS 1.3; drafts of it are told as it.
    pub const TLS_1_3: Version = Version(0x0304);

    /// Drafts of TLS 1.3 as what they were drafts of.
    fn settled(self) -> Version {
        if self.0 >> 8 == 0x7f { Version::TLS_1_3 } else { self }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0x0002 => f.pad("SSL 2.0"),
            0x0300 => f.pad("SSL 3.0"),
            0x0301 => f.pad("TLS 1.0"),
            0x0302 => f.pad("TLS 1.1"),
            0x0303 => f.pad("TLS 1.2"),
            0x0304 => f.pad("TLS 1.3"),
            other => write!(f, "{other:#06x}"),
        }
    }
}

/// What a client offers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientHello<'a> {
    /// The version that old servers read.
    pub legacy_version: Version,
    /// Those of the extension, in its order.
    pub versions: SmallVec<[Version; 8]>,
    /// Cipher suites, in their order.
    pub ciphers: SmallVec<[u16; 32]>,
    /// Types of extensions, in their order.
    pub extensions: SmallVec<[u16; 32]>,
    /// Whom the client asks for.
    pub server_name: Option<&'a [u8]>,
    /// Protocols that may go on inside, the preferred one first.
    pub alpn: SmallVec<[&'a [u8]; 4]>,
    /// Signature algorithms, in their order.
    pub signature_algorithms: SmallVec<[u16; 32]>,
}

impl<'a> ClientHello<'a> {
    /// Reads the message without its header; what comes behind a part that is not right is left out.
    pub(super) fn parse(body: &'a [u8]) -> Option<ClientHello<'a>> {
        let mut read = Reader::new(body);
        let mut hello = ClientHello { legacy_version: Version(read.u16()?), ..ClientHello::default() };
        read.take(32)?;
        read.vec8()?;
        hello.ciphers = numbers(read.vec16()?).collect();
        read.vec8()?;
        let mut extensions = Reader::new(read.vec16().unwrap_or_default());
        while let Some((kind, value)) = extension(&mut extensions) {
            if hello.extensions.len() >= MAX_LIST {
                break;
            }
            hello.extensions.push(kind);
            hello.extend(kind, value);
        }
        Some(hello)
    }

    fn extend(&mut self, kind: u16, value: &'a [u8]) -> Option<()> {
        let mut read = Reader::new(value);
        match kind {
            SERVER_NAME => {
                let mut names = Reader::new(read.vec16()?);
                while let (Some(kind), Some(name)) = (names.u8(), names.vec16()) {
                    if kind == 0 && !name.is_empty() {
                        self.server_name.get_or_insert(name);
                    }
                }
            }
            ALPN => {
                let mut names = Reader::new(read.vec16()?);
                self.alpn.extend(std::iter::from_fn(|| names.vec8()).take(MAX_LIST));
            }
            SIGNATURE_ALGORITHMS => self.signature_algorithms.extend(numbers(read.vec16()?)),
            SUPPORTED_VERSIONS => self.versions.extend(numbers(read.vec8()?).map(Version)),
            _ => {}
        }
        Some(())
    }

    /// The newest version that is offered.
    pub fn version(&self) -> Version {
        self.offered().map(Version::settled).max().unwrap_or(self.legacy_version)
    }

    /// The version with the highest number, which of a draft is higher than that of what became of it.
    pub fn highest(&self) -> Version {
        self.offered().max().unwrap_or(self.legacy_version)
    }

    fn offered(&self) -> impl Iterator<Item = Version> {
        self.versions.iter().copied().filter(|version| !is_grease(version.0))
    }

    /// The whole message. Extensions that are not among the fields are empty.
    pub fn emit(&self) -> Vec<u8> {
        let list = |numbers: &[u16]| numbers.iter().flat_map(|number| number.to_be_bytes()).collect::<Vec<u8>>();
        let versions: Vec<u16> = self.versions.iter().map(|version| version.0).collect();
        let mut kinds = self.extensions.clone();
        let filled = [
            (SERVER_NAME, self.server_name.is_some()),
            (SIGNATURE_ALGORITHMS, !self.signature_algorithms.is_empty()),
            (ALPN, !self.alpn.is_empty()),
            (SUPPORTED_VERSIONS, !versions.is_empty()),
        ];
        kinds.extend(filled.into_iter().filter(|(kind, filled)| *filled && !self.extensions.contains(kind)).map(|(kind, _)| kind));
        let mut extensions = Vec::new();
        for kind in kinds {
            let value = match kind {
                SERVER_NAME => {
                    let name = self.server_name.map(|name| [&[0][..], &sized(name)].concat());
                    name.map(|name| sized(&name)).unwrap_or_default()
                }
                SIGNATURE_ALGORITHMS => sized(&list(&self.signature_algorithms)),
                ALPN => sized(&self.alpn.iter().flat_map(|name| short(name)).collect::<Vec<u8>>()),
                SUPPORTED_VERSIONS => short(&list(&versions)),
                _ => Vec::new(),
            };
            extensions.extend(kind.to_be_bytes());
            extensions.extend(sized(&value));
        }
        let mut body = self.legacy_version.0.to_be_bytes().to_vec();
        body.extend([7; 32]);
        body.push(0); // no session
        body.extend(sized(&list(&self.ciphers)));
        body.extend([1, 0]); // no compression
        body.extend(sized(&extensions));
        message(super::CLIENT_HELLO, &body)
    }
}

/// What a server chooses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ServerHello {
    /// The version.
    pub version: Version,
    /// The cipher suite.
    pub cipher: u16,
    /// Whether it asks for another ClientHello.
    pub is_retry: bool,
}

impl ServerHello {
    pub(super) fn parse(body: &[u8]) -> Option<ServerHello> {
        let mut read = Reader::new(body);
        let mut version = Version(read.u16()?);
        let is_retry = read.take(32)? == RETRY;
        // Drafts of TLS 1.3 said so in the first field, and had no session.
        if version == version.settled() {
            read.vec8()?;
        }
        let cipher = read.u16()?;
        if version == version.settled() {
            read.u8()?;
        }
        let mut extensions = Reader::new(read.vec16().unwrap_or_default());
        while let Some((kind, value)) = extension(&mut extensions) {
            if kind == SUPPORTED_VERSIONS
                && let Some(chosen) = Reader::new(value).u16()
            {
                version = Version(chosen);
            }
        }
        Some(ServerHello { version: version.settled(), cipher, is_retry })
    }

    /// The whole message.
    pub fn emit(&self) -> Vec<u8> {
        let is_new = self.version >= Version::TLS_1_3;
        let legacy = if is_new { Version::TLS_1_2 } else { self.version };
        let mut body = legacy.0.to_be_bytes().to_vec();
        body.extend(if self.is_retry { RETRY } else { [9; 32] });
        body.push(0);
        body.extend(self.cipher.to_be_bytes());
        body.push(0);
        if is_new {
            let version = sized(&self.version.0.to_be_bytes());
            body.extend(sized(&[&SUPPORTED_VERSIONS.to_be_bytes()[..], &version].concat()));
        }
        message(super::SERVER_HELLO, &body)
    }
}

/// Whether a number means nothing, and is there so that nobody relies on what it is (RFC 8701).
pub(super) const fn is_grease(number: u16) -> bool {
    number & 0x0f0f == 0x0a0a && number >> 8 == number & 0xff
}

fn extension<'a>(read: &mut Reader<'a>) -> Option<(u16, &'a [u8])> {
    Some((read.u16()?, read.vec16()?))
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u16> + '_ {
    let mut read = Reader::new(bytes);
    std::iter::from_fn(move || read.u16()).take(MAX_LIST)
}

fn short(bytes: &[u8]) -> Vec<u8> {
    let len = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
    [&[len][..], bytes.get(..len.into()).unwrap_or_default()].concat()
}

fn sized(bytes: &[u8]) -> Vec<u8> {
    let len = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    [&len.to_be_bytes()[..], bytes.get(..len.into()).unwrap_or_default()].concat()
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let [_, a, b, c] = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&[kind, a, b, c][..], body].concat()
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_newest_version_that_is_offered_counts() {
        let hello = |versions: &[u16]| ClientHello {
            legacy_version: Version::TLS_1_2,
            versions: versions.iter().map(|version| Version(*version)).collect(),
            ..ClientHello::default()
        };
        assert_eq!(hello(&[]).version(), Version::TLS_1_2);
        assert_eq!(hello(&[0x3a3a, 0x0303, 0x0304]).version(), Version::TLS_1_3);
        assert_eq!(hello(&[0x7f17, 0x0303]).version().to_string(), "TLS 1.3", "a draft");
        assert_eq!(Version(0x0305).to_string(), "0x0305");
    }

    #[test]
    fn of_a_list_no_more_is_read_than_a_hello_has() {
        let many: Vec<u16> = (0..400).collect();
        let names = vec![&b"h2"[..]; 400];
        let hello =
            ClientHello { ciphers: many.clone().into(), signature_algorithms: many.into(), alpn: names.into(), ..ClientHello::default() };
        let message = hello.emit();
        let read = ClientHello::parse(&message[4..]).unwrap();
        assert_eq!([read.ciphers.len(), read.signature_algorithms.len(), read.alpn.len()], [MAX_LIST; 3]);
    }

    #[test]
    fn grease_is_known() {
        let all: Vec<u16> = (0..=u16::MAX).filter(|number| is_grease(*number)).collect();
        assert_eq!((all.len(), all[0], all[15]), (16, 0x0a0a, 0xfafa));
    }

    proptest! {
        #[test]
        fn what_a_client_says_is_read(
            ciphers in vec(any::<u16>(), 0..40),
            versions in vec(any::<u16>(), 0..9),
            algorithms in vec(any::<u16>(), 0..20),
            name in proptest::option::of(vec(any::<u8>(), 1..200)),
            protocols in vec(vec(any::<u8>(), 1..20), 0..5),
        ) {
            let hello = ClientHello {
                legacy_version: Version::TLS_1_2,
                versions: versions.into_iter().map(Version).collect(),
                ciphers: ciphers.into(),
                extensions: SmallVec::new(),
                server_name: name.as_deref(),
                alpn: protocols.iter().map(Vec::as_slice).collect(),
                signature_algorithms: algorithms.into(),
            };
            let message: &'static [u8] = hello.emit().leak();
            let read = ClientHello::parse(&message[4..]).unwrap();
            prop_assert_eq!(&read, &ClientHello { extensions: read.extensions.clone(), ..hello });
            prop_assert_eq!(&read.emit()[..], message, "extensions keep their order");
        }

        #[test]
        fn what_a_server_says_is_read(version in 0x0300_u16..=0x0304, cipher: u16, is_retry: bool) {
            let hello = ServerHello { version: Version(version), cipher, is_retry };
            prop_assert_eq!(ServerHello::parse(&hello.emit()[4..]), Some(hello));
        }

        #[test]
        fn anything_is_read_without_harm(body in vec(any::<u8>(), 0..300)) {
            let _ = (ClientHello::parse(&body), ServerHello::parse(&body));
        }
    }
}
