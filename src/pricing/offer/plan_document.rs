//! Savings Plan files in JSON, read as they stream: a plan has tens of thousands of rates.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{
    document::about,
    draft::Draft,
    plans::{PlanTerm, RawLength, RawPlanRate},
};
use crate::pricing::PriceBook;

/// `terms.savingsPlan`: an array of plans.
pub(super) struct Plans<'r> {
    pub(super) draft: &'r mut Draft,
    pub(super) book: &'r PriceBook,
}

impl<'de> DeserializeSeed<'de> for Plans<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Plans<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Savings Plans")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { draft, book } = self;
        while let Some(term) = list.next_element_seed(OnePlan { region: &draft.plans.region, book })? {
            draft.plans.term(term);
        }
        Ok(())
    }
}

/// A plan with its rates.
struct OnePlan<'r> {
    region: &'r str,
    book: &'r PriceBook,
}

impl<'de> DeserializeSeed<'de> for OnePlan<'_> {
    type Value = PlanTerm;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<PlanTerm, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OnePlan<'_> {
    type Value = PlanTerm;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a Savings Plan")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PlanTerm, A::Error> {
        let mut term = PlanTerm::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "sku" => term.facts.sku = map.next_value()?,
                "description" => term.facts.description = map.next_value()?,
                "effectiveDate" => {
                    let text: String = map.next_value()?;
                    term.set_effective(&text).map_err(A::Error::custom)?;
                }
                "leaseContractLength" => term.lease = map.next_value::<RawLength>()?.lease(),
                "rates" => map.next_value_seed(Rates { term: &mut term, plan: &self })?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if term.facts.sku.is_empty() {
            return Err(A::Error::custom("a Savings Plan has no sku"));
        }
        Ok(term)
    }
}

/// The rates of a plan.
struct Rates<'r, 'p> {
    term: &'r mut PlanTerm,
    plan: &'r OnePlan<'p>,
}

impl<'de> DeserializeSeed<'de> for Rates<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Rates<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the rates of a Savings Plan")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let sku = self.term.facts.sku.clone();
        while let Some(raw) =
            list.next_element::<RawPlanRate>().map_err(|error| about("a rate of the Savings Plan", &sku, &error))?
        {
            self.term.rate(raw, self.plan.region, self.plan.book).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}
