//! From the files of a rollup to typed rows.

use std::sync::Arc;

use chrono::DateTime;
use rayon::prelude::*;
use rust_decimal::Decimal;

use super::{
    UsageKey, UsageRow,
    cells::{Known, Sums},
    changed,
    columns::{CellRows, Shape},
    keys,
    parts::{Folder, Part},
    tagged::Tagged,
};
use crate::{
    error::{Error, Result},
    units::from_scaled,
};

/// Returns the rows of all deliveries in their fixed order.
///
/// # Errors
/// When the files are no longer those that were sealed.
pub(super) fn all(folders: &[Folder], tags: &[Vec<Option<String>>]) -> Result<Vec<UsageRow>> {
    let mut of_folders: Vec<Vec<UsageRow>> =
        folders.par_iter().zip(tags).map(|(folder, tags)| rows(folder, tags)).collect::<Result<_>>()?;
    of_folders.retain(|rows| !rows.is_empty());
    of_folders.sort_by(|a, b| a.first().map(order).cmp(&b.first().map(order)));
    // Mostly a delivery is a month, and they follow one another.
    let follow = of_folders.windows(2).all(|pair| pair[0].last().map(order) < pair[1].first().map(order));
    let mut all = Vec::with_capacity(of_folders.iter().map(Vec::len).sum());
    for mut rows in of_folders {
        all.append(&mut rows);
    }
    if !follow {
        all.sort_by(|a, b| order(a).cmp(&order(b)));
        merge(&mut all);
    }
    Ok(all)
}

/// Returns the rows by resource whose usage is wanted.
///
/// # Errors
/// When the files are no longer those that were sealed.
pub(super) fn by_resource(
    folders: &[Folder],
    tags: &[Vec<Option<String>>],
    wanted: impl Fn(&UsageKey) -> bool,
) -> Result<Vec<(Arc<str>, UsageRow)>> {
    let mut found = Vec::new();
    for (folder, tags) in folders.iter().zip(tags) {
        let Keys { usages, accounts } = Keys::read(folder, tags)?;
        let is_wanted: Vec<bool> = usages.iter().map(|usage| wanted(usage)).collect();
        for batch in folder.stream(Part::Resources)?.ok_or_else(changed)? {
            let batch = batch?;
            let cells = CellRows::new(&batch, Shape::Resources)?;
            for row in 0..batch.num_rows() {
                let (key, id) = (cells.key(row), cells.text(row));
                let usage = key.usage as usize;
                if id.is_empty() || !is_wanted.get(usage).copied().unwrap_or(false) {
                    continue;
                }
                let unknown = || Error::runtime("a rollup names a key that it does not hold");
                let account = accounts.get(key.account as usize).ok_or_else(unknown)?;
                found.push((Arc::from(id), usage_row(account, &usages[usage], &cells.sums(row))?));
            }
        }
    }
    Ok(found)
}

/// The keys of a delivery by number.
struct Keys {
    usages: Vec<Arc<UsageKey>>,
    accounts: Vec<Tagged>,
}

impl Keys {
    fn read(folder: &Folder, tags: &[Option<String>]) -> Result<Self> {
        let batches = |part| folder.rows(part)?.ok_or_else(changed);
        let (mut usages, mut accounts) = (Vec::new(), Vec::new());
        for batch in &batches(Part::Usages)? {
            usages.extend(keys::usages(batch)?);
        }
        for batch in &batches(Part::Accounts)? {
            accounts.extend(keys::accounts(batch)?);
        }
        Ok(Self {
            usages,
            accounts: accounts.into_iter().map(|account| Tagged::of(account, tags)).collect::<Result<_>>()?,
        })
    }
}

/// Returns the rows of a delivery in their order.
fn rows(folder: &Folder, tags: &[Option<String>]) -> Result<Vec<UsageRow>> {
    let Keys { usages, accounts } = Keys::read(folder, tags)?;
    let (usage_ranks, account_ranks) = (ranks(&usages), ranks(&accounts));
    let mut rows = Vec::new();
    for batch in &folder.rows(Part::Months)?.ok_or_else(changed)? {
        let cells = CellRows::new(batch, Shape::Months)?;
        rows.reserve_exact(batch.num_rows());
        for row in 0..batch.num_rows() {
            let key = cells.key(row);
            let unknown = || Error::runtime("a rollup names a key that it does not hold");
            let (account, usage) = (key.account as usize, key.usage as usize);
            let rank = account_ranks.get(account).zip(usage_ranks.get(usage)).ok_or_else(unknown)?;
            rows.push((rank, usage_row(&accounts[account], &usages[usage], &cells.sums(row))?));
        }
    }
    rows.sort_unstable_by_key(|(rank, _)| *rank);
    let mut rows: Vec<UsageRow> = rows.into_iter().map(|(_, row)| row).collect();
    if !tags.is_empty() {
        // Accounts that differ only in tags that nobody meant are one.
        merge(&mut rows);
    }
    Ok(rows)
}

/// Returns the place of each key in their order; equal keys have the same one.
fn ranks<K: Ord>(keys: &[K]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.sort_unstable_by_key(|&at| &keys[at]);
    let mut ranks = vec![0; keys.len()];
    for pair in order.windows(2) {
        ranks[pair[1]] = ranks[pair[0]] + usize::from(keys[pair[0]] != keys[pair[1]]);
    }
    ranks
}

fn usage_row(Tagged { account, values }: &Tagged, usage: &Arc<UsageKey>, sums: &Sums) -> Result<UsageRow> {
    let known = |mark, sum| if sums.known.has(mark) { from_scaled(sum).map(Some) } else { Ok(None) };
    let instant = |millis: i64| if millis == 0 { None } else { DateTime::from_timestamp_millis(millis) };
    Ok(UsageRow {
        month: account.month,
        payer_account_id: account.payer_account_id.clone(),
        account_id: account.account_id.clone(),
        account_name: account.account_name.clone(),
        tags: Arc::clone(values),
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
    })
}

/// Returns the key that puts rows in their fixed order: every grouping column.
fn order(row: &UsageRow) -> impl Ord + '_ {
    (row.month, &row.payer_account_id, &row.account_id, &row.account_name, &row.tags, &row.usage)
}

/// Adds rows of one key into one; deliveries may share a month when only their rows tell it.
fn merge(rows: &mut Vec<UsageRow>) {
    rows.dedup_by(|row, first| {
        let same = order(row) == order(first);
        if same {
            add(first, row);
        }
        same
    });
}

impl UsageRow {
    /// Adds what a row of the same place and usage sums.
    pub fn add(&mut self, row: &Self) {
        add(self, row);
    }

    /// Takes a part away.
    pub fn subtract(&mut self, part: &Self) {
        let minus = |amount: Option<Decimal>| amount.map(|amount| -amount);
        let negative = Self {
            line_items: 0,
            usage_amount: -part.usage_amount,
            unblended_cost: -part.unblended_cost,
            amortized_cost: -part.amortized_cost,
            net_unblended_cost: minus(part.net_unblended_cost),
            net_amortized_cost: minus(part.net_amortized_cost),
            list_cost: minus(part.list_cost),
            upfront_cost: -part.upfront_cost,
            amortized_upfront: minus(part.amortized_upfront),
            usage_through: None,
            any_usage_through: None,
            ..part.clone()
        };
        add(self, &negative);
        self.line_items = self.line_items.saturating_sub(part.line_items);
    }
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
