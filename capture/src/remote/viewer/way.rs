//! By which way a probe is heard, and whether it may be: of its own session, or through a relay that may speak for it.

use smallvec::SmallVec;
use wire::glouglou::{MAX_PATH, Relayed};

use crate::remote::line::Line;

/// From whom its contents come, and which relays they passed, nearest to the probe first; none where its own session carries them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) peer: u32,
    pub(super) relays: SmallVec<[u32; MAX_PATH]>,
}

/// Why what a relay forwards is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Trouble {
    /// It does not end with the relay that sent it.
    #[error("its way does not end with the relay that sent it")]
    Forged,
    /// The relay is not listed as who may speak for that probe.
    #[error("the relay may not speak for that probe")]
    NotFor,
    /// There are too many already.
    #[error("too many probes are heard")]
    Full,
    /// The probe is heard by another way.
    #[error("the probe is heard by another way")]
    Elsewhere,
}

/// Whose it is, what they are called, and by which way it came.
pub(super) fn of(line: &dyn Line, peer: u32, relayed: &Relayed<'_>) -> Result<(u32, String, Way), Trouble> {
    let Some((&probe, relays)) = relayed.path.split_first() else { return Err(Trouble::Forged) };
    if relays.last() != Some(&peer) {
        return Err(Trouble::Forged);
    }
    let name = line.speaks_for(peer, probe).ok_or(Trouble::NotFor)?;
    Ok((probe, name, Way { peer, relays: relays.into() }))
}
