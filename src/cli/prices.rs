//! `gravimeter prices`: what the price table covers and says, and how it is made.

use super::{
    args::{Global, Prices, PricesCommand},
    grid::{Cell, Grid, GridFormat},
    talk,
};
use crate::{
    error::{Error, Result},
    pricing::{PriceBook, pack},
};

/// Runs the command.
pub(super) fn run(global: &Global, options: &Prices) -> Result<()> {
    match &options.command {
        PricesCommand::Status { format } => status(global, *format),
        PricesCommand::Show { item, format } => show(item, global.region.as_deref(), *format),
        PricesCommand::Pack { from, to } => {
            let packed = pack(from, to)?;
            talk(
                global,
                &format!(
                    "packed {} files, prices up to {}, into {}",
                    packed.files.len(),
                    packed.snapshot,
                    to.display()
                ),
            );
            Ok(())
        }
    }
}

fn status(global: &Global, format: GridFormat) -> Result<()> {
    let book = PriceBook::embedded()?;
    let mut grid = Grid::new(&["service", "prices", "regions", "oldest", "newest"]);
    for service in book.status() {
        grid.rows.push(vec![
            Cell::text(service.service),
            Cell::Number(service.rows.into()),
            Cell::Number(service.regions.into()),
            Cell::optional(service.oldest.map(|day| day.to_string())),
            Cell::optional(service.newest.map(|day| day.to_string())),
        ]);
    }
    grid.print(format)?;
    talk(
        global,
        &format!(
            "on-demand list prices in USD, embedded; newest of {}; a cell that is not there is unpriced",
            book.snapshot()
        ),
    );
    Ok(())
}

fn show(item: &str, region: Option<&str>, format: GridFormat) -> Result<()> {
    let book = PriceBook::embedded()?;
    let mut grid =
        Grid::new(&["service", "region", "item", "variant", "term", "unit", "price", "currency", "as_of", "source"]);
    for row in book.rows().filter(|row| row.item == item && region.is_none_or(|region| row.region == region)) {
        grid.rows.push(vec![
            Cell::text(row.service),
            Cell::text(row.region),
            Cell::text(row.item),
            Cell::text(row.variant),
            Cell::text(row.term),
            Cell::text(row.unit),
            Cell::Exact(row.price),
            Cell::text(row.currency),
            Cell::text(row.as_of.to_string()),
            Cell::text(row.source),
        ]);
    }
    if grid.rows.is_empty() {
        let place = region.map_or_else(String::new, |region| format!(" in {region}"));
        return Err(Error::usage(format!("the table has no price of {item}{place}: it is unpriced there"))
            .hint("spell the item as the bill does: m6g.large, db.r6g.large, cache.r6g.large, r6g.large.search"));
    }
    grid.print(format)
}
