//! The Reserved Instance or Savings Plan that a line item belongs to, as the line item names it.
//!
//! No line says everything: fee rows know when the commitment ends, usage rows often only its ARN. What belongs together
//! is put together by ARN, downstream.

use super::{fields::Field, instant::millis};
use crate::terms::CommitmentKind;

/// A commitment as one line item names it; `None` = the line does not say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Commitment {
    /// Reserved Instance or Savings Plan.
    pub kind: CommitmentKind,
    /// Its name in AWS.
    pub arn: String,
    /// "standard" or "convertible"; `ComputeSavingsPlans`…
    pub offering: Option<String>,
    /// "1yr", "3yr".
    pub term: Option<String>,
    /// "No Upfront", "Partial Upfront", "All Upfront".
    pub payment: Option<String>,
    /// Region of an EC2 Instance Savings Plan.
    pub region: Option<String>,
    /// Instance family of an EC2 Instance Savings Plan.
    pub family: Option<String>,
    /// Begin, in milliseconds since 1970.
    pub start: Option<i64>,
    /// End, in milliseconds since 1970.
    pub end: Option<i64>,
}

/// The facts that tell the terms of a commitment.
pub(super) const TERM_FACTS: [Field; 12] = [
    Field::OfferingClass,
    Field::LeaseLength,
    Field::RiPayment,
    Field::RiStart,
    Field::RiEnd,
    Field::SpOffering,
    Field::SpTerm,
    Field::SpPayment,
    Field::SpRegion,
    Field::SpFamily,
    Field::SpStart,
    Field::SpEnd,
];

impl Commitment {
    /// Reads the commitment of a line item; `terms` are in the order of [`TERM_FACTS`].
    pub(super) fn read<'a>(
        reservation: Option<&str>,
        savings_plan: Option<&str>,
        terms: impl Fn(usize) -> Option<&'a str>,
    ) -> Option<Self> {
        let own = |index: usize| terms(index).map(str::to_owned);
        let instant = |index: usize| terms(index).and_then(millis);
        if let Some(arn) = savings_plan {
            return Some(Self {
                kind: CommitmentKind::SavingsPlan,
                arn: arn.to_owned(),
                offering: own(5),
                term: own(6),
                payment: own(7),
                region: own(8),
                family: own(9),
                start: instant(10),
                end: instant(11),
            });
        }
        reservation.map(|arn| Self {
            kind: CommitmentKind::Reserved,
            arn: arn.to_owned(),
            offering: own(0),
            term: own(1),
            payment: own(2),
            region: None,
            family: None,
            start: instant(3),
            end: instant(4),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_own_terms() {
        let texts = [
            "standard",
            "1yr",
            "No Upfront",
            "2018-01-01T00:00:00.000Z",
            "2019-01-01T00:00:00.000Z",
            "EC2InstanceSavingsPlans",
            "3yr",
            "All Upfront",
            "us-east-1",
            "c5",
            "2024-01-01T00:00:00.000Z",
            "",
        ];
        let terms = |index: usize| Some(texts[index]).filter(|text| !text.is_empty());
        let reserved = Commitment::read(Some("ri"), None, terms).unwrap();
        assert_eq!((reserved.kind, reserved.offering.as_deref()), (CommitmentKind::Reserved, Some("standard")));
        assert_eq!(reserved.end.unwrap() - reserved.start.unwrap(), 365 * 86_400_000);
        let plan = Commitment::read(None, Some("sp"), terms).unwrap();
        assert_eq!((plan.family.as_deref(), plan.term.as_deref(), plan.end), (Some("c5"), Some("3yr"), None));
        assert_eq!(Commitment::read(None, None, terms), None);
    }
}
