//! A product of the price list, as the service states it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use gravimeter::pricing::PriceRow;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

/// Offer term of what is paid on demand.
pub(crate) const ON_DEMAND: &str = "JRTCKXETXF";

/// Rate of an hour.
pub(crate) const HOURLY: &str = "6YS6EN2CT7";

/// Rate of the fee at the beginning.
const UPFRONT: &str = "2TG2D8R56U";

/// Offer term, years, class and payment of each Reserved Instance.
pub(crate) const RESERVED: [(&str, u32, &str, &str); 12] = [
    ("4NA7Y494T4", 1, "standard", "No Upfront"),
    ("HU7G6KETJZ", 1, "standard", "Partial Upfront"),
    ("6QCMYABX3D", 1, "standard", "All Upfront"),
    ("BPH4J8HBKS", 3, "standard", "No Upfront"),
    ("38NPMPTW36", 3, "standard", "Partial Upfront"),
    ("NQ3QZPMQV9", 3, "standard", "All Upfront"),
    ("7NE97W5U4E", 1, "convertible", "No Upfront"),
    ("CUZHX8X6JH", 1, "convertible", "Partial Upfront"),
    ("VJWZNREJX2", 1, "convertible", "All Upfront"),
    ("Z2E3P23VKM", 3, "convertible", "No Upfront"),
    ("R5XV2EPZQZ", 3, "convertible", "Partial Upfront"),
    ("MZU6U2429S", 3, "convertible", "All Upfront"),
];

/// A price of a product, or of one of its tiers.
#[derive(Debug, Clone)]
pub(crate) struct Rate {
    pub code: String,
    pub unit: &'static str,
    pub begin: String,
    pub end: String,
    pub usd: Decimal,
}

/// A product with its prices.
#[derive(Debug, Clone)]
pub(crate) struct Product {
    pub sku: String,
    pub family: String,
    pub code: &'static str,
    pub attributes: BTreeMap<&'static str, String>,
    pub rates: Vec<Rate>,
    /// Has Reserved terms.
    pub reserved: bool,
    pub as_of: NaiveDate,
}

impl Product {
    /// A product with one price by the hour, in the region of the row.
    pub(crate) fn of(row: &PriceRow<'_>, code: &'static str, service_name: &str, family: &str) -> Self {
        let (location, _) = place(row.region);
        let mut product = Self {
            sku: String::new(),
            family: family.to_owned(),
            code,
            attributes: BTreeMap::new(),
            rates: vec![Rate::flat("Hrs", row.price)],
            reserved: false,
            as_of: row.as_of,
        };
        product.set("servicecode", code);
        product.set("servicename", service_name);
        product.set("location", location);
        product.set("locationType", "AWS Region");
        product.set("regionCode", row.region);
        product
    }

    pub(crate) fn set(&mut self, name: &'static str, value: &str) {
        self.attributes.insert(name, value.to_owned());
    }

    pub(crate) fn with(mut self, attributes: &[(&'static str, &str)]) -> Self {
        for (name, value) in attributes {
            self.set(name, value);
        }
        self
    }

    /// Sets usage type and operation.
    pub(crate) fn used(self, usage: &str, operation: &str) -> Self {
        self.with(&[("usagetype", usage), ("operation", operation)])
    }

    /// The same at another price, for products that are near but others.
    pub(crate) fn times(mut self, percent: i64) -> Self {
        for rate in &mut self.rates {
            rate.usd = (rate.usd * Decimal::new(percent, 2)).normalize();
        }
        self
    }

    pub(crate) fn get(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    /// Gives it the SKU that follows from what it is.
    pub(crate) fn finish(mut self) -> Self {
        let text: Vec<String> = self.attributes.iter().map(|(name, value)| format!("{name}={value}")).collect();
        self.sku = sku(&format!("{} {} {}", self.code, self.family, text.join(" ")));
        self
    }

    /// Returns hourly rate, fee at the beginning and effective rate of a Reserved term.
    pub(crate) fn reserved_rate(&self, years: u32, class: &str, payment: &str) -> (Decimal, Decimal, Decimal) {
        let percent = match (years, class) {
            (1, "standard") => 63,
            (1, _) => 72,
            (_, "standard") => 42,
            _ => 54,
        };
        let hours = Decimal::from(years * 8_760);
        let full = (self.rates[0].usd * Decimal::new(percent, 2)).round_dp(4);
        let upfront = match payment {
            "No Upfront" => Decimal::ZERO,
            "Partial Upfront" => (full * hours / Decimal::TWO).round(),
            _ => (full * hours * Decimal::new(98, 2)).round(),
        };
        let hourly = match payment {
            "No Upfront" => full,
            "Partial Upfront" => (full / Decimal::TWO).round_dp(4),
            _ => Decimal::ZERO,
        };
        (hourly, upfront, hourly + upfront / hours)
    }

    /// Returns the version of its price list, and its publication.
    pub(crate) fn published(&self) -> (String, String) {
        (format!("{}042925", self.as_of.format("%Y%m%d")), format!("{}T04:29:25Z", self.as_of))
    }

    /// Returns it as GetProducts does.
    pub(crate) fn record(&self) -> String {
        let (version, publication) = self.published();
        json!({
            "product": { "productFamily": self.family, "attributes": self.attributes, "sku": self.sku },
            "serviceCode": self.code,
            "terms": self.terms(),
            "version": version,
            "publicationDate": publication,
        })
        .to_string()
    }

    fn terms(&self) -> Value {
        let mut terms = Map::new();
        terms.insert("OnDemand".to_owned(), Value::Object(self.on_demand()));
        if self.reserved {
            terms.insert("Reserved".to_owned(), Value::Object(self.reserved_terms()));
        }
        Value::Object(terms)
    }

    /// Returns the on-demand term by its code.
    pub(crate) fn on_demand(&self) -> Map<String, Value> {
        let term = format!("{}.{ON_DEMAND}", self.sku);
        let mut dimensions = Map::new();
        for rate in &self.rates {
            let code = format!("{term}.{}", rate.code);
            let text = format!("${} per {} of {}", rate.usd, rate.unit, self.get("usagetype"));
            dimensions.insert(
                code.clone(),
                json!({
                    "unit": rate.unit, "description": text, "appliesTo": [], "rateCode": code,
                    "pricePerUnit": { "USD": padded(rate.usd) }, "beginRange": rate.begin, "endRange": rate.end,
                }),
            );
        }
        let body = json!({
            "priceDimensions": dimensions, "sku": self.sku, "effectiveDate": "2025-01-01T00:00:00Z",
            "offerTermCode": ON_DEMAND, "termAttributes": {},
        });
        Map::from_iter([(term, body)])
    }

    /// Returns the Reserved terms by their code.
    pub(crate) fn reserved_terms(&self) -> Map<String, Value> {
        let mut terms = Map::new();
        for (offer, years, class, payment) in RESERVED {
            let (hourly, upfront, _) = self.reserved_rate(years, class, payment);
            let term = format!("{}.{offer}", self.sku);
            let mut dimensions = Map::new();
            if !upfront.is_zero() {
                let code = format!("{term}.{UPFRONT}");
                dimensions.insert(
                    code.clone(),
                    json!({
                        "unit": "Quantity", "description": "Upfront Fee", "appliesTo": [], "rateCode": code,
                        "pricePerUnit": { "USD": upfront.to_string() },
                    }),
                );
            }
            let code = format!("{term}.{HOURLY}");
            dimensions.insert(
                code.clone(),
                json!({
                    "unit": "Hrs", "description": "reserved instance applied", "appliesTo": [], "rateCode": code,
                    "pricePerUnit": { "USD": padded(hourly) }, "beginRange": "0", "endRange": "Inf",
                }),
            );
            let attributes = json!({
                "LeaseContractLength": format!("{years}yr"), "OfferingClass": class, "PurchaseOption": payment,
            });
            terms.insert(
                term,
                json!({
                    "priceDimensions": dimensions, "sku": self.sku, "effectiveDate": "2025-01-01T00:00:00Z",
                    "offerTermCode": offer, "termAttributes": attributes,
                }),
            );
        }
        terms
    }
}

impl Rate {
    /// A price without tiers.
    pub(crate) fn flat(unit: &'static str, usd: Decimal) -> Self {
        Self { code: HOURLY.to_owned(), unit, begin: "0".to_owned(), end: "Inf".to_owned(), usd }
    }
}

/// Returns a region's location and usage type prefix.
pub(crate) fn place(region: &str) -> (&'static str, &'static str) {
    match region {
        "us-east-1" => ("US East (N. Virginia)", ""),
        "ap-northeast-2" => ("Asia Pacific (Seoul)", "APN2-"),
        other => panic!("{other}"),
    }
}

/// Returns the usage type prefix of services that name every region.
pub(crate) fn always(region: &str) -> &'static str {
    if region == "us-east-1" { "USE1-" } else { place(region).1 }
}

/// Returns 16 letters and digits that follow from the text.
pub(crate) fn sku(text: &str) -> String {
    const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ7";
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for byte in text.bytes() {
        hash = (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }
    (0..16).map(|place| char::from(LETTERS[usize::try_from(hash >> (place * 5 + 40) & 31).unwrap()])).collect()
}

/// Decides for one of so many.
pub(crate) fn one_of(text: &str, count: u64) -> bool {
    sku(text).bytes().fold(0_u64, |sum, byte| sum * 31 + u64::from(byte)) % count == 0
}

/// As many digits as AWS writes.
fn padded(usd: Decimal) -> String {
    let mut usd = usd;
    usd.rescale(usd.scale().max(10));
    usd.to_string()
}
