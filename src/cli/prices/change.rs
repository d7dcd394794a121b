//! `gravimeter prices diff`: what changed between two days of the table, and what that does to the savings.

use std::{collections::BTreeMap, sync::Arc};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::{
    analysis::{Figures, Judge},
    cli::{
        args::{Global, PricesDiff},
        bill::OpenBill,
        grid::{Cell, Grid},
        price_book::store,
        talk,
    },
    error::{Error, Result},
    pricing::{PriceBook, PriceChange, Store, difference},
    units::ratio,
};

/// Runs the command.
pub(super) async fn run(global: &Global, options: &PricesDiff) -> Result<()> {
    let store = store(global)?;
    let until = options.to.or(global.as_of_day());
    let after = PriceBook::open(&store, until)?;
    let before = match options.from {
        Some(from) if until.is_some_and(|until| until < from) => {
            return Err(Error::usage(format!("--from {from} is after --to")));
        }
        Some(from) => PriceBook::open(&store, Some(from))?,
        None => last_before(&store, until)?,
    };
    let changes = difference(before, after);
    let says = format!("{} → {}", named(before), named(after));
    let count = |wanted: fn(&PriceChange) -> bool| changes.iter().filter(|change| wanted(change)).count();
    let new = count(|change| change.before.is_none());
    let gone = count(|change| change.after.is_none());
    let other = changes.len() - new - gone;
    if options.sources.is_empty() {
        let mut grid = Grid::new(&[
            "service",
            "region",
            "item",
            "variant",
            "term",
            "unit",
            "price_before",
            "price_after",
            "change",
        ]);
        grid.rows.extend(changes.iter().map(cells));
        grid.print(options.format)?;
    } else {
        effect(global, options, before, after).await?;
    }
    talk(global, &format!("{says}: {other} prices changed, {new} are new, {gone} are gone"));
    Ok(())
}

/// Returns the table as it was before its newest version.
fn last_before(store: &Store, until: Option<NaiveDate>) -> Result<&'static PriceBook> {
    match store.before_newest(until) {
        Some(before) => PriceBook::open(&Arc::new(before), until),
        None => Err(Error::usage("there is one version of the table only, the embedded one").hint(
            "gravimeter prices refresh or import makes another; or name two days: --from 2026-06-30 --to 2026-10-14",
        )),
    }
}

fn named(book: &PriceBook) -> String {
    format!("prices as of {} ({})", book.snapshot(), book.version())
}

fn cells(change: &PriceChange) -> Vec<Cell> {
    let both = change.before.zip(change.after);
    vec![
        Cell::text(&change.service),
        Cell::text(&change.region),
        Cell::text(&change.item),
        Cell::text(&change.variant),
        Cell::text(change.term.to_string()),
        Cell::text(change.unit),
        Cell::exact(change.before),
        Cell::exact(change.after),
        Cell::exact(both.and_then(|(before, after)| ratio(after - before, before)).map(|share| share.round_dp(6))),
    ]
}

/// What a table makes of a product.
#[derive(Default)]
struct Savings {
    list: Decimal,
    effective: Decimal,
    unlocked: Decimal,
    unpriced: Decimal,
}

/// Prints the savings of each month and product by both tables.
async fn effect(
    global: &Global,
    options: &PricesDiff,
    before: &'static PriceBook,
    after: &'static PriceBook,
) -> Result<()> {
    let bill = OpenBill::open(global, &options.sources, None, None).await?;
    let mut rows: BTreeMap<(String, String), [Savings; 2]> = BTreeMap::new();
    for (place, book) in [before, after].into_iter().enumerate() {
        let figures: Figures = bill.figures_by(&Judge::new(book, global.policy())).await?;
        for row in &figures.opportunities {
            let key = (row.month.to_string(), row.product_code.to_string());
            let sum = &mut rows.entry(key).or_default()[place];
            sum.list += row.list_saving.unwrap_or_default();
            sum.effective += row.effective_saving.unwrap_or_default();
            sum.unlocked += row.unlocked_saving.unwrap_or_default();
            if row.verdict == crate::terms::Verdict::Unpriced {
                sum.unpriced += row.amortized_cost;
            }
        }
    }
    let mut grid = Grid::new(&[
        "month",
        "product_code",
        "list_saving_before",
        "list_saving_after",
        "effective_saving_before",
        "effective_saving_after",
        "unlocked_saving_before",
        "unlocked_saving_after",
        "unpriced_cost_before",
        "unpriced_cost_after",
    ]);
    for ((month, product), [before, after]) in rows {
        let mut cells = vec![Cell::text(month), Cell::text(product)];
        for figure in [
            |sum: &Savings| sum.list,
            |sum: &Savings| sum.effective,
            |sum: &Savings| sum.unlocked,
            |sum: &Savings| sum.unpriced,
        ] {
            cells.extend([Cell::Exact(figure(&before)), Cell::Exact(figure(&after))]);
        }
        grid.rows.push(cells);
    }
    grid.print(options.format)
}
