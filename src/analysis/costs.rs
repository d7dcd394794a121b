//! The bill itself: cost by month, and how far each month's data reaches.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Days, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::grouping;
use crate::{
    error::{Error, Result},
    rollup::{UsageKey, UsageRow},
    terms::PurchaseOption,
    units::Month,
};

/// Money of a group of line items under every basis; `None` where the bill has no such cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the cost columns of line_items under their own names")]
pub struct Costs {
    pub line_items: u64,
    pub unblended: Decimal,
    pub amortized: Decimal,
    pub net_unblended: Option<Decimal>,
    pub net_amortized: Option<Decimal>,
    pub list: Option<Decimal>,
}

impl Costs {
    /// Adds the row.
    pub(super) fn add(&mut self, row: &UsageRow) {
        self.line_items += row.line_items;
        self.unblended += row.unblended_cost;
        self.amortized += row.amortized_cost;
        add_known(&mut self.net_unblended, row.net_unblended_cost);
        add_known(&mut self.net_amortized, row.net_amortized_cost);
        add_known(&mut self.list, row.list_cost);
    }
}

/// Adds what is known; the sum stays unknown only when no part is known.
pub(super) fn add_known(sum: &mut Option<Decimal>, part: Option<Decimal>) {
    if let Some(part) = part {
        *sum = Some(sum.unwrap_or_default() + part);
    }
}

/// A row of the table `monthly_costs`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns of monthly_costs under their own names")]
pub struct MonthlyCost {
    pub month: Month,
    pub payer_account_id: Option<Arc<str>>,
    pub account_id: Option<Arc<str>>,
    pub region: Option<Arc<str>>,
    pub product_code: Arc<str>,
    pub charge_type: Arc<str>,
    pub purchase_option: Option<PurchaseOption>,
    pub currency: Arc<str>,
    pub costs: Costs,
}

/// Sums the bill by month, account, region, product, charge type and purchase option.
pub fn monthly_costs(rows: &[UsageRow]) -> Vec<MonthlyCost> {
    let account = |row: &'_ UsageRow| (row.month, row.payer_account_id.clone(), row.account_id.clone());
    let usage = |usage: &UsageKey| {
        Some((
            usage.region.clone(),
            Arc::clone(&usage.product_code),
            Arc::clone(&usage.charge_type),
            usage.purchase_option,
            Arc::clone(&usage.currency),
        ))
    };
    grouping::sums(rows, account, usage, Costs::add)
        .into_iter()
        .map(|((month, payer_account_id, account_id), usage, costs)| {
            let (region, product_code, charge_type, purchase_option, currency) = usage;
            MonthlyCost {
                month,
                payer_account_id,
                account_id,
                region,
                product_code,
                charge_type,
                purchase_option,
                currency,
                costs,
            }
        })
        .collect()
}

/// One month of the bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthTotal {
    /// The billing month.
    pub month: Month,
    /// Its cost and number of line items.
    pub costs: Costs,
    /// Last day with usage, UTC.
    pub data_through: Option<NaiveDate>,
    /// The data does not reach the last day of the month.
    pub partial: bool,
}

/// Sums the bill by month and tells which months are partial.
///
/// How far the data reaches is read from usage that spans a day or less: a monthly fee at the first of the month ends at
/// its last day without saying anything. Only an export of monthly rows is judged by all its usage.
pub fn month_totals(rows: &[UsageRow]) -> Vec<MonthTotal> {
    #[derive(Default)]
    struct Sum {
        costs: Costs,
        daily: Option<DateTime<Utc>>,
        any: Option<DateTime<Utc>>,
    }
    let mut sums: BTreeMap<Month, Sum> = BTreeMap::new();
    for row in rows {
        let sum = sums.entry(row.month).or_default();
        sum.costs.add(row);
        sum.daily = sum.daily.max(row.usage_through);
        sum.any = sum.any.max(row.any_usage_through);
    }
    sums.into_iter()
        .map(|(month, sum)| {
            // The end of usage is exclusive: midnight belongs to the day before.
            let end = sum.daily.or(sum.any);
            let data_through = end.map(|end| (end - chrono::Duration::milliseconds(1)).date_naive());
            let last_day = month.next().first_day().checked_sub_days(Days::new(1));
            let partial = match (data_through, last_day) {
                (Some(through), Some(last)) => through < last,
                _ => true,
            };
            MonthTotal { month, costs: sum.costs, data_through, partial }
        })
        .collect()
}

/// Returns the one currency of the bill.
///
/// # Errors
/// When there is more than one: currencies are never added.
pub fn one_currency(rows: &[UsageRow]) -> Result<String> {
    let mut currencies: Vec<&str> =
        rows.iter().map(|row| &*row.currency).filter(|currency| !currency.is_empty()).collect();
    currencies.sort_unstable();
    currencies.dedup();
    match currencies.as_slice() {
        [one] => Ok((*one).to_owned()),
        [] => {
            Err(Error::incomplete("no line item states a currency")
                .hint("the export must hold line_item_currency_code"))
        }
        several => Err(Error::incomplete(format!("the bill has more than one currency: {}", several.join(", ")))
            .hint("report each payer by itself: name its folder, or choose it with --export NAME")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollup::fixture::{at, row, usd};

    #[test]
    fn months_add_up_and_partial_ones_are_marked() {
        let mut full = row("2024-01", "AmazonEC2", "Usage");
        full.unblended_cost = usd("1.5");
        full.usage_through = at("2024-02-01T00:00:00Z");
        let mut fee = row("2024-02", "AmazonEC2", "RIFee");
        fee.any_usage_through = None;
        let mut part = row("2024-02", "AmazonS3", "Usage");
        part.usage_through = at("2024-02-18T05:00:00Z");
        part.any_usage_through = at("2024-03-01T00:00:00Z");
        let totals = month_totals(&[full, fee, part]);
        assert_eq!(totals.len(), 2);
        assert!(!totals[0].partial);
        assert_eq!(totals[0].costs.unblended, usd("1.5"));
        assert!(totals[1].partial);
        assert_eq!(totals[1].data_through, NaiveDate::from_ymd_opt(2024, 2, 18));
        assert_eq!(totals[1].costs.line_items, 2);
    }

    #[test]
    fn currencies_are_never_added() {
        let mut yuan = row("2024-01", "AmazonEC2", "Usage");
        yuan.currency = "CNY".into();
        let dollar = row("2024-01", "AmazonEC2", "Usage");
        assert_eq!(one_currency(std::slice::from_ref(&dollar)).unwrap(), "USD");
        assert!(one_currency(&[yuan, dollar]).unwrap_err().to_string().contains("CNY, USD"));
    }

    #[test]
    fn unknown_net_cost_stays_unknown() {
        let rows = [row("2024-01", "AmazonEC2", "Usage"), row("2024-01", "AmazonEC2", "Usage")];
        let costs = monthly_costs(&rows);
        assert_eq!(costs.len(), 1);
        assert_eq!(costs[0].costs.line_items, 2);
        assert_eq!(costs[0].costs.net_unblended, None);
    }
}
