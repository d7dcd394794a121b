//! What a line item costs under each basis, written down from AWS's documentation and not from the first engine.
//!
//! | line item type | amortised cost |
//! |---|---|
//! | `DiscountedUsage` | effective cost of the reservation |
//! | `RIFee` | what of upfront and recurring fee was not used |
//! | `SavingsPlanCoveredUsage` | effective cost under the plan |
//! | `SavingsPlanRecurringFee` | commitment of the period less what of it was used |
//! | `SavingsPlanNegation`, `SavingsPlanUpfrontFee` | 0 |
//! | `Fee` of a reservation, `Refund` of a plan's upfront fee | 0 |
//! | any other | unblended cost |
//!
//! Net amortised cost is the same with the net columns, each of which stands back for its gross twin where it is empty;
//! the fee of a plan shrinks by net ÷ gross of its recurring and upfront commitment. Where the net unblended cost is
//! empty, both net costs are unknown. List cost is public on-demand cost; a negation repeats it, so there it is 0.
//!
//! FOCUS says billed, effective and list cost itself. Its list cost is that of the usage: on the purchase of a commitment and
//! on what of it was not used it counts as 0. Its product is the service code, else the service name.

use std::collections::HashMap;

use polars::prelude::DataFrame;

use super::{
    amount::{Amount, Speller},
    columns::{Dialect, Fact, Places},
    fetch::damaged,
    frame::{Amounts, Slice, Texts},
    totals::{Sums, Totals},
};
use crate::{
    error::{Error, Result},
    units::Month,
};

/// Sums up the slices of one file.
pub(super) struct Ledger {
    file: String,
    hint: Option<Month>,
    places: Places,
    texts: Texts,
    speller: Speller,
    sums: HashMap<(Month, [u32; 3]), Sums>,
    hours: HashMap<(Month, String), Amount>,
}

impl Ledger {
    /// Begins with nothing; `hint` is the month that manifest or path name.
    pub(super) fn new(file: &str, hint: Option<Month>, places: Places) -> Self {
        Self {
            file: file.to_owned(),
            hint,
            places,
            texts: Texts::new(),
            speller: Speller::default(),
            sums: HashMap::new(),
            hours: HashMap::new(),
        }
    }

    /// Adds the line items of a frame, whose columns are those of the file at `columns`.
    pub(super) fn add(&mut self, frame: &DataFrame, columns: &[usize]) -> Result<()> {
        let slice = Slice::new(&self.file, frame, columns, &self.places)?;
        let months = slice.months(&self.file, self.hint)?;
        let mut products = slice.numbered(Fact::Product, &mut self.texts);
        let names = slice.numbered(Fact::ServiceName, &mut self.texts);
        for (product, name) in products.iter_mut().zip(names) {
            if *product == 0 {
                *product = name;
            }
        }
        let charges = slice.numbered(Fact::ChargeType, &mut self.texts);
        let accounts = slice.numbered(Fact::Account, &mut self.texts);
        for row in 0..slice.rows() {
            let mut line = Line {
                file: &self.file,
                slice: &slice,
                row,
                charge: self.texts.text(charges[row]),
                speller: &mut self.speller,
            };
            let sums = match self.places.dialect {
                Dialect::Cur => line.costs()?,
                Dialect::Focus => line.focus_costs()?,
            };
            if self.places.dialect == Dialect::Cur
                && self.texts.text(products[row]) == "AmazonEC2"
                && let Some(instance_type) = line.instance_type()
            {
                let hours = line.needed(Fact::UsageAmount)?;
                let sum = self.hours.entry((months[row], instance_type)).or_default();
                *sum = sum.plus(hours).ok_or_else(|| damaged(&self.file, "its hours are out of range"))?;
            }
            self.sums.entry((months[row], [products[row], charges[row], accounts[row]])).or_default().add(&sums);
        }
        Ok(())
    }

    /// Returns the sums.
    pub(super) fn totals(self) -> Totals {
        let mut totals = Totals { has_focus: self.places.dialect == Dialect::Focus, ..Totals::default() };
        for ((month, [product, charge, account]), sums) in &self.sums {
            totals.add(*month, self.texts.text(*product), self.texts.text(*charge), self.texts.text(*account), sums);
        }
        for ((month, instance_type), hours) in &self.hours {
            totals.add_hours(*month, instance_type, *hours);
        }
        totals
    }
}

/// One line item.
struct Line<'l> {
    file: &'l str,
    slice: &'l Slice,
    row: usize,
    charge: &'l str,
    speller: &'l mut Speller,
}

impl Line<'_> {
    /// Returns an amount that may be missing; text that is no amount counts as missing, a double that is none is refused.
    fn known(&mut self, fact: Fact) -> Result<Option<Amount>> {
        let amounts = self.slice.amounts(fact);
        match (amounts.at(self.row, self.speller), amounts) {
            (Ok(amount), _) => Ok(amount),
            (Err(_), Amounts::Texts(_)) => Ok(None),
            (Err(value), _) => Err(self.wrong(fact, &value)),
        }
    }

    /// Returns an amount that the formula cannot do without; empty is 0.
    fn needed(&mut self, fact: Fact) -> Result<Amount> {
        let amount = self.slice.amounts(fact).at(self.row, self.speller);
        Ok(amount.map_err(|text| self.wrong(fact, &text))?.unwrap_or_default())
    }

    fn wrong(&self, fact: Fact, text: &str) -> Error {
        damaged(self.file, &format!("{fact:?} is \"{text}\" on a {} row, which is no amount", self.charge))
    }

    fn out_of_range(&self) -> Error {
        damaged(self.file, &format!("the cost of a {} row is out of range", self.charge))
    }

    /// Tells whether a text of the row is there and begins so.
    fn says(&self, fact: Fact, beginning: &str) -> bool {
        let text = self.slice.text(fact).and_then(|texts| texts.get(self.row)).unwrap_or("");
        !text.is_empty() && text.starts_with(beginning)
    }

    fn costs(&mut self) -> Result<Sums> {
        let unblended = self.needed(Fact::Unblended)?;
        let net_unblended = self.known(Fact::NetUnblended)?;
        let list = if self.charge == "SavingsPlanNegation" { Some(Amount::default()) } else { self.known(Fact::List)? };
        Ok(Sums {
            line_items: 1,
            unblended_cost: Some(unblended),
            amortized_cost: Some(self.amortized(unblended, false)?),
            net_unblended_cost: net_unblended,
            net_amortized_cost: match net_unblended {
                Some(net) => Some(self.amortized(net, true)?),
                None => None,
            },
            list_cost: list,
        })
    }

    /// Returns the amortised cost; with `net`, that after discounts.
    fn amortized(&mut self, unblended: Amount, net: bool) -> Result<Amount> {
        match self.charge {
            "DiscountedUsage" => self.gross_or_net(Fact::RiEffective, Fact::RiNetEffective, net),
            "SavingsPlanCoveredUsage" => self.gross_or_net(Fact::SpEffective, Fact::SpNetEffective, net),
            "RIFee" => {
                let upfront = self.gross_or_net(Fact::RiUnusedUpfront, Fact::RiNetUnusedUpfront, net)?;
                let recurring = self.gross_or_net(Fact::RiUnusedRecurring, Fact::RiNetUnusedRecurring, net)?;
                upfront.plus(recurring).ok_or_else(|| self.out_of_range())
            }
            "SavingsPlanRecurringFee" => self.unused_commitment(net),
            "SavingsPlanNegation" | "SavingsPlanUpfrontFee" => Ok(Amount::default()),
            "Fee" if self.says(Fact::Reservation, "") => Ok(Amount::default()),
            "Refund" if self.says(Fact::Description, "Refund for one-time fee for Savings Plan ID") => {
                Ok(Amount::default())
            }
            _ => Ok(unblended),
        }
    }

    /// Returns an amount; with `net`, that after discounts where it is there.
    fn gross_or_net(&mut self, gross: Fact, after_discounts: Fact, net: bool) -> Result<Amount> {
        let own = if net { self.known(after_discounts)? } else { None };
        own.map_or_else(|| self.needed(gross), Ok)
    }

    /// Returns what of a plan's commitment nobody used.
    fn unused_commitment(&mut self, net: bool) -> Result<Amount> {
        let (mut commitment, mut used) = (self.needed(Fact::SpCommitment)?, self.needed(Fact::SpUsed)?);
        if net {
            let fee = self.both(Fact::SpRecurring, Fact::SpUpfront)?.unwrap_or_default();
            // Neither net column: no discount.
            if fee.units != 0
                && let Some(net_fee) = self.both(Fact::SpNetRecurring, Fact::SpNetUpfront)?
            {
                let share = |amount: Amount| amount.share(net_fee, fee).ok_or_else(|| self.out_of_range());
                (commitment, used) = (share(commitment)?, share(used)?);
            }
        }
        commitment.minus(used).ok_or_else(|| self.out_of_range())
    }

    /// Returns the sum of two amounts; `None` when there is neither.
    fn both(&mut self, one: Fact, other: Fact) -> Result<Option<Amount>> {
        match (self.known(one)?, self.known(other)?) {
            (None, None) => Ok(None),
            (one, other) => {
                let sum = one.unwrap_or_default().plus(other.unwrap_or_default());
                sum.map(Some).ok_or_else(|| self.out_of_range())
            }
        }
    }

    fn focus_costs(&mut self) -> Result<Sums> {
        Ok(Sums {
            line_items: 1,
            unblended_cost: Some(self.needed(Fact::Unblended)?),
            amortized_cost: Some(self.needed(Fact::Effective)?),
            list_cost: match self.slice.amounts(Fact::List) {
                Amounts::Absent => None,
                _ if self.is_commitment_itself() => Some(Amount::default()),
                _ => self.known(Fact::List)?,
            },
            ..Sums::default()
        })
    }

    /// Tells whether a FOCUS row is a commitment, bought or left unused, and not usage.
    fn is_commitment_itself(&self) -> bool {
        let has_commitment = [Fact::CommitmentId, Fact::CommitmentType, Fact::CommitmentCategory];
        let is_one = match self.charge {
            "Purchase" => true,
            "Usage" => self.says(Fact::CommitmentStatus, "Unused"),
            _ => false,
        };
        is_one && has_commitment.into_iter().any(|fact| self.says(fact, ""))
    }

    /// Returns the type of the EC2 instance whose hours the row counts: as its own column says, else its usage type.
    fn instance_type(&self) -> Option<String> {
        if !matches!(self.charge, "Usage" | "DiscountedUsage" | "SavingsPlanCoveredUsage") {
            return None;
        }
        let text = |fact| self.slice.text(fact).and_then(|texts| texts.get(self.row)).unwrap_or("");
        let spelled = ec2_instance(text(Fact::UsageType))?;
        match text(Fact::InstanceType) {
            "" => Some(spelled.to_owned()),
            own => Some(own.to_owned()),
        }
    }
}

/// Returns the instance type of a usage type that counts hours of EC2 instances: "APN2-BoxUsage:m5.large".
fn ec2_instance(usage_type: &str) -> Option<&str> {
    const KINDS: [&str; 7] =
        ["BoxUsage", "SpotUsage", "DedicatedUsage", "HostUsage", "UnusedBox", "UnusedDed", "ReservedHostUsage"];
    let (kind, item) = usage_type.split_once(':').unwrap_or((usage_type, ""));
    let is_prefix = |text: &str| text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let plain = match kind.split_once('-') {
        Some((prefix, plain)) if is_prefix(prefix) => plain,
        _ => kind,
    };
    // The oldest usage type names no instance: there was but one.
    KINDS.contains(&plain).then_some(if item.is_empty() { "m1.small" } else { item })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_types_that_count_hours_name_their_instance() {
        for (usage_type, expected) in [
            ("BoxUsage:c5.large", Some("c5.large")),
            ("APN2-BoxUsage:m5.large", Some("m5.large")),
            ("EU-SpotUsage:r5.xlarge", Some("r5.xlarge")),
            ("BoxUsage", Some("m1.small")),
            ("USW2-DedicatedUsage:m5.metal", Some("m5.metal")),
            ("EBSOptimized:c5.large", None),
            ("CPUCredits:t3", None),
            ("HostBoxUsage:m5.large", None),
            ("my-BoxUsage:m5.large", None),
            ("NatGateway-Hours", None),
        ] {
            assert_eq!(ec2_instance(usage_type), expected, "{usage_type}");
        }
    }
}
