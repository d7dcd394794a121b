//! The verdict of a piece of usage: one bucket, one reason, and the target where there is one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::NaiveDate;
use rayon::prelude::*;
use rust_decimal::Decimal;

use super::{
    offer::{Offer, offers},
    reason::Reason,
    target::{Candidate, Choice, Policy, choose, price_item},
};
use crate::{
    normalize::{Classified, Classify, LineType, Usage, UsageKind, service_of},
    pricing::{CURRENCY, PriceBook, Shape, Speed, bare_type},
    rollup::{UsageKey, UsageRow},
    terms::{Architecture, PurchaseOption, Service, Verdict},
};

/// What a verdict depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Workload<'a> {
    /// Compute service, when it is one that this version analyses.
    pub service: Option<Service>,
    /// Kind of usage.
    pub kind: UsageKind,
    /// Line item type.
    pub line_type: LineType,
    /// AWS region code.
    pub region: Option<&'a str>,
    /// Instance type as the bill spells it.
    pub instance_type: Option<&'a str>,
    /// Instruction set, where it is known.
    pub architecture: Option<Architecture>,
    /// Operating system of EC2 usage.
    pub operating_system: Option<&'a str>,
    /// Database or cache engine.
    pub database_engine: Option<&'a str>,
    /// Shared, Dedicated, Host.
    pub tenancy: Option<&'a str>,
    /// Licensed software on the instance.
    pub licensed_software: Option<&'a str>,
    /// Variant in the price table.
    pub price_variant: Option<&'a str>,
    /// How the hours were bought.
    pub purchase_option: Option<PurchaseOption>,
    /// Public on-demand rate per hour that the bill states.
    pub public_rate: Option<Decimal>,
    /// ISO code of the bill's amounts.
    pub currency: Option<&'a str>,
}

impl<'a> From<&'a Usage> for Workload<'a> {
    fn from(usage: &'a Usage) -> Self {
        Self {
            service: usage.service,
            kind: usage.kind,
            line_type: usage.line_type,
            region: usage.region.as_deref(),
            instance_type: usage.instance_type.as_deref(),
            architecture: usage.architecture,
            operating_system: usage.operating_system.as_deref(),
            database_engine: usage.database_engine.as_deref(),
            tenancy: usage.tenancy.as_deref(),
            licensed_software: usage.licensed_software.as_deref(),
            price_variant: usage.price_variant.as_deref(),
            purchase_option: usage.purchase_option,
            public_rate: usage.public_rate,
            currency: usage.currency.as_deref(),
        }
    }
}

impl<'a> From<&'a UsageRow> for Workload<'a> {
    fn from(row: &'a UsageRow) -> Self {
        Self {
            service: service_of(&row.product_code),
            kind: row.usage_kind,
            line_type: LineType::parse(&row.charge_type),
            region: row.region.as_deref(),
            instance_type: row.instance_type.as_deref(),
            architecture: row.architecture,
            operating_system: row.operating_system.as_deref(),
            database_engine: row.database_engine.as_deref(),
            tenancy: row.tenancy.as_deref(),
            licensed_software: row.licensed_software.as_deref(),
            price_variant: row.price_variant.as_deref(),
            purchase_option: row.purchase_option,
            public_rate: row.public_rate,
            currency: Some(&row.currency),
        }
    }
}

/// Share by which the bill's own public rate may differ from the table without a word.
const TOLERANCE: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// List price of the source and where it is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourcePrice {
    /// Per instance hour.
    pub usd: Decimal,
    /// Date of the price table; `None` when the bill's own public rate stands in.
    pub as_of: Option<NaiveDate>,
    /// The bill's own public rate, where it is more than 1 % off the table.
    pub billed: Option<Decimal>,
}

/// The judgements of the usages of rows.
#[derive(Debug)]
pub struct Judgements {
    numbers: HashMap<*const UsageKey, u32>,
    all: Vec<Judgement<'static>>,
}

impl Judgements {
    /// Returns the verdict of a row.
    pub(super) fn verdict(&self, row: &UsageRow) -> Verdict {
        self.number(&row.usage).map_or(Verdict::Unknown, |number| self.all[number].verdict)
    }

    /// Returns the distinct judgements.
    pub(super) fn distinct(&self) -> &[Judgement<'static>] {
        &self.all
    }

    /// Returns which of the distinct ones a usage has; `None` for one that was not judged.
    pub(super) fn number(&self, usage: &UsageKey) -> Option<usize> {
        self.numbers.get(&std::ptr::from_ref(usage)).map(|&number| number as usize)
    }
}

/// The verdict with what led to it.
#[derive(Debug, Clone)]
pub struct Judgement<'a> {
    /// The bucket.
    pub verdict: Verdict,
    /// Why; `None` when the verdict needs no reason (graviton, eligible).
    pub reason: Option<Reason>,
    /// The target, for `eligible` and `costlier`.
    pub target: Option<Candidate<'a>>,
    /// List price of the source.
    pub source_price: Option<SourcePrice>,
    /// Admissible targets that are sold in the region and whose price is not known.
    pub unpriced_targets: Arc<Vec<String>>,
}

impl Judgement<'_> {
    fn plain(verdict: Verdict) -> Self {
        Self { verdict, reason: None, target: None, source_price: None, unpriced_targets: Arc::default() }
    }

    fn because(reason: Reason) -> Self {
        Self { reason: Some(reason), ..Self::plain(reason.verdict()) }
    }

    /// Returns what is assumed in the row, where anything is.
    pub fn estimate(&self) -> Option<String> {
        let mut notes = Vec::new();
        if self.source_price.is_some_and(|price| price.as_of.is_none()) {
            notes.push("source price is the bill's own public rate".to_owned());
        }
        if let Some(SourcePrice { billed: Some(billed), .. }) = self.source_price {
            notes.push(format!("the bill's own public rate is {billed}"));
        }
        match self.target.as_ref().map(|target| &target.speed) {
            Some(Speed::Unknown) => notes.push("speed not measured".to_owned()),
            Some(Speed::Ratio { measured: false, basis, .. }) => notes.push(format!("speed derived: {basis}")),
            Some(Speed::Ratio { value, .. }) if *value < Decimal::ONE => {
                notes.push(format!("slower: {} of the speed", value.round_dp(3)));
            }
            _ => {}
        }
        if self.target.as_ref().is_some_and(|target| target.is_virtual_for_metal) {
            notes.push("a virtual target for bare metal".to_owned());
        }
        if let Some(target) = self.target.as_ref().filter(|target| !target.losses.is_empty()) {
            let losses: Vec<String> = target.losses.iter().map(ToString::to_string).collect();
            notes.push(format!("accepts {}", losses.join(", ")));
        }
        (!notes.is_empty()).then(|| notes.join("; "))
    }
}

/// Judges usage by one price table and one policy.
#[derive(Clone)]
pub struct Judge {
    book: &'static PriceBook,
    policy: Policy,
    known: Arc<Mutex<Known>>,
}

/// What was found out before.
#[derive(Default)]
struct Known {
    offers: HashMap<Market, Arc<Vec<Offer<'static>>>>,
    answers: HashMap<Question, Arc<Answer>>,
}

/// Service, region and price variant.
type Market = (Service, String, String);

/// What the policy makes of the candidates for a shape.
struct Answer {
    /// The target, or why there is none.
    target: Result<Candidate<'static>, Reason>,
    /// Whether any candidate is admissible, priced or not.
    fits: bool,
    /// Admissible candidates whose price is not known.
    unpriced: Arc<Vec<String>>,
}

/// Market and source type: all that the candidates depend on.
type Question = (Market, &'static str);

impl std::fmt::Debug for Judge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Judge").field("policy", &self.policy).finish_non_exhaustive()
    }
}

impl Judge {
    /// Builds a judge.
    pub fn new(book: &'static PriceBook, policy: Policy) -> Self {
        Self { book, policy, known: Arc::default() }
    }

    /// Judges the usage of each row; alike usage is judged once.
    pub fn judgements(&self, rows: &[UsageRow]) -> Judgements {
        let mut numbers: HashMap<*const UsageKey, u32> = HashMap::new();
        let mut of_workload: HashMap<Workload<'_>, u32> = HashMap::new();
        let mut workloads = Vec::new();
        for row in rows {
            numbers.entry(Arc::as_ptr(&row.usage)).or_insert_with(|| {
                let workload = Workload::from(row);
                *of_workload.entry(workload).or_insert_with(|| {
                    workloads.push(workload);
                    u32::try_from(workloads.len() - 1).unwrap_or(u32::MAX)
                })
            });
        }
        Judgements { numbers, all: workloads.par_iter().map(|workload| self.judge(workload)).collect() }
    }

    /// Finds the target for a shape; the same question is answered once.
    fn target(&self, service: Service, region: &str, variant: &str, shape: &'static Shape) -> Arc<Answer> {
        let market = (service, region.to_owned(), variant.to_owned());
        let question = (market.clone(), shape.instance_type.as_str());
        if let Some(answer) = self.known().answers.get(&question) {
            return Arc::clone(answer);
        }
        let on_sale = self.known().offers.get(&market).map(Arc::clone);
        let on_sale = on_sale.unwrap_or_else(|| {
            let found = Arc::new(offers(self.book, service, region, variant));
            Arc::clone(self.known().offers.entry(market).or_insert(found))
        });
        let (choice, unpriced) = choose(self.book, &on_sale, shape, &self.policy);
        let fits = matches!(choice, Choice::Target(_) | Choice::NonePriced);
        let target = match choice {
            Choice::Target(target) => Ok(target),
            Choice::NothingSold if !self.knows(service, region, variant) => Err(Reason::TargetPrice),
            Choice::NothingSold | Choice::NoneFits => Err(Reason::NoEquivalent),
            Choice::OnlySlower => Err(Reason::Slower),
            Choice::NonePriced => Err(Reason::TargetPrice),
        };
        let answer = Arc::new(Answer { target, fits, unpriced: Arc::new(unpriced) });
        // Another thread may have been faster with the same answer.
        Arc::clone(self.known().answers.entry(question).or_insert(answer))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the price table.
    pub fn book(&self) -> &'static PriceBook {
        self.book
    }

    /// Returns the policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Returns the verdict: the first rule that applies.
    pub fn judge(&self, workload: &Workload<'_>) -> Judgement<'static> {
        match workload.kind {
            UsageKind::NoUsage => Judgement::because(charge_reason(workload.line_type)),
            UsageKind::Other => Judgement::because(Reason::NotCompute),
            UsageKind::Serverless => Judgement::because(Reason::Serverless),
            UsageKind::OtherCompute => Judgement::because(Reason::ServiceNotAnalysed),
            UsageKind::InstanceHours => self.judge_hours(workload),
        }
    }

    fn judge_hours(&self, workload: &Workload<'_>) -> Judgement<'static> {
        let (Some(service), Some(instance_type)) = (workload.service, workload.instance_type) else {
            return Judgement::because(Reason::TypeNotInTable);
        };
        if let Some(reason) = self.blocked_by_kind(workload, instance_type) {
            return Judgement::because(reason);
        }
        if workload.architecture == Some(Architecture::Arm) {
            return Judgement::plain(Verdict::Graviton);
        }
        let Some(region) = workload.region else { return Judgement::because(Reason::RegionNotStated) };
        let Some(variant) = workload.price_variant else {
            let reason = if service == Service::Ec2 { Reason::SystemNotStated } else { Reason::EngineNotStated };
            return Judgement::because(reason);
        };
        let Some(shape) = self.book.shape(bare_type(instance_type)) else {
            // A Dedicated Host names its family only.
            let host = workload.tenancy == Some("Host");
            return Judgement::because(if host { Reason::Dedicated } else { Reason::TypeNotInTable });
        };
        self.judge_target(workload, service, region, variant, shape)
    }

    fn judge_target(
        &self,
        workload: &Workload<'_>,
        service: Service,
        region: &str,
        variant: &str,
        shape: &'static Shape,
    ) -> Judgement<'static> {
        let answer = self.target(service, region, variant, shape);
        let source_price = self.source_price(workload, service, region, variant);
        let unpriced_targets = Arc::clone(&answer.unpriced);
        let reason = match &answer.target {
            Err(reason) if !answer.fits => *reason,
            _ if workload.currency.is_some_and(|currency| currency != CURRENCY) => Reason::Currency,
            _ if matches!(workload.tenancy, Some("Dedicated" | "Host")) => Reason::Dedicated,
            _ if workload.purchase_option == Some(PurchaseOption::Spot) => Reason::Spot,
            _ if variant == "Ubuntu Pro" => Reason::UbuntuPro,
            Err(reason) => *reason,
            Ok(target) => return Judgement { unpriced_targets, ..against(target, source_price) },
        };
        let source_price = source_price.filter(|_| reason != Reason::Currency);
        Judgement { source_price, unpriced_targets, ..Judgement::because(reason) }
    }

    /// Returns what rules Graviton out whatever the shape.
    fn blocked_by_kind(&self, workload: &Workload<'_>, instance_type: &str) -> Option<Reason> {
        let family = bare_type(instance_type).split('.').next().unwrap_or("");
        if family.starts_with("mac") {
            return Some(Reason::MacOs);
        }
        if workload.architecture == Some(Architecture::Arm) {
            return None;
        }
        if self.book.family(family).is_some_and(|family| family.accelerator.is_some()) {
            return Some(Reason::Gpu);
        }
        if workload.operating_system == Some("Windows") {
            return Some(Reason::Windows);
        }
        if workload.licensed_software.is_some() {
            return Some(Reason::Licence);
        }
        let engine = workload.database_engine.filter(|_| workload.service == Some(Service::Rds))?;
        let runs = ["MySQL", "PostgreSQL", "MariaDB", "Aurora"].iter().any(|name| engine.starts_with(name));
        (!runs).then_some(Reason::Engine)
    }

    /// Tells whether the table has any price of the service, variant and region.
    fn knows(&self, service: Service, region: &str, variant: &str) -> bool {
        self.book.items(service.as_str(), region, variant).next().is_some()
    }

    fn source_price(
        &self,
        workload: &Workload<'_>,
        service: Service,
        region: &str,
        variant: &str,
    ) -> Option<SourcePrice> {
        let item = price_item(service, workload.instance_type?);
        match self.book.on_demand(service.as_str(), region, &item, variant) {
            Some(price) => {
                let tolerance = price.usd * TOLERANCE;
                let billed = workload.public_rate.filter(|rate| (*rate - price.usd).abs() > tolerance);
                Some(SourcePrice { usd: price.usd, as_of: Some(price.as_of), billed })
            }
            None => workload.public_rate.map(|usd| SourcePrice { usd, as_of: None, billed: None }),
        }
    }
}

impl Classify for Judge {
    fn classify(&self, usage: &Usage) -> Classified {
        let judgement = self.judge(&Workload::from(usage));
        Classified { verdict: judgement.verdict, reason: judgement.reason.map(|reason| reason.as_str().to_owned()) }
    }
}

impl Judge {
    /// Returns the judge as the classifier that `line_items` asks.
    pub fn classifier(&self) -> Arc<dyn Classify> {
        Arc::new(self.clone())
    }
}

fn against(target: &Candidate<'static>, source_price: Option<SourcePrice>) -> Judgement<'static> {
    let (Some(source), Some(price)) = (source_price, target.price) else {
        return Judgement { target: Some(target.clone()), ..Judgement::because(Reason::SourcePrice) };
    };
    let (verdict, reason) =
        if price.usd < source.usd { (Verdict::Eligible, None) } else { (Verdict::Costlier, Some(Reason::NoneCheaper)) };
    Judgement { reason, target: Some(target.clone()), source_price, ..Judgement::plain(verdict) }
}

fn charge_reason(line_type: LineType) -> Reason {
    match line_type {
        LineType::RiFee | LineType::Fee | LineType::SavingsPlanRecurringFee | LineType::SavingsPlanUpfrontFee => {
            Reason::Fee
        }
        LineType::SavingsPlanNegation => Reason::Negation,
        LineType::Credit => Reason::Credit,
        LineType::Refund => Reason::Refund,
        LineType::Tax => Reason::Tax,
        LineType::Discount => Reason::Discount,
        _ => Reason::OtherCharge,
    }
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
