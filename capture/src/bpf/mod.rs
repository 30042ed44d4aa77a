//! BPF filters (pcap-filter(7)): libpcap compiles them, and a machine of our own runs them on recorded packets.
//!
//! libpcap's own would do, but for one thing: this one is told how long a packet was on the wire, not only how much of it was
//! kept, so that `greater 1000` is true of what it is true of live.

mod machine;

use pcap::{BpfProgram, Capture, Linktype};
use wire::packet::LinkType;

use machine::Program;

/// A filter for packets of one link type.
///
/// ```
/// use capture::bpf::Filter;
/// use wire::packet::LinkType;
///
/// let arp = Filter::compile("arp", LinkType::ETHERNET)?;
/// let mut frame = [0; 60];
/// assert!(!arp.matches(&frame, 60));
/// frame[12..14].copy_from_slice(&[0x08, 0x06]);
/// assert!(arp.matches(&frame, 60));
/// # Ok::<(), capture::bpf::BpfError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Filter {
    program: Program,
}

/// A filter that libpcap does not compile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the filter {text:?} does not compile: {message}; how to write one: man pcap-filter")]
pub struct BpfError {
    /// The filter.
    pub text: String,
    /// What libpcap says of it.
    pub message: String,
}

impl Filter {
    /// Compiles an expression; an empty one matches everything. A host's name in it is looked up, which may take its time.
    ///
    /// # Errors
    /// libpcap's message where it does not compile, or not for that link type.
    pub fn compile(text: &str, link: LinkType) -> Result<Filter, BpfError> {
        let compiled = Capture::dead(Linktype(dlt(link))).and_then(|dead| dead.compile(text, true));
        let failed = |message| BpfError { text: text.to_owned(), message };
        let compiled = compiled.map_err(|error| match error {
            pcap::Error::PcapError(message) => failed(message),
            other => failed(other.to_string()),
        })?;
        let program = Program::parse(compiled.get_instructions());
        program.map(|program| Filter { program }).ok_or_else(|| failed("libpcap compiled it to something unknown".to_owned()))
    }

    /// Whether a packet matches of which `data` was kept of `wire_len` bytes.
    #[inline]
    pub fn matches(&self, data: &[u8], wire_len: u32) -> bool {
        self.program.run(data, wire_len).is_some_and(|kept| kept != 0)
    }
}

/// Whether a program goes back anywhere: then libpcap runs it itself, as the kernel does not, and a packet may keep it going for ever.
pub(crate) fn loops(program: &BpfProgram) -> bool {
    Program::parse(program.get_instructions()).is_none_or(|program| program.loops())
}

/// What libpcap calls a link type, as in `EN10MB`.
pub(crate) fn link_name(link: LinkType) -> Option<String> {
    Linktype(dlt(link)).get_name().ok()
}

/// libpcap's own number of a link type. They are the same but for a few; these are Linux's
/// (tcpdump.org/linktypes.html).
fn dlt(link: LinkType) -> i32 {
    match link.0 {
        100 => 11,
        101 => 12,
        102 => 15,
        103 => 16,
        106 => 19,
        246 => 18,
        same => i32::try_from(same).unwrap_or(i32::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::TestRunner;

    /// An Ethernet frame with IPv4 and TCP to port 80.
    fn http() -> Vec<u8> {
        let mut frame = vec![0; 54];
        frame[12..15].copy_from_slice(&[8, 0, 0x45]);
        frame[23] = 6;
        frame[26..34].copy_from_slice(&[10, 0, 0, 1, 10, 0, 0, 2]);
        frame[34..38].copy_from_slice(&[0xc0, 0, 0, 80]);
        frame[46] = 0x50;
        frame[47] = 0x02;
        frame
    }

    fn matches(text: &str, data: &[u8], wire_len: u32) -> bool {
        Filter::compile(text, LinkType::ETHERNET).unwrap().matches(data, wire_len)
    }

    #[test]
    fn matches_what_it_says() {
        let frame = http();
        for yes in ["", "tcp", "port 80", "src host 10.0.0.1", "tcp[tcpflags] & tcp-syn != 0", "net 10.0.0.0/8 and not udp"] {
            assert!(matches(yes, &frame, 54), "{yes}");
        }
        for no in ["udp", "port 81", "dst host 10.0.0.1", "ip6", "vlan", "tcp[13] & 1 != 0"] {
            assert!(!matches(no, &frame, 54), "{no}");
        }
    }

    #[test]
    fn length_is_that_on_the_wire() {
        assert!(matches("greater 1000", &http(), 1500));
        assert!(matches("less 100", &http(), 54));
        assert!(!matches("less 100", &http(), 1500));
    }

    #[test]
    fn raw_ip_and_cooked_packets_compile_for_their_own_headers() {
        let ip = &http()[14..];
        assert!(Filter::compile("tcp port 80", LinkType::RAW).unwrap().matches(ip, 40));
        let mut cooked = vec![0; 16];
        cooked[14] = 8;
        cooked.extend_from_slice(ip);
        assert!(Filter::compile("tcp port 80", LinkType::LINUX_SLL).unwrap().matches(&cooked, 56));
    }

    #[test]
    fn the_message_is_libpcaps() {
        let error = Filter::compile("porrt 80", LinkType::ETHERNET).unwrap_err();
        assert!(error.message.contains("syntax error"), "{error}");
        assert!(Filter::compile("a\0b", LinkType::ETHERNET).is_err());
    }

    #[test]
    fn headers_that_go_round_do_not_keep_it_going() {
        let mut frame = vec![51; 600];
        frame[12..15].copy_from_slice(&[0x86, 0xdd, 0x60]);
        let filter = Filter::compile("ip6 protochain 6", LinkType::ETHERNET).unwrap();
        assert_eq!((filter.program.run(&frame, 600), filter.matches(&frame, 600)), (None, false));
        let dead = Capture::dead(Linktype(1)).unwrap();
        let are = ["ip6 protochain 6", "ip6 proto 6", "tcp port 80 or udp"].map(|text| loops(&dead.compile(text, true).unwrap()));
        assert_eq!(are, [true, false, false]);
    }

    /// Expressions that between them use every kind of instruction.
    const EXPRESSIONS: [&str; 16] = [
        "tcp",
        "udp port 53 or icmp",
        "tcp portrange 1-1024",
        "ip[0] & 0xf != 5",
        "ip[2:2] - ((ip[0] & 0xf) << 2) > 20",
        "ether[0:4] * 3 / 2 = 12",
        "ether[ether[14]:2] ^ 7 >= 3",
        "ether[1] % 3 = 1 and ether[2] >> 1 | 4 = 6",
        "len - ether[0] > 30 and len / 8 < 12",
        "ip6 protochain 6",
        "ip protochain 51",
        "ip6 and tcp port 80",
        "vlan and ip",
        "mpls 1000 and host 10.0.0.1",
        "-ether[3] = ether[4]",
        "ether host 00:01:02:03:04:05 or multicast",
    ];

    /// What is kept whole, libpcap's machine judges the same, and with its optimiser as without.
    #[test]
    fn agrees_with_libpcap() {
        let dead = Capture::dead(Linktype(1)).unwrap();
        let both = |text| (text, Filter::compile(text, LinkType::ETHERNET).unwrap(), dead.compile(text, false).unwrap());
        let compiled = EXPRESSIONS.map(both);
        let packets = (
            prop::collection::vec(any::<u8>(), 0..120),
            prop::sample::select(vec![[8, 0], [0x86, 0xdd], [0x81, 0], [0x88, 0x47], [0, 1]]),
            any::<u8>(),
            prop::sample::select(vec![6, 17, 51, 0, 60, 44]),
        );
        let agrees = |(mut data, ethertype, first, protocol): (Vec<u8>, [u8; 2], u8, u8)| {
            if data.len() > 30 {
                data[12..14].copy_from_slice(&ethertype);
                data[14] = if first & 1 == 0 { 0x45 } else { first };
                data[23] = protocol;
                data[20] = if first & 2 == 0 { protocol } else { data[20] };
            }
            for (text, ours, theirs) in &compiled {
                // Where ours is stopped, theirs goes on for ever.
                if let Some(kept) = ours.program.run(&data, data.len() as u32) {
                    prop_assert_eq!(kept != 0, theirs.filter(&data), "{}", text);
                }
            }
            Ok(())
        };
        let mut runner = TestRunner::new(ProptestConfig::with_cases(2000));
        runner.run(&packets, agrees).unwrap();
    }
}
