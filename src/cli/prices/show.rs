//! `gravimeter prices show`: the prices of an item.

use super::COLUMNS;
use crate::{
    cli::{
        args::{Global, PricesShow},
        grid::{Cell, Grid},
        price_book::book,
    },
    error::{Error, Result},
    pricing::PriceRow,
};

/// Runs the command.
pub(super) fn run(global: &Global, options: &PricesShow) -> Result<()> {
    let (book, region, item) = (book(global)?, global.region.as_deref(), options.item.as_str());
    let mut grid = Grid::new(&COLUMNS);
    let found = book.rows().filter(|row| row.item == item && region.is_none_or(|region| row.region == region));
    grid.rows.extend(found.map(|row| cells(&row)));
    if grid.rows.is_empty() {
        let place = region.map_or_else(String::new, |region| format!(" in {region}"));
        return Err(Error::usage(format!("the table has no price of {item}{place}: it is unpriced there"))
            .hint("spell the item as the bill does: m6g.large, db.r6g.large, cache.r6g.large, r6g.large.search"));
    }
    grid.print(options.format)
}

/// Returns a price as cells.
pub(super) fn cells(row: &PriceRow<'_>) -> Vec<Cell> {
    vec![
        Cell::text(row.service),
        Cell::text(row.region),
        Cell::text(row.item),
        Cell::text(row.variant),
        Cell::text(row.term.to_string()),
        Cell::text(row.unit),
        Cell::Exact(row.price),
        Cell::text(row.currency),
        Cell::text(row.as_of.to_string()),
        Cell::text(row.source),
    ]
}
