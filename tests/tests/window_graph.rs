//! The graph in the hands of a user: a display of its own, a mouse and keys.

use tests::able;
use tests::desk::{ACCENT, Desk, NEEDS, Window, nine_hosts, until};

/// The graph, without its tools and what is said in its corners: width, height, left, top.
const GRAPH: (u32, u32, u32, u32) = (1100, 600, 60, 110);
/// Its upper left corner, in which it says what is found, brought out and hidden; and how many of its points are as dark as the ground while it says nothing.
const CORNER: &str = "90x30+16+66";
const SILENT: usize = 90 * 30;
/// A point of the ground, beside everything.
const NOTHING: (u32, u32) = (30, 400);
/// The colour of the ground.
const GROUND: [u8; 3] = [0x0E, 0x13, 0x1B];
/// The colour of the ground within a box that selects.
const BOX: [u8; 3] = [0x19, 0x25, 0x37];
/// The colour of a menu.
const MENU: [u8; 3] = [0x13, 0x1A, 0x24];

/// A window on nine hosts, one of whom talks to all others, and does not move any more.
fn open(desk: &Desk) -> Window<'_> {
    let file = desk.home.path("nine.pcap");
    nine_hosts(&file);
    // Nothing glides, and no details push the graph aside.
    let settings = desk.home.path("config/glouglou");
    std::fs::create_dir_all(&settings).unwrap();
    std::fs::write(settings.join("settings.toml"), "version = 1\nreduced_motion = true\ndetails_open = false\n").unwrap();
    let window = desk.open(&["-r", file.to_str().unwrap(), "--view", "graph"]);
    until("the recording", || window.title() == "nine.pcap — glouglou");
    // What is pressed before the window listens is lost, as it is for a hasty user: then again.
    until("a selected host", || {
        window.key("Home");
        ring(&window).is_some()
    });
    settle(&window);
    window.key("l");
    // All is in view, and the pointer on nothing.
    window.point(NOTHING);
    window.key("0");
    settle(&window);
    window
}

/// Where the ring around what is selected is.
fn ring(window: &Window<'_>) -> Option<(u32, u32)> {
    let (n, middle) = window.middle(GRAPH, ACCENT);
    middle.filter(|_| n > 20)
}

/// Where it is, once it stands still.
fn settle(window: &Window<'_>) -> (u32, u32) {
    let mut before = None;
    until("a ring that stands still", || {
        let now = ring(window);
        std::mem::replace(&mut before, now) == now && now.is_some()
    });
    before.unwrap()
}

fn is_near(a: (u32, u32), b: (u32, u32)) -> bool {
    a.0.abs_diff(b.0) <= 4 && a.1.abs_diff(b.1) <= 4
}

/// Whether the corner says something.
fn says(window: &Window<'_>) -> bool {
    window.points(CORNER, GROUND) < SILENT / 2
}

/// The address of the host that the keyboard is at, from its menu, once it is a wanted one.
fn address(window: &Window<'_>, what: &str, wanted: impl Fn(&str) -> bool) -> String {
    let is_open = || window.middle(GRAPH, MENU).0 > 10_000;
    window.key("Menu");
    until("its menu", is_open);
    window.key("Return");
    until("no menu", || !is_open());
    let mut text = String::new();
    until(what, || {
        text = window.clipboard();
        wanted(&text)
    });
    text
}

/// A host in the middle of eight others is dragged, comes back, and goes again; what was done is what the screen shows.
#[test]
fn a_host_is_dragged_and_pinned_and_that_is_taken_back_and_done_again() {
    if !able(&NEEDS) {
        return;
    }
    let desk = Desk::set_up();
    let window = open(&desk);
    let from = settle(&window);
    let to = (from.0 + 70, from.1 - 50);
    let is_at = |place| ring(&window).is_some_and(|at| is_near(at, place));
    window.press(from, &["shift"]);
    window.point((from.0 + 35, from.1 - 25));
    until("the host in the hand", || is_at((from.0 + 35, from.1 - 25)));
    window.point(to);
    until("the host in the hand, farther away", || is_at(to));
    window.release(&["shift"]);
    window.point(NOTHING);
    window.key("ctrl+z");
    until("the host where it was", || is_at(from));
    window.key("ctrl+shift+z");
    until("the host where it was put, again", || is_at(to));
    window.quit();
}

#[test]
fn many_are_selected_with_a_box_and_with_a_rope_and_nobody_by_escape() {
    if !able(&NEEDS) {
        return;
    }
    let desk = Desk::set_up();
    let window = open(&desk);
    let rings = || window.middle(GRAPH, ACCENT).0;
    let one = rings();
    window.press((70, 120), &["shift"]);
    window.point((1150, 700));
    until("the box", || window.middle(GRAPH, BOX).0 > 100_000);
    window.release(&["shift"]);
    until("nine rings", || (6 * one..12 * one).contains(&rings()));
    until("how many they are", || says(&window));
    window.key("Escape");
    until("no ring", || rings() == 0);
    until("nothing more to say", || !says(&window));

    // A rope that is pulled across what is above the middle holds some, not all.
    window.key("Home");
    let (x, y) = settle(&window);
    window.key("Escape");
    until("no ring", || rings() == 0);
    let held = ["ctrl", "shift"];
    window.press((70, y - 20), &held);
    for at in [(70, 120), (1150, 120), (1150, y - 20), (x, y - 30)] {
        let ground = || window.middle(GRAPH, GROUND).0;
        let before = ground();
        window.point(at);
        until("more of the rope", || ground() != before);
    }
    window.release(&held);
    until("some rings", || (2 * one..6 * one).contains(&rings()));
    window.quit();
}

#[test]
fn a_host_is_found_brought_out_hidden_and_back() {
    if !able(&NEEDS) {
        return;
    }
    let desk = Desk::set_up();
    let window = open(&desk);
    let hub = settle(&window);
    window.key("Escape");
    window.key("ctrl+f");
    until("the field", || says(&window));
    window.write("0.0.3");
    window.key("Return");
    until("the host that was found", || ring(&window).is_some_and(|at| !is_near(at, hub)));
    window.key("Escape");
    until("no field", || !says(&window));
    assert_eq!(address(&window, "its address", |text| text.starts_with("10.0.0.")), "10.0.0.3");

    // With its neighbour alone it stands nearer; all others are dim.
    let before = settle(&window);
    window.key("f");
    until("what is brought out", || says(&window) && ring(&window).is_some_and(|at| !is_near(at, before)));
    window.key("Escape");
    until("all, as before", || !says(&window) && ring(&window).is_some_and(|at| is_near(at, before)));

    // The one in the middle goes, and comes back.
    window.key("Home");
    let at = settle(&window);
    let place = format!("9x9+{}+{}", at.0 - 4, at.1 - 4);
    window.key("x");
    until("nobody in the middle", || window.points(&place, GROUND) == 81 && says(&window));
    window.key("ctrl+z");
    until("nobody hidden", || !says(&window));
    window.key("Home");
    settle(&window);
    assert_eq!(address(&window, "its address", |text| text != "10.0.0.3"), "10.0.0.9");
    window.quit();
}

#[test]
fn the_keyboard_alone_walks_from_host_to_host() {
    if !able(&NEEDS) {
        return;
    }
    let desk = Desk::set_up();
    let window = open(&desk);
    let hub = address(&window, "the address in the middle", |text| text.starts_with("10.0.0."));
    assert_eq!(hub, "10.0.0.9");
    let mut met = Vec::new();
    for (there, back) in [("Right", "Left"), ("Down", "Up"), ("Left", "Right"), ("Up", "Down")] {
        window.key(there);
        let other = address(&window, "a neighbour", |text| text != hub);
        assert!(other.starts_with("10.0.0.") && !met.contains(&other), "{other} is {there} of the middle, and so are {met:?}");
        met.push(other);
        window.key(back);
        address(&window, "the middle", |text| text == hub);
    }
    // Nothing was selected by walking; Enter does that, and the details follow.
    window.key("Right");
    let other = address(&window, "a neighbour", |text| text != hub);
    let before = settle(&window);
    window.key("Return");
    until("a ring around the neighbour", || ring(&window).is_some_and(|at| !is_near(at, before)));
    assert_eq!(other, met[0]);
    window.quit();
}

/// The colour of a group's name, and of the rim of one that is closed.
const GROUP: [u8; 3] = [0xB9, 0xC4, 0xF0];
/// The graph with what is above it: names of groups stand there.
const WHOLE: (u32, u32, u32, u32) = (900, 640, 60, 60);

#[test]
fn a_group_is_closed_by_its_name_and_opened_by_a_double_click() {
    if !able(&NEEDS) {
        return;
    }
    let desk = Desk::set_up();
    let window = open(&desk);
    window.key("Escape");
    until("no ring", || ring(&window).is_none());
    // The layout moves again: nine hosts of one subnet gather in a disc with its name.
    window.key("l");
    window.key("g");
    let name = || window.middle(WHOLE, GROUP);
    let mut before = None;
    until("a name that stands still", || {
        let now = name();
        std::mem::replace(&mut before, now.1) == now.1 && now.0 > 2
    });
    let (x, y) = before.unwrap();
    window.click(x, y);
    window.point(NOTHING);
    let at = settle(&window);
    until("one node with a ring, and no disc", || is_near(settle(&window), at));
    let closed = window.middle(GRAPH, ACCENT).0;
    window.double_click(at.0, at.1);
    window.point(NOTHING);
    until("its members", || window.middle(GRAPH, ACCENT).0 < closed && name().0 > 2);
    window.key("ctrl+z");
    until("closed again", || ring(&window).is_some() || name().0 == 0);
    window.quit();
}
