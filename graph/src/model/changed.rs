//! What was touched since the last delta.

use crate::{HostId, LinkId, ShareId};

/// The keys of what was touched, each once.
#[derive(Debug, Default)]
pub(super) struct Changed {
    pub(super) hosts: Vec<HostId>,
    pub(super) links: Vec<LinkId>,
    pub(super) gone_hosts: Vec<HostId>,
    pub(super) gone_links: Vec<LinkId>,
    pub(super) shares: Vec<ShareId>,
    pub(super) gone_shares: Vec<ShareId>,
    pub(super) totals: bool,
}

/// A thing, and whether its key stands in the list of what changed: the mark is where the thing is, so that setting it costs nothing.
#[derive(Debug)]
pub(crate) struct Marked<T> {
    pub(crate) it: T,
    marked: bool,
}

impl<T> Marked<T> {
    /// A thing of which nothing is said yet.
    pub(crate) fn new(it: T) -> Self {
        Marked { it, marked: false }
    }

    /// Puts its key into the list, and gives it to be changed.
    pub(crate) fn mark<K>(&mut self, key: K, list: &mut Vec<K>) -> &mut T {
        if !self.marked {
            self.marked = true;
            list.push(key);
        }
        &mut self.it
    }

    /// The list was taken.
    pub(crate) fn unmark(&mut self) -> &T {
        self.marked = false;
        &self.it
    }
}
