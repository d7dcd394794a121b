//! Prices and shapes: the dated table that every saving is priced from.
//!
//! Owns the embedded snapshot of `pricing-cache/` (On-Demand prices, rates of commitments, shapes, families, offerings, regions, measured
//! speed) and the import that makes it ([`pack`]). In: files whose SHA-256 is in `index.json`. Out: look-ups that
//! answer `None` or [`Speed::Unknown`] where a fact is missing; nothing is carried over from another region, engine or
//! date. Every price says as of when and from which source.

mod book;
mod committed;
mod files;
mod index;
mod offer;
mod offerings;
mod pack;
mod regions;
mod rules;
mod shapes;
mod speed;
mod table;
mod term;
mod text;

pub use book::{PriceBook, PriceRow, ServiceStatus};
pub use offer::{Line, Listed, RateCode, Sheet};
pub use pack::{Packed, PackedFile, pack};
pub use regions::Region;
pub use rules::{Effort, Meter, Meters, Requirement, Version, Versions};
pub use shapes::{Family, Shape, bare_type};
pub use speed::Speed;
pub use table::Price;
pub use term::{Class, Lease, Payment, Plan, Term};

/// The term of list prices, as the price list spells it.
pub const TERM: &str = "OnDemand";

/// Currency of every price in the snapshot.
pub const CURRENCY: &str = "USD";

#[cfg(test)]
mod facts_tests;
#[cfg(test)]
mod rates_tests;
