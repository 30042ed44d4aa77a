//! Runs what is told in ticks: paces it by the clock, obeys commands, and hands its events over in batches.

use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, never};
use graph::{Event, Time};

use crate::source::{BATCH_EVENTS, Batch, Command, Context, Ended, Outlet};

/// The time from one tick to the next, in the teller's own time.
pub(super) const TICK: Duration = Duration::from_millis(50);
/// The longest sleep without a look at the clock.
const LONGEST_SLEEP: Duration = Duration::from_millis(50);
/// How far the clock may run ahead before the ticks in between are given up, in microseconds.
const LATEST_MICROS: f64 = 100_000.0;

/// Something that is told tick by tick.
pub(super) trait Tell {
    /// Goes on by [`TICK`], appends what happened and returns the time that it is now.
    fn tick(&mut self, events: &mut Vec<Event>) -> Time;

    /// Ends everything at the time of the last tick.
    fn finish(&mut self, events: &mut Vec<Event>);
}

/// Tells what `begin` makes for the time at which it starts, until there is a reason to end.
pub(super) fn run<T: Tell>(context: &Context, begin: impl Fn(Time) -> T) -> Ended {
    let mut pace = Pace::new(context.commands.clone());
    loop {
        let start = (context.clock)();
        pace.begin(start);
        let mut delivery = Delivery { outlet: &context.outlet, told: start };
        let mut teller = begin(start);
        let mut events = Vec::new();
        let why = loop {
            match pace.wait(context.clock) {
                Order::Tick => {}
                other => break other,
            }
            let now = teller.tick(&mut events);
            if !delivery.send(now, &mut events, || pace.interrupted()) && !pace.interrupted() {
                return Ended::Unheard;
            }
        };
        if why == Order::Stop {
            teller.finish(&mut events);
            let now = delivery.told;
            // Whoever stopped it may already have stopped reading: at most one wait of the outlet's, then it ends.
            delivery.send(now, &mut events, || true);
            return Ended::Stopped;
        }
    }
}

/// The way out, in batches that are small enough.
struct Delivery<'a> {
    outlet: &'a Outlet,
    told: Time,
}

impl Delivery<'_> {
    /// Hands over what was told up to `now`, and empties `events`. Returns false if the model is gone or `give_up` said so.
    fn send(&mut self, now: Time, events: &mut Vec<Event>, mut give_up: impl FnMut() -> bool) -> bool {
        let mut rest = events.drain(..);
        loop {
            let events: Vec<_> = rest.by_ref().take(BATCH_EVENTS).collect();
            let last = rest.len() == 0;
            // Only with the last batch everything up to `now` is told.
            let batch = Batch { now: if last { now } else { self.told }, events };
            if !self.outlet.send(batch, &mut give_up) {
                return false;
            }
            if last {
                self.told = now;
                return true;
            }
        }
    }
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Tick,
    Restart,
    Stop,
}

/// When the next tick is due, as the commands want it.
struct Pace {
    commands: Receiver<Command>,
    /// Times real time; none is as fast as possible.
    speed: Option<f64>,
    paused: bool,
    /// Ticks that are owed although it is paused.
    steps: u32,
    /// A restart or a stop that was asked for.
    order: Option<Order>,
    /// When the last tick was due, in microseconds of the clock.
    last_micros: f64,
}

impl Pace {
    fn new(commands: Receiver<Command>) -> Self {
        Pace { commands, speed: Some(1.0), paused: false, steps: 0, order: None, last_micros: 0.0 }
    }

    /// The first tick is due at once. Speed and pause stay as they were.
    fn begin(&mut self, start: Time) {
        self.order = None;
        self.last_micros = start.minus(TICK).micros() as f64;
    }

    /// Waits for the next thing to do.
    fn wait(&mut self, clock: fn() -> Time) -> Order {
        loop {
            if self.interrupted() {
                return self.order.unwrap_or(Order::Stop);
            }
            if self.steps > 0 {
                self.steps -= 1;
                return Order::Tick;
            }
            let now = clock().micros() as f64;
            let due = match self.speed {
                _ if self.paused => f64::INFINITY,
                None => now,
                Some(speed) => self.last_micros + TICK.as_micros() as f64 / speed,
            };
            if due <= now {
                self.last_micros = due.max(now - LATEST_MICROS);
                return Order::Tick;
            }
            if self.paused {
                self.last_micros = now;
            }
            let sleep = Duration::try_from_secs_f64((due - now) / 1e6).unwrap_or(LONGEST_SLEEP).min(LONGEST_SLEEP);
            match self.commands.recv_timeout(sleep) {
                Ok(command) => self.obey(command),
                Err(RecvTimeoutError::Timeout) => {}
                // Nobody can say anything any more, and the channel would no longer wait.
                Err(RecvTimeoutError::Disconnected) => self.commands = never(),
            }
        }
    }

    /// Obeys what was said meanwhile. Returns whether what is being told must be broken off.
    fn interrupted(&mut self) -> bool {
        while let Ok(command) = self.commands.try_recv() {
            self.obey(command);
        }
        self.order.is_some()
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Stop => self.order = Some(Order::Stop),
            Command::Restart => self.order = self.order.or(Some(Order::Restart)),
            Command::Pause(paused) => {
                self.paused = paused;
                self.steps = 0;
            }
            Command::Step if self.paused => self.steps = self.steps.saturating_add(1),
            Command::Step => {}
            Command::Speed(speed) => {
                self.speed = speed.map(|speed| if speed.is_finite() { speed.clamp(0.1, 1000.0) } else { 1.0 });
            }
            Command::Filter { answer, .. } => {
                let _asker_gone = answer.try_send(Err("this source makes events, not packets: there is nothing to filter".to_owned()));
            }
        }
    }
}
