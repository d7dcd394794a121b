//! Rows of figures cut by the values of tags: the parts of a row add up to it, to the last decimal.
//!
//! What a row saves is decided on the row as a whole, with the prices, the discounts and the take-up of the whole bill; its
//! parts share it by their hours. So the figures of all teams add up to those of the bill.

use rust_decimal::Decimal;

use super::{opportunities::Opportunity, realized::Realized};
use crate::{
    rollup::{TagValues, UsageRow},
    units::{ratio, rounded},
};

/// What of an opportunity has some values of the tags asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns of the opportunity under their own names")]
pub struct OpportunityPart {
    pub tags: TagValues,
    pub hours: Decimal,
    pub amortized_cost: Decimal,
    pub paid: Decimal,
    pub list_saving: Option<Decimal>,
    pub effective_saving: Option<Decimal>,
    pub unlocked_saving: Option<Decimal>,
    pub locked_saving: Option<Decimal>,
    pub transition_cost: Option<Decimal>,
}

/// What of a row of Arm usage has some values of the tags asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns of graviton_realized under their own names")]
pub struct RealizedPart {
    pub tags: TagValues,
    pub hours: Decimal,
    pub amortized_cost: Decimal,
    pub baseline_cost: Option<Decimal>,
    pub realized_saving: Option<Decimal>,
}

/// Sums of the line items of a row that have the same tags; nothing where no tags were asked for.
#[derive(Debug, Default)]
pub(super) struct TagSums(Vec<TagSum>);

#[derive(Debug)]
struct TagSum {
    tags: TagValues,
    hours: Decimal,
    amortized: Decimal,
    /// `None` where a row does not state it.
    net: Option<Decimal>,
}

impl TagSums {
    /// Adds a row; rows with the same tags follow one another.
    pub(super) fn add(&mut self, row: &UsageRow) {
        if row.tags.is_empty() {
            return;
        }
        match self.0.last_mut().filter(|last| last.tags == row.tags) {
            Some(last) => {
                last.hours += row.usage_amount;
                last.amortized += row.amortized_cost;
                last.net = last.net.zip(row.net_amortized_cost).map(|(sum, part)| sum + part);
            }
            None => self.0.push(TagSum {
                tags: TagValues::clone(&row.tags),
                hours: row.usage_amount,
                amortized: row.amortized_cost,
                net: row.net_amortized_cost,
            }),
        }
    }

    /// Cuts an amount of the row: by hours, by cost where there are none.
    fn shares(&self, whole: Decimal) -> Vec<Decimal> {
        let hours: Vec<Decimal> = self.0.iter().map(|part| part.hours).collect();
        let costs: Vec<Decimal> = self.0.iter().map(|part| part.amortized).collect();
        let has_hours = !hours.iter().sum::<Decimal>().is_zero();
        cut(whole, if has_hours { &hours } else { &costs })
    }

    fn optional_shares(&self, whole: Option<Decimal>) -> Vec<Option<Decimal>> {
        whole.map_or_else(|| vec![None; self.0.len()], |whole| self.shares(whole).into_iter().map(Some).collect())
    }

    /// Cuts an opportunity.
    pub(super) fn of_opportunity(self, row: &Opportunity) -> Vec<OpportunityPart> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let (list, effective) = (self.optional_shares(row.list_saving), self.optional_shares(row.effective_saving));
        let (unlocked, switch) = (self.optional_shares(row.unlocked_saving), self.optional_shares(row.transition_cost));
        let is_net = self.0.iter().all(|part| part.net.is_some());
        let part = |(at, sum): (usize, TagSum)| OpportunityPart {
            tags: sum.tags,
            hours: sum.hours,
            amortized_cost: sum.amortized,
            paid: sum.net.filter(|_| is_net).unwrap_or(sum.amortized),
            list_saving: list[at],
            effective_saving: effective[at],
            unlocked_saving: unlocked[at],
            locked_saving: effective[at].zip(unlocked[at]).map(|(effective, unlocked)| effective - unlocked),
            transition_cost: switch[at],
        };
        self.0.into_iter().enumerate().map(part).collect()
    }

    /// Cuts a row of Arm usage.
    pub(super) fn of_realized(self, row: &Realized) -> Vec<RealizedPart> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let baseline = self.optional_shares(row.baseline_cost);
        let part = |(at, sum): (usize, TagSum)| RealizedPart {
            tags: sum.tags,
            hours: sum.hours,
            amortized_cost: sum.amortized,
            baseline_cost: baseline[at],
            realized_saving: baseline[at].map(|baseline| baseline - sum.amortized),
        };
        self.0.into_iter().enumerate().map(part).collect()
    }
}

/// Cuts an amount by weights; the parts add up to it whatever is rounded.
fn cut(whole: Decimal, weights: &[Decimal]) -> Vec<Decimal> {
    let all: Decimal = weights.iter().sum();
    let (mut weight, mut given) = (Decimal::ZERO, Decimal::ZERO);
    let part = |(at, own): (usize, &Decimal)| {
        weight += own;
        let is_last = at + 1 == weights.len();
        let until = if is_last { whole } else { ratio(whole * weight, all).map_or(Decimal::ZERO, rounded) };
        let part = until - given;
        given = until;
        part
    };
    weights.iter().enumerate().map(part).collect()
}

fn sum(amounts: impl Iterator<Item = Option<Decimal>>) -> Option<Decimal> {
    amounts.sum()
}

impl Opportunity {
    /// Leaves only the parts whose tags are wanted; tells whether anything is left.
    pub(super) fn keep(&mut self, wanted: impl Fn(&TagValues) -> bool) -> bool {
        let all = self.parts.len();
        self.parts.retain(|part| wanted(&part.tags));
        if self.parts.len() == all {
            return all > 0;
        }
        let parts = || self.parts.iter();
        self.hours = parts().map(|part| part.hours).sum();
        self.amortized_cost = parts().map(|part| part.amortized_cost).sum();
        self.paid = parts().map(|part| part.paid).sum();
        self.list_saving = self.list_saving.and(sum(parts().map(|part| part.list_saving)));
        self.effective_saving = self.effective_saving.and(sum(parts().map(|part| part.effective_saving)));
        self.unlocked_saving = self.unlocked_saving.and(sum(parts().map(|part| part.unlocked_saving)));
        self.locked_saving = self.locked_saving.and(sum(parts().map(|part| part.locked_saving)));
        self.transition_cost = self.transition_cost.and(sum(parts().map(|part| part.transition_cost)));
        !self.parts.is_empty()
    }
}

impl Realized {
    /// Leaves only the parts whose tags are wanted; tells whether anything is left.
    pub(super) fn keep(&mut self, wanted: impl Fn(&TagValues) -> bool) -> bool {
        let all = self.parts.len();
        self.parts.retain(|part| wanted(&part.tags));
        if self.parts.len() == all {
            return all > 0;
        }
        let parts = || self.parts.iter();
        self.hours = parts().map(|part| part.hours).sum();
        self.amortized_cost = parts().map(|part| part.amortized_cost).sum();
        self.baseline_cost = self.baseline_cost.and(sum(parts().map(|part| part.baseline_cost)));
        self.realized_saving = self.realized_saving.and(sum(parts().map(|part| part.realized_saving)));
        !self.parts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollup::fixture::usd;

    #[test]
    fn parts_add_up_whatever_is_rounded() {
        let third = cut(usd("1"), &[usd("1"), usd("1"), usd("1")]);
        assert_eq!(third, [usd("0.333333333333"), usd("0.333333333334"), usd("0.333333333333")]);
        assert_eq!(cut(usd("3"), &[usd("0"), usd("2"), usd("-1"), usd("2")]), ["0", "2", "-1", "2"].map(usd));
        // Nothing says who has it: the last one, so that nothing is lost.
        assert_eq!(cut(usd("3"), &[usd("0"), usd("0")]), ["0", "3"].map(usd));
    }
}
