//! Prices and shapes: the dated table that every saving is priced from.
//!
//! Owns the embedded snapshot of `pricing-cache/` (On-Demand prices, shapes, families, offerings, regions, measured
//! speed) and the import that makes it ([`pack`]). In: files whose SHA-256 is in `index.json`. Out: look-ups that
//! answer `None` or [`Speed::Unknown`] where a fact is missing; nothing is carried over from another region, engine or
//! date. Every price says as of when and from which source.

mod book;
mod committed;
mod difference;
mod files;
mod index;
mod layers;
mod offer;
mod offerings;
mod pack;
mod regions;
mod rules;
mod service;
mod shapes;
mod speed;
mod store;
mod table;
mod term;
mod text;

pub use book::{PriceBook, PriceRow, ServiceStatus};
pub use difference::{PriceChange, difference, doubts};
pub use offer::{Line, Listed, Query, RateCode, Read, Reading, Sheet, offer_codes, plan_offers, queries, services};
pub use pack::{Packed, PackedFile, pack};
pub use regions::Region;
pub use rules::{Effort, Meter, Meters, Requirement, Version, Versions};
pub use shapes::{Family, Shape, bare_type};
pub use speed::Speed;
pub use store::{Added, Arrival, PriceKind, PriceVersion, Sku, Store, is_table, refreshes_alone, sheets_of_table};
pub use table::Price;
pub use term::{Class, Lease, Payment, Plan, Term};

/// Currency of every price in the snapshot.
pub const CURRENCY: &str = "USD";

#[cfg(test)]
mod facts_tests;
