//! A bad line: it drops, doubles, delays and so reorders datagrams, by a seed, until it is mended.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::netns::Namespace;

/// How many in a thousand are dropped, and how many doubled.
const DROPPED: u32 = 100;
const DOUBLED: u32 = 50;
/// The longest that one is delayed.
const DELAY: Duration = Duration::from_millis(120);
const TICK: Duration = Duration::from_millis(1);

/// What went over it, from who dials to who is dialled.
#[derive(Clone, Debug, Default)]
pub struct Carried {
    /// Datagrams of sessions that were sent, by their numbers; each once.
    pub sealed: BTreeSet<u64>,
    /// Datagrams that were dropped.
    pub dropped: u64,
    /// Datagrams that were doubled.
    pub doubled: u64,
}

/// The line, on a host of its own.
#[derive(Debug)]
pub struct Lossy {
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct State {
    mended: AtomicBool,
    over: AtomicBool,
    /// Whether nothing is on its way.
    empty: AtomicBool,
    carried: Mutex<Carried>,
}

impl Lossy {
    /// Begins to carry what comes to `at` there on to `to`, and back. It is good until [`Lossy::spoil`].
    ///
    /// # Panics
    /// Where there is no such address.
    pub fn start(host: &Namespace, at: SocketAddr, to: SocketAddr, seed: u64) -> Lossy {
        let any: SocketAddr = if at.is_ipv4() { ([0; 4], 0).into() } else { ([0u16; 8], 0).into() };
        let (near, far) = host.enter(|| (UdpSocket::bind(at).expect("an address"), UdpSocket::bind(any).expect("a socket")));
        far.connect(to).expect("a way on");
        [&near, &far].into_iter().for_each(|socket| socket.set_nonblocking(true).expect("a socket that does not wait"));
        let state = Arc::new(State { mended: AtomicBool::new(true), ..State::default() });
        let line = Line { near, far, from: None, random: fastrand::Rng::with_seed(seed), waiting: BTreeMap::new(), next: 0 };
        let shared = state.clone();
        Lossy { state, thread: Some(thread::spawn(move || line.run(&shared))) }
    }

    /// From now on it is bad.
    pub fn spoil(&self) {
        self.state.mended.store(false, Ordering::Relaxed);
    }

    /// From now on it is good.
    pub fn mend(&self) {
        self.state.mended.store(true, Ordering::Relaxed);
    }

    /// Whether nothing is on its way.
    pub fn is_empty(&self) -> bool {
        self.state.empty.load(Ordering::Relaxed)
    }

    /// What went over it so far.
    ///
    /// # Panics
    /// Where its thread did.
    pub fn carried(&self) -> Carried {
        self.state.carried.lock().expect("it runs").clone()
    }
}

impl Drop for Lossy {
    fn drop(&mut self) {
        self.state.over.store(true, Ordering::Relaxed);
        let _ended = self.thread.take().map(JoinHandle::join);
    }
}

struct Line {
    near: UdpSocket,
    far: UdpSocket,
    /// Who dials.
    from: Option<SocketAddr>,
    random: fastrand::Rng,
    /// What is on its way, by when it arrives: whether it goes on, and what it is.
    waiting: BTreeMap<(Instant, u64), (bool, Vec<u8>)>,
    next: u64,
}

impl Line {
    fn run(mut self, state: &State) {
        while !state.over.load(Ordering::Relaxed) {
            let mut buffer = [0; 2048];
            loop {
                match self.near.recv_from(&mut buffer) {
                    Ok((len, from)) => {
                        self.from = Some(from);
                        self.carry(true, buffer.get(..len).unwrap_or_default(), state);
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(_) => {}
                }
            }
            while let Ok(len) = self.far.recv(&mut buffer) {
                self.carry(false, buffer.get(..len).unwrap_or_default(), state);
            }
            let now = Instant::now();
            while let Some(entry) = self.waiting.first_entry().filter(|entry| entry.key().0 <= now) {
                let (onward, datagram) = entry.remove();
                let _nobody_there = match (onward, self.from) {
                    (true, _) => self.far.send(&datagram),
                    (false, Some(from)) => self.near.send_to(&datagram, from),
                    (false, None) => Ok(0),
                };
            }
            state.empty.store(self.waiting.is_empty(), Ordering::Relaxed);
            thread::sleep(TICK);
        }
    }

    fn carry(&mut self, onward: bool, datagram: &[u8], state: &State) {
        let is_bad = !state.mended.load(Ordering::Relaxed);
        let mut chance = |of: u32| is_bad && self.random.u32(..1000) < of;
        let (dropped, doubled) = (chance(DROPPED), chance(DOUBLED));
        if onward {
            let mut carried = state.carried.lock().expect("nobody failed");
            // 03 FF 30 00, the receiver's index, the number.
            if let ([3, 0xFF, 0x30, 0, _, _, _, _], Some(number)) = (datagram.get(..8).unwrap_or_default(), datagram.get(8..16)) {
                carried.sealed.insert(u64::from_be_bytes(number.try_into().expect("eight bytes")));
            }
            carried.dropped += u64::from(dropped);
            carried.doubled += u64::from(doubled && !dropped);
        }
        if dropped {
            return;
        }
        for _ in 0..1 + u32::from(doubled) {
            let delay = if is_bad { DELAY.mul_f64(self.random.f64()) } else { Duration::ZERO };
            self.next += 1;
            self.waiting.insert((Instant::now() + delay, self.next), (onward, datagram.to_vec()));
        }
    }
}
