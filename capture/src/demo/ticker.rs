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
pub(super) fn run<T: Tell>(context: &Context, begin: impl FnOnce(Time) -> T) -> Ended {
    let start = (context.clock)();
    let mut pace = Pace::new(context.commands.clone(), start);
    let mut delivery = Delivery { outlet: &context.outlet, told: start };
    let mut teller = begin(start);
    let mut events = Vec::new();
    while pace.wait(context.clock) == Order::Tick {
        let now = teller.tick(&mut events);
        if !delivery.send(now, &mut events, || pace.is_stopped()) && !pace.is_stopped() {
            return Ended::Unheard;
        }
    }
    teller.finish(&mut events);
    let now = delivery.told;
    // Whoever stopped it may already have stopped reading: at most one wait of the outlet's, then it ends.
    delivery.send(now, &mut events, || true);
    Ended::Stopped
}

/// Tells so much of what `begin` makes for `start`, as fast as it is heard. Nothing ends with it: it is a moment that is looked at.
pub(super) fn tell<T: Tell>(context: &Context, start: Time, lasts: Duration, begin: impl FnOnce(Time) -> T) -> Ended {
    let mut pace = Pace::new(context.commands.clone(), start);
    let mut delivery = Delivery { outlet: &context.outlet, told: start };
    let mut teller = begin(start);
    let mut events = Vec::new();
    while delivery.told < start.plus(lasts) {
        let now = teller.tick(&mut events);
        if !delivery.send(now, &mut events, || pace.is_stopped()) {
            return if pace.is_stopped() { Ended::Stopped } else { Ended::Unheard };
        }
    }
    Ended::Finished
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
    stopped: bool,
    /// When the last tick was due, in microseconds of the clock.
    last_micros: f64,
}

impl Pace {
    /// The first tick is due at once.
    fn new(commands: Receiver<Command>, start: Time) -> Self {
        let last_micros = start.minus(TICK).micros() as f64;
        Pace { commands, speed: Some(1.0), paused: false, steps: 0, stopped: false, last_micros }
    }

    /// Waits for the next thing to do.
    fn wait(&mut self, clock: fn() -> Time) -> Order {
        loop {
            let sleep = match self.next(clock()) {
                Ok(order) => return order,
                Err(sleep) => sleep,
            };
            match self.commands.recv_timeout(sleep) {
                Ok(command) => self.obey(command),
                Err(RecvTimeoutError::Timeout) => {}
                // Nobody can say anything any more, and the channel would no longer wait.
                Err(RecvTimeoutError::Disconnected) => self.commands = never(),
            }
        }
    }

    /// What to do now, or how long there is nothing to do.
    fn next(&mut self, now: Time) -> Result<Order, Duration> {
        if self.is_stopped() {
            return Ok(Order::Stop);
        }
        let now = now.micros() as f64;
        if self.paused {
            self.last_micros = now;
            if self.steps == 0 {
                return Err(LONGEST_SLEEP);
            }
            self.steps -= 1;
            return Ok(Order::Tick);
        }
        // A clock that was set back is not waited for.
        self.last_micros = self.last_micros.min(now);
        let due = self.speed.map_or(now, |speed| self.last_micros + TICK.as_micros() as f64 / speed);
        if due <= now {
            self.last_micros = due.max(now - LATEST_MICROS);
            return Ok(Order::Tick);
        }
        Err(Duration::try_from_secs_f64((due - now) / 1e6).unwrap_or(LONGEST_SLEEP).min(LONGEST_SLEEP))
    }

    /// Obeys what was said meanwhile. Returns whether to stop: then what is being told is broken off.
    fn is_stopped(&mut self) -> bool {
        while let Ok(command) = self.commands.try_recv() {
            self.obey(command);
        }
        self.stopped
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Stop => self.stopped = true,
            Command::Pause(paused) => {
                self.paused = paused;
                self.steps = 0;
            }
            Command::Step if self.paused => self.steps = self.steps.saturating_add(1),
            Command::Step | Command::PauseProbe { .. } => {}
            Command::Speed(speed) => {
                self.speed = speed.map(|speed| if speed.is_finite() { speed.clamp(0.1, 1000.0) } else { 1.0 });
            }
            Command::Filter { answer, .. } => {
                let _asker_gone = answer.try_send(Err("this source makes events, not packets: there is nothing to filter".to_owned()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    use std::thread::JoinHandle;

    use crossbeam_channel::{Sender, bounded, unbounded};
    use graph::{Kind, Ledger, OriginId};

    use super::*;
    use crate::World;

    /// Counts its ticks in its ledger, and says so much in each.
    struct Counter {
        now: Time,
        ticks: u64,
        events: usize,
    }

    impl Counter {
        fn event(&self) -> Event {
            Event { at: self.now, origin: OriginId(0), kind: Kind::Ledger(Ledger { packets: self.ticks, ..Ledger::default() }) }
        }
    }

    impl Tell for Counter {
        fn tick(&mut self, events: &mut Vec<Event>) -> Time {
            self.now = self.now.plus(TICK);
            self.ticks += 1;
            events.extend((0..self.events).map(|_| self.event()));
            self.now
        }

        fn finish(&mut self, events: &mut Vec<Event>) {
            events.push(self.event());
        }
    }

    const START: Time = Time::from_secs(1000);

    /// How many ticks come while the clock goes on from `from` for so long, 1 ms at a time.
    fn ticks_within(pace: &mut Pace, from: Time, millis: u64) -> u64 {
        let mut ticks = 0;
        for now in (0..millis).map(|ms| from.plus(Duration::from_millis(ms))) {
            while pace.next(now) == Ok(Order::Tick) {
                ticks += 1;
                assert!(ticks <= 1_000_000, "it never waits");
            }
        }
        ticks
    }

    #[test]
    fn ticks_keep_to_the_clock_at_any_speed() {
        for (speed, expected) in [(1.0, 200), (0.5, 100), (0.01, 20), (4.0, 800), (1000.0, 200_000), (f64::NAN, 200)] {
            let (commands, inbox) = unbounded();
            let mut pace = Pace::new(inbox, START);
            assert_eq!(pace.next(START), Ok(Order::Tick), "it moves at once");
            commands.send(Command::Speed(Some(speed))).unwrap();
            let ticks = 1 + ticks_within(&mut pace, START, 10_000);
            assert!(ticks.abs_diff(expected) <= 2 + expected / 500, "{ticks} ticks at {speed}");
        }
    }

    #[test]
    fn as_fast_as_possible_it_never_waits() {
        let (commands, inbox) = unbounded();
        let mut pace = Pace::new(inbox, START);
        commands.send(Command::Speed(None)).unwrap();
        (0..1000).for_each(|_| assert_eq!(pace.next(START), Ok(Order::Tick)));
    }

    #[test]
    fn a_clock_that_leaps_makes_no_torrent_and_no_silence() {
        let mut pace = Pace::new(never(), START);
        let later = START.plus(Duration::from_secs(3600));
        let ticks = ticks_within(&mut pace, later, 1000);
        assert!((20..=23).contains(&ticks), "{ticks} ticks");
        let ticks = ticks_within(&mut pace, START, 1000);
        assert!((18..=20).contains(&ticks), "{ticks} ticks after it was set back");
    }

    #[test]
    fn paused_it_only_steps() {
        let (commands, inbox) = unbounded();
        let mut pace = Pace::new(inbox, START);
        for command in [Command::Step, Command::Pause(true), Command::Step, Command::Step] {
            commands.send(command).unwrap();
        }
        assert_eq!(ticks_within(&mut pace, START, 10_000), 2);
        commands.send(Command::Pause(false)).unwrap();
        let later = START.plus(Duration::from_secs(10));
        let ticks = ticks_within(&mut pace, later, 1000);
        assert!((19..=20).contains(&ticks), "{ticks} ticks: what was paused is not made up for");
        commands.send(Command::Stop).unwrap();
        assert_eq!(pace.next(START), Ok(Order::Stop));
    }

    #[test]
    fn a_filter_is_answered() {
        let (commands, inbox) = unbounded();
        let (answer, answered) = bounded(1);
        commands.send(Command::Filter { text: "tcp".to_owned(), answer }).unwrap();
        assert!(!Pace::new(inbox, START).is_stopped());
        assert!(answered.try_recv().unwrap().is_err());
    }

    /// Runs a counter that says so much in each tick, on a thread of its own; it ends when nobody hears it.
    fn running(waiting: usize, events: usize) -> (Receiver<Batch>, Sender<Command>, JoinHandle<Ended>) {
        /// Goes on by 10 ms at every look.
        fn clock() -> Time {
            static NOW: AtomicU64 = AtomicU64::new(START.0);
            Time(NOW.fetch_add(10_000, Relaxed))
        }
        let ((outlet, batches), (commands, inbox)) = (bounded(waiting), unbounded());
        let context = Context {
            origin: OriginId(0),
            world: World::alone().unwrap().into(),
            outlet: Outlet(outlet),
            commands: inbox,
            notices: bounded(1).0,
            progress: Arc::default(),
            clock,
        };
        let thread = std::thread::spawn(move || run(&context, |now| Counter { now, ticks: 0, events }));
        (batches, commands, thread)
    }

    #[test]
    fn batches_are_small_and_the_last_of_a_tick_has_its_time() {
        let (batches, commands, thread) = running(64, 600);
        let mut before = None;
        for _ in 0..3 {
            let told: Vec<Batch> = (0..3).map(|_| batches.recv().unwrap()).collect();
            assert_eq!(told.iter().map(|batch| batch.events.len()).collect::<Vec<_>>(), [256, 256, 88]);
            let now = told[0].events[0].at;
            let before = before.replace(now).unwrap_or(now.minus(TICK));
            assert_eq!(told.iter().map(|batch| batch.now).collect::<Vec<_>>(), [before, before, now]);
        }
        commands.send(Command::Stop).unwrap();
        assert_eq!(thread.join().unwrap(), Ended::Stopped);
        // What was told before it stopped, and then the end.
        let last = batches.try_iter().last().unwrap();
        assert_eq!(last.events.len(), 1);
    }

    #[test]
    fn so_much_is_told_as_fast_as_it_is_heard_and_then_it_is_over() {
        let ((outlet, batches), (commands, inbox)) = (bounded(1000), unbounded());
        let context = Context {
            origin: OriginId(0),
            world: World::alone().unwrap().into(),
            outlet: Outlet(outlet),
            commands: inbox,
            notices: bounded(1).0,
            progress: Arc::default(),
            clock: || panic!("what the clock says makes no difference"),
        };
        let lasts = Duration::from_secs(10);
        let counter = |now| Counter { now, ticks: 0, events: 1 };
        assert_eq!(tell(&context, START, lasts, counter), Ended::Finished);
        let told: Vec<Batch> = batches.try_iter().collect();
        assert_eq!((told.len(), told.last().unwrap().now), (200, START.plus(lasts)));
        commands.send(Command::Stop).unwrap();
        drop(batches);
        assert_eq!(tell(&context, START, lasts, counter), Ended::Stopped);
    }

    #[test]
    fn it_stops_though_nobody_reads_and_ends_if_nobody_can() {
        let (batches, commands, thread) = running(1, 10_000);
        while batches.is_empty() {
            std::thread::yield_now();
        }
        commands.send(Command::Stop).unwrap();
        assert_eq!(thread.join().unwrap(), Ended::Stopped);
        let (batches, _commands, thread) = running(1, 10_000);
        drop(batches);
        assert_eq!(thread.join().unwrap(), Ended::Unheard);
    }
}
