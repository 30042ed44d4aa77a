//! Suricata's records: lines of JSON, whatever they come by.
//!
//! [`Lines`] puts them together, [`Record::parse`] reads one: of which flow it is, and what it says of it. What it counted is not read: who counts
//! packets is asked for that. Types that are not known are records all the same; what is of another type than expected is passed over.
//!
//! ```
//! use wire::eve::{Field, Lines, Record};
//!
//! let mut lines = Lines::default();
//! let mut read = Vec::new();
//! lines.take(b"{\"event_type\":\"tls\",\"tls\":{\"sni\":\"a.example\"}}\n{\"event", |line| read.extend(line.map(Record::parse)));
//! let record = read.remove(0)?;
//! assert!(record.says.fields.contains(&(Field::TlsSni, "a.example".to_owned())));
//! # Ok::<(), wire::eve::Fault>(())
//! ```

mod dns;
mod fault;
mod lines;
mod record;
mod says;
mod time;

pub use fault::Fault;
pub use lines::{Lines, MAX_LINE};
pub use record::{Ends, Record};
pub use says::{Field, Named, Says};
pub use time::micros;
