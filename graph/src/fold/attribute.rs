//! What nodes can have in common.

use std::fmt;

use arcstr::ArcStr;

use crate::{Field, What};

/// What nodes can have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attribute {
    /// The network of an address: /24, or /64 of IPv6.
    Subnet,
    /// This machine, the local network, or the Internet.
    Scope,
    /// The registrable domain of a name.
    Domain,
    /// What most of its traffic is for.
    Service,
    /// Who counted the most of it.
    Probe,
    /// The program: that a process runs, or that talks with a host.
    Executable,
    /// Who runs that program.
    User,
    /// What holds that program.
    Container,
    /// The registered column of that name: a host's own tag, or else that of most of its traffic.
    Column(ArcStr),
}

impl Attribute {
    /// Every one that is no column, in the order of a menu.
    pub const ALL: [Attribute; 8] = [
        Attribute::Subnet,
        Attribute::Scope,
        Attribute::Domain,
        Attribute::Service,
        Attribute::Probe,
        Attribute::Executable,
        Attribute::User,
        Attribute::Container,
    ];

    /// Its name in settings and on the command line.
    pub fn name(&self) -> &str {
        match self {
            Attribute::Subnet => "subnet",
            Attribute::Scope => "scope",
            Attribute::Domain => "domain",
            Attribute::Service => "service",
            Attribute::Probe => "probe",
            Attribute::Executable => "executable",
            Attribute::User => "user",
            Attribute::Container => "container",
            Attribute::Column(name) => name,
        }
    }

    /// What the user reads.
    pub fn label(&self) -> &str {
        match self {
            Attribute::Subnet => "Subnet",
            Attribute::Scope => "LAN or Internet",
            Attribute::Domain => "Domain",
            Attribute::Service => "Service",
            Attribute::Probe => "Probe",
            Attribute::Executable => "Program",
            Attribute::User => "User",
            Attribute::Container => "Container",
            Attribute::Column(name) => name,
        }
    }

    /// Whether a process can have it too.
    pub const fn is_of_processes(&self) -> bool {
        match self {
            Attribute::Probe | Attribute::Executable | Attribute::User | Attribute::Container => true,
            Attribute::Subnet | Attribute::Scope | Attribute::Domain | Attribute::Service | Attribute::Column(_) => false,
        }
    }

    /// What nodes have in common whose flows have one value of a field; none of fields of which nearly each has its own.
    pub fn of_field(field: &Field) -> Option<Attribute> {
        Some(match field.asked.what {
            What::Service => Attribute::Service,
            What::Process => Attribute::Executable,
            What::User => Attribute::User,
            What::Container => Attribute::Container,
            What::SeenBy => Attribute::Probe,
            What::Tag(_) => {
                let name = field.name.strip_prefix("src.").or_else(|| field.name.strip_prefix("dst.")).unwrap_or(&field.name);
                Attribute::named(name)
            }
            _ => return None,
        })
    }

    /// The one of that name; one that is none of [`Attribute::ALL`] is a column's, whether there is such a column or not.
    pub fn named(name: &str) -> Attribute {
        Attribute::ALL.into_iter().find(|attribute| attribute.name() == name).unwrap_or_else(|| Attribute::Column(name.into()))
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
