//! The bill as a CUR 2.0 export: fixed columns, all optional, maps for what CUR 1 spreads over columns, a manifest.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float64Builder, MapBuilder, MapFieldNames, StringBuilder};
use arrow::datatypes::{DataType, Field};
use serde_json::json;

use super::bill::Period;
use super::columns::{self, Column, Kind, empty, text};
use super::ids::Ids;
use super::lines::Line;
use super::parquet_file::{self, Absent};
use super::story::Account;
use crate::error::{Error, Result};

/// Name of the export.
pub(super) const NAME: &str = "seoul-cur2";
/// Bucket that the manifests name.
const BUCKET: &str = "example-billing";

/// Product attributes that have a column of their own; the others go into the `product` map.
const PRODUCT_COLUMNS: [(&str, &str); 21] = [
    ("product_comment", "comment"),
    ("product_fee_code", "fee_code"),
    ("product_fee_description", "fee_description"),
    ("product_from_location", "from_location"),
    ("product_from_location_type", "from_location_type"),
    ("product_from_region_code", "from_region_code"),
    ("product_instance_family", "instance_family"),
    ("product_instance_type", "instance_type"),
    ("product_instancesku", "instancesku"),
    ("product_location", "location"),
    ("product_location_type", "location_type"),
    ("product_operation", "operation"),
    ("product_pricing_unit", "pricing_unit"),
    ("product_product_family", "product_family"),
    ("product_region_code", "region_code"),
    ("product_servicecode", "servicecode"),
    ("product_sku", "sku"),
    ("product_to_location", "to_location"),
    ("product_to_location_type", "to_location_type"),
    ("product_to_region_code", "to_region_code"),
    ("product_usagetype", "usagetype"),
];

/// Numbers that only a payer with private discounts has.
const NET_NUMBERS: [&str; 14] = [
    "discount_bundled_discount",
    "discount_total_discount",
    "line_item_net_unblended_cost",
    "reservation_net_amortized_upfront_cost_for_usage",
    "reservation_net_amortized_upfront_fee_for_billing_period",
    "reservation_net_effective_cost",
    "reservation_net_recurring_fee_for_usage",
    "reservation_net_unused_amortized_upfront_fee_for_billing_period",
    "reservation_net_unused_recurring_fee",
    "reservation_net_upfront_value",
    "savings_plan_net_amortized_upfront_commitment_for_billing_period",
    "savings_plan_net_recurring_commitment_for_billing_period",
    "savings_plan_net_savings_plan_effective_cost",
    "split_line_item_net_split_cost",
];

/// Returns the columns without the maps.
pub(super) fn columns(ids: Ids, period: &Period) -> Vec<Column> {
    let mut all = columns::identity_and_bill(ids, period);
    all.extend(columns::line_item());
    all.extend(columns::pricing(ids));
    all.push(columns::subscription(ids));
    all.extend(columns::reservation());
    all.extend(columns::savings_plan());
    all.extend(columns::savings_plan_terms());
    all.extend(columns::split());
    all.extend(PRODUCT_COLUMNS.iter().map(|(name, key)| columns::product(name, key)));
    all.extend(NET_NUMBERS.iter().map(|name| empty(name, Kind::Number)));
    all.push(empty("split_line_item_net_unused_cost", Kind::Number));
    all.push(empty("line_item_net_unblended_rate", Kind::Text));
    all.push(text("bill_payer_account_name", |_| Account::Payer.name().to_owned()));
    all.push(text("line_item_usage_account_name", |line| columns::account(&line.item).name().to_owned()));
    all
}

/// Entries of a map column.
type Entries = BTreeMap<String, String>;
/// Takes the entries of a map column from a line.
type ToEntries = fn(&Line) -> Entries;

/// The map columns of texts.
const MAPS: [(&str, ToEntries); 3] = [
    ("product", |line| {
        let own_column = |key: &str| PRODUCT_COLUMNS.iter().any(|(_, column)| *column == key);
        let map = line.item.product.iter().filter(|(key, _)| !own_column(key));
        map.map(|(key, value)| ((*key).to_owned(), value.clone())).collect()
    }),
    ("resource_tags", |line| line.item.tags.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect()),
    ("cost_category", |line| match line.item.stage {
        "" => Entries::new(),
        stage => Entries::from([("stage".to_owned(), stage.to_owned())]),
    }),
];

fn names() -> MapFieldNames {
    MapFieldNames { entry: "key_value".to_owned(), key: "key".to_owned(), value: "value".to_owned() }
}

/// Builds a map of texts; a line without entries has an empty map, as AWS writes it.
fn text_map(name: &str, lines: &[Line], get: ToEntries) -> Result<(Field, ArrayRef)> {
    let mut map = MapBuilder::new(Some(names()), StringBuilder::new(), StringBuilder::new())
        .with_keys_field(Field::new("key", DataType::Utf8, false));
    for line in lines {
        for (key, value) in get(line) {
            map.keys().append_value(key);
            map.values().append_value(value);
        }
        map.append(true).map_err(|error| Error::runtime(format!("column {name} of the sample: {error}")))?;
    }
    let array = Arc::new(map.finish());
    Ok((Field::new(name, array.data_type().clone(), true), array))
}

/// Builds the `discount` map, which is empty without private discounts.
fn no_discounts(lines: &[Line]) -> Result<(Field, ArrayRef)> {
    let mut map = MapBuilder::new(Some(names()), StringBuilder::new(), Float64Builder::new())
        .with_keys_field(Field::new("key", DataType::Utf8, false));
    for _ in lines {
        map.append(true).map_err(|error| Error::runtime(format!("column discount of the sample: {error}")))?;
    }
    let array = Arc::new(map.finish());
    Ok((Field::new("discount", array.data_type().clone(), true), array))
}

/// Writes the month and its manifest below the folder of the export.
pub(super) fn write(export: &Path, ids: Ids, period: &Period, lines: &[Line]) -> Result<()> {
    let partition = format!("BILLING_PERIOD={}", period.month);
    let file = format!("{NAME}-00001.snappy.parquet");
    let folder = export.join("data").join(&partition);
    fs::create_dir_all(&folder).map_err(|error| Error::io("create", &folder, &error))?;
    let mut arrays: Vec<(Field, ArrayRef)> =
        columns(ids, period).iter().map(|column| parquet_file::array(column, lines, Absent::Null)).collect();
    for (name, get) in MAPS {
        arrays.push(text_map(name, lines, get)?);
    }
    arrays.push(no_discounts(lines)?);
    // Data Exports sorts its columns by name.
    arrays.sort_by(|(a, _), (b, _)| a.name().cmp(b.name()));
    let manifest = manifest(ids, period, &arrays, &format!("data/{partition}/{file}"));
    parquet_file::write(&folder.join(&file), "spark_schema", arrays, true)?;
    let folder = export.join("metadata").join(&partition);
    fs::create_dir_all(&folder).map_err(|error| Error::io("create", &folder, &error))?;
    let path = folder.join(format!("{NAME}-Manifest.json"));
    fs::write(&path, manifest).map_err(|error| Error::io("write", &path, &error))
}

/// Returns the text of the manifest: all maps are `string` there.
fn manifest(ids: Ids, period: &Period, arrays: &[(Field, ArrayRef)], key: &str) -> String {
    let columns: Vec<_> = arrays
        .iter()
        .map(|(field, _)| {
            let name = match field.data_type() {
                DataType::Float64 => "double",
                DataType::Timestamp(..) => "timestamp",
                _ => "string",
            };
            json!({ "name": field.name(), "type": name })
        })
        .collect();
    let arn =
        format!("arn:aws:bcm-data-exports:us-east-1:{}:export/{NAME}-{}", Account::Payer.id(), ids.uuid("export"));
    let manifest = json!({
        "executionId": ids.uuid(&format!("execution {}", period.month)),
        "exportArn": arn,
        "columns": columns,
        "dataFiles": [format!("s3://{BUCKET}/cur2/{NAME}/{key}")],
    });
    format!("{manifest}\n")
}
