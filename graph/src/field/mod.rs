//! What can be asked of rows: one list for tables, exports and queries.

mod fixed;
mod of_flow;
mod of_host;
mod of_process;
mod of_service;
mod schema;
mod shown;

pub(crate) use fixed::taken;
pub(crate) use of_service::ServiceSum;
pub use schema::{Asked, End, Field, FieldId, Schema, What};
pub(crate) use shown::shown;
