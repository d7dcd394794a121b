//! One line item of the bill, before it is written in one of the two formats.
//!
//! An [`Item`] holds what is the same every day (who, what, at which rate); a [`Line`] adds a day and its amounts.

use std::collections::BTreeMap;
use std::rc::Rc;

use chrono::{NaiveDate, NaiveTime};
use rust_decimal::Decimal;

use super::story::Account;

/// Attributes of the product, by the name that both formats share: `product_<name>` in CUR 1.
pub(super) type Attributes = BTreeMap<&'static str, String>;

/// What a line item is, whatever its day.
#[derive(Debug, Clone, Default)]
pub(super) struct Item {
    /// Names the item within the bill; the line item id is its hash.
    pub key: String,
    /// Line item type.
    pub line_type: &'static str,
    /// The account that used it; the payer's when `None`.
    pub account: Option<Account>,
    /// Product code.
    pub product_code: String,
    /// Usage type, with its region prefix.
    pub usage_type: String,
    /// Operation.
    pub operation: String,
    /// Availability zone.
    pub zone: String,
    /// Resource id or ARN; empty where AWS gives none.
    pub resource: String,
    /// Normalisation factor; zero where none applies.
    pub factor: Decimal,
    /// Unblended rate as text; empty where none applies.
    pub rate: String,
    /// Public on-demand rate as text; empty where none applies.
    pub list_rate: String,
    /// Description.
    pub description: String,
    /// Tax type of tax rows.
    pub tax_type: &'static str,
    /// Sold by someone else, through AWS Marketplace.
    pub marketplace: bool,
    /// Pricing term: `OnDemand`, `Reserved` or empty.
    pub term: &'static str,
    /// Pricing unit.
    pub unit: &'static str,
    /// Product attributes.
    pub product: Attributes,
    /// The Reserved Instances that cover it or whose fee it is.
    pub lease: Option<Rc<Lease>>,
    /// The Savings Plan that covers it or whose fee it is.
    pub plan: Option<Rc<Plan>>,
    /// The Savings Plan's price of the usage.
    pub plan_rate: Decimal,
    /// Tags by normalised key, such as `user_team`.
    pub tags: BTreeMap<&'static str, String>,
    /// The `Stage` cost category.
    pub stage: &'static str,
}

/// A purchase of Reserved Instances: one year, standard, no upfront, regional.
#[derive(Debug, Clone)]
pub(super) struct Lease {
    /// ARN.
    pub arn: String,
    /// Subscription id.
    pub subscription: String,
    /// How many were bought.
    pub count: u32,
    /// Normalisation factor of one.
    pub factor: Decimal,
    /// First day; the lease ends a year later.
    pub since: NaiveDate,
}

/// The Compute Savings Plan: one year, no upfront.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// ARN.
    pub arn: String,
    /// Commitment in dollars an hour.
    pub commitment: Decimal,
    /// First day; the plan ends a year later.
    pub since: NaiveDate,
}

/// Split cost allocation: the share of a container in its instance. It repeats the instance's cost and is no charge.
#[derive(Debug, Clone)]
pub(super) struct Split {
    /// The instance.
    pub parent: String,
    /// What the container used.
    pub actual: Decimal,
    /// What it had reserved.
    pub reserved: Decimal,
    /// The larger of the two.
    pub counted: Decimal,
    /// Its share in the instance.
    pub ratio: Decimal,
    /// Its share of the cost.
    pub cost: Decimal,
    /// Its share of the idle cost.
    pub unused: Decimal,
}

/// A line item: an item on a day, or over a month.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// What it is.
    pub item: Rc<Item>,
    /// First instant, in milliseconds since 1970.
    pub start: i64,
    /// Instant after the last, in milliseconds since 1970.
    pub end: i64,
    /// Usage amount.
    pub usage: Decimal,
    /// Unblended cost.
    pub cost: Decimal,
    /// Public on-demand cost.
    pub list: Decimal,
    /// Effective cost under the commitment; the used commitment on the fee of the Savings Plan.
    pub effective: Decimal,
    /// Split cost allocation.
    pub split: Option<Split>,
}

impl Line {
    /// Builds a plain usage line of one day.
    pub(super) fn on(item: &Rc<Item>, day: NaiveDate, usage: Decimal, cost: Decimal) -> Self {
        Self::over(item, (day, day), usage, cost)
    }

    /// Builds a line over the days from first to last.
    pub(super) fn over(item: &Rc<Item>, days: (NaiveDate, NaiveDate), usage: Decimal, cost: Decimal) -> Self {
        let (start, end) = (millis(days.0), millis(days.1) + DAY_MILLIS);
        Self {
            item: Rc::clone(item),
            start,
            end,
            usage,
            cost,
            list: if item.term == "OnDemand" { cost } else { Decimal::ZERO },
            effective: Decimal::ZERO,
            split: None,
        }
    }

    /// Sets the public on-demand cost.
    pub(super) fn listed(mut self, list: Decimal) -> Self {
        self.list = list;
        self
    }

    /// Sets the effective cost.
    pub(super) fn effective(mut self, effective: Decimal) -> Self {
        self.effective = effective;
        self
    }

    /// Returns what the line costs when the commitments are spread over the usage they cover.
    ///
    /// Nothing is paid upfront and nothing is unused, so that fees come to zero.
    #[cfg(test)]
    pub(super) fn amortized(&self) -> Decimal {
        match self.item.line_type {
            "DiscountedUsage" | "SavingsPlanCoveredUsage" => self.effective,
            "RIFee" | "SavingsPlanNegation" => Decimal::ZERO,
            "SavingsPlanRecurringFee" => self.cost - self.effective,
            _ => self.cost,
        }
    }

    /// Tells whether the line is the charge of that product.
    pub(super) fn is_of(&self, product_code: &str) -> bool {
        self.item.product_code == product_code
    }
}

/// Milliseconds of a day.
pub(super) const DAY_MILLIS: i64 = 86_400_000;

/// Returns midnight UTC at the beginning of the day, in milliseconds since 1970.
pub(super) fn millis(day: NaiveDate) -> i64 {
    day.and_time(NaiveTime::MIN).and_utc().timestamp_millis()
}
