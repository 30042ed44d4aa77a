//! One way to seal and open datagrams, once a handshake is done.

use snow::StatelessTransportState;

use super::super::Datagram;
use super::noise::TAG;
use super::reject::Reject;
use super::window::Window;

/// The keys of a session, and which datagrams were sent and heard.
#[derive(Debug)]
pub(super) struct Channel {
    noise: StatelessTransportState,
    next: u64,
    heard: Window,
    /// What the other end knows it by.
    theirs: u32,
}

impl Channel {
    pub(super) fn new(noise: StatelessTransportState, theirs: u32) -> Channel {
        Channel { noise, next: 0, heard: Window::default(), theirs }
    }

    /// The datagram that carries this content.
    pub(super) fn seal(&mut self, content: &[u8]) -> Option<Vec<u8>> {
        let seq = self.next;
        let mut sealed = vec![0; content.len() + TAG];
        let len = self.noise.write_message(seq, content, &mut sealed).ok()?;
        // A number is never used twice.
        self.next = seq.checked_add(1)?;
        Some(Datagram::Sealed { receiver_index: self.theirs, seq, sealed: sealed.get(..len)? }.to_bytes())
    }

    /// What a datagram carries, if it is of this session and was not heard yet.
    pub(super) fn open(&mut self, seq: u64, sealed: &[u8]) -> Result<Vec<u8>, Reject> {
        if !self.heard.is_new(seq) {
            return Err(Reject::Repeated);
        }
        let mut content = vec![0; sealed.len()];
        let len = self.noise.read_message(seq, sealed, &mut content).map_err(|_| Reject::Seal)?;
        self.heard.hear(seq);
        content.truncate(len);
        Ok(content)
    }

    /// How many datagrams were sent on it.
    pub(super) fn sent(&self) -> u64 {
        self.next
    }
}
