//! A verdict with all that led to it.

use std::{collections::HashMap, sync::Arc};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{reason::Reason, target::Candidate};
use crate::{
    pricing::{Price, Speed},
    rollup::{UsageKey, UsageRow},
    terms::Verdict,
};

impl Judgement<'static> {
    /// Compares a target with its source.
    pub(super) fn against(target: Target<'static>, source_price: Option<SourcePrice>) -> Self {
        let Some(price) = target.price else { return Judgement::because(Reason::TargetPrice) };
        let Some(source) = source_price else {
            return Judgement { target: Some(target), ..Judgement::because(Reason::SourcePrice) };
        };
        let (verdict, reason) = if price.usd < source.usd {
            (Verdict::Eligible, None)
        } else {
            (Verdict::Costlier, Some(Reason::NoneCheaper))
        };
        Judgement { reason, target: Some(target), source_price, ..Judgement::plain(verdict) }
    }
}

/// List price of the source and where it is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourcePrice {
    /// Per instance hour.
    pub usd: Decimal,
    /// Date of the price table; `None` when the bill's own public rate stands in.
    pub as_of: Option<NaiveDate>,
    /// Last day on which the price of the table was found to be stated.
    pub confirmed: Option<NaiveDate>,
    /// Who stated the price of the table.
    pub source: Option<&'static str>,
    /// The bill's own public rate, where it is more than 1 % off the table.
    pub billed: Option<Decimal>,
}

/// The judgements of the usages of rows.
#[derive(Debug)]
pub struct Judgements {
    pub(super) numbers: HashMap<*const UsageKey, u32>,
    pub(super) all: Vec<Judgement<'static>>,
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
    pub target: Option<Target<'a>>,
    /// List price of the source.
    pub source_price: Option<SourcePrice>,
    /// Admissible targets that are sold in the region and whose price is not known.
    pub unpriced_targets: Arc<Vec<String>>,
    /// Engine version that the target needs, as long as nothing proves the one that runs.
    pub condition: Option<String>,
}

/// What takes over.
#[derive(Debug, Clone)]
pub struct Target<'a> {
    /// Instance type with the service's prefix or suffix; usage type of metered compute.
    pub name: String,
    /// On-demand list price of what the row counts.
    pub price: Option<&'a Price>,
    /// The instance; `None` for metered compute.
    pub instance: Option<Candidate<'a>>,
    /// Priced at a volume tier beyond the first.
    pub beyond_first_tier: bool,
}

impl<'a> Target<'a> {
    /// Makes a target of an instance.
    pub(super) fn of(instance: &Candidate<'a>) -> Self {
        Self {
            name: instance.instance_type.clone(),
            price: instance.price,
            instance: Some(instance.clone()),
            beyond_first_tier: false,
        }
    }
}

impl Judgement<'_> {
    pub(super) fn plain(verdict: Verdict) -> Self {
        Self {
            verdict,
            reason: None,
            target: None,
            source_price: None,
            unpriced_targets: Arc::default(),
            condition: None,
        }
    }

    pub(super) fn because(reason: Reason) -> Self {
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
        if self.target.as_ref().is_some_and(|target| target.beyond_first_tier) {
            notes.push("volume tier by its rate; those of Arm begin a quarter later".to_owned());
        }
        if let Some(instance) = self.target.as_ref().and_then(|target| target.instance.as_ref()) {
            notes.extend(assumptions(instance));
        }
        (!notes.is_empty()).then(|| notes.join("; "))
    }
}

/// Returns what is assumed of an instance that takes over.
fn assumptions(instance: &Candidate<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    match &instance.speed {
        Speed::Unknown => notes.push("speed not measured".to_owned()),
        Speed::Ratio { measured: false, basis, .. } => notes.push(format!("speed derived: {basis}")),
        Speed::Ratio { value, .. } if *value < Decimal::ONE => {
            notes.push(format!("slower: {} of the speed", value.round_dp(3)));
        }
        Speed::Ratio { .. } => {}
    }
    if instance.is_virtual_for_metal {
        notes.push("a virtual target for bare metal".to_owned());
    }
    if !instance.losses.is_empty() {
        let losses: Vec<String> = instance.losses.iter().map(ToString::to_string).collect();
        notes.push(format!("accepts {}", losses.join(", ")));
    }
    notes
}
