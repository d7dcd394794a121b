//! Reservations: the effective rates of the twelve terms, worked out by hand from real prices.

use serde_json::{Map, Value, json};

use super::samples::{M5, lines, on_demand, rate, read, record};

/// c5.xlarge in us-east-1, June 2020: term, lease, class, payment, fee, rate by the hour, effective rate.
///
/// For example 447 / 8,760 + 0.051 = 0.05102739726… + 0.051 = 0.1020273973.
const C5: [(&str, &str, &str, &str, &str, &str, &str); 12] = [
    ("4NA7Y494T4", "1yr", "standard", "No Upfront", "", "0.107", "RI-1yr-NoUpfront 0.107"),
    ("HU7G6KETJZ", "1yr", "standard", "Partial Upfront", "447", "0.051", "RI-1yr-PartialUpfront 0.1020273973"),
    ("6QCMYABX3D", "1yr", "standard", "All Upfront", "876", "0.0", "RI-1yr-AllUpfront 0.1"),
    ("BPH4J8HBKS", "3yr", "standard", "No Upfront", "", "0.071", "RI-3yr-NoUpfront 0.071"),
    ("38NPMPTW36", "3yr", "standard", "Partial Upfront", "867", "0.033", "RI-3yr-PartialUpfront 0.0659908676"),
    ("NQ3QZPMQV9", "3yr", "standard", "All Upfront", "1629", "0.0", "RI-3yr-AllUpfront 0.0619863014"),
    ("7NE97W5U4E", "1yr", "convertible", "No Upfront", "", "0.123", "RI-1yr-NoUpfront-Convertible 0.123"),
    (
        "CUZHX8X6JH",
        "1yr",
        "convertible",
        "Partial Upfront",
        "514",
        "0.059",
        "RI-1yr-PartialUpfront-Convertible 0.1176757991",
    ),
    ("VJWZNREJX2", "1yr", "convertible", "All Upfront", "1007", "0.0", "RI-1yr-AllUpfront-Convertible 0.1149543379"),
    ("Z2E3P23VKM", "3yr", "convertible", "No Upfront", "", "0.082", "RI-3yr-NoUpfront-Convertible 0.082"),
    (
        "R5XV2EPZQZ",
        "3yr",
        "convertible",
        "Partial Upfront",
        "999",
        "0.038",
        "RI-3yr-PartialUpfront-Convertible 0.0760136986",
    ),
    ("MZU6U2429S", "3yr", "convertible", "All Upfront", "1957", "0.0", "RI-3yr-AllUpfront-Convertible 0.0744672755"),
];

const SKU: &str = "35AEEWH98DECPC35";

fn term(code: &str, attributes: &Value, fee: &str, hourly: &str) -> (String, Value) {
    let mut rates = Map::new();
    rates.extend([rate(SKU, code, "6YS6EN2CT7", "Hrs", hourly)]);
    if !fee.is_empty() {
        rates.extend([rate(SKU, code, "2TG2D8R56U", "Quantity", fee)]);
    }
    let term = json!({"sku": SKU, "offerTermCode": code, "effectiveDate": "2020-04-01T00:00:00Z",
        "termAttributes": attributes, "priceDimensions": rates});
    (format!("{SKU}.{code}"), term)
}

fn with_reserved(terms: Map<String, Value>) -> String {
    let mut all = on_demand(SKU, "0.17");
    all["Reserved"] = Value::Object(terms);
    record(SKU, M5, &all).to_string()
}

#[test]
fn twelve_terms_give_their_effective_rates() {
    for has_attributes in [true, false] {
        let terms = C5.iter().map(|(code, lease, class, payment, fee, hourly, _)| {
            let attributes = json!({"LeaseContractLength": lease, "OfferingClass": class, "PurchaseOption": payment});
            term(code, &if has_attributes { attributes } else { json!({}) }, fee, hourly)
        });
        let read = read(with_reserved(terms.collect())).unwrap();
        assert!(read.left_out.is_empty(), "{:?}", read.left_out);
        let mut expected: Vec<String> =
            C5.iter().map(|(.., end)| format!("EC2 us-east-1 m5.large Linux {end} Hrs")).collect();
        expected.push("EC2 us-east-1 m5.large Linux OnDemand 0.17 Hrs".to_owned());
        let mut found = lines(&read);
        found.sort();
        expected.sort();
        assert_eq!(found, expected);
    }
}

#[test]
fn the_fee_and_the_hourly_rate_stay_known() {
    let terms = [term("HU7G6KETJZ", &json!({}), "447", "0.0510000000"), term("6QCMYABX3D", &json!({}), "876", "0.0")];
    let read = read(with_reserved(terms.into_iter().collect())).unwrap();
    let listed: Vec<_> = read.sheets[0].prices.values().filter(|listed| listed.upfront.is_some()).collect();
    assert_eq!(listed[0].upfront, Some(447.into()));
    assert_eq!(listed[0].rate_code.to_string(), format!("{SKU}.HU7G6KETJZ.6YS6EN2CT7"));
    assert_eq!(listed[1].upfront, Some(876.into()));
}

#[test]
fn attributes_win_over_the_code_and_no_class_is_standard() {
    let attributes = json!({"LeaseContractLength": "3yr", "PurchaseOption": "All Upfront"});
    let read = read(with_reserved([term("XXXXXXXXXX", &attributes, "1629", "0")].into_iter().collect())).unwrap();
    assert!(lines(&read).contains(&"EC2 us-east-1 m5.large Linux RI-3yr-AllUpfront 0.0619863014 Hrs".to_owned()));
}

#[test]
fn old_and_unknown_reservations_are_counted() {
    let heavy = json!({"LeaseContractLength": "1yr", "PurchaseOption": "Heavy Utilization"});
    let two_years = json!({"LeaseContractLength": "2yr", "PurchaseOption": "No Upfront"});
    let terms = [term("R5XV2EPZQX", &heavy, "100", "0.1"), term("XXXXXXXXXX", &two_years, "", "0.1")];
    let read = read(with_reserved(terms.into_iter().collect())).unwrap();
    assert_eq!(lines(&read).len(), 1);
    let reasons: Vec<_> = read.left_out.into_iter().collect();
    assert_eq!(reasons, [(super::reason::UTILIZATION, 1), (super::reason::RESERVED, 1)]);
}
