//! What part an address plays, as far as it tells by itself.

use std::net::IpAddr;

use graph::Scope;

/// What part a host plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The machine that looks.
    Own,
    /// On the local network: a private, link-local or loopback address.
    Lan,
    /// Anywhere else.
    Internet,
    /// Many at once: multicast and broadcast.
    Group,
}

impl Role {
    /// Every role, in the order of a legend.
    pub const ALL: [Role; 4] = [Role::Own, Role::Lan, Role::Internet, Role::Group];

    /// The role of an address; `own` are this machine's.
    pub fn of(addr: IpAddr, own: &[IpAddr]) -> Role {
        if own.contains(&addr) {
            return Role::Own;
        }
        match Scope::of(addr) {
            Scope::Local => Role::Lan,
            Scope::Internet => Role::Internet,
            Scope::Multicast => Role::Group,
        }
    }

    /// What the user reads.
    pub const fn label(self) -> &'static str {
        match self {
            Role::Own => "This machine",
            Role::Lan => "Local network",
            Role::Internet => "Internet",
            Role::Group => "Multicast",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_tell_their_role() {
        let own: Vec<IpAddr> = vec!["192.168.1.7".parse().unwrap()];
        for (addr, role) in [
            ("192.168.1.7", Role::Own),
            ("192.168.1.8", Role::Lan),
            ("::ffff:10.0.0.1", Role::Lan),
            ("127.0.0.1", Role::Lan),
            ("100.64.3.3", Role::Lan),
            ("fe80::1", Role::Lan),
            ("fd00::1", Role::Lan),
            ("1.1.1.1", Role::Internet),
            ("172.32.0.1", Role::Internet),
            ("2001:db8::1", Role::Internet),
            ("192.168.1.255", Role::Group),
            ("255.255.255.255", Role::Group),
            ("8.8.8.255", Role::Internet),
            ("224.0.0.251", Role::Group),
            ("ff02::fb", Role::Group),
        ] {
            assert_eq!(Role::of(addr.parse().unwrap(), &own), role, "{addr}");
        }
    }
}
