//! The story of the Seoul team, asked in SQL.

use std::collections::BTreeSet;

use crate::support::{ROOT, Runs, column, sql};

const CUR2: &str = "sample-cur/cur2";
const CUR1: &str = "sample-cur/cur1";

#[test]
fn the_bill_falls_by_6317_of_which_rds_6046() {
    let rows = sql(
        CUR2,
        "select sum(unblended_cost) filter (where month = '2023-05-01') as may,
                sum(unblended_cost) filter (where month = '2023-05-01')
                    - sum(unblended_cost) filter (where month = '2024-01-01') as less,
                sum(amortized_cost) filter (where month = '2023-05-01' and product_code = 'AmazonRDS')
                    - sum(amortized_cost) filter (where month = '2024-01-01' and product_code = 'AmazonRDS') as rds_less
         from monthly_costs",
    );
    assert_eq!(column(&rows, "may"), ["45691"]);
    assert_eq!(column(&rows, "less"), ["6317"]);
    assert_eq!(column(&rows, "rds_less"), ["6046"]);
}

#[test]
fn the_report_says_the_same() {
    let path = std::path::Path::new(ROOT).join("reports/sample/report.json");
    let report: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(report["schema_version"], 1);
    assert_eq!(report["month"], "2024-01");
    let of = |product: &str| {
        report["since_first"].as_array().unwrap().iter().find(|row| row["product_code"] == product).unwrap()["change"]
            .clone()
    };
    assert_eq!(of("AmazonRDS"), "-6046");
    let change = report["kpis"].as_array().unwrap().iter().find(|kpi| kpi["id"] == "change_since_first").unwrap();
    assert_eq!(change["value"], "-6317");
}

#[test]
fn unblended_and_amortised_are_alike_in_every_month() {
    let rows =
        sql(CUR2, "select month from monthly_costs group by month having sum(unblended_cost) <> sum(amortized_cost)");
    assert!(rows.is_empty(), "{rows:?}");
}

#[test]
fn every_verdict_has_its_cast() {
    let rows = sql(CUR2, "select distinct verdict from line_items");
    let found: BTreeSet<String> = column(&rows, "verdict").into_iter().collect();
    let expected =
        ["blocked", "costlier", "eligible", "graviton", "not_applicable", "unknown", "unpriced"].map(str::to_owned);
    assert_eq!(found, BTreeSet::from(expected));
}

#[test]
fn every_line_item_is_in_one_bucket_and_the_buckets_are_the_bill() {
    let rows = sql(
        CUR2,
        "select b.month
         from (select month, sum(unblended_cost) as u, sum(amortized_cost) as a, count(*) as n
               from line_items where verdict is not null group by month) as b
         join (select month, sum(unblended_cost) as u, sum(amortized_cost) as a, sum(line_items) as n
               from monthly_costs group by month) as m on b.month = m.month
         where b.u <> m.u or b.a <> m.a or b.n <> m.n",
    );
    assert!(rows.is_empty(), "{rows:?}");
}

#[test]
fn opportunities_are_the_instance_hours_of_the_line_items() {
    let rows = sql(
        CUR2,
        "select (select sum(hours) from graviton_opportunities)
                    - (select sum(usage_amount) from line_items where usage_kind in ('instance_hours', 'surcharge', 'metered')) as hours,
                (select sum(amortized_cost) from graviton_opportunities)
                    - (select sum(amortized_cost) from line_items where usage_kind in ('instance_hours', 'surcharge', 'metered')) as cost,
                (select count(*) from graviton_opportunities where verdict = 'eligible'
                    and (list_saving is null or list_saving <= 0 or target_price >= source_price)) as wrong",
    );
    assert_eq!(column(&rows, "hours"), ["0"]);
    assert_eq!(column(&rows, "cost"), ["0"]);
    assert_eq!(column(&rows, "wrong"), ["0"]);
}

/// The same bill as CUR 1 and as CUR 2.0 gives the same rows. Written gaps: CUR 1 has no account names; absent text is
/// empty in CUR 1 and null in CUR 2.0; tag keys come without CUR 2.0's map.
#[test]
fn both_dialects_give_the_same_rows() {
    let compared = "month, usage_start, usage_end, payer_account_id, account_id, region, product_code, charge_type,
        nullif(usage_type, '') as usage_type, nullif(operation, '') as operation, nullif(resource_id, '') as resource_id, usage_amount,
        nullif(pricing_unit, '') as pricing_unit, instance_type, instance_family, architecture, vcpu, operating_system,
        database_engine, deployment_option, tenancy, purchase_option, unblended_cost, amortized_cost,
        coalesce(list_cost, 0) as list_cost, currency, nullif(reservation_arn, '') as reservation_arn,
        nullif(savings_plan_arn, '') as savings_plan_arn, verdict, reason, usage_kind, price_variant, public_rate";
    let statement = format!(
        "select {compared} from line_items where month >= '2023-08-01' and month <= '2023-10-01'
         order by month, product_code, usage_type, resource_id, usage_start, charge_type, operation, usage_amount,
                  unblended_cost, account_id, usage_end, reservation_arn, amortized_cost"
    );
    let (first, second) = (sql(CUR1, &statement), sql(CUR2, &statement));
    assert_eq!(first.len(), second.len());
    assert!(first.len() > 10_000, "only {} rows", first.len());
    for (row, (first, second)) in first.iter().zip(&second).enumerate() {
        assert_eq!(first, second, "row {row}");
    }
}

#[test]
fn tags_are_a_map() {
    let rows = sql(
        CUR2,
        "select count(*) as tagged from line_items where month = '2024-01-01' and tags['user_environment'] is not null",
    );
    let tagged: u64 = column(&rows, "tagged")[0].parse().unwrap();
    assert!(tagged > 1_000, "{tagged}");
}

/// Found in acceptance: one usage row that spans the month made a partial month look complete.
#[test]
fn a_row_that_spans_the_month_says_nothing_about_how_far_the_data_reaches() {
    use arrow::{
        array::{Array, ArrayRef, AsArray, RecordBatch, TimestampMillisecondArray},
        datatypes::TimestampMillisecondType,
    };
    let dir = tempfile::tempdir().unwrap();
    crate::support::copy_folder(&std::path::Path::new(ROOT).join(CUR2), dir.path());
    let file = dir.path().join("seoul-cur2/data/BILLING_PERIOD=2024-02/seoul-cur2-00001.snappy.parquet");
    let march = chrono::NaiveDate::from_ymd_opt(2024, 3, 1).unwrap().and_hms_opt(0, 0, 0).unwrap().and_utc();
    crate::support::rewrite(&file, |batch: RecordBatch| {
        let schema = batch.schema();
        let products = batch.column(schema.index_of("line_item_product_code").unwrap()).as_string::<i32>().clone();
        let index = schema.index_of("line_item_usage_end_date").unwrap();
        let ends = batch.column(index).as_primitive::<TimestampMillisecondType>();
        let moved: TimestampMillisecondArray =
            (0..batch.num_rows())
                .map(|row| {
                    if products.value(row) == "AmazonS3" {
                        Some(march.timestamp_millis())
                    } else {
                        Some(ends.value(row))
                    }
                })
                .collect();
        let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
        columns[index] = std::sync::Arc::new(moved.with_data_type(ends.data_type().clone()));
        RecordBatch::try_new(schema, columns).unwrap()
    });
    let out = dir.path().join("out");
    crate::support::gravimeter(&[
        "report",
        dir.path().join("seoul-cur2").to_str().unwrap(),
        "--format",
        "json",
        "--out",
        out.to_str().unwrap(),
    ])
    .assert()
    .success();
    let report: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(out.join("report.json")).unwrap()).unwrap();
    assert_eq!(report["month"], "2024-01");
    let february = report["months"].as_array().unwrap().last().unwrap();
    assert_eq!((&february["partial"], &february["data_through"]), (&true.into(), &"2024-02-18".into()));
}
