//! Who made the network card of a host, by the first bits of its hardware address.

use arcstr::ArcStr;
use hashbrown::HashMap;

use super::{Computation, Happening, Interest, Prepared, Trouble, Updates};
use crate::{Column, ColumnId, HostId, Model, Place, Registry, RegistryBuilder, RegistryError, Scope, Side, Tag, Value, ValueType};

/// More assignments than there are; what is beyond is passed over.
const MOST: usize = 200_000;

/// Finds who made network cards.
#[derive(Clone, Debug, Default)]
pub struct Vendors {
    /// IEEE's lists of assignments, as comma-separated values: `oui.csv`, `mam.csv`, `oui36.csv`. They are read once the first hardware address is seen.
    pub lists: Vec<Vec<u8>>,
}

impl Prepared for Vendors {
    fn name(&self) -> &'static str {
        "vendor"
    }

    fn help(&self) -> &'static str {
        "who made the network card of each host on the local network, by IEEE's lists"
    }

    fn register(self: Box<Self>, columns: &mut RegistryBuilder) -> Result<Box<dyn Computation>, RegistryError> {
        let help = "who made the network card that the host is seen by; a router's for hosts behind it";
        let column = columns.register(Column::new("vendor", ValueType::Symbol, help).endpoint())?;
        Ok(Box::new(State { column, lists: self.lists, assigned: None }))
    }
}

#[derive(Debug)]
struct State {
    column: ColumnId,
    lists: Vec<Vec<u8>>,
    assigned: Option<Assigned>,
}

impl Computation for State {
    /// Whatever column of an end holds hardware addresses.
    fn begin(&mut self, columns: &Registry) -> Interest {
        let is_address = |column: &Column| column.endpoint && column.value_type == ValueType::Mac;
        Interest::default().flow_tags(columns.columns().filter(|(_, column)| is_address(column)).map(|(id, _)| id))
    }

    fn hear(&mut self, happening: Happening, model: &Model, updates: &mut Updates) -> Result<(), Trouble> {
        let Happening::FlowTagged(id, column) = happening else { return Ok(()) };
        let Some(flow) = model.flow(id) else { return Ok(()) };
        for side in [Side::A, Side::B] {
            // Beyond the local network it is always the router's.
            if !matches!(model.totals().scope(&flow.key.host(side)), Scope::Own | Scope::Local) {
                continue;
            }
            let Some(host) = model.host_at(flow, side).filter(|host| host.tags.held(self.column, Place::Flow).is_none()) else { continue };
            let said = flow.tags.get(column, Place::End(side));
            let said = said.as_ref().map(Value::each).unwrap_or_default();
            if let Some(mac) = said.iter().find_map(|value| if let Value::Mac(mac) = value { Some(*mac) } else { None }) {
                self.say(host.id, mac, updates);
            }
        }
        Ok(())
    }
}

impl State {
    fn say(&mut self, host: HostId, mac: [u8; 6], updates: &mut Updates) {
        let lists = &mut self.lists;
        let assigned = self.assigned.get_or_insert_with(|| Assigned::read(&std::mem::take(lists)));
        if let Some(vendor) = assigned.vendor(mac) {
            updates.tag_host(host, Tag::certain(self.column, Value::Symbol(vendor)));
        }
    }
}

/// Assignments by how many bits of an address they are of, and those bits.
#[derive(Debug, Default)]
struct Assigned(HashMap<(u32, u64), ArcStr>);

impl Assigned {
    /// Reads lists: what kind of assignment, its digits, to whom. What is none of that is passed over.
    fn read(lists: &[Vec<u8>]) -> Assigned {
        let mut assigned = HashMap::new();
        for list in lists {
            let mut rows = csv::ReaderBuilder::new().flexible(true).from_reader(list.as_slice());
            let mut row = csv::ByteRecord::new();
            while rows.read_byte_record(&mut row).unwrap_or(false) && assigned.len() < MOST {
                let (Some(digits), Some(name)) = (row.get(1), row.get(2)) else { continue };
                let bits = digits.len() as u32 * 4;
                let digits = std::str::from_utf8(digits).ok().and_then(|digits| u64::from_str_radix(digits, 16).ok());
                let name: String = String::from_utf8_lossy(name).trim().chars().filter(|char| !char.is_control()).take(64).collect();
                if let (Some(digits), false, 24..=36) = (digits, name.is_empty() || name == "Private", bits) {
                    assigned.insert((bits, digits), name.into());
                }
            }
        }
        Assigned(assigned)
    }

    /// The vendor of an address, or why it has none.
    fn vendor(&self, mac: [u8; 6]) -> Option<ArcStr> {
        let [first, ..] = mac;
        if mac == [0; 6] {
            return None;
        }
        if first & 1 != 0 {
            return Some("multicast".into());
        }
        if first & 2 != 0 {
            return Some("locally administered".into());
        }
        let number = mac.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        [36, 28, 24].into_iter().find_map(|bits| self.0.get(&(bits, number >> (48 - bits)))).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIST: &[u8] = b"Registry,Assignment,Organization Name,Organization Address\r\n\
        MA-L,00D0EF,IGT,9295 PROTOTYPE DRIVE\r\nMA-L,F4BD9E,\"Cisco \"\"X\"\" Systems, Inc\",\r\n\
        MA-M,00D0EF1,Smaller,\r\nMA-S,00D0EF12A,Smallest,\r\nMA-L,112233,Private,\r\nMA-L,zz,Nobody,\r\nMA-L\r\n\r\n";

    #[test]
    fn the_longest_assignment_names_the_vendor() {
        let assigned = Assigned::read(&[LIST.to_vec(), b"\xff\xfe\x00\"".to_vec()]);
        let vendor = |mac| assigned.vendor(mac).map(|name| name.to_string()).unwrap_or_default();
        assert_eq!(vendor([0x00, 0xd0, 0xef, 0x22, 3, 4]), "IGT");
        assert_eq!(vendor([0x00, 0xd0, 0xef, 0x13, 3, 4]), "Smaller");
        assert_eq!(vendor([0x00, 0xd0, 0xef, 0x12, 0xa3, 4]), "Smallest");
        assert_eq!(vendor([0xf4, 0xbd, 0x9e, 0, 0, 0]), "Cisco \"X\" Systems, Inc");
        assert_eq!(vendor([0x10, 0, 0, 0, 0, 1]), "");
        assert_eq!((vendor([2, 0, 0, 0, 0, 1]), vendor([1, 0, 0x5e, 0, 0, 1])), ("locally administered".into(), "multicast".into()));
        assert_eq!((vendor([0; 6]), vendor([0xff; 6])), (String::new(), "multicast".into()));
        assert_eq!(assigned.0.len(), 4);
    }

    proptest! {
        #[test]
        fn whatever_a_list_holds_is_read(list in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut damaged = LIST.to_vec();
            damaged.extend(&list);
            for list in [list, damaged] {
                prop_assert!(Assigned::read(&[list]).0.values().all(|name| name.chars().count() <= 64));
            }
        }
    }
}
