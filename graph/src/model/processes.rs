//! Processes: how they come, change and go, and which flows are theirs.

use std::time::Duration;

use arcstr::ArcStr;

use super::Model;
use super::shares::Ends;
use crate::{
    Attribution, Both, Change, Counts, Event, Exit, FlowId, FlowKey, Happening, Image, Kind, Process, ProcessId, ProcessKey, Realm, Realms,
    Side, Time,
};

/// A process that began another one, and so on, is followed so far.
pub(crate) const MAX_LINEAGE: usize = 64;

impl Model {
    /// Every process that is remembered, alive or dead, in no particular order.
    pub fn processes(&self) -> impl Iterator<Item = &Process> {
        self.processes.iter()
    }

    /// A process.
    pub fn process(&self, key: ProcessKey) -> Option<&Process> {
        self.processes.get(&key)
    }

    /// The key of the process that is meant, if it is known.
    pub fn process_key(&self, realm: Realm, process: ProcessId) -> Option<ProcessKey> {
        self.processes.find(realm, process)
    }

    /// A process and those it comes from, itself first, as far as they are remembered: who began it, or where nobody remembers that one,
    /// who took it in.
    pub fn lineage(&self, key: ProcessKey) -> impl Iterator<Item = &Process> {
        let parent = |process: &&Process| {
            let known = |key: Option<ProcessKey>| key.and_then(|key| self.process(key));
            known(process.parent).or_else(|| known(process.guardian))
        };
        std::iter::successors(self.process(key), parent).take(MAX_LINEAGE)
    }

    /// What a machine calls a user: a name, or the number.
    pub fn user_name(&self, realm: Realm, user: u32) -> ArcStr {
        self.processes.user_name(realm, user).unwrap_or_else(|| user.to_string().into())
    }

    /// When a process began, where that is known.
    pub fn began(&self, process: &Process) -> Option<Time> {
        let ProcessKey { realm, process: ProcessId { start_ns, .. } } = process.key;
        match self.processes.booted(realm) {
            Some(booted) if start_ns > 0 => Some(booted.plus(Duration::from_nanos(start_ns))),
            _ => process.born.then_some(process.first),
        }
    }

    /// How old a process is, or of a dead one how old it became.
    pub fn age(&self, process: &Process) -> Option<Duration> {
        Some(process.ended.map_or(self.now, |(at, _)| at).since(self.began(process)?))
    }

    /// Takes in what a source of processes says.
    pub(super) fn apply_process(&mut self, event: &Event, realms: &Realms) {
        let realm = realms.local;
        let told = match &event.kind {
            Kind::Fork { parent, child } => self.fork(realm, *parent, *child),
            Kind::Exec { process, parent, image } => {
                self.touch_process(realm, *process).map(|process| process.exec(image.clone())).and_then(|()| match parent {
                    Some(parent) => self.adopt(realm, *process, *parent),
                    None => Some(()),
                })
            }
            Kind::Change { process, change } => self.change(realm, *process, change),
            Kind::Usage { process, usage } => {
                let now = self.now;
                self.touch_process(realm, *process).map(|process| process.measure(*usage, now))
            }
            Kind::Booted { at } => {
                self.processes.set_booted(realm, *at);
                Some(())
            }
            Kind::User { user, name } => {
                self.processes.name_user(realm, *user, name.clone());
                Some(())
            }
            Kind::Exit { process, exit } => self.exit(realm, *process, *exit),
            Kind::Owner { tuple, side, process, how, .. } => {
                // A flow that nobody told of has no owner: it may be one that a filter left out.
                match self.meant(&FlowKey::new(*tuple, realms)) {
                    Some(facing) => self.own(facing.flow, facing.side(*side), realm, *process, *how),
                    None => Some(()),
                }
            }
            _ => Some(()),
        };
        if told.is_none() {
            self.totals.processes_refused += 1;
            self.changed.totals = true;
        }
    }

    /// What the two ends of a flow moved is what their owners moved.
    pub(super) fn count_owners(&mut self, owners: Ends, more: &Both) {
        let now = self.now;
        for (side, process) in [Side::A, Side::B].into_iter().zip(owners) {
            let Some(process) = process.and_then(|key| self.processes.touch(key)) else { continue };
            let (sent, received) = (more.from(side), more.from(side.other()));
            add(&mut process.sent, sent);
            add(&mut process.received, received);
            process.rate_sent.add(sent.bytes, now);
            process.rate_received.add(received.bytes, now);
        }
    }

    /// A flow is over: its owners have one less.
    pub(super) fn let_owners_go(&mut self, owners: Ends) {
        owners.into_iter().flatten().for_each(|process| self.processes.release(process));
    }

    /// The same of a flow that never was one: what it moved was not theirs either.
    pub(super) fn disown(&mut self, owners: Ends, moved: &Both) {
        for (side, process) in [Side::A, Side::B].into_iter().zip(owners) {
            let Some(process) = process.and_then(|key| self.processes.touch(key)) else { continue };
            process.flows_ever = process.flows_ever.saturating_sub(1);
            process.sent = process.sent.minus(moved.from(side));
            process.received = process.received.minus(moved.from(side.other()));
        }
        self.let_owners_go(owners);
    }

    /// The process that is meant, about to change; none where there are too many to know another.
    fn touch_process(&mut self, realm: Realm, process: ProcessId) -> Option<&mut Process> {
        let key = self.processes.find_or_insert(realm, process, self.now, &self.limits)?;
        self.processes.touch(key)
    }

    fn fork(&mut self, realm: Realm, parent: ProcessId, child: ProcessId) -> Option<()> {
        // Word of its flow may have come first: then its number is all that is known.
        let untold = |known: &Process| known.parent.is_none() && known.image.title().is_empty();
        let begun = self.process_key(realm, child).and_then(|key| self.process(key)).is_none_or(untold);
        let (user, group, image) = {
            let parent = self.touch_process(realm, parent)?;
            (parent.user, parent.group, parent.image.clone())
        };
        let process = self.touch_process(realm, child)?;
        if begun {
            process.born = true;
            (process.user, process.group, process.image) = (user, group, image);
        }
        self.adopt(realm, child, parent)
    }

    /// The first one that is told began it; who is told later took it in.
    fn adopt(&mut self, realm: Realm, child: ProcessId, parent: ProcessId) -> Option<()> {
        let parent = self.processes.find_or_insert(realm, parent, self.now, &self.limits)?;
        let child = self.touch_process(realm, child)?;
        match child.parent {
            _ if child.key == parent => {}
            None => child.parent = Some(parent),
            Some(known) if known == parent => {}
            Some(_) => child.guardian = Some(parent),
        }
        Some(())
    }

    fn change(&mut self, realm: Realm, process: ProcessId, change: &Change) -> Option<()> {
        if let Change::Parent(parent) = change {
            return self.adopt(realm, process, *parent);
        }
        let process = self.touch_process(realm, process)?;
        match change {
            Change::Name(name) => {
                let image = Image { comm: name.clone(), ..Image::clone(&process.image) };
                process.image = image.into();
            }
            Change::User(user) => process.user = Some(*user),
            Change::Group(group) => process.group = Some(*group),
            Change::Session => process.leads_session = true,
            Change::Parent(_) => {}
        }
        Some(())
    }

    fn exit(&mut self, realm: Realm, process: ProcessId, exit: Exit) -> Option<()> {
        let key = self.processes.find_or_insert(realm, process, self.now, &self.limits)?;
        self.processes.end(key, self.now, exit);
        Some(())
    }

    fn own(&mut self, id: FlowId, side: Side, realm: Realm, process: ProcessId, how: Attribution) -> Option<()> {
        let process = self.processes.find_or_insert(realm, process, self.now, &self.limits)?;
        let Some(flow) = self.flows.get_mut(id) else { return Some(()) };
        let mut owners = flow.share.map_or([None; 2], |share| self.shares.ends(share));
        let at = usize::from(side == Side::B);
        let (Some(known), Some(owner)) = (flow.how.get_mut(at), owners.get_mut(at)) else { return Some(()) };
        if known.is_some_and(|known| how <= known) {
            return Some(());
        }
        *known = Some(how);
        let before = owner.replace(process);
        if before == Some(process) {
            return Some(());
        }
        let total = flow.total().0;
        let (sent, received) = (*total.from(side), *total.from(side.other()));
        let [ab, ba] = flow.rates();
        let (rate_sent, rate_received) = if side == Side::A { (ab, ba) } else { (ba, ab) };
        let now = self.now;
        if let Some(before) = before
            && let Some(wrong) = self.processes.touch(before)
        {
            wrong.flows_ever = wrong.flows_ever.saturating_sub(1);
            (wrong.sent, wrong.received) = (wrong.sent.minus(&sent), wrong.received.minus(&received));
            wrong.rate_sent.part(&rate_sent, now);
            wrong.rate_received.part(&rate_received, now);
            self.processes.release(before);
        }
        if let Some(right) = self.processes.touch(process) {
            right.flows += 1;
            right.flows_ever += 1;
            add(&mut right.sent, &sent);
            add(&mut right.received, &received);
            right.rate_sent.join(&rate_sent, now);
            right.rate_received.join(&rate_received, now);
        }
        self.share_anew(id, owners);
        self.happened.note(Happening::FlowOwned(id));
        Some(())
    }
}

fn add(sum: &mut Counts, more: &Counts) {
    *sum = sum.plus(more);
}
