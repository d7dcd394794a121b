//! The tables that SQL sees: every name of the product contract, its columns known at once, its rows made when a query scans it.
//!
//! In: the results of every stage up to `analysis`. Out: registered tables, under the names and columns of the product
//! contract. It computes nothing: a figure in a report and the same figure by SQL are one number.

mod columns;
mod figures;
mod late;
mod reference;

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::{catalog::TableProvider, datasource::MemTable};

pub use late::{Late, Origin};

use crate::{
    analysis::Figures,
    engine::Engine,
    error::{Error, Result},
    normalize::line_items_schema,
    pricing::PriceBook,
    rollup::{CellTable, Grain},
    units::Month,
};

/// The table of line items.
pub const LINE_ITEMS: &str = "line_items";

/// Tables that need the whole bill to be rolled up.
pub const FIGURES: &[&str] = &[
    "monthly_costs",
    "graviton_opportunities",
    "graviton_realized",
    "graviton_adoption",
    "commitment_coverage",
    "commitments",
    "cost_bridge",
];

/// Tables that need no bill.
pub const REFERENCE: &[&str] = &["prices", "instance_types"];

/// A table of the product contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// The line items themselves.
    LineItems,
    /// A table of figures.
    Figures(&'static str),
    /// Cells of the rollup.
    Cells(Grain),
    /// A table that needs no bill.
    Reference(&'static str),
}

impl Table {
    /// Returns all tables, in the order in which they are listed.
    pub fn all() -> impl Iterator<Item = Self> {
        let figures = FIGURES.iter().map(|&name| Self::Figures(name));
        let reference = REFERENCE.iter().map(|&name| Self::Reference(name));
        std::iter::once(Self::LineItems).chain(figures).chain(Grain::ALL.map(Self::Cells)).chain(reference)
    }

    /// Finds a table by its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|table| table.name().eq_ignore_ascii_case(name))
    }

    /// Returns the name in SQL.
    pub fn name(self) -> &'static str {
        match self {
            Self::LineItems => LINE_ITEMS,
            Self::Figures(name) | Self::Reference(name) => name,
            Self::Cells(grain) => grain.table(),
        }
    }

    /// Tells whether there are no rows without a bill.
    pub fn needs_bill(self) -> bool {
        !matches!(self, Self::Reference(_))
    }

    /// Says what a row is.
    pub fn grain(self) -> &'static str {
        match self.name() {
            "line_items" => "one row per line item of the delivery",
            "monthly_costs" => "one row per month, account, region, product, charge type and purchase option",
            "graviton_opportunities" => "one row per month, account, region, product and kind of compute",
            "graviton_realized" => "one row per month, account, region, product and Arm instance type",
            "graviton_adoption" => "one row per month, product, architecture and eligibility",
            "commitment_coverage" => "one row per month and product",
            "commitments" => "one row per month and reservation or Savings Plan",
            "cost_bridge" => "one row per pair of months, cost basis, product and effect",
            "daily_costs" => "one row per day, account, region, product, charge type and purchase option",
            "hourly_usage" => "one row per hour, payer, region, product and kind of compute",
            "resource_costs" => "one row per month, resource and kind of usage",
            "prices" => "one row per service, region, item and variant",
            _ => "one row per EC2 instance type",
        }
    }

    /// Returns the columns.
    ///
    /// # Errors
    /// Never for a table of [`Table::all`].
    pub fn schema(self) -> Result<SchemaRef> {
        Ok(match self {
            Self::LineItems => line_items_schema(),
            Self::Cells(grain) => CellTable::schema_of(grain),
            Self::Figures(_) => self.of_figures(&Figures::default(), None)?.schema(),
            Self::Reference("prices") => reference::prices(&[])?.schema(),
            Self::Reference(_) => reference::instance_types(&[])?.schema(),
        })
    }

    /// Returns a table of figures with its rows; `compare` is a pair of months that the bridge is to have in any case.
    ///
    /// # Errors
    /// When an amount is out of range, or the table is none of figures.
    pub fn of_figures(self, figures: &Figures, compare: Option<(Month, Month)>) -> Result<Arc<MemTable>> {
        match self.name() {
            "monthly_costs" => figures::monthly_costs(figures),
            "graviton_opportunities" => figures::opportunities(figures),
            "graviton_adoption" => figures::adoption(figures),
            "commitment_coverage" => figures::coverage(figures),
            "commitments" => figures::commitments(figures),
            "graviton_realized" => figures::realized(figures),
            "cost_bridge" => figures::bridge(figures, compare),
            other => Err(Error::runtime(format!("{other} is no table of figures"))),
        }
    }

    /// Returns a table that needs no bill, with its rows.
    ///
    /// # Errors
    /// When the price table cannot be read, or the table needs a bill.
    pub fn of_reference(self, book: &PriceBook) -> Result<Arc<MemTable>> {
        match self.name() {
            "prices" => reference::prices(&book.rows().collect::<Vec<_>>()),
            "instance_types" => {
                let shapes = book.shapes().map(|shape| (shape, book.family(&shape.family)));
                reference::instance_types(&shapes.collect::<Vec<_>>())
            }
            other => Err(Error::runtime(format!("{other} needs a bill"))),
        }
    }
}

/// Registers every table; the origin is asked for its rows when a query scans it.
///
/// # Errors
/// When one of them is there already.
pub fn register(engine: &Engine, origin: &Arc<dyn Origin>) -> Result<()> {
    for table in Table::all() {
        let late: Arc<dyn TableProvider> = Arc::new(Late::new(table, Arc::clone(origin))?);
        engine.context().register_table(table.name(), late)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_has_its_columns_before_it_has_rows() {
        for table in Table::all() {
            let schema = table.schema().unwrap();
            assert!(schema.fields().len() >= 6, "{table:?}");
            assert_eq!(Table::named(table.name()), Some(table));
        }
        let book = PriceBook::embedded().unwrap();
        for name in REFERENCE {
            let table = Table::named(name).unwrap();
            assert_eq!(table.of_reference(book).unwrap().schema(), table.schema().unwrap());
        }
    }
}
