//! From libpcap's own numbers of link layers to those of capture files.

use wire::packet::LinkType;

/// The LINKTYPE of a DLT. They are the same but for a few whose DLT differs from one system to the next
/// (tcpdump.org/linktypes.html; libpcap's `pcap-common.c`); these are Linux's.
pub(crate) fn of_dlt(dlt: i32) -> LinkType {
    LinkType(match dlt {
        11 => 100, // ATM, RFC 1483
        12 => 101, // raw IP
        13 => 102, // SLIP with BSD's direction byte
        14 => 103, // PPP with BSD's direction byte
        18 => 246, // OpenBSD's pfsync
        _ => u32::try_from(dlt).unwrap_or(u32::MAX),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_ip_has_another_number_in_a_file() {
        assert_eq!((of_dlt(1), of_dlt(12), of_dlt(113)), (LinkType(1), LinkType(101), LinkType(113)));
    }
}
