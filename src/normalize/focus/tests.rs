//! FOCUS rows by hand, as CSV and as Parquet, and the synthetic export beside the checkout.

use std::{path::Path, sync::Arc};

use arrow::{
    array::{ArrayRef, Float64Array, MapBuilder, RecordBatch, StringArray, StringBuilder, TimestampMillisecondArray},
    datatypes::{Field, Schema},
};
use parquet::arrow::ArrowWriter;

use crate::{
    error::{Error, Kind},
    normalize::fixture::Read,
    normalize::instant,
};

const RI: &str = "arn:aws:ec2:eu-west-1:2:reserved-instances/a";
const SP: &str = "arn:aws:savingsplans::2:savingsplan/b";

/// A row as column names with texts; what is not named is empty.
type Row<'a> = Vec<(&'a str, &'a str)>;

/// The columns that every row has.
fn common<'a>(category: &'a str, billed: &'a str, effective: &'a str) -> Row<'a> {
    vec![
        ("BilledCost", billed),
        ("EffectiveCost", effective),
        ("BillingPeriodStart", "2024-11-01T00:00:00Z"),
        ("ChargePeriodStart", "2024-11-02T03:00:00Z"),
        ("ChargeCategory", category),
        ("BillingAccountId", "1"),
        ("BillingCurrency", "USD"),
        ("SubAccountId", "2"),
        ("x_ServiceCode", "AmazonEC2"),
    ]
}

fn rows(version: &str) -> Vec<Row<'static>> {
    let usage_type = if version == "1.0" { "x_UsageType" } else { "SkuMeter" };
    let with = |row: Row<'static>, more: &[(&'static str, &'static str)]| -> Row<'static> {
        [row, vec![(usage_type, "EUW1-BoxUsage:m5.large"), ("RegionId", "eu-west-1")], more.to_vec()].concat()
    };
    let hours =
        [("ConsumedQuantity", "1"), ("ConsumedUnit", "Hours"), ("PricingUnit", "Hrs"), ("PricingQuantity", "2")];
    let ri = [("CommitmentDiscountId", RI), ("CommitmentDiscountType", "Reserved")];
    let sp = [("CommitmentDiscountId", SP), ("CommitmentDiscountType", "Savings Plan")];
    let (used, unused) = (("CommitmentDiscountStatus", "Used"), ("CommitmentDiscountStatus", "Unused"));
    let (list, rate) = (("ListCost", "0.107"), ("ListUnitPrice", "0.107"));
    let (recurring, once) = (("ChargeFrequency", "Recurring"), ("ChargeFrequency", "One-Time"));
    let fee = [("PricingQuantity", "720"), ("PricingUnit", "Hrs"), ("ListCost", "50")];
    vec![
        with(
            common("Usage", "0.0987654321", "0.0987654321"),
            &[&hours[..], &[list, rate, ("x_Operation", "RunInstances")]].concat(),
        ),
        with(common("Usage", "0", "0.061000000001"), &[&hours[..], &ri, &[used, list, rate]].concat()),
        with(common("Usage", "0", "0.072"), &[&hours[..], &sp, &[used, list, rate]].concat()),
        with(common("Usage", "0", "3.5"), &[&ri[..], &[unused, list]].concat()),
        with(common("Usage", "0", "4.5"), &[&sp[..], &[unused, list]].concat()),
        with(common("Purchase", "45", "0"), &[&ri[..], &[recurring], &fee].concat()),
        with(common("Purchase", "46", "0"), &[&sp[..], &[recurring], &fee].concat()),
        with(common("Purchase", "47", "0"), &[&ri[..], &[once], &fee].concat()),
        with(common("Purchase", "48", "0"), &[&sp[..], &[once], &fee].concat()),
        with(common("Purchase", "49", "49"), &[&fee[..], &[once]].concat()),
        // An RI with something paid upfront: what is billed and what it costs differ on a row without a status too.
        with(common("Usage", "-7", "-5"), &[("ChargeClass", "Correction")]),
        with(common("Credit", "-8", "-6.5"), &[]),
        with(common("Tax", "9", "9"), &[]),
    ]
}

fn names<'a>(rows: &[Row<'a>]) -> Vec<&'a str> {
    let mut names: Vec<&str> = rows.iter().flatten().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn value<'a>(row: &Row<'a>, name: &str) -> &'a str {
    row.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text)
}

fn csv(rows: &[Row<'_>]) -> Vec<u8> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let names = names(rows);
    writer.write_record(&names).unwrap();
    for row in rows {
        writer.write_record(names.iter().map(|name| value(row, name))).unwrap();
    }
    writer.into_inner().unwrap()
}

/// Writes the rows with the types that AWS's Parquet files have.
fn parquet(rows: &[Row<'_>]) -> Vec<u8> {
    let array = |name: &str| -> ArrayRef {
        let texts = rows.iter().map(|row| Some(value(row, name)).filter(|text| !text.is_empty()));
        if name.ends_with("Cost") || name.ends_with("Quantity") || name.ends_with("Price") {
            Arc::new(texts.map(|text| text?.parse().ok()).collect::<Float64Array>())
        } else if name.ends_with("PeriodStart") {
            let millis = texts.map(|text| instant::millis(text?)).collect::<TimestampMillisecondArray>();
            Arc::new(millis.with_timezone("UTC"))
        } else if ["Tags", "SkuPriceDetails", "x_CostCategories"].contains(&name) {
            let mut maps = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
            for text in texts {
                let entries: std::collections::BTreeMap<String, serde_json::Value> =
                    text.map(|text| serde_json::from_str(text).unwrap()).unwrap_or_default();
                for (key, entry) in entries {
                    maps.keys().append_value(key);
                    maps.values().append_value(entry.as_str().map_or(entry.to_string(), str::to_owned));
                }
                maps.append(true).unwrap();
            }
            Arc::new(maps.finish())
        } else {
            Arc::new(texts.collect::<StringArray>())
        }
    };
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = names(rows)
        .into_iter()
        .map(|name| {
            let array = array(name);
            (Field::new(name, array.data_type().clone(), true), array)
        })
        .unzip();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

/// A folder with one file.
fn folder(name: &str, bytes: &[u8]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(name), bytes).unwrap();
    dir
}

async fn read(dir: &tempfile::TempDir) -> Result<Read, Error> {
    Read::of(dir.path().to_str().unwrap()).await
}

/// Reads the rows as CSV and as Parquet, which must agree.
async fn both(rows: &[Row<'_>], sql: &str) -> Vec<String> {
    let text = read(&folder("f.csv", &csv(rows))).await.unwrap().rows(sql).await.unwrap();
    let dir = folder("f.parquet", &parquet(rows));
    assert_eq!(read(&dir).await.unwrap().rows(sql).await.unwrap(), text);
    text
}

#[tokio::test]
async fn every_charge_has_its_costs_to_the_last_decimal() {
    let expected = [
        "Usage|0.098765432100|0.098765432100|0.107000000000|1.000000000000|Hours",
        "DiscountedUsage|0.000000000000|0.061000000001|0.107000000000|1.000000000000|Hours",
        "SavingsPlanCoveredUsage|0.000000000000|0.072000000000|0.107000000000|1.000000000000|Hours",
        "RIFee|0.000000000000|3.500000000000|0.000000000000|-|-",
        "SavingsPlanRecurringFee|0.000000000000|4.500000000000|0.000000000000|-|-",
        "RIFee|45.000000000000|0.000000000000|0.000000000000|720.000000000000|Hrs",
        "SavingsPlanRecurringFee|46.000000000000|0.000000000000|0.000000000000|720.000000000000|Hrs",
        "Fee|47.000000000000|0.000000000000|0.000000000000|720.000000000000|Hrs",
        "SavingsPlanUpfrontFee|48.000000000000|0.000000000000|0.000000000000|720.000000000000|Hrs",
        "Fee|49.000000000000|49.000000000000|50.000000000000|720.000000000000|Hrs",
        "Refund|-7.000000000000|-5.000000000000|-|-|-",
        "Credit|-8.000000000000|-6.500000000000|-|-|-",
        "Tax|9.000000000000|9.000000000000|-|-|-",
    ];
    for version in ["1.0", "1.2"] {
        let rows = rows(version);
        let sql =
            "select charge_type, unblended_cost, amortized_cost, list_cost, usage_amount, pricing_unit from line_items";
        assert_eq!(both(&rows, sql).await, expected, "{version}");
        let sql = "select purchase_option, reservation_arn, savings_plan_arn, count(*) from line_items group by 1, 2, 3 order by 4, 1, 2, 3";
        let commitments = [
            "OnDemand|-|-|1".to_owned(),
            format!("Reserved|{RI}|-|1"),
            format!("SavingsPlan|-|{SP}|1"),
            format!("-|{RI}|-|3"),
            format!("-|-|{SP}|3"),
            "-|-|-|4".to_owned(),
        ];
        let mut found = both(&rows, sql).await;
        found.sort();
        let mut commitments = commitments.to_vec();
        commitments.sort();
        assert_eq!(found, commitments, "{version}");
        let sql = "select distinct month, usage_start, payer_account_id, account_id, product_code, region, instance_type, currency,
                          net_unblended_cost, net_amortized_cost from line_items where charge_type = 'Usage'";
        let facts = "2024-11-01|2024-11-02T03:00:00Z|1|2|AmazonEC2|eu-west-1|m5.large|USD|-|-";
        assert_eq!(both(&rows, sql).await, [facts], "{version}");
        assert_eq!(both(&rows, "select count(*) from line_items").await, ["13"]);
    }
}

#[tokio::test]
async fn facts_of_the_sku_and_maps_are_read() {
    let details = r#"{"InstanceType":"m6i.large","CoreCount":2,"OperatingSystem":"Windows","x_Tenancy":"Dedicated"}"#;
    let row = [
        common("Usage", "1", "1"),
        vec![
            ("SkuMeter", "Compute"),
            ("SkuPriceDetails", details),
            ("Tags", r#"{"env":"prod","user:Team":"a"}"#),
            ("x_CostCategories", r#"{"Stage":"live"}"#),
        ],
    ]
    .concat();
    let bare = [common("Usage", "2", "2"), vec![("ServiceName", "Amazon Elastic Compute Cloud")]].concat();
    let sql = "select instance_type, vcpu, operating_system, tenancy, usage_type, tags, cost_categories
               from line_items order by unblended_cost";
    let expected = ["m6i.large|2|Windows|Dedicated|Compute|{env: prod, user:Team: a}|{Stage: live}", "-|-|-|-|-|{}|{}"];
    assert_eq!(both(&[row.clone(), bare.clone()], sql).await, expected);
    // Other tools write the maps as JSON in Parquet too.
    let texts: Vec<Row<'_>> = vec![row, bare];
    let names = names(&texts);
    let arrays: Vec<ArrayRef> = names
        .iter()
        .map(|name| -> ArrayRef {
            let texts = texts.iter().map(|row| Some(value(row, name)).filter(|text| !text.is_empty()));
            if name.ends_with("Cost") {
                Arc::new(texts.map(|text| text?.parse().ok()).collect::<Float64Array>())
            } else if name.ends_with("PeriodStart") {
                Arc::new(texts.map(|text| instant::millis(text?)).collect::<TimestampMillisecondArray>())
            } else {
                Arc::new(texts.collect::<StringArray>())
            }
        })
        .collect();
    let batch = RecordBatch::try_from_iter(names.into_iter().zip(arrays)).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    assert_eq!(read(&folder("f.parquet", &bytes)).await.unwrap().rows(sql).await.unwrap(), expected);
}

#[tokio::test]
async fn the_service_code_counts_and_else_the_name() {
    let named = |code, name| {
        let mut row = common("Usage", "1", "1");
        row.retain(|(column, _)| *column != "x_ServiceCode");
        [row, vec![("x_ServiceCode", code), ("ServiceName", name)]].concat()
    };
    let rows = [named("AmazonEC2", "Elastic"), named("", "Marketplace thing")];
    assert_eq!(both(&rows, "select product_code from line_items").await, ["AmazonEC2", "Marketplace thing"]);
}

/// Only what a query needs is read.
#[tokio::test]
async fn columns_that_a_query_does_not_need_are_not_read() {
    let bytes = parquet(&rows("1.0"));
    let dir = folder("f.parquet", &bytes);
    let few = read(&dir).await.unwrap();
    few.rows("select sum(unblended_cost) from line_items").await.unwrap();
    let many = read(&dir).await.unwrap();
    many.rows("select * from line_items").await.unwrap();
    assert!(few.count.bytes() * 5 < many.count.bytes(), "{} of {}", few.count.bytes(), many.count.bytes());
}

#[tokio::test]
async fn the_reader_is_told_what_the_costs_are() {
    let absent = async |rows: &[Row<'_>]| {
        let dir = folder("f.csv", &csv(rows));
        let bill = crate::source::discover(
            &[dir.path().to_str().unwrap().to_owned()],
            None,
            &crate::source::Access::default(),
            &crate::source::Memory::none(),
        )
        .await
        .unwrap();
        crate::normalize::absent_columns(&bill)
    };
    let after = super::AFTER_DISCOUNTS.to_owned();
    let bare = absent(&[common("Usage", "1", "1")]).await;
    assert_eq!(bare.len(), 3, "{bare:?}");
    assert!(bare[0].contains("line_item_resource_id") && bare[1].contains("pricing_public_on_demand_cost"), "{bare:?}");
    assert_eq!(bare[2], after);
    let row = [common("Usage", "1", "1"), vec![("ResourceId", "i"), ("ListCost", "1")]].concat();
    assert_eq!(absent(&[row]).await, [after]);
}

async fn refused(rows: &[Row<'_>], words: &[&str]) {
    for (name, bytes) in [("f.csv", csv(rows)), ("f.parquet", parquet(rows))] {
        let dir = folder(name, &bytes);
        let error = match read(&dir).await {
            Ok(read) => read.rows("select sum(amortized_cost) from line_items").await.unwrap_err(),
            Err(error) => error,
        };
        assert_eq!(error.kind(), Kind::Incomplete, "{error}");
        for word in words.iter().chain([&name]) {
            assert!(error.to_string().contains(word), "\"{word}\" is not in: {error}");
        }
        assert!(!error.hints().is_empty());
    }
}

#[tokio::test]
async fn what_is_missing_or_misspelled_is_named() {
    let without = |names: &[&str]| -> Vec<Row<'static>> {
        let mut row = common("Usage", "1", "1");
        row.retain(|(name, _)| !names.contains(name));
        vec![row]
    };
    let missing = ["EffectiveCost", "SubAccountId", "x_ServiceCode"];
    let words = [
        "required column EffectiveCost is missing",
        "required column SubAccountId is missing",
        "one of the columns x_ServiceCode and ServiceName is required",
    ];
    refused(&without(&missing), &words).await;
    let mut lower = without(&["EffectiveCost"]);
    lower[0].push(("effectivecost", "1"));
    refused(&lower, &["EffectiveCost is missing (effectivecost differs in letter case)"]).await;
    let mut optional = without(&[]);
    optional[0].push(("regionid", "eu-west-1"));
    refused(&optional, &["regionid differs from RegionId in letter case"]).await;
    refused(&[common("Usage", "1", "")], &["EffectiveCost is empty in a row"]).await;
}

#[tokio::test]
async fn values_that_are_none_are_named() {
    let of = |more: (&'static str, &'static str)| {
        let mut row = common("Usage", "1", "1");
        row.retain(|(name, _)| *name != more.0);
        folder("f.csv", &csv(&[[row, vec![more]].concat()]))
    };
    for (more, words) in [
        (("BilledCost", "much"), "BilledCost says \"much\" in record 2, which is no amount"),
        (("ChargePeriodStart", "now"), "ChargePeriodStart says \"now\" in record 2, which is no instant"),
        (("Tags", "a=b"), "Tags says \"a=b\" in record 2, which is no JSON object"),
    ] {
        let error = read(&of(more)).await.unwrap().rows("select * from line_items").await.unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
    let batch = parquet(&[[common("Usage", "1", "1"), vec![("RegionId", "x")]].concat()]);
    assert!(read(&folder("f.parquet", &batch)).await.is_ok());
    let texts: Vec<(&str, ArrayRef)> = common("Usage", "1", "1")
        .into_iter()
        .map(|(name, text)| (name, Arc::new(StringArray::from(vec![text])) as ArrayRef))
        .collect();
    let batch = RecordBatch::try_from_iter(texts).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let error = read(&folder("f.parquet", &bytes)).await.err().unwrap().to_string();
    assert!(error.contains("BilledCost is Utf8, not a double") && error.contains("not a timestamp"), "{error}");
}

#[tokio::test]
async fn the_synthetic_export_has_the_totals_of_a_second_engine() {
    let folder = format!("{}/../shared/cur-data/focus-1.2-synthetic", env!("CARGO_MANIFEST_DIR"));
    if !Path::new(&folder).exists() {
        return eprintln!("skipped: {folder} is not there");
    }
    let read = Read::of(&folder).await.unwrap();
    // DuckDB over DECIMAL(38,14).
    let sql = "select charge_type, count(*), round(sum(unblended_cost), 6), round(sum(amortized_cost), 6)
               from line_items group by 1 order by 1";
    let expected = [
        "DiscountedUsage|676|0|7547.654802",
        "Fee|148|59299.79|59299.79",
        "RIFee|676|10821.408|3273.753198",
        "SavingsPlanCoveredUsage|1132|0|12674.891559",
        "SavingsPlanRecurringFee|1132|18121.056|5446.164441",
        "Tax|210|539.883181|539.883181",
        "Usage|1026|26816.386957|26816.386957",
    ];
    let found = read.rows(sql).await.unwrap();
    let trimmed = |row: &String| {
        let cells = row
            .split('|')
            .map(|cell| if cell.contains('.') { cell.trim_end_matches('0').trim_end_matches('.') } else { cell });
        cells.collect::<Vec<_>>().join("|")
    };
    assert_eq!(found.iter().map(trimmed).collect::<Vec<_>>(), expected);
    // The texts of the file in Python's decimal, each rounded half to even at the 12th place.
    let sums = "select count(*), sum(unblended_cost), sum(amortized_cost), min(month) from line_items";
    let exact = "115598.524138550714";
    assert_eq!(read.rows(sums).await.unwrap(), [format!("5000|{exact}|{exact}|2026-05-01")]);
}
