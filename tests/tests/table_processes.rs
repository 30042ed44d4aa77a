//! `glouglou table` names the process of a live flow, as text, JSON and CSV.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tests::crowd::Crowd;
use tests::netns::{NEEDS, Namespace};
use tests::probe::Probe;
use tests::{able, glouglou};

fn table(arguments: &[&str]) -> Command {
    let mut command = Command::new(glouglou());
    command.args(["table", "-i", "near"]).args(arguments).env_remove("SUDO_UID").env_remove("PKEXEC_UID");
    command
}

/// One that writes once it is ended; it ends with this.
struct Text(Child);

impl Text {
    fn start(near: &Namespace) -> Text {
        near.enter(|| Text(table(&[]).stdout(Stdio::piped()).spawn().unwrap()))
    }

    fn uid(&self) -> String {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        status.lines().find_map(|line| line.strip_prefix("Uid:")).unwrap().trim().to_owned()
    }

    fn end(mut self) -> String {
        kill(Pid::from_raw(self.0.id() as i32), Signal::SIGINT).unwrap();
        let mut text = String::new();
        self.0.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        text
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        let _gone_already = self.0.kill();
        let _reaped = self.0.wait();
    }
}

#[test]
fn a_live_flow_has_its_process() {
    if !able(&NEEDS) {
        return;
    }
    let mut crowd = Crowd::new(Path::new(env!("CARGO_BIN_EXE_client")));
    let text = Text::start(&crowd.cable.near);
    let [json, csv] = ["--json", "--csv"].map(|how| Probe::start(&crowd.cable.near, &mut table(&[how])));
    // Who captures has become somebody else.
    tests::wait("they all capture", || [json.status("Uid"), csv.status("Uid"), text.uid()].iter().all(|uid| !uid.starts_with('0')));
    // It lives long enough to be seen where the kernel does not tell of processes.
    let clients = crowd.come(1, Duration::from_secs(3));
    let (port, client) = clients.first_key_value().unwrap();
    let pid = client.pid.to_string();

    let flow = loop {
        let line: Value = serde_json::from_str(&format!("{{{}", json.hear("{"))).unwrap();
        if line["src_port"] == *port {
            break line;
        }
    };
    assert_eq!((&flow["process"], &flow["pid"], &flow["process_end"]), (&"client0".into(), &client.pid.into(), &"src".into()), "{flow}");
    assert_eq!((&flow["user"], &flow["process_known"]), (&"nobody".into(), &"exact".into()), "{flow}");
    assert!(flow["exe"].as_str().unwrap().ends_with("/client") && flow["start_ns"].as_u64().unwrap() > 0, "{flow}");
    let lineage: Vec<&str> = flow["lineage"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!((lineage[0], flow["parent"].as_str()), ("client0", Some(lineage[1])), "{flow}");
    assert!(lineage[1].starts_with("table_processes"), "{flow}");

    let names: Vec<String> = csv.hear("proto,").split(',').map(str::to_owned).collect();
    let row: Vec<String> = csv.hear(&format!("tcp,10.99.0.1,{port},")).split(',').map(str::to_owned).collect();
    // What was asked for is not in the rest of a line.
    let cell = |name: &str| row[names.iter().position(|other| other == name).unwrap() - 2].as_str();
    assert_eq!((cell("process"), cell("pid"), cell("user"), cell("process_end")), ("client0", &*pid, "nobody", "src"), "{row:?}");
    assert!(cell("parent").starts_with("table_processes"), "{row:?}");

    let out = text.end();
    let head: Vec<&str> = out.lines().next().unwrap().split_whitespace().collect();
    assert!(["Process", "PID", "User", "Parent"].iter().all(|title| head.contains(title)), "{out}");
    let line = out.lines().find(|line| line.contains("client0")).unwrap();
    assert!(line.contains(&pid) && line.contains("nobody"), "{out}");
}
