//! Whose connections are: clients that live about 5, 20 and 200 ms, the real program that watches them, and the truth.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tests::crowd::{Client, Crowd, USER};
use tests::netns::{Cable, NEEDS, Namespace};
use tests::probe::Probe;
use tests::{able, glouglou};

const EACH: usize = 200;

/// What the program said of the clients of one length of life.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    right: usize,
    unknown: usize,
    wrong: usize,
}

#[test]
fn short_lived_clients_have_their_connections() {
    if !able(&NEEDS) {
        return;
    }
    let mut crowd = Crowd::new(Path::new(env!("CARGO_BIN_EXE_client")));
    let program = watch(&crowd.cable.near);
    let series = [(5, 60), (20, 95), (200, 100)].map(|(ms, least)| (ms, least, crowd.come(EACH, Duration::from_millis(ms))));
    let told = flows(&program, 3 * EACH);
    for (ms, least, clients) in &series {
        let mut said = Said::default();
        for (port, client) in clients {
            let line = &told[port];
            match line["pid"].as_u64() {
                None => said.unknown += 1,
                Some(pid) if pid == u64::from(client.pid) && line["process_end"] == "src" => said.right += 1,
                Some(_) => said.wrong += 1,
            }
        }
        println!("{ms} ms ({:?} from start to end): {said:?}", median(clients));
        assert_eq!(said.wrong, 0, "{said:?}");
        assert!(said.right * 100 >= least * EACH, "of {ms} ms at least {least} %: {said:?}");
    }
}

/// The program beside them; it captures from then on.
fn watch(near: &Namespace) -> Probe {
    let mut command = Command::new(glouglou());
    command.args(["table", "--json", "-i", "near"]).env_remove("SUDO_UID").env_remove("PKEXEC_UID");
    let program = Probe::start(near, &mut command);
    // It becomes another user once all is open.
    let user = USER.to_string();
    tests::wait("it captures", || program.status("Uid").split_whitespace().all(|uid| uid == user));
    program
}

/// The connections to the server that it tells of, by the client's port, once it has told of so many.
fn flows(program: &Probe, count: usize) -> BTreeMap<u16, Value> {
    let mut flows = BTreeMap::new();
    while flows.len() < count {
        let flow: Value = serde_json::from_str(&format!("{{{}", program.hear("{"))).unwrap();
        if flow["type"] == "flow" && flow["dst"] == Cable::FAR.to_string() && flow["proto"] == "tcp" {
            flows.insert(flow["src_port"].as_u64().unwrap().try_into().unwrap(), flow);
        }
    }
    flows
}

fn median(clients: &BTreeMap<u16, Client>) -> Duration {
    let mut lived: Vec<Duration> = clients.values().map(|client| client.lived).collect();
    lived.sort();
    lived[lived.len() / 2]
}
