//! Collects the documents of price lists and gives their sheets.

use std::{collections::BTreeMap, io};

use chrono::NaiveDate;

use super::Sheet;
use crate::{
    error::{Error, Result},
    pricing::PriceBook,
};

/// Collects documents of price lists; gives sheets.
#[derive(Debug)]
pub struct Reading<'a> {
    #[expect(dead_code, reason = "the reading follows")]
    book: &'a PriceBook,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Read {
    /// A sheet per service and region, sorted by both.
    pub sheets: Vec<Sheet>,
    /// How many products and rates are not in them, by reason.
    pub left_out: BTreeMap<&'static str, usize>,
    /// Prices that are not in them because the documents state two, each with its SKUs.
    pub ambiguous: Vec<String>,
}

impl<'a> Reading<'a> {
    /// Starts with nothing read.
    pub fn new(book: &'a PriceBook) -> Self {
        Self { book }
    }

    /// Tells what a SKU is that was read before, so that the rates of Savings Plans find their item.
    pub fn know(&mut self, sku: &str, service: &str, region: &str, variant: &str, item: &str) {
        let _ = (sku, service, region, variant, item);
    }

    /// Reads a record of GetProducts, a string of its `PriceList`; `today` dates one without a publication date.
    ///
    /// # Errors
    /// When it is malformed, with its SKU.
    pub fn product(&mut self, record: &str, today: Option<NaiveDate>) -> Result<()> {
        let _ = (record, today);
        Err(Error::incomplete("reading price lists is not built yet"))
    }

    /// Reads a document by its content, whatever its name.
    ///
    /// # Errors
    /// When it is malformed or of no known kind, with its name.
    pub fn document(&mut self, name: &str, bytes: Box<dyn io::Read>, stated: Option<NaiveDate>) -> Result<()> {
        let _ = (name, bytes, stated);
        Err(Error::incomplete("reading price lists is not built yet"))
    }

    /// Returns what was read.
    ///
    /// # Errors
    /// When what was read contradicts itself.
    pub fn finish(self) -> Result<Read> {
        Ok(Read::default())
    }
}
