//! Each CUR column that FOCUS gives: from which columns, and how.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use arrow::{
    array::{
        Array, ArrayRef, AsArray, BooleanArray, Int32Array, MapBuilder, RecordBatch, Scalar, StringArray,
        StringBuilder, StringDictionaryBuilder, new_null_array,
    },
    compute::{cast, is_not_null, kernels::zip::zip},
    datatypes::{DataType, Int32Type},
};

use super::{
    charge::{Charge, Commitment},
    columns::Kind,
};
use crate::{
    error::{Error, Result},
    normalize::{
        csv,
        fields::Shape,
        schema::{amount_type, map_field_names, map_type},
    },
};

/// A CUR column.
pub(super) struct Derived {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// The FOCUS columns that it reads; the first one gives its name in messages.
    pub of: &'static [&'static str],
    /// Whether it is there even if none of them is.
    pub always: bool,
    /// Builds it.
    pub make: fn(&FocusBatch<'_>) -> Result<ArrayRef>,
}

impl std::fmt::Debug for Derived {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

const TEXT: Kind = Kind::Plain(Shape::Text);
const AMOUNT: Kind = Kind::Plain(Shape::Amount);
const INSTANT: Kind = Kind::Plain(Shape::Instant);

/// Declares a column that is a FOCUS column under another name.
macro_rules! same {
    ($kind:expr, $cur:literal, $focus:literal) => {
        Derived { name: $cur, kind: $kind, of: &[$focus], always: false, make: |batch| Ok(batch.own($focus, $kind)) }
    };
}

/// Declares a column with a rule of its own.
macro_rules! rule {
    ($kind:expr, $cur:literal, $of:expr, $always:literal, $make:expr) => {
        Derived { name: $cur, kind: $kind, of: $of, always: $always, make: $make }
    };
}

/// What [`Charge`] reads.
const CHARGE: &[&str] = &[
    "ChargeCategory",
    "ChargeClass",
    "ChargeFrequency",
    "PricingCategory",
    "CommitmentDiscountId",
    "CommitmentDiscountStatus",
    "CommitmentDiscountType",
    "CommitmentDiscountCategory",
];

/// What the ARN of a commitment needs beside itself.
const COMMITMENT: &[&str] = &["CommitmentDiscountId", "CommitmentDiscountType", "CommitmentDiscountCategory"];

/// What the list cost needs: it counts once.
const LIST_COST: &[&str] = &[
    "ListCost",
    "ChargeCategory",
    "CommitmentDiscountId",
    "CommitmentDiscountStatus",
    "CommitmentDiscountType",
    "CommitmentDiscountCategory",
];

/// Every CUR column that FOCUS gives.
pub(super) const DERIVED: &[Derived] = &[
    same!(INSTANT, "bill_billing_period_start_date", "BillingPeriodStart"),
    same!(TEXT, "bill_payer_account_id", "BillingAccountId"),
    same!(TEXT, "line_item_usage_account_id", "SubAccountId"),
    same!(TEXT, "line_item_usage_account_name", "SubAccountName"),
    rule!(TEXT, "line_item_line_item_type", CHARGE, true, line_item_type),
    same!(INSTANT, "line_item_usage_start_date", "ChargePeriodStart"),
    same!(INSTANT, "line_item_usage_end_date", "ChargePeriodEnd"),
    rule!(TEXT, "line_item_product_code", &["x_ServiceCode", "ServiceName"], true, |batch| {
        Ok(batch.first_text(&["x_ServiceCode", "ServiceName"]))
    }),
    rule!(TEXT, "line_item_usage_type", &["x_UsageType", "SkuMeter"], true, |batch| {
        Ok(batch.first_text(&["x_UsageType", "SkuMeter"]))
    }),
    same!(TEXT, "line_item_operation", "x_Operation"),
    same!(TEXT, "line_item_availability_zone", "AvailabilityZone"),
    same!(TEXT, "line_item_resource_id", "ResourceId"),
    same!(TEXT, "line_item_line_item_description", "ChargeDescription"),
    rule!(AMOUNT, "line_item_usage_amount", &["ConsumedQuantity", "PricingQuantity"], true, quantity),
    rule!(TEXT, "pricing_unit", &["ConsumedUnit", "PricingUnit", "ConsumedQuantity"], false, unit),
    same!(TEXT, "line_item_currency_code", "BillingCurrency"),
    same!(AMOUNT, "line_item_unblended_cost", "BilledCost"),
    same!(AMOUNT, "focus_effective_cost", "EffectiveCost"),
    rule!(AMOUNT, "pricing_public_on_demand_cost", LIST_COST, false, list_cost),
    rule!(TEXT, "pricing_public_on_demand_rate", &["ListUnitPrice"], false, list_rate),
    same!(TEXT, "product_region_code", "RegionId"),
    rule!(Kind::Map, "product", &["SkuPriceDetails"], false, product),
    rule!(TEXT, "reservation_reservation_a_r_n", COMMITMENT, false, |batch| {
        Ok(arn(batch, Commitment::Reservation))
    }),
    rule!(TEXT, "savings_plan_savings_plan_a_r_n", COMMITMENT, false, |batch| {
        Ok(arn(batch, Commitment::SavingsPlan))
    }),
    same!(TEXT, "savings_plan_offering_type", "CommitmentDiscountType"),
    rule!(Kind::Map, "resource_tags", &["Tags"], false, |batch| batch.map("Tags")),
    rule!(Kind::Map, "cost_category", &["x_CostCategories"], false, |batch| batch.map("x_CostCategories")),
];

/// A batch with FOCUS columns.
pub(super) struct FocusBatch<'a> {
    batch: &'a RecordBatch,
    places: &'a BTreeMap<&'static str, usize>,
    place: &'a str,
}

impl<'a> FocusBatch<'a> {
    /// Reads the batch, whose columns stand at `places`; `place` names file and month in messages.
    pub(super) fn new(batch: &'a RecordBatch, places: &'a BTreeMap<&'static str, usize>, place: &'a str) -> Self {
        Self { batch, places, place }
    }

    fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    fn column(&self, name: &str) -> Option<&'a ArrayRef> {
        self.places.get(name).map(|&place| self.batch.column(place))
    }

    /// Returns the column as it is; null where the file lacks it.
    fn own(&self, name: &str, kind: Kind) -> ArrayRef {
        match self.column(name) {
            Some(column) => Arc::clone(column),
            None => new_null_array(&kind.data_type(), self.rows()),
        }
    }

    fn texts(&self, name: &str) -> Texts {
        self.column(name).map_or(Texts::Absent, Texts::of)
    }

    /// Returns of each row the first text that is not empty.
    fn first_text(&self, names: &[&str]) -> ArrayRef {
        let there: Vec<&str> = names.iter().copied().filter(|name| self.places.contains_key(name)).collect();
        if let [only] = there.as_slice() {
            return self.own(only, TEXT);
        }
        let texts: Vec<Texts> = there.iter().map(|name| self.texts(name)).collect();
        self.each(|row| texts.iter().find_map(|texts| texts.get(row)))
    }

    /// Builds a text of each row.
    fn each<'t>(&self, text: impl Fn(usize) -> Option<&'t str>) -> ArrayRef {
        let mut builder = StringDictionaryBuilder::<Int32Type>::new();
        for row in 0..self.rows() {
            builder.append_option(text(row));
        }
        Arc::new(builder.finish())
    }

    /// Returns a map column; texts are read as JSON.
    fn map(&self, name: &str) -> Result<ArrayRef> {
        let Some(column) = self.column(name) else { return Ok(new_null_array(&map_type(), self.rows())) };
        if matches!(column.data_type(), DataType::Map(..)) {
            return Ok(Arc::clone(column));
        }
        let texts = Texts::of(column);
        let read = csv::maps((0..self.rows()).map(|row| texts.get(row).unwrap_or_default()));
        read.map_err(|text| {
            Error::incomplete(format!("{}: {name} says \"{text}\", which is no JSON object", self.place))
                .hint("copy the file again; if AWS itself delivered it so, deliver the bill as Parquet")
        })
    }

    /// Returns the texts that tell the charges.
    fn charges(&self) -> Charges {
        Charges {
            category: self.texts("ChargeCategory"),
            class: self.texts("ChargeClass"),
            frequency: self.texts("ChargeFrequency"),
            pricing: self.texts("PricingCategory"),
            commitment_id: self.texts("CommitmentDiscountId"),
            commitment_status: self.texts("CommitmentDiscountStatus"),
            commitment_type: self.texts("CommitmentDiscountType"),
            commitment_category: self.texts("CommitmentDiscountCategory"),
        }
    }
}

/// A text column, whatever its encoding.
enum Texts {
    Absent,
    Plain(StringArray),
    Dictionary(Int32Array, StringArray),
}

impl Texts {
    fn of(column: &ArrayRef) -> Self {
        let plain = |values: &ArrayRef| cast(values, &DataType::Utf8).map(|texts| texts.as_string::<i32>().clone());
        let read = match column.as_dictionary_opt::<Int32Type>() {
            Some(dictionary) => {
                plain(dictionary.values()).map(|values| Self::Dictionary(dictionary.keys().clone(), values))
            }
            None => plain(column).map(Self::Plain),
        };
        // The adapter has checked that the column is text.
        read.unwrap_or(Self::Absent)
    }

    /// Returns the text of a row; `None` when it is absent or empty.
    fn get(&self, row: usize) -> Option<&str> {
        let (values, at) = match self {
            Self::Absent => return None,
            Self::Plain(values) => (values, row),
            Self::Dictionary(keys, _) if keys.is_null(row) => return None,
            Self::Dictionary(keys, values) => (values, usize::try_from(keys.value(row)).ok()?),
        };
        values.is_valid(at).then(|| values.value(at)).filter(|text| !text.is_empty())
    }
}

/// The texts that tell the charges of a batch.
struct Charges {
    category: Texts,
    class: Texts,
    frequency: Texts,
    pricing: Texts,
    commitment_id: Texts,
    commitment_status: Texts,
    commitment_type: Texts,
    commitment_category: Texts,
}

impl Charges {
    fn of(&self, row: usize) -> Charge<'_> {
        Charge {
            category: self.category.get(row),
            class: self.class.get(row),
            frequency: self.frequency.get(row),
            pricing: self.pricing.get(row),
            commitment_id: self.commitment_id.get(row),
            commitment_status: self.commitment_status.get(row),
            commitment_type: self.commitment_type.get(row),
            commitment_category: self.commitment_category.get(row),
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the type of a rule")]
fn line_item_type(batch: &FocusBatch<'_>) -> Result<ArrayRef> {
    let charges = batch.charges();
    Ok(batch.each(|row| charges.of(row).line_item_type()))
}

fn arn(batch: &FocusBatch<'_>, wanted: Commitment) -> ArrayRef {
    let charges = batch.charges();
    batch.each(|row| {
        let charge = charges.of(row);
        charge.commitment_id.filter(|_| charge.commitment() == Some(wanted))
    })
}

/// Returns what was consumed; what was priced where nothing was.
fn quantity(batch: &FocusBatch<'_>) -> Result<ArrayRef> {
    let (consumed, priced) = match (batch.column("ConsumedQuantity"), batch.column("PricingQuantity")) {
        (Some(consumed), Some(priced)) => (consumed, priced),
        (Some(only), None) | (None, Some(only)) => return Ok(Arc::clone(only)),
        (None, None) => return Ok(new_null_array(&amount_type(), batch.rows())),
    };
    let priced = cast(priced, consumed.data_type())?;
    Ok(zip(&is_not_null(consumed)?, consumed, &priced)?)
}

/// Returns the unit of [`quantity`].
#[expect(clippy::unnecessary_wraps, reason = "the type of a rule")]
fn unit(batch: &FocusBatch<'_>) -> Result<ArrayRef> {
    let (consumed, priced) = (batch.texts("ConsumedUnit"), batch.texts("PricingUnit"));
    let quantity = batch.column("ConsumedQuantity");
    Ok(batch.each(|row| match quantity {
        Some(quantity) if quantity.is_valid(row) => consumed.get(row),
        _ => priced.get(row),
    }))
}

fn list_cost(batch: &FocusBatch<'_>) -> Result<ArrayRef> {
    let Some(list) = batch.column("ListCost") else { return Ok(new_null_array(&amount_type(), batch.rows())) };
    let charges = batch.charges();
    let repeats: BooleanArray = (0..batch.rows()).map(|row| Some(charges.of(row).repeats_list_cost())).collect();
    let zero = Scalar::new(cast(&Int32Array::from(vec![0]), list.data_type())?);
    Ok(zip(&repeats, &zero, list)?)
}

/// Writes the rate as text, as CUR has it.
fn list_rate(batch: &FocusBatch<'_>) -> Result<ArrayRef> {
    let Some(price) = batch.column("ListUnitPrice") else { return Ok(new_null_array(&DataType::Utf8, batch.rows())) };
    Ok(cast(&cast(price, &amount_type())?, &DataType::Utf8)?)
}

/// Writes the facts of the SKU under the keys that the `product` map of CUR 2.0 has: `InstanceType` → `instance_type`.
fn product(batch: &FocusBatch<'_>) -> Result<ArrayRef> {
    let details = batch.map("SkuPriceDetails")?;
    let details = details.as_map();
    let (keys, values) = (cast(details.keys(), &DataType::Utf8)?, cast(details.values(), &DataType::Utf8)?);
    let (keys, values) = (keys.as_string::<i32>(), values.as_string::<i32>());
    let mut builder = MapBuilder::new(Some(map_field_names()), StringBuilder::new(), StringBuilder::new());
    let mut known: HashMap<&str, String> = HashMap::new();
    for row in 0..details.len() {
        if details.is_valid(row) {
            let offsets = details.value_offsets();
            let range = usize::try_from(offsets[row]).unwrap_or(0)..usize::try_from(offsets[row + 1]).unwrap_or(0);
            for entry in range {
                let key = keys.value(entry);
                builder.keys().append_value(known.entry(key).or_insert_with(|| product_key(key)));
                builder.values().append_option(values.is_valid(entry).then(|| values.value(entry)));
            }
        }
        builder.append(true)?;
    }
    Ok(Arc::new(builder.finish()))
}

/// Spells a key of `SkuPriceDetails` as CUR 2.0 does; keys that FOCUS does not define begin with `x_`.
fn product_key(key: &str) -> String {
    let mut spelled = String::with_capacity(key.len() + 4);
    for character in key.strip_prefix("x_").unwrap_or(key).chars() {
        if character.is_ascii_uppercase() && !spelled.is_empty() {
            spelled.push('_');
        }
        spelled.push(character.to_ascii_lowercase());
    }
    if spelled == "core_count" { "vcpu".to_owned() } else { spelled }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_the_product_map() {
        for (key, expected) in [
            ("InstanceType", "instance_type"),
            ("OperatingSystem", "operating_system"),
            ("CoreCount", "vcpu"),
            ("x_Tenancy", "tenancy"),
            ("x_DatabaseEngine", "database_engine"),
            ("instance_type", "instance_type"),
        ] {
            assert_eq!(product_key(key), expected);
        }
    }

    /// Each rule reads only columns that are declared.
    #[test]
    fn inputs_are_known_columns() {
        for derived in DERIVED {
            assert!(!derived.of.is_empty(), "{derived:?}");
            for name in derived.of {
                assert!(super::super::column(name).is_some(), "{derived:?}: {name}");
            }
        }
    }
}
