//! What is known of a flow: who says so, and who says otherwise.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::net::Ipv4Addr;

use graph::{
    Basis, Column, Confidence, ConnId, Endpoint, Event, History, Initiator, Kind, Limits, Model, Origin, OriginId, Proto, Realm, Realms,
    RegistryBuilder, Subject, Tag, Time, Tuple, Value, ValueType,
};

#[test]
fn what_does_not_hold_stays_with_its_origin() {
    let mut columns = RegistryBuilder::default();
    let sni = columns.register(Column::new("tls.sni", ValueType::Text, "the server's name")).unwrap();
    let country = columns.register(Column::new("country", ValueType::Symbol, "where it is").endpoint()).unwrap();
    let mut model = Model::new(columns.freeze(), Limits::default());
    for name in ["eth0", "suricata"] {
        model.add_origin(Origin { name: name.into(), realms: Realms { local: Realm(1), site: Realm(2) } }).unwrap();
    }
    let end = |last, port| Endpoint { addr: Ipv4Addr::new(192, 0, 2, last).into(), port };
    let (tuple, side) = Tuple::new(Proto::TCP, end(9, 50_000), end(1, 443));
    let now = Time::from_secs(1);
    let initiator = Initiator { side, basis: Basis::Handshake };
    let open = Kind::Open { tuple, conn: ConnId(1), start: now, initiator };
    model.apply(now, &Event { at: now, origin: OriginId(0), kind: open }, &mut ());
    let mut say = |origin, tag: Tag| {
        let kind = Kind::Tags { tuple, conn: ConnId(1), tags: vec![tag] };
        model.apply(now, &Event { at: now, origin: OriginId(origin), kind }, &mut ());
    };
    say(1, Tag::certain(sni, Value::text("b.example")));
    say(0, Tag::certain(sni, Value::text("a.example")));
    say(0, Tag::certain(country, Value::symbol("FR")).at(side.other()));
    let flow = model.flows().next().unwrap();
    let (id, key) = (flow.id, flow.key);
    let client = model.host_of(&key.host(side)).unwrap().id;
    let server = model.host_of(&key.host(side.other())).unwrap().id;
    model.tag_host(server, &Tag::certain(country, Value::symbol("US")), OriginId(1));
    model.tag_host(server, &Tag::certain(country, Value::symbol("FR")), OriginId(0));
    assert!(model.tag_host(client, &Tag::certain(country, Value::symbol("DE")).as_sure_as(Confidence::Likely), OriginId(1)));

    let known = model.details(Subject::Flow(id), &History::default()).unwrap().known;
    let said: Vec<_> =
        known.iter().map(|known| (known.name.as_str(), known.holds.value.to_string(), known.holds.origin.as_str())).collect();
    let expected = [("tls.sni", "a.example", "eth0"), ("dst.country", "FR", "eth0"), ("src.country", "DE", "suricata")];
    assert_eq!(said, expected.map(|(name, value, origin)| (name, value.to_owned(), origin)));
    let others: Vec<_> =
        known.iter().flat_map(|known| &known.others).map(|claim| (claim.value.to_string(), claim.origin.as_str())).collect();
    assert_eq!(others, [("b.example".into(), "suricata"), ("US".into(), "suricata")], "of the host is said what does not hold of the flow");

    let known = model.details(Subject::Host(client), &History::default()).unwrap().known;
    assert_eq!(known.iter().map(|known| known.name.as_str()).collect::<Vec<_>>(), ["country"]);
}
