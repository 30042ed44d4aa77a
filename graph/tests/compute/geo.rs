//! Countries and owners of networks.

use graph::{Database, GeoError, Geography, Proto, Scans, Scopes};
use proptest::prelude::*;

use crate::mmdb::{Field, country, database, owner};
use crate::network::Network;

fn countries() -> Vec<u8> {
    database("Made-Up-Country", 6, &[("192.0.2.0/24", country("fr")), ("2001:db8::/32", country("DE")), ("198.51.0.0/16", country("US"))])
}

fn owners() -> Vec<u8> {
    let long = "A name of more than twenty-nine letters, as some have";
    database("Made-Up-ASN", 4, &[("192.0.2.128/25", owner(64_500, long)), ("198.51.100.0/24", owner(64_501, "Net"))])
}

#[test]
fn addresses_have_countries_and_owners() {
    let databases = vec![Database::read("c.mmdb", countries()).unwrap(), Database::read("a.mmdb", owners()).unwrap()];
    let mut network = Network::new(&[], vec![Box::new(Geography { databases })]);
    network.open(Proto::TCP, "10.0.0.1:1", "192.0.2.200:443");
    network.open(Proto::TCP, "203.0.113.9:1", "198.51.100.7:443");
    network.open(Proto::TCP, "[2001:db8::5]:1", "[2001:db9::5]:443");
    assert!(network.compute().is_empty());
    let said = |addr| ["country", "as.number", "as.org"].map(|column| network.of_host(addr, column));
    assert_eq!(said("192.0.2.200"), ["FR", "64500", "A name of more than twenty-nine letters, as some have"]);
    assert_eq!(said("198.51.100.7"), ["US", "64501", "Net"]);
    assert_eq!(said("2001:db8::5"), ["DE", "", ""], "the second file has no such addresses");
    assert_eq!((said("10.0.0.1"), said("203.0.113.9")), (["", "", ""].map(String::from), ["", "", ""].map(String::from)));
}

#[test]
fn other_files_count_at_once_for_hosts_that_are_known() {
    let geography = |files: &[Vec<u8>]| {
        let databases = files.iter().map(|file| Database::read("x.mmdb", file.clone()).unwrap()).collect();
        Box::new(Geography { databases })
    };
    let mut network = Network::new(&[], vec![geography(&[]), Box::new(Scopes)]);
    network.open(Proto::TCP, "10.0.0.1:1", "192.0.2.200:443");
    network.compute();
    let said = |network: &Network| ["country", "as.number", "scope"].map(|column| network.of_host("192.0.2.200", column));
    assert_eq!(said(&network), ["", "", "internet"]);
    let mut replace = |files: &[Vec<u8>]| {
        let Network { model, computations, .. } = &mut network;
        assert_eq!(computations.replace(geography(files), model), Ok(true));
        network.compute();
        said(&network)
    };
    assert_eq!(replace(&[countries(), owners()]), ["FR", "64500", "internet"]);
    assert_eq!(replace(&[owners()]), ["", "64500", "internet"], "what the other one said is taken back");
    let Network { model, computations, .. } = &mut network;
    computations.switch("geo", false, model);
    assert_eq!(computations.replace(geography(&[countries()]), model), Ok(true));
    network.compute();
    assert_eq!(said(&network), ["", "", "internet"], "it stays switched off");
    let Network { model, computations, .. } = &mut network;
    computations.switch("geo", true, model);
    assert_eq!(computations.replace(Box::new(Scans), model), Ok(false), "there is none of that name");
    network.open(Proto::TCP, "10.0.0.1:1", "198.51.100.7:443");
    network.compute();
    assert_eq!((said(&network)[0].as_str(), network.of_host("198.51.100.7", "country").as_str()), ("FR", "US"));
}

#[test]
fn other_makers_words_are_understood() {
    let record = Field::Map(vec![("country_code", Field::Text("NL")), ("asn", Field::Text("AS64502")), ("as_name", Field::Text("X"))]);
    let file = database("other lite", 6, &[("192.0.2.0/24", record)]);
    let databases = vec![Database::read("o.mmdb", file).unwrap()];
    let mut network = Network::new(&[], vec![Box::new(Geography { databases })]);
    network.open(Proto::TCP, "10.0.0.1:1", "192.0.2.200:443");
    network.compute();
    assert_eq!(["country", "as.number", "as.org"].map(|column| network.of_host("192.0.2.200", column)), ["NL", "64502", "X"]);
}

#[test]
fn a_file_that_is_none_is_named_with_what_to_do() {
    for file in [Vec::new(), b"\x7fELF".to_vec(), vec![0; 100_000], countries()[..40].to_vec()] {
        let error = Database::read("bad.mmdb", file).unwrap_err();
        assert!(matches!(error, GeoError::Format { .. }), "{error:?}");
        assert!(error.to_string().starts_with("bad.mmdb is no database") && error.to_string().contains("get it anew"), "{error}");
    }
    let names = database("Made-Up-Domain", 6, &[("192.0.2.0/24", Field::Map(vec![("domain", Field::Text("a.example"))]))]);
    let error = Database::read("names.mmdb", names).unwrap_err().to_string();
    assert!(error.contains("Made-Up-Domain") && error.contains("GeoLite2-Country"), "{error}");
}

#[test]
fn a_tree_that_nobody_can_walk_is_looked_at_for_a_while() {
    for (version, network) in [(4, "192.0.2.1/32"), (6, "2001:db8::1/128")] {
        let (mut file, depth) = (database("Lattice", version, &[(network, country("FR"))]), if version == 4 { 32 } else { 128 });
        // Both ways from each node lead to the next one: as many ways as there are addresses, and nothing at their ends.
        for node in 0..depth {
            let next = u32::to_be_bytes(node as u32 + 1);
            file[node * 6..][..6].copy_from_slice(&[&next[1..], &next[1..]].concat());
        }
        assert!(matches!(Database::read("lattice.mmdb", file), Err(GeoError::Other { .. })));
    }
}

#[test]
fn a_name_that_a_terminal_obeys_is_none() {
    let file = database("Made-Up-Country", 6, &[("192.0.2.0/24", country("\u{1b}c"))]);
    assert!(matches!(Database::read("c.mmdb", file), Err(GeoError::Other { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn damaged_files_do_no_harm(at in any::<prop::sample::Index>(), bytes in prop::collection::vec(any::<u8>(), 1..8), cut in 0..3_usize) {
        let mut file = if cut == 0 { owners() } else { countries() };
        let at = at.index(file.len());
        for (nth, byte) in bytes.into_iter().enumerate() {
            if let Some(place) = file.get_mut(at + nth) {
                *place = byte;
            }
        }
        if cut == 2 {
            file.truncate(at);
        }
        if let Ok(database) = Database::read("damaged.mmdb", file) {
            let mut network = Network::new(&[], vec![Box::new(Geography { databases: vec![database] })]);
            for n in 0..=255 {
                network.open(Proto::TCP, "10.0.0.1:1", &format!("192.0.2.{n}:443"));
            }
            let failures = network.compute();
            prop_assert!(failures.iter().all(|failure| failure.text.starts_with("damaged.mmdb is damaged")), "{failures:?}");
        }
    }
}
