//! The bill as a CUR 1 report for Athena: one folder a month, every column required, no manifest.
//!
//! Columns come and go from month to month, as they do at AWS: product attributes that no row has, reservations
//! before the first one is bought, tags before they are activated.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::bill::Period;
use super::columns::{self, Column, Kind, text};
use super::ids::Ids;
use super::lines::Line;
use super::parquet_file::{self, Absent};
use crate::error::{Error, Result};

/// Name of the report.
pub(super) const NAME: &str = "seoul-cur1";
/// Root of the Parquet schema, as AWS's writer names it.
const ROOT: &str = "com.amazon.aws.origami.datawriter.parquet.ParquetDataWriter$";

/// Returns the columns that the report has in this month.
pub(super) fn columns(ids: Ids, period: &Period, lines: &[Line]) -> Vec<Column> {
    let mut all = columns::identity_and_bill(ids, period);
    all.extend(columns::line_item());
    let items = columns::items(lines);
    let attributes: BTreeSet<&'static str> = items.iter().flat_map(|item| item.product.keys().copied()).collect();
    all.extend(attributes.into_iter().map(|key| columns::product(&format!("product_{key}"), key)));
    all.extend(columns::pricing(ids));
    all.push(columns::subscription(ids));
    if items.iter().any(|item| item.lease.is_some()) {
        all.extend(columns::reservation());
    }
    all.extend(columns::savings_plan());
    if items.iter().any(|item| item.plan.is_some()) {
        all.extend(columns::savings_plan_terms());
    }
    all.extend(columns::split());
    if items.iter().any(|item| !item.stage.is_empty()) {
        all.push(text("cost_category_stage", |line| line.item.stage.to_owned()));
    }
    let tags: BTreeSet<&'static str> = items.iter().flat_map(|item| item.tags.keys().copied()).collect();
    for key in tags {
        let name = format!("resource_tags_{key}");
        all.push(text(&name, move |line| line.item.tags.get(key).cloned().unwrap_or_default()));
    }
    all
}

/// Writes the month below the folder of the report.
pub(super) fn write(report: &Path, ids: Ids, period: &Period, lines: &[Line]) -> Result<()> {
    let text = period.month.to_string();
    let (year, month) = text.split_once('-').unwrap_or((&text, ""));
    let month = month.trim_start_matches('0');
    let year = report.join(format!("year={year}"));
    let folder = year.join(format!("month={month}"));
    fs::create_dir_all(&folder).map_err(|error| Error::io("create", &folder, &error))?;
    // Hadoop leaves an empty marker beside each folder.
    let marker = year.join(format!("month={month}_$folder$"));
    fs::write(&marker, b"").map_err(|error| Error::io("write", &marker, &error))?;
    let arrays =
        columns(ids, period, lines).iter().map(|column| parquet_file::array(column, lines, Absent::Empty)).collect();
    parquet_file::write(&folder.join(format!("{NAME}-00001.snappy.parquet")), ROOT, arrays, false)
}

/// Writes the status that AWS keeps beside the months.
pub(super) fn write_status(report: &Path, any: &Line) -> Result<()> {
    let folder = report.join("cost_and_usage_data_status");
    fs::create_dir_all(&folder).map_err(|error| Error::io("create", &folder, &error))?;
    let status = Column {
        name: "status".to_owned(),
        kind: Kind::Text,
        get: Box::new(|_| columns::Value::Text("READY".to_owned())),
    };
    let arrays = vec![parquet_file::array(&status, std::slice::from_ref(any), Absent::Null)];
    parquet_file::write(&folder.join("cost_and_usage_data_status.parquet"), ROOT, arrays, false)
}
