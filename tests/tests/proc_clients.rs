//! Whose connections are: clients that live about 5, 20 and 200 ms, and long, the real program that watches them, and the truth.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tests::crowd::{Client, Crowd, USER};
use tests::netns::{Cable, NEEDS, Namespace};
use tests::probe::Probe;
use tests::{able, glouglou, work};

/// How long clients of a series live, how many there are, and how many of a hundred are known at least. Of those that live long it is all, however
/// busy the machine is.
const SERIES: [(u64, usize, usize); 4] = [(5, 200, 60), (20, 200, 95), (200, 200, 100), (LONG, 20, 100)];
const LONG: u64 = 4_000;

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
    let come = |(ms, count, least)| {
        let (worked, waited) = work::and_waited(program.pid());
        let clients = crowd.come(count, Duration::from_millis(ms));
        let (worked_then, waited_then) = work::and_waited(program.pid());
        Series { ms, least, clients, worked: worked_then - worked, waited: waited_then - waited }
    };
    let series = SERIES.map(come);
    let told = flows(&program, SERIES.iter().map(|(_, count, _)| count).sum());
    for Series { ms, least, clients, worked, waited } in &series {
        let mut said = Said::default();
        for (port, client) in clients {
            let line = &told[port];
            match line["pid"].as_u64() {
                None => said.unknown += 1,
                Some(pid) if pid == u64::from(client.pid) && line["process_end"] == "src" => said.right += 1,
                Some(_) => said.wrong += 1,
            }
        }
        println!("{ms} ms ({:?} from start to end): {said:?}; it worked {worked:?} and waited {waited:?}", median(clients));
        assert_eq!(said.wrong, 0, "{said:?}");
        // Where others have the processors, they and not the program decide how many of the short-lived are there when it looks.
        if *ms == LONG || *waited * 2 <= *worked {
            assert!(said.right * 100 >= least * clients.len(), "of {ms} ms at least {least} %: {said:?}");
        } else {
            println!("not held to {least} %: the machine was too busy with others");
        }
    }
}

/// Clients of one length of life; what the program that watched them worked meanwhile, and how long it waited for a processor.
struct Series {
    ms: u64,
    least: usize,
    clients: BTreeMap<u16, Client>,
    worked: Duration,
    waited: Duration,
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
