//! Dissectors: what is in the packets of a flow beside its counters.
//!
//! A [`Dissector`] is asked once of every flow, at its first packet with a payload, whether that is its protocol, by what the bytes are
//! rather than by the port. One that says yes hears that packet and those after it until it knows all it wants, and tells tags of the flow, names of addresses,
//! and events of a module of its own. A flow that none wants, or wants any more, costs nothing.
//!
//! A dissector is one file: its [`Register`] function registers the columns it fills, and makes it. Those of this program are [`BUILT_IN`]; others are added to
//! them by [`install`].

mod collected;
mod dhcp;
mod dns;
mod found;
mod hello;
mod http;
mod netbios;
mod quic;
mod ssdp;
mod ssh;
mod text;
mod tls;
mod watch;

use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use graph::{Column, ColumnId, Endpoint, Meaning, Proto, RegistryBuilder, RegistryError, Side, Time, Tuple, ValueType};

pub use found::{Found, MAX_EVENT_BYTES, MODULES};
pub(crate) use watch::Watch;

/// Looks for one protocol in all flows.
pub trait Dissector: Debug + Send + Sync {
    /// What the protocol is called: one lower-case word, the value of the column `app.protocol` for flows of which it tells tags.
    fn name(&self) -> &'static str;

    /// Whoever looks at a flow whose first payload that is; none where it is not of this protocol.
    fn begin(&self, first: &Payload<'_>) -> Option<Box<dyn Session>>;
}

/// Looks at one flow.
pub trait Session: Debug + Send {
    /// Looks at what one end says, the flow's first payload included.
    fn hear(&mut self, payload: &Payload<'_>, found: &mut Found) -> Next;

    /// Whether it hears all that is ever said, where others hear the beginning.
    fn is_endless(&self) -> bool {
        false
    }
}

/// Whether a session wants to hear more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It does.
    More,
    /// It knows all it wants, or was wrong.
    Done,
}

/// What one end of a flow says.
#[derive(Clone, Copy, Debug)]
pub struct Payload<'a> {
    /// When its packet was captured.
    pub at: Time,
    /// The flow.
    pub tuple: Tuple,
    /// Who says it.
    pub from: Side,
    /// Who began the flow, as far as is known.
    pub client: Side,
    /// Of TCP all that this end has said in a row since it began, or was first seen; else the payload of one packet. What the capture did not keep is not in it.
    pub bytes: &'a [u8],
}

impl Payload<'_> {
    /// What carries it.
    pub const fn proto(&self) -> Proto {
        self.tuple.proto()
    }

    /// Whether it comes from whoever began the flow.
    pub fn is_from_client(&self) -> bool {
        self.from == self.client
    }

    /// Who says it.
    pub const fn src(&self) -> Endpoint {
        self.tuple.end(self.from)
    }

    /// Who is told.
    pub const fn dst(&self) -> Endpoint {
        self.tuple.end(self.from.other())
    }

    /// Whether it is of that protocol, and an end has that port.
    pub fn has_port(&self, proto: Proto, port: u16) -> bool {
        self.proto() == proto && (self.src().port == port || self.dst().port == port)
    }
}

/// Registers the columns that a dissector fills, and makes it.
pub type Register = fn(&mut RegistryBuilder) -> Result<Box<dyn Dissector>, RegistryError>;

/// Those of this program, in the order in which they are asked.
pub const BUILT_IN: [Register; 8] =
    [tls::register, http::register, ssh::register, dns::register, quic::register, dhcp::register, netbios::register, ssdp::register];

/// What was added to them.
static INSTALLED: OnceLock<Vec<Register>> = OnceLock::new();

/// Adds dissectors to those of this program, before anything is registered. False where that was done already: then nothing is added.
pub fn install(more: impl IntoIterator<Item = Register>) -> bool {
    INSTALLED.set(more.into_iter().collect()).is_ok()
}

/// Whether none of them looks at anything.
static HEADERS_ONLY: AtomicBool = AtomicBool::new(false);

/// From now on whoever is registered looks at nothing: what packets carry is not read.
pub fn look_at_headers_only() {
    HEADERS_ONLY.store(true, Ordering::Relaxed);
}

/// Whether it was said so.
pub(crate) fn looks_at_headers_only() -> bool {
    HEADERS_ONLY.load(Ordering::Relaxed)
}

/// Dissectors, in the order in which they are asked, and their common column.
#[derive(Clone, Debug, Default)]
pub struct Dissectors {
    protocol: Option<ColumnId>,
    all: Arc<[Box<dyn Dissector>]>,
}

impl Dissectors {
    /// Registers the columns of all that there are; nothing is dissected where only headers are looked at.
    ///
    /// # Errors
    /// Where two columns have one name.
    pub fn register(builder: &mut RegistryBuilder) -> Result<Dissectors, RegistryError> {
        let all = Dissectors::of(BUILT_IN.iter().chain(INSTALLED.get().into_iter().flatten()), builder)?;
        Ok(if looks_at_headers_only() { Dissectors::default() } else { all })
    }

    /// Registers the columns of these.
    ///
    /// # Errors
    /// Where two columns have one name.
    pub fn of<'a>(registers: impl IntoIterator<Item = &'a Register>, builder: &mut RegistryBuilder) -> Result<Dissectors, RegistryError> {
        let help = "what the flow speaks, by its first bytes rather than by its port";
        let protocol = Some(builder.register(Column::new("app.protocol", ValueType::Symbol, help).means(Meaning::Protocol))?);
        let all: Vec<_> = registers.into_iter().map(|register| register(builder)).collect::<Result<_, _>>()?;
        Ok(Dissectors { protocol, all: all.into() })
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
