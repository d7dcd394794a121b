//! How much of the compute spend has a price, and how old the prices are that it rests on.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::opportunities::Opportunity;
use crate::{
    terms::Verdict,
    units::{Month, ratio},
};

/// Days after which a price is old: it was last confirmed so long before the end of the month that it prices.
pub const STALE_AFTER: i64 = 30;

/// What is priced of a product's compute, at amortised cost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PriceCoverage {
    /// All compute that has an architecture.
    pub compute_cost: Decimal,
    /// Compared with a target by price: verdict `eligible` or `costlier`.
    pub priced_cost: Decimal,
    /// Verdict `unpriced`: its own price, or that of every target, is not known.
    pub unpriced_cost: Decimal,
    /// Priced, by a price that was old then.
    pub stale_cost: Decimal,
    /// The oldest price among those.
    pub stalest: Option<NaiveDate>,
    /// The oldest price.
    pub oldest: Option<NaiveDate>,
    /// The newest price.
    pub newest: Option<NaiveDate>,
}

impl PriceCoverage {
    /// Returns the share of the compute spend that is unpriced, 0 to 1; `None` without any.
    pub fn unpriced_share(&self) -> Option<Decimal> {
        ratio(self.unpriced_cost, self.compute_cost)
    }

    /// Returns the share of the priced spend that rests on old prices, 0 to 1; `None` without any.
    pub fn stale_share(&self) -> Option<Decimal> {
        ratio(self.stale_cost, self.priced_cost)
    }

    /// Adds a row.
    fn add(&mut self, row: &Opportunity) {
        self.compute_cost += row.amortized_cost;
        match row.verdict {
            Verdict::Eligible | Verdict::Costlier => self.priced_cost += row.amortized_cost,
            Verdict::Unpriced => self.unpriced_cost += row.amortized_cost,
            _ => return,
        }
        if row.price_confirmed.is_some_and(|day| is_stale(day, row.month)) && row.verdict != Verdict::Unpriced {
            self.stale_cost += row.amortized_cost;
            self.stalest = self.stalest.min(row.price_as_of).or(self.stalest).or(row.price_as_of);
        }
        if let Some(day) = row.price_as_of.filter(|_| row.verdict != Verdict::Unpriced) {
            self.oldest = Some(self.oldest.map_or(day, |known| known.min(day)));
            self.newest = Some(self.newest.map_or(day, |known| known.max(day)));
        }
    }

    /// Says how old the prices are, where they are old.
    pub fn warning(&self) -> Option<String> {
        let share = self.stale_share().filter(|share| *share > Decimal::ZERO)?;
        let percent = (share * Decimal::ONE_HUNDRED).round_dp(1).normalize();
        let percent = if percent.is_zero() { "less than 0.1".to_owned() } else { percent.to_string() };
        let oldest = self.stalest?;
        Some(format!(
            "{percent} % of the priced compute rests on prices that were last stated more than {STALE_AFTER} days before \
             the end of the month, the oldest on {oldest}; gravimeter prices refresh brings them up to date"
        ))
    }
}

/// Tells whether a price last stated on the day is old for the month.
fn is_stale(stated: NaiveDate, month: Month) -> bool {
    (month.next().first_day() - stated).num_days() > STALE_AFTER + 1
}

/// Sums the rows by product.
pub fn price_coverage<'a>(rows: impl IntoIterator<Item = &'a Opportunity>) -> BTreeMap<String, PriceCoverage> {
    let mut products: BTreeMap<String, PriceCoverage> = BTreeMap::new();
    for row in rows {
        products.entry(row.product_code.to_string()).or_default().add(row);
    }
    products
}

/// Sums the rows.
pub fn price_coverage_of_all<'a>(rows: impl IntoIterator<Item = &'a Opportunity>) -> PriceCoverage {
    let mut all = PriceCoverage::default();
    rows.into_iter().for_each(|row| all.add(row));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        analysis::{Commitments, Judge, Policy, opportunities},
        pricing::PriceBook,
        rollup::{
            UsageRow,
            fixture::{hours, usd},
        },
    };

    fn rows() -> Vec<Opportunity> {
        let priced = UsageRow { amortized_cost: usd("60"), ..hours("m5.large", "100") };
        let unpriced = UsageRow { amortized_cost: usd("30"), ..hours("m5.xlarge", "100") };
        let unpriced = {
            let mut usage = (*unpriced.usage).clone();
            usage.tenancy = Some("Dedicated".into());
            UsageRow { usage: usage.into(), ..unpriced }
        };
        let mut arm = hours("m6g.large", "100");
        arm.architecture = Some(crate::terms::Architecture::Arm);
        let rows = [priced, unpriced, UsageRow { amortized_cost: usd("10"), ..arm }];
        let judge = Judge::new(PriceBook::embedded().unwrap(), Policy::default());
        opportunities(&rows, &judge.judgements(&rows), &Commitments::of(&rows), judge.book())
    }

    #[test]
    fn what_needs_a_price_and_has_none_is_a_share_of_all_compute() {
        let coverage = price_coverage_of_all(&rows());
        assert_eq!(
            (coverage.compute_cost, coverage.priced_cost, coverage.unpriced_cost),
            (usd("100"), usd("60"), usd("30"))
        );
        assert_eq!(coverage.unpriced_share(), Some(usd("0.3")));
        assert_eq!(price_coverage(&rows()).values().map(|product| product.compute_cost).sum::<Decimal>(), usd("100"));
        assert_eq!(PriceCoverage::default().unpriced_share(), None);
    }

    #[test]
    fn a_price_is_old_for_a_month_that_ends_more_than_thirty_days_later() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let month: Month = "2026-04".parse().unwrap();
        // April ends on the 30th.
        assert!(is_stale(day("2026-03-30"), month));
        assert!(!is_stale(day("2026-03-31"), month));
        assert!(!is_stale(day("2027-01-01"), month), "a price of later is not old");
        let mut row = rows().into_iter().find(|row| row.verdict == Verdict::Eligible).unwrap();
        (row.month, row.price_confirmed, row.price_as_of) = (month, Some(day("2026-03-31")), Some(day("2026-01-01")));
        assert_eq!(price_coverage_of_all([&row]).warning(), None, "confirmed since");
        row.price_confirmed = row.price_as_of;
        let warning = price_coverage_of_all([&row]).warning().unwrap();
        assert!(warning.starts_with("100 % of the priced compute") && warning.contains("2026-01-01"), "{warning}");
    }
}
