//! A place for one thing: the newest replaces, or is merged into, what waits.

use std::sync::{Mutex, PoisonError};

/// A place for one thing between two threads.
#[derive(Debug)]
pub struct Slot<T>(Mutex<Option<T>>);

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Slot(Mutex::new(None))
    }
}

impl<T> Slot<T> {
    /// Puts a thing there; what waited is dropped.
    pub fn put(&self, thing: T) {
        *self.lock() = Some(thing);
    }

    /// Puts a thing there, or merges it into what waits. Returns whether the place was empty.
    pub fn merge(&self, thing: T, merge: impl FnOnce(&mut T, T)) -> bool {
        let mut slot = self.lock();
        match slot.as_mut() {
            Some(waiting) => {
                merge(waiting, thing);
                false
            }
            None => {
                *slot = Some(thing);
                true
            }
        }
    }

    /// Takes what waits.
    pub fn take(&self) -> Option<T> {
        self.lock().take()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
