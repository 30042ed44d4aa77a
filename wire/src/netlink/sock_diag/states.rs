//! States of sockets (enum in net/tcp_states.h), which all protocols borrow from TCP.

use std::ops::BitOr;

/// The state of a socket. One of UDP is [`Established`](State::Established) where it is connected, else [`Close`](State::Close).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Connected.
    Established,
    /// SYN sent.
    SynSent,
    /// SYN received; a passive one shows as [`NewSynReceived`](State::NewSynReceived) inside the kernel only.
    SynReceived,
    /// Closed here, not yet acknowledged.
    FinWait1,
    /// Closed here and acknowledged, not yet there.
    FinWait2,
    /// Closed on both sides, and waits for what is late. It is nobody's socket any more: its inode is 0.
    TimeWait,
    /// Neither connected nor listening.
    Close,
    /// Closed there, not yet here.
    CloseWait,
    /// Closed there and then here, not yet acknowledged.
    LastAck,
    /// Waits for connections.
    Listen,
    /// Closed on both sides at once, not yet acknowledged.
    Closing,
    /// A connection that is only asked for yet.
    NewSynReceived,
    /// Bound, neither connected nor listening (Linux 6.8).
    BoundInactive,
    /// Another, by its number.
    Other(u8),
}

const NAMED: [State; 13] = [
    State::Established,
    State::SynSent,
    State::SynReceived,
    State::FinWait1,
    State::FinWait2,
    State::TimeWait,
    State::Close,
    State::CloseWait,
    State::LastAck,
    State::Listen,
    State::Closing,
    State::NewSynReceived,
    State::BoundInactive,
];

impl From<u8> for State {
    fn from(number: u8) -> Self {
        let at = usize::from(number).checked_sub(1);
        at.and_then(|at| NAMED.get(at)).copied().unwrap_or(State::Other(number))
    }
}

impl From<State> for u8 {
    fn from(state: State) -> Self {
        match state {
            State::Established => 1,
            State::SynSent => 2,
            State::SynReceived => 3,
            State::FinWait1 => 4,
            State::FinWait2 => 5,
            State::TimeWait => 6,
            State::Close => 7,
            State::CloseWait => 8,
            State::LastAck => 9,
            State::Listen => 10,
            State::Closing => 11,
            State::NewSynReceived => 12,
            State::BoundInactive => 13,
            State::Other(number) => number,
        }
    }
}

/// A set of states: bit n is the state with the number n.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct States(pub u32);

impl States {
    /// Every state.
    pub const ALL: States = States(u32::MAX);

    /// Whether a state is among them.
    pub fn contains(self, state: State) -> bool {
        self.0 & States::from(state).0 != 0
    }
}

/// The one state; none where its number has no bit.
impl From<State> for States {
    fn from(state: State) -> Self {
        States(1_u32.checked_shl(u8::from(state).into()).unwrap_or(0))
    }
}

impl BitOr for States {
    type Output = States;

    fn bitor(self, other: States) -> States {
        States(self.0 | other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_has_one_number() {
        for number in 0..=u8::MAX {
            assert_eq!(u8::from(State::from(number)), number);
        }
        assert_eq!((State::from(1), State::from(10), State::from(0)), (State::Established, State::Listen, State::Other(0)));
    }

    #[test]
    fn a_state_has_one_bit() {
        assert_eq!(States::from(State::Listen) | State::Established.into(), States(0x402));
        assert!(States::ALL.contains(State::TimeWait) && !States(0x402).contains(State::Close));
        assert_eq!(States::from(State::Other(32)), States(0));
    }
}
