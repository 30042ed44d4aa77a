//! Writes databases of addresses (MaxMind DB, version 2), for tests.

use std::net::IpAddr;

/// A value of a record.
#[derive(Clone, Debug)]
pub enum Field {
    /// Words.
    Text(&'static str),
    /// A number of 16 bits.
    Short(u16),
    /// A number of 32 bits.
    Number(u32),
    /// A number of 64 bits.
    Long(u64),
    /// Fields with names.
    Map(Vec<(&'static str, Field)>),
    /// Nothing else is in it.
    EmptyList,
}

/// A record that says a country.
pub fn country(code: &'static str) -> Field {
    Field::Map(vec![("country", Field::Map(vec![("iso_code", Field::Text(code))]))])
}

/// A record that says who has a network.
pub fn owner(number: u32, owner: &'static str) -> Field {
    Field::Map(vec![("autonomous_system_number", Field::Number(number)), ("autonomous_system_organization", Field::Text(owner))])
}

/// What a record of the search tree leads to.
#[derive(Clone, Copy)]
enum Leads {
    Nowhere,
    Node(usize),
    Data(usize),
}

/// A database of these networks. One of version 4 has no other addresses, one of version 6 has both.
///
/// # Panics
/// Where a network is none, or has no place.
pub fn database(kind: &'static str, version: u16, networks: &[(&str, Field)]) -> Vec<u8> {
    let mut tree = vec![[Leads::Nowhere; 2]];
    let mut data = Vec::new();
    for (network, record) in networks {
        let (addr, len) = network.split_once('/').expect("a network");
        let (bits, skipped) = match addr.parse().expect("an address") {
            IpAddr::V4(addr) => (u128::from(addr.to_bits()), if version == 4 { 0 } else { 96 }),
            IpAddr::V6(addr) => (addr.to_bits(), 0),
        };
        let (width, len) = (if version == 4 { 32 } else { 128 }, skipped + len.parse::<u32>().expect("a length"));
        let found = data.len();
        write(&mut data, record);
        let mut node = 0;
        for nth in 0..len {
            let bit = usize::from(bits >> (width - 1 - nth) & 1 == 1);
            let next = tree.len();
            match (nth + 1 == len, tree[node][bit]) {
                (true, _) => tree[node][bit] = Leads::Data(found),
                (false, Leads::Node(next)) => node = next,
                (false, _) => {
                    tree[node][bit] = Leads::Node(next);
                    tree.push([Leads::Nowhere; 2]);
                    node = next;
                }
            }
        }
    }
    let count = tree.len();
    let mut file = Vec::new();
    for leads in tree.into_iter().flatten() {
        let record = match leads {
            Leads::Nowhere => count,
            Leads::Node(node) => node,
            Leads::Data(at) => count + 16 + at,
        };
        file.extend(&u32::try_from(record).expect("small").to_be_bytes()[1..]);
    }
    file.extend([0; 16]);
    file.extend(data);
    file.extend(b"\xab\xcd\xefMaxMind.com");
    let metadata = vec![
        ("binary_format_major_version", Field::Short(2)),
        ("binary_format_minor_version", Field::Short(0)),
        ("build_epoch", Field::Long(1_700_000_000)),
        ("database_type", Field::Text(kind)),
        ("description", Field::Map(Vec::new())),
        ("ip_version", Field::Short(version)),
        ("languages", Field::EmptyList),
        ("node_count", Field::Number(u32::try_from(count).expect("small"))),
        ("record_size", Field::Short(24)),
    ];
    write(&mut file, &Field::Map(metadata));
    file
}

fn write(out: &mut Vec<u8>, field: &Field) {
    match field {
        Field::Text(text) => {
            head(out, 2, text.len());
            out.extend(text.as_bytes());
        }
        Field::Short(n) => {
            head(out, 5, 2);
            out.extend(n.to_be_bytes());
        }
        Field::Number(n) => {
            head(out, 6, 4);
            out.extend(n.to_be_bytes());
        }
        Field::Long(n) => {
            // Of an extended type: 7 and this.
            out.extend([8, 2]);
            out.extend(n.to_be_bytes());
        }
        Field::Map(fields) => {
            head(out, 7, fields.len());
            for (name, field) in fields {
                write(out, &Field::Text(name));
                write(out, field);
            }
        }
        Field::EmptyList => out.extend([0, 4]),
    }
}

fn head(out: &mut Vec<u8>, kind: u8, len: usize) {
    let len = u8::try_from(len).expect("short");
    if len < 29 {
        out.push(kind << 5 | len);
    } else {
        out.extend([kind << 5 | 29, len - 29]);
    }
}
