//! The kernel's connection tracking: what passes, how much of it, and how its addresses are translated (linux/netfilter/nfnetlink_conntrack.h).
//!
//! A socket of the protocol `NETLINK_NETFILTER` is sent [`dump`], and receives [`Entry`]s; bound to [`GROUPS`] it hears of each one that
//! comes or goes. All this takes `CAP_NET_ADMIN`. Numbers are big-endian here, unlike elsewhere in netlink. Counters and times stand only in
//! dumps and in what goes, and only where the network namespace counts (`net.netfilter.nf_conntrack_acct`, `nf_conntrack_timestamp`).

mod entry;
mod tuple;

pub use entry::{Counters, Entry, Said, TcpState, Times};
pub use tuple::Tuple;

use super::Fault;
use super::fields::Fields;
use super::header::{self, DUMP, Kind, REQUEST};
use crate::packet::emit::stack;

/// The groups of what comes and of what goes, as bits: `NFNLGRP_CONNTRACK_NEW` and `NFNLGRP_CONNTRACK_DESTROY`.
pub const GROUPS: u32 = 1 | 1 << 2;
/// `NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW`: an entry, in a dump or as it comes.
pub const NEW: Kind = Kind::Other(0x100);
/// `IPCTNL_MSG_CT_GET`: the question.
pub const GET: Kind = Kind::Other(0x101);
/// `IPCTNL_MSG_CT_DELETE`: an entry that goes.
pub const DELETE: Kind = Kind::Other(0x102);
/// The fixed fields after the netlink header (`struct nfgenmsg`).
const FIXED_LEN: usize = 4;

/// The message that asks for all entries of IPv4 and IPv6. Nothing is changed by asking: counters are not set back, since others may read them.
pub fn dump(seq: u32) -> Vec<u8> {
    stack(&[&header::Repr { kind: GET, flags: REQUEST | DUMP, seq, port: 0 }], &[0; FIXED_LEN])
}

/// A number in network order, as wide as its attribute is.
fn number<const N: usize>(value: &[u8]) -> Result<[u8; N], Fault> {
    Fields::new(value).array()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_asked_for_and_nothing_is_set_back() {
        // struct nlmsghdr in this machine's order, and struct nfgenmsg of no family; 0x103 would set counters back.
        let head = [&20_u32.to_ne_bytes()[..], &0x101_u16.to_ne_bytes(), &0x301_u16.to_ne_bytes(), &7_u32.to_ne_bytes(), &[0; 4]].concat();
        assert_eq!(dump(7), [&head[..], &[0; 4]].concat());
    }
}
