//! Without a privilege glouglou says what it misses, and claims no more than it knows.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tests::crowd::USER;
use tests::netns::Namespace;
use tests::scratch::Scratch;
use tests::{Need, able, glouglou};

/// A process that ends with this.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _gone_already = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// A program, as a user of no rights.
fn nobodys(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("setpriv");
    let user = USER.to_string();
    command.args(["--reuid", &user, "--regid", &user, "--clear-groups", "--inh-caps=-all", "--bounding-set=-all", program]).args(arguments);
    command
}

/// A copy that anybody may run.
fn copy(scratch: &Scratch) -> String {
    let program = scratch.path("glouglou");
    std::fs::copy(glouglou(), &program).unwrap();
    for path in [scratch.path(""), program.clone()] {
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
    }
    program.to_str().unwrap().to_owned()
}

#[test]
fn it_polls_says_so_and_shows_nothing_that_it_may_not_read() {
    if !able(&[Need::Root, Need::Program("ip"), Need::Program("setpriv")]) {
        return;
    }
    let scratch = Scratch::new();
    let program = copy(&scratch);
    // Newer kernels tell everybody of processes, but none tells anybody in here.
    let namespace = Namespace::new();
    let roots = Ended(Command::new("sleep").arg("60").spawn().unwrap());
    let own = Ended(nobodys("sleep", &["61"]).spawn().unwrap());
    let mut command = nobodys(&program, &["ps", "--follow", "--json"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut follow = Ended(namespace.enter(|| command.spawn().unwrap()));

    let notice = BufReader::new(follow.0.stderr.take().unwrap()).lines().next().unwrap().unwrap();
    assert!(
        notice.starts_with("glouglou: polling: short-lived processes are missed (") && notice.contains("start glouglou outside"),
        "{notice}"
    );
    let mut lines =
        BufReader::new(follow.0.stdout.take().unwrap()).lines().map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    let mut told =
        |process: &Ended| lines.find(|line| line["type"] == "exec" && line["pid"] == process.0.id() && line["comm"] == "sleep").unwrap();
    let line = told(&roots);
    assert_eq!((&line["exe"], &line["unread"], &line["uid"]), (&Value::Null, &"not allowed to read it".into(), &0.into()), "{line}");
    let line = told(&own);
    assert!(line["exe"].as_str().unwrap().ends_with("/sleep") && line["unread"].is_null(), "{line}");
    assert_eq!(line["command"], "sleep 61");
}

#[test]
fn it_does_not_capture_and_says_what_helps() {
    if !able(&[Need::Root, Need::Program("setpriv")]) {
        return;
    }
    let scratch = Scratch::new();
    let ran = nobodys(&copy(&scratch), &["table", "-i", "lo"]).output().unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert_eq!((ran.status.code(), ran.stdout.as_slice()), (Some(1), &b""[..]), "{said}");
    assert!(said.contains("setcap") || said.contains("sudo"), "{said}");
}
