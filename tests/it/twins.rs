//! Writes the rows of one export again in another format, as AWS would: CSV for Parquet, FOCUS for CUR 2.0.

use std::{fs, io::Write, path::Path, sync::Arc};

use arrow::{
    array::{
        Array, ArrayRef, AsArray, Float64Array, MapBuilder, RecordBatch, StringArray, StringBuilder,
        TimestampMillisecondArray,
    },
    datatypes::{DataType, Float64Type, TimestampMillisecondType},
};
use parquet::arrow::{ArrowWriter, arrow_reader::ParquetRecordBatchReaderBuilder};

/// The values of a column.
#[derive(Clone)]
pub(crate) enum Cells {
    Text(Vec<Option<String>>),
    Amount(Vec<Option<f64>>),
    Time(Vec<Option<i64>>),
    Map(Vec<Vec<(String, String)>>),
}

/// The rows of one month.
#[derive(Clone, Default)]
pub(crate) struct Table {
    pub columns: Vec<(String, Cells)>,
    pub rows: usize,
}

impl Table {
    /// Reads a Parquet file; maps of anything but text are left out.
    pub(crate) fn read(path: &Path) -> Self {
        let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path).unwrap()).unwrap();
        let schema = Arc::clone(reader.schema());
        let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
        let batch = arrow::compute::concat_batches(&schema, &batches).unwrap();
        let named = schema.fields().iter().zip(batch.columns());
        let columns = named.filter_map(|(field, array)| Some((field.name().clone(), cells(array)?)));
        Self { columns: columns.collect(), rows: batch.num_rows() }
    }

    fn cells(&self, name: &str) -> Option<&Cells> {
        self.columns.iter().find(|(known, _)| known == name).map(|(_, cells)| cells)
    }

    /// Returns a text that is not empty.
    pub(crate) fn text(&self, name: &str, row: usize) -> Option<String> {
        match self.cells(name)? {
            Cells::Text(texts) => texts[row].clone().filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    pub(crate) fn amount(&self, name: &str, row: usize) -> Option<f64> {
        match self.cells(name)? {
            Cells::Amount(amounts) => amounts[row],
            _ => None,
        }
    }

    pub(crate) fn time(&self, name: &str, row: usize) -> Option<i64> {
        match self.cells(name)? {
            Cells::Time(times) => times[row],
            _ => None,
        }
    }

    pub(crate) fn map(&self, name: &str, row: usize) -> Vec<(String, String)> {
        match self.cells(name) {
            Some(Cells::Map(maps)) => maps[row].clone(),
            _ => Vec::new(),
        }
    }

    /// Returns the file as gzipped CSV; `spell` gives the names of the header line.
    pub(crate) fn csv_gz(&self, spell: impl Fn(&str) -> String) -> Vec<u8> {
        let packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut writer = csv::Writer::from_writer(packed);
        writer.write_record(self.columns.iter().map(|(name, _)| spell(name))).unwrap();
        for row in 0..self.rows {
            writer.write_record(self.columns.iter().map(|(_, cells)| written(cells, row))).unwrap();
        }
        let mut packed = writer.into_inner().unwrap();
        packed.flush().unwrap();
        packed.finish().unwrap()
    }

    /// Returns the file as Parquet with optional columns.
    pub(crate) fn parquet(&self) -> Vec<u8> {
        let arrays = self.columns.iter().map(|(name, cells)| (name.as_str(), array(cells), true));
        let batch = RecordBatch::try_from_iter_with_nullable(arrays).unwrap();
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        bytes
    }
}

fn cells(array: &ArrayRef) -> Option<Cells> {
    Some(match array.data_type() {
        DataType::Utf8 => Cells::Text(array.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()),
        DataType::Float64 => Cells::Amount(array.as_primitive::<Float64Type>().iter().collect()),
        DataType::Timestamp(..) => {
            let millis = DataType::Timestamp(arrow::datatypes::TimeUnit::Millisecond, None);
            let array = arrow::compute::cast(array, &millis).unwrap();
            Cells::Time(array.as_primitive::<TimestampMillisecondType>().iter().collect())
        }
        DataType::Map(..) => {
            let map = array.as_map();
            let (keys, values) = (map.keys().as_string_opt::<i32>()?, map.values().as_string_opt::<i32>()?);
            let entries = |row: usize| {
                let offsets = map.value_offsets();
                let range = usize::try_from(offsets[row]).unwrap()..usize::try_from(offsets[row + 1]).unwrap();
                range.map(|at| (keys.value(at).to_owned(), values.value(at).to_owned())).collect()
            };
            Cells::Map((0..map.len()).map(entries).collect())
        }
        _ => return None,
    })
}

fn written(cells: &Cells, row: usize) -> String {
    match cells {
        Cells::Text(texts) => texts[row].clone().unwrap_or_default(),
        Cells::Amount(amounts) => amounts[row].map_or_else(String::new, |amount| format!("{amount:?}")),
        Cells::Time(times) => times[row].map_or_else(String::new, |millis| {
            let instant = chrono::DateTime::from_timestamp_millis(millis).unwrap();
            instant.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
        }),
        Cells::Map(maps) => {
            let entries: serde_json::Map<String, serde_json::Value> =
                maps[row].iter().map(|(key, value)| (key.clone(), value.clone().into())).collect();
            serde_json::Value::Object(entries).to_string()
        }
    }
}

fn array(cells: &Cells) -> ArrayRef {
    match cells {
        Cells::Text(texts) => Arc::new(texts.iter().map(Option::as_deref).collect::<StringArray>()),
        Cells::Amount(amounts) => Arc::new(amounts.iter().copied().collect::<Float64Array>()),
        Cells::Time(times) => {
            Arc::new(times.iter().copied().collect::<TimestampMillisecondArray>().with_timezone("UTC"))
        }
        Cells::Map(maps) => {
            let mut builder = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
            for entries in maps {
                for (key, value) in entries {
                    builder.keys().append_value(key);
                    builder.values().append_value(value);
                }
                builder.append(true).unwrap();
            }
            Arc::new(builder.finish())
        }
    }
}

/// Spells a column of CUR 1 as its CSV does: `line_item_usage_type` → `lineItem/UsageType`.
pub(crate) fn cur1_name(athena: &str) -> String {
    const CATEGORIES: [(&str, &str); 10] = [
        ("split_line_item_", "splitLineItem/"),
        ("line_item_", "lineItem/"),
        ("savings_plan_", "savingsPlan/"),
        ("cost_category_", "costCategory/"),
        ("resource_tags_user_", "resourceTags/user:"),
        ("identity_", "identity/"),
        ("bill_", "bill/"),
        ("product_", "product/"),
        ("pricing_", "pricing/"),
        ("reservation_", "reservation/"),
    ];
    let Some((prefix, category)) = CATEGORIES.iter().find(|(prefix, _)| athena.starts_with(prefix)) else {
        return athena.to_owned();
    };
    let words = athena[prefix.len()..].split('_').map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        format!("{}{rest}", first.to_ascii_uppercase())
    });
    format!("{category}{}", words.collect::<String>())
}

/// Version of FOCUS, as AWS exports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Focus {
    V1_0,
    V1_2,
}

/// Writes the rows of CUR 2.0 as FOCUS: a Savings Plan's covered usage is billed 0 and has no negation.
pub(crate) fn focus(cur: &Table, version: Focus) -> Table {
    let charge = |row: usize| cur.text("line_item_line_item_type", row).unwrap();
    let kept: Vec<usize> = (0..cur.rows).filter(|&row| charge(row) != "SavingsPlanNegation").collect();
    let text = |get: &dyn Fn(usize) -> Option<String>| Cells::Text(kept.iter().map(|&row| get(row)).collect());
    let same = |name: &'static str| text(&|row| cur.text(name, row));
    let amount = |get: &dyn Fn(usize) -> Option<f64>| Cells::Amount(kept.iter().map(|&row| get(row)).collect());
    let time = |name: &'static str| Cells::Time(kept.iter().map(|&row| cur.time(name, row)).collect());
    let map = |get: &dyn Fn(usize) -> Vec<(String, String)>| Cells::Map(kept.iter().map(|&row| get(row)).collect());
    let said = |what: Option<&str>| what.map(str::to_owned);
    let is_usage = |row: usize| ["Usage", "DiscountedUsage", "SavingsPlanCoveredUsage"].contains(&charge(row).as_str());
    let arn = |row: usize| {
        let plan = cur.text("savings_plan_savings_plan_a_r_n", row);
        plan.or_else(|| cur.text("reservation_reservation_a_r_n", row))
    };
    let of_plan = |row: usize| cur.text("savings_plan_savings_plan_a_r_n", row).is_some();
    let committed = |row: usize| ["DiscountedUsage", "SavingsPlanCoveredUsage"].contains(&charge(row).as_str());
    let category = |row: usize| match charge(row).as_str() {
        "Tax" => "Tax",
        "Credit" => "Credit",
        "Refund" => "Adjustment",
        _ if is_usage(row) => "Usage",
        _ => "Purchase",
    };
    let mut columns = vec![
        (
            "BilledCost",
            amount(&|row| if committed(row) { Some(0.0) } else { cur.amount("line_item_unblended_cost", row) }),
        ),
        (
            "EffectiveCost",
            amount(&|row| match charge(row).as_str() {
                "DiscountedUsage" => cur.amount("reservation_effective_cost", row),
                "SavingsPlanCoveredUsage" => cur.amount("savings_plan_savings_plan_effective_cost", row),
                "RIFee" | "SavingsPlanRecurringFee" | "SavingsPlanUpfrontFee" => Some(0.0),
                _ => cur.amount("line_item_unblended_cost", row),
            }),
        ),
        ("ListCost", amount(&|row| cur.amount("pricing_public_on_demand_cost", row))),
        ("ListUnitPrice", amount(&|row| cur.text("pricing_public_on_demand_rate", row)?.parse().ok())),
        ("ConsumedQuantity", amount(&|row| cur.amount("line_item_usage_amount", row).filter(|_| is_usage(row)))),
        ("ConsumedUnit", text(&|row| cur.text("pricing_unit", row).filter(|_| is_usage(row)))),
        ("PricingQuantity", amount(&|row| cur.amount("line_item_usage_amount", row))),
        ("PricingUnit", same("pricing_unit")),
        ("PricingCategory", text(&|row| said(Some(if committed(row) { "Committed" } else { "Standard" })))),
        ("BillingPeriodStart", time("bill_billing_period_start_date")),
        ("ChargePeriodStart", time("line_item_usage_start_date")),
        ("ChargePeriodEnd", time("line_item_usage_end_date")),
        ("ChargeCategory", text(&|row| said(Some(category(row))))),
        (
            "ChargeFrequency",
            text(&|row| {
                said(Some(match charge(row).as_str() {
                    "Fee" | "SavingsPlanUpfrontFee" => "One-Time",
                    _ if is_usage(row) => "Usage-Based",
                    _ => "Recurring",
                }))
            }),
        ),
        ("ChargeDescription", same("line_item_line_item_description")),
        ("CommitmentDiscountId", text(&arn)),
        (
            "CommitmentDiscountType",
            text(&|row| arn(row).map(|_| if of_plan(row) { "Savings Plan" } else { "Reserved" }.to_owned())),
        ),
        (
            "CommitmentDiscountCategory",
            text(&|row| arn(row).map(|_| if of_plan(row) { "Spend" } else { "Usage" }.to_owned())),
        ),
        ("CommitmentDiscountStatus", text(&|row| said(committed(row).then_some("Used")))),
        ("BillingAccountId", same("bill_payer_account_id")),
        ("BillingCurrency", same("line_item_currency_code")),
        ("SubAccountId", same("line_item_usage_account_id")),
        ("SubAccountName", same("line_item_usage_account_name")),
        ("x_ServiceCode", same("line_item_product_code")),
        (
            "ServiceName",
            text(&|row| cur.map("product", row).into_iter().find(|(key, _)| key == "product_name").map(|e| e.1)),
        ),
        ("x_Operation", same("line_item_operation")),
        ("RegionId", same("product_region_code")),
        ("AvailabilityZone", same("line_item_availability_zone")),
        ("ResourceId", same("line_item_resource_id")),
        ("Tags", map(&|row| cur.map("resource_tags", row))),
    ];
    match version {
        Focus::V1_0 => columns.extend([
            ("x_UsageType", same("line_item_usage_type")),
            ("x_CostCategories", map(&|row| cur.map("cost_category", row))),
        ]),
        Focus::V1_2 => columns.extend([
            ("SkuMeter", same("line_item_usage_type")),
            ("InvoiceId", same("bill_invoice_id")),
            ("SkuPriceDetails", map(&|row| details(cur, row))),
        ]),
    }
    let columns = columns.into_iter().map(|(name, cells)| (name.to_owned(), cells)).collect();
    Table { columns, rows: kept.len() }
}

/// Returns the details of the SKU that FOCUS defines.
fn details(cur: &Table, row: usize) -> Vec<(String, String)> {
    let product = cur.map("product", row);
    let of = |key: &str| product.iter().find(|(known, _)| known == key).map(|(_, value)| value.clone());
    let details = [
        ("CoreCount", of("vcpu")),
        ("InstanceType", cur.text("product_instance_type", row)),
        ("OperatingSystem", of("operating_system")),
    ];
    details.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}
