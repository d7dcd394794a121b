//! What a line item is paid for: the one cause that it counts under.

use rust_decimal::Decimal;

use crate::{rollup::UsageRow, terms::PurchaseOption};

/// Why money is on the bill; each line item has exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// Usage at the public or private rate.
    OnDemandUsage,
    /// Usage at the Spot price.
    SpotUsage,
    /// Usage that Reserved Instances cover.
    ReservedUsage,
    /// Fees of Reserved Instances: unblended the fee, amortised its unused part.
    ReservedFees,
    /// Usage that Savings Plans cover: unblended at the on-demand rate, amortised at the plan's.
    PlanUsage,
    /// Takes the on-demand cost of covered usage back.
    PlanNegation,
    /// Fees of Savings Plans: unblended the commitment, amortised its unused part.
    PlanFees,
    /// Cash for commitments in advance, and refunds of it.
    Upfront,
    /// AWS Support.
    Support,
    /// Products of AWS Marketplace.
    Marketplace,
    /// Other one-off and monthly fees.
    OtherFees,
    /// Discounts that come as rows.
    Discounts,
    /// Credits.
    Credits,
    /// Refunds of anything but an upfront payment.
    Refunds,
    /// Tax.
    Tax,
    /// Line item types that this version has no rule for; they count as they are.
    Other,
}

impl Cause {
    /// Returns the word for it in CSV and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnDemandUsage => "on_demand_usage",
            Self::SpotUsage => "spot_usage",
            Self::ReservedUsage => "reserved_usage",
            Self::ReservedFees => "reserved_fees",
            Self::PlanUsage => "savings_plan_usage",
            Self::PlanNegation => "savings_plan_negation",
            Self::PlanFees => "savings_plan_fees",
            Self::Upfront => "upfront",
            Self::Support => "support",
            Self::Marketplace => "marketplace",
            Self::OtherFees => "other_fees",
            Self::Discounts => "discounts",
            Self::Credits => "credits",
            Self::Refunds => "refunds",
            Self::Tax => "tax",
            Self::Other => "other",
        }
    }

    /// Returns the words for it on a page.
    pub fn label(self) -> &'static str {
        match self {
            Self::OnDemandUsage => "on-demand usage",
            Self::SpotUsage => "Spot usage",
            Self::ReservedUsage => "usage under Reserved Instances",
            Self::ReservedFees => "Reserved Instance fees",
            Self::PlanUsage => "usage under Savings Plans",
            Self::PlanNegation => "Savings Plan negation",
            Self::PlanFees => "Savings Plan fees",
            Self::Upfront => "upfront payments",
            Self::Support => "AWS Support",
            Self::Marketplace => "AWS Marketplace",
            Self::OtherFees => "other fees",
            Self::Discounts => "discounts",
            Self::Credits => "credits",
            Self::Refunds => "refunds",
            Self::Tax => "tax",
            Self::Other => "other types",
        }
    }

    /// Returns the cause of a row, all of whose line items share it.
    pub fn of(row: &UsageRow) -> Self {
        let upfront = !row.upfront_cost.is_zero();
        match &*row.charge_type {
            "Tax" => Self::Tax,
            "Credit" => Self::Credits,
            "SavingsPlanUpfrontFee" => Self::Upfront,
            "Fee" | "Refund" if upfront => Self::Upfront,
            "Refund" => Self::Refunds,
            "DiscountedUsage" => Self::ReservedUsage,
            "RIFee" => Self::ReservedFees,
            "SavingsPlanCoveredUsage" => Self::PlanUsage,
            "SavingsPlanNegation" => Self::PlanNegation,
            "SavingsPlanRecurringFee" => Self::PlanFees,
            "EdpDiscount"
            | "PrivateRateDiscount"
            | "BundledDiscount"
            | "Discount"
            | "RiVolumeDiscount"
            | "SppDiscount" => Self::Discounts,
            "Usage" | "Fee" if is_marketplace(&row.product_code) => Self::Marketplace,
            "Usage" | "Fee" if row.product_code.starts_with("AWSSupport") => Self::Support,
            "Usage" if row.purchase_option == Some(PurchaseOption::Spot) => Self::SpotUsage,
            "Usage" => Self::OnDemandUsage,
            "Fee" => Self::OtherFees,
            _ => Self::Other,
        }
    }
}

/// Splits a row of the rollup that holds upfront payments and other money, such as two kinds of fees of one product.
///
/// The upfront part takes its cash with it: it has no amortised cost. Counts and the other bases stay with the rest.
pub(super) fn parts(row: &UsageRow) -> Vec<std::borrow::Cow<'_, UsageRow>> {
    use std::borrow::Cow;
    if row.upfront_cost.is_zero() || row.upfront_cost == row.unblended_cost {
        return vec![Cow::Borrowed(row)];
    }
    let mut upfront = row.clone();
    upfront.line_items = 0;
    upfront.unblended_cost = row.upfront_cost;
    upfront.amortized_cost = Decimal::ZERO;
    upfront.net_unblended_cost = None;
    upfront.net_amortized_cost = None;
    upfront.list_cost = None;
    let mut rest = row.clone();
    rest.unblended_cost -= row.upfront_cost;
    rest.upfront_cost = Decimal::ZERO;
    vec![Cow::Owned(upfront), Cow::Owned(rest)]
}

/// Tells a product of AWS Marketplace by its code: long, lower case, with digits, where AWS's own are names.
pub(super) fn is_marketplace(product_code: &str) -> bool {
    product_code.len() >= 20
        && product_code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        && product_code.bytes().any(|byte| byte.is_ascii_digit())
}
