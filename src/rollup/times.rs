//! The cells of one month by day or by hour as typed rows, without the accounts.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::{
    Grain, UsageKey, changed,
    columns::{CellRows, Shape},
    keys,
    parts::{Folder, Part},
};
use crate::{
    error::{Error, Result},
    units::{Month, from_scaled},
};

/// Line items of one day or hour that are alike in their usage.
#[derive(Debug, Clone)]
pub struct TimeRow {
    /// Days or hours since 1970, UTC.
    pub time: i32,
    /// What was used; of days and hours only the columns of their tables are told apart.
    pub usage: Arc<UsageKey>,
    /// Count of line items.
    pub line_items: u64,
    /// Quantity; hours where the usage is that of machines.
    pub usage_amount: Decimal,
    /// Cash cost.
    pub unblended_cost: Decimal,
    /// Cost with the fees of commitments spread over the usage they cover.
    pub amortized_cost: Decimal,
}

/// Returns the cells of a month; `None` when a byte of the files that hold them has changed.
///
/// # Errors
/// When the keys are no longer those that were sealed.
pub(super) fn of_month(folders: &[Folder], grain: Grain, month: Month) -> Result<Option<Vec<TimeRow>>> {
    let mut rows = Vec::new();
    for folder in folders {
        let mut is_of_month = Vec::new();
        for batch in &folder.rows(Part::Accounts)?.ok_or_else(changed)? {
            is_of_month.extend(keys::accounts(batch)?.iter().map(|account| account.month == month));
        }
        if !is_of_month.contains(&true) {
            continue;
        }
        let mut usages = Vec::new();
        for batch in &folder.rows(Part::Usages)?.ok_or_else(changed)? {
            usages.extend(keys::usages(batch)?);
        }
        let Some(batches) = folder.stream(grain.part())? else { return Ok(None) };
        for batch in batches {
            let batch = batch?;
            let shape = if grain == Grain::Resource { Shape::Resources } else { Shape::Times };
            let cells = CellRows::new(&batch, shape)?;
            for row in 0..batch.num_rows() {
                let key = cells.key(row);
                if !is_of_month.get(key.account as usize).copied().unwrap_or(false) {
                    continue;
                }
                let unknown = || Error::runtime("a rollup names a key that it does not hold");
                let sums = cells.sums(row);
                rows.push(TimeRow {
                    time: key.place,
                    usage: Arc::clone(usages.get(key.usage as usize).ok_or_else(unknown)?),
                    line_items: sums.line_items,
                    usage_amount: from_scaled(sums.usage_amount)?,
                    unblended_cost: from_scaled(sums.unblended)?,
                    amortized_cost: from_scaled(sums.amortized)?,
                });
            }
        }
    }
    Ok(Some(rows))
}
