//! Numbers of either byte order.

/// Which byte comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The least significant.
    Little,
    /// The most significant.
    Big,
}

impl Order {
    #[inline]
    pub(super) fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Order::Little => u16::from_le_bytes(bytes),
            Order::Big => u16::from_be_bytes(bytes),
        }
    }

    #[inline]
    pub(super) fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Order::Little => u32::from_le_bytes(bytes),
            Order::Big => u32::from_be_bytes(bytes),
        }
    }

    pub(super) fn u64(self, bytes: [u8; 8]) -> u64 {
        match self {
            Order::Little => u64::from_le_bytes(bytes),
            Order::Big => u64::from_be_bytes(bytes),
        }
    }

    /// A 16-bit pair from two halves of a word.
    #[inline]
    pub(super) fn halves(self, [a, b, c, d]: [u8; 4]) -> (u16, u16) {
        (self.u16([a, b]), self.u16([c, d]))
    }

    pub(super) fn put_u16(self, n: u16) -> [u8; 2] {
        match self {
            Order::Little => n.to_le_bytes(),
            Order::Big => n.to_be_bytes(),
        }
    }

    pub(super) fn put_u32(self, n: u32) -> [u8; 4] {
        match self {
            Order::Little => n.to_le_bytes(),
            Order::Big => n.to_be_bytes(),
        }
    }

    pub(super) fn put_u64(self, n: u64) -> [u8; 8] {
        match self {
            Order::Little => n.to_le_bytes(),
            Order::Big => n.to_be_bytes(),
        }
    }

    /// A field of pcapng's options and name records: its code, its value, and what follows its padding.
    pub(super) fn field(self, bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
        let (head, rest) = bytes.split_first_chunk::<4>()?;
        let (code, len) = self.halves(*head);
        let (value, rest) = rest.split_at_checked(usize::from(len))?;
        let padding = usize::from(len).next_multiple_of(4) - usize::from(len);
        Some((code, value, rest.get(padding..).unwrap_or_default()))
    }
}

/// Words of a fixed layout at the beginning of `bytes`, and what follows them.
#[inline]
pub(super) fn words<const N: usize>(order: Order, bytes: &[u8]) -> Option<([u32; N], &[u8])> {
    let (chunks, _) = bytes.as_chunks::<4>();
    let words = chunks.first_chunk::<N>()?.map(|w| order.u32(w));
    Some((words, bytes.get(N * 4..)?))
}
