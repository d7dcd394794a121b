//! FOCUS exports, told by their columns: what is one, and of which version.
//!
//! AWS writes FOCUS 1.0 and 1.2 with the column names of the specification, in its letter case. A file that has most of
//! them and lacks a key column is damaged, never something else: its costs must not pass unseen.

use std::fmt;

use super::{Format, schema::Content};

/// The columns that together make a FOCUS export.
const TELLTALES: [&str; 2] = ["BilledCost", "ChargeCategory"];

/// Names that nothing but FOCUS has; three of them are no accident.
const FAMILIAR: [&str; 6] =
    ["BilledCost", "ChargeCategory", "EffectiveCost", "ChargePeriodStart", "BillingPeriodStart", "BillingAccountId"];

/// Columns that came with FOCUS 1.2.
const SINCE_1_2: [&str; 6] = [
    "InvoiceId",
    "BillingAccountType",
    "SubAccountType",
    "PricingCurrency",
    "PricingCurrencyEffectiveCost",
    "PricingCurrencyListUnitPrice",
];

/// Columns that came with FOCUS 1.1: a file with them is no 1.0, and may be a part of 1.2.
const SINCE_1_1: [&str; 5] =
    ["SkuMeter", "SkuPriceDetails", "ServiceSubcategory", "CapacityReservationId", "CommitmentDiscountQuantity"];

/// Columns of AWS's own that only its FOCUS 1.0 has.
const ONLY_1_0: [&str; 2] = ["x_UsageType", "x_CostCategories"];

/// The version of FOCUS that an export is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum FocusVersion {
    /// The columns that would tell were left out of the export.
    Untold,
    /// FOCUS 1.0.
    V1_0,
    /// FOCUS 1.2.
    V1_2,
}

impl fmt::Display for FocusVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FocusVersion::Untold => "FOCUS",
            FocusVersion::V1_0 => "FOCUS 1.0",
            FocusVersion::V1_2 => "FOCUS 1.2",
        })
    }
}

/// Tells what column names are, when they are those of a FOCUS export; `csv` says how the file is written.
pub(super) fn content(names: &[&str], csv: bool) -> Option<Content> {
    let alike = |wanted: &str| names.iter().find(|name| name.eq_ignore_ascii_case(wanted));
    let familiar = FAMILIAR.iter().filter(|name| alike(name).is_some()).count();
    if TELLTALES.iter().any(|name| alike(name).is_none()) && familiar < 3 {
        return None;
    }
    for wanted in TELLTALES {
        match alike(wanted) {
            Some(&found) if found == wanted => {}
            Some(found) => {
                return Some(Content::Damaged(format!(
                    "has the column `{found}` where a FOCUS export has `{wanted}`: only the letter case differs"
                )));
            }
            None => {
                let reason = format!("has no column `{wanted}`, though other columns of a FOCUS export");
                return Some(Content::Damaged(reason));
            }
        }
    }
    let version = version(names);
    Some(Content::Cur(if csv { Format::FocusCsv(version) } else { Format::FocusParquet(version) }))
}

fn version(names: &[&str]) -> FocusVersion {
    let has = |wanted: &[&str]| wanted.iter().any(|name| names.contains(name));
    if has(&SINCE_1_2) {
        FocusVersion::V1_2
    } else if has(&ONLY_1_0) && !has(&SINCE_1_1) {
        FocusVersion::V1_0
    } else {
        FocusVersion::Untold
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_told_by_the_columns() {
        let of = |more: &[&str]| content(&[&["BilledCost", "ChargeCategory"], more].concat(), true);
        for (more, version, shown) in [
            ([].as_slice(), FocusVersion::Untold, "FOCUS CSV"),
            (&["x_UsageType"], FocusVersion::V1_0, "FOCUS 1.0 CSV"),
            (&["InvoiceId", "SkuMeter"], FocusVersion::V1_2, "FOCUS 1.2 CSV"),
            (&["SkuMeter"], FocusVersion::Untold, "FOCUS CSV"),
        ] {
            assert_eq!(of(more), Some(Content::Cur(Format::FocusCsv(version))), "{more:?}");
            assert_eq!(Format::FocusCsv(version).to_string(), shown);
        }
        let parquet = content(&["ChargeCategory", "BilledCost", "x_CostCategories"], false);
        assert_eq!(parquet, Some(Content::Cur(Format::FocusParquet(FocusVersion::V1_0))));
        assert_eq!(Format::FocusParquet(FocusVersion::V1_0).to_string(), "FOCUS 1.0 Parquet");
    }

    #[test]
    fn a_damaged_focus_export_says_what_is_wrong() {
        let reason = |names: &[&str]| match content(names, false) {
            Some(Content::Damaged(reason)) => reason,
            other => panic!("{names:?} is {other:?}"),
        };
        let lower = reason(&["billedcost", "chargecategory"]);
        assert!(lower.contains("`billedcost` where a FOCUS export has `BilledCost`"), "{lower}");
        let without = reason(&["BilledCost", "EffectiveCost", "ChargePeriodStart"]);
        assert!(without.contains("no column `ChargeCategory`"), "{without}");
        assert_eq!(content(&["BilledCost", "EffectiveCost"], false), None);
        assert_eq!(content(&["line_item_line_item_type"], false), None);
    }
}
