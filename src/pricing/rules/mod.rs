//! The rules that people keep: tables of a dozen lines each, read with the prices and checked with them.
//!
//! In: `meters.csv`, `engine-versions.csv`, `predecessors.csv` and `effort.csv` of `pricing-cache/`. Out: look-ups; a
//! question that no line answers is answered `None`.

mod effort;
mod meters;
mod predecessors;
mod versions;

pub use effort::Effort;
pub(super) use effort::Efforts;
pub use meters::{Meter, Meters};
pub(super) use predecessors::Predecessors;
pub use versions::{Requirement, Version, Versions};

use crate::{pricing::text::Reader, terms::Service};

/// Reads the service of a record.
fn service(reader: &Reader<&[u8]>, column: usize) -> crate::error::Result<Service> {
    Service::parse(reader.field(column)).ok_or_else(|| reader.wrong(column))
}
