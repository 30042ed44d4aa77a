//! What computations are told, and what becomes of what they say.

use std::time::Duration;

use graph::{
    Column, ColumnId, Computation, Happening, Interest, Model, NameOrigin, Prepared, Proto, ROUNDS, Registry, RegistryBuilder,
    RegistryError, Standing, Tag, Trouble, Updates, Value, ValueType,
};

use crate::network::Network;

/// What a made-up computation does with what it hears.
type Deed = fn(&Counter, Happening, &Model, &mut Updates) -> Result<(), Trouble>;

/// Fills one endpoint column of integers.
struct Counting {
    name: &'static str,
    interest: fn(ColumnId) -> Interest,
    deed: Deed,
}

struct Counter {
    column: ColumnId,
    interest: Interest,
    deed: Deed,
    heard: u64,
    forgotten: bool,
}

impl Prepared for Counting {
    fn name(&self) -> &'static str {
        self.name
    }

    fn help(&self) -> &'static str {
        "counts"
    }

    fn register(self: Box<Self>, columns: &mut RegistryBuilder) -> Result<Box<dyn Computation>, RegistryError> {
        let column = columns.register(Column::new(self.name, ValueType::Integer, "counts").endpoint())?;
        Ok(Box::new(Counter { column, interest: (self.interest)(column), deed: self.deed, heard: 0, forgotten: false }))
    }
}

impl Computation for Counter {
    fn begin(&mut self, _columns: &Registry) -> Interest {
        self.interest.clone()
    }

    fn hear(&mut self, happening: Happening, model: &Model, updates: &mut Updates) -> Result<(), Trouble> {
        self.heard += 1;
        (self.deed)(self, happening, model, updates)
    }

    fn pass(&mut self, model: &Model, updates: &mut Updates) -> Result<(), Trouble> {
        let _ = (model, updates);
        Ok(())
    }

    fn memory(&mut self) -> Option<Vec<u8>> {
        (!self.forgotten).then(|| self.heard.to_string().into_bytes())
    }

    fn forget(&mut self) {
        self.forgotten = true;
    }
}

fn counting(name: &'static str, interest: fn(ColumnId) -> Interest, deed: Deed) -> Box<dyn Prepared> {
    Box::new(Counting { name, interest, deed })
}

/// Says which number of a happening a host is.
fn number(counter: &Counter, happening: Happening, _model: &Model, updates: &mut Updates) -> Result<(), Trouble> {
    let (Happening::Host(host) | Happening::HostTagged(host, _)) = happening else { panic!("it did not ask for {happening:?}") };
    updates.tag_host(host, Tag::certain(counter.column, Value::Integer(counter.heard)));
    Ok(())
}

fn fail(counter: &Counter, happening: Happening, model: &Model, updates: &mut Updates) -> Result<(), Trouble> {
    number(counter, happening, model, updates)?;
    Err(Trouble("the file is not one".into()))
}

fn fall(counter: &Counter, happening: Happening, model: &Model, updates: &mut Updates) -> Result<(), Trouble> {
    number(counter, happening, model, updates)?;
    panic!("as it was told to")
}

#[test]
fn what_is_said_is_a_tag_of_the_host_and_of_its_flows() {
    let mut network = Network::new(&[], vec![counting("nth", |_| Interest::default().hosts(), number)]);
    let tuple = network.open(Proto::TCP, "10.0.0.1:4000", "192.0.2.1:443");
    network.name("10.0.0.1", NameOrigin::Dns, "a.example");
    assert!(network.compute().is_empty());
    assert_eq!((network.of_host("10.0.0.1", "nth"), network.of_host("192.0.2.1", "nth")), ("1".into(), "2".into()));
    assert_eq!((network.of_client(tuple, "nth"), network.of_server(tuple, "nth")), ("1".into(), "2".into()));
    let origin = network.computations.list().next().unwrap().origin;
    assert_eq!(network.model.totals().origin(origin), Some("nth"), "it has an origin of its own");
    assert_eq!(network.host("10.0.0.1").tags.all().next().unwrap().origin(), origin);
}

#[test]
fn what_is_said_causes_what_is_said_a_few_times_and_no_more() {
    let again = |column| Interest::default().hosts().host_tags([column]);
    let mut network = Network::new(&[], vec![counting("echo", again, number)]);
    network.tell(graph::Kind::Outer { src: "10.0.0.1".parse().unwrap(), dst: "10.0.0.1".parse().unwrap(), packets: 1, bytes: 1 });
    network.compute();
    assert_eq!(network.of_host("10.0.0.1", "echo"), ROUNDS.to_string());
    assert_eq!(network.computations.put_off(), 1);
    network.compute();
    assert_eq!(network.of_host("10.0.0.1", "echo"), (2 * ROUNDS).to_string(), "the rest is told in the next pass");
}

#[test]
fn one_that_fails_is_named_and_switched_off_and_the_others_go_on() {
    let hosts = |_| Interest::default().hosts();
    let all = vec![counting("fails", hosts, fail), counting("falls", hosts, fall), counting("nth", hosts, number)];
    let mut network = Network::new(&[], all);
    network.open(Proto::TCP, "10.0.0.1:4000", "192.0.2.1:443");
    let failures = network.compute();
    assert_eq!(failures.iter().map(|failure| failure.name).collect::<Vec<_>>(), ["fails", "falls"]);
    assert_eq!(&*failures[0].text, "the file is not one");
    let standings: Vec<_> = network.computations.list().map(|listed| listed.standing.clone()).collect();
    assert!(matches!(&standings[..], [Standing::Failed(_), Standing::Failed(_), Standing::On]), "{standings:?}");
    assert_eq!((network.of_host("10.0.0.1", "fails"), network.of_host("10.0.0.1", "falls")), (String::new(), String::new()));
    assert_eq!(network.of_host("192.0.2.1", "nth"), "2");
    network.open(Proto::TCP, "10.0.0.9:4000", "192.0.2.1:443");
    assert!(network.compute().is_empty(), "who failed is told no more");
    let Network { model, computations, .. } = &mut network;
    assert!(computations.switch("falls", true, model) && !computations.switch("nobody", true, model));
    assert!(matches!(computations.list().nth(1).unwrap().standing, Standing::Failed(_)));
}

#[test]
fn one_that_is_switched_off_takes_back_what_it_said_and_switched_on_hears_of_all() {
    let mut network = Network::new(&[], vec![counting("nth", |_| Interest::default().hosts(), number)]);
    for n in 0..10 {
        network.open(Proto::TCP, &format!("10.0.0.{n}:4000"), "192.0.2.1:443");
    }
    network.compute();
    assert_eq!(network.of_host("192.0.2.1", "nth"), "2");
    let Network { model, computations, .. } = &mut network;
    computations.switch("nth", false, model);
    assert_eq!(network.of_host("192.0.2.1", "nth"), "");
    network.open(Proto::TCP, "10.0.0.99:4000", "192.0.2.1:443");
    network.compute();
    assert_eq!(network.of_host("10.0.0.99", "nth"), "", "it is not told");
    let Network { model, computations, .. } = &mut network;
    computations.switch("nth", true, model);
    network.compute();
    assert!(network.model.hosts().all(|host| !host.tags.is_empty()));
    network.wait(Duration::from_secs(2));
    assert_eq!(network.computations.memories(), [("nth", b"23".to_vec())], "each of twelve hosts once more, and none twice");
    assert!(network.computations.forget("nth") && !network.computations.forget("nobody"));
    assert!(network.computations.memories().is_empty());
}
