//! Several sources that tell of one machine: what is translated, what comes before its flow, what comes too late.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use graph::{
    Basis, Both, Column, ColumnId, ConnId, Counts, EndReason, Endpoint, Event, Flow, Initiator, Kind, Limits, Model, Origin, OriginId,
    Place, Proto, Realm, Realms, RegistryBuilder, Round, Side, Sink, Slice, Tag, Time, Total, Tuple, Value, ValueType,
};

const SEC: u64 = 1_000_000;

/// A model of two origins of one machine, and a column of ends.
fn model() -> (Model, ColumnId) {
    let mut columns = RegistryBuilder::default();
    let column = columns.register(Column::new("seen", ValueType::Integer, "").endpoint()).unwrap();
    let mut model = Model::new(columns.freeze(), Limits::default());
    for name in ["packets", "tracking"] {
        model.add_origin(Origin { name: name.into(), realms: Realms { local: Realm(1), site: Realm(2) } }).unwrap();
    }
    (model, column)
}

fn tuple(src: [u8; 4], src_port: u16, dst: [u8; 4], dst_port: u16) -> (Tuple, Side) {
    Tuple::new(Proto::TCP, Endpoint { addr: src.into(), port: src_port }, Endpoint { addr: dst.into(), port: dst_port })
}

/// Of a connection whose source is translated: as it begins, and beyond. The first stands the other way round when it is sorted.
fn faces() -> ((Tuple, Side), (Tuple, Side)) {
    let (inside, beyond) = (tuple([10, 0, 0, 2], 4000, [9, 0, 0, 9], 80), tuple([8, 0, 0, 1], 4000, [9, 0, 0, 9], 80));
    assert_ne!(inside.1, beyond.1);
    (inside, beyond)
}

fn translated() -> Kind {
    let ((tuple, side), (other, other_side)) = faces();
    Kind::Translated { tuple, other, flipped: side != other_side }
}

/// So many packets from who began it, and half as many back.
fn total(side: Side, packets: u64) -> Total {
    let counts = |packets| Counts { packets, bytes: packets * 114, ip_bytes: packets * 100 };
    let mut both = Both::default();
    (*both.from_mut(side), *both.from_mut(side.other())) = (counts(packets), counts(packets / 2));
    Total(both)
}

fn tell(model: &mut Model, at: u64, origin: u16, kind: Kind, sink: &mut Kept) {
    let at = Time(at);
    model.apply(at, &Event { at, origin: OriginId(origin), kind }, sink);
}

fn open((tuple, side): (Tuple, Side), conn: u32) -> Kind {
    Kind::Open { tuple, conn: ConnId(conn), start: Time(SEC), initiator: Initiator { side, basis: Basis::Handshake } }
}

fn data((tuple, side): (Tuple, Side), conn: u32, packets: u64) -> Kind {
    Kind::Data { tuple, conn: ConnId(conn), total: total(side, packets), last: Time(SEC) }
}

#[derive(Default)]
struct Kept(Vec<Slice>, Vec<Flow>);

impl Sink for Kept {
    fn slice(&mut self, slice: &Slice) {
        self.0.push(slice.clone());
    }
    fn flow_ended(&mut self, flow: &Flow, _model: &Model) {
        self.1.push(flow.clone());
    }
}

#[test]
fn both_faces_of_a_translated_connection_are_one_flow_whoever_speaks_first() {
    let (inside, beyond) = faces();
    let told: [&dyn Fn(u64) -> (u16, Kind); 5] =
        [&|_| (0, open(inside, 1)), &|n| (0, data(inside, 1, n)), &|_| (0, open(beyond, 2)), &|n| (0, data(beyond, 2, n)), &|_| {
            (1, translated())
        }];
    for last in 1..=told.len() {
        let ((mut model, _), mut kept) = (model(), Kept::default());
        // What is translated is told of at one place among the others, and may come before its flow is there.
        let mut order: Vec<_> = (0..4).collect();
        order.insert(last - 1, 4);
        for n in [2, 10] {
            for what in &order {
                let (origin, kind) = told[*what](n);
                tell(&mut model, SEC, origin, kind, &mut kept);
            }
        }
        tell(&mut model, SEC, 1, data(inside, 7, 9), &mut kept);
        let flow = model.flows().next().unwrap();
        assert_eq!((flow.key.tuple, flow.total(), model.flows().count()), (inside.0, total(inside.1, 10), 1), "{last}");
        assert_eq!((flow.src().port, flow.seen().count()), (4000, 3));
        assert_eq!((model.totals().flows, model.totals().flows_ever), (1, 1));
        let moved: u64 = model.hosts().map(|host| host.sent.packets).sum();
        let linked: u64 = model.links().map(|link| link.total.sum().packets).sum();
        assert_eq!((moved, linked), (15, 15), "{last}: nothing is counted twice");
        tell(
            &mut model,
            SEC,
            0,
            Kind::Close { tuple: beyond.0, conn: ConnId(2), reason: EndReason::Fin, total: total(beyond.1, 10), last: Time(SEC) },
            &mut kept,
        );
        model.advance(Time(99 * SEC), &mut kept);
        assert_eq!((kept.1.len(), model.flows().count()), (1, 0), "it ends once");
        tell(&mut model, 99 * SEC, 0, data(beyond, 3, 1), &mut kept);
        assert_eq!(model.flows().next().unwrap().key.tuple, beyond.0, "and then that tuple is one of its own");
    }
}

#[test]
fn what_is_said_of_the_second_face_is_of_the_same_ends() {
    let (inside, beyond) = faces();
    let ((mut model, column), mut kept) = (model(), Kept::default());
    tell(&mut model, SEC, 0, open(inside, 1), &mut kept);
    tell(&mut model, SEC, 1, translated(), &mut kept);
    let tags = vec![Tag::certain(column, Value::Integer(5)).at(beyond.1)];
    tell(&mut model, SEC, 0, Kind::Tags { tuple: beyond.0, conn: ConnId(0), tags }, &mut kept);
    let flow = model.flows().next().unwrap();
    assert_eq!(flow.tags.get(column, Place::End(inside.1)), Some(Value::Integer(5)));
}

#[test]
fn a_tag_waits_for_its_flow_and_makes_none() {
    let (inside, _) = faces();
    let ((mut model, column), mut kept) = (model(), Kept::default());
    let tags = vec![Tag::certain(column, Value::Integer(5)).at(Side::A)];
    let told = Kind::Tags { tuple: inside.0, conn: ConnId(0), tags };
    tell(&mut model, SEC, 1, told.clone(), &mut kept);
    assert_eq!(model.flows().count(), 0);
    tell(&mut model, 3 * SEC, 0, open(inside, 1), &mut kept);
    let flow = model.flows().next().unwrap();
    assert_eq!(flow.tags.get(column, Place::End(Side::A)), Some(Value::Integer(5)));
    let other = tuple([10, 0, 0, 3], 1, [9, 0, 0, 9], 80).0;
    let Kind::Tags { tags, .. } = told else { unreachable!() };
    tell(&mut model, 3 * SEC, 1, Kind::Tags { tuple: other, conn: ConnId(0), tags }, &mut kept);
    model.advance(Time(60 * SEC), &mut kept);
    assert_eq!(model.totals().tags_unmatched, 1);
}

#[test]
fn a_tag_that_knows_the_hosts_alone_is_of_their_newest_ping() {
    let ((mut model, column), mut kept) = (model(), Kept::default());
    let ping = |id, ty| {
        let (src, dst) = (Endpoint { addr: [10, 0, 0, 2].into(), port: id }, Endpoint { addr: [9, 0, 0, 9].into(), port: ty });
        Tuple::new(Proto::ICMP, src, dst)
    };
    let tag = |n| Kind::Tags { tuple: ping(0, 0).0, conn: ConnId(0), tags: vec![Tag::certain(column, Value::Integer(n)).at(Side::A)] };
    tell(&mut model, SEC, 1, tag(1), &mut kept);
    tell(&mut model, SEC, 0, open(ping(7, 8 << 8), 1), &mut kept);
    tell(&mut model, SEC, 0, open(ping(8, 8 << 8), 2), &mut kept);
    tell(&mut model, SEC, 1, tag(2), &mut kept);
    let said = |model: &Model, id| {
        let flow = model.flows().find(|flow| flow.src().port == id).unwrap();
        flow.tags.get(column, Place::End(Side::A))
    };
    assert_eq!((said(&model, 7), said(&model, 8)), (Some(Value::Integer(1)), Some(Value::Integer(2))));
    tell(
        &mut model,
        SEC,
        0,
        Kind::Close { tuple: ping(8, 8 << 8).0, conn: ConnId(2), reason: EndReason::Idle, total: Total::default(), last: Time(SEC) },
        &mut kept,
    );
    model.advance(Time(9 * SEC), &mut kept);
    tell(&mut model, 9 * SEC, 1, tag(3), &mut kept);
    assert_eq!((said(&model, 7), model.flows().count()), (Some(Value::Integer(1)), 1), "one that is gone is not found");
}

#[test]
fn a_slice_that_closes_before_everybody_told_is_incomplete() {
    let ((mut model, _), mut kept) = (model(), Kept::default());
    let mut at = |ms: u64, what: Option<Round>, asked: u64| {
        let now = Time(ms * 1_000);
        if let Some(round) = what {
            model.apply(now, &Event { at: Time(asked * 1_000), origin: OriginId(1), kind: Kind::Round(round) }, &mut kept);
        }
        model.advance(now, &mut kept);
    };
    at(1_000, None, 0);
    at(1_900, Some(Round::Told), 1_850);
    at(2_900, Some(Round::Told), 2_850);
    at(3_500, None, 0);
    // The answer of the third one comes in the fourth, which has its own in time.
    at(4_100, Some(Round::Told), 3_850);
    at(4_900, Some(Round::Told), 4_850);
    at(5_500, Some(Round::Over), 5_500);
    at(7_000, None, 0);
    let late: Vec<_> =
        kept.0.iter().filter(|slice| !slice.incomplete.is_empty()).map(|slice| (slice.start, slice.incomplete.clone())).collect();
    assert_eq!(late, [(Time(3 * SEC), vec![OriginId(1)])]);
    assert_eq!((kept.0.last().unwrap().start, model.totals().slices_incomplete), (Time(5 * SEC), 1));
}
