//! The terms of commitments, by ARN.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};

use crate::{
    normalize::{Commitment, service_of},
    pricing::{Class, Lease, Payment, Plan, Term, bare_type},
    rollup::{UsageKey, UsageRow},
    terms::{CommitmentKind, Service},
    units::Month,
};

/// What a commitment can be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// EC2 of any family and region, Fargate, Lambda.
    Compute,
    /// Databases of recent families, in any engine and region.
    Database,
    /// SageMaker of any family.
    SageMaker,
    /// One EC2 instance family in one region.
    Family,
    /// The instances that were reserved.
    Instances,
    /// As [`Reach::Instances`]; can be exchanged for others.
    Exchangeable,
}

impl Reach {
    /// Tells whether usage that moves to Graviton stays covered.
    pub fn follows(self) -> bool {
        matches!(self, Self::Compute | Self::Database | Self::SageMaker)
    }

    /// Reads the reach of a Savings Plan from its offering or from the usage type of its fee; a plan that does not say is
    /// taken for the narrowest kind.
    fn of_plan(text: &str) -> Option<Self> {
        let squeezed: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
        let names = [
            ("Compute", Self::Compute),
            ("EC2", Self::Family),
            ("Database", Self::Database),
            ("SageMaker", Self::SageMaker),
            ("MachineLearning", Self::SageMaker),
        ];
        names.into_iter().find(|(name, _)| squeezed.starts_with(name)).map(|(_, reach)| reach)
    }
}

/// A commitment as all line items together describe it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Reserved Instance or Savings Plan.
    pub kind: CommitmentKind,
    /// What it can be used for.
    pub reach: Reach,
    /// "standard", "convertible", `ComputeSavingsPlans`…; `None` where the bill does not say.
    pub offering: Option<String>,
    /// "1yr", "3yr".
    pub term: Option<String>,
    /// "No Upfront"…
    pub payment: Option<String>,
    /// The term under which the price list has its rates; `None` unless the bill states class or plan, lease and payment.
    pub purchase: Option<Term>,
    /// Where and for what it holds: "db.r5 in ap-northeast-2".
    pub scope: String,
    /// Begin.
    pub start: Option<DateTime<Utc>>,
    /// End.
    pub end: Option<DateTime<Utc>>,
}

impl Terms {
    /// Returns the first billing month that begins on or after the end.
    pub fn unlock_month(&self) -> Option<Month> {
        // An end a second before midnight is that midnight.
        let end = self.end? + chrono::Duration::seconds(1);
        let month = Month::of(end.date_naive());
        let begins_then = (end - month.first_day().and_hms_opt(0, 0, 0)?.and_utc()).num_seconds() <= 1;
        Some(if begins_then { month } else { month.next() })
    }
}

/// The commitments of a bill by ARN.
#[derive(Debug, Clone, Default)]
pub struct Commitments(BTreeMap<Arc<str>, Terms>);

impl Commitments {
    /// Puts together what the rows say.
    pub fn of(rows: &[UsageRow]) -> Self {
        let mut seen = HashSet::new();
        let mut drafts: BTreeMap<&str, Draft> = BTreeMap::new();
        for row in rows {
            let Some(commitment) = row.commitment.as_deref().filter(|_| seen.insert(Arc::as_ptr(&row.usage))) else {
                continue;
            };
            drafts.entry(&commitment.arn).or_default().add(commitment, &row.usage);
        }
        Self(drafts.into_iter().map(|(arn, draft)| (Arc::from(arn), draft.finish())).collect())
    }

    /// Returns the terms of a commitment.
    pub fn get(&self, arn: &str) -> Option<&Terms> {
        self.0.get(arn)
    }

    /// Returns the terms of the commitment that a usage belongs to.
    pub fn of_usage(&self, usage: &UsageKey) -> Option<&Terms> {
        self.get(&usage.commitment.as_deref()?.arn)
    }
}

/// Terms in the making.
#[derive(Default)]
struct Draft {
    kind: Option<CommitmentKind>,
    offering: Option<String>,
    term: Option<String>,
    payment: Option<String>,
    region: Option<String>,
    family: Option<String>,
    fee: Option<String>,
    product: Option<String>,
    start: Option<i64>,
    end: Option<i64>,
}

impl Draft {
    fn add(&mut self, commitment: &Commitment, usage: &UsageKey) {
        // The smallest text counts where rows disagree: the order of rows must not.
        let text = |own: &mut Option<String>, other: Option<&str>| {
            if let Some(other) = other
                && own.as_deref().is_none_or(|known| other < known)
            {
                *own = Some(other.to_owned());
            }
        };
        self.kind = Some(commitment.kind);
        text(&mut self.offering, commitment.offering.as_deref());
        text(&mut self.term, commitment.term.as_deref());
        text(&mut self.payment, commitment.payment.as_deref());
        text(&mut self.product, Some(&usage.product_code));
        if commitment.kind == CommitmentKind::Reserved {
            text(&mut self.region, usage.region.as_deref());
            text(&mut self.family, usage.instance_type.as_deref().map(family));
        } else {
            text(&mut self.region, commitment.region.as_deref());
            text(&mut self.family, commitment.family.as_deref());
            text(&mut self.fee, usage.meter.as_deref());
        }
        // A plan that was renewed or returned says so last.
        self.start = self.start.min(commitment.start).or(self.start).or(commitment.start);
        self.end = self.end.max(commitment.end);
    }

    fn finish(self) -> Terms {
        let kind = self.kind.unwrap_or(CommitmentKind::SavingsPlan);
        let reach = match kind {
            CommitmentKind::Reserved => match self.offering.as_deref() {
                Some(class) if class.eq_ignore_ascii_case("convertible") => Reach::Exchangeable,
                _ => Reach::Instances,
            },
            CommitmentKind::SavingsPlan => {
                let stated = self.offering.as_deref().and_then(Reach::of_plan);
                stated.or_else(|| self.fee.as_deref().and_then(Reach::of_plan)).unwrap_or(Reach::Family)
            }
        };
        let purchase = self.purchase(kind);
        let scope = match (reach.follows(), &self.family, &self.region) {
            (true, ..) => "any family and region".to_owned(),
            (false, Some(family), Some(region)) => format!("{family} in {region}"),
            (false, Some(only), None) | (false, None, Some(only)) => only.clone(),
            (false, None, None) => "not in the bill".to_owned(),
        };
        let instant = |millis: Option<i64>| millis.and_then(DateTime::from_timestamp_millis);
        Terms {
            kind,
            reach,
            offering: self.offering,
            term: self.term,
            payment: self.payment,
            purchase,
            scope,
            start: instant(self.start),
            end: instant(self.end),
        }
    }
}

impl Draft {
    /// Returns the term of the price list, where the bill states all of it.
    fn purchase(&self, kind: CommitmentKind) -> Option<Term> {
        let lease = self.term.as_deref().and_then(Lease::parse);
        let payment = self.payment.as_deref().and_then(Payment::parse);
        if kind == CommitmentKind::Reserved {
            let class = match self.offering.as_deref() {
                Some(class) => Class::parse(class)?,
                // Only EC2 sells convertible ones.
                None if service_of(self.product.as_deref()?).is_some_and(|it| it != Service::Ec2) => Class::Standard,
                None => return None,
            };
            return Some(Term::Reserved(class, lease?, payment?));
        }
        let fee = self.fee.as_deref();
        let plan = match self.offering.as_deref().or(fee).and_then(Reach::of_plan)? {
            Reach::Compute => Plan::Compute,
            Reach::Family => Plan::Ec2Instance,
            Reach::Database => Plan::Database,
            Reach::SageMaker => Plan::SageMaker,
            Reach::Instances | Reach::Exchangeable => return None,
        };
        // The usage type of the fee says it too: "ComputeSP:1yrNoUpfront".
        let (length, paid) = fee.and_then(|fee| fee.split_once("yr")).unwrap_or_default();
        let years = length.chars().next_back().map(String::from);
        let stated = years.as_deref().and_then(Lease::parse).zip(Payment::parse(paid));
        let (lease, payment) = (lease.or(stated.map(|(lease, _)| lease)), payment.or(stated.map(|(_, paid)| paid)));
        Some(Term::SavingsPlan(plan, lease?, payment?))
    }
}

/// Returns the family of an instance type with the service's prefix: "db.r5.large" → "db.r5".
fn family(instance_type: &str) -> &str {
    let bare = bare_type(instance_type);
    let start = instance_type.find(bare).unwrap_or(0);
    let length = bare.find('.').unwrap_or(bare.len());
    &instance_type[..start + length]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollup::fixture::{at, commitment, hours};

    fn row(commitment: Commitment) -> UsageRow {
        let mut row = hours("m5.large", "1");
        row.commitment = Some(Arc::new(commitment));
        row
    }

    fn one(rows: &[UsageRow]) -> Terms {
        Commitments::of(rows).get("arn:1").unwrap().clone()
    }

    #[test]
    fn the_rows_of_a_commitment_complete_each_other() {
        let fee = commitment(CommitmentKind::Reserved, "arn:1");
        let usage = Commitment {
            offering: Some("convertible".to_owned()),
            start: None,
            end: None,
            ..commitment(CommitmentKind::Reserved, "arn:1")
        };
        let terms = one(&[row(usage.clone()), row(fee.clone())]);
        assert_eq!(terms.end, at("2024-12-31T23:59:59Z"));
        assert_eq!((terms.reach, terms.scope.as_str()), (Reach::Exchangeable, "m5 in us-east-1"));
        assert_eq!(one(&[row(fee), row(usage)]), terms);
    }

    #[test]
    fn a_saving_unlocks_with_the_first_month_after_the_end() {
        let ends = |text: &str| {
            let end = at(text).map(|instant| instant.timestamp_millis());
            one(&[row(Commitment { end, ..commitment(CommitmentKind::Reserved, "arn:1") })]).unlock_month()
        };
        for (end, unlock) in [
            ("2024-12-31T23:59:59Z", "2025-01"),
            ("2025-01-01T00:00:00Z", "2025-01"),
            ("2025-01-01T08:30:00Z", "2025-02"),
            ("2025-01-31T23:00:00Z", "2025-02"),
            ("2024-02-29T23:59:59Z", "2024-03"),
        ] {
            assert_eq!(ends(end).unwrap().to_string(), unlock, "{end}");
        }
    }

    #[test]
    fn plans_are_told_by_their_offering_or_their_fee() {
        let plan = |offering: Option<&str>, fee: Option<&str>| {
            let offering = offering.map(str::to_owned);
            let mut row = row(Commitment { offering, ..commitment(CommitmentKind::SavingsPlan, "arn:1") });
            row.meter = fee.map(Arc::from);
            one(&[row]).reach
        };
        assert_eq!(plan(Some("ComputeSavingsPlans"), None), Reach::Compute);
        assert_eq!(plan(Some("EC2InstanceSavingsPlans"), None), Reach::Family);
        assert_eq!(plan(Some("EC2 Instance Savings Plans"), None), Reach::Family);
        assert_eq!(plan(None, Some("DatabaseSP:1yrNoUpfront")), Reach::Database);
        assert_eq!(plan(None, Some("EC2SP:c5.1yrNoUpfront")), Reach::Family);
        assert_eq!(plan(None, Some("ComputeSP:3yrNoUpfront")), Reach::Compute);
        assert_eq!(plan(None, None), Reach::Family);
    }

    #[test]
    fn the_term_of_the_price_list_needs_all_of_it() {
        let purchase = |class: Option<&str>, length: Option<&str>, payment: Option<&str>, product: &str| {
            let mut row = row(Commitment {
                offering: class.map(str::to_owned),
                term: length.map(str::to_owned),
                payment: payment.map(str::to_owned),
                ..commitment(CommitmentKind::Reserved, "arn:1")
            });
            row.product_code = product.into();
            one(&[row]).purchase.map(|term| term.to_string())
        };
        let (year, none) = (Some("1yr"), Some("No Upfront"));
        let told = |text: &str| Some(text.to_owned());
        assert_eq!(purchase(Some("standard"), year, none, "AmazonEC2"), told("RI-1yr-NoUpfront"));
        assert_eq!(purchase(Some("convertible"), Some("3yr"), none, "AmazonEC2"), told("RI-3yr-NoUpfront-Convertible"));
        assert_eq!(purchase(None, year, none, "AmazonEC2"), None);
        assert_eq!(purchase(None, year, none, "AmazonRDS"), told("RI-1yr-NoUpfront"));
        assert_eq!(purchase(None, year, none, "SomethingNew"), None);
        assert_eq!(purchase(Some("standard"), None, none, "AmazonEC2"), None);
        assert_eq!(purchase(Some("standard"), year, None, "AmazonEC2"), None);
    }

    #[test]
    fn the_term_of_a_plan_is_stated_by_the_plan_or_its_fee() {
        let purchase = |offering: Option<&str>, length: Option<&str>, fee: Option<&str>| {
            let terms = commitment(CommitmentKind::SavingsPlan, "arn:1");
            let (offering, term) = (offering.map(str::to_owned), length.map(str::to_owned));
            let payment = terms.payment.clone().filter(|_| length.is_some());
            let mut row = row(Commitment { offering, term, payment, ..terms });
            row.meter = fee.map(Arc::from);
            one(&[row]).purchase.map(|term| term.to_string())
        };
        let told = |text: &str| Some(text.to_owned());
        assert_eq!(purchase(Some("ComputeSavingsPlans"), Some("3yr"), None), told("ComputeSP-3yr-NoUpfront"));
        assert_eq!(purchase(Some("EC2InstanceSavingsPlans"), Some("1yr"), None), told("EC2InstanceSP-1yr-NoUpfront"));
        assert_eq!(purchase(None, None, Some("DatabaseSP:1yrNoUpfront")), told("DatabaseSP-1yr-NoUpfront"));
        assert_eq!(purchase(None, None, Some("EC2SP:c5.3yrAllUpfront")), told("EC2InstanceSP-3yr-AllUpfront"));
        // A plan that does not say what it is counts as the narrowest kind for its reach, and has no rate.
        assert_eq!(purchase(None, Some("1yr"), None), None);
        assert_eq!(purchase(Some("ComputeSavingsPlans"), None, None), None);
    }
}
