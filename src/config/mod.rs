//! Settings in layers: what can be set, what files and the environment say of it; and the secrets, which are no settings.
//!
//! In: TOML text and environment variables. Out: [`Layers`], which know for each [`Setting`] the text of the highest layer
//! that has it, and where that stands. What the text means is decided where the flag of the same name is parsed: a value
//! reads the same wherever it is written.

mod catalogue;
mod environment;
mod file;
mod layers;
mod secrets;

pub use catalogue::{CATALOGUE, Kind, SECTIONS, Setting};
pub use layers::{FILE, Layer, Layers, Origin, Part, Said};
pub use secrets::Secret;
