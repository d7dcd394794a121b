//! The totals of a bill: sums by month, product, charge type and account, and hours of EC2 instances.

use std::collections::BTreeMap;

use super::amount::Amount;
use crate::units::Month;

/// What is summed of line items; `None` where the bill has no such cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns of monthly_costs under their own names")]
pub struct Sums {
    pub line_items: u64,
    pub unblended_cost: Option<Amount>,
    pub amortized_cost: Option<Amount>,
    pub net_unblended_cost: Option<Amount>,
    pub net_amortized_cost: Option<Amount>,
    pub list_cost: Option<Amount>,
}

impl Sums {
    /// Adds the other; what is unknown in both stays unknown.
    pub fn add(&mut self, other: &Self) {
        self.line_items += other.line_items;
        for (sum, part) in [
            (&mut self.unblended_cost, other.unblended_cost),
            (&mut self.amortized_cost, other.amortized_cost),
            (&mut self.net_unblended_cost, other.net_unblended_cost),
            (&mut self.net_amortized_cost, other.net_amortized_cost),
            (&mut self.list_cost, other.list_cost),
        ] {
            add_known(sum, part);
        }
    }
}

/// Adds what is known; a sum beyond 26 digits before the point stays where it is, and the comparison shows it.
pub(super) fn add_known(sum: &mut Option<Amount>, part: Option<Amount>) {
    if let Some(part) = part {
        let before = sum.unwrap_or_default();
        *sum = Some(before.plus(part).unwrap_or(before));
    }
}

/// What the finest sums are made for; absent text is empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the columns of monthly_costs under their own names")]
pub struct Key {
    pub month: Month,
    pub product_code: String,
    pub charge_type: String,
    pub account_id: String,
}

/// Sums of a bill, by whichever engine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// The finest sums.
    pub sums: BTreeMap<Key, Sums>,
    /// Hours that EC2 instances ran, by month and instance type.
    pub hours: BTreeMap<(Month, String), Amount>,
    /// A file was FOCUS, which has neither line item types nor instance types.
    pub has_focus: bool,
}

impl Totals {
    /// Adds sums under a key.
    pub fn add(&mut self, month: Month, product_code: &str, charge_type: &str, account_id: &str, sums: &Sums) {
        let key = Key {
            month,
            product_code: product_code.to_owned(),
            charge_type: charge_type.to_owned(),
            account_id: account_id.to_owned(),
        };
        self.sums.entry(key).or_default().add(sums);
    }

    /// Adds hours of an EC2 instance type.
    pub fn add_hours(&mut self, month: Month, instance_type: &str, hours: Amount) {
        let sum = self.hours.entry((month, instance_type.to_owned())).or_default();
        *sum = sum.plus(hours).unwrap_or(*sum);
    }

    /// Adds all of the other.
    pub(super) fn merge(&mut self, other: Self) {
        for (key, sums) in other.sums {
            self.sums.entry(key).or_default().add(&sums);
        }
        for ((month, instance_type), hours) in other.hours {
            self.add_hours(month, &instance_type, hours);
        }
        self.has_focus |= other.has_focus;
    }
}

/// What the first engine says: the totals of months as the report prints them, and the sums below.
#[derive(Debug, Clone, Default)]
pub struct Claim {
    /// The months.
    pub months: BTreeMap<Month, Sums>,
    /// The sums below.
    pub totals: Totals,
}
