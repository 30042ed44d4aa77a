//! Rows as a tree: siblings in order, a filter that keeps ancestors, branches that are folded away.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hashbrown::HashSet;

use super::processes::Processes;
use super::select::{self, Kind, by};
use super::{Branch, Cell, Request, Row, Rows, Tree};
use crate::model::MAX_LINEAGE;
use crate::query::Wanted;
use crate::{Model, Process, ProcessKey};

/// How long a dead process is shown before it folds away.
pub const DEAD_SHOWN: Duration = Duration::from_secs(2);

/// The window of the flattened tree that `request` asks for.
pub(super) fn forest(kind: &Processes<'_>, model: &Model, tree: &Tree, request: &Request, matching: &Wanted<ProcessKey>) -> Rows {
    let columns = select::Shown::of(model, request);
    let shown = Shown { model, kept: kept(model, matching) };

    let mut children: BTreeMap<Option<ProcessKey>, Vec<(Cell, &Process)>> = BTreeMap::new();
    for process in model.processes().filter(|process| shown.is(process)) {
        children.entry(shown.parent(process)).or_default().push((columns.sort_cell(kind, process), process));
    }
    for siblings in children.values_mut() {
        siblings.sort_by(|(x, p), (y, q)| by(x, y, columns.descending).then(p.key.cmp(&q.key)));
    }

    // Depth first; what is folded is counted and not entered.
    let (mut total, mut rows) = (0, Vec::new());
    let mut stack: Vec<(u16, &Process)> = Vec::new();
    let push = |stack: &mut Vec<(u16, _)>, depth: u16, parent| {
        stack.extend(children.get(&parent).into_iter().flatten().rev().map(|(_, process)| (depth, *process)));
    };
    push(&mut stack, 0, None);
    while let Some((depth, process)) = stack.pop() {
        let below = children.get(&Some(process.key)).map_or(0, Vec::len);
        let folded = below > 0 && tree.folded.contains(&process.key);
        if total >= request.offset && rows.len() < request.len {
            let branch = Branch {
                depth,
                children: u32::try_from(below).unwrap_or(u32::MAX),
                folded,
                born: process.born.then_some(process.first),
                died: process.ended.map(|(at, _)| at),
            };
            rows.push(Row { subject: kind.subject(process), cells: columns.cells(kind, process), branch: Some(branch) });
        }
        total += 1;
        if !folded {
            push(&mut stack, depth.saturating_add(1), Some(process.key));
        }
    }
    Rows { table: request.table, now: model.now(), columns: Arc::from(columns.columns), total, offset: request.offset, rows }
}

/// With a filter: the processes that match, and all they come from.
fn kept(model: &Model, matching: &Wanted<ProcessKey>) -> Option<HashSet<ProcessKey>> {
    if matching.is_all() {
        return None;
    }
    let mut kept = HashSet::new();
    for process in model.processes().filter(|process| alive_or_fresh(process, model) && matching.has(process.key)) {
        for ancestor in model.lineage(process.key) {
            if !kept.insert(ancestor.key) {
                break;
            }
        }
    }
    Some(kept)
}

fn alive_or_fresh(process: &Process, model: &Model) -> bool {
    process.ended.is_none_or(|(at, _)| model.now().since(at) < DEAD_SHOWN)
}

struct Shown<'a> {
    model: &'a Model,
    kept: Option<HashSet<ProcessKey>>,
}

impl Shown<'_> {
    fn is(&self, process: &Process) -> bool {
        alive_or_fresh(process, self.model) && self.kept.as_ref().is_none_or(|kept| kept.contains(&process.key))
    }

    /// Under whom it stands; one that would stand below itself is a root, so that it stands somewhere.
    fn parent(&self, process: &Process) -> Option<ProcessKey> {
        let parent = self.above(process)?;
        let line = std::iter::successors(Some(parent), |above| self.above(self.model.process(*above)?));
        (!line.take(MAX_LINEAGE).any(|above| above == process.key)).then_some(parent)
    }

    /// The nearest of those it comes from that is shown; where the one that began it is not, rather the one that took it in.
    fn above(&self, process: &Process) -> Option<ProcessKey> {
        let shown = |key: Option<ProcessKey>| key.filter(|key| self.model.process(*key).is_some_and(|process| self.is(process)));
        let nearest = || self.model.lineage(process.key).skip(1).find(|ancestor| self.is(ancestor)).map(|ancestor| ancestor.key);
        shown(process.parent).or_else(|| shown(process.guardian)).or_else(nearest)
    }
}
