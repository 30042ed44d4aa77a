//! What the user can do: every button, menu entry and key says one of these, and nothing else changes the state.

use std::path::PathBuf;

use capture::Notice;
use egui::ThemePreference;
use graph::{Subject, Table};

use super::mode::{Colouring, Mode};
use super::query::Narrow;
use super::saving::Wanted;
use super::sources::Chosen;
use super::{Overlay, Speed, table};
use crate::others::Spec;
use crate::pipeline::Way;
use crate::view::graph::{GraphAction, Way as Direction};

/// What the middle of the window shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// The graph.
    #[default]
    Graph,
    /// The tree of processes.
    Processes,
    /// A table.
    Table(Table),
    /// The probes of other machines.
    Probes,
}

/// Something to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Open {
    /// A recording.
    File(PathBuf),
    /// A network interface.
    Interface(String),
    /// The demo.
    Demo,
    /// Probes that come.
    Listen(std::net::SocketAddr),
    /// A probe that listens: where, and the file of the key that it gave.
    Connect(String, PathBuf),
    /// What other sources than packets tell of this machine.
    Machine,
}

/// What the graph can be told from outside of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GraphCommand {
    /// Everything comes into view.
    Fit,
    /// The layout stops, or goes on.
    Freeze,
    /// Closer.
    ZoomIn,
    /// Farther.
    ZoomOut,
    /// The other layout.
    NextLayout,
    /// Groups by what they were by last, or none.
    ToggleGroups,
    /// Only what is selected and its neighbours stand out; again, those that are farther away too.
    Focus,
    /// Neighbours that are less far away stand out.
    Narrow,
    /// The shortest way between the two nodes that are selected stands out.
    Path,
    /// What is selected stays where it is, or no longer.
    Pin,
    /// The next busiest node is selected.
    Next,
    /// The busiest node is selected.
    Busiest,
    /// All that is in view is selected.
    SelectAll,
    /// The keyboard goes to the next node in a direction.
    Walk(Direction),
    /// The node that the keyboard is at is selected; if it was, it stands out with its neighbours.
    Open,
    /// The node that the keyboard is at is selected too, or no longer.
    Add,
    /// The menu of the node that the keyboard is at.
    Menu,
    /// What is selected does not show any more.
    Hide,
    /// What was done last is taken back.
    Undo,
    /// What was taken back is done again.
    Redo,
    /// What was seen before is seen again.
    Back,
    /// What was seen before one came back.
    Forward,
    /// How long things take is shown, or no longer.
    Times,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Asks the desktop for a file.
    ChooseFile,
    /// The keyboard goes to the path field.
    FocusPath,
    /// Opens a source.
    Open(Open),
    /// Goes back to the start screen.
    Back,
    /// Stands still, or goes on.
    TogglePause,
    /// While it stands still: one step.
    Step,
    /// Begins again.
    Restart,
    /// One speed lower.
    Slower,
    /// One speed higher.
    Faster,
    /// Another speed.
    SetSpeed(Speed),
    /// Another capture filter; empty for none.
    SetFilter(String),
    /// The keyboard goes to the capture filter.
    FocusFilter,
    /// Switches one of the sources beside the main one on or off.
    SwitchSource {
        /// Which.
        spec: Spec,
        /// Whether on.
        on: bool,
    },
    /// Hears another source beside the main one, from now on and next time.
    AddSource {
        /// Which.
        spec: Spec,
        /// Whether only where it could be heard now.
        checked: bool,
    },
    /// One of them is not heard any more, nor next time.
    RemoveSource(Spec),
    /// Asks the desktop for a file, or a folder, of the source that is being added.
    ChooseSource(Chosen),
    /// Countries and owners of networks are looked up in databases there, too.
    AddDatabases(PathBuf),
    /// They are looked up there no more.
    RemoveDatabases(PathBuf),
    /// Switches a computation on or off.
    Compute {
        /// Its name.
        name: &'static str,
        /// Whether on.
        on: bool,
    },
    /// A computation forgets what it remembers.
    ForgetComputed(&'static str),
    /// Only what has that value, or has it not, is shown of what is shown now.
    Narrow(Narrow),
    /// Another filter of what is shown; empty for none.
    SetQuery(String),
    /// Shows the graph or a table.
    Show(View),
    /// The keyboard goes to what finds nodes in the graph; where there is none, to the filter.
    Find,
    /// The keyboard goes to the filter of what is shown.
    Filter,
    /// Selects something, or nothing.
    Select(Option<Subject>),
    /// Selects something and shows its table.
    ShowInTable(Subject),
    /// Shows the flows of a host, a link or a service.
    FlowsOf(Subject),
    /// Selects something and shows where it is.
    ShowInGraph(Subject),
    /// The graph is made of something else.
    SetMode(Mode),
    /// Hosts in the graph, or processes and hosts.
    NextMode,
    /// As many nodes are drawn in the graph before the quietest fold.
    SetBudget(usize),
    /// Colours stand for users, for containers, or for probes.
    NextColouring,
    /// Colours stand for that.
    SetColouring(Colouring),
    /// Opens or closes the details.
    ToggleDetails,
    /// Opens or closes an overlay.
    Toggle(Overlay),
    /// The topmost overlay closes; else the selection goes.
    Cancel,
    /// Another theme.
    Theme(ThemePreference),
    /// The next theme: dark, light, the desktop's.
    NextTheme,
    /// Larger text.
    TextLarger,
    /// Smaller text.
    TextSmaller,
    /// Text of the usual size.
    TextNormal,
    /// All of the screen, or not.
    Fullscreen,
    /// Puts text on the clipboard.
    Copy(String),
    /// Something for the graph.
    Graph(GraphCommand),
    /// Something the graph wants of the layout.
    Layout(GraphAction),
    /// Something for the table.
    Table(table::Command),
    /// Tells the user something.
    Tell(Notice),
    /// A notice goes.
    Dismiss(u64),
    /// A file is no longer a recent one.
    Forget(PathBuf),
    /// Asks the desktop for the file of a probe's key.
    ChooseKey,
    /// Asks the desktop where a picture shall go.
    ChoosePicture,
    /// The graph makes a picture of what it shows.
    SavePicture(Wanted),
    /// A picture is written to a file.
    KeepPicture {
        /// Where.
        path: PathBuf,
        /// The picture.
        svg: String,
    },
    /// Hears probes in that way.
    Hear(Way),
    /// Hears probes in that way no more.
    StopHearing(Way),
    /// Lets another probe come.
    Invite {
        /// What it is called.
        name: String,
        /// How this machine is reached from there.
        place: String,
    },
    /// Passes over what a probe says, or hears it again.
    PauseProbe {
        /// Its number.
        probe_id: u32,
        /// Whether to pass it over.
        paused: bool,
    },
    /// Asks whether a probe shall be forgotten, or no more.
    AskToForget(Option<u32>),
    /// A probe may come no more.
    ForgetProbe(u32),
    /// The program ends.
    Quit,
}
