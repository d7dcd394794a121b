//! The header line of a CSV file: AWS's names in the spelling of Athena, and what they say that the file is.

use std::{collections::BTreeMap, sync::Arc};

use super::{inflate::Compression, records::Records, zip};
use crate::{
    error::{Error, Kind, Result},
    source::{
        Format, PinnedReader,
        footer::parquet_error,
        listing::Object,
        schema::{self, Content},
    },
};
use parquet::arrow::async_reader::AsyncFileReader;

/// Bytes of the first request: the header line of 300 columns has some 10 KiB.
const REQUEST: u64 = 64 * 1024;

/// The first words of a gzip member and of a zip archive.
const GZIP: &[u8] = b"\x1f\x8b";
const ZIP: &[u8] = b"PK\x03\x04";

/// What the header line of a CSV file says.
#[derive(Debug, Clone)]
pub struct CsvHead {
    /// The columns, in the order of the file.
    pub columns: Arc<[CsvColumn]>,
    /// How the file is packed.
    pub compression: Compression,
}

/// A column of a CSV file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvColumn {
    /// Its name: of CUR 1 as Athena spells it, else as the file does.
    pub name: String,
    /// The fields of a record that are it, the first one that is not empty counts: Athena merges two tags of one spelling.
    pub places: Vec<usize>,
}

/// Reads the header line, and tells what the file is.
///
/// # Errors
/// When the file cannot be read or unpacked.
pub(in crate::source) async fn open(object: &Object) -> Result<(CsvHead, Content)> {
    let name = &object.name;
    let mut reader = PinnedReader::new(Arc::clone(&object.store), object.meta.clone());
    let size = object.meta.size;
    let start = reader.get_bytes(0..size.min(REQUEST)).await.map_err(|error| parquet_error(name, error))?;
    let compression = if start.starts_with(GZIP) {
        Compression::Gzip
    } else if start.starts_with(ZIP) {
        Compression::Zip(zip::only_entry(name, &mut reader, size).await?)
    } else {
        Compression::None
    };
    let mut records = Records::new(name, reader, size, compression, REQUEST);
    let is_text = records.advance().await;
    if compression == Compression::None && is_text.as_ref().is_err_and(is_damage) && !mentions_line_items(&start) {
        // Any file may be named .csv: one that is no text is no report either.
        return Ok((CsvHead { columns: Arc::from([]), compression }, Content::Other));
    }
    is_text?;
    let names = (0..records.width()).map(|index| records.field(index)).collect::<Result<Vec<&str>>>()?;
    let (columns, content) = understand(&names);
    Ok((CsvHead { columns: columns.into(), compression }, content))
}

/// Reads a column of the first record; `None` when it is absent or empty.
///
/// # Errors
/// When the first record cannot be read.
pub(in crate::source) async fn first_text(object: &Object, head: &CsvHead, column: &str) -> Result<Option<String>> {
    let Some(column) = head.columns.iter().find(|known| known.name == column) else { return Ok(None) };
    let reader = PinnedReader::new(Arc::clone(&object.store), object.meta.clone());
    let mut records = Records::new(&object.name, reader, object.meta.size, head.compression, REQUEST);
    if !records.advance().await? || !records.advance().await? {
        return Ok(None);
    }
    for &place in &column.places {
        let text = records.field(place)?.trim();
        if !text.is_empty() {
            return Ok(Some(text.to_owned()));
        }
    }
    Ok(None)
}

/// Tells whether the bytes are to blame, and not the way to them.
fn is_damage(error: &Error) -> bool {
    error.kind() == Kind::Incomplete
}

/// Tells whether bytes that are no header line may once have been that of a report.
fn mentions_line_items(start: &[u8]) -> bool {
    let text = String::from_utf8_lossy(start);
    ["lineItem/", "line_item_", "BilledCost"].iter().any(|words| text.contains(words))
}

/// Tells what the names of a header line are, and spells them as Athena does.
fn understand(names: &[&str]) -> (Vec<CsvColumn>, Content) {
    let mut names: Vec<&str> = names.iter().map(|name| name.trim()).collect();
    if let Some(first) = names.first_mut() {
        *first = first.trim_start_matches('\u{feff}').trim();
    }
    let slashes = names.iter().any(|name| name.starts_with("lineItem/") || name.starts_with("bill/"));
    let spelled: Vec<String> =
        names.iter().map(|name| if slashes { athena_name(name) } else { (*name).to_owned() }).collect();
    let format = if slashes { Format::Cur1Csv } else { Format::Cur2Csv };
    let content = match wrong_case(&names) {
        Some(reason) => Content::Damaged(reason),
        None => schema::content_of(&spelled, || format),
    };
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    let mut columns: Vec<CsvColumn> = Vec::with_capacity(spelled.len());
    for (place, name) in spelled.iter().enumerate() {
        if let Some(&column) = known.get(name.as_str()) {
            columns[column].places.push(place);
        } else {
            known.insert(name, columns.len());
            columns.push(CsvColumn { name: name.clone(), places: vec![place] });
        }
    }
    (columns, content)
}

/// Finds the key column of CUR 1 in another letter case.
fn wrong_case(names: &[&str]) -> Option<String> {
    const KEY: &str = "lineItem/LineItemType";
    let found = names.iter().find(|name| name.eq_ignore_ascii_case(KEY))?;
    (*found != KEY).then(|| {
        format!("has the column `{found}` where a Cost and Usage Report has `{KEY}`: only the letter case differs")
    })
}

/// Spells a name of CUR 1 as Athena does: an underscore before each capital, small letters, an underscore for
/// everything else, none twice and none at the ends.
pub(super) fn athena_name(name: &str) -> String {
    let mut spelled = String::with_capacity(name.len() + 8);
    let gap = |spelled: &mut String| {
        if !spelled.is_empty() && !spelled.ends_with('_') {
            spelled.push('_');
        }
    };
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            gap(&mut spelled);
            spelled.push(character.to_ascii_lowercase());
        } else if character.is_ascii_lowercase() || character.is_ascii_digit() {
            spelled.push(character);
        } else {
            gap(&mut spelled);
        }
    }
    spelled.truncate(spelled.trim_end_matches('_').len());
    spelled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelled_as_athena_does() {
        for (name, expected) in [
            ("lineItem/UsageAccountId", "line_item_usage_account_id"),
            ("reservation/ReservationARN", "reservation_reservation_a_r_n"),
            ("savingsPlan/SavingsPlanARN", "savings_plan_savings_plan_a_r_n"),
            ("product/region", "product_region"),
            ("product/ProductName", "product_product_name"),
            ("resourceTags/user:CostCenter", "resource_tags_user_cost_center"),
            ("resourceTags/aws:cloudformation:stack-name", "resource_tags_aws_cloudformation_stack_name"),
            ("costCategory/Charge type", "cost_category_charge_type"),
            ("resourceTags/user:__Team Name!", "resource_tags_user_team_name"),
        ] {
            assert_eq!(athena_name(name), expected);
        }
    }

    /// All names that both spellings are known of.
    #[test]
    fn the_rule_holds_for_every_known_column() {
        let path = format!("{}/../shared/cur/cur1-columns.csv", env!("CARGO_MANIFEST_DIR"));
        let Ok(text) = std::fs::read(&path) else {
            eprintln!("skipped: {path} is not there");
            return;
        };
        let mut checked = 0;
        for row in ::csv::Reader::from_reader(text.as_slice()).records() {
            let row = row.unwrap();
            if row[2].contains('/') {
                assert_eq!(athena_name(&row[2]), row[0], "{}", &row[2]);
                checked += 1;
            }
        }
        assert!(checked > 100, "only {checked} names were found");
    }

    #[test]
    fn the_header_tells_the_format() {
        let is = |names: &[&str]| understand(names).1;
        assert_eq!(is(&["\u{feff}bill/PayerAccountId", "lineItem/LineItemType"]), Content::Cur(Format::Cur1Csv));
        assert_eq!(is(&["bill_payer_account_id", "line_item_line_item_type"]), Content::Cur(Format::Cur2Csv));
        let focus = Format::FocusCsv(crate::source::FocusVersion::Untold);
        assert_eq!(is(&["BilledCost", "ChargeCategory"]), Content::Cur(focus));
        assert_eq!(is(&["a", "b"]), Content::Other);
        assert_eq!(is(&["status"]), Content::Other);
        assert!(matches!(is(&["lineitem/lineitemtype", "bill/PayerAccountId"]), Content::Damaged(_)));
        assert!(matches!(is(&["bill/BillType", "lineItem/UsageType", "lineItem/Operation"]), Content::Damaged(_)));
    }

    #[test]
    fn names_that_athena_spells_alike_are_one_column() {
        let names = ["lineItem/LineItemType", "resourceTags/user:Team", "resourceTags/user:team", "bill/BillType"];
        let columns = understand(&names).0;
        let places: Vec<(&str, &[usize])> = columns.iter().map(|c| (c.name.as_str(), c.places.as_slice())).collect();
        assert_eq!(
            places,
            [
                ("line_item_line_item_type", [0].as_slice()),
                ("resource_tags_user_team", &[1, 2]),
                ("bill_bill_type", &[3])
            ]
        );
    }
}
