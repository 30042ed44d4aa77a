//! Computations: what follows from what is known. Each is told of what happened, may look at the whole model, and says more of it: tags
//! and names, never counters. One file or folder each; the files of others that one needs are handed to it as bytes.

mod beacon;
mod computation;
mod domain;
mod first;
mod geo;
mod happening;
mod scan;
mod scope;
mod service;
mod set;
mod updates;
mod vendor;
mod words;

pub use beacon::Beacons;
pub use computation::{Computation, Prepared, Trouble};
pub use domain::DomainNames;
pub use first::{Acquaintances, FirstContacts, Unreadable};
pub use geo::{Database, GeoError, Geography};
pub(crate) use happening::Happened;
pub use happening::{Happening, Interest};
pub use scan::Scans;
pub use scope::Scopes;
pub use service::{Ports, Services};
pub use set::{Computations, Failure, Listed, ROUNDS, Standing};
pub use updates::Updates;
pub use vendor::Vendors;
use words::Words;
