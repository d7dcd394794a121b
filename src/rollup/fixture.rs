//! Rows for the tests of this stage and of those downstream.

use std::{str::FromStr, sync::Arc};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::{UsageKey, UsageRow};
use crate::{
    normalize::{Commitment, UsageKind},
    terms::{Architecture, CommitmentKind, PurchaseOption},
};

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
    let usage = UsageKey {
        region: Some("us-east-1".into()),
        product_code: product_code.into(),
        charge_type: charge_type.into(),
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
        meter: None,
        is_spot: false,
        engine_version: None,
        commitment: None,
        currency: "USD".into(),
    };
    UsageRow {
        month: month.parse().unwrap(),
        payer_account_id: Some("111122223333".into()),
        account_id: Some("111122223333".into()),
        account_name: None,
        tags: Arc::default(),
        usage: Arc::new(usage),
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

/// Returns a commitment from 2024 to 2025.
pub(crate) fn commitment(kind: CommitmentKind, arn: &str) -> Commitment {
    let millis = |text| at(text).map(|instant| instant.timestamp_millis());
    Commitment {
        kind,
        arn: arn.to_owned(),
        offering: None,
        term: Some("1yr".to_owned()),
        payment: Some("No Upfront".to_owned()),
        region: None,
        family: None,
        start: millis("2024-01-01T00:00:00Z"),
        end: millis("2024-12-31T23:59:59Z"),
    }
}

/// Returns a row of on-demand Linux hours of an EC2 type in us-east-1.
pub(crate) fn hours(instance_type: &str, hours: &str) -> UsageRow {
    let mut row = row("2024-01", "AmazonEC2", "Usage");
    row.usage_kind = UsageKind::InstanceHours;
    row.instance_type = Some(instance_type.into());
    row.architecture = Some(Architecture::X86);
    row.vcpu = Some(2);
    row.operating_system = Some("Linux".into());
    row.tenancy = Some("Shared".into());
    row.price_variant = Some("Linux".into());
    row.purchase_option = Some(PurchaseOption::OnDemand);
    row.usage_amount = usd(hours);
    row
}
