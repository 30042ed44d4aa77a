//! Linux capabilities (capabilities(7)).

use std::io;

use caps::CapSet;

use super::{PrivilegeError, call};

/// The sets that a thread may act by.
const SETS: [CapSet; 4] = [CapSet::Ambient, CapSet::Inheritable, CapSet::Effective, CapSet::Permitted];

/// Clears the bounding set, as far as the process may: that takes CAP_SETPCAP, and `no_new_privs` bars the same way again.
pub(super) fn clear_bounding() {
    let _refused = caps::clear(None, CapSet::Bounding);
}

/// Clears all others.
pub(super) fn clear() -> Result<(), PrivilegeError> {
    SETS.iter().try_for_each(|set| caps::clear(None, *set)).map_err(|e| call("clear capabilities", io::Error::other(e)))
}

/// Whether none is left.
pub(super) fn none() -> Result<bool, PrivilegeError> {
    for set in SETS {
        if !caps::read(None, set).map_err(|e| call("read capabilities", io::Error::other(e)))?.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}
