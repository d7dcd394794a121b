//! Rows for the tests of this stage and of those downstream.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::{normalize::UsageKind, rollup::UsageRow, terms::Verdict};

/// Returns the amount.
pub(crate) fn usd(text: &str) -> Decimal {
    Decimal::from_str(text).unwrap()
}

/// Returns the instant, as the fields of rows hold it.
#[expect(clippy::unnecessary_wraps, reason = "the fields of rows are optional")]
pub(crate) fn at(text: &str) -> Option<DateTime<Utc>> {
    Some(text.parse().unwrap())
}

/// Returns a row of one line item without cost.
pub(crate) fn row(month: &str, product_code: &str, charge_type: &str) -> UsageRow {
    UsageRow {
        month: month.parse().unwrap(),
        payer_account_id: Some("111122223333".to_owned()),
        account_id: Some("111122223333".to_owned()),
        account_name: None,
        region: Some("us-east-1".to_owned()),
        product_code: product_code.to_owned(),
        charge_type: charge_type.to_owned(),
        purchase_option: None,
        usage_kind: UsageKind::Other,
        instance_type: None,
        architecture: None,
        vcpu: None,
        operating_system: None,
        database_engine: None,
        deployment_option: None,
        tenancy: None,
        licensed_software: None,
        price_variant: None,
        public_rate: None,
        currency: "USD".to_owned(),
        verdict: Verdict::NotApplicable,
        reason: None,
        line_items: 1,
        usage_amount: Decimal::ZERO,
        unblended_cost: Decimal::ZERO,
        amortized_cost: Decimal::ZERO,
        net_unblended_cost: None,
        net_amortized_cost: None,
        list_cost: None,
        upfront_cost: Decimal::ZERO,
        amortized_upfront: Some(Decimal::ZERO),
        usage_through: None,
        any_usage_through: None,
    }
}

/// Returns a row of on-demand Linux hours of an EC2 type in us-east-1.
pub(crate) fn hours(instance_type: &str, hours: &str) -> UsageRow {
    use crate::terms::{Architecture, PurchaseOption};
    UsageRow {
        usage_kind: UsageKind::InstanceHours,
        instance_type: Some(instance_type.to_owned()),
        architecture: Some(Architecture::X86),
        vcpu: Some(2),
        operating_system: Some("Linux".to_owned()),
        tenancy: Some("Shared".to_owned()),
        price_variant: Some("Linux".to_owned()),
        purchase_option: Some(PurchaseOption::OnDemand),
        usage_amount: usd(hours),
        ..row("2024-01", "AmazonEC2", "Usage")
    }
}
