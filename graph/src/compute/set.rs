//! The computations of one model: told in rounds, switched on and off, and switched off where they fail.

use std::panic::{AssertUnwindSafe, catch_unwind};

use arcstr::ArcStr;

use super::updates::Update;
use super::{Computation, Happening, Interest, Prepared, Trouble, Updates};
use crate::{Model, Origin, OriginId, Realms, RegistryBuilder, RegistryError, SLICE, Time};

/// What is said causes what is said: so many times in one pass. What that causes waits for the next pass.
pub const ROUNDS: usize = 4;
/// One that is switched on hears of so many hosts and flows that were there before, a pass.
const CAUGHT_UP: usize = 4_096;

/// How a computation stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is told of what happens.
    On,
    /// The user does not want it: what it said is taken back.
    Off,
    /// It could not go on; what it said stays.
    Failed(ArcStr),
}

/// A computation, for a list of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: &'static str,
    /// One line for the user.
    pub help: &'static str,
    /// Who says what it says.
    pub origin: OriginId,
    /// How it stands.
    pub standing: Standing,
    /// Whether it remembers anything from run to run, and can forget it.
    pub remembers: bool,
}

/// A computation that was switched off because it could not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its name.
    pub name: &'static str,
    /// What hinders it.
    pub text: ArcStr,
}

struct Slot {
    listed: Listed,
    computation: Box<dyn Computation>,
    interest: Interest,
    /// What was there before it was switched on, the last first.
    backlog: Vec<Happening>,
}

impl Slot {
    fn is_on(&self) -> bool {
        self.listed.standing == Standing::On
    }

    /// It hears of all that lives, from now on.
    fn catch_up(&mut self, model: &Model) {
        self.listed.standing = Standing::On;
        self.backlog = all_that_lives(model).filter(|happening| self.interest.takes(*happening)).collect();
        self.backlog.sort_unstable_by(|a, b| b.cmp(a));
    }
}

/// The computations of one model. Whoever owns the model calls [`Computations::run`] once events were applied to it.
#[derive(Default)]
pub struct Computations {
    slots: Vec<Slot>,
    /// The slice that was open when time was last told of.
    slice: Time,
    told: Vec<Happening>,
    updates: Updates,
    put_off: u64,
}

impl Computations {
    /// Registers the columns of each.
    ///
    /// # Errors
    /// Where two columns have one name.
    pub fn register(prepared: Vec<Box<dyn Prepared>>, columns: &mut RegistryBuilder) -> Result<Computations, RegistryError> {
        let mut slots = Vec::new();
        for prepared in prepared {
            let (name, help) = (prepared.name(), prepared.help());
            let computation = prepared.register(columns.filled_by(name))?;
            let remembers = computation.remembers();
            let listed = Listed { name, help, origin: OriginId::default(), standing: Standing::On, remembers };
            slots.push(Slot { listed, computation, interest: Interest::default(), backlog: Vec::new() });
        }
        Ok(Computations { slots, ..Computations::default() })
    }

    /// Gives each an origin of its own in that model, which was made with the columns. Those named in `off` say nothing until they are switched on.
    pub fn attach<'a>(&mut self, model: &mut Model, realms: Realms, off: impl IntoIterator<Item = &'a str>) {
        let off: Vec<&str> = off.into_iter().collect();
        for slot in &mut self.slots {
            match model.add_origin(Origin { name: slot.listed.name.to_owned(), realms }) {
                Some(origin) => slot.listed.origin = origin,
                None => slot.listed.standing = Standing::Failed("there are too many sources".into()),
            }
            slot.interest = slot.computation.begin(model.registry());
            if slot.is_on() && off.contains(&slot.listed.name) {
                slot.listed.standing = Standing::Off;
            }
        }
        self.listen(model);
    }

    /// Each of them, in the order in which they are told.
    pub fn list(&self) -> impl Iterator<Item = &Listed> {
        self.slots.iter().map(|slot| &slot.listed)
    }

    /// How many happenings waited for a later pass, because what was said caused more and more.
    pub fn put_off(&self) -> u64 {
        self.put_off
    }

    /// Whether one that was switched on has still to hear of what was there before: the next [`Computations::run`] goes on with it.
    pub fn is_behind(&self) -> bool {
        self.slots.iter().any(|slot| slot.is_on() && !slot.backlog.is_empty())
    }

    /// Switches one on, which then hears of all that lives, or off, which takes back what it said. One that failed stays as it is. False: there is none of that name.
    pub fn switch(&mut self, name: &str, on: bool, model: &mut Model) -> bool {
        let Some(slot) = self.slots.iter_mut().find(|slot| slot.listed.name == name) else { return false };
        match (&slot.listed.standing, on) {
            (Standing::Off, true) => slot.catch_up(model),
            (Standing::On, false) => {
                slot.listed.standing = Standing::Off;
                slot.backlog = Vec::new();
                model.take_back(slot.listed.origin);
            }
            _ => {}
        }
        self.listen(model);
        true
    }

    /// Puts another one in the place of the one of its name, such as one with other files: what that one said is taken back, and this one hears of all that lives.
    /// It goes on where that one had failed, and says nothing where that one is switched off. False: there is none of that name in the model.
    ///
    /// # Errors
    /// Where it fills other columns.
    pub fn replace(&mut self, prepared: Box<dyn Prepared>, model: &mut Model) -> Result<bool, RegistryError> {
        let name = prepared.name();
        let Some(slot) = self.slots.iter_mut().find(|slot| slot.listed.name == name && slot.listed.origin != OriginId::default()) else {
            return Ok(false);
        };
        slot.computation = prepared.register(&mut model.registry().again())?;
        slot.interest = slot.computation.begin(model.registry());
        if slot.listed.standing != Standing::Off {
            model.take_back(slot.listed.origin);
            slot.catch_up(model);
        }
        self.listen(model);
        Ok(true)
    }

    /// Tells them what happened since this was last called, takes in what they say, and so on, [`ROUNDS`] times at most. Those that failed are returned, and are told no more.
    pub fn run(&mut self, model: &mut Model) -> Vec<Failure> {
        let mut failures = Vec::new();
        let slice = model.now().floor(SLICE);
        let passed = slice > self.slice;
        self.slice = self.slice.max(slice);
        for round in 0..ROUNDS {
            model.happened.take(&mut self.told);
            let begins = round == 0 && (passed || self.is_behind());
            if self.told.is_empty() && !begins {
                return failures;
            }
            for slot in self.slots.iter_mut().filter(|slot| slot.is_on()) {
                if let Some(failure) = tell(slot, &self.told, begins && passed, model, &mut self.updates) {
                    failures.push(failure);
                }
                take_in(model, &mut self.updates, slot.listed.origin);
            }
        }
        self.put_off = self.put_off.saturating_add(model.happened.waits() as u64);
        if !failures.is_empty() {
            self.listen(model);
        }
        failures
    }

    /// What happened and was not told to anybody, because too much did at once.
    pub fn lost(&self, model: &Model) -> u64 {
        model.happened.lost()
    }

    /// What each would know again when it is next prepared, of those for which that changed.
    pub fn memories(&mut self) -> Vec<(&'static str, Vec<u8>)> {
        self.slots.iter_mut().filter_map(|slot| Some((slot.listed.name, slot.computation.memory()?))).collect()
    }

    /// One of them forgets all that it remembers. False: there is none of that name.
    pub fn forget(&mut self, name: &str) -> bool {
        let slot = self.slots.iter_mut().find(|slot| slot.listed.name == name);
        slot.map(|slot| slot.computation.forget()).is_some()
    }

    fn listen(&self, model: &mut Model) {
        let on = self.slots.iter().filter(|slot| slot.is_on());
        model.happened.listen(on.fold(Interest::default(), |all, slot| all.or(&slot.interest)));
    }
}

/// Tells one of them. What it says when it fails is not heard.
fn tell(slot: &mut Slot, told: &[Happening], passed: bool, model: &Model, updates: &mut Updates) -> Option<Failure> {
    let Slot { listed, computation, interest, backlog } = slot;
    let call = || {
        let before = backlog.split_off(backlog.len().saturating_sub(CAUGHT_UP));
        for happening in before.into_iter().rev() {
            computation.hear(happening, model, updates)?;
        }
        for happening in told.iter().filter(|happening| interest.takes(**happening)) {
            computation.hear(*happening, model, updates)?;
        }
        if passed { computation.pass(model, updates) } else { Ok(()) }
    };
    let text: ArcStr = match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(())) => return None,
        Ok(Err(Trouble(text))) => text.into(),
        Err(_) => "a fault of its own; report what stands in the terminal".into(),
    };
    updates.0.clear();
    listed.standing = Standing::Failed(text.clone());
    Some(Failure { name: listed.name, text })
}

/// Takes in what one of them said; what it said of one flow in a row, at once.
fn take_in(model: &mut Model, updates: &mut Updates, origin: OriginId) {
    let mut updates = updates.0.drain(..).peekable();
    while let Some(update) = updates.next() {
        match update {
            Update::Flow(flow, tag) => {
                let more = std::iter::from_fn(|| match updates.next_if(|next| matches!(next, Update::Flow(same, _) if *same == flow))? {
                    Update::Flow(_, tag) => Some(tag),
                    Update::Host(..) | Update::Name { .. } => None,
                });
                model.tag_flow_all(flow, std::iter::once(tag).chain(more), origin);
            }
            Update::Host(host, tag) => {
                model.tag_host(host, &tag, origin);
            }
            Update::Name { host, text, origin, until } => model.name_host(host, text, origin, until),
        }
    }
}

/// What would have happened if all that lives began now.
fn all_that_lives(model: &Model) -> impl Iterator<Item = Happening> {
    let hosts = model.hosts().flat_map(|host| {
        let tagged = host.tags.iter().map(|said| Happening::HostTagged(host.id, said.column()));
        [Happening::Host(host.id), Happening::HostNamed(host.id)].into_iter().chain(tagged)
    });
    let flows = model.flows().flat_map(|flow| {
        let tagged = flow.tags.iter().map(|said| Happening::FlowTagged(flow.id, said.column()));
        [Happening::Flow(flow.id), Happening::FlowOwned(flow.id)].into_iter().chain(tagged)
    });
    hosts.chain(flows)
}
