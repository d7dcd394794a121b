//! What a file is, told by its columns alone.

use arrow::datatypes::{DataType, Schema};

use super::{Format, focus};

/// The column that every Cost and Usage Report has and nothing else does.
pub(super) const TELLTALE: &str = "line_item_line_item_type";

/// What a schema turns out to be.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum Content {
    /// A bill: a Cost and Usage Report or a FOCUS export.
    Cur(Format),
    /// A bill that cannot be read as it is, with the reason.
    Damaged(String),
    /// The READY/UPDATING flag that AWS keeps beside the Athena files.
    Status,
    /// Something else.
    Other,
}

/// Tells what the columns are.
pub(super) fn content(schema: &Schema) -> Content {
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    if names == ["status"] {
        return Content::Status;
    }
    content_of(&names, || format(schema))
}

/// Tells what column names are; `format` is that of a Cost and Usage Report among them.
pub(super) fn content_of<S: AsRef<str>>(names: &[S], format: impl Fn() -> Format) -> Content {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    let relatives = names.iter().filter(|name| **name != TELLTALE && is_cur_name(name)).count();
    if names.contains(&TELLTALE) {
        return if relatives > 0 { Content::Cur(format()) } else { Content::Other };
    }
    if let Some(name) = names.iter().find(|name| name.eq_ignore_ascii_case(TELLTALE)) {
        return Content::Damaged(format!(
            "has the column `{name}` where a Cost and Usage Report has `{TELLTALE}`: only the letter case differs"
        ));
    }
    if let Some(content) = focus::content(&names, matches!(format(), Format::Cur1Csv | Format::Cur2Csv)) {
        return content;
    }
    // Three such names are no accident: a report whose key column was dropped or renamed must not pass unseen.
    if relatives >= 3 {
        return Content::Damaged(format!(
            "has no column `{TELLTALE}`, though other columns of a Cost and Usage Report"
        ));
    }
    Content::Other
}

fn is_cur_name(name: &str) -> bool {
    name.starts_with("line_item_") || name.starts_with("bill_")
}

fn format(schema: &Schema) -> Format {
    let has = |name: &str| schema.field_with_name(name).is_ok();
    let has_map =
        |name: &str| schema.field_with_name(name).is_ok_and(|field| matches!(field.data_type(), DataType::Map(..)));
    let second = has_map("product")
        || has_map("resource_tags")
        || has("bill_payer_account_name")
        || has("line_item_usage_account_name");
    if second { Format::Cur2Parquet } else { Format::Cur1Parquet }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::datatypes::Field;

    use super::*;

    fn schema(names: &[&str]) -> Schema {
        Schema::new(names.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect::<Vec<_>>())
    }

    fn map(name: &str) -> Field {
        let entries = DataType::Struct(
            vec![Field::new("key", DataType::Utf8, false), Field::new("value", DataType::Utf8, true)].into(),
        );
        Field::new(name, DataType::Map(Arc::new(Field::new("key_value", entries, false)), false), true)
    }

    #[test]
    fn a_cur_is_known_by_its_line_item_type() {
        let flat = ["bill_payer_account_id", TELLTALE, "product_region"];
        assert_eq!(content(&schema(&flat)), Content::Cur(Format::Cur1Parquet));
        let named = ["line_item_usage_account_name", TELLTALE, "bill_bill_type"];
        assert_eq!(content(&schema(&named)), Content::Cur(Format::Cur2Parquet));
        assert_eq!(content(&schema(&[TELLTALE])), Content::Other);
    }

    #[test]
    fn map_columns_make_it_cur_2() {
        let mut fields: Vec<Field> = vec![Field::new(TELLTALE, DataType::Utf8, true)];
        fields.push(Field::new("bill_bill_type", DataType::Utf8, true));
        // A text column of that name is what some CUR 1 subsets have.
        let text = [fields.clone(), vec![Field::new("product", DataType::Utf8, true)]].concat();
        assert_eq!(content(&Schema::new(text)), Content::Cur(Format::Cur1Parquet));
        for name in ["product", "resource_tags"] {
            let with_map = [fields.clone(), vec![map(name)]].concat();
            assert_eq!(content(&Schema::new(with_map)), Content::Cur(Format::Cur2Parquet), "{name}");
        }
    }

    #[test]
    fn a_damaged_cur_says_what_is_wrong() {
        let upper = schema(&["BILL_PAYER_ACCOUNT_ID", "LINE_ITEM_LINE_ITEM_TYPE"]);
        let Content::Damaged(reason) = content(&upper) else { panic!("letter case not seen") };
        assert!(reason.contains("`LINE_ITEM_LINE_ITEM_TYPE`") && reason.contains("only the letter case"), "{reason}");
        let without = schema(&["bill_bill_type", "line_item_usage_type", "line_item_unblended_cost"]);
        let Content::Damaged(reason) = content(&without) else { panic!("missing column not seen") };
        assert!(reason.contains("no column `line_item_line_item_type`"), "{reason}");
    }

    #[test]
    fn other_files_are_told_apart() {
        let focus = content(&schema(&["BilledCost", "ChargeCategory", "x_UsageType"]));
        assert_eq!(focus, Content::Cur(Format::FocusParquet(crate::source::FocusVersion::V1_0)));
        assert_eq!(content(&schema(&["status"])), Content::Status);
        assert_eq!(content(&schema(&["status", "id"])), Content::Other);
        assert_eq!(content(&schema(&["bill_id", "amount"])), Content::Other);
    }
}
