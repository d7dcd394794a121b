//! A row per commitment and month: what it cost, what of it was wasted, and what leaving it would strand.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::terms::{Commitments, Terms};
use crate::{
    analysis::costs::add_known,
    normalize::LineType,
    rollup::UsageRow,
    units::{Month, ratio, rounded},
};

/// A row of the table `commitments`; costs are amortised.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns of commitments under their own names")]
pub struct CommitmentMonth {
    pub month: Month,
    pub payer_account_id: Option<Arc<str>>,
    /// Account that bought it: that of its fee.
    pub account_id: Option<Arc<str>>,
    pub product_code: Arc<str>,
    pub arn: Arc<str>,
    pub terms: Terms,
    /// Used and unused.
    pub cost: Decimal,
    pub unused_cost: Decimal,
    /// List cost of the usage that it covered.
    pub list_cost: Option<Decimal>,
    /// What is still to be paid from the end of the month on, at the rate of this month.
    pub remaining_cost: Option<Decimal>,
}

impl CommitmentMonth {
    /// Returns used ÷ (used + unused).
    pub fn utilization(&self) -> Option<Decimal> {
        ratio(self.cost - self.unused_cost, self.cost)
    }
}

/// What is summed of a commitment in a month.
#[derive(Default)]
struct Sum {
    used: Decimal,
    unused: Decimal,
    list: Option<Decimal>,
    payer: Option<Arc<str>>,
    account: Option<Arc<str>>,
    product: Option<Arc<str>>,
}

/// Lists the commitments of each month; `partial` tells months whose data does not reach their end.
pub fn commitments(rows: &[UsageRow], terms: &Commitments, partial: impl Fn(Month) -> bool) -> Vec<CommitmentMonth> {
    let mut sums: BTreeMap<(Month, &str), Sum> = BTreeMap::new();
    for row in rows {
        let Some(commitment) = row.commitment.as_deref() else { continue };
        let line_type = LineType::parse(&row.charge_type);
        let is_fee = matches!(line_type, LineType::RiFee | LineType::SavingsPlanRecurringFee);
        if !is_fee && !matches!(line_type, LineType::DiscountedUsage | LineType::SavingsPlanCoveredUsage) {
            continue;
        }
        let sum = sums.entry((row.month, &commitment.arn)).or_default();
        if is_fee {
            sum.unused += row.amortized_cost;
            sum.account.clone_from(&row.account_id);
            sum.product = Some(Arc::clone(&row.product_code));
        } else {
            sum.used += row.amortized_cost;
            add_known(&mut sum.list, row.list_cost);
        }
        sum.payer.clone_from(&row.payer_account_id);
        sum.product.get_or_insert_with(|| Arc::clone(&row.product_code));
    }
    let row = |((month, arn), sum): ((Month, &str), Sum)| {
        let terms = terms.get(arn)?.clone();
        let cost = sum.used + sum.unused;
        Some(CommitmentMonth {
            month,
            payer_account_id: sum.payer,
            account_id: sum.account,
            product_code: sum.product?,
            arn: arn.into(),
            cost,
            unused_cost: sum.unused,
            list_cost: sum.list,
            remaining_cost: if partial(month) { None } else { remaining(month, cost, &terms) },
            terms,
        })
    };
    sums.into_iter().filter_map(row).collect()
}

/// Returns cost ÷ hours in force in the month × hours from its end to the end of the commitment.
///
/// 72 USD in January of a commitment that runs from the 16th of January (384 h) to the end of February (696 h): 130.5.
fn remaining(month: Month, cost: Decimal, terms: &Terms) -> Option<Decimal> {
    let midnight = |month: Month| Some(month.first_day().and_hms_opt(0, 0, 0)?.and_utc());
    let (first, last) = (midnight(month)?, midnight(month.next())?);
    let end = terms.end?;
    let begin = terms.start.map_or(first, |start| start.max(first));
    let in_force = seconds(begin, end.min(last));
    let left = seconds(last, end);
    if left.is_zero() {
        return Some(Decimal::ZERO);
    }
    ratio(cost * left, in_force).map(rounded)
}

/// Returns the seconds between two instants, 0 when the second is not later; an end at :59 counts as the full minute.
fn seconds(from: DateTime<Utc>, to: DateTime<Utc>) -> Decimal {
    let seconds = (to - from).num_seconds().max(0);
    Decimal::from(if seconds % 60 == 59 { seconds + 1 } else { seconds })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        normalize::Commitment,
        rollup::fixture::{at, commitment, hours, usd},
        terms::CommitmentKind,
    };

    fn line(charge_type: &str, amortized: &str, list: &str, terms: &Commitment) -> UsageRow {
        let mut row = hours("m5.large", "1");
        row.charge_type = charge_type.into();
        row.commitment = Some(Arc::new(terms.clone()));
        UsageRow { amortized_cost: usd(amortized), list_cost: Some(usd(list)), ..row }
    }

    #[test]
    fn a_month_worked_by_hand() {
        let millis = |text| at(text).map(|instant| instant.timestamp_millis());
        let terms = Commitment {
            start: millis("2024-01-16T00:00:00Z"),
            end: millis("2024-02-29T23:59:59Z"),
            ..commitment(CommitmentKind::Reserved, "arn:1")
        };
        let rows = [
            line("DiscountedUsage", "60", "100", &terms),
            line("RIFee", "12", "0", &terms),
            line("Fee", "0", "0", &terms),
        ];
        let found = commitments(&rows, &Commitments::of(&rows), |_| false);
        assert_eq!(found.len(), 1);
        let row = &found[0];
        assert_eq!((row.cost, row.unused_cost, row.list_cost), (usd("72"), usd("12"), Some(usd("100"))));
        assert_eq!(row.utilization(), ratio(usd("60"), usd("72")));
        assert_eq!(row.remaining_cost, Some(usd("130.5")));
        assert_eq!(row.terms.unlock_month().unwrap().to_string(), "2024-03");
        let open = commitments(&rows, &Commitments::of(&rows), |_| true);
        assert_eq!(open[0].remaining_cost, None);
    }
}
