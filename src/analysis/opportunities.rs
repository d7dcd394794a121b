//! Every piece of compute usage with its verdict, its target and what the move saves at list price.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{
    condition::condition,
    grouping,
    reason::Reason,
    verdict::{Judgement, Judgements},
};
use crate::{
    normalize::UsageKind,
    rollup::{UsageKey, UsageRow},
    terms::{PurchaseOption, Verdict},
    units::{Month, rounded},
};

/// A row of the table `graviton_opportunities`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns of graviton_opportunities under their own names")]
pub struct Opportunity {
    pub month: Month,
    pub account_id: Option<Arc<str>>,
    pub account_name: Option<Arc<str>>,
    pub region: Option<Arc<str>>,
    pub product_code: Arc<str>,
    pub instance_type: Option<Arc<str>>,
    pub operating_system: Option<Arc<str>>,
    pub database_engine: Option<Arc<str>>,
    pub deployment_option: Option<Arc<str>>,
    pub purchase_option: Option<PurchaseOption>,
    pub verdict: Verdict,
    pub reason: Option<Reason>,
    pub target_instance_type: Option<String>,
    /// Instance hours.
    pub hours: Decimal,
    pub amortized_cost: Decimal,
    /// List price per hour.
    pub source_price: Option<Decimal>,
    /// List price per hour.
    pub target_price: Option<Decimal>,
    /// hours × (source price − target price); only where the verdict is eligible.
    pub list_saving: Option<Decimal>,
    /// Engine version the target needs.
    pub condition: Option<&'static str>,
    /// What is assumed in the row.
    pub estimate: Option<String>,
    /// Date of the older of the two prices.
    pub price_as_of: Option<NaiveDate>,
    /// Admissible targets whose price in the region is not known.
    pub unpriced_targets: Arc<Vec<String>>,
}

/// What the judge makes of a workload.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Outcome {
    verdict: Verdict,
    reason: Option<Reason>,
    target: Option<String>,
    source_price: Option<Decimal>,
    target_price: Option<Decimal>,
    estimate: Option<String>,
    price_as_of: Option<NaiveDate>,
    unpriced_targets: Arc<Vec<String>>,
}

/// Where and when something runs.
type PlaceOf<'a> = (Month, &'a Option<Arc<str>>, &'a Option<Arc<str>>);

/// What runs and how it was bought; the last is the rank of the outcome among all of them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct ShapeOf<'a> {
    region: &'a Option<Arc<str>>,
    product_code: &'a Arc<str>,
    instance_type: &'a Option<Arc<str>>,
    operating_system: &'a Option<Arc<str>>,
    database_engine: &'a Option<Arc<str>>,
    deployment_option: &'a Option<Arc<str>>,
    purchase_option: Option<PurchaseOption>,
    rank: usize,
}

/// Lists the instance usage of the rows with its verdict; `judgements` are those of the rows.
pub fn opportunities(rows: &[UsageRow], judgements: &Judgements) -> Vec<Opportunity> {
    let outcomes: Vec<Outcome> = judgements.distinct().iter().map(outcome).collect();
    let mut order: Vec<&Outcome> = outcomes.iter().collect();
    order.sort_unstable();
    order.dedup();
    let ranks: Vec<usize> = outcomes.iter().filter_map(|outcome| order.binary_search(&outcome).ok()).collect();
    let shape = |usage| shape(usage, ranks[judgements.number(usage)?]);
    let add = |sum: &mut (Decimal, Decimal), row: &UsageRow| {
        sum.0 += row.usage_amount;
        sum.1 += row.amortized_cost;
    };
    grouping::sums(rows, place, shape, add)
        .into_iter()
        .map(|(place, shape, (hours, cost))| opportunity(place, &shape, order[shape.rank].clone(), hours, cost))
        .collect()
}

fn place(row: &UsageRow) -> PlaceOf<'_> {
    (row.month, &row.account_id, &row.account_name)
}

fn shape(usage: &UsageKey, rank: usize) -> Option<ShapeOf<'_>> {
    (usage.usage_kind == UsageKind::InstanceHours).then_some(ShapeOf {
        region: &usage.region,
        product_code: &usage.product_code,
        instance_type: &usage.instance_type,
        operating_system: &usage.operating_system,
        database_engine: &usage.database_engine,
        deployment_option: &usage.deployment_option,
        purchase_option: usage.purchase_option,
        rank,
    })
}

fn outcome(judgement: &Judgement<'_>) -> Outcome {
    let target = judgement.target.as_ref();
    let target_price = target.and_then(|target| target.price);
    let source_date = judgement.source_price.and_then(|price| price.as_of);
    let price_as_of = match (source_date, target_price.map(|price| price.as_of)) {
        (Some(source), Some(target)) => Some(source.min(target)),
        (source, target) => source.or(target),
    };
    Outcome {
        verdict: judgement.verdict,
        reason: judgement.reason,
        target: target.map(|target| target.instance_type.clone()),
        source_price: judgement.source_price.map(|price| price.usd),
        target_price: target_price.map(|price| price.usd),
        estimate: judgement.estimate(),
        price_as_of,
        unpriced_targets: Arc::clone(&judgement.unpriced_targets),
    }
}

fn opportunity(
    place: PlaceOf<'_>,
    shape: &ShapeOf<'_>,
    outcome: Outcome,
    hours: Decimal,
    amortized_cost: Decimal,
) -> Opportunity {
    let (month, account_id, account_name) = place;
    let Outcome { verdict, reason, target, source_price, target_price, estimate, price_as_of, unpriced_targets } =
        outcome;
    let list_saving = match (verdict, source_price, target_price) {
        (Verdict::Eligible, Some(source), Some(target)) => Some(rounded(hours * (source - target))),
        _ => None,
    };
    let service = crate::normalize::service_of(shape.product_code);
    Opportunity {
        month,
        account_id: account_id.clone(),
        account_name: account_name.clone(),
        region: shape.region.clone(),
        product_code: Arc::clone(shape.product_code),
        instance_type: shape.instance_type.clone(),
        operating_system: shape.operating_system.clone(),
        database_engine: shape.database_engine.clone(),
        deployment_option: shape.deployment_option.clone(),
        purchase_option: shape.purchase_option,
        verdict,
        reason,
        hours,
        amortized_cost,
        source_price,
        target_price,
        list_saving,
        condition: target.is_some().then(|| condition(service?, shape.database_engine.as_deref())).flatten(),
        target_instance_type: target,
        estimate,
        price_as_of,
        unpriced_targets,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        analysis::{Judge, Policy},
        pricing::PriceBook,
        rollup::fixture::{hours, row, usd},
    };

    fn opportunities(rows: &[UsageRow]) -> Vec<Opportunity> {
        let judge = Judge::new(PriceBook::embedded().unwrap(), Policy::default());
        super::opportunities(rows, &judge.judgements(rows))
    }

    /// One m5.large for a January in us-east-1, worked by hand: 744 h × (0.096 − 0.077) = 14.136.
    #[test]
    fn one_instance_month_worked_by_hand() {
        let rows = opportunities(&[hours("m5.large", "700"), hours("m5.large", "44")]);
        assert_eq!(rows.len(), 1);
        let row = &rows[0];
        assert_eq!(row.verdict, Verdict::Eligible);
        assert_eq!(row.target_instance_type.as_deref(), Some("m6g.large"));
        assert_eq!((row.source_price, row.target_price), (Some(usd("0.096")), Some(usd("0.077"))));
        assert_eq!(row.list_saving, Some(usd("14.136")));
    }

    #[test]
    fn only_instance_hours_are_listed() {
        assert!(opportunities(&[row("2024-01", "AmazonEC2", "RIFee"), row("2024-01", "AmazonS3", "Usage")]).is_empty());
    }

    #[test]
    fn a_dearer_target_is_named_and_saves_nothing() {
        let rows = opportunities(&[hours("c5.9xlarge", "10")]);
        assert_eq!(rows[0].verdict, Verdict::Costlier);
        assert!(rows[0].target_instance_type.is_some());
        assert_eq!(rows[0].list_saving, None);
    }
}
