//! The columns that both formats share, each with the function that takes it from a line.
//!
//! A value may be missing; CUR 1 then writes an empty text or 0.0, CUR 2.0 a null.

use std::rc::Rc;

use chrono::{DateTime, NaiveDate, SecondsFormat};
use rust_decimal::Decimal;

use super::bill::Period;
use super::commitments::anniversary;
use super::ids::Ids;
use super::lines::{Item, Lease, Line, Plan, Split, millis};
use super::story::Account;

/// Physical kind of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// UTF-8.
    Text,
    /// DOUBLE.
    Number,
    /// Milliseconds, UTC.
    Time,
}

/// A value of a line.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// A text that is not empty.
    Text(String),
    /// A number.
    Number(Decimal),
    /// Milliseconds since 1970.
    Time(i64),
    /// Nothing.
    Missing,
}

/// Takes the value of a column from a line.
type Getter = Box<dyn Fn(&Line) -> Value>;

/// A column: its name, its kind, and where its values come from.
pub(super) struct Column {
    /// Name in the file.
    pub name: String,
    /// Physical kind.
    pub kind: Kind,
    /// Takes the value from a line.
    pub get: Getter,
}

/// Builds a text column; an empty text is a missing one.
pub(super) fn text(name: &str, get: impl Fn(&Line) -> String + 'static) -> Column {
    let get = move |line: &Line| Some(get(line)).filter(|text| !text.is_empty()).map_or(Value::Missing, Value::Text);
    Column { name: name.to_owned(), kind: Kind::Text, get: Box::new(get) }
}

/// Builds a number column.
pub(super) fn number(name: &str, get: impl Fn(&Line) -> Decimal + 'static) -> Column {
    Column { name: name.to_owned(), kind: Kind::Number, get: Box::new(move |line| Value::Number(get(line))) }
}

/// Builds a number column that not every line has.
pub(super) fn optional(name: &str, get: impl Fn(&Line) -> Option<Decimal> + 'static) -> Column {
    let get = move |line: &Line| get(line).map_or(Value::Missing, Value::Number);
    Column { name: name.to_owned(), kind: Kind::Number, get: Box::new(get) }
}

/// Builds a time column.
pub(super) fn time(name: &str, get: impl Fn(&Line) -> i64 + 'static) -> Column {
    Column { name: name.to_owned(), kind: Kind::Time, get: Box::new(move |line| Value::Time(get(line))) }
}

/// Builds the column of a product attribute.
pub(super) fn product(name: &str, key: &'static str) -> Column {
    text(name, move |line| line.item.product.get(key).cloned().unwrap_or_default())
}

/// Returns the account of the line.
pub(super) fn account(item: &Item) -> Account {
    item.account.unwrap_or(Account::Payer)
}

/// Writes an instant as the bill does.
fn instant(millis: i64) -> String {
    DateTime::from_timestamp_millis(millis).map_or_else(String::new, |at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// Writes the beginning of a commitment.
fn begins(since: NaiveDate) -> String {
    format!("{since}T00:00:00.000Z")
}

/// Writes the end of a commitment.
fn ends(since: NaiveDate) -> String {
    format!("{}T23:59:59.000Z", anniversary(since))
}

/// Writes an amount of reserved units.
fn units(amount: Decimal) -> String {
    format!("{amount:.10}")
}

/// Returns `identity_*` and `bill_*`.
pub(super) fn identity_and_bill(ids: Ids, period: &Period) -> Vec<Column> {
    let (first, next) = (millis(period.first), millis(period.month.next().first_day()));
    // The invoice exists once the month is closed.
    let invoice = if period.is_final() { ids.digits(&format!("invoice {}", period.month), 10) } else { String::new() };
    vec![
        text("identity_line_item_id", move |line| ids.line_item(&line.item.key)),
        text("identity_time_interval", |line| format!("{}/{}", instant(line.start), instant(line.end))),
        text("bill_invoice_id", move |_| invoice.clone()),
        text("bill_invoicing_entity", |_| "Amazon Web Services, Inc.".to_owned()),
        text("bill_billing_entity", |line| if line.item.marketplace { "AWS Marketplace" } else { "AWS" }.to_owned()),
        text("bill_bill_type", |_| "Anniversary".to_owned()),
        text("bill_payer_account_id", |_| Account::Payer.id().to_owned()),
        time("bill_billing_period_start_date", move |_| first),
        time("bill_billing_period_end_date", move |_| next),
    ]
}

/// Returns `line_item_*`.
pub(super) fn line_item() -> Vec<Column> {
    let blended = |line: &Line| if line.item.line_type == "DiscountedUsage" { line.effective } else { line.cost };
    vec![
        text("line_item_usage_account_id", |line| account(&line.item).id().to_owned()),
        text("line_item_line_item_type", |line| line.item.line_type.to_owned()),
        time("line_item_usage_start_date", |line| line.start),
        time("line_item_usage_end_date", |line| line.end),
        text("line_item_product_code", |line| line.item.product_code.clone()),
        text("line_item_usage_type", |line| line.item.usage_type.clone()),
        text("line_item_operation", |line| line.item.operation.clone()),
        text("line_item_availability_zone", |line| line.item.zone.clone()),
        text("line_item_resource_id", |line| line.item.resource.clone()),
        number("line_item_usage_amount", |line| line.usage),
        number("line_item_normalization_factor", |line| line.item.factor),
        number("line_item_normalized_usage_amount", |line| line.item.factor * line.usage),
        text("line_item_currency_code", |_| "USD".to_owned()),
        text("line_item_unblended_rate", |line| line.item.rate.clone()),
        number("line_item_unblended_cost", |line| line.cost),
        text("line_item_blended_rate", |line| line.item.rate.clone()),
        number("line_item_blended_cost", blended),
        text("line_item_line_item_description", |line| line.item.description.clone()),
        text("line_item_tax_type", |line| line.item.tax_type.to_owned()),
        text("line_item_legal_entity", |line| {
            if line.item.marketplace { "Example Monitor, Inc." } else { "Amazon Web Services, Inc." }.to_owned()
        }),
    ]
}

/// Returns `pricing_*`.
pub(super) fn pricing(ids: Ids) -> Vec<Column> {
    let reserved = |of: &'static str| move |line: &Line| if line.item.term == "Reserved" { of } else { "" }.to_owned();
    vec![
        text("pricing_currency", |line| if line.item.rate.is_empty() { "" } else { "USD" }.to_owned()),
        text("pricing_lease_contract_length", reserved("1yr")),
        text("pricing_offering_class", reserved("standard")),
        text("pricing_purchase_option", reserved("No Upfront")),
        number("pricing_public_on_demand_cost", |line| line.list),
        text("pricing_public_on_demand_rate", |line| line.item.list_rate.clone()),
        text("pricing_rate_code", |line| match line.item.product.get("sku") {
            Some(sku) if line.item.term == "OnDemand" => format!("{sku}.JRTCKXETXF.6YS6EN2CT7"),
            _ => String::new(),
        }),
        text("pricing_rate_id", move |line| {
            if line.item.rate.is_empty() { String::new() } else { ids.digits(&format!("rate {}", line.item.rate), 12) }
        }),
        text("pricing_term", |line| line.item.term.to_owned()),
        text("pricing_unit", |line| line.item.unit.to_owned()),
    ]
}

/// Returns the subscription id, which plain usage carries as well.
pub(super) fn subscription(ids: Ids) -> Column {
    text("reservation_subscription_id", move |line| match &line.item.lease {
        Some(lease) => lease.subscription.clone(),
        None if line.item.line_type == "Usage" => {
            ids.digits(&format!("account subscription {} {}", account(&line.item).id(), line.item.product_code), 10)
        }
        None => String::new(),
    })
}

/// Returns `reservation_*` without the subscription id.
pub(super) fn reservation() -> Vec<Column> {
    let of_usage = |line: &Line| if line.item.line_type == "DiscountedUsage" { line.effective } else { Decimal::ZERO };
    let fee = |name: &str, get: fn(&Lease, &Line) -> String| {
        text(name, move |line| match &line.item.lease {
            Some(lease) if line.item.line_type == "RIFee" => get(lease, line),
            _ => String::new(),
        })
    };
    let nothing = |name: &str| number(name, |_| Decimal::ZERO);
    vec![
        nothing("reservation_amortized_upfront_cost_for_usage"),
        nothing("reservation_amortized_upfront_fee_for_billing_period"),
        text("reservation_availability_zone", |_| String::new()),
        number("reservation_effective_cost", of_usage),
        fee("reservation_end_time", |lease, _| ends(lease.since)),
        fee("reservation_modification_status", |_, _| "Original".to_owned()),
        fee("reservation_normalized_units_per_reservation", |lease, line| {
            units(line.usage / Decimal::from(lease.count) * lease.factor)
        }),
        fee("reservation_number_of_reservations", |lease, _| lease.count.to_string()),
        number("reservation_recurring_fee_for_usage", of_usage),
        text("reservation_reservation_a_r_n", |line| {
            line.item.lease.as_ref().map_or_else(String::new, |lease| lease.arn.clone())
        }),
        fee("reservation_start_time", |lease, _| begins(lease.since)),
        fee("reservation_total_reserved_normalized_units", |lease, line| units(line.usage * lease.factor)),
        fee("reservation_total_reserved_units", |_, line| units(line.usage)),
        fee("reservation_units_per_reservation", |lease, line| units(line.usage / Decimal::from(lease.count))),
        nothing("reservation_unused_amortized_upfront_fee_for_billing_period"),
        nothing("reservation_unused_normalized_unit_quantity"),
        nothing("reservation_unused_quantity"),
        nothing("reservation_unused_recurring_fee"),
        nothing("reservation_upfront_value"),
    ]
}

/// Returns the `savings_plan_*` columns that every report has.
pub(super) fn savings_plan() -> Vec<Column> {
    const FEE: &str = "SavingsPlanRecurringFee";
    let of = |line_type: &'static str, get: fn(&Line) -> Decimal| {
        move |line: &Line| if line.item.line_type == line_type { get(line) } else { Decimal::ZERO }
    };
    vec![
        number("savings_plan_amortized_upfront_commitment_for_billing_period", |_| Decimal::ZERO),
        number("savings_plan_recurring_commitment_for_billing_period", of(FEE, |line| line.cost)),
        text("savings_plan_savings_plan_a_r_n", |line| {
            line.item.plan.as_ref().map_or_else(String::new, |plan| plan.arn.clone())
        }),
        number("savings_plan_savings_plan_effective_cost", of("SavingsPlanCoveredUsage", |line| line.effective)),
        number("savings_plan_savings_plan_rate", |line| line.item.plan_rate),
        number("savings_plan_total_commitment_to_date", of(FEE, |line| line.cost)),
        number("savings_plan_used_commitment", of(FEE, |line| line.effective)),
    ]
}

/// Returns the seven `savings_plan_*` columns that a CUR 1 report gains with the first purchase.
pub(super) fn savings_plan_terms() -> Vec<Column> {
    let term = |name: &str, get: fn(&Plan) -> String| {
        text(name, move |line| line.item.plan.as_ref().map_or_else(String::new, |plan| get(plan)))
    };
    vec![
        term("savings_plan_end_time", |plan| ends(plan.since)),
        term("savings_plan_instance_type_family", |_| String::new()),
        term("savings_plan_offering_type", |_| "ComputeSavingsPlans".to_owned()),
        term("savings_plan_payment_option", |_| "No Upfront".to_owned()),
        term("savings_plan_purchase_term", |_| "1yr".to_owned()),
        term("savings_plan_region", |_| "Any".to_owned()),
        term("savings_plan_start_time", |plan| begins(plan.since)),
    ]
}

/// Returns `split_line_item_*`.
pub(super) fn split() -> Vec<Column> {
    let part = |name: &str, get: fn(&Split) -> Decimal| optional(name, move |line| line.split.as_ref().map(get));
    vec![
        part("split_line_item_actual_usage", |split| split.actual),
        text("split_line_item_parent_resource_id", |line| {
            line.split.as_ref().map_or_else(String::new, |split| split.parent.clone())
        }),
        part("split_line_item_public_on_demand_split_cost", |split| split.cost),
        part("split_line_item_public_on_demand_unused_cost", |split| split.unused),
        part("split_line_item_reserved_usage", |split| split.reserved),
        part("split_line_item_split_cost", |split| split.cost),
        part("split_line_item_split_usage", |split| split.counted),
        part("split_line_item_split_usage_ratio", |split| split.ratio),
        part("split_line_item_unused_cost", |split| split.unused),
    ]
}

/// Returns a column that no line has a value for.
pub(super) fn empty(name: &str, kind: Kind) -> Column {
    Column { name: name.to_owned(), kind, get: Box::new(|_| Value::Missing) }
}

/// Returns the distinct items of the lines, in order.
pub(super) fn items(lines: &[Line]) -> Vec<Rc<Item>> {
    let mut items: Vec<Rc<Item>> = lines.iter().map(|line| Rc::clone(&line.item)).collect();
    items.dedup_by(|a, b| Rc::ptr_eq(a, b));
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_spelled_as_the_bill_does() {
        let day = NaiveDate::from_ymd_opt(2023, 5, 1).unwrap();
        assert_eq!(instant(millis(day)), "2023-05-01T00:00:00Z");
        assert_eq!(ends(day), "2024-04-30T23:59:59.000Z");
        assert_eq!(units(Decimal::from(744)), "744.0000000000");
    }
}
