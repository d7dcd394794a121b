//! The verdict of a piece of usage: one bucket, one reason, and the target where there is one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rayon::prelude::*;
use rust_decimal::Decimal;

use super::{
    described::describe,
    judgement::{Judgement, Judgements, SourcePrice, Target},
    offer::{Offer, offers},
    reason::Reason,
    target::{Candidate, Choice, Policy, choose, price_item},
    versions::ProvenVersions,
    workload::Workload,
};
use crate::{
    normalize::{Classified, Classify, EngineVersions, LineType, Usage, UsageKind},
    pricing::{CURRENCY, Meter, Price, PriceBook, Shape, Version, bare_type},
    rollup::{UsageKey, UsageRow},
    terms::{Architecture, PurchaseOption, Service, Verdict},
};

/// Share by which the bill's own public rate may differ from the table without a word.
const TOLERANCE: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// Judges usage by one price table and one policy.
#[derive(Clone)]
pub struct Judge {
    book: &'static PriceBook,
    policy: Policy,
    /// Version of the price table that it speaks for, where that is not its own.
    speaks_for: Option<String>,
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
        Self { book, policy, speaks_for: None, known: Arc::default() }
    }

    /// Names the price table that it speaks for.
    pub(super) fn speaking_for(self, prices: String) -> Self {
        Self { speaks_for: Some(prices), ..self }
    }

    /// Returns the version of the price table that it speaks for.
    pub(super) fn prices(&self) -> &str {
        self.speaks_for.as_deref().unwrap_or_else(|| self.book.version())
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
            UsageKind::InstanceHours | UsageKind::Surcharge => self.judge_hours(workload),
            UsageKind::Metered => self.judge_meter(workload),
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
        if let Some(reason) = by_service(service, workload, instance_type) {
            return Judgement::because(reason);
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
        // A surcharge moves with its instance.
        let on_top = workload.kind == UsageKind::Surcharge;
        let answer = if on_top {
            self.target(Service::Ec2, region, "Linux", shape)
        } else {
            self.target(service, region, variant, shape)
        };
        let source_price = self.source_price(workload, service, region, variant);
        let unpriced_targets = Arc::clone(&answer.unpriced);
        let (needs, too_old) = self.version(service, workload);
        let reason = match &answer.target {
            Err(reason) if !answer.fits => *reason,
            _ if too_old => Reason::EngineVersion,
            _ if workload.currency.is_some_and(|currency| currency != CURRENCY) => Reason::Currency,
            _ if matches!(workload.tenancy, Some("Dedicated" | "Host")) => Reason::Dedicated,
            _ if workload.purchase_option == Some(PurchaseOption::Spot) => Reason::Spot,
            _ if variant == "Ubuntu Pro" => Reason::UbuntuPro,
            Err(reason) => *reason,
            Ok(instance) => {
                let mut target = Target::of(instance);
                if on_top {
                    target.price = self.book.on_demand(service.as_str(), region, &target.name, variant);
                }
                let mut judgement = Judgement::against(target, source_price);
                if on_top && judgement.verdict == Verdict::Eligible && !self.moves(region, shape, instance) {
                    judgement.verdict = Verdict::Costlier;
                    judgement.reason = Some(Reason::NoneCheaper);
                }
                return Judgement { unpriced_targets, condition: needs, ..judgement };
            }
        };
        let source_price = source_price.filter(|_| reason != Reason::Currency);
        let condition = if too_old { self.requirement(service, workload) } else { None };
        Judgement { source_price, unpriced_targets, condition, ..Judgement::because(reason) }
    }

    /// Tells whether the instance under a surcharge is cheaper as its target.
    fn moves(&self, region: &str, source: &Shape, target: &Candidate<'_>) -> bool {
        let price = self.book.on_demand(Service::Ec2.as_str(), region, &source.instance_type, "Linux");
        price.zip(target.price).is_none_or(|(source, target)| target.usd < source.usd)
    }

    fn requirement(&self, service: Service, workload: &Workload<'_>) -> Option<String> {
        self.book.versions().condition(service, workload.database_engine)
    }

    /// Returns the version that a target needs as long as it is not proven, and whether one is proven that is too old.
    fn version(&self, service: Service, workload: &Workload<'_>) -> (Option<String>, bool) {
        let versions = self.book.versions();
        let known = workload.engine_version.and_then(|text| {
            // Only search domains name the engine with the version: "Elasticsearch_7.10".
            let named = text.split_once('_').map(|(engine, _)| engine).filter(|_| service == Service::OpenSearch);
            let engine = named.or(workload.database_engine);
            versions.of(service, engine)?.is_met_by(&text.parse::<Version>().ok()?)
        });
        match known {
            Some(is_met) => (None, !is_met),
            None => (self.requirement(service, workload), false),
        }
    }

    fn judge_meter(&self, workload: &Workload<'_>) -> Judgement<'static> {
        let (Some(service), Some(usage_type)) = (workload.service, workload.meter) else {
            return Judgement::because(Reason::ServiceNotAnalysed);
        };
        let meters = self.book.meters();
        let Some(first) = meters.tiers(service, usage_type).next() else {
            return Judgement::because(Reason::ServiceNotAnalysed);
        };
        if first.architecture == Architecture::Arm {
            return Judgement::plain(Verdict::Graviton);
        }
        let Some(target) = &first.target else {
            let reason = first.blocked.as_deref().and_then(Reason::parse);
            return Judgement::because(reason.unwrap_or(Reason::NotOnGraviton));
        };
        let Some(region) = workload.region else { return Judgement::because(Reason::RegionNotStated) };
        let price = |meter: &Meter| self.book.on_demand(service.as_str(), region, &meter.item, &meter.variant);
        // Volume tiers have one usage type: the rate of the row tells which one it is.
        let tier = meters
            .tiers(service, usage_type)
            .position(|meter| price(meter).is_some_and(|price| Some(price.usd) == workload.public_rate))
            .unwrap_or(0);
        let listed = meters.tiers(service, usage_type).nth(tier).and_then(price);
        let source_price = source_price(listed, workload.public_rate);
        let of_tier = meters.tiers(service, target).nth(tier).and_then(price);
        let target = Target { name: target.clone(), price: of_tier, instance: None, beyond_first_tier: tier > 0 };
        let reason = if workload.currency.is_some_and(|currency| currency != CURRENCY) {
            Reason::Currency
        } else if workload.is_spot {
            Reason::Spot
        } else if target.price.is_none() {
            Reason::TargetPrice
        } else {
            return Judgement::against(target, source_price);
        };
        let source_price = source_price.filter(|_| reason != Reason::Currency);
        let unpriced_targets = Arc::new(if reason == Reason::TargetPrice { vec![target.name] } else { Vec::new() });
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
        source_price(self.book.trusted(service.as_str(), region, &item, variant), workload.public_rate)
    }
}

/// Takes the price of the table, else the bill's own public rate; marks a rate that is off the table.
fn source_price(listed: Option<&Price>, public_rate: Option<Decimal>) -> Option<SourcePrice> {
    match listed {
        Some(price) => {
            let tolerance = price.usd * TOLERANCE;
            let billed = public_rate.filter(|rate| (*rate - price.usd).abs() > tolerance);
            Some(SourcePrice {
                usd: price.usd,
                as_of: Some(price.as_of),
                confirmed: Some(price.confirmed),
                source: Some(price.source),
                billed,
            })
        }
        None => public_rate.map(|usd| SourcePrice { usd, as_of: None, confirmed: None, source: None, billed: None }),
    }
}

/// Returns what a service rules out whatever the price.
fn by_service(service: Service, workload: &Workload<'_>, instance_type: &str) -> Option<Reason> {
    match service {
        // Graviton hosts models; training, processing and notebooks have no Arm types.
        Service::SageMaker => match workload.price_variant {
            Some("Hosting") => None,
            Some(_) => Some(Reason::NotOnGraviton),
            None => Some(Reason::ServiceNotAnalysed),
        },
        // RA3 moves to RG, whose prices are not known; older nodes move to RA3 first.
        Service::Redshift if instance_type.starts_with("ra3.") => Some(Reason::TargetPrice),
        Service::Redshift => Some(Reason::NoEquivalent),
        _ => None,
    }
}

/// A judge with what is proven of engine versions.
#[derive(Debug)]
struct Classifier {
    judge: Judge,
    versions: Option<Arc<ProvenVersions>>,
}

impl Classify for Classifier {
    fn classify(&self, usage: &Usage, engine_version: Option<&str>) -> Classified {
        let judgement = self.judge.judge(&Workload { engine_version, ..Workload::from(usage) });
        Classified { verdict: judgement.verdict, reason: judgement.reason.map(|reason| reason.as_str().to_owned()) }
    }

    fn versions(&self) -> Option<&dyn EngineVersions> {
        self.versions.as_deref().map(|versions| versions as &dyn EngineVersions)
    }

    fn description(&self) -> Option<String> {
        describe(&self.judge.policy, self.judge.prices(), self.versions.as_deref())
    }
}

impl Judge {
    /// Returns the judge as the classifier that `line_items` asks, with what is proven of engine versions.
    pub fn classifier(&self, versions: Option<Arc<ProvenVersions>>) -> Arc<dyn Classify> {
        Arc::new(Classifier { judge: self.clone(), versions })
    }
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
