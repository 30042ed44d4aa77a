//! What the user selected, typed and opened. `view` draws it, and mirrors these files.

pub mod action;
pub mod columns;
pub mod filter;
pub mod graph;
pub mod grouping;
pub mod home;
pub mod interfaces;
pub mod mode;
pub mod notices;
pub mod offers;
pub mod picture;
pub mod probes;
pub mod query;
pub mod saving;
pub mod settings;
pub mod sources;
pub mod start;
pub mod store;
pub mod table;
pub mod times;
pub mod traffic;
pub mod tsv;

use egui::ThemePreference;
use graph::Graph;

pub use action::{Action, View};
pub use filter::Filter;
pub use interfaces::Interfaces;
pub use notices::Notices;
pub use picture::{Picture, Speed};
pub use probes::Probes;
pub use query::QueryBar;
pub use saving::Saving;
pub use settings::Settings;
pub use sources::Sources;
pub use start::Start;
pub use store::Store;
pub use table::Table;
pub use traffic::Traffic;

use self::action::GraphCommand;
use self::mode::Mode;
use crate::pipeline::{Casting, Wanted};
use ::graph::{Folding, Node, Subject};
use layouts::Kind;

/// What lies over everything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlay {
    /// The keys.
    Help,
    /// The settings.
    Settings,
    /// Every notice so far.
    Notices,
    /// What lets another probe come.
    AddProbe,
    /// What dials a probe that listens.
    Connect,
    /// What keeps a picture of the graph.
    SavePicture,
    /// What tells of the traffic, and what is computed of it.
    Sources,
}

/// Which of the two screens is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Screen {
    /// Where a source is chosen.
    #[default]
    Start,
    /// A source.
    Main,
}

/// All of it.
#[derive(Debug, Default)]
pub struct State {
    /// What is kept from run to run.
    pub settings: Settings,
    /// Which screen.
    pub screen: Screen,
    /// The start screen.
    pub start: Start,
    /// The graph.
    pub graph: Graph,
    /// The tables.
    pub table: Table,
    /// The capture filter.
    pub filter: Filter,
    /// The filter of what is shown.
    pub query: QueryBar,
    /// About probes.
    pub probes: Probes,
    /// About what else is heard.
    pub sources: Sources,
    /// A picture that is to be kept.
    pub saving: Saving,
    /// What the user was told.
    pub notices: Notices,
    /// What is selected; in the graph, the tables and the details alike.
    pub selection: Option<Subject>,
    /// What lies over everything else.
    pub overlay: Option<Overlay>,
}

impl State {
    /// What the graph shall show.
    pub fn wanted(&self) -> Wanted {
        let selected = self.selection.and_then(Node::of);
        let graph = &self.graph;
        let casting = (self.settings.mode == Mode::Mixed).then(|| Casting { selected: selected.and_then(Node::process) });
        // What a query groups by, the graph is grouped by.
        let levels = Some(self.query.groups()).filter(|groups| !groups.is_empty()).unwrap_or_else(|| graph.grouping.levels.clone());
        let folding = Folding {
            levels,
            open: graph.grouping.open,
            toggled: graph.grouping.toggled.clone(),
            kept: graph.kept(selected),
            out: graph.find.hosts().chain(selected.filter(|node| node.group().is_none())).collect(),
            hidden: graph.hidden.nodes().clone(),
            hidden_like: graph.hidden.alike().clone(),
            filter: self.query.active().clone(),
            budget: self.settings.node_budget,
            layering: (graph.kind() == Kind::Layers).then_some(graph.layering),
        };
        Wanted { folding, casting }
    }

    /// Does what concerns only what is shown, at `now` (seconds, of egui); what concerns the source or the system comes back.
    pub fn apply(&mut self, action: Action, now: f64) -> Option<Action> {
        let settings = &mut self.settings;
        match action {
            Action::Show(view) => settings.show(view),
            Action::Theme(theme) => settings.theme = theme,
            Action::NextTheme => settings.theme = next_theme(settings.theme),
            Action::TextLarger => settings.resize_text(0.1),
            Action::TextSmaller => settings.resize_text(-0.1),
            Action::TextNormal => settings.text_size = 1.0,
            Action::ToggleDetails => settings.details_open = !settings.details_open,
            Action::Toggle(overlay) => {
                self.overlay = (self.overlay != Some(overlay)).then_some(overlay);
                match self.overlay {
                    Some(Overlay::AddProbe) => self.probes.adding = probes::Adding::begin(),
                    Some(Overlay::SavePicture) => self.saving.begin(),
                    Some(Overlay::Connect) => self.probes.connecting = probes::Connecting::begin(),
                    Some(Overlay::Sources) => self.sources.begin(),
                    _ => {}
                }
            }
            Action::Select(subject) => self.select(subject),
            Action::ShowInTable(subject) => {
                settings.show(match subject {
                    Subject::Process(_) => View::Processes,
                    other => View::Table(table::of(other)),
                });
                self.table.of = matches!(subject, Subject::Link(_) | Subject::Group(_)).then_some(subject);
                self.table.reveal = match subject {
                    Subject::Process(key) => Some(key),
                    _ => None,
                };
                self.select(Some(subject));
            }
            Action::SetMode(mode) => {
                settings.mode = mode;
                self.graph.fit();
            }
            Action::NextMode => {
                settings.mode = settings.mode.other();
                self.graph.fit();
            }
            Action::NextColouring => settings.colouring = settings.colouring.next(settings.mode, self.graph.several),
            Action::SetBudget(budget) => settings.node_budget = budget.clamp(*settings::BUDGETS.start(), *settings::BUDGETS.end()),
            Action::SetColouring(colouring) => settings.colouring = colouring,
            Action::FlowsOf(subject) => {
                settings.show(View::Table(::graph::Table::Flows));
                self.table.of = Some(subject);
            }
            Action::ShowInGraph(subject) => {
                settings.show(View::Graph);
                self.select(Some(subject));
                match subject {
                    Subject::Process(key) => {
                        self.settings.mode = Mode::Mixed;
                        self.graph.centre(Node::Process(key));
                    }
                    other => self.graph.reveal(other),
                }
            }
            Action::Find if settings.view == View::Graph => self.graph.find.open(),
            Action::Find | Action::Filter => {
                if settings.view == View::Probes {
                    settings.show(View::Table(settings.table));
                }
                self.query.focus = true;
            }
            Action::SetQuery(text) => self.query.set(text),
            Action::Narrow(narrow) => {
                self.query.narrow(&narrow);
                self.settings.filters.used(&self.query.text);
            }
            Action::Cancel => self.cancel(),
            Action::FocusPath => self.start.focus_path = true,
            Action::FocusFilter => self.filter.focus = true,
            Action::Tell(notice) => self.notices.push(notice, now),
            Action::Dismiss(id) => self.notices.dismiss(id),
            Action::Graph(command @ (GraphCommand::Back | GraphCommand::Forward)) => {
                if let Some(mode) = self.graph.travel(command == GraphCommand::Forward) {
                    settings.mode = mode;
                }
            }
            Action::Graph(command) => self.graph.command(command),
            Action::Table(command) => self.table.commands.push(command),
            Action::AskToForget(probe) => self.probes.forgetting = probe,
            other => return Some(other),
        }
        None
    }

    fn select(&mut self, subject: Option<Subject>) {
        self.selection = subject;
        self.table.follow(subject);
    }

    /// Escape: the topmost thing goes.
    fn cancel(&mut self) {
        // What is closed first is the form.
        if self.overlay == Some(Overlay::Sources) && self.sources.adding.take().is_some() {
            return;
        }
        if self.overlay.take().is_none() && !(self.settings.view == View::Graph && self.graph.cancel()) {
            self.select(None);
        }
    }

    /// Forgets what belonged to the source before.
    pub fn begin_source(&mut self) {
        self.selection = None;
        self.table = Table::default();
        self.query = QueryBar::default();
        self.graph = Graph::grouped_by(&self.settings.group_by);
    }
}

/// Dark, light, the desktop's, and so on.
fn next_theme(theme: ThemePreference) -> ThemePreference {
    match theme {
        ThemePreference::Dark => ThemePreference::Light,
        ThemePreference::Light => ThemePreference::System,
        ThemePreference::System => ThemePreference::Dark,
    }
}
