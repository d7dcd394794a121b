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
        let oldest = self.oldest?;
        Some(format!(
            "{percent} % of the priced compute rests on prices that were last stated more than {STALE_AFTER} days before \
             the end of the month, the oldest on {oldest}: `gravimeter prices refresh` brings them up to date"
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
