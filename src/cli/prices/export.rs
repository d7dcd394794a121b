//! `gravimeter prices export`: the table as rows.

use super::{COLUMNS, show::cells};
use crate::{
    cli::{
        args::{Global, PricesExport},
        grid::Grid,
        price_book::book,
    },
    error::{Error, Result},
};

/// Runs the command.
pub(super) fn run(global: &Global, options: &PricesExport) -> Result<()> {
    let book = book(global)?;
    let regions: Vec<&str> =
        options.regions.iter().map(String::as_str).chain(global.region_of_rows.as_deref()).collect();
    let wanted = |list: &[&str], name: &str| list.is_empty() || list.contains(&name);
    let services: Vec<&str> = options.services.iter().map(String::as_str).collect();
    let mut grid = Grid::new(&COLUMNS);
    let found = book.rows().filter(|row| wanted(&services, row.service) && wanted(&regions, row.region));
    grid.rows.extend(found.map(|row| cells(&row)));
    if grid.rows.is_empty() {
        return Err(Error::usage("the table has no price of that")
            .hint("gravimeter prices status lists the services; spell regions as ap-northeast-2"));
    }
    grid.print(options.format)
}
