//! Slots, and lists by slot.

/// Where a node stands in every list by slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Slot(u32);

impl Slot {
    pub(crate) const LEAST: Self = Self(0);
    pub(crate) const GREATEST: Self = Self(u32::MAX);

    pub(crate) fn number(self) -> u32 {
        self.0
    }

    /// The slot that has this number.
    pub(crate) fn of(number: u32) -> Self {
        Self(number)
    }
}

/// Something for every slot.
#[derive(Debug, Clone, Default)]
pub(crate) struct BySlot<T>(Vec<T>);

impl<T: Copy + Default> BySlot<T> {
    /// The same for so many slots.
    pub(crate) fn filled(with: T, slots: usize) -> Self {
        Self(vec![with; slots])
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// What a slot has that was never given anything is the default.
    pub(crate) fn get(&self, slot: Slot) -> T {
        self.0.get(slot.0 as usize).copied().unwrap_or_default()
    }

    pub(crate) fn get_mut(&mut self, slot: Slot) -> Option<&mut T> {
        self.0.get_mut(slot.0 as usize)
    }

    pub(crate) fn set(&mut self, slot: Slot, to: T) {
        let at = slot.0 as usize;
        if at >= self.0.len() {
            self.0.resize(at + 1, T::default());
        }
        if let Some(place) = self.0.get_mut(at) {
            *place = to;
        }
    }

    /// Adds a slot at the end.
    pub(crate) fn push(&mut self, what: T) -> Slot {
        self.0.push(what);
        Slot((self.0.len() - 1) as u32)
    }
}
