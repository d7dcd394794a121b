//! An Excel workbook of one sheet: typed cells, a frozen header, text that never is a formula.

use arrow::{
    array::{Array, AsArray, RecordBatch},
    compute::cast,
    datatypes::{DataType, Date32Type, Decimal128Type, SchemaRef, TimeUnit, TimestampMillisecondType},
};
use rust_xlsxwriter::{Format, Workbook, Worksheet};

use super::{Cell, Out, Sink, failed};
use crate::{
    error::{Error, Result},
    report::{
        guard::{self, DAYS_BEFORE_1970},
        workbook::{self, cell::failed as wrong},
    },
};

/// Rows of a sheet beside the header.
const MOST_ROWS: u32 = guard::MOST_ROWS - 1;

/// Milliseconds of a day.
const DAY_MILLIS: i32 = 86_400_000;
const DAY: i64 = DAY_MILLIS as i64;

/// A sheet being written.
pub(super) struct Sheet<'w> {
    workbook: Workbook,
    rows: u32,
    formats: Vec<Format>,
    out: Out<'w>,
}

impl<'w> Sheet<'w> {
    pub(super) fn begin(schema: &SchemaRef, out: Out<'w>) -> Result<Self> {
        let mut workbook = workbook::cell::workbook()?;
        let sheet = workbook.add_worksheet_with_constant_memory().map_err(|error| wrong(&error))?;
        sheet.set_name("result").map_err(|error| wrong(&error))?;
        sheet.set_freeze_panes(1, 0).map_err(|error| wrong(&error))?;
        let bold = Format::new().set_bold();
        let mut formats = Vec::new();
        for (at, field) in (0u16..).zip(schema.fields()) {
            let width = u32::try_from(field.name().chars().count()).unwrap_or(u32::MAX).clamp(12, 40);
            sheet.set_column_width(at, width + 2).map_err(|error| wrong(&error))?;
            sheet.write_string_with_format(0, at, field.name(), &bold).map_err(|error| wrong(&error))?;
            formats.push(Format::new().set_num_format(match field.data_type() {
                DataType::Date32 => "yyyy-mm-dd",
                DataType::Timestamp(..) => "yyyy-mm-dd hh:mm:ss",
                DataType::Decimal128(..) => "#,##0.00##########",
                _ => "General",
            }));
        }
        Ok(Self { workbook, rows: 0, formats, out })
    }
}

impl Sink for Sheet<'_> {
    fn batch(&mut self, batch: &RecordBatch) -> Result<()> {
        let sheet = self.workbook.worksheet_from_index(0).map_err(|error| wrong(&error))?;
        for row in 0..batch.num_rows() {
            self.rows += 1;
            if self.rows > MOST_ROWS {
                return Err(Error::usage(format!("the result has more than the {MOST_ROWS} rows of an Excel sheet"))
                    .hint("write it as csv or parquet, or ask for fewer rows"));
            }
            for ((at, column), format) in (0u16..).zip(batch.columns()).zip(&self.formats) {
                if column.is_valid(row) {
                    write(sheet, (self.rows, at), column.as_ref(), row, format)?;
                }
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        let bytes = self.workbook.save_to_buffer().map_err(|error| wrong(&error))?;
        self.out.write_all(&bytes).map_err(|error| failed(&error))
    }
}

fn write(sheet: &mut Worksheet, at: (u32, u16), column: &dyn Array, row: usize, format: &Format) -> Result<()> {
    let number = match column.data_type() {
        DataType::Date32 => {
            Some(f64::from(column.as_primitive::<Date32Type>().value(row)) + f64::from(DAYS_BEFORE_1970))
        }
        DataType::Timestamp(..) => {
            let millis = cast(column.slice(row, 1).as_ref(), &DataType::Timestamp(TimeUnit::Millisecond, None))?;
            let millis = millis.as_primitive::<TimestampMillisecondType>().value(0);
            let (days, millis) = (millis.div_euclid(DAY), millis.rem_euclid(DAY));
            let part = f64::from(i32::try_from(millis).unwrap_or(0)) / f64::from(DAY_MILLIS);
            Some(f64::from(i32::try_from(days).unwrap_or(0)) + part + f64::from(DAYS_BEFORE_1970))
        }
        // A spreadsheet counts in doubles: the nearest one to the exact amount.
        DataType::Decimal128(..) => column.as_primitive::<Decimal128Type>().value_as_string(row).parse().ok(),
        _ => match Cell::of(column, row)? {
            Cell::Number(number) => number.as_f64(),
            Cell::Flag(flag) => {
                return sheet.write_boolean(at.0, at.1, flag).map(|_| ()).map_err(|error| wrong(&error));
            }
            _ => None,
        },
    };
    let Some(number) = number else {
        return workbook::cell::text(sheet, at, &Cell::of(column, row)?.plain(), &Format::default()).map(|_| ());
    };
    sheet.write_number_with_format(at.0, at.1, number, format).map(|_| ()).map_err(|error| wrong(&error))
}
