//! The price list that the sample bill is computed from: an embedded CSV, each price with its source.
//!
//! It is data of the sample alone. The bill must not lean on [`crate::pricing`], whose figures it is there to test.

use std::collections::BTreeMap;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};

use crate::error::{Error, Result};

/// `key,price_usd,unit,source`; no field holds a comma.
const TABLE: &str = include_str!("rates.csv");

/// Places of a cost: with them an amount of five figures survives a double unchanged.
pub(super) const COST_PLACES: u32 = 10;

/// One price and what it is per.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rate {
    /// US dollars per unit.
    pub price: Decimal,
    /// The unit as the bill spells it.
    pub unit: &'static str,
}

impl Rate {
    /// Returns the cost of the usage, to [`COST_PLACES`] places.
    pub(super) fn cost(&self, usage: Decimal) -> Decimal {
        rounded(usage * self.price)
    }
}

/// The price list.
#[derive(Debug)]
pub(super) struct Rates(BTreeMap<&'static str, Rate>);

impl Rates {
    /// Reads the embedded table.
    pub(super) fn load() -> Result<Self> {
        let mut rates = BTreeMap::new();
        for line in TABLE.lines().skip(1) {
            let mut fields = line.split(',');
            let (Some(key), Some(price), Some(unit)) = (fields.next(), fields.next(), fields.next()) else {
                return Err(Error::runtime(format!("rates.csv of the sample: \"{line}\" has too few fields")));
            };
            let price = Decimal::from_str(price)
                .map_err(|error| Error::runtime(format!("rates.csv of the sample: price of {key}: {error}")))?;
            rates.insert(key, Rate { price, unit });
        }
        Ok(Self(rates))
    }

    /// Returns the price under the key.
    pub(super) fn get(&self, key: &str) -> Result<Rate> {
        self.0.get(key).copied().ok_or_else(|| Error::runtime(format!("rates.csv of the sample has no price {key}")))
    }
}

/// Rounds an amount to [`COST_PLACES`] places, half to even.
pub(super) fn rounded(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(COST_PLACES, RoundingStrategy::MidpointNearestEven)
}

/// Writes a rate as AWS does: ten places, nothing trimmed.
pub(super) fn rate_text(price: Decimal) -> String {
    format!("{price:.10}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_price_has_a_source_and_no_key_comes_twice() {
        let rows = TABLE.lines().skip(1).count();
        assert_eq!(Rates::load().unwrap().0.len(), rows);
        for line in TABLE.lines() {
            assert_eq!(line.split(',').count(), 4, "{line}");
            assert!(line.split(',').all(|field| !field.is_empty()), "{line}");
        }
    }

    #[test]
    fn seoul_prices_are_as_published() {
        let rates = Rates::load().unwrap();
        let price = |key: &str| rates.get(key).unwrap().price.to_string();
        assert_eq!(price("ec2/c5.9xlarge/Linux"), "1.728");
        assert_eq!(price("rds/db.r5.2xlarge/Aurora MySQL"), "1.4");
        assert_eq!(price("rds/db.r6g.2xlarge/Aurora MySQL/reserved"), "0.8234");
        assert!(rates.get("ec2/m5.metal/Linux").is_err());
        assert_eq!(rate_text(rates.get("lambda/arm").unwrap().price), "0.0000133334");
    }
}
