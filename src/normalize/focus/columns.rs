//! The FOCUS columns that are read, with their types, and which of them an export must have.

use arrow::datatypes::{DataType, TimeUnit};

use crate::normalize::{
    fields::Shape,
    schema::{amount_type, map_type},
};

/// Physical type that a FOCUS column must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text, an amount or an instant.
    Plain(Shape),
    /// A map of texts; JSON where the file has no maps.
    Map,
}

impl Kind {
    /// Returns the Arrow type that a CUR column of this kind has.
    pub(crate) fn data_type(self) -> DataType {
        match self {
            Kind::Map => map_type(),
            Kind::Plain(Shape::Text) => DataType::Utf8,
            Kind::Plain(Shape::Amount) => amount_type(),
            Kind::Plain(Shape::Instant) => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
        }
    }
}

/// A column of FOCUS.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FocusColumn {
    /// Its name, in the letter case of the specification.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// An export without it cannot be read.
    pub required: bool,
    /// Every row has a value (AWS: "Null value allowed: No").
    pub never_null: bool,
}

const fn text(name: &'static str) -> FocusColumn {
    FocusColumn { name, kind: Kind::Plain(Shape::Text), required: false, never_null: false }
}

const fn amount(name: &'static str) -> FocusColumn {
    FocusColumn { name, kind: Kind::Plain(Shape::Amount), required: false, never_null: false }
}

const fn instant(name: &'static str) -> FocusColumn {
    FocusColumn { name, kind: Kind::Plain(Shape::Instant), required: false, never_null: false }
}

const fn map(name: &'static str) -> FocusColumn {
    FocusColumn { name, kind: Kind::Map, required: false, never_null: false }
}

const fn required(column: FocusColumn) -> FocusColumn {
    FocusColumn { required: true, ..column }
}

const fn cost(name: &'static str) -> FocusColumn {
    FocusColumn { required: true, never_null: true, ..amount(name) }
}

/// Every FOCUS column that is read.
pub(super) const COLUMNS: &[FocusColumn] = &[
    cost("BilledCost"),
    cost("EffectiveCost"),
    amount("ListCost"),
    amount("ListUnitPrice"),
    amount("ConsumedQuantity"),
    amount("PricingQuantity"),
    text("ConsumedUnit"),
    text("PricingUnit"),
    text("PricingCategory"),
    required(instant("BillingPeriodStart")),
    required(instant("ChargePeriodStart")),
    instant("ChargePeriodEnd"),
    required(text("ChargeCategory")),
    text("ChargeClass"),
    text("ChargeFrequency"),
    text("ChargeDescription"),
    text("CommitmentDiscountCategory"),
    text("CommitmentDiscountId"),
    text("CommitmentDiscountStatus"),
    text("CommitmentDiscountType"),
    required(text("BillingAccountId")),
    required(text("BillingCurrency")),
    required(text("SubAccountId")),
    text("SubAccountName"),
    text("x_ServiceCode"),
    text("ServiceName"),
    text("x_UsageType"),
    text("SkuMeter"),
    text("x_Operation"),
    text("RegionId"),
    text("AvailabilityZone"),
    text("ResourceId"),
    map("SkuPriceDetails"),
    map("Tags"),
    map("x_CostCategories"),
];

/// The columns of which an export must have one: what was charged for.
pub(super) const SERVICE: [&str; 2] = ["x_ServiceCode", "ServiceName"];

/// Finds a column by its name.
pub(crate) fn column(name: &str) -> Option<&'static FocusColumn> {
    COLUMNS.iter().find(|column| column.name == name)
}
