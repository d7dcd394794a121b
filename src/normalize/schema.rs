//! The canonical `line_items`: its columns, their types, and which facts of the bill each one needs.

use std::sync::Arc;

use arrow::{
    array::MapFieldNames,
    datatypes::{DataType, Field as ArrowField, Fields, Schema, SchemaRef, TimeUnit},
};

use super::fields::{COST_CATEGORIES, Field, MapSpelling, TAGS, USAGE_FACTS};
use crate::units::{PRECISION, SCALE};

/// Declares the canonical columns with their spelling.
macro_rules! columns {
    ($($(#[$meta:meta])* $variant:ident => $name:literal),+ $(,)?) => {
        /// A column of `line_items`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) enum Column { $($(#[$meta])* $variant),+ }

        impl Column {
            /// All columns in table order.
            pub(crate) const ALL: &'static [Column] = &[$(Column::$variant),+];

            /// Returns the name in SQL.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Column::$variant => $name),+ }
            }
        }
    };
}

columns! {
    /// First day of the billing period.
    Month => "month",
    /// Begin of the usage, UTC.
    UsageStart => "usage_start",
    /// End of the usage, UTC.
    UsageEnd => "usage_end",
    /// Account that pays.
    PayerAccountId => "payer_account_id",
    /// Account that used it.
    AccountId => "account_id",
    /// Its name, where the bill has it.
    AccountName => "account_name",
    /// AWS region code.
    Region => "region",
    /// Availability zone.
    AvailabilityZone => "availability_zone",
    /// AWS product code.
    ProductCode => "product_code",
    /// CUR line item type.
    ChargeType => "charge_type",
    /// Usage type with its region prefix.
    UsageType => "usage_type",
    /// Operation.
    Operation => "operation",
    /// Description.
    Description => "description",
    /// Resource id or ARN.
    ResourceId => "resource_id",
    /// Quantity in `pricing_unit`.
    UsageAmount => "usage_amount",
    /// Unit of the quantity.
    PricingUnit => "pricing_unit",
    /// Instance type with its service's prefix or suffix.
    InstanceType => "instance_type",
    /// Its family.
    InstanceFamily => "instance_family",
    /// `x86_64` or `arm64` on instance hours.
    Architecture => "architecture",
    /// vCPUs of one instance.
    Vcpu => "vcpu",
    /// Operating system.
    OperatingSystem => "operating_system",
    /// Database or cache engine.
    DatabaseEngine => "database_engine",
    /// Single-AZ, Multi-AZ…
    DeploymentOption => "deployment_option",
    /// Shared, Dedicated, Host.
    Tenancy => "tenancy",
    /// How instance hours were bought.
    PurchaseOption => "purchase_option",
    /// Cash cost.
    UnblendedCost => "unblended_cost",
    /// RI and SP fees spread over the usage they cover.
    AmortizedCost => "amortized_cost",
    /// Cash cost after private discounts.
    NetUnblendedCost => "net_unblended_cost",
    /// Amortised cost after private discounts.
    NetAmortizedCost => "net_amortized_cost",
    /// Public on-demand cost.
    ListCost => "list_cost",
    /// ISO currency code.
    Currency => "currency",
    /// ARN of the Reserved Instance.
    ReservationArn => "reservation_arn",
    /// ARN of the Savings Plan.
    SavingsPlanArn => "savings_plan_arn",
    /// Cost allocation tags.
    Tags => "tags",
    /// Cost categories.
    CostCategories => "cost_categories",
    /// Bucket of the Graviton question.
    Verdict => "verdict",
    /// Why, where the verdict has a reason.
    Reason => "reason",
    /// `instance_hours`, `serverless`, `other_compute`, `other`, `no_usage`.
    UsageKind => "usage_kind",
    /// Variant in the price table.
    PriceVariant => "price_variant",
    /// Licensed software on the instance.
    LicensedSoftware => "licensed_software",
    /// Public on-demand rate per hour that the bill states.
    PublicRate => "public_rate",
    /// Cash that pays for a commitment in advance, or its refund; a part of `unblended_cost`.
    UpfrontCost => "upfront_cost",
    /// Share of an earlier upfront payment that the month carries, on the fee row; NULL where the bill lacks the column.
    AmortizedUpfront => "amortized_upfront",
    /// AWS's id of the line item, unique with `identity_time_interval` within a delivery.
    IdentityLineItemId => "identity_line_item_id",
    /// Interval of the line item as AWS writes it.
    IdentityTimeInterval => "identity_time_interval",
    /// Invoice, once AWS has closed the bill.
    InvoiceId => "invoice_id",
}

/// Every fact that the amortised formula reads.
pub(super) const AMORTIZED_FACTS: &[Field] = &[
    Field::ChargeType,
    Field::Unblended,
    Field::Description,
    Field::ReservationArn,
    Field::RiEffective,
    Field::RiUnusedUpfront,
    Field::RiUnusedRecurring,
    Field::SpEffective,
    Field::SpCommitment,
    Field::SpUsed,
    Field::Effective,
];

/// What the net variant reads beside.
pub(super) const NET_AMORTIZED_FACTS: &[Field] = &[
    Field::NetUnblended,
    Field::RiNetEffective,
    Field::RiNetUnusedUpfront,
    Field::RiNetUnusedRecurring,
    Field::SpRecurring,
    Field::SpUpfront,
    Field::SpNetEffective,
    Field::SpNetRecurring,
    Field::SpNetUpfront,
];

impl Column {
    /// Returns the Arrow type.
    pub(crate) fn data_type(self) -> DataType {
        match self {
            Self::Month => DataType::Date32,
            Self::UsageStart | Self::UsageEnd => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
            Self::Vcpu => DataType::Int32,
            Self::Tags | Self::CostCategories => map_type(),
            _ if self.is_amount() => amount_type(),
            _ => DataType::Utf8,
        }
    }

    fn is_amount(self) -> bool {
        matches!(
            self,
            Self::UsageAmount
                | Self::UnblendedCost
                | Self::AmortizedCost
                | Self::NetUnblendedCost
                | Self::NetAmortizedCost
                | Self::ListCost
                | Self::PublicRate
                | Self::UpfrontCost
                | Self::AmortizedUpfront
        )
    }

    /// Tells whether the column says the bucket of a line item, or why.
    pub(crate) fn is_bucket(self) -> bool {
        matches!(self, Self::Verdict | Self::Reason)
    }

    /// Tells whether the column comes from [`super::usage::derive`].
    pub(crate) fn is_derived(self) -> bool {
        matches!(
            self,
            Self::Region
                | Self::InstanceType
                | Self::InstanceFamily
                | Self::Architecture
                | Self::Vcpu
                | Self::OperatingSystem
                | Self::DatabaseEngine
                | Self::DeploymentOption
                | Self::Tenancy
                | Self::PurchaseOption
                | Self::Verdict
                | Self::Reason
                | Self::UsageKind
                | Self::PriceVariant
                | Self::LicensedSoftware
                | Self::PublicRate
        )
    }

    /// Returns the facts the column needs.
    pub(crate) fn inputs(self) -> Vec<Field> {
        if self.is_derived() {
            return USAGE_FACTS.to_vec();
        }
        match self {
            Self::Month => vec![Field::BillingPeriod],
            Self::UsageStart => vec![Field::UsageStart],
            Self::UsageEnd => vec![Field::UsageEnd],
            Self::PayerAccountId => vec![Field::Payer],
            Self::AccountId => vec![Field::Account],
            Self::AccountName => vec![Field::AccountName],
            Self::AvailabilityZone => vec![Field::AvailabilityZone],
            Self::ProductCode => vec![Field::ProductCode],
            Self::ChargeType => vec![Field::ChargeType],
            Self::UsageType => vec![Field::UsageType],
            Self::Operation => vec![Field::Operation],
            Self::Description => vec![Field::Description],
            Self::ResourceId => vec![Field::Resource],
            Self::UsageAmount => vec![Field::UsageAmount],
            Self::PricingUnit => vec![Field::PricingUnit],
            Self::UnblendedCost => vec![Field::Unblended],
            Self::NetUnblendedCost => vec![Field::NetUnblended],
            Self::AmortizedCost => AMORTIZED_FACTS.to_vec(),
            Self::NetAmortizedCost => [AMORTIZED_FACTS, NET_AMORTIZED_FACTS].concat(),
            Self::ListCost => vec![Field::ListCost, Field::ChargeType],
            Self::Currency => vec![Field::Currency],
            Self::UpfrontCost => {
                vec![Field::ChargeType, Field::Unblended, Field::ReservationArn, Field::Description]
            }
            Self::AmortizedUpfront => vec![Field::ChargeType, Field::RiUpfront, Field::SpUpfront],
            Self::IdentityLineItemId => vec![Field::IdentityLineItem],
            Self::IdentityTimeInterval => vec![Field::IdentityInterval],
            Self::InvoiceId => vec![Field::Invoice],
            Self::ReservationArn => vec![Field::ReservationArn],
            Self::SavingsPlanArn => vec![Field::SavingsPlanArn],
            _ => Vec::new(),
        }
    }

    /// Returns the family of columns the column is built from.
    pub(crate) fn family(self) -> Option<MapSpelling> {
        match self {
            Self::Tags => Some(TAGS),
            Self::CostCategories => Some(COST_CATEGORIES),
            _ => None,
        }
    }
}

/// Returns the Arrow type of amounts.
pub(crate) fn amount_type() -> DataType {
    DataType::Decimal128(PRECISION, i8::try_from(SCALE).unwrap_or(i8::MAX))
}

/// Returns the names inside a map column.
pub(crate) fn map_field_names() -> MapFieldNames {
    MapFieldNames { entry: "entries".to_owned(), key: "key".to_owned(), value: "value".to_owned() }
}

/// Returns the Arrow type of maps of text.
pub(crate) fn map_type() -> DataType {
    let names = map_field_names();
    let pair = Fields::from(vec![
        ArrowField::new(names.key, DataType::Utf8, false),
        ArrowField::new(names.value, DataType::Utf8, true),
    ]);
    DataType::Map(Arc::new(ArrowField::new(names.entry, DataType::Struct(pair), false)), false)
}

/// Returns the schema of `line_items`.
pub fn schema() -> SchemaRef {
    let fields: Vec<ArrowField> =
        Column::ALL.iter().map(|column| ArrowField::new(column.name(), column.data_type(), true)).collect();
    Arc::new(Schema::new(fields))
}
