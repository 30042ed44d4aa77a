//! What a process takes of its machine.

use std::time::Duration;

use fastrand::Rng;
use graph::Usage;

use crate::demo::scenario::Program;

/// How often it is measured.
const MEASURED_EVERY: Duration = Duration::from_secs(1);
/// How long it takes until a process has all its memory.
const GROWS: Duration = Duration::from_secs(4);

/// The processor time and the memory of one process, which go up and down around what its program takes.
pub(super) struct Effort {
    cpu: Duration,
    /// Its memory's share of what its program takes.
    memory: f64,
    /// Its processors' share of what its program keeps busy.
    level: f64,
    began: Duration,
    last: Duration,
    next: Duration,
}

impl Effort {
    /// That of one that begins now.
    pub(super) fn new(now: Duration) -> Effort {
        Effort { cpu: Duration::ZERO, memory: 0.3, level: 1.0, began: now, last: now, next: now }
    }

    /// That of one that has been there for so long when the story begins.
    pub(super) fn long(program: &Program, age: Duration, rng: &mut Rng) -> Effort {
        let next = MEASURED_EVERY.mul_f64(rng.f64());
        Effort { cpu: age.mul_f64(program.cpu), memory: 1.0, next, ..Effort::new(Duration::ZERO) }
    }

    /// What it takes, if it is time to measure it.
    pub(super) fn measure(&mut self, program: &Program, now: Duration, rng: &mut Rng) -> Option<Usage> {
        if now < self.next {
            return None;
        }
        self.next += MEASURED_EVERY;
        // Now and then it has much to do, mostly little: on the average what its program takes.
        let chance = rng.f64();
        self.level = 0.6 * self.level + 0.4 * 3.0 * chance * chance;
        self.cpu += now.saturating_sub(self.last).mul_f64(program.cpu * self.level);
        self.last = now;
        let grown = (now.saturating_sub(self.began).as_secs_f64() / GROWS.as_secs_f64()).min(1.0);
        let aim = 0.3 + 0.7 * grown + 0.08 * (chance - 0.5);
        self.memory += 0.5 * (aim - self.memory);
        Some(Usage { cpu: self.cpu, rss_bytes: (program.memory_bytes as f64 * self.memory) as u64 })
    }
}
