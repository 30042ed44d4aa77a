//! A process that captures, run and watched by a test: see `bin/live.rs`, which says what it reads and prints.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::netns::Namespace;
use crate::wait::PATIENCE;
use crate::work;

/// The running process. It is killed when this is dropped.
#[derive(Debug)]
pub struct Probe {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Probe {
    /// Starts it inside a namespace.
    ///
    /// # Panics
    /// Where it does not start.
    pub fn start(namespace: &Namespace, command: &mut Command) -> Probe {
        let mut child =
            namespace.enter(|| command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("start the capturing process"));
        let stdout = BufReader::new(child.stdout.take().expect("its output"));
        let (tell, lines) = channel();
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        Probe { stdin: child.stdin.take(), child, lines }
    }

    /// Its number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Tells it something.
    ///
    /// # Panics
    /// Where it no longer listens.
    pub fn say(&mut self, line: &str) {
        writeln!(self.stdin.as_mut().expect("its input"), "{line}").expect("it listens");
    }

    /// The rest of the next line that begins so; lines before it are passed over.
    ///
    /// # Panics
    /// Where none comes.
    pub fn hear(&self, beginning: &str) -> String {
        let until = Instant::now() + PATIENCE;
        let mut heard = Vec::new();
        loop {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => match line.strip_prefix(beginning) {
                    Some(rest) => return rest.trim().to_owned(),
                    None => heard.push(line),
                },
                Err(error) => panic!("waited for {beginning:?} ({error}); heard only {heard:#?}"),
            }
        }
    }

    /// What it has said and nobody heard yet.
    pub fn heard(&self) -> impl Iterator<Item = String> {
        self.lines.try_iter()
    }

    /// Makes it stand still.
    ///
    /// # Panics
    /// Where it runs no longer.
    pub fn suspend(&self) {
        self.signal(Signal::SIGSTOP);
        // Only from then on does it read nothing.
        while !self.status("State").starts_with('T') {
            thread::yield_now();
        }
    }

    /// Lets it go on.
    ///
    /// # Panics
    /// Where it runs no longer.
    pub fn resume(&self) {
        self.signal(Signal::SIGCONT);
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).expect("a process's number");
        kill(Pid::from_raw(pid), signal).expect("it runs");
    }

    /// Stops it and returns its last account.
    ///
    /// # Panics
    /// Where it ends otherwise than by itself and well.
    pub fn stop(mut self) -> Account {
        self.say("stop");
        let account = self.hear("account");
        let status = self.child.wait().expect("it ends");
        assert!(status.success(), "{status}");
        Account::parse(&account)
    }

    /// Ends it as a user does, with Ctrl-C, and returns every line that was not heard yet.
    ///
    /// # Panics
    /// Where it does not end, or not well.
    pub fn finish(self) -> Vec<String> {
        self.signal(Signal::SIGINT);
        self.rest()
    }

    /// Ends it by telling it to, and returns every line that was not heard yet.
    ///
    /// # Panics
    /// Where it does not end, or not well.
    pub fn end(mut self, told: &str) -> Vec<String> {
        self.say(told);
        self.rest()
    }

    fn rest(mut self) -> Vec<String> {
        let until = Instant::now() + PATIENCE;
        let mut said = Vec::new();
        loop {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => said.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it does not end: {said:#?}"),
            }
        }
        let status = self.child.wait().expect("it ends");
        assert!(status.success(), "{status}: {said:#?}");
        said
    }

    /// The same; the rest of the line that begins so.
    ///
    /// # Panics
    /// Where there is none.
    pub fn hear_at_end(self, beginning: &str) -> String {
        let said = self.finish();
        let rest = said.iter().find_map(|line| line.strip_prefix(beginning));
        rest.unwrap_or_else(|| panic!("no {beginning:?} in {said:#?}")).to_owned()
    }

    /// A field of `/proc/PID/status`.
    ///
    /// # Panics
    /// Where there is no such field.
    pub fn status(&self, field: &str) -> String {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("its status");
        let value = status.lines().find_map(|l| l.strip_prefix(field)?.strip_prefix(':'));
        value.unwrap_or_else(|| panic!("no {field} in {status}")).trim().to_owned()
    }

    /// Processor time that all its threads used, and how often they waited for something.
    ///
    /// # Panics
    /// Where it runs no longer.
    pub fn work(&self) -> (Duration, u64) {
        work::of(self.child.id())
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// What the process counted, by name: the fields of its last ledger, and `flow_packets`, the sum over its flows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account(BTreeMap<String, u64>);

impl Account {
    fn parse(line: &str) -> Account {
        let field = |word: &str| word.split_once('=').and_then(|(name, n)| Some((name.to_owned(), n.parse().ok()?)));
        Account(line.split(' ').filter_map(field).collect())
    }

    /// One number.
    ///
    /// # Panics
    /// Where there is none of that name.
    pub fn get(&self, name: &str) -> u64 {
        *self.0.get(name).unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }
}
