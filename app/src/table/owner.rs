//! Which process has a flow, as JSON and CSV both write it.

use graph::{Flow, Model, Process, Side, Story};
use serde::Serialize;

/// The process that has an end of a flow; all is empty where it is not known.
#[derive(Default, Serialize)]
pub(super) struct OwnerLine {
    process: Option<String>,
    pid: Option<u32>,
    user: Option<String>,
    parent: Option<String>,
    process_end: Option<&'static str>,
    process_known: Option<&'static str>,
}

impl OwnerLine {
    /// The fields in their order.
    pub(super) const NAMES: [&'static str; 6] = ["process", "pid", "user", "parent", "process_end", "process_known"];

    pub(super) fn new(flow: &Flow, model: &Model) -> Self {
        let told = |(story, process): (Story, &Process)| OwnerLine::of(flow, model, &story, process);
        story(flow, model).map(told).unwrap_or_default()
    }

    fn of(flow: &Flow, model: &Model, story: &Story, process: &Process) -> Self {
        OwnerLine {
            process: Some(process.image.title().to_owned()).filter(|title| !title.is_empty()),
            pid: Some(process.key.process.pid),
            user: process.user.map(|user| model.user_name(process.key.realm, user).to_string()),
            parent: story.lineage.get(1).cloned(),
            process_end: Some(end(flow, story.side)),
            process_known: Some(story.how.label()),
        }
    }
}

/// The same and more of it, for JSON.
#[derive(Serialize)]
pub(super) struct OwnerDetails {
    #[serde(flatten)]
    line: OwnerLine,
    start_ns: u64,
    exe: Option<String>,
    container: Option<String>,
    lineage: Vec<String>,
}

impl OwnerDetails {
    /// None where the process is not known.
    pub(super) fn new(flow: &Flow, model: &Model) -> Option<Self> {
        let (story, process) = story(flow, model)?;
        Some(OwnerDetails {
            line: OwnerLine::of(flow, model, &story, process),
            start_ns: process.key.process.start_ns,
            exe: process.image.exe.as_deref().ok().map(str::to_owned),
            container: process.image.container.as_ref().map(ToString::to_string),
            lineage: story.lineage,
        })
    }
}

fn story<'a>(flow: &Flow, model: &'a Model) -> Option<(Story, &'a Process)> {
    let story = model.story(flow)?;
    let process = model.process(story.process)?;
    Some((story, process))
}

/// The end by the name that it has in the line.
fn end(flow: &Flow, side: Side) -> &'static str {
    if side == flow.initiator.side { "src" } else { "dst" }
}
