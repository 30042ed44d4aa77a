//! The network interfaces as the start screen shows them: what they are, and how busy each one is.

use std::collections::BTreeMap;

use capture::interfaces::{Counters, Interface, Remedy};
use capture::remote::helper::{self, By};

use super::Traffic;

/// The interfaces are listed again after so many seconds, and their counters read.
const LIST_SECS: f64 = 3.0;
const READ_SECS: f64 = 1.0;

/// One interface.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What it is.
    pub interface: Interface,
    /// Bytes a second of late.
    pub rate: f32,
    /// How that went.
    pub traffic: Traffic,
    /// How to be allowed to capture on it; none where one is.
    pub remedy: Option<Remedy>,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Interfaces {
    rows: Vec<Row>,
    /// Why they could not be listed.
    pub error: Option<String>,
    last: BTreeMap<String, u64>,
    listed: Option<f64>,
    read: Option<f64>,
    /// Who captures where this program may not; looked for once, when it may not.
    helper: Option<Option<By>>,
}

impl Interfaces {
    /// The rows, busiest first, then the likeliest.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Whether somebody is asked for a password where one is chosen.
    pub fn ask(&self) -> bool {
        self.helper.as_ref().and_then(Option::as_ref).is_some_and(By::asks)
    }

    /// Looks again, if it is time; `now` in seconds. Cheap: a few files of the kernel's.
    pub fn poll(&mut self, now: f64) {
        let due = |last: Option<f64>, secs| last.is_none_or(|last| now - last >= secs);
        if due(self.listed, LIST_SECS) {
            self.listed = Some(now);
            match capture::interfaces::list() {
                Ok(list) => {
                    self.error = None;
                    if !list.iter().all(|interface| interface.permitted) {
                        self.helper.get_or_insert_with(helper::find);
                    }
                    let helped = matches!(self.helper, Some(Some(_)));
                    self.set(list.into_iter().map(|interface| usable(interface, helped)));
                }
                Err(e) => self.error = Some(e.to_string()),
            }
        }
        if due(self.read, READ_SECS) {
            let secs = self.read.map(|last| now - last);
            self.read = Some(now);
            if let Ok(counters) = Counters::read() {
                self.count(counters.iter().map(|(name, t)| (name, t.bytes())), secs, now);
            }
        }
    }

    /// Takes a new list; what is known of an interface that was there before stays.
    pub fn set(&mut self, list: impl Iterator<Item = (Option<Remedy>, Interface)>) {
        let mut before: BTreeMap<String, Row> = std::mem::take(&mut self.rows).into_iter().map(|r| (r.interface.name.clone(), r)).collect();
        self.rows = list
            .map(|(remedy, interface)| match before.remove(&interface.name) {
                Some(row) => Row { interface, remedy, ..row },
                None => Row { interface, rate: 0.0, traffic: Traffic::every(READ_SECS), remedy },
            })
            .collect();
        self.sort();
    }

    /// Takes the counters of bytes; `secs` have gone since the last ones.
    pub fn count<'a>(&mut self, bytes: impl Iterator<Item = (&'a str, u64)>, secs: Option<f64>, now: f64) {
        let mut all = 0.0;
        for (name, bytes) in bytes {
            let before = self.last.insert(name.to_owned(), bytes);
            let Some((before, secs)) = before.zip(secs.filter(|s| *s > 0.0)) else { continue };
            let rate = (bytes.saturating_sub(before) as f64 / secs) as f32;
            all += rate;
            self.sample(name, rate, now);
        }
        self.sample(capture::interfaces::ANY, all, now);
        self.sort();
    }

    fn sample(&mut self, name: &str, rate: f32, now: f64) {
        if let Some(row) = self.rows.iter_mut().find(|r| r.interface.name == name) {
            row.rate = rate;
            row.traffic.sample(rate, now);
        }
    }

    /// Busiest first, but only by its order of magnitude: rows that change places all the time cannot be clicked. The pseudo-interface
    /// of all the others stays where the list put it.
    fn sort(&mut self) {
        let rank = |r: &Row| (r.interface.name == capture::interfaces::ANY, std::cmp::Reverse((busy(r) + 1.0).log10() as u32));
        self.rows.sort_by_key(rank);
    }
}

/// Where somebody captures for this program, every interface may be chosen; else what lets it is said.
fn usable(mut interface: Interface, helped: bool) -> (Option<Remedy>, Interface) {
    interface.permitted |= helped;
    let remedy = if interface.permitted { None } else { capture::interfaces::capture_remedy(&interface.name) };
    (remedy, interface)
}

/// The mean rate of what is remembered.
fn busy(row: &Row) -> f32 {
    let n = row.traffic.samples().len().max(1);
    row.traffic.samples().sum::<f32>() / n as f32
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use capture::interfaces::Kind;

    /// An interface that does not exist.
    pub(crate) fn made_up(name: &str, kind: Kind, permitted: bool) -> (Option<Remedy>, Interface) {
        let interface = Interface {
            name: name.into(),
            index: 1,
            description: None,
            kind,
            addresses: vec!["192.0.2.7".parse().unwrap()],
            mac: None,
            up: true,
            running: true,
            loopback: kind == Kind::Loopback,
            permitted,
        };
        let remedy = Remedy { command: format!("sudo glouglou -i {name}"), lasting: "sudo setcap …".into() };
        ((!permitted).then_some(remedy), interface)
    }

    #[test]
    fn with_a_helper_every_interface_may_be_chosen_and_who_asks_says_so() {
        let (_, barred) = made_up("eth0", Kind::Ethernet, false);
        assert!(!usable(barred.clone(), false).1.permitted);
        let (remedy, interface) = usable(barred, true);
        assert!(interface.permitted && remedy.is_none());
        let program = std::path::PathBuf::from("/usr/bin/ggprobe");
        let by_file = Interfaces { helper: Some(Some(By::File(program.clone()))), ..Interfaces::default() };
        let by_polkit =
            Interfaces { helper: Some(Some(By::Pkexec { pkexec: "/usr/bin/pkexec".into(), program })), ..Interfaces::default() };
        assert!(!Interfaces::default().ask() && !by_file.ask() && by_polkit.ask());
    }

    #[test]
    fn the_busiest_comes_first_and_history_outlives_a_new_list() {
        let mut interfaces = Interfaces::default();
        let list =
            || [made_up("eth0", Kind::Ethernet, true), made_up("wlan0", Kind::Wifi, false), made_up("any", Kind::Any, true)].into_iter();
        interfaces.set(list());
        interfaces.count([("eth0", 100), ("wlan0", 100)].into_iter(), None, 0.0);
        interfaces.count([("eth0", 100), ("wlan0", 90_100)].into_iter(), Some(1.0), 1.0);
        interfaces.set(list());
        let rows: Vec<_> = interfaces.rows().iter().map(|r| (r.interface.name.as_str(), r.rate)).collect();
        assert_eq!(rows, [("wlan0", 90_000.0), ("eth0", 0.0), ("any", 90_000.0)]);
        assert_eq!(interfaces.rows()[0].traffic.samples().collect::<Vec<_>>(), [90_000.0]);
    }
}
