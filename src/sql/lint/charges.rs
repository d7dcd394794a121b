//! Rules about which line items are in a sum: commitments (L2, L3), tax and credits (L5), split rows (L6), currencies (L10).

use super::{
    Finding, Rule,
    names::{COVERED, NEGATION, OF_USAGE, is_cash, is_cost, is_money},
    scope::{Columns, Scope, Sum},
    statement::Context,
};

/// L2: cash is added up, in which usage that a commitment covers counts nothing or at its on-demand price.
pub(super) fn cash_of_commitments(scope: &Scope<'_>, context: &Context<'_>) -> Option<Finding> {
    let sum = scope.sum_of(is_cash)?;
    let Context { facts, overview } = context;
    // A query over the rows of another one relies on what that one chose.
    let told_apart = if scope.reads.tables.is_empty() { &overview.columns } else { &scope.mentioned };
    let is_known = overview.columns.iter().any(|column| column.ends_with("amortized_cost"));
    if facts.has_commitments == Some(false) || is_known || told_apart.contains("charge_type") {
        return None;
    }
    let known = if facts.has_commitments.is_some() { "the bill has" } else { "if the bill has" };
    let column = &sum.column;
    Some(Finding::new(
        Rule::CashOfCommitments,
        format!(
            "cash of commitments: sum({column}) counts usage under Reserved Instances as 0 and under Savings Plans at its \
             on-demand price, and {known} such usage"
        ),
        format!("use {}, or group by charge_type", column.replace("unblended", "amortized")),
    ))
}

/// L3: the on-demand price of covered usage is in the sum and its negation is not, or the reverse.
pub(super) fn half_of_savings_plans(scope: &Scope<'_>, context: &Context<'_>) -> Option<Finding> {
    let all = &context.overview.texts;
    let (named, missing) = match (all.contains(COVERED), all.contains(NEGATION)) {
        (true, false) => (COVERED, NEGATION),
        (false, true) => (NEGATION, COVERED),
        _ => return None,
    };
    let rows = if scope.reads.tables.is_empty() { all } else { &scope.texts };
    // Amortised and list cost are 0 on the negation.
    let is_half = |sum: &&Sum| {
        let is_named = |texts: &Columns| texts.contains(named);
        is_cash(&sum.column) && scope.is_raw(&sum.column) && (is_named(rows) || is_named(&sum.texts))
    };
    let sum = scope.sums.iter().find(is_half)?;
    let Sum { function, column, .. } = sum;
    Some(Finding::new(
        Rule::HalfOfSavingsPlans,
        format!(
            "half of Savings Plans: {function}({column}) goes by {named} and nothing names {missing}, its other half"
        ),
        format!("name both charge types, or use {}", column.replace("unblended", "amortized")),
    ))
}

/// L5: a sum of costs that nothing limits to usage.
pub(super) fn all_charge_types(scope: &Scope<'_>, _: &Context<'_>) -> Option<Finding> {
    let table = scope.table(|table| table.has_taxes)?;
    let sum = scope.sum_of(is_cost)?;
    let is_usage = OF_USAGE.iter().any(|column| scope.filtered.contains(*column));
    if is_usage || scope.mentioned.contains("charge_type") {
        return None;
    }
    Some(Finding::new(
        Rule::AllChargeTypes,
        format!("all charge types: sum({}) over {} adds tax, credits and refunds to usage", sum.column, table.name),
        "group by charge_type, or leave them out with where charge_type not in ('Tax', 'Credit', 'Refund')",
    ))
}

/// L6: a sum of costs or quantities over line items, the rows of split cost allocation data among them.
pub(super) fn split_rows(scope: &Scope<'_>, context: &Context<'_>) -> Option<Finding> {
    let table = scope.table(|table| table.name == "line_items")?;
    let sum = scope.sum_of(|column| is_cost(column) || column == "usage_amount")?;
    if context.facts.has_split_rows != Some(true) || scope.filtered.contains("operation") {
        return None;
    }
    Some(Finding::new(
        Rule::SplitRows,
        format!(
            "split rows: sum({}) over {} takes in split cost allocation rows, which repeat the usage, and \
             where the export fills them in the cost, of the instances their pods and tasks ran on",
            sum.column, table.name
        ),
        "leave them out with where coalesce(operation, '') not in ('EKSPod-EC2', 'ECSTask-EC2')",
    ))
}

/// L10: amounts of money are added up whatever their currency.
pub(super) fn mixed_currencies(scope: &Scope<'_>, context: &Context<'_>) -> Option<Finding> {
    let currencies = &context.facts.currencies;
    let table = scope.table(|table| table.has_charges)?;
    let sum = scope.sums.iter().find(|sum| is_money(&sum.column) && scope.is_raw(&sum.column))?;
    let is_told = scope.filtered.contains("currency") || scope.grouped.contains("currency");
    if currencies.len() < 2 || is_told {
        return None;
    }
    let Sum { function, column, .. } = sum;
    Some(Finding::new(
        Rule::MixedCurrencies,
        format!("mixed currencies: {function}({column}) over {} mixes {}", table.name, currencies.join(", ")),
        format!("group by currency, or filter with where currency = '{}'", currencies[0]),
    ))
}
