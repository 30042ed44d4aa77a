//! One file registers columns that nobody knows, and everything takes them: filters, groups, sorting, tables, exports, sums. No code but this file's names them.

use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::Duration;

use app::cli::{Cli, Command};
use app::computing::{Computing, install};
use app::open::open;
use app::others::Others;
use app::pipeline::{REALMS, new_world};
use app::table::{asked, detail, write};
use clap::Parser;
use graph::{
    Attribute, Basis, Both, Column, ColumnId, Computation, ConnId, Counts, Endpoint, Event, Folding, Happening, History, Initiator,
    Interest, Kind, Limits, Model, OriginId, Prepared, Proto, Query, Registry, RegistryBuilder, RegistryError, Request, Rule, Subject,
    Table, Tag, Time, Total, Trouble, Tuple, Updates, Value, ValueType,
};
use tests::run::run;
use tests::scratch::Scratch;

/// Puts hosts into teams by their addresses, and gives each flow points.
struct Teams;

struct State {
    team: ColumnId,
    points: ColumnId,
}

impl Prepared for Teams {
    fn name(&self) -> &'static str {
        "teams"
    }

    fn help(&self) -> &'static str {
        "whose side each host is on"
    }

    fn register(self: Box<Self>, columns: &mut RegistryBuilder) -> Result<Box<dyn Computation>, RegistryError> {
        let team = Column::new("game.team", ValueType::Symbol, "whose side the host is on").endpoint();
        let points = Column::new("game.points", ValueType::Integer, "what the flow is worth").comes_to(Rule::Sum);
        Ok(Box::new(State { team: columns.register(team)?, points: columns.register(points)? }))
    }
}

impl Computation for State {
    fn begin(&mut self, _columns: &Registry) -> Interest {
        Interest::default().hosts().flows()
    }

    fn hear(&mut self, happening: Happening, model: &Model, updates: &mut Updates) -> Result<(), Trouble> {
        match happening {
            Happening::Host(id) => {
                let addr = model.host(id).map(|host| host.key.addr.to_string()).unwrap_or_default();
                let team = if addr.ends_with(['1', '3', '5', '7', '9']) { "odd" } else { "even" };
                updates.tag_host(id, Tag::certain(self.team, Value::symbol(team)));
            }
            Happening::Flow(id) => {
                let port = model.flow(id).map(|flow| flow.dst().port).unwrap_or_default();
                updates.tag_flow(id, Tag::certain(self.points, Value::Integer((port / 10).into())));
            }
            _ => {}
        }
        Ok(())
    }
}

fn installed() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| assert!(install([(|| Box::new(Teams)) as app::computing::Prepare])));
}

/// Four flows: the last digit of the server's address, and its port.
const FLOWS: [(u8, u16); 4] = [(1, 80), (2, 440), (2, 80), (3, 220)];

fn ends(n: usize, (last, port): (u8, u16)) -> (Endpoint, Endpoint) {
    let client = Endpoint { addr: [10, 0, 0, 8].into(), port: 50_000 + n as u16 };
    (client, Endpoint { addr: [192, 0, 2, last].into(), port })
}

/// A model with all computations of the program and this one, and those flows.
fn model() -> Model {
    installed();
    let (mut model, _world, mut computations) = new_world(&["made"], Limits::default(), Computing::bare()).unwrap();
    assert!(computations.list().any(|listed| listed.name == "teams"));
    let now = Time::from_secs(1_700_000_000);
    for (n, flow) in FLOWS.into_iter().enumerate() {
        let (from, to) = ends(n, flow);
        let (tuple, side) = Tuple::new(Proto::TCP, from, to);
        let conn = ConnId(n as u32);
        let counts = Counts { packets: 1, bytes: 100, ip_bytes: 90 };
        let total = Total(Both { ab: counts, ba: counts });
        let begun = Kind::Open { tuple, conn, start: now, initiator: Initiator { side, basis: Basis::Handshake } };
        for kind in [begun, Kind::Data { tuple, conn, total, last: now }] {
            model.apply(now, &Event { at: now, origin: OriginId(0), kind }, &mut ());
        }
    }
    assert!(computations.run(&mut model).is_empty());
    assert_eq!(REALMS.of([192, 0, 2, 1].into()), graph::Realm::GLOBAL);
    model
}

fn query(model: &Model, text: &str) -> Query {
    Query::parse(text, model.schema()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// How many flows match.
fn matching(model: &Model, text: &str) -> usize {
    let query = query(model, text);
    model.flows().filter(|flow| model.matches(&query, flow)).count()
}

#[test]
fn it_is_filtered() {
    let model = model();
    for (text, flows) in [
        ("dst.game.team = odd", 2),
        ("game.team = odd and game.points > 10", 1),
        ("game.points in 8..22", 3),
        ("game.team ~ \"^ev\"", 4),
        ("not dst.game.team in {odd}", 2),
        ("has game.points and game.points != 44", 3),
        ("game.team begins \"o\"", 2),
    ] {
        assert_eq!(matching(&model, text), flows, "{text}");
    }
    let wrong = Query::parse("game.tea = odd", model.schema()).unwrap_err().to_string();
    assert!(wrong.contains("game.team"), "the nearest name is offered: {wrong}");
    assert!(Query::parse("game.points = many", model.schema()).is_err(), "it has its type");
}

#[test]
fn it_is_a_column_of_tables_and_sorts_them() {
    let model = model();
    let request = |table, sort: &str| Request {
        table,
        sort: sort.into(),
        descending: true,
        filter: query(&model, "").into(),
        of: None,
        tree: None,
        offset: 0,
        len: 10,
    };
    let flows = model.rows(&request(Table::Flows, "game.points"));
    let column = |name: &str| flows.columns.iter().position(|column| column.name == name).unwrap();
    let points: Vec<String> = flows.rows.iter().map(|row| app::units::cell(&row.cells[column("game.points")])).collect();
    assert_eq!(points, ["44", "22", "8", "8"]);
    assert_eq!(app::units::cell(&flows.rows[1].cells[column("dst.game.team")]), "odd");
    let hosts = model.rows(&request(Table::Hosts, "game.team"));
    let team = hosts.columns.iter().position(|column| column.name == "game.team").unwrap();
    let teams: Vec<String> = hosts.rows.iter().map(|row| app::units::cell(&row.cells[team])).collect();
    assert_eq!(teams, ["odd", "odd", "even", "even"]);
}

#[test]
fn the_graph_is_grouped_by_it_and_details_tell_it_with_its_origin() {
    let mut model = model();
    let by = Attribute::Column("game.team".into());
    let drawn = model.draw(&Folding { levels: vec![by], ..Folding::default() }, None);
    let mut groups: Vec<&str> = drawn.groups.values().map(|group| &*group.key.parts()[0].value).collect();
    groups.sort_unstable();
    assert_eq!(groups, ["even", "odd"]);
    let id = model.flows().find(|flow| flow.dst().port == 440).unwrap().id;
    let details = model.details(Subject::Flow(id), &History::default()).unwrap();
    let points = details.known.iter().find(|known| known.name == "game.points").unwrap();
    assert_eq!((points.holds.value.to_string(), points.holds.origin.as_str()), ("44".into(), "teams"));
}

#[test]
fn it_is_summed() {
    let model = model();
    let sums = model.sums(&query(&model, "| sum game.points by dst.game.team")).unwrap();
    let rows: Vec<Vec<String>> = sums.rows.iter().map(|row| row.cells.iter().map(app::units::cell).collect()).collect();
    assert_eq!(rows, [["even", "52"], ["odd", "30"]]);
}

/// A recording of those flows.
fn recording(scratch: &Scratch) -> PathBuf {
    let path = scratch.path("game.pcap");
    let mut writer = capture::file::PcapWriter::new(std::fs::File::create(&path).unwrap(), wire::packet::LinkType(101)).unwrap();
    for (n, flow) in FLOWS.into_iter().enumerate() {
        let (from, to) = ends(n, flow);
        let (std::net::IpAddr::V4(src), std::net::IpAddr::V4(dst)) = (from.addr, to.addr) else { panic!("they are") };
        let mut packet = vec![0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0];
        packet.extend(src.octets().iter().chain(&dst.octets()));
        packet.extend(from.port.to_be_bytes().iter().chain(&to.port.to_be_bytes()));
        packet.extend([0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0x20, 0, 0, 0, 0, 0]);
        writer.packet(Time::from_secs(5 + n as u64), &packet, packet.len() as u32).unwrap();
    }
    path
}

/// What `glouglou table` with these arguments writes of a recording.
fn exported(path: &Path, args: &[&str]) -> String {
    installed();
    let args = ["glouglou", "table", "-r", path.to_str().unwrap()].into_iter().chain(args.iter().copied());
    let Some(Command::Table(args)) = Cli::parse_from(args).command else { panic!("it is a table") };
    let query = asked(&args).unwrap();
    let opened = open(&args.source, detail(&args)).unwrap().unwrap();
    let mut out = Vec::new();
    write(&mut out, false, opened, None, &Others::default(), query, &args).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn it_is_exported() {
    let scratch = Scratch::new();
    let path = recording(&scratch);
    let csv = exported(&path, &["--csv"]);
    let (head, first) = (csv.lines().next().unwrap(), csv.lines().find(|line| line.contains(",440,")).unwrap());
    let cell = |name: &str| first.split(',').nth(head.split(',').position(|column| column == name).unwrap()).unwrap();
    assert_eq!([cell("src.game.team"), cell("dst.game.team"), cell("game.points")], ["even", "even", "44"]);

    let json = exported(&path, &["--json", "-q", "dst.game.team = odd"]);
    let flows: Vec<serde_json::Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut points: Vec<&str> = flows.iter().filter_map(|line| line["tags"]["game.points"].as_str()).collect();
    points.sort_unstable();
    assert_eq!(points, ["22", "8"]);

    let text = exported(&path, &["-q", "| sum game.points by dst.game.team"]);
    assert!(text.lines().any(|line| line.starts_with("even") && line.trim_end().ends_with("52")), "{text}");
}

#[test]
fn the_program_itself_does_not_know_it() {
    let columns = run(std::process::Command::new(tests::glouglou()).arg("columns"), Duration::from_secs(30));
    let columns = String::from_utf8_lossy(&columns.stdout).into_owned();
    assert!(columns.contains("country") && !columns.contains("game."), "{columns}");
}
