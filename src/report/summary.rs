//! The month in one sentence and six cards.

use rust_decimal::Decimal;

use super::{
    definitions::{KPI_BILL, KPI_CHANGE, KPI_COVERAGE, KPI_GRAVITON, KPI_SAVING, KPI_UNPRICED},
    model::{AdoptionShare, CoverageRow, Kpi, KpiUnit},
    months::Months,
};
use crate::units::{Month, money, percent, ratio};

/// Returns the cards at the top of the page.
pub(super) fn kpis(
    months: &Months<'_>,
    coverage: &[CoverageRow],
    adoption: &[AdoptionShare],
    saving: Decimal,
    unpriced_share: Option<Decimal>,
    currency: &str,
) -> Vec<Kpi> {
    let total = months.total(months.reported);
    let change_since =
        |from: Option<Month>| from.map(|from| total.costs.amortized - months.total(from).costs.amortized);
    let covered = coverage.iter().find(|row| row.month == months.reported);
    let arm = adoption.iter().find(|row| row.month == months.reported);
    let (first_label, first_detail) = match months.first {
        Some(first) => (format!("Change since {}", first.label()), {
            let share = change_since(Some(first))
                .and_then(|change| ratio(change, months.total(first).costs.amortized))
                .map_or_else(String::new, |share| format!("{} of ", signed_percent(share)));
            format!("{share}{}", money(months.total(first).costs.amortized, currency))
        }),
        None => ("Change".to_owned(), "no earlier complete month to compare with".to_owned()),
    };
    let bill_detail = match (change_since(months.previous), months.previous) {
        (Some(change), Some(previous)) => {
            let share = ratio(change, months.total(previous).costs.amortized);
            let share = share.map_or_else(String::new, |share| format!(" ({})", signed_percent(share)));
            format!("{}{share} against {}", signed_money(change, currency), previous.label())
        }
        _ if total.partial => "partial month".to_owned(),
        _ => "no earlier complete month to compare with".to_owned(),
    };
    vec![
        Kpi {
            id: "bill",
            label: format!("Bill, {}", months.reported.label()),
            unit: KpiUnit::Money,
            value: Some(total.costs.amortized),
            detail: format!("{bill_detail}; unblended {}", money(total.costs.unblended, currency)),
            definition: KPI_BILL,
        },
        Kpi {
            id: "change_since_first",
            label: first_label,
            unit: KpiUnit::Money,
            value: change_since(months.first),
            detail: first_detail,
            definition: KPI_CHANGE,
        },
        Kpi {
            id: "open_list_saving",
            label: "Open Graviton saving".to_owned(),
            unit: KpiUnit::Money,
            value: Some(saving),
            detail: format!("a month at list price, {}", months.reported.label()),
            definition: KPI_SAVING,
        },
        Kpi {
            id: "graviton_share",
            label: "On Graviton".to_owned(),
            unit: KpiUnit::Ratio,
            value: arm.and_then(|row| row.share_of_compute),
            detail: arm.and_then(|row| row.share_of_eligible).map_or_else(
                || "no compute that could be on Graviton".to_owned(),
                |share| format!("of compute cost; {} of what can be", percent(share)),
            ),
            definition: KPI_GRAVITON,
        },
        Kpi {
            id: "coverage",
            label: "RI/SP coverage".to_owned(),
            unit: KpiUnit::Ratio,
            value: covered.and_then(|row| row.coverage),
            detail: covered.and_then(|row| row.utilization).map_or_else(
                || "no commitments in this month".to_owned(),
                |utilization| format!("{} of the commitment used", percent(utilization)),
            ),
            definition: KPI_COVERAGE,
        },
        Kpi {
            id: "unpriced_share",
            label: "Not priced".to_owned(),
            unit: KpiUnit::Ratio,
            value: unpriced_share,
            detail: "of instance cost, shown under Held back".to_owned(),
            definition: KPI_UNPRICED,
        },
    ]
}

fn signed_percent(share: Decimal) -> String {
    let sign = if share.is_sign_negative() { "−" } else { "+" };
    format!("{sign}{}", percent(share.abs()))
}

fn signed_money(amount: Decimal, currency: &str) -> String {
    let sign = if amount.is_sign_negative() { "−" } else { "+" };
    format!("{sign}{}", money(amount.abs(), currency))
}

/// Returns the month in one sentence.
pub(super) fn headline(months: &Months<'_>, saving: Decimal, currency: &str) -> String {
    let total = months.total(months.reported);
    let mut text = format!("{} cost {}", months.reported.label(), money(total.costs.amortized, currency));
    if total.partial {
        text.push_str(" so far (partial month)");
    }
    if let Some(first) = months.first {
        let change = total.costs.amortized - months.total(first).costs.amortized;
        let direction = if change.is_sign_negative() { "less" } else { "more" };
        let change = money(change.abs(), currency);
        text = format!("{text}, {change} {direction} than {}", first.label());
    }
    if saving.is_zero() {
        format!("{text}; nothing more to save on Graviton at list price.")
    } else {
        format!("{text}; Graviton could still save {} a month at list price.", money(saving, currency))
    }
}
