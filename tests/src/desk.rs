//! A desk with a window on it, as a user has it: a display that nobody sees, keys and clicks.

use std::io::{BufRead, BufReader};
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use capture::file::PcapWriter;
use graph::Time;
use wire::packet::LinkType;

use crate::run::run;
use crate::scratch::Scratch;
use crate::{Need, glouglou};

/// What a window takes.
pub const NEEDS: [Need; 4] = [Need::Program("Xvfb"), Need::Program("xdotool"), Need::Program("xclip"), Need::Program("import")];
/// What a user would not wait for. Machines that test are slow, and draw without a graphics card.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// The colour of what is selected.
pub const ACCENT: [u8; 3] = [0x6A, 0xA6, 0xFF];

/// A display that nobody sees, and a home of its own.
pub struct Desk {
    server: Child,
    display: String,
    /// Its home.
    pub home: Scratch,
}

impl Desk {
    /// A desk of its own.
    pub fn set_up() -> Desk {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1600x1000x24", "+extension", "GLX", "-nolisten", "tcp", "-noreset"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        assert!(!number.trim().is_empty(), "the display did not start");
        Desk { server, display: format!(":{}", number.trim()), home: Scratch::new() }
    }

    /// A program on it.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env("DISPLAY", &self.display)
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("WAYLAND_SOCKET")
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("HOME", self.home.path(""))
            .env("XDG_CONFIG_HOME", self.home.path("config"));
        command
    }

    /// What a tool of the display says.
    pub fn ask(&self, program: &str, args: &[&str]) -> Vec<u8> {
        run(self.command(program).args(args), PATIENCE).stdout
    }

    /// The settings as they are kept.
    pub fn settings(&self) -> String {
        std::fs::read_to_string(self.home.path("config/glouglou/settings.toml")).unwrap_or_default()
    }

    /// Opens the window, and gives it the keyboard.
    pub fn open(&self, args: &[&str]) -> Window<'_> {
        let child = self.command(glouglou()).args(args).stderr(Stdio::null()).spawn().unwrap();
        let mut window = Window { desk: self, child, id: String::new() };
        until("a window", || {
            let found = self.ask("xdotool", &["search", "--onlyvisible", "--name", "glouglou"]);
            window.id = String::from_utf8_lossy(&found).lines().next().unwrap_or_default().to_owned();
            !window.id.is_empty()
        });
        self.ask("xdotool", &["windowfocus", "--sync", &window.id]);
        window
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _gone_already = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The program under test.
pub struct Window<'a> {
    desk: &'a Desk,
    child: Child,
    /// Its number at the display.
    pub id: String,
}

impl Window<'_> {
    /// Presses keys.
    pub fn key(&self, keys: &str) {
        self.desk.ask("xdotool", &["key", "--window", "0", keys]);
    }

    /// Types.
    pub fn write(&self, text: &str) {
        self.desk.ask("xdotool", &["type", "--delay", "5", text]);
    }

    /// Clicks at a point of the window.
    pub fn click(&self, x: u32, y: u32) {
        self.desk.ask("xdotool", &["mousemove", "--window", &self.id, &x.to_string(), &y.to_string(), "click", "1"]);
    }

    /// Clicks twice at a point of the window.
    pub fn double_click(&self, x: u32, y: u32) {
        let (x, y) = (x.to_string(), y.to_string());
        self.desk.ask("xdotool", &["mousemove", "--window", &self.id, &x, &y, "click", "--repeat", "2", "--delay", "60", "1"]);
    }

    /// The pointer goes to a point of the window.
    pub fn point(&self, (x, y): (u32, u32)) {
        self.desk.ask("xdotool", &["mousemove", "--window", &self.id, &x.to_string(), &y.to_string()]);
    }

    /// Keys and the button go down at a point of the window.
    pub fn press(&self, at: (u32, u32), keys: &[&str]) {
        self.point(at);
        let keys = keys.iter().flat_map(|key| ["keydown", key]);
        self.desk.ask("xdotool", &keys.chain(["mousedown", "1"]).collect::<Vec<_>>());
    }

    /// The button and keys come up again.
    pub fn release(&self, keys: &[&str]) {
        let keys = keys.iter().flat_map(|key| ["keyup", key]);
        self.desk.ask("xdotool", &["mouseup", "1"].into_iter().chain(keys).collect::<Vec<_>>());
    }

    /// The title of the window.
    pub fn title(&self) -> String {
        String::from_utf8_lossy(&self.desk.ask("xdotool", &["getwindowname", &self.id])).trim().to_owned()
    }

    /// Its size, as `1280x800`.
    pub fn size(&self) -> String {
        let text = String::from_utf8_lossy(&self.desk.ask("xdotool", &["getwindowgeometry", &self.id])).into_owned();
        text.lines().find_map(|line| line.trim().strip_prefix("Geometry: ").map(str::to_owned)).unwrap_or_default()
    }

    /// How many points of a part of the window have a colour.
    pub fn points(&self, part: &str, colour: [u8; 3]) -> usize {
        let rgb = self.desk.ask("import", &["-window", &self.id, "-crop", part, "-depth", "8", "rgb:-"]);
        rgb.chunks_exact(3).filter(|point| *point == colour).count()
    }

    /// How many points of a part of the window have a colour, and where their middle is; the part is width, height, left and top.
    pub fn middle(&self, part: (u32, u32, u32, u32), colour: [u8; 3]) -> (u32, Option<(u32, u32)>) {
        let (width, height, left, top) = part;
        let part = format!("{width}x{height}+{left}+{top}");
        let rgb = self.desk.ask("import", &["-window", &self.id, "-crop", &part, "-depth", "8", "rgb:-"]);
        let points = (0_u32..).zip(rgb.chunks_exact(3)).filter(|(_, point)| **point == colour);
        let (mut n, mut x, mut y) = (0, 0, 0);
        for (at, _) in points {
            (n, x, y) = (n + 1, x + left + at % width, y + top + at / width);
        }
        (n, (n > 0).then(|| (x / n, y / n)))
    }

    /// Where lines of text or signs of a colour begin in a part of the window, from above: their left and top.
    pub fn lines(&self, part: (u32, u32, u32, u32), colour: [u8; 3]) -> Vec<(u32, u32)> {
        /// Letters have gaps of fewer points than that, and lines of text of more.
        const GAP: u32 = 8;
        let (width, height, left, top) = part;
        let part = format!("{width}x{height}+{left}+{top}");
        let rgb = self.desk.ask("import", &["-window", &self.id, "-crop", &part, "-depth", "8", "rgb:-"]);
        let mut lines: Vec<(u32, u32, u32)> = Vec::new();
        for (at, _) in (0_u32..).zip(rgb.chunks_exact(3)).filter(|(_, point)| **point == colour) {
            let (x, y) = (left + at % width, top + at / width);
            match lines.last_mut() {
                Some((first, _, last)) if y < *last + GAP => (*first, *last) = (x.min(*first), y),
                _ => lines.push((x, y, y)),
            }
        }
        lines.into_iter().map(|(x, y, _)| (x, y)).collect()
    }

    /// The names of its threads.
    pub fn threads(&self) -> Vec<String> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).into_iter().flatten().flatten();
        tasks.filter_map(|task| Some(std::fs::read_to_string(task.path().join("comm")).ok()?.trim().to_owned())).collect()
    }

    /// How often its own thread went to wait for something so far.
    pub fn waits(&self) -> String {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        status.lines().find(|line| line.starts_with("voluntary_ctxt_switches")).unwrap_or_default().to_owned()
    }

    /// Selects and copies all rows until they are what is wanted.
    pub fn all_rows(&self, what: &str, wanted: impl Fn(&str) -> bool) {
        until(what, || {
            self.key("ctrl+a");
            self.key("ctrl+c");
            wanted(&self.clipboard())
        });
    }

    /// What is on the clipboard.
    pub fn clipboard(&self) -> String {
        let clipboard = self.desk.command("xclip").args(["-selection", "clipboard", "-o"]).output();
        String::from_utf8_lossy(&clipboard.map(|o| o.stdout).unwrap_or_default()).into_owned()
    }

    /// Presses Ctrl+C until the clipboard holds what is wanted, and returns it.
    pub fn copied(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let mut text = String::new();
        until(what, || {
            self.key("ctrl+c");
            text = self.clipboard();
            wanted(&text)
        });
        text
    }

    /// Ends it by its key. Returns how long that took.
    pub fn quit(mut self) -> Duration {
        let began = Instant::now();
        self.key("ctrl+q");
        let mut status = None;
        until("the end", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        assert!(status.unwrap().success(), "{status:?}");
        began.elapsed()
    }
}

impl Drop for Window<'_> {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for a condition.
pub fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < end, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Whether a condition comes true in that time.
pub fn within(time: Duration, condition: impl Fn() -> bool) -> bool {
    let end = Instant::now() + time;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A recording of nine hosts: 10.0.0.9 is seen first, 10.0.0.1 last.
pub fn nine_hosts(path: &Path) {
    nine_hosts_of(path, [10, 0, 0]);
}

/// The same, of a network of 256 addresses.
pub fn nine_hosts_of(path: &Path, [a, b, c]: [u8; 3]) {
    let mut file = PcapWriter::new(std::fs::File::create(path).unwrap(), LinkType(101)).unwrap();
    for host in (1..=9_u8).rev() {
        let (src, dst) = (Ipv4Addr::new(a, b, c, host), Ipv4Addr::new(a, b, c, 9));
        if src == dst {
            continue;
        }
        let mut packet = vec![0x45, 0, 0, 28, 0, 0, 0x40, 0, 64, 17, 0, 0];
        packet.extend(dst.octets());
        packet.extend(src.octets());
        packet.extend([0, 53, 0xC0, host, 0, 8, 0, 0]);
        file.packet(Time::from_secs(1_700_000_010 - u64::from(host)), &packet, 28).unwrap();
    }
}
