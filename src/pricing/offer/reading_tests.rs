//! Whole documents: what is read, what is left out, what stops the reading.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{
    reason,
    samples::{M5, changed, lines, on_demand, product, rate, read, reading, record},
};

const M5_LINUX: &str = "EC2 us-east-1 m5.large Linux OnDemand 0.096 Hrs";

fn day(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, day)
}

fn m5() -> Value {
    record("6C86BEPQVG73ZGGR", M5, &on_demand("6C86BEPQVG73ZGGR", "0.0960000000"))
}

/// An offer file with the products and their terms.
fn offer(records: &[Value]) -> Value {
    let mut file = json!({"formatVersion": "v1.0", "disclaimer": "", "offerCode": "AmazonEC2",
        "version": "20260320042925", "publicationDate": "2026-03-20T04:29:25Z", "products": {}, "terms": {}});
    for record in records {
        let sku = record["product"]["sku"].as_str().unwrap();
        file["products"][sku] = record["product"].clone();
        for (kind, terms) in record["terms"].as_object().unwrap() {
            file["terms"][kind][sku] = terms.clone();
        }
    }
    file
}

#[test]
fn every_form_of_a_document_says_the_same() {
    let text = m5().to_string();
    let response = json!({"FormatVersion": "aws_v1", "PriceList": [text], "NextToken": "x"}).to_string();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, response.as_bytes()).unwrap();
    for document in [
        text.clone().into_bytes(),
        response.clone().into_bytes(),
        format!("\u{feff} {response}\n{text}\n").into_bytes(),
        json!([m5(), m5()]).to_string().into_bytes(),
        json!([text]).to_string().into_bytes(),
        json!({"PriceList": [m5()]}).to_string().into_bytes(),
        offer(&[m5()]).to_string().into_bytes(),
        packed.finish().unwrap(),
    ] {
        let shown = String::from_utf8_lossy(&document).into_owned();
        let read = read(document).unwrap();
        assert_eq!(lines(&read), [M5_LINUX], "{shown}");
        let [sheet] = read.sheets.as_slice() else { panic!("{shown}") };
        assert_eq!(
            (sheet.offers.as_slice(), sheet.version.as_deref()),
            (&["AmazonEC2".to_owned()][..], Some("20260320042925"))
        );
        assert_eq!(Some(sheet.published), day(2026, 3, 20));
        let listed = sheet.prices.values().next().unwrap();
        assert_eq!(listed.rate_code.to_string(), "6C86BEPQVG73ZGGR.JRTCKXETXF.6YS6EN2CT7");
        assert_eq!(Some(listed.as_of), day(2026, 3, 20));
    }
}

#[test]
fn an_offer_file_in_any_order_is_read() {
    let spare = record("AAAAAAAAAAAAAAAA", &changed(M5, &[("tenancy", "Host")]), &on_demand("AAAAAAAAAAAAAAAA", "9"));
    let file = offer(&[m5(), spare]);
    let [products, terms] = ["products", "terms"].map(|key| file[key].to_string());
    let text = format!(
        r#"{{"terms":{terms},"products":{products},"publicationDate":"2026-03-20T00:00:00Z","offerCode":"AmazonEC2"}}"#
    );
    let error = read(text.replace(r#""offerCode":"AmazonEC2""#, r#""version":"1""#)).unwrap();
    assert_eq!(error.left_out[reason::SERVICE], 2);
    let text = format!(
        r#"{{"offerCode":"AmazonEC2","terms":{terms},"products":{products},"publicationDate":"2026-03-20T00:00:00Z"}}"#
    );
    let read = read(text).unwrap();
    assert_eq!(lines(&read), [M5_LINUX]);
    assert_eq!(read.left_out[reason::HOST], 1);
}

#[test]
fn a_record_may_come_by_itself() {
    let mut reading = reading();
    let mut undated = m5();
    undated.as_object_mut().unwrap().remove("publicationDate");
    reading.product(&undated.to_string(), day(2026, 11, 21)).unwrap();
    let read = reading.finish().unwrap();
    assert_eq!(Some(read.sheets[0].published), day(2026, 11, 21));
}

#[test]
fn the_date_comes_from_the_document_before_it_is_stated() {
    let dated = |record: &Value, stated| {
        let mut reading = reading();
        let text = std::io::Cursor::new(record.to_string());
        reading.document("m5.json", Box::new(text), stated)?;
        Ok::<_, crate::error::Error>(reading.finish()?.sheets[0].published)
    };
    let mut record = m5();
    assert_eq!(dated(&record, day(2020, 1, 1)).ok(), day(2026, 3, 20));
    record.as_object_mut().unwrap().remove("publicationDate");
    assert_eq!(dated(&record, day(2020, 1, 1)).ok(), day(2026, 3, 1));
    let term = &mut record["terms"]["OnDemand"]["6C86BEPQVG73ZGGR.JRTCKXETXF"];
    term.as_object_mut().unwrap().remove("effectiveDate");
    assert_eq!(dated(&record, day(2020, 1, 1)).ok(), day(2020, 1, 1));
    let error = dated(&record, None).unwrap_err();
    assert!(error.to_string().contains("m5.json states neither"), "{error}");
    assert!(error.hints()[0].contains("--stated"));
}

#[test]
fn prices_that_say_nothing_are_counted() {
    let priced = |price: Value| {
        let mut record = m5();
        let term = &mut record["terms"]["OnDemand"]["6C86BEPQVG73ZGGR.JRTCKXETXF"];
        term["priceDimensions"]["6C86BEPQVG73ZGGR.JRTCKXETXF.6YS6EN2CT7"]["pricePerUnit"] = price;
        record
    };
    let mut by_quantity = m5();
    by_quantity["terms"]["OnDemand"]["6C86BEPQVG73ZGGR.JRTCKXETXF"]["priceDimensions"]["6C86BEPQVG73ZGGR.JRTCKXETXF.6YS6EN2CT7"]
        ["unit"] = json!("Quantity");
    for (record, expected) in [
        (priced(json!({"USD": "0.0000000000"})), reason::ZERO),
        (priced(json!({"CNY": "0.6"})), reason::CURRENCY),
        (record("6C86BEPQVG73ZGGR", M5, &json!({})), reason::NO_TERMS),
        (by_quantity, reason::UNIT),
    ] {
        let read = read(record.to_string()).unwrap();
        assert!(lines(&read).is_empty());
        assert_eq!(read.left_out.into_iter().collect::<Vec<_>>(), [(expected, 1)]);
    }
}

#[test]
fn the_term_in_force_counts() {
    let mut record = m5();
    for (code, day, usd) in [("AAAAAAAAAA", "2025-01-01", "0.5"), ("BBBBBBBBBB", "2026-06-01", "0.7")] {
        let mut other = on_demand("6C86BEPQVG73ZGGR", usd).to_string().replace("JRTCKXETXF", code);
        other = other.replace("2026-03-01", day);
        let other: Value = serde_json::from_str(&other).unwrap();
        let key = format!("6C86BEPQVG73ZGGR.{code}");
        record["terms"]["OnDemand"][&key] = other["OnDemand"][&key].clone();
    }
    // Published on 20 March: the price of June is announced, that of March counts.
    assert_eq!(lines(&read(record.to_string()).unwrap()), [M5_LINUX]);
    record["publicationDate"] = json!("2026-06-02T00:00:00Z");
    assert_eq!(lines(&read(record.to_string()).unwrap()), [M5_LINUX.replace("0.096", "0.7")]);
}

#[test]
fn two_skus_of_one_price_are_one_and_of_two_prices_none() {
    let with = |sku: &str, usd: &str| record(sku, M5, &on_demand(sku, usd));
    let (a, b) = ("AAAAAAAAAAAAAAAA", "BBBBBBBBBBBBBBBB");
    for order in [[a, b], [b, a]] {
        let read = read(json!(order.map(|sku| with(sku, "0.096"))).to_string()).unwrap();
        assert_eq!(lines(&read), [M5_LINUX]);
        assert_eq!(read.sheets[0].prices.values().next().unwrap().rate_code.sku, a);
        assert!(read.ambiguous.is_empty());
    }
    for order in [[(a, "0.1"), (b, "0.096")], [(b, "0.096"), (a, "0.1")]] {
        let read = read(json!(order.map(|(sku, usd)| with(sku, usd))).to_string()).unwrap();
        assert!(lines(&read).is_empty());
        let expected = format!("EC2 us-east-1 m5.large Linux OnDemand: 0.1 by SKU {a}, 0.096 by SKU {b}");
        assert_eq!(read.ambiguous, [expected]);
    }
    // A later publication settles it.
    let mut later = with(b, "0.096");
    later["publicationDate"] = json!("2026-04-01T00:00:00Z");
    let read = read(json!([with(a, "0.1"), later.clone(), with(b, "0.2")]).to_string()).unwrap();
    assert_eq!((lines(&read), read.ambiguous.len()), (vec![M5_LINUX.to_owned()], 0));
    assert_eq!(Some(read.sheets[0].published), day(2026, 4, 1));
}

#[test]
fn dedicated_hardware_is_a_term_without_reservations() {
    let pairs = changed(M5, &[("tenancy", "Dedicated"), ("usagetype", "DedicatedUsage:m5.large")]);
    let mut terms = on_demand("AAAAAAAAAAAAAAAA", "0.102");
    let reserved = terms["OnDemand"].to_string().replace("JRTCKXETXF", "4NA7Y494T4");
    terms["Reserved"] = serde_json::from_str(&reserved).unwrap();
    let read = read(record("AAAAAAAAAAAAAAAA", &pairs, &terms).to_string()).unwrap();
    assert_eq!(lines(&read), ["EC2 us-east-1 m5.large Linux OnDemand-Dedicated 0.102 Hrs"]);
    assert_eq!(read.left_out[reason::DEDICATED], 1);
}

#[test]
fn tiers_are_items() {
    let sku = "TG3M4CAGBA3NYQBH";
    let tiers = [
        ("CUKFZ388N3", "0", "0.0000166667"),
        ("QZE2SB4KVB", "6000000000", "0.0000150000"),
        ("V7R92EXG27", "15000000000", "0.0000133334"),
        ("V7R92EXG28", "16000000000", "0.00001"),
    ];
    let rates: serde_json::Map<String, Value> = tiers
        .into_iter()
        .map(|(code, begin, usd)| {
            let (code, mut rate) = rate(sku, "JRTCKXETXF", code, "Lambda-GB-Second", usd);
            rate["beginRange"] = json!(begin);
            (code, rate)
        })
        .collect();
    let mut terms = on_demand(sku, "1");
    terms["OnDemand"][format!("{sku}.JRTCKXETXF")]["priceDimensions"] = Value::Object(rates);
    let pairs = [("usagetype", "Lambda-GB-Second"), ("regionCode", "us-east-1"), ("servicecode", "AWSLambda")];
    let record = json!({"product": product(sku, "Serverless", &pairs), "terms": terms, "publicationDate": "2026-03-20T00:00:00Z"});
    let read = read(record.to_string()).unwrap();
    assert_eq!(
        lines(&read),
        [
            "Lambda us-east-1 Lambda-GB-Second x86_64 OnDemand 0.0000166667 GB-Second",
            "Lambda us-east-1 Lambda-GB-Second:Tier2(6e9-15e9) x86_64 OnDemand 0.000015 GB-Second",
            "Lambda us-east-1 Lambda-GB-Second:Tier3(>15e9) x86_64 OnDemand 0.0000133334 GB-Second",
        ]
    );
    assert_eq!(read.left_out[reason::TIER], 1);
    assert_eq!(read.sheets[0].offers, ["AWSLambda"]);
}

#[test]
fn broken_documents_stop_the_reading() {
    let text = m5().to_string();
    let swap = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    };
    for (document, expected) in [
        (String::new(), "test.json is empty"),
        (text[..text.len() - 9].to_owned(), "cannot read test.json: EOF"),
        (format!("{text}]"), "cannot read test.json"),
        (swap(r#"Instance","sku":"6C86BEPQVG73ZGGR""#, r#"Instance""#), "missing field `sku`"),
        (swap(r#""0.0960000000""#, r#""-0.096""#), "SKU 6C86BEPQVG73ZGGR: the price -0.096 is negative"),
        (swap(r#""0.0960000000""#, r#""free""#), "the price \"free\" is no number"),
        (swap(r#""0.0960000000""#, "0.096"), "term 6C86BEPQVG73ZGGR.JRTCKXETXF: invalid type: floating point `0.096`"),
        (swap("2026-03-20T04:29:25Z", "20 March"), "\"20 March\" is no date"),
        (swap("2026-03-01T00:00:00Z", "yesterday"), "\"yesterday\" is no date"),
        (text.replace(".6YS6EN2CT7", ""), "the rate 6C86BEPQVG73ZGGR.JRTCKXETXF names no term"),
        (text.replace("6C86BEPQVG73ZGGR.JRTCKXETXF.", "AAAAAAAAAAAAAAAA.JRTCKXETXF."), "another SKU's"),
        (swap("6C86BEPQVG73ZGGR.JRTCKXETXF\":", "AAAAAAAAAAAAAAAA.JRTCKXETXF\":"), "another SKU's"),
        ("{}".to_owned(), "no price list"),
        (r#"{"__type":"AccessDenied"}"#.to_owned(), "no price list"),
        ("[1]".to_owned(), "invalid type"),
        ("hello".to_owned(), "test.json is no price list"),
        (r#"{"products":{"A":{"sku":"B"}}}"#.to_owned(), "missing field `attributes`"),
        (r#"{"products":{"A":{"sku":"B","attributes":{}}}}"#.to_owned(), "the product A says that its SKU is B"),
        (r#"{"products":{"A":{"attributes":{}}}}"#.to_owned(), "product A: missing field `sku` at line 1"),
    ] {
        let Err(error) = read(document.clone()) else { panic!("{document}") };
        assert_eq!(error.kind(), crate::error::Kind::Incomplete);
        assert!(error.to_string().contains(expected), "{document}\n{error}");
    }
    let mut reading = reading();
    assert!(reading.product("{", None).unwrap_err().to_string().contains("a record of GetProducts"));
}
