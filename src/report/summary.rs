//! The month in one sentence and eight cards.

use rust_decimal::Decimal;

use super::{
    definitions::{
        KPI_BILL, KPI_CHANGE, KPI_COVERAGE, KPI_GRAVITON, KPI_REALIZED, KPI_SAVING, KPI_UNLOCKED, KPI_UNPRICED,
    },
    model::{AdoptionShare, CoverageRow, Kpi, KpiUnit},
    months::Months,
};
use crate::units::{Month, money, percent, ratio};

/// What Graviton could still save in the month, as far as it is known.
pub(super) struct OpenSaving {
    /// Saving at list price of all eligible usage.
    pub total: Decimal,
    /// The part that needs an engine version which the bill does not show.
    pub conditional: Decimal,
    /// Share of the instance cost that is unpriced or unknown; `None` without instance usage.
    pub unpriced_share: Option<Decimal>,
    /// What of it the bill falls by if the moves are made now, at the rates that are paid.
    pub unlocked: Decimal,
    /// What of it is behind commitments, at the rates that are paid.
    pub locked: Decimal,
    /// What Arm usage of the month has saved already.
    pub realized: Decimal,
}

impl OpenSaving {
    /// Returns the saving, or `None` when nothing is known of it: no price is not no saving.
    fn known(&self) -> Option<Decimal> {
        let share = self.unpriced_share?;
        (!self.total.is_zero() || share.is_zero()).then_some(self.total)
    }

    fn sentence(&self, partial: bool, currency: &str) -> String {
        match (self.known(), self.unpriced_share) {
            (_, None) => "there is no instance usage that could move to Graviton".to_owned(),
            (None, Some(share)) => {
                format!("what Graviton could save is not known: {} of the instance cost is not priced", percent(share))
            }
            (Some(saving), _) if saving.is_zero() => "no Graviton target is cheaper at list price".to_owned(),
            (Some(saving), _) => {
                let span = if partial { "in these days" } else { "a month" };
                let later = if self.locked.is_zero() {
                    String::new()
                } else {
                    format!(" and {} once commitments end", money(self.locked, currency))
                };
                let (list, now) = (money(saving, currency), money(self.unlocked, currency));
                format!(
                    "Graviton could still save {list} {span} at list price: {now} now{later}, at the rates that are paid"
                )
            }
        }
    }

    fn detail(&self, partial: bool, month: Month, currency: &str) -> String {
        let span = if partial { "in the days so far of" } else { "in" };
        let mut detail = format!("at list price {span} {}", month.label());
        if !self.conditional.is_zero() {
            let part = money(self.conditional, currency);
            detail = format!("{detail}; {part} of it needs an engine version that the bill does not show");
        }
        detail
    }
}

/// Returns the cards at the top of the page.
pub(super) fn kpis(
    months: &Months<'_>,
    coverage: &[CoverageRow],
    adoption: &[AdoptionShare],
    saving: &OpenSaving,
    currency: &str,
) -> Vec<Kpi> {
    let total = months.total(months.reported);
    let change_since =
        |from: Option<Month>| from.map(|from| total.costs.amortized - months.total(from).costs.amortized);
    let covered = coverage.iter().find(|row| row.month == months.reported);
    let arm = adoption.iter().find(|row| row.month == months.reported);
    let uncompared = if total.partial {
        "a partial month is compared with none"
    } else {
        "no earlier complete month to compare with"
    };
    let (first_label, first_detail) = match months.first {
        Some(first) => (format!("Change since {}", first.label()), {
            let share = change_since(Some(first))
                .and_then(|change| growth(change, months.total(first).costs.amortized))
                .map_or_else(String::new, |share| format!("{} of ", signed_percent(share)));
            format!("{share}{}", money(months.total(first).costs.amortized, currency))
        }),
        None => ("Change".to_owned(), uncompared.to_owned()),
    };
    let bill_detail = match (change_since(months.previous), months.previous) {
        (Some(change), Some(previous)) => {
            let share = growth(change, months.total(previous).costs.amortized);
            let share = share.map_or_else(String::new, |share| format!(" ({})", signed_percent(share)));
            format!("{}{share} against {}", signed_money(change, currency), previous.label())
        }
        _ => uncompared.to_owned(),
    };
    vec![
        Kpi {
            id: "bill",
            label: format!("Bill, {}", months.reported.label()),
            unit: KpiUnit::Money,
            value: Some(total.costs.amortized),
            detail: format!("{bill_detail}; unblended {}", money(total.costs.unblended, currency)),
            definition: KPI_BILL.to_owned(),
            basis: None,
        },
        Kpi {
            id: "change_since_first",
            label: first_label,
            unit: KpiUnit::Money,
            value: change_since(months.first),
            detail: first_detail,
            definition: KPI_CHANGE.to_owned(),
            basis: None,
        },
        Kpi {
            id: "open_list_saving",
            label: "Open Graviton saving".to_owned(),
            unit: KpiUnit::Money,
            value: saving.known(),
            detail: saving.detail(total.partial, months.reported, currency),
            definition: KPI_SAVING.to_owned(),
            basis: None,
        },
        Kpi {
            id: "unlocked_saving",
            label: "Free to save now".to_owned(),
            unit: KpiUnit::Money,
            value: saving.known().map(|_| saving.unlocked),
            detail: if saving.locked.is_zero() {
                "nothing of it is behind a commitment".to_owned()
            } else {
                format!("{} more is behind commitments", money(saving.locked, currency))
            },
            definition: KPI_UNLOCKED.to_owned(),
            basis: None,
        },
        Kpi {
            id: "realized_saving",
            label: "Saved by Graviton".to_owned(),
            unit: KpiUnit::Money,
            value: arm.map(|_| saving.realized),
            detail: format!("in {}, against the x86 it replaced", months.reported.label()),
            definition: KPI_REALIZED.to_owned(),
            basis: None,
        },
        Kpi {
            id: "graviton_share",
            label: "On Graviton".to_owned(),
            unit: KpiUnit::Ratio,
            value: arm.and_then(|row| row.share_of_compute),
            detail: arm.and_then(|row| row.share_of_eligible).map_or_else(
                || "no instance usage of which it is known that it could be".to_owned(),
                |share| format!("of compute cost; {} of what can be", percent(share)),
            ),
            definition: KPI_GRAVITON.to_owned(),
            basis: None,
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
            definition: KPI_COVERAGE.to_owned(),
            basis: None,
        },
        Kpi {
            id: "unpriced_share",
            label: "Not priced".to_owned(),
            unit: KpiUnit::Ratio,
            value: saving.unpriced_share,
            detail: "of instance cost, shown under Held back".to_owned(),
            definition: KPI_UNPRICED.to_owned(),
            basis: None,
        },
    ]
}

/// Returns change ÷ base; growth of nothing or of a credit has no percentage.
fn growth(change: Decimal, base: Decimal) -> Option<Decimal> {
    ratio(change, base).filter(|_| base > Decimal::ZERO)
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
pub(super) fn headline(months: &Months<'_>, saving: &OpenSaving, cause: Option<&str>, currency: &str) -> String {
    let total = months.total(months.reported);
    let mut text = format!("{} cost {}", months.reported.label(), money(total.costs.amortized, currency));
    if total.partial {
        text.push_str(" so far (partial month)");
    }
    if let Some(first) = months.first {
        let change = total.costs.amortized - months.total(first).costs.amortized;
        let shown = money(change.abs(), currency);
        text = match change.round_dp(2).cmp(&Decimal::ZERO) {
            std::cmp::Ordering::Less => format!("{text}, {shown} less than {}", first.label()),
            std::cmp::Ordering::Greater => format!("{text}, {shown} more than {}", first.label()),
            std::cmp::Ordering::Equal => format!("{text}, as much as {}", first.label()),
        };
    }
    if let Some(cause) = cause {
        text = format!("{text} ({cause})");
    }
    if saving.realized > Decimal::ZERO {
        let realized = money(saving.realized, currency);
        text = format!("{text}; Graviton saved {realized} against the x86 it replaced");
    }
    format!("{text}; {}.", saving.sentence(total.partial, currency))
}
