//! Every piece of compute usage with its verdict, its target and what the move saves at list price.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{
    commitments::{Commitments, bought},
    committed::{Effective, Move, Rate, term_of},
    grouping,
    judgement::{Judgement, Judgements},
    parts::{OpportunityPart, TagSums},
    reason::Reason,
    saving::{Lock, Paid, unlock},
};
use crate::{
    normalize::service_of,
    pricing::{PriceBook, Term},
    rollup::{UsageKey, UsageRow},
    terms::{EffortClass, PurchaseOption, Verdict},
    units::{Month, ratio, rounded},
};

/// A row of the table `graviton_opportunities`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns of graviton_opportunities under their own names")]
pub struct Opportunity {
    pub month: Month,
    pub account_id: Option<Arc<str>>,
    pub account_name: Option<Arc<str>>,
    pub payer_account_id: Option<Arc<str>>,
    pub region: Option<Arc<str>>,
    pub product_code: Arc<str>,
    /// Instance type; usage type of metered compute.
    pub instance_type: Option<Arc<str>>,
    pub operating_system: Option<Arc<str>>,
    pub database_engine: Option<Arc<str>>,
    pub engine_version: Option<Arc<str>>,
    pub deployment_option: Option<Arc<str>>,
    pub purchase_option: Option<PurchaseOption>,
    pub verdict: Verdict,
    pub reason: Option<Reason>,
    pub target_instance_type: Option<Arc<str>>,
    /// Instance hours; quantity of metered compute.
    pub hours: Decimal,
    pub amortized_cost: Decimal,
    /// List price per hour.
    pub source_price: Option<Decimal>,
    /// List price per hour.
    pub target_price: Option<Decimal>,
    /// Hourly rate of the target under the commitment that covers the usage, where it is known.
    pub target_rate: Option<Rate>,
    /// hours × (source price − target price); only where the verdict is eligible.
    pub list_saving: Option<Decimal>,
    /// What is paid − hours × rate of the target under the same commitment, else list saving × what is paid ÷ list.
    pub effective_saving: Option<Decimal>,
    /// What of it the bill falls by if the move is made now.
    pub unlocked_saving: Option<Decimal>,
    /// The rest of it, behind commitments.
    pub locked_saving: Option<Decimal>,
    /// First month after the end of the commitment.
    pub unlock_month: Option<Month>,
    /// What holds the saving back.
    pub lock: Lock,
    /// Terms of the commitment, where there is a saving behind one and the bill states them.
    pub term: Option<Term>,
    /// Amortised cost, net of private discounts where the bill has them.
    pub paid: Decimal,
    /// What is paid ÷ list.
    pub paid_rate: Option<Decimal>,
    /// Engine version the target needs.
    pub condition: Option<Arc<str>>,
    /// What is assumed in the row.
    pub estimate: Option<Arc<str>>,
    pub effort: Option<EffortClass>,
    /// Managed services first, then nodes, then code.
    pub priority: Option<u8>,
    /// What old and new cost side by side during the switch, at list.
    pub transition_cost: Option<Decimal>,
    /// Days after which the saving has paid for the switch.
    pub payback_days: Option<Decimal>,
    /// Date of the oldest price and rate that the row rests on.
    pub price_as_of: Option<NaiveDate>,
    /// Day up to which both prices are known to hold.
    pub price_confirmed: Option<NaiveDate>,
    /// Variant in the price table.
    pub price_variant: Option<Arc<str>>,
    /// Date and source of the source's price; `None` when the bill's own public rate stands in.
    pub source_price_from: Option<(NaiveDate, &'static str)>,
    /// Date and source of the target's price.
    pub target_price_from: Option<(NaiveDate, &'static str)>,
    /// Admissible targets whose price in the region is not known.
    pub unpriced_targets: Arc<Vec<String>>,
    /// The row by the values of the tags that were asked for; empty where none were.
    pub parts: Vec<OpportunityPart>,
}

/// What the judge makes of a workload.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Outcome {
    verdict: Verdict,
    reason: Option<Reason>,
    target: Option<Arc<str>>,
    source_price: Option<Decimal>,
    target_price: Option<Decimal>,
    condition: Option<Arc<str>>,
    estimate: Option<Arc<str>>,
    price_as_of: Option<NaiveDate>,
    price_confirmed: Option<NaiveDate>,
    source_price_from: Option<(NaiveDate, &'static str)>,
    target_price_from: Option<(NaiveDate, &'static str)>,
    unpriced_targets: Arc<Vec<String>>,
}

/// Where and when something runs.
type PlaceOf<'a> = (Month, &'a Option<Arc<str>>, &'a Option<Arc<str>>, &'a Option<Arc<str>>);

/// What runs and how it was bought; the last is the rank of the outcome among all of them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct ShapeOf<'a> {
    region: &'a Option<Arc<str>>,
    product_code: &'a Arc<str>,
    instance_type: &'a Option<Arc<str>>,
    operating_system: &'a Option<Arc<str>>,
    database_engine: &'a Option<Arc<str>>,
    engine_version: &'a Option<Arc<str>>,
    deployment_option: &'a Option<Arc<str>>,
    purchase_option: Option<PurchaseOption>,
    price_variant: &'a Option<Arc<str>>,
    lock: Lock,
    term: Option<Term>,
    rank: usize,
}

/// Lists the compute of the rows with its verdict; `judgements` are those of the rows.
pub fn opportunities(
    rows: &[UsageRow],
    judgements: &Judgements,
    commitments: &Commitments,
    book: &PriceBook,
) -> Vec<Opportunity> {
    let outcomes: Vec<Outcome> = judgements.distinct().iter().map(outcome).collect();
    let mut order: Vec<&Outcome> = outcomes.iter().collect();
    order.sort_unstable();
    order.dedup();
    let ranks: Vec<usize> = outcomes.iter().filter_map(|outcome| order.binary_search(&outcome).ok()).collect();
    let shape = |usage| {
        let number = judgements.number(usage)?;
        let is_eligible = judgements.distinct()[number].verdict == Verdict::Eligible;
        // What holds a saving back matters where there is one.
        let lock = if is_eligible { Lock::of(usage, commitments) } else { Lock::Open };
        shape(usage, lock, term_of(lock, commitments.of_usage(usage)), ranks[number])
    };
    let add = |sum: &mut Sum, row: &UsageRow| {
        sum.hours += row.usage_amount;
        sum.amortized += row.amortized_cost;
        sum.paid.add(row);
        sum.tags.add(row);
    };
    let (mut found, tags): (Vec<Opportunity>, Vec<TagSums>) = grouping::sums(rows, place, shape, add)
        .into_iter()
        .map(|(place, shape, sum)| (opportunity(place, &shape, order[shape.rank].clone(), &sum, book), sum.tags))
        .unzip();
    unlock(&mut found, rows, commitments);
    for (row, tags) in found.iter_mut().zip(tags) {
        row.switch(book);
        row.parts = tags.of_opportunity(row);
    }
    found
}

/// What is summed of the rows of an opportunity.
#[derive(Default)]
struct Sum {
    hours: Decimal,
    amortized: Decimal,
    paid: Paid,
    tags: TagSums,
}

fn place(row: &UsageRow) -> PlaceOf<'_> {
    (row.month, &row.account_id, &row.account_name, &row.payer_account_id)
}

fn shape(usage: &UsageKey, lock: Lock, term: Option<Term>, rank: usize) -> Option<ShapeOf<'_>> {
    usage.usage_kind.has_architecture().then(|| ShapeOf {
        region: &usage.region,
        product_code: &usage.product_code,
        instance_type: if usage.meter.is_some() { &usage.meter } else { &usage.instance_type },
        operating_system: &usage.operating_system,
        database_engine: &usage.database_engine,
        engine_version: &usage.engine_version,
        deployment_option: &usage.deployment_option,
        purchase_option: bought(usage),
        price_variant: &usage.price_variant,
        lock,
        term,
        rank,
    })
}

fn outcome(judgement: &Judgement<'_>) -> Outcome {
    let target = judgement.target.as_ref();
    let target_price = target.and_then(|target| target.price);
    let source_date = judgement.source_price.and_then(|price| price.as_of);
    let older = |source: Option<NaiveDate>, target: Option<NaiveDate>| match (source, target) {
        (Some(source), Some(target)) => Some(source.min(target)),
        (source, target) => source.or(target),
    };
    let price_as_of = older(source_date, target_price.map(|price| price.as_of));
    let source_confirmed = judgement.source_price.and_then(|price| price.confirmed);
    let price_confirmed = older(source_confirmed, target_price.map(|price| price.confirmed));
    Outcome {
        verdict: judgement.verdict,
        reason: judgement.reason,
        target: target.map(|target| target.name.as_str().into()),
        source_price: judgement.source_price.map(|price| price.usd),
        target_price: target_price.map(|price| price.usd),
        condition: judgement.condition.as_deref().map(Arc::from),
        estimate: judgement.estimate().map(Arc::from),
        price_as_of,
        price_confirmed,
        source_price_from: judgement.source_price.and_then(|price| price.as_of.zip(price.source)),
        target_price_from: target_price.map(|price| (price.as_of, price.source)),
        unpriced_targets: Arc::clone(&judgement.unpriced_targets),
    }
}

fn opportunity(place: PlaceOf<'_>, shape: &ShapeOf<'_>, outcome: Outcome, sum: &Sum, book: &PriceBook) -> Opportunity {
    let (month, account_id, account_name, payer_account_id) = place;
    let prices = outcome.source_price.zip(outcome.target_price).filter(|_| outcome.verdict == Verdict::Eligible);
    let list_saving = prices.map(|(source, target)| rounded(sum.hours * (source - target)));
    let table = outcome.source_price.map(|price| price * sum.hours);
    let paid_rate = sum.paid.share_of(Decimal::ONE, table);
    let engine = shape.database_engine.as_deref();
    let service = service_of(shape.product_code);
    let effective = prices.zip(list_saving).map_or_else(Effective::default, |((_, target_price), list_saving)| {
        let (region, variant) = (shape.region.as_deref(), shape.price_variant.as_deref());
        let (target, lock, term) = (outcome.target.as_deref(), shape.lock, shape.term);
        let (hours, paid) = (sum.hours, &sum.paid);
        Move {
            book,
            service,
            region,
            variant,
            engine,
            target,
            lock,
            term,
            hours,
            paid,
            target_price,
            list_saving,
            table,
        }
        .effective()
    });
    let mut notes: Vec<String> = effective.note.into_iter().collect();
    if effective.saving.is_some() {
        notes.extend(shape.lock.note().map(str::to_owned));
    }
    let estimate = if notes.is_empty() {
        outcome.estimate
    } else {
        notes.splice(0..0, outcome.estimate.as_deref().map(str::to_owned));
        Some(notes.join("; ").into())
    };
    let oldest = |price: Option<NaiveDate>, rate: Option<NaiveDate>| rate.min(price).or(price);
    let price_as_of = oldest(outcome.price_as_of, effective.rate.map(|rate| rate.as_of));
    let price_confirmed = oldest(outcome.price_confirmed, effective.rate.map(|rate| rate.confirmed));
    let effort = service.filter(|_| list_saving.is_some()).map(|service| book.effort(service, engine));
    Opportunity {
        month,
        account_id: account_id.clone(),
        account_name: account_name.clone(),
        payer_account_id: payer_account_id.clone(),
        region: shape.region.clone(),
        product_code: Arc::clone(shape.product_code),
        instance_type: shape.instance_type.clone(),
        operating_system: shape.operating_system.clone(),
        database_engine: shape.database_engine.clone(),
        engine_version: shape.engine_version.clone(),
        deployment_option: shape.deployment_option.clone(),
        purchase_option: shape.purchase_option,
        verdict: outcome.verdict,
        reason: outcome.reason,
        hours: sum.hours,
        amortized_cost: sum.amortized,
        source_price: outcome.source_price,
        target_price: outcome.target_price,
        target_rate: effective.rate,
        list_saving,
        effective_saving: effective.saving,
        unlocked_saving: None,
        locked_saving: None,
        unlock_month: None,
        lock: shape.lock,
        term: shape.term,
        paid: sum.paid.cost(),
        paid_rate,
        condition: outcome.condition,
        target_instance_type: outcome.target,
        estimate,
        effort: effort.map(|effort| effort.class),
        priority: effort.map(|effort| effort.priority),
        transition_cost: None,
        payback_days: None,
        price_as_of,
        price_confirmed,
        price_variant: shape.price_variant.clone(),
        source_price_from: outcome.source_price_from,
        target_price_from: outcome.target_price_from,
        unpriced_targets: outcome.unpriced_targets,
        parts: Vec::new(),
    }
}

impl Opportunity {
    /// Returns what puts opportunities in the order of work: managed services before nodes before code, then by saving
    /// over effort.
    pub fn order_of_work(&self, book: &PriceBook) -> (u8, std::cmp::Reverse<Decimal>) {
        let weight = service_of(&self.product_code)
            .map_or(Decimal::ONE, |service| book.effort(service, self.database_engine.as_deref()).weight);
        let saving = self.unlocked_saving.or(self.list_saving).unwrap_or_default();
        (self.priority.unwrap_or(u8::MAX), std::cmp::Reverse(ratio(saving, weight).unwrap_or_default()))
    }

    /// Computes what the switch costs and when it has paid off.
    ///
    /// Machines = hours ÷ hours of the month; each runs twice for the hours of `effort.csv`, at the list price of the
    /// target. Without a saving that is free now, the locked one counts: it begins when the commitment has ended.
    fn switch(&mut self, book: &PriceBook) {
        let (Some(effective), Some(price)) = (self.effective_saving, self.target_price) else { return };
        let Some(service) = service_of(&self.product_code) else { return };
        let effort = book.effort(service, self.database_engine.as_deref());
        let hours = Decimal::from(self.month.hours());
        let cost = ratio(self.hours * effort.double_run_hours * price, hours).map(rounded);
        let free = self.unlocked_saving.filter(|saving| *saving > Decimal::ZERO).unwrap_or(effective);
        let days = Decimal::from(self.month.hours() / 24);
        self.transition_cost = cost;
        self.payback_days = cost.and_then(|cost| ratio(cost * days, free)).map(|days| days.round_dp(2));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        analysis::{Judge, Policy},
        normalize::Commitment,
        pricing::PriceBook,
        rollup::fixture::{self, hours, row, usd},
        terms::CommitmentKind,
    };

    fn opportunities(rows: &[UsageRow]) -> Vec<Opportunity> {
        opportunities_by(rows, Policy::default())
    }

    fn opportunities_by(rows: &[UsageRow], policy: Policy) -> Vec<Opportunity> {
        let book = PriceBook::embedded().unwrap();
        let judge = Judge::new(book, policy);
        super::opportunities(rows, &judge.judgements(rows), &Commitments::of(rows), book)
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

    fn covered(row: UsageRow, offering: &str, cost: &str, list: &str) -> UsageRow {
        let mut row = row;
        row.charge_type = "SavingsPlanCoveredUsage".into();
        row.purchase_option = Some(PurchaseOption::SavingsPlan);
        let terms = fixture::commitment(CommitmentKind::SavingsPlan, "arn:plan");
        row.commitment = Some(Arc::new(Commitment { offering: Some(offering.to_owned()), ..terms }));
        UsageRow { amortized_cost: usd(cost), list_cost: Some(usd(list)), ..row }
    }

    fn database(name: &str, amount: &str) -> UsageRow {
        let mut row = hours(name, amount);
        row.product_code = "AmazonRDS".into();
        row.operating_system = None;
        row.database_engine = Some("Aurora MySQL".into());
        row.price_variant = Some("Aurora MySQL|Standard".into());
        row
    }

    /// 100 h of m5.large for 9.60 at list under a plan at 75 %: 1.90 at list, 1.425 as paid; nothing on demand takes the
    /// freed commitment up, then 9.60 of it does.
    #[test]
    fn a_compute_plan_frees_what_on_demand_usage_takes_up() {
        let plan = || covered(hours("m5.large", "100"), "ComputeSavingsPlans", "7.2", "9.6");
        let alone = opportunities(&[plan()]);
        assert_eq!((alone[0].list_saving, alone[0].effective_saving), (Some(usd("1.9")), Some(usd("1.425"))));
        assert_eq!((alone[0].unlocked_saving, alone[0].locked_saving), (Some(usd("0")), Some(usd("1.425"))));
        assert_eq!(alone[0].unlock_month.unwrap().to_string(), "2025-01");
        let mut windows = hours("m5.large", "100");
        windows.operating_system = Some("Windows".into());
        windows.price_variant = Some("Windows".into());
        let windows = UsageRow { amortized_cost: usd("9.6"), list_cost: Some(usd("9.6")), ..windows };
        let both = opportunities(&[plan(), windows]);
        let row = both.iter().find(|row| row.verdict == Verdict::Eligible).unwrap();
        assert_eq!((row.unlocked_saving, row.locked_saving), (Some(usd("1.425")), Some(usd("0"))));
        assert_eq!(row.unlock_month, None);
    }

    /// Dashboards drop these rows; and r6g, the cheapest target, is not covered by the plan any more.
    #[test]
    fn database_plans_count_and_cover_recent_families_only() {
        let row = covered(database("db.r7i.large", "100"), "DatabaseSavingsPlans", "20", "30");
        let recent = opportunities(std::slice::from_ref(&row));
        assert_eq!(recent[0].target_instance_type.as_deref(), Some("db.r8g.large"));
        let share = recent[0].list_saving.unwrap() * usd("20") / usd("30");
        assert_eq!(recent[0].effective_saving, Some(rounded(share)));
        let found = opportunities_by(&[row], Policy { allow_slower: true, ..Policy::default() });
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].hours, found[0].amortized_cost), (usd("100"), usd("20")));
        let target = found[0].target_price.unwrap();
        let name = found[0].target_instance_type.as_deref().unwrap();
        assert!(name.starts_with("db.r6g"), "{name}");
        let left = (usd("20") - usd("100") * target).max(Decimal::ZERO);
        assert_eq!(found[0].effective_saving, Some(left));
        assert!(found[0].estimate.as_deref().unwrap().contains("does not cover the target"));
    }

    /// Paid 30 under the plan, the target 20.56 at list and on demand: all 30 of commitment are left. 20 on demand, covered at
    /// 30 ÷ 40 of list, take up 15 of them, half: 15 − 20.56 is no saving now. 60 take up all.
    #[test]
    fn a_target_outside_the_plan_leaves_all_of_its_commitment() {
        let row = covered(database("db.r7i.large", "100"), "DatabaseSavingsPlans", "30", "40");
        let policy = || Policy { allow_slower: true, ..Policy::default() };
        for (on_demand, all_is_free) in [("20", false), ("60", true)] {
            let mut other = database("db.r8g.large", "100");
            other.architecture = Some(crate::terms::Architecture::Arm);
            let other = UsageRow { amortized_cost: usd(on_demand), list_cost: Some(usd(on_demand)), ..other };
            let found = opportunities_by(&[row.clone(), other], policy());
            let found = found.iter().find(|row| row.verdict == Verdict::Eligible).unwrap();
            let effective = found.effective_saving.unwrap();
            assert!(effective > Decimal::ZERO, "{found:?}");
            let expected = if all_is_free { effective } else { Decimal::ZERO };
            assert_eq!(found.unlocked_saving, Some(expected), "{on_demand}");
            assert_eq!(found.locked_saving, Some(effective - expected));
        }
    }

    /// 10 % less by private discounts: 1.90 at list is 1.71.
    #[test]
    fn net_costs_count_where_the_bill_has_them() {
        let row = UsageRow {
            amortized_cost: usd("9.6"),
            list_cost: Some(usd("9.6")),
            net_amortized_cost: Some(usd("8.64")),
            ..hours("m5.large", "100")
        };
        let found = opportunities(&[row]);
        assert_eq!((found[0].effective_saving, found[0].unlocked_saving), (Some(usd("1.71")), Some(usd("1.71"))));
    }

    /// 744 h are one machine; it runs twice for 24 h at 0.077 = 1.848; 14.136 a month of 31 days: 4.05 days.
    #[test]
    fn a_switch_costs_double_running_and_pays_back() {
        let row =
            UsageRow { amortized_cost: usd("71.424"), list_cost: Some(usd("71.424")), ..hours("m5.large", "744") };
        let found = opportunities(&[row]);
        assert_eq!((found[0].transition_cost, found[0].payback_days), (Some(usd("1.848")), Some(usd("4.05"))));
    }

    #[test]
    fn managed_services_come_before_own_code() {
        let priced = |row: UsageRow| UsageRow { amortized_cost: usd("10"), list_cost: Some(usd("10")), ..row };
        let book = PriceBook::embedded().unwrap();
        let mut found = opportunities(&[priced(hours("m5.24xlarge", "700")), priced(database("db.r5.large", "10"))]);
        found.sort_by_key(|row| row.order_of_work(book));
        assert_eq!(&*found[0].product_code, "AmazonRDS");
        assert_eq!(found[0].effort, Some(EffortClass::Low));
    }
}
