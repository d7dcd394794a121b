//! FOCUS 1.0 and 1.2 as the columns of a Cost and Usage Report: everything behind this module is the same for both.
//!
//! In: record batches with FOCUS columns, Parquet or CSV. Out: batches with the CUR columns that were asked for; only the
//! FOCUS columns that those need are read. It neither drops nor adds a row.
//!
//! Definitions (FOCUS 1.0 and 1.2 as published by the `FinOps` Foundation; AWS's table dictionaries `FOCUS_1_0_AWS` and
//! `FOCUS_1_2_AWS`):
//!
//! | `line_items` | FOCUS | note |
//! |---|---|---|
//! | `unblended_cost` | `BilledCost` | the basis of the invoice, after every discount: with a private discount it is what CUR calls net |
//! | `amortized_cost` | `EffectiveCost` | as it stands, on every row; the purchase of a commitment has 0 there |
//! | `list_cost` | `ListCost` | 0 on purchases of commitments and on what is unused of them: the covered usage has it |
//! | `net_*` | none | FOCUS has one cost after discounts and none before |
//! | `charge_type` | `charge` | from `ChargeCategory`, `ChargeClass`, `ChargeFrequency` and `CommitmentDiscount*` |
//! | `usage_type` | `x_UsageType` (1.0), `SkuMeter` (1.2) | |
//! | `product_code` | `x_ServiceCode`, else `ServiceName` | |
//! | `usage_amount`, `pricing_unit` | `ConsumedQuantity` in `ConsumedUnit` | `PricingQuantity` in `PricingUnit` where nothing was consumed |
//! | `reservation_arn`, `savings_plan_arn` | `CommitmentDiscountId` | |
//! | instance type, system, tenancy | `SkuPriceDetails` (1.2) | else from usage type and operation |
//!
//! A Savings Plan's covered usage has no negation row in FOCUS: its `BilledCost` is 0 from the start.

mod adapter;
mod charge;
mod columns;
mod derive;
#[cfg(test)]
mod tests;

pub(crate) use adapter::{Adapter, Projection};
pub(crate) use columns::{Kind, column};

/// What every reader of a FOCUS bill has to know of its costs.
pub(crate) const AFTER_DISCOUNTS: &str =
    "FOCUS states each cost after private discounts only: unblended and amortised cost are what CUR calls net";

/// The column of tags.
pub(crate) const TAGS: &str = "Tags";

/// Returns the FOCUS column that says what a column of CUR says, where there is one.
pub(crate) fn twin(cur: &str) -> Option<&'static str> {
    match cur {
        "line_item_resource_id" => Some("ResourceId"),
        "pricing_public_on_demand_cost" => Some("ListCost"),
        "reservation_effective_cost" | "savings_plan_savings_plan_effective_cost" => Some("EffectiveCost"),
        _ => None,
    }
}
