//! What an extension tells at a probe, through a relay that does not know it, to a viewer that does not either, and to one that does.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{SystemTime, UNIX_EPOCH};

use capture::remote::SenderConfig;
use capture::remote::keys::read_invitation;
use capture::remote::line::{Dial, Lookup};
use capture::remote::probe::{self, Told};
use capture::source::{BATCHES_WAITING, Command, Context, Outlet, Source};
use capture::{World, dissect, live};
use crossbeam_channel::{Sender, bounded};
use graph::{OriginId, Time};
use serde_json::{Value, json};
use socket2::{Domain, Protocol, Socket, Type};
use tests::netns::NEEDS;
use tests::parties::{Party, Who};
use tests::routed::Routed;
use tests::signalling::{M3UA, MODULE, point_code, sctp};
use tests::{Need, able, example, ggprobe, glouglou, wait};
use wire::glouglou::Caps;

/// The extension, as its author wrote it.
#[path = "../../app/examples/extension.rs"]
#[allow(dead_code, reason = "this is no program")]
mod extension;

/// A probe with the extension: what `ggprobe` would be that was built with it.
struct Extended {
    stop: Sender<Command>,
    threads: [JoinHandle<()>; 2],
}

impl Extended {
    /// Starts it on the probe's host; it dials whom the key is for.
    fn start(site: &Routed, key: &str) -> Extended {
        let _once_a_program = dissect::install([extension::register as _]);
        let invitation = read_invitation(key.as_ref()).unwrap();
        site.probe.enter(|| {
            let live = Box::new(live::Config::new("eth0").open().unwrap());
            let world = World::alone().unwrap();
            let config = SenderConfig {
                registry: world.registry().as_ref().clone(),
                boot_id: 1,
                hostname: "exchange".to_owned(),
                network: true,
                processes: false,
                probe_id: invitation.identity.probe_id,
                interfaces: BTreeMap::new(),
                sampling_n: 1,
            };
            let (batches_in, batches) = bounded(BATCHES_WAITING);
            let (notices_in, notices) = bounded(8);
            let (stop, commands) = bounded(1);
            let (origin, outlet, progress) = (OriginId(0), Outlet(batches_in), Arc::default());
            let context = Context { origin, world: world.into(), outlet, commands, notices: notices_in, progress, clock };
            let lookup = Lookup::of_system(&invitation.host, invitation.port).unwrap();
            let line = Box::new(Dial::new(&invitation, Caps::SENDS.and(Caps::NETWORK), 1, lookup));
            let watch = thread::spawn(move || assert!(live.run(context).is_ok()));
            let tell = thread::spawn(move || probe::run(line, config, Told { batches, notices }, clock, |_| {}).unwrap());
            Extended { stop, threads: [watch, tell] }
        })
    }

    /// Ends it once it has said all.
    fn finish(self) {
        self.stop.send(Command::Stop).unwrap();
        self.threads.into_iter().for_each(|thread| thread.join().unwrap());
    }
}

fn clock() -> Time {
    Time(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as u64))
}

/// An exchange on the probe's host talks with one at the server's.
fn signal(site: &Routed) {
    let server: IpAddr = Routed::SERVER[0].parse().unwrap();
    site.probe.enter(|| {
        let socket = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::from(132))).unwrap();
        for service in [3, 5] {
            let packet = sctp((40_000, M3UA), (point_code(2, 100, 1), point_code(5, 7, 3)), service);
            socket.send_to(&packet, &SocketAddr::new(server, 0).into()).unwrap();
        }
    });
}

/// What a viewer of that program is told.
fn viewed_by(program: PathBuf) -> Vec<Value> {
    let site = Routed::new();
    let (viewing, probing, relaying) = (Party::on(&site.viewer), Party::on(&site.probe), Party::on(&site.router));
    let listen = format!("{}:4430", Routed::VIEWER[0]);
    let place = format!("{}:5000", Routed::ROUTER[0]);
    let viewer = viewing.start(program, &["table", "--json", "--listen", &listen]);
    viewer.hear(&format!("glouglou: listens at {listen}"));
    let (token, attic) = relaying.invite(Who::Other, "attic", &place);
    let (own, _) = viewing.invite(Who::Viewer, "relay", &listen);
    viewing.via(Who::Viewer, "relay", &attic, "attic");
    let (keys, key) = (relaying.path("keys"), relaying.keep(&own));
    let relay = relaying.start(ggprobe(), &["relay", "--listen", &place, "--keys", &keys, "--key", &key]);
    relay.hear("ggprobe: connected with");
    let probe = Extended::start(&site, &probing.keep(&token));
    viewer.hear("glouglou: the probe attic came");
    wait("its capture", || site.probe.captures() > 0);
    signal(&site);
    let event = viewer.hear(r#"{"type":"event","#);
    assert!(event.contains(&format!(r#""module":{MODULE}"#)), "it is told while it happens: {event}");
    probe.finish();
    let said = viewer.finish();
    drop(relay.finish());
    let event = format!(r#"{{"type":"event",{event}"#);
    said.iter().chain([&event]).filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// The one event and the one flow that there are; nothing was lost of them.
fn all_of(lines: &[Value]) -> (&Value, &Value) {
    let of = |kind: &str| lines.iter().filter(|line| line["type"] == kind).collect::<Vec<_>>();
    let flows: Vec<&Value> = of("flow").into_iter().filter(|flow| flow["proto"] == "sctp").collect();
    let [event] = of("event")[..] else { panic!("{lines:#?}") };
    let [flow] = flows[..] else { panic!("{lines:#?}") };
    let probe = lines.iter().rev().find(|line| line["name"] == "attic").unwrap_or_else(|| panic!("{lines:#?}"));
    assert_eq!((&probe["events"]["lost"], &probe["malformed"]), (&json!(0), &json!(0)), "{probe:#}");
    assert_eq!(probe["via"], json!(["relay"]), "{probe:#}");
    (event, flow)
}

#[test]
fn what_nobody_on_the_way_knows_is_told_and_who_knows_it_shows_it() {
    if !able(&[NEEDS[0], NEEDS[1], Need::Program("sh")]) {
        return;
    }
    let (stranger, friend) = (viewed_by(glouglou()), viewed_by(example("extension")));
    let ((event, flow), (same, known)) = (all_of(&stranger), all_of(&friend));
    for event in [event, same] {
        assert_eq!(
            (&event["module"], &event["kind"], &event["payload"]),
            (&json!(MODULE), &json!(1), &json!("000013210000283b03")),
            "{event:#}"
        );
    }
    // What both know of it is the same; the columns are those of whoever has the extension.
    let tag = |flow: &Value, name: &str| flow["tags"][name].as_str().map(str::to_owned);
    assert_eq!([flow, known].map(|flow| tag(flow, "app.protocol")), [Some("m3ua".to_owned()), Some("m3ua".to_owned())]);
    assert!(!flow.to_string().contains("m3ua."), "{flow:#}");
    let columns = ["src.m3ua.point_code", "dst.m3ua.point_code", "m3ua.service"].map(|name| tag(known, name));
    assert_eq!(columns, ["2-100-1", "5-7-3", "SCCP, ISUP"].map(|value| Some(value.to_owned())), "{known:#}");
}
