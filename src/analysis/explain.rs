//! Why a row says what it says: the rule, the prices with their date and source, and the arithmetic.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use super::{
    commitments::CommitmentMonth,
    figures::Figures,
    opportunities::Opportunity,
    realized::Realized,
    saving::Lock,
    target::{Candidate, NEAR_MISS, Policy, Wanted, candidates},
};
use crate::{
    normalize::service_of,
    pricing::{PriceBook, Speed, bare_type},
    terms::{Architecture, PurchaseOption, Verdict},
    units::{Month, grouped, percent, ratio},
};

/// What is asked; `None` = any.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the columns of graviton_opportunities under their own names")]
pub struct Asked {
    pub month: Option<Month>,
    pub account_id: Option<String>,
    pub region: Option<String>,
    pub product_code: Option<String>,
    pub instance_type: Option<String>,
    pub purchase_option: Option<PurchaseOption>,
    pub verdict: Option<Verdict>,
}

impl Asked {
    fn fits(&self, row: &Opportunity) -> bool {
        let same = |asked: &Option<String>, own: Option<&str>| asked.as_deref().is_none_or(|asked| Some(asked) == own);
        same(&self.account_id, row.account_id.as_deref())
            && same(&self.region, row.region.as_deref())
            && same(&self.product_code, Some(&row.product_code))
            && same(&self.instance_type, row.instance_type.as_deref())
            && self.purchase_option.is_none_or(|asked| Some(asked) == row.purchase_option)
            && self.verdict.is_none_or(|asked| asked == row.verdict)
    }
}

/// A step of an explanation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What is said: "rule", "source price", "list saving"…
    pub what: &'static str,
    /// The figure with how it came about.
    pub text: String,
}

/// A row explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// What ran.
    pub title: String,
    /// From the bill to the saving.
    pub steps: Vec<Step>,
}

/// Explains the rows that are asked for, in the order of work; rows that save nothing come last, dearest first.
pub fn explain(figures: &Figures, book: &PriceBook, asked: &Asked) -> Vec<Explanation> {
    let complete = || figures.months.iter().rev().find(|total| !total.partial).or(figures.months.last());
    let Some(month) = asked.month.or_else(|| complete().map(|total| total.month)) else { return Vec::new() };
    let mut rows: Vec<&Opportunity> =
        figures.opportunities.iter().filter(|row| row.month == month && asked.fits(row)).collect();
    rows.sort_by_key(|row| (row.list_saving.is_none(), row.order_of_work(book), std::cmp::Reverse(row.amortized_cost)));
    rows.into_iter().map(|row| Teller { figures, book, row, steps: Vec::new() }.tell()).collect()
}

struct Teller<'a> {
    figures: &'a Figures,
    book: &'a PriceBook,
    row: &'a Opportunity,
    steps: Vec<Step>,
}

impl Teller<'_> {
    fn say(&mut self, what: &'static str, text: String) {
        self.steps.push(Step { what, text });
    }

    fn money(&self, amount: Decimal) -> String {
        format!("{} {}", grouped(amount, 2), self.figures.currency)
    }

    fn tell(mut self) -> Explanation {
        let row = self.row;
        let unit = if self.is_metered() { "units" } else { "h" };
        let cost = self.money(row.amortized_cost);
        self.say("bill", format!("{}: {} {unit}, amortised cost {cost}", row.month, plain(row.hours)));
        let mut rule = format!("{}", row.verdict);
        if let Some(reason) = row.reason {
            rule = format!("{rule}, {reason}: {}", reason.explanation());
        }
        self.say("rule", rule);
        if let Some(version) = &row.engine_version {
            self.say("engine version", format!("{version}, as the inventory or Extended Support says"));
        }
        if let Some(condition) = &row.condition {
            self.say("condition", format!("needs {condition}"));
        }
        self.tell_target();
        self.tell_saving();
        self.tell_commitments();
        self.tell_switch();
        self.tell_realized();
        self.tell_alternatives();
        if let Some(estimate) = &row.estimate {
            self.say("assumed", estimate.to_string());
        }
        Explanation { title: title(row), steps: self.steps }
    }

    fn is_metered(&self) -> bool {
        self.row.instance_type.as_deref().is_some_and(|name| self.book.shape(name).is_none())
            && service_of(&self.row.product_code).is_some_and(|service| {
                self.book.meters().knows(service, self.row.instance_type.as_deref().unwrap_or(""))
            })
    }

    fn tell_target(&mut self) {
        let row = self.row;
        let from = |price: Decimal, known: Option<(NaiveDate, &'static str)>| match known {
            Some((as_of, source)) => format!("{} USD, as of {as_of}, {source}", plain(price)),
            None => format!("{}, the bill's own public rate", plain(price)),
        };
        if let Some(price) = row.source_price {
            self.say("source price", from(price, row.source_price_from));
        }
        let Some(target) = &row.target_instance_type else { return };
        self.say("target", format!("{target}: {}", self.figures.policy));
        if let Some(price) = row.target_price {
            self.say("target price", from(price, row.target_price_from));
        }
        let shapes = row.instance_type.as_deref().and_then(|name| self.book.shape(name)).zip(self.book.shape(target));
        let Some((source, target)) = shapes else { return };
        let network = |gbps: Option<Decimal>| gbps.map_or_else(|| "?".to_owned(), plain);
        self.say(
            "shape",
            format!(
                "{} → {} vCPU, {} → {} GiB, {} → {} GB local storage, {} → {} Gbit/s baseline network",
                source.vcpu,
                target.vcpu,
                plain(source.memory_gib),
                plain(target.memory_gib),
                plain(source.local_storage_gb),
                plain(target.local_storage_gb),
                network(source.network_gbps),
                network(target.network_gbps)
            ),
        );
        let speed = match self.book.speed(&source.family, &target.family) {
            Speed::Unknown => "not measured".to_owned(),
            Speed::Ratio { value, measured: true, .. } => {
                format!("{} × that of the source, measured", plain(value.round_dp(3)))
            }
            Speed::Ratio { value, basis, .. } => {
                format!("{} × that of the source, derived: {basis}", plain(value.round_dp(3)))
            }
        };
        self.say(
            "speed",
            format!("{speed} (Geekbench 6 multi-core at equal vCPUs, Spare Cores, CC BY-SA 4.0); no money"),
        );
    }

    fn tell_saving(&mut self) {
        let row = self.row;
        let (Some(source), Some(target), Some(list)) = (row.source_price, row.target_price, row.list_saving) else {
            return;
        };
        let text = format!("{} × ({} − {}) = {}", plain(row.hours), plain(source), plain(target), self.money(list));
        self.say("list saving", text);
        let Some(effective) = row.effective_saving else { return };
        self.tell_effective(list, effective);
        let (unlocked, locked) = (row.unlocked_saving.unwrap_or_default(), row.locked_saving.unwrap_or_default());
        let why = match row.lock {
            Lock::Open => "on demand: free now",
            Lock::Spot => "Spot",
            Lock::Plan(..) => {
                "the Savings Plan follows to Graviton; what it sets free counts as far as on-demand usage of the month takes it up"
            }
            Lock::Bound(..) => "the commitment is to the instances as they are",
        };
        self.say("unlocked saving", format!("{} ({why})", self.money(unlocked)));
        if !locked.is_zero() {
            let from = row
                .unlock_month
                .map_or_else(|| "an end that the bill does not state".to_owned(), |month| month.to_string());
            self.say("locked saving", format!("{}, free from {from} on", self.money(locked)));
        }
    }

    /// Tells how the saving at what is paid comes about.
    fn tell_effective(&mut self, list: Decimal, effective: Decimal) {
        let row = self.row;
        let how = match (row.target_rate.zip(row.term), row.paid_rate) {
            (Some((rate, term)), _) => {
                self.say(
                    "target rate",
                    format!("{} USD under {term}, as of {}, {}", plain(rate.usd), rate.as_of, rate.source),
                );
                let net = net(row);
                let floor = if effective.is_zero() { "nothing is saved, 0 at least: " } else { "" };
                format!("{floor}{} paid − {} × {}{net} = ", self.money(row.paid), plain(row.hours), plain(rate.usd))
            }
            (None, _) if row.leaves_plan() => format!(
                "{} paid − {} × {} list price of the target{} = ",
                self.money(row.paid),
                plain(row.hours),
                row.target_price.map_or_else(String::new, plain),
                net(row)
            ),
            (None, Some(rate)) => format!("{} × {} paid ÷ list = ", self.money(list), plain(rate.round_dp(6))),
            (None, None) => String::new(),
        };
        self.say("effective saving", format!("{how}{}", self.money(effective)));
        if let Some(((paid, rate), term)) = row.other_rate(self.book).zip(row.term) {
            let text = format!(
                "{} an hour is paid, {term} is {} as of {}, {}: bought at another price",
                plain(paid.round_dp(6)),
                plain(rate.usd),
                rate.as_of,
                rate.source
            );
            self.say("own rate", text);
        }
    }

    /// Tells each commitment behind the row, and what leaving it early would strand.
    fn tell_commitments(&mut self) {
        let row = self.row;
        if row.locked_saving.is_none_or(|locked| locked.is_zero()) {
            return;
        }
        let mut used: BTreeMap<&str, Decimal> = BTreeMap::new();
        for usage in self.figures.rows.iter().filter(|usage| is_of(usage, row)) {
            if let Some(commitment) = usage.commitment.as_deref() {
                *used.entry(&commitment.arn).or_default() += usage.amortized_cost;
            }
        }
        for (arn, cost) in used {
            let ledger = self.figures.commitments.iter().find(|month| month.month == row.month && &*month.arn == arn);
            // Another row of the same type has the commitments that end in another month.
            let is_own = |ledger: &&CommitmentMonth| {
                ledger.terms.unlock_month() == row.unlock_month && ledger.terms.purchase == row.term
            };
            let Some(ledger) = ledger.filter(is_own) else {
                continue;
            };
            let text = self.stranded(ledger, cost);
            self.say("commitment", text);
        }
    }

    fn stranded(&self, ledger: &CommitmentMonth, cost: Decimal) -> String {
        let terms = &ledger.terms;
        let end = terms.end.map_or_else(|| "not in the bill".to_owned(), |end| end.date_naive().to_string());
        let offering = terms.offering.as_deref().unwrap_or("offering not in the bill");
        let name = format!("{} {} ({offering}, {}), ends {end}", terms.kind, ledger.arn, terms.scope);
        match (ledger.remaining_cost, ratio(cost, ledger.cost - ledger.unused_cost)) {
            (Some(remaining), Some(share)) => {
                let stranded = self.money(remaining * share);
                format!(
                    "{name}; leaving it after {} would strand {stranded}: {} still to pay × {} of it used here",
                    ledger.month,
                    self.money(remaining),
                    percent(share)
                )
            }
            _ => name,
        }
    }

    fn tell_switch(&mut self) {
        let row = self.row;
        let Some(service) = service_of(&row.product_code).filter(|_| row.list_saving.is_some()) else { return };
        let effort = self.book.effort(service, row.database_engine.as_deref());
        self.say("effort", format!("{}: {}", effort.class, effort.note));
        let (Some(cost), Some(price)) = (row.transition_cost, row.target_price) else { return };
        let days = row.payback_days.map_or_else(String::new, |days| format!("; paid back in {} days", plain(days)));
        self.say(
            "switch",
            format!(
                "{}: {} h side by side × {} on average × {} = {}{days}",
                effort.switch,
                plain(effort.double_run_hours),
                ratio(row.hours, row.month.hours().into()).map_or_else(String::new, |count| grouped(count, 2)),
                plain(price),
                self.money(cost)
            ),
        );
    }

    fn tell_realized(&mut self) {
        let row = self.row;
        let same = |found: &&Realized| {
            found.month == row.month
                && found.account_id == row.account_id
                && found.region == row.region
                && found.product_code == row.product_code
                && found.instance_type == row.instance_type
                && found.operating_system == row.operating_system
                && found.database_engine == row.database_engine
                && found.deployment_option == row.deployment_option
                && found.purchase_option == row.purchase_option
        };
        let found: Vec<Realized> = self.figures.realized.iter().filter(same).cloned().collect();
        for realized in found {
            let note = realized.estimate.as_ref().map_or_else(String::new, |note| format!(" ({note})"));
            let text = match (&realized.baseline_instance_type, realized.baseline_price, realized.baseline_cost) {
                (Some(name), Some(price), Some(cost)) => {
                    let of = realized
                        .price_as_of
                        .map_or_else(|| "the bill's own rate of the month".to_owned(), |day| format!("as of {day}"));
                    format!(
                        "{name} at {} ({of}) would have cost {}, it cost {}: saved {}{note}",
                        plain(price),
                        self.money(cost),
                        self.money(realized.amortized_cost),
                        self.money(realized.realized_saving.unwrap_or_default())
                    )
                }
                _ => format!("not computed{note}"),
            };
            self.say("realised", text);
        }
    }

    fn tell_alternatives(&mut self) {
        let row = self.row;
        let (Some(region), Some(variant), Some(service)) =
            (row.region.as_deref(), row.price_variant.as_deref(), service_of(&row.product_code))
        else {
            return;
        };
        let Some(shape) = row.instance_type.as_deref().and_then(|name| self.book.shape(bare_type(name))) else {
            return;
        };
        if shape.architecture != Architecture::X86 || row.verdict == Verdict::Graviton {
            return;
        }
        let found = candidates(self.book, &Wanted { service, region, variant, shape });
        let near = Policy { allow_loss: NEAR_MISS, ..self.figures.policy.clone() };
        let is_chosen =
            |candidate: &Candidate<'_>| Some(candidate.instance_type.as_str()) == row.target_instance_type.as_deref();
        let fits = |candidate: &&Candidate<'_>| {
            candidate.is_admissible(shape, &self.figures.policy) && !is_chosen(candidate) && candidate.price.is_some()
        };
        let misses = |candidate: &&Candidate<'_>| {
            let cheaper =
                candidate.price.map(|price| price.usd).zip(row.source_price).is_some_and(|(own, source)| own < source);
            cheaper && candidate.is_admissible(shape, &near) && !candidate.is_admissible(shape, &self.figures.policy)
        };
        let priced = |candidate: &Candidate<'_>| {
            format!(
                "{} {}",
                candidate.instance_type,
                candidate.price.map_or_else(String::new, |price| plain(price.usd))
            )
        };
        let others: Vec<String> = found.iter().filter(fits).take(3).map(priced).collect();
        let near_misses: Vec<String> = found
            .iter()
            .filter(misses)
            .take(3)
            .map(|candidate| {
                let losses: Vec<String> = candidate.losses.iter().map(ToString::to_string).collect();
                format!("{}: {}", priced(candidate), losses.join(", "))
            })
            .collect();
        if !others.is_empty() {
            self.say("alternatives", others.join("; "));
        }
        if !near_misses.is_empty() {
            self.say("near misses", format!("{} (taken with --allow-loss only)", near_misses.join("; ")));
        }
        if !row.unpriced_targets.is_empty() {
            self.say("price not known", row.unpriced_targets.join(", "));
        }
    }
}

/// Tells whether a row of the rollup is part of an opportunity.
fn is_of(usage: &crate::rollup::UsageRow, row: &Opportunity) -> bool {
    usage.month == row.month
        && usage.account_id == row.account_id
        && usage.region == row.region
        && usage.product_code == row.product_code
        && usage.instance_type == row.instance_type
        && usage.operating_system == row.operating_system
        && usage.database_engine == row.database_engine
        && usage.deployment_option == row.deployment_option
        && super::commitments::bought(&usage.usage) == row.purchase_option
}

fn title(row: &Opportunity) -> String {
    let purchase = row.purchase_option.map(|option| option.as_str().to_owned());
    let account = row.account_id.as_deref().map(|id| match &row.account_name {
        Some(name) => format!("account {id} ({name})"),
        None => format!("account {id}"),
    });
    let parts = [
        Some(row.product_code.to_string()),
        row.instance_type.as_deref().map(str::to_owned),
        row.database_engine.as_deref().or(row.operating_system.as_deref()).map(str::to_owned),
        row.deployment_option.as_deref().map(str::to_owned),
        row.region.as_deref().map(str::to_owned),
        account,
        purchase,
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn plain(number: Decimal) -> String {
    number.normalize().to_string()
}

/// Names the factor by which private discounts lower what is not paid yet.
fn net(row: &Opportunity) -> String {
    if row.paid == row.amortized_cost {
        return String::new();
    }
    let share = ratio(row.paid, row.amortized_cost);
    format!(" × {} net ÷ amortised", share.map_or_else(String::new, |share| plain(share.round_dp(6))))
}
