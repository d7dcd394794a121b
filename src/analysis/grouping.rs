//! Sums of rows by account and by a view of what was used, in the order of both.

use std::{collections::BTreeMap, sync::Arc};

use hashbrown::HashMap;

use crate::rollup::{UsageKey, UsageRow};

/// Sums rows by two keys: one of the row's account and month, one of its usage; rows whose usage has none are left out.
///
/// Usages are viewed once each, however many rows share them, and rows are told apart by the rank of the view: comparing
/// texts row by row took most of the time of a report.
pub(super) fn sums<'r, A, U, S>(
    rows: &'r [UsageRow],
    account: impl Fn(&'r UsageRow) -> A,
    view: impl Fn(&'r UsageKey) -> Option<U>,
    add: impl Fn(&mut S, &UsageRow),
) -> Vec<(A, U, S)>
where
    A: Ord + Clone,
    U: Ord + Clone,
    S: Default,
{
    let mut views: HashMap<*const UsageKey, Option<U>> = HashMap::new();
    for row in rows {
        views.entry(Arc::as_ptr(&row.usage)).or_insert_with(|| view(&row.usage));
    }
    let mut known: Vec<(&U, *const UsageKey)> =
        views.iter().filter_map(|(usage, view)| Some((view.as_ref()?, *usage))).collect();
    known.sort_unstable_by(|a, b| a.0.cmp(b.0));
    let mut order: Vec<&U> = Vec::new();
    let mut ranks: HashMap<*const UsageKey, usize> = HashMap::with_capacity(known.len());
    for (view, usage) in known {
        if order.last().is_none_or(|last| *last != view) {
            order.push(view);
        }
        ranks.insert(usage, order.len() - 1);
    }
    let mut groups: BTreeMap<A, HashMap<usize, S>> = BTreeMap::new();
    let mut rest = rows;
    while let Some(first) = rest.first() {
        let of_run = account(first);
        let (run, others) = rest.split_at(rest.iter().take_while(|row| account(row) == of_run).count());
        rest = others;
        let sums = groups.entry(of_run).or_default();
        for row in run {
            if let Some(rank) = ranks.get(&Arc::as_ptr(&row.usage)) {
                add(sums.entry(*rank).or_default(), row);
            }
        }
    }
    let mut all = Vec::with_capacity(groups.values().map(HashMap::len).sum());
    for (account, sums) in groups {
        let mut sums: Vec<(usize, S)> = sums.into_iter().collect();
        sums.sort_unstable_by_key(|(rank, _)| *rank);
        all.extend(sums.into_iter().map(|(rank, sum)| (account.clone(), order[rank].clone(), sum)));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollup::fixture::{hours, row};

    #[test]
    fn rows_are_summed_in_the_order_of_both_keys() {
        // Equal usages that are not shared are one group, and a month that comes back is still one.
        let mut rows = vec![hours("m5.large", "1"), hours("c5.large", "2"), row("2024-02", "AmazonS3", "Usage")];
        rows.push(hours("m5.large", "4"));
        let view = |usage: &UsageKey| usage.instance_type.clone();
        let sums = sums(&rows, |row| row.month, view, |sum: &mut u64, row| *sum += row.line_items);
        let found: Vec<(String, &str, u64)> =
            sums.iter().map(|(month, name, sum)| (month.to_string(), &**name, *sum)).collect();
        assert_eq!(found, [("2024-01".to_owned(), "c5.large", 1), ("2024-01".to_owned(), "m5.large", 2)]);
    }
}
