//! From the batches of the rollup query to typed rows.

use arrow::{
    array::{Array, AsArray, RecordBatch},
    datatypes::{DataType, Date32Type, Decimal128Type, Int32Type, Int64Type, TimeUnit, TimestampMillisecondType},
};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::UsageRow;
use crate::{
    error::{Error, Result},
    normalize::UsageKind,
    terms::{Architecture, PurchaseOption, Verdict},
    units::{Month, from_scaled},
};

/// Appends the rows of a batch.
pub(super) fn rows(batch: &RecordBatch, rows: &mut Vec<UsageRow>) -> Result<()> {
    let columns = Columns { batch };
    for row in 0..batch.num_rows() {
        rows.push(columns.row(row)?);
    }
    Ok(())
}

/// Returns the key that puts rows in their fixed order: every grouping column.
pub(super) fn order(row: &UsageRow) -> impl Ord + '_ {
    (
        (row.month, &row.payer_account_id, &row.account_id, &row.account_name, &row.region, &row.product_code),
        (&row.charge_type, row.purchase_option, row.usage_kind, &row.instance_type, row.architecture, row.vcpu),
        (&row.operating_system, &row.database_engine, &row.deployment_option, &row.tenancy, &row.licensed_software),
        (&row.price_variant, row.public_rate, &row.currency, row.verdict, &row.reason),
    )
}

fn needed<T>(name: &str, value: Option<T>) -> Result<T> {
    value.ok_or_else(|| Error::runtime(format!("a row of the rollup has no {name}")))
}

struct Columns<'a> {
    batch: &'a RecordBatch,
}

impl Columns<'_> {
    fn row(&self, row: usize) -> Result<UsageRow> {
        Ok(UsageRow {
            month: self.month(row)?,
            payer_account_id: self.text("payer_account_id", row)?,
            account_id: self.text("account_id", row)?,
            account_name: self.text("account_name", row)?,
            region: self.text("region", row)?,
            product_code: self.text("product_code", row)?.unwrap_or_default(),
            charge_type: self.text("charge_type", row)?.unwrap_or_default(),
            purchase_option: self.word("purchase_option", row, PurchaseOption::parse)?,
            usage_kind: needed("usage_kind", self.word("usage_kind", row, UsageKind::parse)?)?,
            instance_type: self.text("instance_type", row)?,
            architecture: self.word("architecture", row, Architecture::parse)?,
            vcpu: self.vcpu(row)?,
            operating_system: self.text("operating_system", row)?,
            database_engine: self.text("database_engine", row)?,
            deployment_option: self.text("deployment_option", row)?,
            tenancy: self.text("tenancy", row)?,
            licensed_software: self.text("licensed_software", row)?,
            price_variant: self.text("price_variant", row)?,
            public_rate: self.amount("public_rate", row)?,
            currency: self.text("currency", row)?.unwrap_or_default(),
            verdict: needed("verdict", self.word("verdict", row, Verdict::parse)?)?,
            reason: self.text("reason", row)?,
            line_items: self.count(row)?,
            usage_amount: self.amount("usage_amount", row)?.unwrap_or_default(),
            unblended_cost: self.amount("unblended_cost", row)?.unwrap_or_default(),
            amortized_cost: self.amount("amortized_cost", row)?.unwrap_or_default(),
            net_unblended_cost: self.amount("net_unblended_cost", row)?,
            net_amortized_cost: self.amount("net_amortized_cost", row)?,
            list_cost: self.amount("list_cost", row)?,
            upfront_cost: self.amount("upfront_cost", row)?.unwrap_or_default(),
            amortized_upfront: self.amount("amortized_upfront", row)?,
            usage_through: self.instant("usage_through", row)?,
            any_usage_through: self.instant("any_usage_through", row)?,
        })
    }

    fn column(&self, name: &str) -> Result<&arrow::array::ArrayRef> {
        self.batch.column_by_name(name).ok_or_else(|| Error::runtime(format!("the rollup lacks its column {name}")))
    }

    fn text(&self, name: &str, row: usize) -> Result<Option<String>> {
        let column = self.column(name)?;
        if column.is_null(row) {
            return Ok(None);
        }
        let text = match column.data_type() {
            DataType::Utf8View => column.as_string_view().value(row),
            _ => column.as_string::<i32>().value(row),
        };
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }

    fn word<T>(&self, name: &str, row: usize, parse: fn(&str) -> Option<T>) -> Result<Option<T>> {
        Ok(self.text(name, row)?.as_deref().and_then(parse))
    }

    fn month(&self, row: usize) -> Result<Month> {
        let column = self.column("month")?.as_primitive::<Date32Type>();
        needed("month", column.is_valid(row).then(|| Month::from_date32(column.value(row))).flatten())
    }

    fn vcpu(&self, row: usize) -> Result<Option<i32>> {
        let column = self.column("vcpu")?.as_primitive::<Int32Type>();
        Ok(column.is_valid(row).then(|| column.value(row)))
    }

    fn count(&self, row: usize) -> Result<u64> {
        let column = self.column("line_items")?.as_primitive::<Int64Type>();
        Ok(u64::try_from(column.value(row)).unwrap_or(0))
    }

    fn amount(&self, name: &str, row: usize) -> Result<Option<Decimal>> {
        let column = self.column(name)?.as_primitive::<Decimal128Type>();
        column.is_valid(row).then(|| from_scaled(column.value(row))).transpose()
    }

    fn instant(&self, name: &str, row: usize) -> Result<Option<DateTime<Utc>>> {
        let column = self.column(name)?;
        if !matches!(column.data_type(), DataType::Timestamp(TimeUnit::Millisecond, _)) || column.is_null(row) {
            return Ok(None);
        }
        Ok(DateTime::from_timestamp_millis(column.as_primitive::<TimestampMillisecondType>().value(row)))
    }
}
