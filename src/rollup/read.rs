//! From the files of a rollup to typed rows.

use std::sync::Arc;

use chrono::DateTime;

use super::{
    UsageRow,
    cells::Known,
    changed,
    columns::{CellRows, Shape},
    keys,
    parts::{Folder, Part},
};
use crate::{
    error::{Error, Result},
    units::from_scaled,
};

/// Appends the rows of a delivery.
///
/// # Errors
/// When the files are no longer those that were sealed.
pub(super) fn rows(folder: &Folder, rows: &mut Vec<UsageRow>) -> Result<()> {
    let keys_of = |part| folder.rows(part)?.ok_or_else(changed);
    let (mut usages, mut accounts) = (Vec::new(), Vec::new());
    for batch in &keys_of(Part::Usages)? {
        usages.extend(keys::usages(batch)?);
    }
    for batch in &keys_of(Part::Accounts)? {
        accounts.extend(keys::accounts(batch)?);
    }
    for batch in &keys_of(Part::Months)? {
        let cells = CellRows::new(batch, Shape::Months)?;
        for row in 0..batch.num_rows() {
            let (key, sums) = (cells.key(row), cells.sums(row));
            let unknown = || Error::runtime("a rollup names a key that it does not hold");
            let account = accounts.get(key.account as usize).ok_or_else(unknown)?;
            let usage = usages.get(key.usage as usize).ok_or_else(unknown)?;
            let known = |mark, sum| if sums.known.has(mark) { from_scaled(sum).map(Some) } else { Ok(None) };
            let instant = |millis: i64| if millis == 0 { None } else { DateTime::from_timestamp_millis(millis) };
            rows.push(UsageRow {
                month: account.month,
                payer_account_id: account.payer_account_id.clone(),
                account_id: account.account_id.clone(),
                account_name: account.account_name.clone(),
                usage: Arc::clone(usage),
                line_items: sums.line_items,
                usage_amount: from_scaled(sums.usage_amount)?,
                unblended_cost: from_scaled(sums.unblended)?,
                amortized_cost: from_scaled(sums.amortized)?,
                net_unblended_cost: known(Known::NET_UNBLENDED, sums.net_unblended)?,
                net_amortized_cost: known(Known::NET_AMORTIZED, sums.net_amortized)?,
                list_cost: known(Known::LIST, sums.list)?,
                upfront_cost: from_scaled(sums.upfront)?,
                amortized_upfront: if sums.known.has(Known::UPFRONT_UNKNOWN) {
                    None
                } else {
                    Some(from_scaled(sums.amortized_upfront)?)
                },
                usage_through: instant(sums.usage_through),
                any_usage_through: instant(sums.any_usage_through),
            });
        }
    }
    Ok(())
}

/// Returns the key that puts rows in their fixed order: every grouping column.
pub(super) fn order(row: &UsageRow) -> impl Ord + '_ {
    (row.month, &row.payer_account_id, &row.account_id, &row.account_name, &row.usage)
}

/// Adds rows of one key into one; deliveries may share a month when only their rows tell it.
pub(super) fn merged(rows: Vec<UsageRow>) -> Vec<UsageRow> {
    let mut all: Vec<UsageRow> = Vec::with_capacity(rows.len());
    for row in rows {
        match all.last_mut().filter(|last| order(last) == order(&row)) {
            Some(last) => add(last, &row),
            None => all.push(row),
        }
    }
    all
}

fn add(sum: &mut UsageRow, row: &UsageRow) {
    sum.line_items += row.line_items;
    sum.usage_amount += row.usage_amount;
    sum.unblended_cost += row.unblended_cost;
    sum.amortized_cost += row.amortized_cost;
    sum.upfront_cost += row.upfront_cost;
    for (sum, part) in [
        (&mut sum.net_unblended_cost, row.net_unblended_cost),
        (&mut sum.net_amortized_cost, row.net_amortized_cost),
        (&mut sum.list_cost, row.list_cost),
    ] {
        if let Some(part) = part {
            *sum = Some(sum.unwrap_or_default() + part);
        }
    }
    sum.amortized_upfront = sum.amortized_upfront.zip(row.amortized_upfront).map(|(sum, part)| sum + part);
    sum.usage_through = sum.usage_through.max(row.usage_through);
    sum.any_usage_through = sum.any_usage_through.max(row.any_usage_through);
}
