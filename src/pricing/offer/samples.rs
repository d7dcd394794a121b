//! Small documents for the tests, in the form AWS publishes them.

use serde_json::{Map, Value, json};

use super::{Read, Reading, attributes::Attributes, attributes::squeezed};
use crate::{error::Result, pricing::PriceBook};

/// Attributes of a product.
pub(super) type Pairs<'a> = &'a [(&'a str, &'a str)];

/// m5.large with Linux, as a complete record describes it.
pub(super) const M5: Pairs<'_> = &[
    ("instanceType", "m5.large"),
    ("operatingSystem", "Linux"),
    ("tenancy", "Shared"),
    ("regionCode", "us-east-1"),
    ("location", "US East (N. Virginia)"),
    ("locationType", "AWS Region"),
    ("usagetype", "BoxUsage:m5.large"),
    ("operation", "RunInstances"),
    ("capacitystatus", "Used"),
    ("preInstalledSw", "NA"),
    ("licenseModel", "No License required"),
    ("marketoption", "OnDemand"),
];

/// Returns the pairs with others in their place.
pub(super) fn changed<'a>(pairs: Pairs<'a>, others: Pairs<'a>) -> Vec<(&'a str, &'a str)> {
    let kept = pairs.iter().filter(|(name, _)| !others.iter().any(|(other, _)| other == name));
    kept.chain(others).copied().collect()
}

/// Returns the attributes as the reading has them.
pub(super) fn attributes(pairs: Pairs<'_>) -> Attributes {
    let mut attributes = Attributes::default();
    for (name, value) in pairs {
        attributes.set(name, value);
        assert!(attributes.slot(&squeezed(name)).is_some(), "{name} tells nothing");
    }
    attributes
}

/// Returns a product.
pub(super) fn product(sku: &str, family: &str, pairs: Pairs<'_>) -> Value {
    let attributes: Map<String, Value> = pairs.iter().map(|(name, value)| ((*name).into(), json!(value))).collect();
    json!({"sku": sku, "productFamily": family, "attributes": attributes})
}

/// Returns a rate of a term.
pub(super) fn rate(sku: &str, term: &str, code: &str, unit: &str, usd: &str) -> (String, Value) {
    let code = format!("{sku}.{term}.{code}");
    let rate = json!({"unit": unit, "description": "", "appliesTo": [], "rateCode": code, "pricePerUnit": {"USD": usd},
        "beginRange": "0", "endRange": "Inf"});
    (code, rate)
}

/// Returns the On-Demand term of a price by the hour.
pub(super) fn on_demand(sku: &str, usd: &str) -> Value {
    let rates: Map<String, Value> = [rate(sku, "JRTCKXETXF", "6YS6EN2CT7", "Hrs", usd)].into_iter().collect();
    json!({"OnDemand": {format!("{sku}.JRTCKXETXF"): {"sku": sku, "offerTermCode": "JRTCKXETXF",
        "effectiveDate": "2026-03-01T00:00:00Z", "termAttributes": {}, "priceDimensions": rates}}})
}

/// Returns a record of EC2.
pub(super) fn record(sku: &str, pairs: Pairs<'_>, terms: &Value) -> Value {
    json!({"product": product(sku, "Compute Instance", pairs), "serviceCode": "AmazonEC2", "terms": terms,
        "version": "20260320042925", "publicationDate": "2026-03-20T04:29:25Z"})
}

/// Returns a reading on the embedded book.
pub(super) fn reading() -> Reading<'static> {
    Reading::new(PriceBook::embedded().unwrap())
}

/// Reads a document.
pub(super) fn read(text: impl Into<Vec<u8>>) -> Result<Read> {
    let mut reading = reading();
    reading.document("test.json", Box::new(std::io::Cursor::new(text.into())), None)?;
    reading.finish()
}

/// Returns every price as "service region item variant term price unit".
pub(super) fn lines(read: &Read) -> Vec<String> {
    let of_sheet = |sheet: &super::Sheet| {
        let text = |(line, listed): (&super::Line, &super::Listed)| {
            let (service, region) = (&sheet.service, &sheet.region);
            format!("{service} {region} {} {} {} {} {}", line.item, line.variant, line.term, listed.usd, listed.unit)
        };
        sheet.prices.iter().map(text).collect::<Vec<_>>()
    };
    read.sheets.iter().flat_map(of_sheet).collect()
}
