//! Whether an interface is there and up, right now.

use std::io;

use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;

use super::ANY;

/// The state of an interface. A name that comes back with another index is another interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// No interface has that name.
    Absent,
    /// It is there and switched off.
    Down {
        /// The kernel's number for it.
        index: u32,
    },
    /// It is there and switched on.
    Up {
        /// The kernel's number for it; 0 for [`ANY`].
        index: u32,
        /// Whether it leads back to this computer.
        loopback: bool,
    },
}

/// The state of the interface of that name in this thread's network namespace. [`ANY`] is always up.
///
/// # Errors
/// What the kernel answered when it was asked for its interfaces.
pub fn link(name: &str) -> io::Result<Link> {
    if name == ANY {
        return Ok(Link::Up { index: 0, loopback: false });
    }
    for entry in getifaddrs()?.filter(|entry| entry.interface_name == name) {
        let Some(index) = entry.address.as_ref().and_then(|a| a.as_link_addr()).map(|l| l.ifindex()) else { continue };
        let index = u32::try_from(index).unwrap_or_default();
        let loopback = entry.flags.contains(InterfaceFlags::IFF_LOOPBACK);
        let up = entry.flags.contains(InterfaceFlags::IFF_UP);
        return Ok(if up { Link::Up { index, loopback } } else { Link::Down { index } });
    }
    Ok(Link::Absent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_absent() {
        assert_eq!(link("no such thing").unwrap(), Link::Absent);
        assert_eq!(link(ANY).unwrap(), Link::Up { index: 0, loopback: false });
    }
}
