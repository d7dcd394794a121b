//! The rates of Savings Plans in JSON.

use serde_json::{Value, json};

use super::{
    Reading, reason,
    samples::{M5, lines, on_demand, reading, record},
};

fn plan(sku: &str, family: &str, usage: &str, payment: &str) -> Value {
    json!({"sku": sku, "productFamily": family, "serviceCode": "ComputeSavingsPlans", "usageType": usage,
        "operation": "", "attributes": {"purchaseOption": payment, "granularity": "hourly", "instanceType": "m5",
        "purchaseTerm": "1yr", "locationType": "AWS Region", "location": "US East (N. Virginia)"}})
}

/// service, usage type, operation, SKU, price.
type Rate<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str);

fn term(sku: &str, rates: &[Rate<'_>]) -> Value {
    let rates: Vec<Value> = rates
        .iter()
        .map(|(service, usage, operation, discounted, usd)| {
            json!({"discountedSku": discounted, "discountedUsageType": usage, "discountedOperation": operation,
                "discountedServiceCode": service, "rateCode": format!("{sku}.{discounted}"), "unit": "Hrs",
                "discountedRate": {"price": usd, "currency": "USD"}, "discountedRegionCode": "us-east-1"})
        })
        .collect();
    json!({"sku": sku, "description": "1 year plan", "effectiveDate": "2026-02-01T00:00:00Z",
        "leaseContractLength": {"duration": 1, "unit": "year"}, "rates": rates})
}

fn file(plans: &[Value], terms: &[Value]) -> Value {
    json!({"version": "20260201000000", "publicationDate": "2026-02-01T00:00:00Z", "regionCode": "us-east-1",
        "products": plans, "terms": {"savingsPlan": terms}})
}

fn add(reading: &mut Reading<'_>, document: &Value) {
    reading.document("plan.json", Box::new(std::io::Cursor::new(document.to_string())), None).unwrap();
}

#[test]
fn kinds_of_plans_are_terms_of_their_own() {
    let linux: Rate<'_> = ("AmazonEC2", "BoxUsage:m5.large", "RunInstances", "6C86BEPQVG73ZGGR", "0.07");
    let plans = [
        plan("A", "ComputeSavingsPlans", "ComputeSP:1yrNoUpfront", "No Upfront"),
        plan("B", "EC2InstanceSavingsPlans", "USE1-EC2SP:m5.1yrNoUpfront", "No Upfront"),
        plan("C", "DatabaseSavingsPlans", "DatabaseSP:1yrNoUpfront", "No Upfront"),
        plan("D", "MachineLearningSavingsPlans", "MLSP:1yrPartialUpfront", "Partial Upfront"),
        plan("E", "SomeSavings", "X", "No Upfront"),
    ];
    let terms = [
        term(
            "A",
            &[
                linux,
                ("AmazonECS", "USE1-Fargate-ARM-GB-Hours", "", "F1", "0.003"),
                ("AmazonEC2", "UnusedBox:m5.large", "RunInstances", "U1", "0.07"),
            ],
        ),
        term("B", &[linux]),
        term("C", &[("AmazonRDS", "InstanceUsage:db.r7g.large", "CreateDBInstance:0021", "R1", "0.2")]),
        term("D", &[("AmazonSageMaker", "USE1-Host:ml.m5.large", "RunInstance", "S1", "0.1")]),
        term("E", &[linux]),
    ];
    let mut reading = reading();
    add(&mut reading, &file(&plans, &terms));
    let read = reading.finish().unwrap();
    assert_eq!(
        lines(&read),
        [
            "EC2 us-east-1 m5.large Linux ComputeSP-1yr-NoUpfront 0.07 Hrs",
            "EC2 us-east-1 m5.large Linux EC2InstanceSP-1yr-NoUpfront 0.07 Hrs",
            "Fargate us-east-1 Fargate-ARM-GB-Hours Linux/arm64 ComputeSP-1yr-NoUpfront 0.003 Hrs",
            "RDS us-east-1 db.r7g.large Aurora PostgreSQL|Standard DatabaseSP-1yr-NoUpfront 0.2 Hrs",
            "SageMaker us-east-1 ml.m5.large Hosting SageMakerSP-1yr-PartialUpfront 0.1 Hrs",
        ]
    );
    assert_eq!(read.left_out.into_iter().collect::<Vec<_>>(), [(reason::PLAN, 1), (reason::CAPACITY, 1)]);
    assert_eq!(read.sheets[0].offers, ["ComputeSavingsPlans"]);
    let listed = read.sheets[0].prices.values().next().unwrap();
    assert_eq!(listed.rate_code.to_string(), "A.6C86BEPQVG73ZGGR");
}

#[test]
fn rates_find_their_item_by_sku_in_any_order() {
    // The operation of a licensed engine does not tell the edition; the SKU does, whenever it is met.
    let rate: Rate<'_> = ("AmazonRDS", "InstanceUsage:db.m7i.large", "CreateDBInstance:0012", "Q1", "0.8");
    let plans =
        file(&[plan("C", "DatabaseSavingsPlans", "DatabaseSP:1yrNoUpfront", "No Upfront")], &[term("C", &[rate])]);
    let variant = "SQL Server Standard License Included|Single-AZ";
    let expected = [format!("RDS us-east-1 db.m7i.large {variant} DatabaseSP-1yr-NoUpfront 0.8 Hrs")];
    for known_first in [true, false] {
        let mut reading = reading();
        if known_first {
            reading.know("Q1", "RDS", "us-east-1", variant, "db.m7i.large");
            add(&mut reading, &plans);
        } else {
            add(&mut reading, &plans);
            reading.know("Q1", "RDS", "us-east-1", variant, "db.m7i.large");
        }
        assert_eq!(lines(&reading.finish().unwrap()), expected);
    }
    let mut reading = reading();
    add(&mut reading, &plans);
    let read = reading.finish().unwrap();
    assert!(lines(&read).is_empty());
    assert_eq!(read.left_out.into_iter().collect::<Vec<_>>(), [(reason::RATE, 1)]);
}

#[test]
fn rates_join_products_of_the_same_reading() {
    let rate: Rate<'_> = ("AmazonEC2", "BoxUsage:m5.large", "RunInstances:SV001", "6C86BEPQVG73ZGGR", "0.07");
    let plans =
        file(&[plan("A", "ComputeSavingsPlans", "ComputeSP:1yrNoUpfront", "No Upfront")], &[term("A", &[rate])]);
    let mut reading = reading();
    add(&mut reading, &plans);
    add(&mut reading, &record("6C86BEPQVG73ZGGR", M5, &on_demand("6C86BEPQVG73ZGGR", "0.096")));
    let read = reading.finish().unwrap();
    assert_eq!(
        lines(&read),
        [
            "EC2 us-east-1 m5.large Linux OnDemand 0.096 Hrs",
            "EC2 us-east-1 m5.large Linux ComputeSP-1yr-NoUpfront 0.07 Hrs"
        ]
    );
    let sheet = &read.sheets[0];
    assert_eq!(sheet.offers, ["AmazonEC2", "ComputeSavingsPlans"]);
    assert_eq!(
        (sheet.published.to_string().as_str(), sheet.version.as_deref()),
        ("2026-03-20", Some("20260320042925"))
    );
    let days: Vec<String> = sheet.prices.values().map(|listed| listed.as_of.to_string()).collect();
    assert_eq!(days, ["2026-03-20", "2026-02-01"]);
}

#[test]
fn tiered_usage_has_one_rate_under_a_plan() {
    let rate: Rate<'_> = ("AWSLambda", "Lambda-GB-Second", "Invoke", "L1", "0.0000146667");
    let mut plans =
        file(&[plan("A", "ComputeSavingsPlans", "ComputeSP:1yrNoUpfront", "No Upfront")], &[term("A", &[rate])]);
    plans["terms"]["savingsPlan"][0]["rates"][0]["unit"] = json!("Lambda-GB-Second");
    let mut reading = reading();
    for item in ["Lambda-GB-Second:Tier2(6e9-15e9)", "Lambda-GB-Second", "Lambda-GB-Second:Tier3(>15e9)"] {
        reading.know("L1", "Lambda", "us-east-1", "x86_64", item);
    }
    add(&mut reading, &plans);
    let expected = ["Lambda us-east-1 Lambda-GB-Second x86_64 ComputeSP-1yr-NoUpfront 0.0000146667 GB-Second"];
    assert_eq!(lines(&reading.finish().unwrap()), expected);
}

#[test]
fn broken_rates_stop_the_reading() {
    let good = file(
        &[plan("A", "ComputeSavingsPlans", "ComputeSP:1yrNoUpfront", "No Upfront")],
        &[term("A", &[("AmazonEC2", "BoxUsage:m5.large", "RunInstances", "M1", "0.07")])],
    )
    .to_string();
    for (from, to, expected) in [
        ("\"0.07\"", "\"-0.07\"", "SKU M1, Savings Plan rate A.M1: the price -0.07 is negative"),
        ("\"0.07\"", "0.07", "invalid type"),
        ("\"discountedSku\":\"M1\",", "", "missing field `discountedSku`"),
        ("\"A.M1\"", "\"\"", "is no rate code"),
    ] {
        assert!(good.contains(from));
        let mut reading = reading();
        let text = std::io::Cursor::new(good.replace(from, to));
        let error = reading.document("plan.json", Box::new(text), None).unwrap_err();
        assert!(error.to_string().starts_with("cannot read plan.json: "), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    }
}
