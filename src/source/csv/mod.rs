//! CSV deliveries: what the header line says, and the records of one version of a file.
//!
//! AWS writes CSV as `.csv.gz` or `.csv.zip`; people pass them on unpacked. What a file is its bytes say: how it is
//! packed the first ones, what it holds the header. A file that ends before it should is an error, never a short month.

mod head;
mod inflate;
mod records;
mod zip;

pub use head::{CsvColumn, CsvHead};
pub use inflate::Compression;
pub use records::Records;

pub(super) use head::{first_text, open};
