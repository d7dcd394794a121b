//! Bridges worked by hand, and sums on random bills.

use super::*;
use crate::{
    analysis::baseline::Overrides,
    pricing::PriceBook,
    rollup::fixture::{hours, row, usd},
    terms::{Architecture, PurchaseOption},
};

fn bridge(rows: &[UsageRow], basis: Basis) -> Vec<BridgeRow> {
    let none = Overrides::new();
    let baselines = Baselines::new(rows, PriceBook::embedded().unwrap(), &none);
    Bridges::new(rows, &baselines).between("2024-01".parse().unwrap(), "2024-02".parse().unwrap(), basis)
}

fn amount(rows: &[BridgeRow], effect: Effect) -> Decimal {
    rows.iter().filter(|row| row.effect == effect).map(|row| row.amount).sum()
}

fn usage(month: &str, name: &str, amount: &str, price: &str, rate: &str) -> UsageRow {
    let mut row = hours(name, amount);
    let graviton = PriceBook::embedded().unwrap().shape(name).unwrap().architecture == Architecture::Arm;
    row.architecture = Some(if graviton { Architecture::Arm } else { Architecture::X86 });
    row.month = month.parse().unwrap();
    let list = row.usage_amount * usd(price);
    let cost = list * usd(rate);
    UsageRow { amortized_cost: cost, unblended_cost: cost, list_cost: Some(list), ..row }
}

/// 1,000 h of m5.large at 0.096 become 1,500 h of m6g.large at 0.077 under an RI at 60 % of list.
///
/// 96.00 → 69.30: usage 96 × 0.5 = 48; Graviton 1,500 × (0.077 − 0.096) = −28.50; RI 115.50 × (0.6 − 1) = −46.20.
#[test]
fn a_migration_worked_by_hand() {
    let mut to = usage("2024-02", "m6g.large", "1500", "0.077", "0.6");
    to.purchase_option = Some(PurchaseOption::Reserved);
    let found = bridge(&[usage("2024-01", "m5.large", "1000", "0.096", "1"), to], Basis::Amortized);
    assert_eq!(amount(&found, Effect::Usage), usd("48"));
    assert_eq!(amount(&found, Effect::Graviton), usd("-28.5"));
    assert_eq!(amount(&found, Effect::Commitment), usd("-46.2"));
    assert_eq!(amount(&found, Effect::Mix), Decimal::ZERO);
    assert_eq!(found.iter().map(|row| row.amount).sum::<Decimal>(), usd("69.3") - usd("96"));
}

/// Half the hours of m5.large become m7i.large (0.1008): 500 × 0.0048 = 2.40 of mix. Its price rises by 10 %: list price.
#[test]
fn generations_are_mix_and_prices_are_prices() {
    let rows = [
        usage("2024-01", "m5.large", "1000", "0.096", "1"),
        usage("2024-02", "m5.large", "500", "0.1056", "1"),
        usage("2024-02", "m7i.large", "500", "0.1008", "1"),
    ];
    let found = bridge(&rows, Basis::Amortized);
    assert_eq!(amount(&found, Effect::Usage), Decimal::ZERO);
    assert_eq!(amount(&found, Effect::ListPrice), usd("4.8"));
    assert_eq!(amount(&found, Effect::Mix), usd("2.4"));
}

#[test]
fn charges_and_other_usage_have_their_effects() {
    let line = |month: &str, product: &str, charge_type: &str, cost: &str| {
        let mut line = row(month, product, charge_type);
        line.usage_kind = crate::normalize::UsageKind::NoUsage;
        if charge_type == "Usage" {
            line.usage_kind = crate::normalize::UsageKind::Other;
            line.list_cost = Some(usd(cost) * usd("2"));
        }
        UsageRow { amortized_cost: usd(cost), unblended_cost: usd(cost), ..line }
    };
    let mut discounted = line("2024-02", "AmazonS3", "Usage", "12");
    discounted.list_cost = Some(usd("40"));
    let rows = [
        line("2024-01", "AmazonS3", "Usage", "10"),
        discounted,
        line("2024-01", "AmazonEC2", "Tax", "3"),
        line("2024-02", "AmazonEC2", "Tax", "5"),
        line("2024-02", "AmazonEC2", "RIFee", "7"),
        line("2024-02", "AmazonEC2", "Unheard", "1"),
    ];
    let found = bridge(&rows, Basis::Amortized);
    // 20 of list at 50 % become 40 at 30 %: 20 × 0.5 more usage, 40 × 0.2 less paid.
    assert_eq!(amount(&found, Effect::Usage), usd("10"));
    assert_eq!(amount(&found, Effect::CreditsTaxFees), usd("-8") + usd("2"));
    assert_eq!((amount(&found, Effect::Commitment), amount(&found, Effect::Other)), (usd("7"), usd("1")));
}
