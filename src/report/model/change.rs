//! Why the bill changed.

use rust_decimal::Decimal;
use serde::Serialize;

use crate::{
    terms::Basis,
    units::{Month, text},
};

/// Cost of a service in two months; there is a row for each basis.
#[derive(Debug, Clone, Serialize)]
pub struct ChangeRow {
    /// Cost basis.
    pub basis: Basis,
    /// AWS product code.
    pub product_code: String,
    /// Cost in the earlier month.
    #[serde(serialize_with = "text::serialize")]
    pub from_cost: Decimal,
    /// Cost in the later month.
    #[serde(serialize_with = "text::serialize")]
    pub to_cost: Decimal,
    /// Later minus earlier.
    #[serde(serialize_with = "text::serialize")]
    pub change: Decimal,
}

/// The effects on one service between two months; they add up to the change. There is a line for each basis.
#[derive(Debug, Clone, Serialize)]
pub struct BridgeLine {
    /// The earlier month.
    pub from_month: Month,
    /// The later month.
    pub to_month: Month,
    /// Cost basis.
    pub basis: Basis,
    /// AWS product code.
    pub product_code: String,
    /// More or less capacity, storage, transfer.
    #[serde(serialize_with = "text::serialize")]
    pub usage: Decimal,
    /// Another public price of the same type.
    #[serde(serialize_with = "text::serialize")]
    pub list_price: Decimal,
    /// Reserved Instances and Savings Plans.
    #[serde(serialize_with = "text::serialize")]
    pub commitment: Decimal,
    /// Arm in the place of x86.
    #[serde(serialize_with = "text::serialize")]
    pub graviton: Decimal,
    /// Other families, sizes and generations.
    #[serde(serialize_with = "text::serialize")]
    pub mix: Decimal,
    /// Credits, refunds, discounts, tax, other fees.
    #[serde(serialize_with = "text::serialize")]
    pub credits_tax_fees: Decimal,
    /// Charges for which there is no rule.
    #[serde(serialize_with = "text::serialize")]
    pub other: Decimal,
    /// Later minus earlier.
    #[serde(serialize_with = "text::serialize")]
    pub change: Decimal,
}
