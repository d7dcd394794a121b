//! The rules of CSV, one by one, and whole deliveries against their Parquet twins.

use arrow::{
    array::{Array, AsArray},
    compute::concat_batches,
    util::display::{ArrayFormatter, FormatOptions},
};
use datafusion::prelude::SessionContext;
use flate2::write::GzEncoder;

use super::*;
use crate::{
    normalize::{Classified, Classify, LineItems, Usage},
    pricing::PriceBook,
    source::{Access, discover},
    terms::Verdict,
};

const HEADER: &str = "bill/PayerAccountId,bill/BillingPeriodStartDate,lineItem/UsageAccountId,lineItem/LineItemType,\
    lineItem/UsageStartDate,lineItem/ProductCode,lineItem/UsageType,lineItem/UsageAmount,lineItem/CurrencyCode,\
    lineItem/UnblendedCost,pricing/publicOnDemandCost,reservation/EffectiveCost,product/region,product/regionCode,\
    resourceTags/user:Team,resourceTags/user:team";

#[derive(Debug)]
struct NoVerdict;

impl Classify for NoVerdict {
    fn classify(&self, _: &Usage) -> Classified {
        Classified { verdict: Verdict::NotApplicable, reason: None }
    }
}

/// A bill in one folder, with what its scans counted.
struct Read {
    context: SessionContext,
    count: Arc<ScanCount>,
    notes: Vec<String>,
}

impl Read {
    async fn of(source: &str) -> Result<Self> {
        let bill = discover(&[source.to_owned()], None, &Access::default()).await?;
        let classify: Arc<dyn Classify> = Arc::new(NoVerdict);
        let items = LineItems::new(&bill, PriceBook::embedded()?, &classify)?;
        let (context, count) = (SessionContext::new(), items.count());
        context.register_table("line_items", Arc::new(items))?;
        Ok(Self { context, count, notes: bill.notes })
    }

    async fn batch(&self, sql: &str) -> Result<RecordBatch> {
        let frame = self.context.sql(sql).await?;
        let schema: SchemaRef = Arc::new(frame.schema().as_arrow().clone());
        Ok(concat_batches(&schema, &frame.collect().await?)?)
    }

    /// Returns the rows as text, fields joined by a bar.
    async fn rows(&self, sql: &str) -> Result<Vec<String>> {
        let batch = self.batch(sql).await?;
        let options = FormatOptions::default().with_null("-");
        let columns: Vec<_> =
            batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options).unwrap()).collect();
        let row = |row| columns.iter().map(|column| column.value(row).to_string()).collect::<Vec<_>>().join("|");
        Ok((0..batch.num_rows()).map(row).collect())
    }
}

/// A folder with one file of these rows below the header.
fn folder(header: &str, rows: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("r-1.csv"), format!("{header}\n{}\n", rows.join("\n"))).unwrap();
    dir
}

async fn read(dir: &tempfile::TempDir) -> Result<Read> {
    Read::of(dir.path().to_str().unwrap()).await
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn amounts_instants_and_empty_fields_of_cur_1() {
    let dir = folder(
        HEADER,
        &[
            "1,2025-01-01 00:00:00+00:00,2,Usage,2025-01-01T00:00:00Z,AmazonEC2,\"a,b\",1E-7,USD,1.234E-5,,,us-east-1,,a,b",
            "1,2025-01-01T00:00:00Z,2,DiscountedUsage,2025-01-02T00:00:00.000Z,AmazonEC2,,1,USD,0,0.1,0.0123456789012,,eu-west-1,,b",
            "1,2025-01-01T00:00:00Z,2,Tax,,AmazonEC2,,,USD,12345678901234.000000000001,,,,,,",
        ],
    );
    let read = read(&dir).await.unwrap();
    let rows = read
        .rows(
            "select usage_start, usage_type, usage_amount, unblended_cost, amortized_cost, list_cost, region, tags['team'],
                    tags['user_team'] from line_items order by unblended_cost desc",
        )
        .await
        .unwrap();
    assert_eq!(
        rows,
        [
            "-|-|-|12345678901234.000000000001|12345678901234.000000000001|-|-|-|-",
            "2025-01-01T00:00:00Z|a,b|0.000000100000|0.000012340000|0.000012340000|-|us-east-1|-|a",
            "2025-01-02T00:00:00Z|-|1.000000000000|0.000000000000|0.012345678901|0.100000000000|eu-west-1|-|b",
        ]
    );
    assert_eq!(read.count.rows(), 3);
    assert_eq!(read.count.bytes(), std::fs::metadata(dir.path().join("r-1.csv")).unwrap().len());
    assert_eq!(read.rows("select count(*) from line_items").await.unwrap(), ["3"]);
}

#[tokio::test]
async fn a_value_that_is_no_amount_is_an_error_where_it_counts() {
    let row = |charge: &str, cost: &str, list: &str, effective: &str| {
        format!(
            "1,2025-01-01T00:00:00Z,2,{charge},2025-01-01T00:00:00Z,AmazonEC2,x,1,USD,{cost},{list},{effective},,,,"
        )
    };
    let sums = "select sum(unblended_cost), sum(list_cost), sum(amortized_cost) from line_items";
    for (wrong, column) in [
        (row("Usage", "No Upfront", "", ""), "line_item_unblended_cost"),
        (row("DiscountedUsage", "0", "", "None"), "reservation_effective_cost"),
    ] {
        let dir = folder(HEADER, &[&row("Usage", "1", "1", ""), &wrong]);
        let error = read(&dir).await.unwrap().rows(sums).await.unwrap_err();
        assert_eq!(error.kind(), crate::error::Kind::Incomplete);
        let text = error.to_string();
        for word in ["r-1.csv", column, "says \"No", "record 3"] {
            assert!(text.contains(word), "{word}: {text}");
        }
    }
    let dir = folder(HEADER, &[&row("Usage", "1", "No Upfront", "None"), &row("Usage", "1", "3", "")]);
    let read = read(&dir).await.unwrap();
    for _ in 0..2 {
        assert_eq!(read.rows(sums).await.unwrap(), ["2.000000000000|3.000000000000|2.000000000000"]);
    }
    let notes = read.count.notes();
    assert_eq!(notes.len(), 2, "{notes:?}");
    let words = "pricing_public_on_demand_cost: 1 value is no amount and counts as unknown, such as \"No Upfront\" in ";
    assert!(notes[0].starts_with(words) && notes[0].ends_with("r-1.csv"), "{notes:?}");
}

#[tokio::test]
async fn a_required_column_must_be_there_and_instants_must_be_instants() {
    let dir = folder("bill/PayerAccountId,lineItem/LineItemType", &["1,Usage"]);
    let error = read(&dir).await.err().unwrap();
    assert!(error.to_string().contains("required column line_item_unblended_cost is missing"), "{error}");
    let dir = folder(HEADER, &["1,2025-01-01T00:00:00Z,2,Usage,yesterday,AmazonEC2,x,1,USD,1,,,,,,"]);
    let error = read(&dir).await.unwrap().rows("select usage_start from line_items").await.unwrap_err();
    assert!(error.to_string().contains("line_item_usage_start_date says \"yesterday\" in record 2"), "{error}");
}

#[tokio::test]
async fn maps_of_cur_2_are_json() {
    let header = "bill_payer_account_id,bill_billing_period_start_date,line_item_usage_account_id,\
        line_item_line_item_type,line_item_usage_start_date,line_item_product_code,line_item_usage_type,\
        line_item_usage_amount,line_item_currency_code,line_item_unblended_cost,product,resource_tags,cost_category";
    let row = |product: &str, tags: &str| {
        format!("1,2026-04-01T00:00:00.000Z,2,Usage,2026-04-01T00:00:00.000Z,AmazonEC2,x,1,USD,1,{product},{tags},{{}}")
    };
    let first = row(r#""{""region"":""us-east-1"",""vcpu"":2}""#, r#""{""user_team"":""a \u00e9"",""b"":null}""#);
    let dir = folder(header, &[&first, &first, &row("", "")]);
    let read = read(&dir).await.unwrap();
    let rows = read.rows("select region, tags, cost_categories from line_items").await.unwrap();
    let told = "us-east-1|{user_team: a \u{e9}, b: -}|{}";
    assert_eq!(rows, [told, told, "-|{}|{}"]);
    for wrong in ["[1]", "region", r#""{""a"":""#] {
        let dir = folder(header, &[&row(wrong, "")]);
        let error = super::tests::read(&dir).await.unwrap().rows("select region from line_items").await.unwrap_err();
        assert!(error.to_string().contains("product says") && error.to_string().contains("no JSON object"), "{error}");
    }
}

#[tokio::test]
async fn files_of_one_month_may_have_other_columns_in_another_order() {
    let dir = tempfile::tempdir().unwrap();
    let columns: Vec<&str> = HEADER.split(',').map(str::trim).collect();
    let row: Vec<String> = "1,2025-01-01T00:00:00Z,2,Usage,2025-01-01T00:00:00Z,AmazonEC2,x,1,USD,1.5,,,us-east-1,,a,"
        .split(',')
        .map(str::to_owned)
        .collect();
    std::fs::write(dir.path().join("r-1.csv"), format!("{}\n{}\n", columns.join(","), row.join(","))).unwrap();
    let backwards = |fields: Vec<&str>| fields.into_iter().rev().skip(2).collect::<Vec<_>>().join(",");
    let second = format!("{}\r\n{}\r\n", backwards(columns), backwards(row.iter().map(String::as_str).collect()));
    std::fs::write(dir.path().join("r-2.csv.gz"), gzip(second.as_bytes())).unwrap();
    let read = read(&dir).await.unwrap();
    let rows = read.rows("select account_id, region, unblended_cost, tags from line_items order by tags['user_team']");
    assert_eq!(rows.await.unwrap(), ["2|us-east-1|1.500000000000|{user_team: a}", "2|us-east-1|1.500000000000|{}"]);
}

/// Returns a folder of the shared data; `None` with a message when it is not there.
fn real(folder: &str) -> Option<String> {
    let path = format!("{}/../shared/cur-data/{folder}", env!("CARGO_MANIFEST_DIR"));
    let there = std::path::Path::new(&path).exists();
    if !there {
        eprintln!("skipped: {path} is not there");
    }
    there.then_some(path)
}

/// The gaps between the twins: Parquet keeps the empty text that CSV cannot tell from null.
const EMPTY_IN_PARQUET: &[&str] = &["reservation_arn", "savings_plan_arn"];

#[tokio::test]
async fn cur_2_csv_gives_the_rows_of_its_parquet_twin() {
    let (Some(csv), Some(parquet)) = (real("cur2-2026-04-csv"), real("cur2-2026-04")) else { return };
    let (csv, parquet) = (Read::of(&csv).await.unwrap(), Read::of(&parquet).await.unwrap());
    assert!(csv.notes.iter().any(|note| note.contains("is read for")), "{:?}", csv.notes);
    let order = "order by usage_start, usage_end, product_code, charge_type, usage_type, operation, resource_id, \
                 description, availability_zone, usage_amount, unblended_cost, tags['x']";
    let sql = format!("select * from line_items {order}");
    let (left, right) = (csv.batch(&sql).await.unwrap(), parquet.batch(&sql).await.unwrap());
    assert_eq!((left.num_rows(), right.num_rows()), (1_882, 1_882));
    for (index, field) in left.schema().fields().iter().enumerate() {
        let (ours, theirs) = (left.column(index), right.column(index));
        if EMPTY_IN_PARQUET.contains(&field.name().as_str()) {
            let present = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
            let theirs = theirs.as_string::<i32>().iter().map(present);
            assert!(ours.as_string::<i32>().iter().map(present).eq(theirs), "{}", field.name());
            assert!(ours.as_string::<i32>().iter().all(|text| text != Some("")));
            continue;
        }
        let options = FormatOptions::default().with_null("-");
        let shown = |array| ArrayFormatter::try_new(array, &options).unwrap();
        let (ours_shown, theirs_shown) = (shown(ours), shown(theirs));
        let differing: Vec<String> = (0..ours.len())
            .map(|row| (ours_shown.value(row).to_string(), theirs_shown.value(row).to_string()))
            .filter(|(ours, theirs)| ours != theirs)
            .map(|(ours, theirs)| format!("{ours} != {theirs}"))
            .collect();
        assert!(differing.is_empty(), "{}: {} rows: {:?}", field.name(), differing.len(), differing.first());
    }
    let sums = csv.rows("select charge_type, sum(unblended_cost) from line_items group by 1 order by 1").await.unwrap();
    assert_eq!(sums, ["Credit|-47.681693899800", "Tax|0.000000000000", "Usage|47.681693832200"]);
}

#[tokio::test]
async fn nise_loads_with_its_dirty_values() {
    let Some(folder) = real("nise-2025-q1") else { return };
    let read = Read::of(&folder).await.unwrap();
    let sql = "select month, count(*), sum(unblended_cost), sum(usage_amount) from line_items group by 1 order by 1";
    assert_eq!(
        read.rows(sql).await.unwrap(),
        [
            "2025-01-01|14880|2553.866399976000|14894.999999760000",
            "2025-02-01|13440|2305.863199987200|13444.999999872000",
            "2025-03-01|14880|2552.866399992000|14884.999999920000",
        ]
    );
    assert_eq!(read.count.rows(), 43_200);
    // The figures of DuckDB; "None" stands on rows that no Savings Plan covers.
    let sums = read.rows("select sum(amortized_cost), sum(list_cost) from line_items").await.unwrap();
    assert_eq!(sums, ["7281.915999955200|8881.395999955200"]);
    let notes = read.count.notes();
    assert_eq!(notes.len(), 2, "{notes:?}");
    let words =
        "pricing_public_on_demand_cost: 2160 values are no amounts and count as unknown, such as \"convertible\" in ";
    assert!(notes[0].starts_with(words), "{notes:?}");
}

#[tokio::test]
async fn anonymised_cur_1_has_its_totals() {
    let Some(folder) = real("cur1-csv-2023-11") else { return };
    let read = Read::of(&folder).await.unwrap();
    let sql = "select month, count(*), sum(unblended_cost), sum(amortized_cost), sum(usage_amount) from line_items group by 1";
    let rows = read.rows(sql).await.unwrap();
    assert_eq!(rows, ["2023-11-01|1281|1.682308697400|1.682308697400|128100.580453746900"]);
}
