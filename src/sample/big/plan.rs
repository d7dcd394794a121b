//! Who uses what, when, and how it was bought: every resource of the bill with the hours it lives.
//!
//! The plan fits into memory whatever the number of rows (some 70 bytes for each series of hours); the rows are made
//! from it file by file.

use parquet::data_type::ByteArray;

use super::chance::Chance;
use super::meters::Amount;
use super::sku::{Sku, Text, UNIT};
use crate::units::Month;

/// Entries of a map.
pub(super) type Entries = Vec<(ByteArray, ByteArray)>;

/// An account.
pub(super) struct Account {
    pub id: Text,
    pub name: Text,
    pub digits: String,
    pub category: Entries,
    /// Indices of its series, in the order of the bill.
    pub series: Vec<u32>,
}

/// A month of the bill.
pub(super) struct Period {
    pub month: Month,
    /// First hour, counted from the first hour of the bill.
    pub start: u32,
    pub hours: u32,
    /// First instant, milliseconds.
    pub first: i64,
    pub invoice: Text,
}

/// How a series of hours is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Charge {
    /// On demand, or Spot.
    Usage,
    /// By the Reserved Instances of that index.
    Reserved(u32),
    /// By the Savings Plan of that index.
    Plan(u32),
}

/// One meter of one resource through the hours of its life.
#[derive(Debug, Clone, Copy)]
pub(super) struct Series {
    pub account: u32,
    pub sku: u32,
    /// Decides id and amounts.
    pub seed: u64,
    /// Decides the resource; meters of one resource share it.
    pub resource: u64,
    pub region: u8,
    pub charge: Charge,
    /// First hour of its life, counted from the first hour of the bill.
    pub start: u32,
    pub hours: u32,
}

impl Series {
    /// Returns the rows of an hour: covered usage comes with its negation.
    pub(super) fn rows_an_hour(&self) -> u64 {
        if matches!(self.charge, Charge::Plan(_)) { 2 } else { 1 }
    }

    /// Returns what is used in an hour, in units of 10^-10.
    pub(super) fn usage(&self, amount: Amount, hour: u32) -> i64 {
        let mut chance = Chance::of(&[self.seed, u64::from(hour)]);
        let scale = 1 + (self.seed >> 7) % 256;
        let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        match amount {
            Amount::Hours if self.start == 0 || hour > self.start => UNIT,
            Amount::Hours => (whole(60 + chance.below(3_500)) * UNIT) / 3_600,
            Amount::Count(bound) => (1 + whole(chance.below((bound * scale / 256).max(1)))) * UNIT,
            Amount::Fraction(bound) => 1 + whole(chance.below(bound * scale * 39_062)),
            Amount::Size(bound) => whole(1 + (self.seed >> 9) % bound) * UNIT / 730,
        }
    }
}

/// Reserved Instances of one account and class.
pub(super) struct Lease {
    pub account: u32,
    pub sku: u32,
    pub arn: Text,
    pub id: Text,
    /// How many are used all the time, and how many there are.
    pub used: i64,
    pub count: i64,
    /// Monthly fee and upfront payment spread over the hours, in units of 10^-10 dollars an hour.
    pub recurring: i64,
    pub upfront: i64,
    pub bought_now: bool,
}

/// A Savings Plan of the payer.
pub(super) struct SavingsPlan {
    pub arn: Text,
    /// Commitment an hour, and how much of it each hour uses, in units of 10^-10 dollars.
    pub commitment: i64,
    pub used: Vec<i64>,
}

/// The whole bill before its rows are made.
pub(super) struct Plan {
    pub seed: u64,
    pub periods: Vec<Period>,
    pub accounts: Vec<Account>,
    pub skus: Vec<Sku>,
    pub series: Vec<Series>,
    pub leases: Vec<Lease>,
    pub plans: Vec<SavingsPlan>,
    /// Sets of tags that resources carry; the first is empty. In the spellings of `resource_tags` and of `tags`.
    pub tags: Vec<(Entries, Entries)>,
    pub commitment_sku: u32,
    pub support_sku: u32,
    pub tax_skus: Vec<u32>,
}

/// Taxes and credits of each account and month.
pub(super) const TAXES: u64 = 3;
pub(super) const CREDITS: u64 = 2;

/// Returns the rate of a Savings Plan: two thirds of the public one, in millionths of a dollar.
pub(super) fn plan_rate(rate: i64) -> i64 {
    rate / 10_000 * 66 / 100 * 10_000
}

/// Multiplies two amounts in units of 10^-10, rounding to nearest.
pub(super) fn times(rate: i64, usage: i64) -> i64 {
    let product = i128::from(rate) * i128::from(usage) + i128::from(UNIT) / 2;
    i64::try_from(product.div_euclid(i128::from(UNIT))).unwrap_or(i64::MAX)
}

pub(super) fn uuid(chance: &mut Chance) -> String {
    let hex = chance.hex(32);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
