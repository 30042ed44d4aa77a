//! The columns that packets fill.

use graph::{Column, ColumnId, RegistryBuilder, RegistryError, ValueType};

/// The columns of what every packet source may learn of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns {
    /// Hardware address of each end, as the first packet's link layer had it.
    pub mac: ColumnId,
    /// VLAN identifier, outermost.
    pub vlan: ColumnId,
    /// How the flow is carried, where a tunnel carries it.
    pub tunnel_kind: ColumnId,
    /// One end of the outermost tunnel, as the flow's first packet had it.
    pub tunnel_src: ColumnId,
    /// The other end.
    pub tunnel_dst: ColumnId,
    /// Network, key or session of the innermost tunnel.
    pub tunnel_id: ColumnId,
}

impl Columns {
    /// Registers them. Once a registry: a second time is a duplicate.
    pub fn register(builder: &mut RegistryBuilder) -> Result<Columns, RegistryError> {
        let mac = Column::new("mac", ValueType::Mac, "hardware address in the link layer; a router's for hosts behind it")
            .endpoint()
            .also(&["eth.addr|eth.src|eth.dst"]);
        let mac = builder.register(mac)?;
        let vlan = builder.register(Column::new("vlan", ValueType::Integer, "VLAN identifier, outermost").also(&["vlan.id"]))?;
        let mut add = |name, value_type, help| builder.register(Column::new(name, value_type, help));
        Ok(Columns {
            mac,
            vlan,
            tunnel_kind: add("tunnel.kind", ValueType::Symbol, "how the flow is carried, outermost tunnel first")?,
            tunnel_src: add("tunnel.src", ValueType::Ip, "where the outermost tunnel begins")?,
            tunnel_dst: add("tunnel.dst", ValueType::Ip, "where the outermost tunnel ends")?,
            tunnel_id: add("tunnel.id", ValueType::Integer, "network, key or session of the innermost tunnel")?,
        })
    }
}
