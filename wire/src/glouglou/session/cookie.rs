//! Cookies: proof that whoever asks gets answers at the address it asks from, without remembering anything of it.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use blake2::Blake2sMac;
use blake2::digest::consts::U16;
use blake2::digest::{FixedOutput, KeyInit, Update};

use super::Random;

/// A secret is used for so long, and believed for as long again.
const ROTATE: Duration = Duration::from_secs(120);

/// Makes and knows them.
#[derive(Debug)]
pub(super) struct Cookies {
    /// The one in use, and the one before.
    secrets: [[u8; 32]; 2],
    since: Duration,
}

impl Cookies {
    /// How long a cookie may be believed at most.
    pub(super) const LIFE: Duration = Duration::from_secs(240);

    pub(super) fn new(now: Duration, random: &mut impl Random) -> Cookies {
        Cookies { secrets: [random.key(), random.key()], since: now }
    }

    pub(super) fn make(&mut self, now: Duration, random: &mut impl Random, from: SocketAddr, probe_id: u32, randoms: [u64; 2]) -> [u8; 16] {
        self.rotate(now, random);
        let [current, _] = &self.secrets;
        cookie(current, from, probe_id, randoms)
    }

    pub(super) fn is_valid(
        &mut self,
        now: Duration,
        random: &mut impl Random,
        from: SocketAddr,
        probe_id: u32,
        randoms: [u64; 2],
        shown: &[u8; 16],
    ) -> bool {
        self.rotate(now, random);
        // Both are looked at, to the last byte: time tells nothing.
        let differs = |secret| cookie(secret, from, probe_id, randoms).iter().zip(shown).fold(0, |sum, (a, b)| sum | (a ^ b));
        let [current, before] = &self.secrets;
        let (current, before) = (differs(current), differs(before));
        current == 0 || before == 0
    }

    fn rotate(&mut self, now: Duration, random: &mut impl Random) {
        let age = now.saturating_sub(self.since);
        if age >= ROTATE {
            let [current, _] = self.secrets;
            self.secrets = [random.key(), if age < 2 * ROTATE { current } else { random.key() }];
            self.since = now;
        }
    }
}

fn cookie(secret: &[u8; 32], from: SocketAddr, probe_id: u32, randoms: [u64; 2]) -> [u8; 16] {
    let Ok(mut mac) = <Blake2sMac<U16> as KeyInit>::new_from_slice(secret) else { return [0; 16] };
    let ip = match from.ip() {
        IpAddr::V4(addr) => addr.to_ipv6_mapped(),
        IpAddr::V6(addr) => addr,
    };
    mac.update(&ip.octets());
    mac.update(&from.port().to_be_bytes());
    mac.update(&probe_id.to_be_bytes());
    randoms.iter().for_each(|random| mac.update(&random.to_be_bytes()));
    mac.finalize_fixed().into()
}
