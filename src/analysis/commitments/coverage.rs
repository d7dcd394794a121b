//! How the usage that commitments can cover was bought, and how much of the commitments was wasted.

use std::{collections::BTreeMap, sync::Arc};

use rust_decimal::Decimal;

use super::bought;
use crate::{
    analysis::{costs::add_known, grouping},
    normalize::{LineType, UsageKind},
    rollup::{UsageKey, UsageRow},
    terms::PurchaseOption,
    units::{Month, ratio},
};

/// A row of the table `commitment_coverage`; costs are amortised.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns of commitment_coverage under their own names")]
pub struct Coverage {
    pub on_demand_cost: Decimal,
    pub reserved_cost: Decimal,
    pub savings_plan_cost: Decimal,
    pub spot_cost: Decimal,
    pub unused_commitment: Decimal,
    /// List cost of covered and on-demand usage; Spot stands apart.
    pub list_cost: Option<Decimal>,
    /// List cost of covered usage.
    pub covered_list_cost: Option<Decimal>,
}

/// Products whose compute no commitment covers: MSK brokers, the EMR surcharge, builds.
const NOT_COVERABLE: &[&str] = &["AmazonMSK", "ElasticMapReduce", "CodeBuild"];

/// Tells whether RI or SP can cover the usage.
pub(in crate::analysis) fn is_coverable(usage: &UsageKey) -> bool {
    usage.usage_kind.is_compute()
        && usage.usage_kind != UsageKind::Serverless
        && !NOT_COVERABLE.contains(&&*usage.product_code)
}

/// Coverage of one product in one month.
pub type CoverageByProduct = BTreeMap<(Month, Arc<str>), Coverage>;

impl Coverage {
    /// Returns list cost of covered usage ÷ list cost of covered and on-demand usage.
    pub fn coverage(&self) -> Option<Decimal> {
        ratio(self.covered_list_cost.unwrap_or_default(), self.list_cost?)
    }

    /// Returns used commitment ÷ (used + unused), at amortised cost.
    pub fn utilization(&self) -> Option<Decimal> {
        let used = self.reserved_cost + self.savings_plan_cost;
        ratio(used, used + self.unused_commitment)
    }

    /// Returns (list cost − amortised cost − unused commitment) ÷ list cost.
    pub fn effective_savings_rate(&self) -> Option<Decimal> {
        let list = self.list_cost?;
        let paid = self.on_demand_cost + self.reserved_cost + self.savings_plan_cost + self.unused_commitment;
        ratio(list - paid, list)
    }

    /// Adds another product's coverage of the same month.
    pub fn add(&mut self, other: &Self) {
        self.on_demand_cost += other.on_demand_cost;
        self.reserved_cost += other.reserved_cost;
        self.savings_plan_cost += other.savings_plan_cost;
        self.spot_cost += other.spot_cost;
        self.unused_commitment += other.unused_commitment;
        add_known(&mut self.list_cost, other.list_cost);
        add_known(&mut self.covered_list_cost, other.covered_list_cost);
    }
}

/// Sums coverable usage and commitment waste by month and product.
pub fn coverage(rows: &[UsageRow]) -> CoverageByProduct {
    let view = |usage: &UsageKey| Some((Arc::clone(&usage.product_code), Role::of(usage)?));
    let add = |sum: &mut (Decimal, Option<Decimal>), row: &UsageRow| {
        sum.0 += row.amortized_cost;
        add_known(&mut sum.1, row.list_cost);
    };
    let mut sums = CoverageByProduct::new();
    for (month, (product, role), (cost, list)) in grouping::sums(rows, |row| row.month, view, add) {
        sums.entry((month, product)).or_default().add(&role.part(cost, list));
    }
    sums
}

/// What a usage has to do with commitments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    Waste,
    Reserved,
    SavingsPlan,
    Spot,
    OnDemand,
}

impl Role {
    /// Returns the role, or `None` when commitments have nothing to do with it.
    fn of(usage: &UsageKey) -> Option<Self> {
        Some(match LineType::parse(&usage.charge_type) {
            LineType::RiFee | LineType::SavingsPlanRecurringFee => Self::Waste,
            _ if !is_coverable(usage) => return None,
            LineType::DiscountedUsage => Self::Reserved,
            LineType::SavingsPlanCoveredUsage => Self::SavingsPlan,
            LineType::Usage if bought(usage) == Some(PurchaseOption::Spot) => Self::Spot,
            LineType::Usage => Self::OnDemand,
            _ => return None,
        })
    }

    fn part(self, cost: Decimal, list: Option<Decimal>) -> Coverage {
        let covered = Coverage { list_cost: list, covered_list_cost: list, ..Coverage::default() };
        match self {
            Self::Waste => Coverage { unused_commitment: cost, ..Coverage::default() },
            Self::Reserved => Coverage { reserved_cost: cost, ..covered },
            Self::SavingsPlan => Coverage { savings_plan_cost: cost, ..covered },
            Self::Spot => Coverage { spot_cost: cost, ..Coverage::default() },
            Self::OnDemand => Coverage { on_demand_cost: cost, list_cost: list, ..Coverage::default() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollup::fixture::{hours, row, usd};

    /// A month by hand: 100 list on demand, 60 list reserved for 36, 40 list under a plan for 28, 4 of the plan unused,
    /// 5 of Spot. Coverage 100 ÷ 200, utilisation 64 ÷ 68, savings rate (200 − 164 − 4) ÷ 200.
    #[test]
    fn a_month_worked_by_hand() {
        let usage = |charge_type: &str, option, cost: &str, list: &str| {
            let mut row = hours("m5.large", "1");
            row.charge_type = charge_type.into();
            row.purchase_option = Some(option);
            UsageRow { amortized_cost: usd(cost), list_cost: Some(usd(list)), ..row }
        };
        let fee = UsageRow { amortized_cost: usd("4"), ..row("2024-01", "AmazonEC2", "SavingsPlanRecurringFee") };
        let rows = [
            usage("Usage", PurchaseOption::OnDemand, "100", "100"),
            usage("DiscountedUsage", PurchaseOption::Reserved, "36", "60"),
            usage("SavingsPlanCoveredUsage", PurchaseOption::SavingsPlan, "28", "40"),
            usage("Usage", PurchaseOption::Spot, "5", "12"),
            fee,
            row("2024-01", "AmazonS3", "Usage"),
        ];
        let sums = coverage(&rows);
        assert_eq!(sums.len(), 1);
        let month = sums.values().next().unwrap();
        assert_eq!(month.coverage(), Some(usd("0.5")));
        assert_eq!(month.utilization(), ratio(usd("64"), usd("68")));
        assert_eq!(month.effective_savings_rate(), Some(usd("0.16")));
        assert_eq!(month.spot_cost, usd("5"));
    }

    #[test]
    fn unknown_list_cost_gives_no_ratio() {
        let sums = coverage(&[hours("m5.large", "1")]);
        let month = sums.values().next().unwrap();
        assert_eq!((month.coverage(), month.utilization(), month.effective_savings_rate()), (None, None, None));
    }
}
