//! `gravimeter verify`: the totals of the bill by both engines, side by side.

use super::{
    args::{Global, Verify},
    bill::OpenBill,
    grid::{Cell, Grid},
    talk,
};
use crate::{
    analysis::{Costs, Figures},
    error::{Error, Result},
    normalize::UsageKind,
    verify::{Amount, Claim, Comparison, Figure, Sums, compare, recompute},
};

/// How many differences the error names; the table has them all.
const NAMED: usize = 5;

/// Runs the command.
pub(super) async fn run(global: &Global, options: &Verify) -> Result<()> {
    let (from, to) = (options.month.or(options.from), options.month.or(options.to));
    let bill = OpenBill::open(global, &options.sources, from, to).await?;
    let claim = claim(&bill.figures_of_files().await?);
    let threads = global.threads.or_else(|| std::thread::available_parallelism().ok());
    let found = recompute(&bill.bill, threads.map_or(1, std::num::NonZero::get)).await?;
    let comparison = compare(&claim, &found);
    grid(&comparison).print(options.format)?;
    if found.has_focus {
        talk(global, "note: FOCUS has no line item types and no instance types: neither was compared");
    }
    if comparison.differing > 0 {
        return Err(differs(&comparison));
    }
    let months = claim.months.len();
    let counted = [
        (months as u64, "month", "months"),
        (comparison.line_items, "line item", "line items"),
        (comparison.figures, "figure", "figures"),
    ]
    .map(|(count, one, many)| format!("{} {}", thousands(count), if count == 1 { one } else { many }));
    let rounding = match comparison.within_rounding {
        0 => String::new(),
        count => format!(" ({} within the rounding of amounts with more than 12 places)", thousands(count)),
    };
    talk(global, &format!("verified: {}: all equal{rounding}", counted.join(", ")));
    Ok(())
}

/// Returns what the first engine says, as plain numbers.
fn claim(figures: &Figures) -> Claim {
    let mut claim = Claim::default();
    for total in &figures.months {
        claim.months.insert(total.month, sums(&total.costs));
    }
    for row in &figures.monthly_costs {
        let account = row.account_id.as_deref().unwrap_or("");
        claim.totals.add(row.month, &row.product_code, &row.charge_type, account, &sums(&row.costs));
    }
    for row in &figures.rows {
        if row.usage_kind == UsageKind::InstanceHours && &*row.product_code == "AmazonEC2" {
            let instance_type = row.instance_type.as_deref().unwrap_or("");
            claim.totals.add_hours(row.month, instance_type, Amount::from(row.usage_amount));
        }
    }
    claim
}

fn sums(costs: &Costs) -> Sums {
    Sums {
        line_items: costs.line_items,
        unblended_cost: Some(costs.unblended.into()),
        amortized_cost: Some(costs.amortized.into()),
        net_unblended_cost: costs.net_unblended.map(Amount::from),
        net_amortized_cost: costs.net_amortized.map(Amount::from),
        list_cost: costs.list.map(Amount::from),
    }
}

/// The totals of the months, and every difference below them.
fn grid(comparison: &Comparison) -> Grid {
    let mut grid = Grid::new(&["level", "key", "column", "gravimeter", "polars", "difference"]);
    let below = comparison.differences.iter().filter(|found| !comparison.months.contains(found));
    grid.rows = comparison.months.iter().chain(below).map(row).collect();
    grid
}

fn row(figure: &Figure) -> Vec<Cell> {
    vec![
        Cell::text(figure.level.to_string()),
        Cell::text(&figure.key),
        Cell::text(figure.column),
        Cell::exact(figure.gravimeter),
        Cell::exact(figure.polars),
        Cell::exact(figure.difference()),
    ]
}

fn differs(comparison: &Comparison) -> Error {
    let (count, of) = (thousands(comparison.differing), thousands(comparison.figures));
    let first = comparison.differences.first().map(ToString::to_string).unwrap_or_default();
    let mut error = Error::incomplete(format!("the engines differ in {count} of {of} figures: {first}"));
    for next in comparison.differences.iter().skip(1).take(NAMED - 1) {
        error = error.hint(format!("also: {next}"));
    }
    error
        .hint("do not use this bill's figures; send the table on stdout with the names of the files to the maintainers")
}

fn thousands(count: u64) -> String {
    crate::units::grouped(count.into(), 0)
}
