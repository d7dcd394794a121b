//! The columns of CUR 2.0 in the order of the file, each with the function that takes it from a row.

use parquet::data_type::ByteArray;

use super::plan::{Account, Entries, Lease, Period, Plan};
use super::rows::{Item, Line, Row};
use super::sku::{Sku, Text, UNIT, text, word};

/// A row with all that its values come from.
pub(super) struct View<'a> {
    pub plan: &'a Plan,
    pub period: &'a Period,
    pub item: &'a Item,
    pub sku: &'a Sku,
    pub account: &'a Account,
    pub row: &'a Row,
    /// The time interval of the row.
    pub interval: &'a ByteArray,
}

impl View<'_> {
    fn lease(&self) -> Option<&Lease> {
        self.item.lease.map(|index| &self.plan.leases[index as usize])
    }

    fn is(&self, line: Line) -> bool {
        self.item.line == line
    }

    /// Tells whether the row is usage that the charge's rate applies to.
    fn rated(&self) -> bool {
        matches!(self.item.line, Line::Usage | Line::Discounted | Line::Covered | Line::Negation)
    }
}

fn begin(view: &View<'_>) -> i64 {
    view.period.first + i64::from(view.row.hour.unwrap_or(0)) * 3_600_000
}

fn end(view: &View<'_>) -> i64 {
    match view.row.hour {
        Some(hour) => view.period.first + i64::from(hour + 1) * 3_600_000,
        None => next(view) - 1_000,
    }
}

fn next(view: &View<'_>) -> i64 {
    view.period.first + i64::from(view.period.hours) * 3_600_000
}

type TextOf = fn(&View<'_>) -> Text;
type NumberOf = fn(&View<'_>) -> i64;
/// Key and value of a map.
type Entry = (ByteArray, ByteArray);
/// Entries of a map, and one more.
type EntriesOf = for<'a> fn(&View<'a>) -> (&'a [Entry], Option<Entry>);

/// Where the values of a column come from.
#[derive(Clone, Copy)]
pub(super) enum Column {
    /// Text that all rows of an item share.
    Text(TextOf),
    /// Text of the row.
    RowText(TextOf),
    /// DOUBLE, in units of 10^-10.
    Number(NumberOf),
    /// INT96, in milliseconds.
    Time(NumberOf),
    /// Map of texts that all rows of an item share.
    Map(EntriesOf),
    /// Map of doubles without entries.
    NoNumbers,
    /// Zero in each row.
    Zero,
    /// No value in any row.
    NoText,
    /// No value in any row.
    NoNumber,
}

use Column::{Map, NoNumber, NoNumbers, NoText, Number, RowText, Text as Words, Time, Zero};

fn tags<'a>(
    view: &View<'a>,
    of: fn(&'a (Entries, Entries)) -> &'a Entries,
    name: &'static str,
) -> (&'a [Entry], Option<Entry>) {
    let entries = of(&view.plan.tags[view.item.tags]);
    (entries, view.item.name.clone().map(|value| (word(name), value)))
}

fn fee(view: &View<'_>, of: fn(&Lease, &View<'_>) -> String) -> Text {
    view.lease().filter(|_| view.is(Line::ReservedFee)).and_then(|lease| text(of(lease, view)))
}

fn planned(view: &View<'_>, value: &'static str) -> Text {
    view.item.plan.as_ref().map(|_| word(value))
}

fn units(amount: i64) -> String {
    format!("{amount}.0000000000")
}

/// The columns, sorted by name as Data Exports sorts them.
pub(super) const COLUMNS: &[(&str, Column)] = &[
    ("bill_bill_type", Words(|_| Some(word("Anniversary")))),
    ("bill_billing_entity", Words(|_| Some(word("AWS")))),
    ("bill_billing_period_end_date", Time(next)),
    ("bill_billing_period_start_date", Time(|view| view.period.first)),
    ("bill_invoice_id", Words(|view| view.period.invoice.clone())),
    ("bill_invoicing_entity", Words(|_| Some(word("Amazon Web Services, Inc.")))),
    ("bill_payer_account_id", Words(|view| view.plan.accounts[0].id.clone())),
    ("bill_payer_account_name", Words(|view| view.plan.accounts[0].name.clone())),
    ("cost_category", Map(|view| (&view.account.category, None))),
    ("discount", NoNumbers),
    ("discount_bundled_discount", NoNumber),
    ("discount_total_discount", NoNumber),
    ("identity_line_item_id", Words(|view| Some(view.item.id.clone()))),
    ("identity_time_interval", RowText(|view| Some(view.interval.clone()))),
    ("line_item_availability_zone", Words(|view| view.item.zone.clone())),
    (
        "line_item_blended_cost",
        Number(|view| if view.is(Line::Discounted) { view.row.effective } else { view.row.cost }),
    ),
    ("line_item_blended_rate", Words(|view| view.sku.rate_text.clone().filter(|_| view.rated()))),
    ("line_item_currency_code", Words(|_| Some(word("USD")))),
    ("line_item_legal_entity", Words(|_| Some(word("Amazon Web Services, Inc.")))),
    (
        "line_item_line_item_description",
        Words(|view| view.item.description.clone().or_else(|| view.sku.description.clone())),
    ),
    ("line_item_line_item_type", Words(|view| Some(word(view.item.line.spelling())))),
    ("line_item_net_unblended_cost", NoNumber),
    ("line_item_net_unblended_rate", NoText),
    ("line_item_normalization_factor", Number(|view| view.sku.factor)),
    ("line_item_normalized_usage_amount", Number(|view| view.sku.factor / UNIT * view.row.usage)),
    ("line_item_operation", Words(|view| view.sku.operation.clone())),
    ("line_item_product_code", Words(|view| view.sku.product_code.clone())),
    ("line_item_resource_id", Words(|view| view.item.resource.clone())),
    ("line_item_tax_type", Words(|view| view.is(Line::Tax).then(|| word("USSalesTax")))),
    ("line_item_unblended_cost", Number(|view| view.row.cost)),
    ("line_item_unblended_rate", Words(|view| view.sku.rate_text.clone().filter(|_| view.rated()))),
    ("line_item_usage_account_id", Words(|view| view.account.id.clone())),
    ("line_item_usage_account_name", Words(|view| view.account.name.clone())),
    ("line_item_usage_amount", Number(|view| view.row.usage)),
    ("line_item_usage_end_date", Time(end)),
    ("line_item_usage_start_date", Time(begin)),
    ("line_item_usage_type", Words(|view| view.sku.usage_type.clone())),
    ("line_item_user_identifier", NoText),
    ("pricing_currency", Words(|view| view.rated().then(|| word("USD")))),
    ("pricing_lease_contract_length", Words(|view| view.lease().map(|_| word("1yr")))),
    ("pricing_offering_class", Words(|view| view.lease().map(|_| word("standard")))),
    ("pricing_public_on_demand_cost", Number(|view| view.row.list)),
    ("pricing_public_on_demand_rate", Words(|view| view.sku.rate_text.clone().filter(|_| view.rated()))),
    (
        "pricing_purchase_option",
        Words(|view| view.lease().map(|lease| word(if lease.upfront == 0 { "No Upfront" } else { "Partial Upfront" }))),
    ),
    ("pricing_rate_code", Words(|view| view.sku.rate_code.clone().filter(|_| view.rated()))),
    ("pricing_rate_id", Words(|view| view.sku.rate_id.clone())),
    (
        "pricing_term",
        Words(
            |view| {
                if view.item.lease.is_some() { Some(word("Reserved")) } else { view.rated().then(|| word("OnDemand")) }
            },
        ),
    ),
    ("pricing_unit", Words(|view| view.sku.unit.clone())),
    ("product", Map(|view| (&view.sku.product, None))),
    ("product_comment", NoText),
    ("product_fee_code", NoText),
    ("product_fee_description", NoText),
    ("product_from_location", Words(|view| view.sku.to_location.as_ref().and(view.sku.location.clone()))),
    ("product_from_location_type", Words(|view| view.sku.to_location.as_ref().map(|_| word("AWS Region")))),
    ("product_from_region_code", Words(|view| view.sku.to_location.as_ref().and(view.sku.region.clone()))),
    ("product_instance_family", Words(|view| view.sku.instance_family.clone())),
    ("product_instance_type", Words(|view| view.sku.instance_type.clone())),
    ("product_instancesku", NoText),
    ("product_location", Words(|view| view.sku.location.clone())),
    ("product_location_type", Words(|view| view.sku.location.as_ref().map(|_| word("AWS Region")))),
    ("product_operation", Words(|view| view.sku.operation.clone())),
    ("product_pricing_unit", NoText),
    ("product_product_family", Words(|view| view.sku.family.clone())),
    ("product_region_code", Words(|view| view.sku.region.clone())),
    ("product_servicecode", Words(|view| view.sku.product_code.clone())),
    ("product_sku", Words(|view| view.sku.id.clone())),
    ("product_to_location", Words(|view| view.sku.to_location.clone())),
    ("product_to_location_type", Words(|view| view.sku.to_location.as_ref().map(|_| word("AWS Region")))),
    ("product_to_region_code", Words(|view| view.sku.to_region.clone())),
    ("product_usagetype", Words(|view| view.sku.usage_type.clone())),
    ("reservation_amortized_upfront_cost_for_usage", Number(|view| view.row.upfront)),
    ("reservation_amortized_upfront_fee_for_billing_period", Number(|view| view.row.period_upfront)),
    ("reservation_availability_zone", NoText),
    ("reservation_effective_cost", Number(|view| if view.is(Line::Discounted) { view.row.effective } else { 0 })),
    ("reservation_end_time", Words(|view| fee(view, |_, _| "2025-12-31T23:59:59.000Z".to_owned()))),
    ("reservation_modification_status", Words(|view| fee(view, |_, _| "Original".to_owned()))),
    ("reservation_net_amortized_upfront_cost_for_usage", NoNumber),
    ("reservation_net_amortized_upfront_fee_for_billing_period", NoNumber),
    ("reservation_net_effective_cost", NoNumber),
    ("reservation_net_recurring_fee_for_usage", NoNumber),
    ("reservation_net_unused_amortized_upfront_fee_for_billing_period", NoNumber),
    ("reservation_net_unused_recurring_fee", NoNumber),
    ("reservation_net_upfront_value", NoNumber),
    (
        "reservation_normalized_units_per_reservation",
        Words(|view| fee(view, |_, view| units(i64::from(view.period.hours) * (view.sku.factor / UNIT)))),
    ),
    ("reservation_number_of_reservations", Words(|view| fee(view, |lease, _| lease.count.to_string()))),
    ("reservation_recurring_fee_for_usage", Number(|view| view.row.recurring)),
    ("reservation_reservation_a_r_n", Words(|view| view.lease().and_then(|lease| lease.arn.clone()))),
    ("reservation_start_time", Words(|view| fee(view, |_, _| "2025-01-01T00:00:00.000Z".to_owned()))),
    ("reservation_subscription_id", Words(|view| view.item.subscription.clone())),
    (
        "reservation_total_reserved_normalized_units",
        Words(|view| {
            fee(view, |lease, view| units(lease.count * i64::from(view.period.hours) * (view.sku.factor / UNIT)))
        }),
    ),
    (
        "reservation_total_reserved_units",
        Words(|view| fee(view, |lease, view| units(lease.count * i64::from(view.period.hours)))),
    ),
    ("reservation_units_per_reservation", Words(|view| fee(view, |_, view| units(i64::from(view.period.hours))))),
    ("reservation_unused_amortized_upfront_fee_for_billing_period", Number(|view| view.row.unused_upfront)),
    ("reservation_unused_normalized_unit_quantity", Number(|view| view.sku.factor / UNIT * view.row.unused)),
    ("reservation_unused_quantity", Number(|view| view.row.unused)),
    ("reservation_unused_recurring_fee", Number(|view| view.row.unused_recurring)),
    ("reservation_upfront_value", Number(|view| view.row.upfront_value)),
    ("resource_tags", Map(|view| tags(view, |(short, _)| short, "user_name"))),
    ("savings_plan_amortized_upfront_commitment_for_billing_period", Zero),
    ("savings_plan_end_time", Words(|view| planned(view, "2025-12-31T23:59:59.000Z"))),
    ("savings_plan_instance_type_family", NoText),
    ("savings_plan_net_amortized_upfront_commitment_for_billing_period", NoNumber),
    ("savings_plan_net_recurring_commitment_for_billing_period", NoNumber),
    ("savings_plan_net_savings_plan_effective_cost", NoNumber),
    ("savings_plan_offering_type", Words(|view| planned(view, "ComputeSavingsPlans"))),
    ("savings_plan_payment_option", Words(|view| planned(view, "No Upfront"))),
    ("savings_plan_purchase_term", Words(|view| planned(view, "1yr"))),
    ("savings_plan_recurring_commitment_for_billing_period", Number(|view| view.row.commitment)),
    ("savings_plan_region", Words(|view| planned(view, "Any"))),
    ("savings_plan_savings_plan_a_r_n", Words(|view| view.item.plan.clone())),
    (
        "savings_plan_savings_plan_effective_cost",
        Number(|view| if view.is(Line::Covered) { view.row.effective } else { 0 }),
    ),
    (
        "savings_plan_savings_plan_rate",
        Number(|view| if view.is(Line::Covered) { super::plan::plan_rate(view.sku.rate) } else { 0 }),
    ),
    ("savings_plan_start_time", Words(|view| planned(view, "2025-01-01T00:00:00.000Z"))),
    ("savings_plan_total_commitment_to_date", Number(|view| view.row.commitment)),
    ("savings_plan_used_commitment", Number(|view| view.row.used)),
    ("split_line_item_actual_usage", NoNumber),
    ("split_line_item_net_split_cost", NoNumber),
    ("split_line_item_net_unused_cost", NoNumber),
    ("split_line_item_parent_resource_id", NoText),
    ("split_line_item_public_on_demand_split_cost", NoNumber),
    ("split_line_item_public_on_demand_unused_cost", NoNumber),
    ("split_line_item_reserved_usage", NoNumber),
    ("split_line_item_split_cost", NoNumber),
    ("split_line_item_split_usage", NoNumber),
    ("split_line_item_split_usage_ratio", NoNumber),
    ("split_line_item_unused_cost", NoNumber),
    ("tags", Map(|view| tags(view, |(_, long)| long, "resourceTags/user:Name"))),
];

impl Column {
    /// Returns the type that the manifest names.
    pub(super) fn manifest_type(self) -> &'static str {
        match self {
            Number(_) | Zero | NoNumber => "double",
            Time(_) => "timestamp",
            _ => "string",
        }
    }

    /// Returns the declaration in the schema of the file.
    pub(super) fn declaration(self, name: &str) -> String {
        let map = |value: &str| {
            format!(
                "OPTIONAL GROUP {name} (MAP) {{ REPEATED GROUP key_value {{ REQUIRED BYTE_ARRAY key (UTF8); \
                 OPTIONAL {value}; }} }}"
            )
        };
        match self {
            Words(_) | RowText(_) | NoText => format!("OPTIONAL BYTE_ARRAY {name} (UTF8);"),
            Number(_) | Zero | NoNumber => format!("OPTIONAL DOUBLE {name};"),
            Time(_) => format!("OPTIONAL INT96 {name};"),
            Map(_) => map("BYTE_ARRAY value (UTF8)"),
            NoNumbers => map("DOUBLE value"),
        }
    }
}
