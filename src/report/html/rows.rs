//! The rows of the page's tables: the model as text.

use rust_decimal::Decimal;

use super::text::{amount, known, price, signless};
use crate::{
    report::model::{
        AdoptionShare, BridgeLine, ChangeRow, CommitmentLine, CoverageByService, ExpiryRow, Kpi, KpiUnit, MonthRow,
        OpportunityRow, RealizedRow, Report,
    },
    terms::Verdict,
    units::{grouped, percent},
};

pub(super) struct Card<'a> {
    pub label: &'a str,
    pub value: Option<String>,
    pub unit: String,
    pub detail: &'a str,
    pub definition: &'a str,
}

pub(super) struct Figure {
    pub id: &'static str,
    pub svg: String,
    pub caption: String,
}

pub(super) struct Change<'a> {
    pub service: &'a str,
    pub from: String,
    pub to: String,
    pub signed: Signed,
}

/// A signed amount and the class that colours it.
pub(super) struct Signed {
    pub text: String,
    pub class: &'static str,
}

pub(super) struct MonthLine {
    pub month: String,
    pub current: bool,
    pub partial: Option<String>,
    pub line_items: String,
    pub unblended: String,
    pub amortized: String,
    pub net_unblended: String,
    pub net_amortized: String,
}

pub(super) struct UsageLine {
    pub month: String,
    pub current: bool,
    pub partial: bool,
    pub costs: [String; 5],
    pub ratios: [String; 8],
}

pub(super) struct Opportunity<'a> {
    pub account: &'a str,
    pub account_id: Option<&'a str>,
    pub region: &'a str,
    pub service: &'a str,
    pub source: &'a str,
    pub platform: String,
    pub target: &'a str,
    pub hours: String,
    pub source_price: String,
    pub target_price: String,
    pub cost: String,
    pub saving: String,
    pub effective: String,
    pub unlocked: String,
    pub locked: String,
    pub unlock_month: Option<String>,
    pub effort: &'a str,
    pub payback: Option<String>,
    pub notes: Vec<&'a str>,
    pub purchase: &'a str,
    pub price_date: String,
}

/// Why the bill changed between two months.
pub(super) struct BridgeTable<'a> {
    pub id: String,
    pub from: String,
    pub to: String,
    pub lines: Vec<BridgeText<'a>>,
    pub total: Vec<Signed>,
}

pub(super) struct BridgeText<'a> {
    pub service: &'a str,
    pub effects: Vec<Signed>,
}

pub(super) struct CommitmentText<'a> {
    pub scope: &'a str,
    pub arn: &'a str,
    pub what: String,
    pub end: String,
    pub cells: [String; 4],
}

pub(super) struct HeldBack<'a> {
    pub verdict: &'static str,
    pub class: &'static str,
    pub reason: &'a str,
    pub explanation: &'a str,
    pub service: &'a str,
    pub types: String,
    pub hours: String,
    pub cost: String,
}

pub(super) struct BucketLine {
    pub verdict: &'static str,
    pub class: &'static str,
    pub meaning: &'static str,
    pub line_items: String,
    pub unblended: String,
    pub amortized: String,
}

pub(super) fn card<'a>(kpi: &'a Kpi, currency: &str) -> Card<'a> {
    let (value, unit) = match kpi.unit {
        KpiUnit::Money => (kpi.value.map(amount), currency.to_owned()),
        KpiUnit::Ratio => (kpi.value.map(|ratio| signless(&grouped(ratio * Decimal::ONE_HUNDRED, 1))), "%".to_owned()),
    };
    Card { label: &kpi.label, value, unit, detail: &kpi.detail, definition: &kpi.definition }
}

impl<'a> BridgeTable<'a> {
    pub(super) fn of(lines: &'a [BridgeLine]) -> Option<Self> {
        let first = lines.first()?;
        let effects = |line: &BridgeLine| {
            [
                line.usage,
                line.list_price,
                line.commitment,
                line.graviton,
                line.mix,
                line.credits_tax_fees,
                line.other,
                line.change,
            ]
        };
        let mut sums = [Decimal::ZERO; 8];
        for line in lines {
            for (sum, effect) in sums.iter_mut().zip(effects(line)) {
                *sum += effect;
            }
        }
        Some(Self {
            id: format!("bridge-{}-{}", first.from_month, first.to_month),
            from: first.from_month.label(),
            to: first.to_month.label(),
            lines: lines
                .iter()
                .map(|line| BridgeText {
                    service: &line.product_code,
                    effects: effects(line).into_iter().map(signed).collect(),
                })
                .collect(),
            total: sums.into_iter().map(signed).collect(),
        })
    }
}

pub(super) fn realized(row: &RealizedRow) -> [String; 5] {
    let amounts = [row.amortized_cost, row.baseline_cost, row.realized_saving, row.not_computed_cost].map(amount);
    let [cost, baseline, saving, rest] = amounts;
    [row.product_code.clone(), cost, baseline, saving, rest]
}

pub(super) fn coverage_of_service(row: &CoverageByService) -> Vec<String> {
    let costs = [row.on_demand_cost, row.reserved_cost, row.savings_plan_cost, row.spot_cost, row.unused_commitment]
        .map(amount);
    let ratios = [row.coverage, row.utilization, row.effective_savings_rate].map(|ratio| known(ratio.map(percent)));
    std::iter::once(row.product_code.clone()).chain(costs).chain(ratios).collect()
}

pub(super) fn commitment(row: &CommitmentLine) -> CommitmentText<'_> {
    let what: Vec<&str> =
        [Some(row.kind.as_str()), row.offering.as_deref(), Some(row.terms.as_str()).filter(|terms| !terms.is_empty())]
            .into_iter()
            .flatten()
            .collect();
    CommitmentText {
        scope: &row.scope,
        arn: &row.arn,
        what: what.join(", "),
        end: known(row.end_date.map(|day| day.to_string())),
        cells: [
            amount(row.cost),
            amount(row.unused_cost),
            known(row.utilization.map(percent)),
            known(row.remaining_cost.map(amount)),
        ],
    }
}

pub(super) fn expiry(row: &ExpiryRow) -> [String; 5] {
    [
        row.unlock_month.map_or_else(|| "not in the bill".to_owned(), crate::units::Month::label),
        row.product_code.clone(),
        grouped(Decimal::from(row.commitments), 0),
        amount(row.cost),
        amount(row.locked_saving),
    ]
}

/// Writes a change with its sign and the class that colours it.
pub(super) fn signed(change: Decimal) -> Signed {
    let text = amount(change);
    let (text, class) = match change {
        change if text.trim_matches(['0', '.']).is_empty() || change.is_zero() => (text, "same"),
        change if change.is_sign_negative() => (text, "less"),
        _ => (format!("+{text}"), "more"),
    };
    Signed { text, class }
}

pub(super) fn change(row: &ChangeRow) -> Change<'_> {
    Change {
        service: &row.product_code,
        from: amount(row.from_cost),
        to: amount(row.to_cost),
        signed: signed(row.change),
    }
}

pub(super) fn month_line(row: &MonthRow, report: &Report) -> MonthLine {
    MonthLine {
        month: row.month.label(),
        current: row.month == report.month,
        partial: row.partial.then(|| row.data_through.map_or_else(String::new, |day| format!("data to {day}"))),
        line_items: grouped(Decimal::from(row.line_items), 0),
        unblended: amount(row.unblended_cost),
        amortized: amount(row.amortized_cost),
        net_unblended: known(row.net_unblended_cost.map(amount)),
        net_amortized: known(row.net_amortized_cost.map(amount)),
    }
}

pub(super) fn usage_lines(report: &Report) -> Vec<UsageLine> {
    let share =
        |row: Option<&AdoptionShare>, of: fn(&AdoptionShare) -> Option<Decimal>| known(row.and_then(of).map(percent));
    report
        .coverage
        .iter()
        .map(|row| {
            let adoption = report.adoption.iter().find(|adoption| adoption.month == row.month);
            UsageLine {
                month: row.month.label(),
                current: row.month == report.month,
                partial: report.months.iter().any(|month| month.month == row.month && month.partial),
                costs: [
                    row.on_demand_cost,
                    row.reserved_cost,
                    row.savings_plan_cost,
                    row.spot_cost,
                    row.unused_commitment,
                ]
                .map(amount),
                ratios: [
                    known(row.coverage.map(percent)),
                    known(row.utilization.map(percent)),
                    known(row.effective_savings_rate.map(percent)),
                    share(adoption, |row| row.share_of_compute),
                    share(adoption, |row| row.share_of_eligible),
                    share(adoption, |row| row.hours_share),
                    share(adoption, |row| row.vcpu_hours_share),
                    share(adoption, |row| row.normalized_units_share),
                ],
            }
        })
        .collect()
}

pub(super) fn opportunity(row: &OpportunityRow) -> Opportunity<'_> {
    let platform: Vec<_> = [&row.operating_system, &row.database_engine, &row.deployment_option]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    Opportunity {
        account: row.account_name.as_deref().unwrap_or(&row.account_id),
        account_id: row.account_name.is_some().then_some(row.account_id.as_str()),
        region: &row.region,
        service: &row.product_code,
        source: &row.instance_type,
        platform: platform.join(" · "),
        target: &row.target_instance_type,
        hours: grouped(row.hours, 1),
        source_price: price(row.source_price),
        target_price: price(row.target_price),
        cost: amount(row.amortized_cost),
        saving: amount(row.list_saving),
        effective: known(row.effective_saving.map(amount)),
        unlocked: known(row.unlocked_saving.map(amount)),
        locked: known(row.locked_saving.filter(|locked| !locked.is_zero()).map(amount)),
        unlock_month: row.unlock_month.map(crate::units::Month::label),
        effort: row.effort.as_deref().unwrap_or("–"),
        payback: row.payback_days.map(|days| format!("{} days", grouped(days, 1))),
        notes: [&row.condition, &row.estimate].into_iter().flatten().map(String::as_str).collect(),
        purchase: match row.purchase_option.as_deref() {
            Some("OnDemand") => "On demand",
            Some("SavingsPlan") => "Savings Plan",
            Some(other) => other,
            None => "–",
        },
        price_date: row.price_as_of.to_string(),
    }
}

pub(super) fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Graviton => "On Graviton",
        Verdict::Eligible => "Eligible",
        Verdict::Costlier => "Costlier",
        Verdict::Blocked => "Blocked",
        Verdict::Unpriced => "Unpriced",
        Verdict::Unknown => "Unknown",
        Verdict::NotApplicable => "Not applicable",
    }
}

pub(super) fn verdict_meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Graviton => "runs on Arm already",
        Verdict::Eligible => "a cheaper Graviton target exists",
        Verdict::Costlier => "no Graviton target is cheaper",
        Verdict::Blocked => "cannot move, with the reason below",
        Verdict::Unpriced => "a target exists, its price is not known",
        Verdict::Unknown => "the bill does not tell",
        Verdict::NotApplicable => "no architecture to choose: storage, transfer, tax",
    }
}
