//! Who made network cards.

use graph::{Column, ConnId, Kind, Proto, Side, Tag, Value, ValueType, Vendors};

use crate::network::Network;

#[test]
fn hosts_of_the_local_network_have_vendors_and_those_beyond_it_have_not() {
    let mac = Column::new("hardware", ValueType::Mac, "").endpoint();
    let lists = vec![b"Registry,Assignment,Organization Name\nMA-L,00D0EF,IGT\nMA-L,F4BD9E,Cisco\n".to_vec()];
    let mut network = Network::new(&[mac], vec![Box::new(Vendors { lists })]);
    let tuple = network.open(Proto::TCP, "10.0.0.1:4000", "192.0.2.1:443");
    let column = network.column("hardware");
    let card = |mac, side| Tag::certain(column, Value::Mac(mac)).at(side);
    let tags = vec![card([0x00, 0xd0, 0xef, 1, 2, 3], Side::A), card([0xf4, 0xbd, 0x9e, 1, 2, 3], Side::B)];
    assert_eq!(tuple.a().addr.to_string(), "10.0.0.1");
    network.tell(Kind::Tags { tuple, conn: ConnId(1), tags });
    network.compute();
    assert_eq!((network.of_host("10.0.0.1", "vendor"), network.of_host("192.0.2.1", "vendor")), ("IGT".into(), String::new()));
    assert!(network.set_addresses(&["192.0.2.9/24"]));
    let again = network.open(Proto::TCP, "10.0.0.1:4001", "192.0.2.1:443");
    network.tell(Kind::Tags { tuple: again, conn: ConnId(2), tags: vec![card([0xf4, 0xbd, 0x9e, 1, 2, 3], Side::B)] });
    network.compute();
    assert_eq!(network.of_host("192.0.2.1", "vendor"), "Cisco", "it is on a network of this machine");
}
