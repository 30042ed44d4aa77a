//! Every key, in one table: what is pressed, what the overlay lists and what tooltips end with come from it.

use egui::{Context, Event, Key, KeyboardShortcut, Modifiers};
use graph::Table;

use crate::pipeline::SourceKind;
use crate::state::action::{GraphCommand, View};
use crate::state::table::{Command, Step};
use crate::state::{Action, Overlay, Picture, Screen, State};
use crate::view::graph::Way;

/// Where a key means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Anywhere.
    Anywhere,
    /// On the start screen.
    Start,
    /// Where a source is shown.
    Source,
    /// Where a recording is shown.
    Recording,
    /// In the graph.
    Graph,
    /// In the graph while it has the keyboard, as by Tab.
    Node,
    /// In a table.
    Table,
}

impl Scope {
    /// What stands above its keys in the overlay.
    pub const fn title(self) -> &'static str {
        match self {
            Scope::Anywhere => "Anywhere",
            Scope::Start => "Start",
            Scope::Source => "Traffic",
            Scope::Recording => "Recording",
            Scope::Graph => "Graph",
            Scope::Node => "Graph, reached by Tab",
            Scope::Table => "Table",
        }
    }

    /// All of them, in the order of the overlay, by what is shown.
    pub const GROUPS: [&[Scope]; 3] =
        [&[Scope::Graph, Scope::Node], &[Scope::Source, Scope::Recording, Scope::Anywhere], &[Scope::Table, Scope::Start]];

    fn holds(self, picture: &Picture, state: &State) -> bool {
        let main = state.screen == Screen::Main;
        match self {
            Scope::Anywhere => true,
            Scope::Start => !main,
            Scope::Source => main,
            Scope::Recording => main && picture.kind == SourceKind::File,
            Scope::Graph => main && state.settings.view == View::Graph,
            Scope::Node => Scope::Graph.holds(picture, state) && state.graph.has_keyboard,
            Scope::Table => main && matches!(state.settings.view, View::Processes | View::Table(_)),
        }
    }
}

/// What one key does.
#[derive(Debug)]
pub struct Binding {
    /// What it does.
    pub action: Action,
    /// The keys, any of them; the first is the one that is shown.
    pub keys: &'static [KeyboardShortcut],
    /// What the overlay says.
    pub what: &'static str,
    /// Where.
    pub scope: Scope,
}

const fn key(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

const fn ctrl(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

const fn ctrl_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key)
}

const fn alt(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::ALT, key)
}

const fn shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::SHIFT, key)
}

const fn walk(way: Way) -> Action {
    Action::Graph(GraphCommand::Walk(way))
}

const fn go(step: Step, extend: bool) -> Action {
    Action::Table(Command::Go { step, extend })
}

macro_rules! bindings {
    ($($scope:ident { $($what:literal [$($keys:expr),+] => $action:expr,)+ })+) => {
        &[$($(Binding { action: $action, keys: &[$($keys),+], what: $what, scope: Scope::$scope },)+)+]
    };
}

/// Every key.
pub static BINDINGS: &[Binding] = bindings! {
    Source {
        "Stand still, go on" [key(Key::Space)] => Action::TogglePause,
        "Graph" [key(Key::Num1)] => Action::Show(View::Graph),
        "Hosts" [key(Key::Num2)] => Action::Show(View::Table(Table::Hosts)),
        "Flows" [key(Key::Num3)] => Action::Show(View::Table(Table::Flows)),
        "Services" [key(Key::Num4)] => Action::Show(View::Table(Table::Services)),
        "Processes" [key(Key::Num5)] => Action::Show(View::Processes),
        "Probes" [key(Key::Num6)] => Action::Show(View::Probes),
        "Filter what is shown" [key(Key::Slash)] => Action::Filter,
        "Find nodes of the graph" [ctrl(Key::F)] => Action::Find,
        "Capture filter" [ctrl(Key::L)] => Action::FocusFilter,
        "Details" [key(Key::D)] => Action::ToggleDetails,
        "Back to the start" [ctrl(Key::W)] => Action::Back,
    }
    Start {
        "Type a path" [ctrl(Key::L)] => Action::FocusPath,
    }
    Recording {
        "One step" [key(Key::Period)] => Action::Step,
        "Slower" [key(Key::OpenBracket)] => Action::Slower,
        "Faster" [key(Key::CloseBracket)] => Action::Faster,
        "From the beginning" [ctrl(Key::R)] => Action::Restart,
    }
    Graph {
        "Show all" [key(Key::Num0)] => Action::Graph(GraphCommand::Fit),
        "Closer" [key(Key::Plus), key(Key::Equals)] => Action::Graph(GraphCommand::ZoomIn),
        "Farther" [key(Key::Minus)] => Action::Graph(GraphCommand::ZoomOut),
        "The view before" [alt(Key::ArrowLeft)] => Action::Graph(GraphCommand::Back),
        "The view after" [alt(Key::ArrowRight)] => Action::Graph(GraphCommand::Forward),
        "Hosts, or processes and hosts" [key(Key::H)] => Action::NextMode,
        "Colour by user, container or probe" [key(Key::U)] => Action::NextColouring,
        "How long things take" [key(Key::F12)] => Action::Graph(GraphCommand::Times),
        "Save a picture" [ctrl(Key::S)] => Action::Toggle(Overlay::SavePicture),
        "The next layout" [key(Key::C)] => Action::Graph(GraphCommand::NextLayout),
        "Groups, or none" [key(Key::G)] => Action::Graph(GraphCommand::ToggleGroups),
        "Freeze the layout" [key(Key::L)] => Action::Graph(GraphCommand::Freeze),
        "To the node at the left" [key(Key::ArrowLeft)] => walk(Way::Left),
        "To the node at the right" [key(Key::ArrowRight)] => walk(Way::Right),
        "To the node above" [key(Key::ArrowUp)] => walk(Way::Up),
        "To the node below" [key(Key::ArrowDown)] => walk(Way::Down),
        "Select the node; again: its neighbours" [key(Key::Enter)] => Action::Graph(GraphCommand::Open),
        "The menu of the node" [key(Key::Menu), shift(Key::F10)] => Action::Graph(GraphCommand::Menu),
        "Busiest" [key(Key::Home)] => Action::Graph(GraphCommand::Busiest),
        "Next busiest" [key(Key::N)] => Action::Graph(GraphCommand::Next),
        "Select all in view" [ctrl(Key::A)] => Action::Graph(GraphCommand::SelectAll),
        "Neighbours of the selection, and theirs" [key(Key::F)] => Action::Graph(GraphCommand::Focus),
        "Neighbours that are nearer" [shift(Key::F)] => Action::Graph(GraphCommand::Narrow),
        "Path between the two that are selected" [key(Key::B)] => Action::Graph(GraphCommand::Path),
        "Pin the selection, or let it move" [key(Key::P)] => Action::Graph(GraphCommand::Pin),
        "Hide the selection" [key(Key::X), key(Key::Delete)] => Action::Graph(GraphCommand::Hide),
        "Undo" [ctrl(Key::Z)] => Action::Graph(GraphCommand::Undo),
        "Redo" [ctrl_shift(Key::Z), ctrl(Key::Y)] => Action::Graph(GraphCommand::Redo),
    }
    Node {
        "Select the node too, or no longer" [key(Key::Space)] => Action::Graph(GraphCommand::Add),
    }
    Table {
        "Up" [key(Key::ArrowUp)] => go(Step::Up, false),
        "Down" [key(Key::ArrowDown)] => go(Step::Down, false),
        "A screen up" [key(Key::PageUp)] => go(Step::PageUp, false),
        "A screen down" [key(Key::PageDown)] => go(Step::PageDown, false),
        "Fold a branch away" [key(Key::ArrowLeft)] => Action::Table(Command::Fold(true)),
        "Show a branch" [key(Key::ArrowRight)] => Action::Table(Command::Fold(false)),
        "First row" [key(Key::Home)] => go(Step::Home, false),
        "Last row" [key(Key::End)] => go(Step::End, false),
        "Up, and select" [shift(Key::ArrowUp)] => go(Step::Up, true),
        "Down, and select" [shift(Key::ArrowDown)] => go(Step::Down, true),
        "A screen up, and select" [shift(Key::PageUp)] => go(Step::PageUp, true),
        "A screen down, and select" [shift(Key::PageDown)] => go(Step::PageDown, true),
        "To the first, and select" [shift(Key::Home)] => go(Step::Home, true),
        "To the last, and select" [shift(Key::End)] => go(Step::End, true),
        "Show in the graph" [key(Key::Enter)] => Action::Table(Command::Open),
        "The menu of the row" [key(Key::Menu), shift(Key::F10)] => Action::Table(Command::Menu),
        "Select all rows" [ctrl(Key::A)] => Action::Table(Command::SelectAll),
        "Copy the selected rows" [ctrl(Key::C)] => Action::Table(Command::Copy),
    }
    Anywhere {
        "Keys" [key(Key::Questionmark), key(Key::F1)] => Action::Toggle(Overlay::Help),
        "Open a capture" [ctrl(Key::O)] => Action::ChooseFile,
        "Add a probe" [key(Key::A)] => Action::Toggle(Overlay::AddProbe),
        "Connect to a probe" [ctrl(Key::K)] => Action::Toggle(Overlay::Connect),
        "Sources and computations" [ctrl(Key::I)] => Action::Toggle(Overlay::Sources),
        "Settings" [ctrl(Key::Comma)] => Action::Toggle(Overlay::Settings),
        "Notices" [key(Key::M)] => Action::Toggle(Overlay::Notices),
        "Dark, light, the desktop's" [key(Key::T)] => Action::NextTheme,
        "Larger text" [ctrl(Key::Plus), ctrl(Key::Equals)] => Action::TextLarger,
        "Smaller text" [ctrl(Key::Minus)] => Action::TextSmaller,
        "Usual text" [ctrl(Key::Num0)] => Action::TextNormal,
        "Full screen" [key(Key::F11)] => Action::Fullscreen,
        "Close, select nothing" [key(Key::Escape)] => Action::Cancel,
        "Quit" [ctrl(Key::Q)] => Action::Quit,
    }
};

/// What the pointer does in the graph: what it is, and how.
pub static GESTURES: &[(&str, &str)] = &[
    ("Select one more, or one less", "Ctrl+click"),
    ("Select with a box", "Shift+drag"),
    ("Select with a rope", "Alt+drag"),
    ("Move what is selected", "drag a node"),
    ("Put it, and pin it", "Shift+drag a node"),
    ("Neighbours, or the group", "double click"),
];

/// What was pressed since the last frame and means something here.
pub fn pressed(ctx: &Context, picture: &Picture, state: &State) -> Vec<Action> {
    let typing = ctx.text_edit_focused();
    let on_widget = ctx.egui_wants_keyboard_input() && !Scope::Node.holds(picture, state);
    let popup = egui::Popup::is_any_open(ctx);
    let taken = |shortcut: &KeyboardShortcut| {
        let moves = matches!(
            shortcut.logical_key,
            Key::Space
                | Key::Enter
                | Key::ArrowUp
                | Key::ArrowDown
                | Key::ArrowLeft
                | Key::ArrowRight
                | Key::Home
                | Key::End
                | Key::PageUp
                | Key::PageDown
        );
        // Who has the keyboard has a menu, too.
        let of_widget = moves || matches!(shortcut.logical_key, Key::Menu | Key::F10);
        let edits = matches!(shortcut.logical_key, Key::A | Key::C | Key::Z | Key::Y);
        let function = matches!(shortcut.logical_key, Key::F1 | Key::F10 | Key::F11 | Key::F12);
        (typing && !function && (!shortcut.modifiers.command || edits))
            || (on_widget && of_widget && !shortcut.modifiers.command)
            || (shortcut.logical_key == Key::Escape && (popup || typing))
    };
    let here = BINDINGS.iter().filter(|b| b.scope.holds(picture, state)).flat_map(|b| b.keys.iter().map(move |k| (b, k)));
    // Egui takes a key with Shift or Alt for the same key without: those that want it go first. So do the keys of a node.
    let mut free: Vec<_> = here.filter(|(_, shortcut)| !taken(shortcut)).collect();
    free.sort_by_key(|(binding, shortcut)| (binding.scope != Scope::Node, !(shortcut.modifiers.shift || shortcut.modifiers.alt)));
    let times = |(binding, shortcut): (&Binding, &KeyboardShortcut)| std::iter::repeat_n(binding.action.clone(), consume(ctx, shortcut));
    free.into_iter().flat_map(times).collect()
}

/// Whether the keyboard goes to a field: what comes after it is text ([`super::ordered`]).
pub(super) const fn leads_to_field(action: &Action) -> bool {
    matches!(
        action,
        Action::FocusPath
            | Action::FocusFilter
            | Action::Find
            | Action::Filter
            | Action::Toggle(Overlay::AddProbe | Overlay::Connect | Overlay::SavePicture)
    )
}

/// How often a shortcut was pressed; it counts for nobody else then. The desktop's own "copy" arrives as an event of its kind.
fn consume(ctx: &Context, shortcut: &KeyboardShortcut) -> usize {
    ctx.input_mut(|input| {
        let before = input.events.len();
        if *shortcut == ctrl(Key::C) {
            input.events.retain(|e| *e != Event::Copy);
        }
        let copies = before - input.events.len();
        let pressed = input.count_and_consume_key(shortcut.modifiers, shortcut.logical_key);
        if !shortcut.modifiers.command {
            // The letter that the key is was meant for nobody: not for a field that has the keyboard from now on either.
            for _ in 0..pressed {
                let own = input.events.iter().position(|e| matches!(e, Event::Text(text) if is_of(text, shortcut.logical_key)));
                own.map(|at| input.events.remove(at));
            }
        }
        copies + pressed
    })
}

/// Whether a key writes that text.
fn is_of(text: &str, key: Key) -> bool {
    Key::from_name(text) == Some(key) || text.eq_ignore_ascii_case(key.symbol_or_name())
}

/// A shortcut as the user reads it: `Ctrl+O`, `Shift+↑`.
pub fn label(shortcut: &KeyboardShortcut) -> String {
    let Modifiers { alt, shift, command, .. } = shortcut.modifiers;
    let key = match shortcut.logical_key {
        Key::ArrowUp => "↑",
        Key::ArrowDown => "↓",
        Key::ArrowLeft => "←",
        Key::ArrowRight => "→",
        Key::PageUp => "Page up",
        Key::PageDown => "Page down",
        Key::Space => "Space",
        Key::Escape => "Esc",
        Key::Minus => "–",
        other => other.symbol_or_name(),
    };
    let with = |held: bool, name: &'static str| if held { name } else { "" };
    format!("{}{}{}{key}", with(command, "Ctrl+"), with(alt, "Alt+"), with(shift, "Shift+"))
}

/// The key of an action, if it has one.
pub fn key_of(action: &Action) -> Option<String> {
    let binding = BINDINGS.iter().find(|b| b.action == *action)?;
    binding.keys.first().map(label)
}

/// A tooltip: the name of a thing, and the key that does the same.
pub fn hint(name: &str, action: &Action) -> String {
    match key_of(action) {
        Some(key) => format!("{name}  ·  {key}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether two scopes can hold at the same time.
    fn overlap(a: Scope, b: Scope) -> bool {
        let start = (a == Scope::Start) != (b == Scope::Start);
        // Of a node's keys, those that mean something elsewhere mean it only there.
        let views =
            matches!((a, b), (Scope::Graph, Scope::Table) | (Scope::Table, Scope::Graph)) || (a == Scope::Node) != (b == Scope::Node);
        !views && (!start || a == Scope::Anywhere || b == Scope::Anywhere)
    }

    #[test]
    fn no_key_means_two_things() {
        let all: Vec<_> = BINDINGS.iter().flat_map(|b| b.keys.iter().map(move |k| (b, k))).collect();
        for (i, (one, key)) in all.iter().enumerate() {
            for (other, its) in &all[..i] {
                assert!(!(key == its && overlap(one.scope, other.scope)), "{}: {:?} and {:?}", label(key), one.what, other.what);
            }
        }
    }

    #[test]
    fn every_action_stands_once_and_says_what_it_does() {
        for (i, one) in BINDINGS.iter().enumerate() {
            assert!(!one.what.is_empty());
            assert!(BINDINGS[..i].iter().all(|other| other.action != one.action), "{}", one.what);
        }
        assert_eq!(key_of(&Action::ChooseFile).as_deref(), Some("Ctrl+O"));
        assert_eq!(hint("Copy", &Action::Copy(String::new())), "Copy");
    }
}
