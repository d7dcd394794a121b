//! All that a verdict depends on, whether it comes from a line item or from a row of the rollup.

use rust_decimal::Decimal;

use crate::{
    normalize::{LineType, Usage, UsageKind, service_of},
    rollup::UsageRow,
    terms::{Architecture, PurchaseOption, Service},
};

/// What a verdict depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Workload<'a> {
    /// Compute service, when it is one that this version analyses.
    pub service: Option<Service>,
    /// Kind of usage.
    pub kind: UsageKind,
    /// Line item type.
    pub line_type: LineType,
    /// AWS region code.
    pub region: Option<&'a str>,
    /// Instance type as the bill spells it.
    pub instance_type: Option<&'a str>,
    /// Instruction set, where it is known.
    pub architecture: Option<Architecture>,
    /// Operating system of EC2 usage.
    pub operating_system: Option<&'a str>,
    /// Database or cache engine.
    pub database_engine: Option<&'a str>,
    /// Shared, Dedicated, Host.
    pub tenancy: Option<&'a str>,
    /// Licensed software on the instance.
    pub licensed_software: Option<&'a str>,
    /// Variant in the price table.
    pub price_variant: Option<&'a str>,
    /// Usage type of metered compute, without region prefix.
    pub meter: Option<&'a str>,
    /// Metered usage at the Spot price.
    pub is_spot: bool,
    /// Engine version, where the bill or an inventory proves it.
    pub engine_version: Option<&'a str>,
    /// How the hours were bought.
    pub purchase_option: Option<PurchaseOption>,
    /// Public on-demand rate per hour that the bill states.
    pub public_rate: Option<Decimal>,
    /// ISO code of the bill's amounts.
    pub currency: Option<&'a str>,
}

impl<'a> From<&'a Usage> for Workload<'a> {
    fn from(usage: &'a Usage) -> Self {
        Self {
            service: usage.service,
            kind: usage.kind,
            line_type: usage.line_type,
            region: usage.region.as_deref(),
            instance_type: usage.instance_type.as_deref(),
            architecture: usage.architecture,
            operating_system: usage.operating_system.as_deref(),
            database_engine: usage.database_engine.as_deref(),
            tenancy: usage.tenancy.as_deref(),
            licensed_software: usage.licensed_software.as_deref(),
            price_variant: usage.price_variant.as_deref(),
            meter: usage.meter.as_deref(),
            is_spot: usage.is_spot,
            engine_version: None,
            purchase_option: usage.purchase_option,
            public_rate: usage.public_rate,
            currency: usage.currency.as_deref(),
        }
    }
}

impl<'a> From<&'a UsageRow> for Workload<'a> {
    fn from(row: &'a UsageRow) -> Self {
        Self {
            service: service_of(&row.product_code),
            kind: row.usage_kind,
            line_type: LineType::parse(&row.charge_type),
            region: row.region.as_deref(),
            instance_type: row.instance_type.as_deref(),
            architecture: row.architecture,
            operating_system: row.operating_system.as_deref(),
            database_engine: row.database_engine.as_deref(),
            tenancy: row.tenancy.as_deref(),
            licensed_software: row.licensed_software.as_deref(),
            price_variant: row.price_variant.as_deref(),
            meter: row.meter.as_deref(),
            is_spot: row.is_spot,
            engine_version: row.engine_version.as_deref(),
            purchase_option: row.purchase_option,
            public_rate: row.public_rate,
            currency: Some(&row.currency),
        }
    }
}
