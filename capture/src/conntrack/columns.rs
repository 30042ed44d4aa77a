//! What connection tracking says of a flow beside its counters.

use graph::{Column, ColumnId, Registry, RegistryBuilder, RegistryError, Tag, Value, ValueType};
use wire::netlink::conntrack::Entry;

const SRC: Column = Column::new("nat.src", ValueType::Ip, "address of who began it, beyond the translation of addresses");
const SRC_PORT: Column = Column::new("nat.src_port", ValueType::Port, "port of who began it, beyond the translation");
const DST: Column = Column::new("nat.dst", ValueType::Ip, "address of who answered, beyond the translation of addresses");
const DST_PORT: Column = Column::new("nat.dst_port", ValueType::Port, "port of who answered, beyond the translation");
const ZONES: Column = Column::new("ct.zone", ValueType::Integer, "zones in which connection tracking knows it, but 0").many();

/// Registers them.
pub(crate) fn register(builder: &mut RegistryBuilder) -> Result<(), RegistryError> {
    [SRC, SRC_PORT, DST, DST_PORT, ZONES].into_iter().try_for_each(|column| builder.register(column).map(drop))
}

/// Those that a registry has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    src: Option<ColumnId>,
    src_port: Option<ColumnId>,
    dst: Option<ColumnId>,
    dst_port: Option<ColumnId>,
    zones: Option<ColumnId>,
}

impl Columns {
    pub(super) fn of(registry: &Registry) -> Columns {
        let find = |column: Column| registry.find(column.name);
        Columns { src: find(SRC), src_port: find(SRC_PORT), dst: find(DST), dst_port: find(DST_PORT), zones: find(ZONES) }
    }

    /// What an entry says that is known in these zones. Addresses and ports only where they are others beyond.
    pub(super) fn tags(&self, entry: &Entry, zones: impl Iterator<Item = u16>) -> Vec<Tag> {
        let (there, back) = (&entry.original, &entry.reply);
        let ports = there.ports.zip(back.ports);
        let zones: Vec<_> = zones.filter(|zone| *zone != 0).map(|zone| Value::Integer(zone.into())).collect();
        let said = [
            (self.src, (there.src != back.dst).then_some(Value::Ip(back.dst))),
            (self.dst, (there.dst != back.src).then_some(Value::Ip(back.src))),
            (self.src_port, ports.filter(|((src, _), (_, beyond))| src != beyond).map(|(_, (_, beyond))| Value::Port(beyond))),
            (self.dst_port, ports.filter(|((_, dst), (beyond, _))| dst != beyond).map(|(_, (beyond, _))| Value::Port(beyond))),
            (self.zones, (!zones.is_empty()).then(|| Value::list(zones))),
        ];
        said.into_iter().filter_map(|(column, value)| Some(Tag::certain(column?, value?))).collect()
    }
}
