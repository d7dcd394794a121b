//! What a bill may say, and how CUR 1 and CUR 2.0 spell it: a table of column names and map keys. How FOCUS says it
//! stands in [`super::focus`].
//!
//! A field is looked up by its column names in order, then by its map keys. Every optional field that a file lacks
//! becomes a typed null; the five groups at the bottom tell the reader what that switches off.

/// Physical type that a field must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// UTF-8 text.
    Text,
    /// A double (decimals and integers are accepted too).
    Amount,
    /// A timestamp of any unit, read as UTC.
    Instant,
}

/// A fact about a line item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Field {
    BillingPeriod,
    Payer,
    Account,
    AccountName,
    ChargeType,
    UsageStart,
    UsageEnd,
    ProductCode,
    UsageType,
    Operation,
    AvailabilityZone,
    Resource,
    Description,
    UsageAmount,
    Currency,
    Unblended,
    NetUnblended,
    ListCost,
    ListRate,
    PricingUnit,
    Region,
    Location,
    InstanceType,
    OperatingSystem,
    Tenancy,
    DatabaseEngine,
    CacheEngine,
    DeploymentOption,
    InstalledSoftware,
    Processor,
    Vcpu,
    ReservationArn,
    RiStart,
    RiEnd,
    OfferingClass,
    LeaseLength,
    RiPayment,
    RiEffective,
    RiUnusedUpfront,
    RiUnusedRecurring,
    RiUpfront,
    RiNetEffective,
    RiNetUnusedUpfront,
    RiNetUnusedRecurring,
    SavingsPlanArn,
    SpStart,
    SpEnd,
    SpOffering,
    SpTerm,
    SpPayment,
    SpRegion,
    SpFamily,
    SpEffective,
    SpCommitment,
    SpUsed,
    SpRecurring,
    SpUpfront,
    SpNetEffective,
    SpNetRecurring,
    SpNetUpfront,
    Effective,
    IdentityLineItem,
    IdentityInterval,
    Invoice,
}

/// How one field is spelled.
pub(crate) struct Spelling {
    pub field: Field,
    pub shape: Shape,
    pub required: bool,
    /// Column names, preferred first.
    pub columns: &'static [&'static str],
    /// Keys of the CUR 2.0 `product` map.
    pub product_keys: &'static [&'static str],
}

const fn spell(field: Field, shape: Shape, required: bool, columns: &'static [&'static str]) -> Spelling {
    Spelling { field, shape, required, columns, product_keys: &[] }
}

const fn product(field: Field, columns: &'static [&'static str], product_keys: &'static [&'static str]) -> Spelling {
    Spelling { field, shape: Shape::Text, required: false, columns, product_keys }
}

use Field as F;
use Shape::{Amount, Instant, Text};

/// Every field with its spellings.
pub(crate) const SPELLINGS: &[Spelling] = &[
    spell(F::BillingPeriod, Instant, false, &["bill_billing_period_start_date"]),
    spell(F::Payer, Text, true, &["bill_payer_account_id"]),
    spell(F::Account, Text, true, &["line_item_usage_account_id"]),
    spell(F::AccountName, Text, false, &["line_item_usage_account_name"]),
    spell(F::ChargeType, Text, true, &["line_item_line_item_type"]),
    spell(F::UsageStart, Instant, true, &["line_item_usage_start_date"]),
    spell(F::UsageEnd, Instant, false, &["line_item_usage_end_date"]),
    spell(F::ProductCode, Text, true, &["line_item_product_code"]),
    spell(F::UsageType, Text, true, &["line_item_usage_type"]),
    spell(F::Operation, Text, false, &["line_item_operation"]),
    spell(F::AvailabilityZone, Text, false, &["line_item_availability_zone"]),
    spell(F::Resource, Text, false, &["line_item_resource_id"]),
    spell(F::Description, Text, false, &["line_item_line_item_description"]),
    spell(F::UsageAmount, Amount, true, &["line_item_usage_amount"]),
    spell(F::Currency, Text, true, &["line_item_currency_code"]),
    spell(F::Unblended, Amount, true, &["line_item_unblended_cost"]),
    spell(F::NetUnblended, Amount, false, &["line_item_net_unblended_cost"]),
    spell(F::ListCost, Amount, false, &["pricing_public_on_demand_cost"]),
    spell(F::ListRate, Text, false, &["pricing_public_on_demand_rate"]),
    spell(F::PricingUnit, Text, false, &["pricing_unit"]),
    product(F::Region, &["product_region_code", "product_region"], &["region_code", "region"]),
    product(F::Location, &["product_location"], &["location"]),
    product(F::InstanceType, &["product_instance_type"], &["instance_type"]),
    product(F::OperatingSystem, &["product_operating_system"], &["operating_system"]),
    product(F::Tenancy, &["product_tenancy"], &["tenancy"]),
    product(F::DatabaseEngine, &["product_database_engine"], &["database_engine"]),
    product(F::CacheEngine, &["product_cache_engine"], &["cache_engine"]),
    product(F::DeploymentOption, &["product_deployment_option"], &["deployment_option"]),
    product(F::InstalledSoftware, &["product_pre_installed_sw"], &["pre_installed_sw"]),
    product(F::Processor, &["product_physical_processor"], &["physical_processor"]),
    product(F::Vcpu, &["product_vcpu"], &["vcpu"]),
    spell(F::ReservationArn, Text, false, &["reservation_reservation_a_r_n"]),
    spell(F::RiStart, Text, false, &["reservation_start_time"]),
    spell(F::RiEnd, Text, false, &["reservation_end_time"]),
    spell(F::OfferingClass, Text, false, &["pricing_offering_class"]),
    spell(F::LeaseLength, Text, false, &["pricing_lease_contract_length"]),
    spell(F::RiPayment, Text, false, &["pricing_purchase_option"]),
    spell(F::RiEffective, Amount, false, &["reservation_effective_cost"]),
    spell(F::RiUnusedUpfront, Amount, false, &["reservation_unused_amortized_upfront_fee_for_billing_period"]),
    spell(F::RiUnusedRecurring, Amount, false, &["reservation_unused_recurring_fee"]),
    spell(F::RiUpfront, Amount, false, &["reservation_amortized_upfront_fee_for_billing_period"]),
    spell(F::RiNetEffective, Amount, false, &["reservation_net_effective_cost"]),
    spell(F::RiNetUnusedUpfront, Amount, false, &["reservation_net_unused_amortized_upfront_fee_for_billing_period"]),
    spell(F::RiNetUnusedRecurring, Amount, false, &["reservation_net_unused_recurring_fee"]),
    spell(F::SavingsPlanArn, Text, false, &["savings_plan_savings_plan_a_r_n"]),
    spell(F::SpStart, Text, false, &["savings_plan_start_time"]),
    spell(F::SpEnd, Text, false, &["savings_plan_end_time"]),
    spell(F::SpOffering, Text, false, &["savings_plan_offering_type"]),
    spell(F::SpTerm, Text, false, &["savings_plan_purchase_term"]),
    spell(F::SpPayment, Text, false, &["savings_plan_payment_option"]),
    spell(F::SpRegion, Text, false, &["savings_plan_region"]),
    spell(F::SpFamily, Text, false, &["savings_plan_instance_type_family"]),
    spell(F::SpEffective, Amount, false, &["savings_plan_savings_plan_effective_cost"]),
    spell(F::SpCommitment, Amount, false, &["savings_plan_total_commitment_to_date"]),
    spell(F::SpUsed, Amount, false, &["savings_plan_used_commitment"]),
    spell(F::SpRecurring, Amount, false, &["savings_plan_recurring_commitment_for_billing_period"]),
    spell(F::SpUpfront, Amount, false, &["savings_plan_amortized_upfront_commitment_for_billing_period"]),
    spell(F::SpNetEffective, Amount, false, &["savings_plan_net_savings_plan_effective_cost"]),
    spell(F::SpNetRecurring, Amount, false, &["savings_plan_net_recurring_commitment_for_billing_period"]),
    spell(F::SpNetUpfront, Amount, false, &["savings_plan_net_amortized_upfront_commitment_for_billing_period"]),
    // No column of CUR: the amortised cost as FOCUS states it.
    spell(F::Effective, Amount, false, &["focus_effective_cost"]),
    spell(F::IdentityLineItem, Text, false, &["identity_line_item_id"]),
    spell(F::IdentityInterval, Text, false, &["identity_time_interval"]),
    spell(F::Invoice, Text, false, &["bill_invoice_id"]),
];

/// Returns how the field is spelled.
pub(crate) fn spelling(field: Field) -> &'static Spelling {
    let found = SPELLINGS.iter().find(|spelling| spelling.field == field);
    found.unwrap_or(&SPELLINGS[0])
}

/// Every fact that [`super::usage::derive`] reads, in the order of [`super::usage::Facts`]; the commitments come last.
pub(crate) const USAGE_FACTS: [Field; 21] = [
    F::ChargeType,
    F::ProductCode,
    F::UsageType,
    F::Operation,
    F::Description,
    F::AvailabilityZone,
    F::Region,
    F::Location,
    F::InstanceType,
    F::OperatingSystem,
    F::Tenancy,
    F::DatabaseEngine,
    F::CacheEngine,
    F::DeploymentOption,
    F::InstalledSoftware,
    F::Processor,
    F::Vcpu,
    F::ListRate,
    F::Currency,
    F::ReservationArn,
    F::SavingsPlanArn,
];

/// A family of columns: the map column of CUR 2.0, and the prefix of the flat columns of CUR 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MapSpelling {
    /// Map columns, preferred first.
    pub columns: &'static [&'static str],
    /// Prefix of flat columns; the rest of the name is the key.
    pub prefix: &'static str,
}

/// Cost allocation tags.
pub(crate) const TAGS: MapSpelling = MapSpelling { columns: &["resource_tags", "tags"], prefix: "resource_tags_" };

/// Map columns that are read for codes, under the names of CUR 2.0 and FOCUS.
pub(crate) const MAPS_OF_CODES: [&str; 4] = ["product", "resource_tags", "tags", "Tags"];

/// Cost categories.
pub(crate) const COST_CATEGORIES: MapSpelling =
    MapSpelling { columns: &["cost_category", "cost_categories"], prefix: "cost_category_" };

/// The column that a bill has only with private discounts.
pub(crate) const NET_COST: &str = "line_item_net_unblended_cost";

/// Optional columns whose absence a reader has to know of: (first column, what it switches off).
pub(crate) const OPTIONAL_GROUPS: &[(&str, &str)] = &[
    ("line_item_resource_id", "resource ids: no figure by resource"),
    ("pricing_public_on_demand_cost", "public on-demand cost: list cost and coverage are unknown"),
    ("reservation_effective_cost", "Reserved Instance columns: none in use, or not exported"),
    ("savings_plan_savings_plan_effective_cost", "Savings Plan columns: none in use, or not exported"),
    (NET_COST, "net columns: no private discount in this bill, net cost is unknown"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_spelled_once() {
        for (index, spelling) in SPELLINGS.iter().enumerate() {
            assert!(!spelling.columns.is_empty());
            assert!(SPELLINGS.iter().skip(index + 1).all(|other| other.field != spelling.field));
            assert_eq!(super::spelling(spelling.field).columns, spelling.columns);
        }
    }
}
