//! The window, as a user has it: a display of its own, keys and clicks, and what is left on disk afterwards.

use std::io::Write;
use std::net::Ipv4Addr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tests::desk::{ACCENT, Desk, NEEDS, PATIENCE, Window, nine_hosts, until, within};
use tests::run::run;
use tests::scratch::Scratch;
use tests::{Need, able, ggprobe, glouglou};

/// The colour of the light background.
const PAPER: [u8; 3] = [0xF7, 0xF9, 0xFC];

/// Where the column of addresses is on a screen of the usual size, and the first row.
const ADDRESSES: (u32, u32) = (290, 134);
const FIRST_ROW: (u32, u32) = (290, 164);

#[test]
fn a_recording_is_looked_at_and_everything_is_back_next_time() {
    if !able(&NEEDS) {
        return;
    }
    let desk = Desk::set_up();
    let file: PathBuf = desk.home.path("nine.pcap");
    nine_hosts(&file);

    let window = desk.open(&[]);
    until("the start screen", || window.title() == "glouglou");
    open_by_path(&window, &file);

    window.key("2");
    until("the table", || desk.settings().contains("view = \"hosts\""));
    window.click(ADDRESSES.0, ADDRESSES.1);
    until("the order", || desk.settings().contains("sort = \"ip\""));
    window.click(FIRST_ROW.0, FIRST_ROW.1);
    let row = window.copied("the first row", |text| text.lines().count() == 2);
    assert!(row.starts_with("Name\tAddress\tRate\t") && row.contains("\t10.0.0.1\t"), "{row}");

    assert_eq!(window.points("800x600+20+150", ACCENT), 0);
    window.key("Return");
    until("the selected host in the graph", || window.points("800x600+20+150", ACCENT) > 20);

    window.key("t");
    window.key("t");
    until("the light theme", || desk.settings().contains("theme = \"light\"") && window.points("800x600+20+80", PAPER) > 100_000);
    desk.ask("xdotool", &["windowsize", &window.id, "1300", "820"]);
    until("the new size", || desk.settings().contains("size = [1300.0, 820.0]"));
    let took = window.quit();
    assert!(took < Duration::from_secs(3), "closing took {took:?}");

    let window = desk.open(&[]);
    until("the size of last time", || window.size() == "1300x820");
    until("the theme of last time", || window.points("600x500+450+80", PAPER) > 50_000);
    open_by_path(&window, &file);
    until("the recent file", || desk.settings().contains("nine.pcap"));
    window.key("2");
    until("the table", || desk.settings().contains("view = \"hosts\""));
    window.click(FIRST_ROW.0, FIRST_ROW.1);
    window.copied("the order of last time", |text| text.contains("\t10.0.0.1\t") && text.lines().count() == 2);
    window.quit();
}

/// In the tree: what folds the first row, and the second row.
const FIRST_ARROW: (u32, u32) = (25, 151);
const SECOND_ROW: (u32, u32) = (290, 178);

#[test]
fn a_process_is_found_in_the_tree_and_followed_to_the_graph_and_back() {
    if !able(&NEEDS) {
        return;
    }
    let desk = Desk::set_up();
    let window = desk.open(&["--demo", "--view", "processes"]);
    window.all_rows("the whole tree", |rows| rows.contains("cupsd") && rows.contains("gnome-shell"));

    // What stays of the tree with a filter: the process, and what it comes from.
    window.key("slash");
    window.write("cupsd");
    window.key("Return");
    window.all_rows("the filtered tree", |rows| rows.lines().count() == 3 && rows.contains("cupsd"));
    window.click(FIRST_ARROW.0, FIRST_ARROW.1);
    window.all_rows("a folded branch", |rows| rows.lines().count() == 2 && !rows.contains("cupsd"));
    window.click(FIRST_ARROW.0, FIRST_ARROW.1);
    window.all_rows("the branch again", |rows| rows.lines().count() == 3);

    // The layout stands still, so that a process is where it was found.
    window.key("1");
    until("the graph", || desk.settings().contains("view = \"graph\"") && desk.settings().contains("mode = \"hosts\""));
    window.key("l");
    window.key("5");
    until("the tree", || desk.settings().contains("view = \"tree\""));
    window.click(SECOND_ROW.0, SECOND_ROW.1);
    window.copied("the process", |text| text.lines().count() == 2 && text.contains("cupsd"));
    window.key("Return");
    until("the graph of processes", || desk.settings().contains("view = \"graph\"") && desk.settings().contains("mode = \"mixed\""));
    // A machine that draws too slowly takes two clicks for two: then again, as anybody would.
    until("the tree again", || {
        let (x, y) = selected(&window);
        window.double_click(x, y);
        within(Duration::from_secs(5), || desk.settings().contains("view = \"tree\""))
    });
    window.copied("the same process", |text| text.lines().count() == 2 && text.contains("cupsd"));
    window.all_rows("a tree without a filter", |rows| rows.contains("gnome-shell"));

    // By its key the graph is of hosts again, and that is remembered.
    window.key("1");
    until("the graph", || desk.settings().contains("view = \"graph\""));
    window.key("h");
    until("the graph of hosts", || desk.settings().contains("mode = \"hosts\""));
    window.quit();
}

/// Where what is selected in the graph is, once it stands still in the middle; the map of all there is, in a corner, is left out.
fn selected(window: &Window<'_>) -> (u32, u32) {
    let mut before = None;
    until("the selected process in the graph", || {
        let (n, now) = window.middle((720, 440, 20, 90), ACCENT);
        let now = now.filter(|_| n > 20);
        let middle = |(x, y): &(u32, u32)| (430..510).contains(x) && (320..430).contains(y);
        std::mem::replace(&mut before, now) == now && now.as_ref().is_some_and(middle)
    });
    before.unwrap()
}

/// Types a path into the field for it. What is typed before the window listens is lost, as it is for a hasty user: then again.
fn open_by_path(window: &Window<'_>, file: &Path) {
    let open = || window.title() == "nine.pcap — glouglou";
    until("the recording", || {
        window.key("ctrl+l");
        window.key("ctrl+a");
        window.write(&file.display().to_string());
        window.key("Return");
        within(Duration::from_secs(3), open)
    });
}

/// In the dialog that adds a probe: its first field and its middle, the way to this machine, the button that copies the line, the light, and what closes it.
const NAME: &str = "400x20+450+350";
const NAMED: (u32, u32) = (640, 360);
const PLACE: (u32, u32) = (640, 421);
const COPY: (u32, u32) = (456, 405);
const LIGHT: &str = "24x24+388+440";
/// In the view of probes: the light of the first one.
const FIRST_LIGHT: &str = "24x24+29+124";
/// What forgets it, and the answer to the question whether it shall.
const FORGET: (u32, u32) = (1240, 136);
const FORGET_IT: (u32, u32) = (575, 170);
const QUESTION: &str = "70x24+540+158";
/// The colours of a field, of who is awaited, and of who is here.
const FIELD: [u8; 3] = [0x1B, 0x24, 0x31];
const FAINT: [u8; 3] = [0x5B, 0x6A, 0x7E];
const GOOD: [u8; 3] = [0x52, 0xCC, 0x93];

/// A UDP port of loopback that nobody has.
fn free_port() -> u16 {
    std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// Adds a probe called attic from the start screen. Returns the line for the other machine, as it was copied.
fn add_attic(desk: &Desk, window: &Window<'_>, port: u16) -> String {
    let keys = desk.home.path("config/glouglou/keys");
    let added =
        || std::fs::read_dir(&keys).is_ok_and(|files| files.flatten().any(|file| file.path().extension().is_some_and(|x| x == "probe")));
    // What is typed before the window listens is lost, as it is for a hasty user: then again.
    until("the dialog", || {
        window.key("a");
        within(Duration::from_secs(3), || window.points(NAME, FIELD) > 4_000)
    });
    until("an added probe", || {
        window.click(NAMED.0, NAMED.1);
        window.key("ctrl+a");
        window.write("attic");
        window.click(PLACE.0, PLACE.1);
        window.key("ctrl+a");
        window.write(&format!("127.0.0.1:{port}"));
        window.key("Return");
        within(Duration::from_secs(3), added)
    });
    let mut line = String::new();
    until("the line", || {
        window.click(COPY.0, COPY.1);
        line = window.clipboard();
        line.contains("gg3:")
    });
    assert!(line.starts_with(" echo gg3:") && line.ends_with(" | sudo ggprobe join") && line.lines().count() == 1, "{line:?}");
    line
}

/// Where a window shall listen, kept from last time.
fn listens_at(desk: &Desk, port: u16) {
    std::fs::create_dir_all(desk.home.path("config/glouglou")).unwrap();
    let settings = format!("theme = \"dark\"\nlisten_at = \"127.0.0.1:{port}\"\n");
    std::fs::write(desk.home.path("config/glouglou/settings.toml"), settings).unwrap();
}

#[test]
fn a_probe_is_added_and_awaited_and_forgotten() {
    if !able(&NEEDS) {
        return;
    }
    let (desk, port) = (Desk::set_up(), free_port());
    listens_at(&desk, port);
    let window = desk.open(&[]);
    until("the start screen", || window.title() == "glouglou");
    add_attic(&desk, &window, port);
    until("a window that listens", || window.title() == "probes — glouglou");
    assert!(std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_err(), "it listens");
    until("whom it waits for", || window.points(LIGHT, FAINT) > 50);
    window.key("Escape");
    window.key("6");
    until("the view of probes", || desk.settings().contains("view = \"probes\""));
    until("who is awaited", || window.points(FIRST_LIGHT, FAINT) > 30);
    assert_eq!(window.points(FIRST_LIGHT, GOOD), 0);
    assert!(desk.settings().contains("listen = true"));

    // It is asked once.
    let keys = || std::fs::read_dir(desk.home.path("config/glouglou/keys")).unwrap().flatten().map(|file| file.path());
    let kept = || keys().any(|path| path.extension().is_some_and(|x| x == "probe"));
    until("a question", || {
        window.click(FORGET.0, FORGET.1);
        window.points(QUESTION, FIELD) > 500
    });
    assert!(kept(), "nothing is forgotten before it is answered");
    window.click(FORGET_IT.0, FORGET_IT.1);
    until("a forgotten key", || !kept());
    until("nobody", || window.points(FIRST_LIGHT, FAINT) == 0);
    window.quit();
}

#[test]
fn the_line_that_is_pasted_turns_the_light_green_and_shows_the_token_to_nobody() {
    if !able(&[NEEDS[0], NEEDS[1], NEEDS[2], NEEDS[3], Need::Root, Need::Program("sh")]) {
        return;
    }
    let (desk, port) = (Desk::set_up(), free_port());
    listens_at(&desk, port);
    let window = desk.open(&[]);
    until("the start screen", || window.title() == "glouglou");
    let line = add_attic(&desk, &window, port);
    until("whom it waits for", || window.points(LIGHT, FAINT) > 50);

    // There is no other machine, and nobody to ask for a password.
    let sudo = desk.home.path("sudo");
    let script = "#!/bin/sh\nshift\nexec \"$GGPROBE\" \"$@\" --key \"$KEY\" --no-proc -i lo\n";
    std::fs::write(&sudo, script).unwrap();
    std::fs::set_permissions(&sudo, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", desk.home.path("").display(), std::env::var("PATH").unwrap_or_default());
    let mut shell = Command::new("sh");
    shell.env("PATH", path).env("GGPROBE", ggprobe()).env("KEY", desk.home.path("probe.key")).env_remove("SUDO_UID");
    let mut shell = shell.stdin(Stdio::piped()).stderr(Stdio::null()).process_group(0).spawn().unwrap();
    shell.stdin.take().unwrap().write_all(format!("{line}\n").as_bytes()).unwrap();
    let shell = Group(shell);

    until("a green light", || window.points(LIGHT, GOOD) > 50);
    let token = line.split(' ').find(|word| word.starts_with("gg3:")).unwrap();
    let arguments = std::fs::read_dir("/proc").unwrap().flatten().filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    assert!(!arguments.into_iter().any(|bytes| String::from_utf8_lossy(&bytes).contains(token)), "it is nobody's argument");
    window.key("Escape");
    window.key("6");
    until("a probe that is here", || window.points(FIRST_LIGHT, GOOD) > 30);
    drop(shell);
    window.quit();
}

/// A shell and all that it started.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        let group = nix::unistd::Pid::from_raw(i32::try_from(self.0.id()).unwrap());
        let _gone_already = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL);
        let _ = self.0.wait();
    }
}

#[test]
fn without_a_display_one_line_says_what_to_do() {
    let home = Scratch::new();
    let mut command = Command::new(glouglou());
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET").env("XDG_CONFIG_HOME", home.path(""));
    let ran = run(&mut command, PATIENCE);
    assert_eq!(ran.status.and_then(|s| s.code()), Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("DISPLAY") && ran.stderr.contains("glouglou table -i"), "{}", ran.stderr);
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);

    let ran = run(command.env("DISPLAY", ":4321"), PATIENCE);
    assert_eq!(ran.status.and_then(|s| s.code()), Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains(":4321") && !ran.stderr.contains("panicked"), "{}", ran.stderr);
}

#[test]
fn a_picture_is_taken_and_the_window_closes() {
    if !able(&NEEDS) {
        return;
    }
    let desk = Desk::set_up();
    let picture = desk.home.path("demo.png");
    let mut command = desk.command(glouglou());
    let ran = run(command.args(["--demo", "--after", "1", "--picture"]).arg(&picture), PATIENCE);
    assert!(ran.status.is_some_and(|s| s.success()), "{}", ran.stderr);
    let png = std::fs::read(&picture).unwrap();
    assert!(png.starts_with(b"\x89PNG") && png.len() > 20_000, "{} bytes", png.len());
}
