//! The bill by account, region or tag, and the part of it that is shown.

use rust_decimal::Decimal;

use crate::{
    analysis::{BreakdownRow, Dimension, Figures, Selection},
    report::model::{BreakdownLine, GroupCost, Groups, Shown},
    units::{Month, ratio},
};

/// Lists a month by a dimension, dearest first, beside the month before.
pub(super) fn lines(figures: &Figures, by: &Dimension, month: Month, previous: Option<Month>) -> Vec<BreakdownLine> {
    lines_of(&figures.breakdown(by), month, previous)
}

fn lines_of(rows: &[BreakdownRow], month: Month, previous: Option<Month>) -> Vec<BreakdownLine> {
    let of = |month: Month| rows.iter().filter(move |row| row.month == month);
    let bill: Decimal = of(month).map(|row| row.costs.amortized).sum();
    let nothing = |row: &BreakdownRow| BreakdownRow::nothing(month, row.key.clone(), row.name.clone());
    let is_new = |row: &&BreakdownRow| !of(month).any(|now| now.key == row.key);
    // What cost something in the month before and is gone is a line too: the changes add up to that of the bill.
    let gone: Vec<BreakdownRow> =
        previous.into_iter().flat_map(|previous| of(previous).filter(is_new)).map(nothing).collect();
    of(month)
        .chain(&gone)
        .map(|row| {
            line(
                row,
                previous.map(|previous| {
                    of(previous)
                        .find(|before| before.key == row.key)
                        .map_or(Decimal::ZERO, |before| before.costs.amortized)
                }),
                bill,
            )
        })
        .collect()
}

fn line(row: &BreakdownRow, previous_cost: Option<Decimal>, bill: Decimal) -> BreakdownLine {
    let cost = row.costs.amortized;
    BreakdownLine {
        key: row.key.clone(),
        name: row.name.clone(),
        unblended_cost: row.costs.unblended,
        amortized_cost: cost,
        previous_cost,
        change: previous_cost.map(|before| cost - before),
        share: ratio(cost, bill),
        compute_cost: row.compute_cost,
        graviton_share: ratio(row.graviton_cost, row.compute_cost),
        list_saving: row.list_saving,
        effective_saving: row.effective_saving,
        unlocked_saving: row.unlocked_saving,
        locked_saving: row.locked_saving,
        realized_saving: row.realized_saving,
    }
}

/// Lists every month by what was asked for.
pub(super) fn groups(figures: &Figures, by: &Dimension, month: Month, previous: Option<Month>) -> Groups {
    let rows = figures.breakdown(by);
    let lines = lines_of(&rows, month, previous);
    let cost = |row: BreakdownRow| GroupCost {
        month: row.month,
        key: row.key,
        name: row.name,
        unblended_cost: row.costs.unblended,
        amortized_cost: row.costs.amortized,
    };
    Groups { by: by.to_string(), lines, costs: rows.into_iter().map(cost).collect() }
}

/// Says which part of the bill is shown; `None` when it is all of it.
pub(super) fn shown(figures: &Figures, selection: &Selection, month: Month) -> Option<Shown> {
    if selection.is_whole() {
        return None;
    }
    let cost = |totals: &[crate::analysis::MonthTotal]| {
        totals.iter().find(|total| total.month == month).map_or(Decimal::ZERO, |total| total.costs.amortized)
    };
    let whole_cost = cost(&figures.whole);
    Some(Shown {
        accounts: selection.accounts.clone(),
        tags: selection.tags.iter().map(|tag| format!("{}={}", tag.key, tag.value)).collect(),
        whole_cost,
        share: ratio(cost(&figures.months), whole_cost),
    })
}
