//! Which processes somebody looks at, and so are measured.

use std::sync::{Arc, Mutex, PoisonError};

use graph::ProcessId;

/// As many are measured, at most.
pub const MAX_VISIBLE: usize = 1024;

/// The processes that a view shows. Who shows them writes, the source reads; a clone is the same set.
#[derive(Clone, Debug, Default)]
pub struct Visible(Arc<Mutex<Arc<[ProcessId]>>>);

impl Visible {
    /// Shows these from now on, at most [`MAX_VISIBLE`] of them.
    pub fn set(&self, processes: impl IntoIterator<Item = ProcessId>) {
        let processes: Arc<[ProcessId]> = processes.into_iter().take(MAX_VISIBLE).collect();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = processes;
    }

    /// Those that are shown now.
    pub fn get(&self) -> Arc<[ProcessId]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_is_the_same_set_and_it_is_bounded() {
        let visible = Visible::default();
        let reader = visible.clone();
        assert!(reader.get().is_empty());
        visible.set((0..5000).map(|pid| ProcessId { pid, start_ns: 1 }));
        assert_eq!(reader.get().len(), MAX_VISIBLE);
    }
}
