//! Which months a query asks for, so that the files of others are not read.

use std::{collections::HashSet, sync::Arc};

use arrow::{
    array::{ArrayRef, Date32Array, RecordBatch},
    datatypes::{DataType, Field, Schema},
};
use datafusion::{
    catalog::Session,
    common::{DFSchema, DataFusionError, Result},
    logical_expr::{Expr, expr_rewriter::unnormalize_col, utils::split_conjunction},
    physical_plan::PhysicalExpr,
    scalar::ScalarValue,
};

use super::schema::Column;
use crate::units::Month;

/// Tells whether the month alone decides a condition.
pub(super) fn is_about_months(filter: &Expr) -> bool {
    let columns: HashSet<_> = filter.column_refs();
    let of_month = !columns.is_empty() && columns.iter().all(|column| column.name() == Column::Month.name());
    of_month && !filter.is_volatile()
}

/// The conditions of a query on the month.
pub(super) struct MonthFilter {
    conditions: Vec<Arc<dyn PhysicalExpr>>,
}

impl MonthFilter {
    /// Takes the conditions that the month alone decides.
    pub(super) fn new(filters: &[Expr], state: &dyn Session) -> Result<Self> {
        let schema = DFSchema::try_from(month_schema())?;
        let conditions = filters
            .iter()
            .flat_map(split_conjunction)
            .filter(|filter| is_about_months(filter))
            .map(|filter| state.create_physical_expr(unnormalize_col(filter.clone()), &schema));
        Ok(Self { conditions: conditions.collect::<Result<_>>()? })
    }

    /// Tells whether a file of the month may hold rows that are asked for; one without a known month may.
    pub(super) fn may_hold(&self, month: Option<Month>) -> Result<bool> {
        let Some(month) = month else { return Ok(true) };
        let column: ArrayRef = Arc::new(Date32Array::from(vec![month.to_date32()]));
        let row = RecordBatch::try_new(Arc::new(month_schema()), vec![column])?;
        for condition in &self.conditions {
            let holds = condition.evaluate(&row)?.into_array(1)?;
            let holds = ScalarValue::try_from_array(holds.as_ref(), 0)?;
            match holds {
                ScalarValue::Boolean(Some(true)) => {}
                ScalarValue::Boolean(_) => return Ok(false),
                other => return Err(DataFusionError::Plan(format!("a condition on the month gives {other}"))),
            }
        }
        Ok(true)
    }
}

fn month_schema() -> Schema {
    Schema::new(vec![Field::new(Column::Month.name(), DataType::Date32, true)])
}

#[cfg(test)]
mod tests {
    use crate::normalize::fixture::Read;

    const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/sample-cur/cur2");

    /// Returns the answer and how many rows were read for it.
    async fn asked(condition: &str) -> (Vec<String>, u64) {
        let read = Read::of(SAMPLE).await.unwrap();
        let sql = format!("select month, count(*) from line_items where {condition} group by month order by month");
        (read.rows(&sql).await.unwrap(), read.count.rows())
    }

    #[tokio::test]
    async fn only_the_files_of_the_months_asked_for_are_read() {
        let (all, whole) = asked("true").await;
        assert_eq!(all.len(), 10);
        let rows_of = |row: &String| row.split('|').nth(1).unwrap().parse::<u64>().unwrap();
        for (condition, months) in [
            ("month = '2024-01-01'", 8..9),
            ("month >= date '2023-12-01' and month <> '2024-01-01' and charge_type <> 'x'", 7..10),
            ("month between '2023-06-01' and '2023-07-01'", 1..3),
            ("date_part('year', month) = 2024", 8..10),
            ("month in ('2023-05-01', '2024-02-01')", 0..10),
            ("month > '2024-02-01'", 0..0),
        ] {
            let (rows, read) = asked(condition).await;
            let wanted: Vec<&String> = all[months]
                .iter()
                .filter(|row| !condition.contains("<>") || !row.starts_with("2024-01"))
                .filter(|row| !condition.contains(" in ") || row.starts_with("2023-05") || row.starts_with("2024-02"))
                .collect();
            assert_eq!(rows.iter().collect::<Vec<_>>(), wanted, "{condition}");
            assert_eq!(read, wanted.into_iter().map(rows_of).sum::<u64>(), "{condition}");
        }
        // Usage and month together decide: every file may hold such rows.
        assert_eq!(asked("month = '2024-01-01' or charge_type = 'Tax'").await.1, whole);
    }
}
