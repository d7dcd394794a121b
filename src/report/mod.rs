//! Presents: one [`model::Report`], drawn as HTML, PNG, PDF, XLSX, Markdown, CSV and JSON.
//!
//! In: the tables of `analysis`. Out: files, written whole or not at all. It computes no figure that is not in the model.

pub mod build;
pub mod charts;
pub mod csv;
mod exchange;
pub mod guard;
pub mod html;
pub mod json;
pub mod markdown;
pub mod model;
mod months;
pub mod output;
pub mod pdf;
#[cfg(test)]
pub(crate) mod sections_fixture;
pub mod sheets;
mod story;
pub mod words;
pub mod workbook;

pub use exchange::Conversion;
