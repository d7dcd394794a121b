//! The cells by day, hour and resource as tables for SQL, read from the cache batch by batch.

use std::{fmt, sync::Arc};

use arrow::{
    array::{
        ArrayRef, AsArray, Date32Array, Int32Array, RecordBatch, RecordBatchOptions, StringArray,
        TimestampMillisecondArray,
    },
    compute::{cast, take},
    datatypes::{DataType, Field, Int32Type, Schema, SchemaRef, TimeUnit},
};
use async_trait::async_trait;
use datafusion::{
    catalog::{Session, TableProvider},
    common::{DataFusionError, Result as DfResult},
    execution::{SendableRecordBatchStream, TaskContext},
    logical_expr::{Expr, TableType},
    physical_plan::{
        ExecutionPlan,
        stream::RecordBatchStreamAdapter,
        streaming::{PartitionStream, StreamingTableExec},
    },
};
use futures::{StreamExt, stream};

use super::{
    changed,
    columns::AMOUNTS,
    keys::{ACCOUNT, USAGE, account_batch, usage_batch},
    parts::{Folder, Part},
};
use crate::{
    error::{Error, Result},
    units::{Month, PRECISION, SCALE},
};

/// What the rows of a table are told apart by, beside account and usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    /// Days.
    Day,
    /// Hours, of compute and its commitments only.
    Hour,
    /// Resources.
    Resource,
}

impl Grain {
    /// All grains.
    pub const ALL: [Self; 3] = [Self::Day, Self::Hour, Self::Resource];

    /// Returns the name of the table.
    pub fn table(self) -> &'static str {
        match self {
            Self::Day => "daily_costs",
            Self::Hour => "hourly_usage",
            Self::Resource => "resource_costs",
        }
    }

    /// Returns the part of a rollup that holds its cells.
    pub fn part(self) -> Part {
        match self {
            Self::Day => Part::Days,
            Self::Hour => Part::Hours,
            Self::Resource => Part::Resources,
        }
    }

    /// Returns the columns of keys: those of the account, those of the usage.
    fn keys(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Day => (&ACCOUNT[1..4], &["region", "product_code", "charge_type", "purchase_option"]),
            Self::Hour => (
                &["payer_account_id"],
                &[
                    "region",
                    "product_code",
                    "charge_type",
                    "purchase_option",
                    "usage_kind",
                    "instance_type",
                    "architecture",
                    "vcpu",
                ],
            ),
            Self::Resource => (&ACCOUNT[1..4], &USAGE[..14]),
        }
    }

    fn columns(self) -> Vec<Column> {
        let (accounts, usages) = self.keys();
        let mut columns = vec![Column::Month];
        match self {
            Self::Day => columns.push(Column::Day),
            Self::Hour => columns.push(Column::Hour),
            Self::Resource => {}
        }
        columns.extend(accounts.iter().copied().map(Column::Account));
        if self == Self::Resource {
            columns.push(Column::ResourceId);
        }
        columns.extend(usages.iter().copied().map(Column::Usage));
        // Quantities of different units are not added: only where the usage is that of machines.
        let amounts = AMOUNTS.iter().map(|(name, _)| *name);
        columns.extend(amounts.filter(|name| self != Self::Day || *name != "usage_amount").map(Column::Amount));
        columns.extend([Column::Usage("currency"), Column::LineItems]);
        columns
    }
}

/// A column of a table of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Month,
    Day,
    Hour,
    ResourceId,
    Account(&'static str),
    Usage(&'static str),
    Amount(&'static str),
    LineItems,
}

impl Column {
    fn field(self) -> Field {
        let (name, data_type) = match self {
            Self::Month => ("month", DataType::Date32),
            Self::Day => ("day", DataType::Date32),
            Self::Hour => ("hour", DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()))),
            Self::ResourceId => ("resource_id", DataType::Utf8),
            Self::Usage("vcpu") => ("vcpu", DataType::Int32),
            Self::Account(name) | Self::Usage(name) => (name, DataType::Utf8),
            Self::Amount(name) => (name, DataType::Decimal128(PRECISION, i8::try_from(SCALE).unwrap_or(i8::MAX))),
            Self::LineItems => ("line_items", DataType::Int64),
        };
        Field::new(name, data_type, true)
    }
}

/// Cells of a bill as a table.
#[derive(Debug)]
pub struct CellTable {
    grain: Grain,
    schema: SchemaRef,
    folders: Vec<Folder>,
}

impl CellTable {
    pub(super) fn new(grain: Grain, folders: Vec<Folder>) -> Self {
        Self { grain, schema: Self::schema_of(grain), folders }
    }

    /// Returns the columns of a grain.
    pub fn schema_of(grain: Grain) -> SchemaRef {
        let fields: Vec<Field> = grain.columns().into_iter().map(Column::field).collect();
        Arc::new(Schema::new(fields))
    }
}

#[async_trait]
impl TableProvider for CellTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let all = self.grain.columns();
        let wanted: Vec<usize> = projection.cloned().unwrap_or_else(|| (0..all.len()).collect());
        let schema = Arc::new(self.schema.project(&wanted)?);
        let partitions = self.folders.iter().map(|folder| {
            Arc::new(FolderCells {
                grain: self.grain,
                columns: wanted.iter().map(|&index| all[index]).collect(),
                schema: Arc::clone(&schema),
                folder: folder.clone(),
            }) as Arc<dyn PartitionStream>
        });
        Ok(Arc::new(StreamingTableExec::try_new(Arc::clone(&schema), partitions.collect(), None, [], false, limit)?))
    }
}

/// The cells of one delivery.
struct FolderCells {
    grain: Grain,
    columns: Vec<Column>,
    schema: SchemaRef,
    folder: Folder,
}

impl fmt::Debug for FolderCells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FolderCells").field("grain", &self.grain).finish_non_exhaustive()
    }
}

impl PartitionStream for FolderCells {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let batches = Reading::begin(self)
            .map_or_else(|error| stream::iter(vec![Err(error)]).boxed(), |reading| stream::iter(reading).boxed());
        let batches = batches.map(|batch| batch.map_err(DataFusionError::from));
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches))
    }
}

/// The keys of a delivery and its cells that are still to come.
struct Reading {
    columns: Vec<Column>,
    schema: SchemaRef,
    usages: RecordBatch,
    accounts: RecordBatch,
    cells: Box<dyn Iterator<Item = Result<RecordBatch>> + Send>,
}

impl Reading {
    fn begin(of: &FolderCells) -> Result<Self> {
        // A delivery without rows has no keys.
        let keys = |part, none: RecordBatch| -> Result<RecordBatch> {
            let batches = of.folder.rows(part)?.ok_or_else(changed)?;
            Ok(arrow::compute::concat_batches(&none.schema(), &batches)?)
        };
        Ok(Self {
            columns: of.columns.clone(),
            schema: Arc::clone(&of.schema),
            usages: keys(Part::Usages, usage_batch(&[])?)?,
            accounts: keys(Part::Accounts, account_batch(&[])?)?,
            cells: of.folder.stream(of.grain.part())?.ok_or_else(changed)?,
        })
    }

    fn build(&self, cells: &RecordBatch) -> Result<RecordBatch> {
        let columns: Result<Vec<ArrayRef>> = self.columns.iter().map(|&column| self.column(column, cells)).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(cells.num_rows()));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns?, &options)?)
    }

    fn column(&self, column: Column, cells: &RecordBatch) -> Result<ArrayRef> {
        let own = |name: &str| cells.column_by_name(name).ok_or_else(|| missing(name));
        let looked_up = |keys: &RecordBatch, code: &str, name: &str| -> Result<ArrayRef> {
            let values = keys.column_by_name(name).ok_or_else(|| missing(name))?;
            Ok(take(values, own(code)?, None)?)
        };
        Ok(match column {
            Column::ResourceId => {
                let ids = own("resource_id")?.as_string::<i32>();
                // What has no resource is one row without an id.
                Arc::new(ids.iter().map(|id| id.filter(|id| !id.is_empty())).collect::<StringArray>())
            }
            Column::Account(name) => looked_up(&self.accounts, "account", name)?,
            Column::Usage("vcpu") => cast(&looked_up(&self.usages, "usage", "vcpu")?, &DataType::Int32)?,
            Column::Usage(name) => looked_up(&self.usages, "usage", name)?,
            Column::Amount(name) => Arc::clone(own(name)?),
            Column::LineItems => Arc::clone(own("line_items")?),
            Column::Day => Arc::new(own("time")?.as_primitive::<Int32Type>().iter().collect::<Date32Array>()),
            Column::Hour => {
                let hours = own("time")?.as_primitive::<Int32Type>().iter();
                let instants = hours.map(|hour| hour.map(|hour| i64::from(hour) * 3_600_000));
                Arc::new(instants.collect::<TimestampMillisecondArray>().with_timezone("UTC"))
            }
            Column::Month => {
                let months = self.accounts.column_by_name("month").ok_or_else(|| missing("month"))?;
                let days = months.as_string::<i32>().iter().map(|text| Some(text?.parse::<Month>().ok()?.to_date32()));
                let days: Date32Array = days.collect();
                let codes: &Int32Array = own("account")?.as_primitive();
                take(&days, codes, None)?
            }
        })
    }
}

impl Iterator for Reading {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let cells = self.cells.next()?;
        Some(cells.and_then(|cells| self.build(&cells)))
    }
}

fn missing(name: &str) -> Error {
    Error::runtime(format!("a rollup lacks its column {name}"))
}
