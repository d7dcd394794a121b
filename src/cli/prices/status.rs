//! `gravimeter prices status`: services, regions and dates; versions; coverage of a bill's spend.

use chrono::{NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::{
    analysis::{PriceCoverage, STALE_AFTER, price_coverage, price_coverage_of_all},
    cli::{
        args::{Global, PricesStatus},
        bill::OpenBill,
        grid::{Cell, Grid, GridFormat},
        price_book::{book, folder, store},
        talk,
    },
    error::Result,
    units::{grouped, money},
};

/// Runs the command.
pub(super) async fn run(global: &Global, options: &PricesStatus) -> Result<()> {
    if options.versions {
        versions(global, options.format)
    } else if options.sources.is_empty() {
        services(global, options.format)
    } else {
        coverage(global, options).await
    }
}

fn services(global: &Global, format: GridFormat) -> Result<()> {
    let book = book(global)?;
    let mut grid = Grid::new(&["service", "prices", "regions", "oldest", "newest", "refreshed"]);
    for service in book.status() {
        grid.rows.push(vec![
            Cell::text(service.service),
            Cell::Number(service.rows.into()),
            Cell::Number(service.regions.into()),
            day(service.oldest),
            day(service.newest),
            day(service.refreshed),
        ]);
    }
    grid.print(format)?;
    let store = store(global)?;
    let place = match folder(global) {
        Some(folder) if !store.versions().is_empty() => {
            format!("{} refreshed or imported versions in {}", store.versions().len(), folder.display())
        }
        _ => "embedded only".to_owned(),
    };
    talk(
        global,
        &format!(
            "list prices in USD, newest of {}, table {}; {place}; a cell that is not there is unpriced",
            book.snapshot(),
            book.version()
        ),
    );
    let age = (Utc::now().date_naive() - book.confirmed()).num_days();
    if global.as_of.is_none() && age > STALE_AFTER {
        talk(
            global,
            &format!(
                "warning: the newest price is {age} days old: `gravimeter prices refresh SOURCE` asks AWS for today's"
            ),
        );
    }
    Ok(())
}

fn versions(global: &Global, format: GridFormat) -> Result<()> {
    let store = store(global)?;
    let mut grid = Grid::new(&[
        "service",
        "region",
        "kind",
        "as_of",
        "prices",
        "offers",
        "offer_version",
        "checked",
        "source",
        "sha256",
        "file",
    ]);
    for version in store.as_of(global.as_of_day()) {
        grid.rows.push(vec![
            Cell::text(version.service.as_str()),
            Cell::text(version.region.as_str()),
            Cell::text(version.kind.as_str()),
            day(Some(version.as_of)),
            Cell::Number(version.rows.into()),
            Cell::text(version.offers.join("+")),
            Cell::optional(version.offer_version.clone()),
            day(Some(version.last_checked(global.as_of_day()))),
            Cell::text(version.source.as_str()),
            Cell::text(version.sha256.as_str()),
            Cell::text(version.file.as_str()),
        ]);
    }
    grid.print(format)?;
    talk(global, &format!("{} versions in {}", store.versions().len(), store.root().display()));
    Ok(())
}

async fn coverage(global: &Global, options: &PricesStatus) -> Result<()> {
    let bill = OpenBill::open(global, &options.sources, None, None).await?;
    let (figures, _) = bill.figures().await?;
    let mut grid = Grid::new(&[
        "product_code",
        "compute_cost",
        "priced_cost",
        "unpriced_cost",
        "unpriced_share",
        "stale_cost",
        "oldest_price",
        "newest_price",
    ]);
    let row = |name: String, coverage: &PriceCoverage| {
        vec![
            Cell::text(name),
            Cell::Exact(coverage.compute_cost),
            Cell::Exact(coverage.priced_cost),
            Cell::Exact(coverage.unpriced_cost),
            Cell::exact(coverage.unpriced_share().map(|share| share.round_dp(6))),
            Cell::Exact(coverage.stale_cost),
            day(coverage.oldest),
            day(coverage.newest),
        ]
    };
    for (product, coverage) in price_coverage(&figures.opportunities) {
        grid.rows.push(row(product, &coverage));
    }
    grid.print(options.format)?;
    let all = price_coverage_of_all(&figures.opportunities);
    let percent = |share: Option<Decimal>| {
        share.map_or_else(|| "none".to_owned(), |share| format!("{} %", grouped(share * Decimal::ONE_HUNDRED, 2)))
    };
    talk(
        global,
        &format!(
            "{} of {} amortised compute is unpriced ({}); the rest of it is priced ({}) or needs no price; table {}",
            money(all.unpriced_cost, &figures.currency),
            money(all.compute_cost, &figures.currency),
            percent(all.unpriced_share()),
            money(all.priced_cost, &figures.currency),
            bill.judge.book().version(),
        ),
    );
    if let Some(warning) = all.warning() {
        talk(global, &format!("warning: {warning}"));
    }
    Ok(())
}

fn day(day: Option<NaiveDate>) -> Cell {
    Cell::optional(day.map(|day| day.to_string()))
}
