//! The page about queries, and every column in one place: whatever a source registers.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use graph::{
    Basis, Both, Column, ConnId, Counts, Endpoint, Event, FieldId, Initiator, Kind, Limits, Model, Origin, OriginId, Proto, Query, Realm,
    Realms, Registry, RegistryBuilder, Request, Rule, Schema, Table, Tag, Time, Total, Tuple, Value, ValueType,
};

#[test]
fn every_example_of_the_page_is_understood() {
    let page = include_str!("../../docs/query.md");
    let schema: Arc<Schema> = Schema::new(&Registry::default()).into();
    let blocks = page.split("```query\n").skip(1).map(|block| block.split("```").next().unwrap());
    let mut examples = 0;
    for example in blocks.flat_map(str::lines) {
        let query = Query::parse(example, &schema).unwrap_or_else(|error| panic!("{example}: {error}"));
        assert_eq!(Query::parse(&query.to_string(), &schema).as_ref(), Ok(&query), "{example}");
        examples += 1;
    }
    assert!(examples > 30, "{examples}");
}

const NOW: Time = Time::from_secs(100);

fn flow(model: &mut Model, last: u8, port: u16, bytes: u64, tags: Vec<Tag>) {
    let end = |last, port| Endpoint { addr: Ipv4Addr::new(192, 0, 2, last).into(), port };
    let (tuple, side) = Tuple::new(Proto::TCP, end(last, 50_000), end(1, port));
    let conn = ConnId(u32::from(last));
    let counts = |bytes| Counts { packets: 1, bytes, ip_bytes: bytes };
    let mut total = Both::default();
    *total.from_mut(side) = counts(bytes);
    let kinds = [
        Kind::Open { tuple, conn, start: NOW, initiator: Initiator { side, basis: Basis::Handshake } },
        Kind::Data { tuple, conn, total: Total(total), last: NOW },
        Kind::Tags { tuple, conn, tags },
    ];
    for kind in kinds {
        model.apply(NOW, &Event { at: NOW, origin: OriginId(0), kind }, &mut ());
    }
}

#[test]
fn a_column_that_nobody_knows_is_asked_like_any_other() {
    let mut columns = RegistryBuilder::default();
    let mood = columns.register(Column::new("odd.mood", ValueType::Symbol, "how it feels").also(&["humour"])).unwrap();
    let weight = columns.register(Column::new("odd.weight", ValueType::Bytes, "how heavy it is")).unwrap();
    columns.register(Column::new("odd.grade", ValueType::Integer, "how good it is").comes_to(Rule::Least)).unwrap();
    let mut model = Model::new(columns.freeze(), Limits::default());
    model.add_origin(Origin { name: "odd".into(), realms: Realms { local: Realm(1), site: Realm(2) } }).unwrap();
    for (last, feels, weighs) in [(10, "merry", 5), (11, "grim", 7), (12, "merry", 11)] {
        let tags = vec![Tag::certain(mood, Value::symbol(feels)), Tag::certain(weight, Value::Bytes(weighs))];
        flow(&mut model, last, 443, u64::from(last) * 1_000, tags);
    }
    flow(&mut model, 13, 80, 1, Vec::new());

    let ask = |text: &str| Query::parse(text, model.schema()).unwrap();
    let count = |text: &str| model.matching(&ask(text)).len();
    assert_eq!(
        ["odd.mood = MERRY", "humour = grim", "odd.mood != merry", "not odd.mood = merry", "has odd.weight", "merry", "odd.weight > 6"]
            .map(count),
        [2, 1, 1, 2, 3, 2, 2]
    );
    assert_eq!(["src.ip > 255.255.255.255", "src.ip < 0.0.0.0", "src.ip >= 0.0.0.0"].map(count), [0, 0, 4]);
    let selected = model.select(&ask("odd.mood = merry"));
    assert_eq!((selected.hidden_flows, selected.hidden_hosts), (2, 2), "a host is hidden with all its flows");
    let shown: Vec<_> = model.flows().map(|flow| (selected.has_flow(flow.id), selected.has_link(flow.link))).collect();
    assert_eq!(shown.iter().filter(|flow| **flow == (true, true)).count(), 2);
    assert!(shown.iter().all(|(flow, link)| flow == link), "each is the only flow of its link: {shown:?}");
    assert_eq!(model.hosts().filter(|host| selected.has_host(host.id)).count(), 3);
    let sums = model.sums(&ask("| sum odd.weight, count by odd.mood")).unwrap();
    let rows: Vec<Vec<String>> =
        sums.rows.iter().map(|row| row.values.iter().map(|v| v.as_ref().map_or("-".into(), Value::to_string)).collect()).collect();
    assert_eq!(rows, [["merry", "16", "2"], ["grim", "7", "1"], ["-", "-", "1"]]);
    let (field, value) = sums.rows[0].group[0].clone();
    assert_eq!(model.matching(&ask("").and(field, value.as_ref(), false)).len(), 2, "what a row is the sum of");

    let by_mood = model.sums(&ask("| by odd.mood | sort odd.weight")).unwrap();
    let names: Vec<&str> = by_mood.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(
        names,
        ["odd.mood", "count", "sum rate", "sum bytes", "sum packets", "sum odd.weight"],
        "by its rule, and nobody told of odd.grade"
    );
    assert_eq!(by_mood.rows[0].values.last(), Some(&Some(Value::Bytes(16))));
    assert_eq!(model.sums(&ask("| by odd.mood | columns odd.mood, min odd.grade")).unwrap().columns.len(), 2, "but who asks gets it");

    let filter = ask("| sort odd.weight | top 2 | columns src.ip, odd.mood, odd.weight").into();
    let request = Request { table: Table::Flows, sort: String::new(), descending: false, filter, of: None, tree: None, offset: 0, len: 9 };
    let shown = model.rows(&request);
    let ips: Vec<_> = shown.rows.iter().map(|row| shown.columns[0].value(&row.cells[0]).unwrap().to_string()).collect();
    assert_eq!((shown.total, ips), (2, vec!["192.0.2.12".to_owned(), "192.0.2.11".to_owned()]));
    let names: Vec<&str> = shown.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["src.ip", "odd.mood", "odd.weight"]);

    let id = |name: &str| -> FieldId { model.schema().find(name).unwrap() };
    assert_eq!(model.live_values(id("odd.mood"), "", 9), [(Value::symbol("merry"), 2), (Value::symbol("grim"), 1)]);
    assert_eq!(model.live_values(id("odd.mood"), "RI", 9), [(Value::symbol("grim"), 1)]);
}

#[test]
fn a_group_of_each_value_and_figures_of_every_kind() {
    let mut model = Model::new(RegistryBuilder::default().freeze(), Limits::default());
    model.add_origin(Origin { name: "x".into(), realms: Realms { local: Realm(1), site: Realm(2) } }).unwrap();
    for (last, port, bytes) in [(10, 443, 100), (11, 443, 300), (12, 80, 50)] {
        flow(&mut model, last, port, bytes, Vec::new());
    }
    let later = NOW.plus(Duration::from_secs(3));
    let (tuple, _) = Tuple::new(
        Proto::TCP,
        Endpoint { addr: Ipv4Addr::new(192, 0, 2, 12).into(), port: 50_000 },
        Endpoint { addr: Ipv4Addr::new(192, 0, 2, 1).into(), port: 80 },
    );
    let kind = Kind::Data { tuple, conn: ConnId(12), total: Total::default(), last: later };
    model.apply(later, &Event { at: later, origin: OriginId(0), kind }, &mut ());
    let sums = |text: &str| {
        let sums = model.sums(&Query::parse(text, model.schema()).unwrap()).unwrap();
        let words =
            |row: &graph::SumRow| row.values.iter().map(|v| v.as_ref().map_or("-".into(), Value::to_string)).collect::<Vec<_>>().join(" ");
        sums.rows.iter().map(words).collect::<Vec<_>>()
    };
    assert_eq!(
        sums("| sum bytes, mean bytes, min bytes, max bytes, count, distinct dst.ip by dst.port"),
        ["443 400 200 100 300 2 1", "80 50 50 50 50 1 1"]
    );
    // Both hosts have what moved between them.
    assert_eq!(sums("| sum bytes by ip | top 2"), ["192.0.2.1 450", "192.0.2.11 300"]);
    assert_eq!(sums("port = 80 | count"), ["1"]);
    assert_eq!(sums("| max duration by dst.port"), ["80 3.000000", "443 0.000000"]);
    assert_eq!(sums("port = 22 | count, sum bytes"), ["0 -"], "of nothing there is no sum");
    assert_eq!(sums("port = 22 | count by service"), Vec::<String>::new());
    assert_eq!(sums("| by dst.port | sort dst.port asc | columns dst.port, count"), ["80 1", "443 2"]);
}

#[test]
fn a_word_finds_addresses_that_have_letters() {
    let mut model = Model::new(RegistryBuilder::default().freeze(), Limits::default());
    model.add_origin(Origin { name: "x".into(), realms: Realms { local: Realm(1), site: Realm(2) } }).unwrap();
    let [a, b] = ["2001:db8::beef", "2001:db8::1"].map(|addr| Endpoint { addr: addr.parse().unwrap(), port: 443 });
    let (tuple, side) = Tuple::new(Proto::TCP, a, b);
    let kind = Kind::Open { tuple, conn: ConnId(1), start: NOW, initiator: Initiator { side, basis: Basis::Handshake } };
    model.apply(NOW, &Event { at: NOW, origin: OriginId(0), kind }, &mut ());
    for (word, found) in [("beef", 1), ("db8::1", 1), ("DB8", 1), ("beer", 0)] {
        let sums = model.sums(&Query::parse(&format!("\"{word}\" | count"), model.schema()).unwrap()).unwrap();
        assert_eq!(sums.rows[0].values[0], Some(Value::Integer(found)), "{word}");
    }
}
