//! Documents in JSON, read as they stream: responses and records of `GetProducts`, offer files, Savings Plan files.
//!
//! Offer files have hundreds of megabytes. Of them stays what has a place in the price table.

use std::{
    fmt,
    io::{self, BufRead, BufReader},
};

use chrono::NaiveDate;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{
    draft::{Draft, RawProduct},
    plans::{PlanFacts, PlanTerm, RawLength, RawPlanRate},
    reading::Reading,
    rows,
    terms::{Kind, Offered, RawTerm, day},
};
use crate::{
    error::{Error, Result},
    pricing::PriceBook,
};

/// Reads a document of any kind.
pub(super) fn read(
    reading: &mut Reading<'_>,
    name: &str,
    bytes: Box<dyn io::Read>,
    stated: Option<NaiveDate>,
) -> Result<()> {
    let failed = |error: io::Error| Error::incomplete(format!("cannot read {name}: {error}"));
    let mut text: Box<dyn BufRead> = Box::new(BufReader::with_capacity(1 << 16, bytes));
    if text.fill_buf().map_err(failed)?.starts_with(&[0x1f, 0x8b]) {
        text = Box::new(BufReader::with_capacity(1 << 16, flate2::read::MultiGzDecoder::new(text)));
    }
    if text.fill_buf().map_err(failed)?.starts_with(b"\xef\xbb\xbf") {
        text.consume(3);
    }
    let first = loop {
        match text.fill_buf().map_err(failed)?.first() {
            Some(byte) if byte.is_ascii_whitespace() => text.consume(1),
            first => break first.copied(),
        }
    };
    match first {
        None => Err(Error::incomplete(format!("{name} is empty"))),
        Some(b'{' | b'[') => json(reading, name, text, stated),
        Some(_) => rows::read(reading, name, text, stated),
    }
}

/// Reads a record of `GetProducts`.
pub(super) fn record(reading: &mut Reading<'_>, text: &str, today: Option<NaiveDate>) -> Result<()> {
    let name = "a record of GetProducts";
    let mut drafts = Vec::new();
    let mut json = serde_json::Deserializer::from_str(text);
    let element = Element { book: reading.book, drafts: &mut drafts };
    let read = element.deserialize(&mut json).and_then(|()| json.end());
    read.map_err(|error| Error::incomplete(format!("cannot read {name}: {error}")))?;
    drafts.into_iter().try_for_each(|mut draft| {
        draft.published = draft.published.or(today);
        draft.settle(reading, name, None)
    })
}

/// Reads one object or array after the other.
fn json(reading: &mut Reading<'_>, name: &str, text: Box<dyn BufRead>, stated: Option<NaiveDate>) -> Result<()> {
    let mut drafts = Vec::new();
    let mut json = serde_json::Deserializer::from_reader(text);
    loop {
        let element = Element { book: reading.book, drafts: &mut drafts };
        element.deserialize(&mut json).map_err(|error| Error::incomplete(format!("cannot read {name}: {error}")))?;
        if json.end().is_ok() {
            break;
        }
    }
    drafts.into_iter().try_for_each(|draft| draft.settle(reading, name, stated))
}

/// A document or record: an object, its text, or an array of them.
struct Element<'r> {
    book: &'r PriceBook,
    drafts: &'r mut Vec<Draft>,
}

impl<'de> DeserializeSeed<'de> for Element<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Element<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a price list")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        let mut json = serde_json::Deserializer::from_str(text);
        self.deserialize(&mut json).and_then(|()| json.end()).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { book, drafts } = self;
        while list.next_element_seed(Element { book, drafts })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { book, drafts } = self;
        let mut draft = Draft::default();
        let mut held: Option<RawProduct> = None;
        let mut is_list = false;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "PriceList" => {
                    is_list = true;
                    map.next_value_seed(Element { book, drafts })?;
                }
                // Its offer stands beside it, maybe behind it.
                "product" => held = Some(map.next_value()?),
                "products" => map.next_value_seed(Products { draft: &mut draft, book })?,
                "terms" => map.next_value_seed(Terms { draft: &mut draft, book })?,
                "publicationDate" => {
                    let text: String = map.next_value()?;
                    draft.published = Some(day(&text).map_err(A::Error::custom)?);
                }
                "version" => draft.version = Some(map.next_value()?),
                "offerCode" | "serviceCode" => draft.offer = map.next_value()?,
                "regionCode" => draft.plans.region = map.next_value()?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if let Some(product) = held {
            draft.record(product, book).map_err(A::Error::custom)?;
        }
        if draft.has_products() || !draft.plans.is_empty() {
            drafts.push(draft);
        } else if !is_list {
            return Err(A::Error::custom("an object without PriceList, product or products is no price list"));
        }
        Ok(())
    }
}

/// `products`: of an offer file an object by SKU, of a Savings Plan file an array.
struct Products<'r> {
    draft: &'r mut Draft,
    book: &'r PriceBook,
}

impl<'de> DeserializeSeed<'de> for Products<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Products<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("products")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.draft.begin_products();
        while let Some(sku) = map.next_key::<String>()? {
            let product: RawProduct = map.next_value()?;
            if product.sku != sku {
                return Err(A::Error::custom(format!("the product {sku} says that its SKU is {}", product.sku)));
            }
            self.draft.product(product, self.book);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.draft.begin_products();
        while let Some(plan) = list.next_element::<PlanFacts>()? {
            if plan.sku.is_empty() {
                return Err(A::Error::custom("a Savings Plan has no sku"));
            }
            self.draft.plans.product(plan);
        }
        Ok(())
    }
}

/// `terms` of any document.
struct Terms<'r> {
    draft: &'r mut Draft,
    book: &'r PriceBook,
}

impl<'de> DeserializeSeed<'de> for Terms<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Terms<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("terms")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(kind) = map.next_key::<String>()? {
            match kind.as_str() {
                "OnDemand" => map.next_value_seed(Offers { draft: self.draft, kind: Kind::OnDemand, sku: None })?,
                "Reserved" => map.next_value_seed(Offers { draft: self.draft, kind: Kind::Reserved, sku: None })?,
                "savingsPlan" => map.next_value_seed(Plans { draft: self.draft, book: self.book })?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// Terms by `SKU.CODE`, in offer files below their SKU.
struct Offers<'r> {
    draft: &'r mut Draft,
    kind: Kind,
    sku: Option<String>,
}

impl<'de> DeserializeSeed<'de> for Offers<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Offers<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("terms by SKU and code")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { draft, kind, sku } = self;
        while let Some(key) = map.next_key::<String>()? {
            let own = key.split_once('.').map(|(sku, _)| sku);
            match (own, &sku) {
                (Some(own), above) => {
                    if above.as_ref().is_some_and(|above| above != own) {
                        return Err(A::Error::custom(format!("the term {key} is another SKU's")));
                    }
                    let raw: RawTerm = map.next_value()?;
                    let offered = Offered::read(kind, &key, own, raw).map_err(A::Error::custom)?;
                    draft.term(own, offered);
                }
                (None, Some(_)) => return Err(A::Error::custom(format!("\"{key}\" is no term: SKU.CODE is expected"))),
                (None, None) if draft.wants(&key) => {
                    map.next_value_seed(Offers { draft, kind, sku: Some(key) })?;
                }
                (None, None) => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// `terms.savingsPlan`: an array of plans.
struct Plans<'r> {
    draft: &'r mut Draft,
    book: &'r PriceBook,
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
        while let Some(raw) = list.next_element::<RawPlanRate>()? {
            self.term.rate(raw, self.plan.region, self.plan.book).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}
