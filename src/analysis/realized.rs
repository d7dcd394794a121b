//! What the move to Graviton has saved already: Arm usage against the x86 that it replaced.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{
    baseline::{Baseline, Baselines},
    commitments::bought,
    grouping,
    parts::{RealizedPart, TagSums},
    saving::Paid,
};
use crate::{
    normalize::{UsageKind, service_of},
    pricing::PriceBook,
    rollup::{UsageKey, UsageRow},
    terms::{Architecture, PurchaseOption},
    units::{Month, rounded},
};

/// A row of the table `graviton_realized`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns of graviton_realized under their own names")]
pub struct Realized {
    pub month: Month,
    pub account_id: Option<Arc<str>>,
    pub region: Option<Arc<str>>,
    pub product_code: Arc<str>,
    /// Arm instance type; usage type of metered compute.
    pub instance_type: Option<Arc<str>>,
    pub operating_system: Option<Arc<str>>,
    pub database_engine: Option<Arc<str>>,
    pub deployment_option: Option<Arc<str>>,
    pub purchase_option: Option<PurchaseOption>,
    /// The x86 that it replaced.
    pub baseline_instance_type: Option<String>,
    /// Instance hours; quantity of metered compute.
    pub hours: Decimal,
    pub amortized_cost: Decimal,
    /// List price of the baseline.
    pub baseline_price: Option<Decimal>,
    /// What the baseline would have cost at the same purchase option.
    pub baseline_cost: Option<Decimal>,
    /// Baseline cost − amortised cost.
    pub realized_saving: Option<Decimal>,
    /// What is assumed in the row, or why there is no figure.
    pub estimate: Option<String>,
    /// Date of the baseline's price; `None` when the bill of the month shows it.
    pub price_as_of: Option<NaiveDate>,
    /// The row by the values of the tags that were asked for; empty where none were.
    pub parts: Vec<RealizedPart>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct View<'a> {
    region: &'a Option<Arc<str>>,
    product_code: &'a Arc<str>,
    instance_type: &'a Option<Arc<str>>,
    operating_system: &'a Option<Arc<str>>,
    database_engine: &'a Option<Arc<str>>,
    deployment_option: &'a Option<Arc<str>>,
    purchase_option: Option<PurchaseOption>,
    /// Decide the price, beside the type.
    price_variant: &'a Option<Arc<str>>,
    tenancy: &'a Option<Arc<str>>,
    public_rate: Option<Decimal>,
    currency: &'a Arc<str>,
    kind: UsageKind,
}

/// What is summed of Arm usage.
#[derive(Default)]
struct Sum {
    hours: Decimal,
    amortized: Decimal,
    paid: Paid,
    tags: TagSums,
}

/// Lists the Arm usage of each month with what it saved.
pub fn realized(rows: &[UsageRow], baselines: &Baselines<'_>, book: &PriceBook) -> Vec<Realized> {
    let add = |sum: &mut Sum, row: &UsageRow| {
        sum.hours += row.usage_amount;
        sum.amortized += row.amortized_cost;
        sum.paid.add_gross(row);
        sum.tags.add(row);
    };
    grouping::sums(rows, |row| (row.month, &row.account_id), view, add)
        .into_iter()
        .map(|((month, account_id), view, sum)| {
            let mut row = row(month, account_id.as_ref(), &view, &sum, baselines, book);
            row.parts = sum.tags.of_realized(&row);
            row
        })
        .collect()
}

fn view(usage: &UsageKey) -> Option<View<'_>> {
    let is_arm = usage.architecture == Some(Architecture::Arm) && usage.usage_kind.has_architecture();
    is_arm.then_some(View {
        region: &usage.region,
        product_code: &usage.product_code,
        instance_type: if usage.meter.is_some() { &usage.meter } else { &usage.instance_type },
        operating_system: &usage.operating_system,
        database_engine: &usage.database_engine,
        deployment_option: &usage.deployment_option,
        purchase_option: bought(usage),
        price_variant: &usage.price_variant,
        tenancy: &usage.tenancy,
        public_rate: usage.public_rate,
        currency: &usage.currency,
        kind: usage.usage_kind,
    })
}

fn row(
    month: Month,
    account_id: Option<&Arc<str>>,
    view: &View<'_>,
    sum: &Sum,
    baselines: &Baselines<'_>,
    book: &PriceBook,
) -> Realized {
    let baseline = baselines.of(month, &view.usage());
    let is_spot = view.purchase_option == Some(PurchaseOption::Spot);
    let (cost, estimate) = match &baseline {
        _ if is_spot => (None, Some("Spot: what x86 would have cost is not known".to_owned())),
        None => (None, Some("no predecessor with a price".to_owned())),
        Some(baseline) => against(baseline, view, sum, book),
    };
    let cost = cost.map(rounded);
    Realized {
        month,
        account_id: account_id.cloned(),
        region: view.region.clone(),
        product_code: Arc::clone(view.product_code),
        instance_type: view.instance_type.clone(),
        operating_system: view.operating_system.clone(),
        database_engine: view.database_engine.clone(),
        deployment_option: view.deployment_option.clone(),
        purchase_option: view.purchase_option,
        hours: sum.hours,
        amortized_cost: sum.amortized,
        baseline_price: baseline.as_ref().map(|baseline| baseline.usd),
        price_as_of: baseline.as_ref().and_then(|baseline| baseline.as_of),
        baseline_instance_type: baseline.map(|baseline| baseline.name),
        baseline_cost: cost,
        realized_saving: cost.map(|cost| cost - sum.amortized),
        estimate,
        parts: Vec::new(),
    }
}

/// Returns what the baseline would have cost: its list cost at what this usage paid ÷ its own list cost.
///
/// 100 h of m6g.large on demand for 7.70: 100 × 0.096 = 9.60, saved 1.90. Under an RI at 70 % of list it cost 5.39; m5.large
/// at 70 % 6.72, saved 1.33.
fn against(baseline: &Baseline, view: &View<'_>, sum: &Sum, book: &PriceBook) -> (Option<Decimal>, Option<String>) {
    if sum.amortized.is_zero() {
        return (Some(Decimal::ZERO), Some("nothing was paid: free usage".to_owned()));
    }
    let list = sum.hours * baseline.usd;
    let own_price = || {
        let service = service_of(view.product_code)?;
        let item = view.instance_type.as_deref()?;
        Some(book.trusted(service.as_str(), view.region.as_deref()?, item, view.price_variant.as_deref()?)?.usd)
    };
    let own_list = view.public_rate.or_else(own_price).map(|price| price * sum.hours);
    let Some(cost) = sum.paid.share_of(list, own_list) else {
        return (None, Some("the list cost of the Arm usage is not known".to_owned()));
    };
    let rate = sum.paid.share_of(Decimal::ONE, own_list).filter(|rate| rate.round_dp(4) != Decimal::ONE);
    let note = rate.map(|rate| {
        let percent = (rate * Decimal::ONE_HUNDRED).round_dp(1).normalize();
        format!("the baseline at the {percent} % of list that the Arm usage paid")
    });
    (Some(cost), note)
}

impl View<'_> {
    /// Returns the usage as far as a baseline depends on it.
    fn usage(&self) -> UsageKey {
        let is_metered = self.kind == UsageKind::Metered;
        UsageKey {
            region: self.region.clone(),
            product_code: Arc::clone(self.product_code),
            charge_type: "Usage".into(),
            purchase_option: self.purchase_option,
            usage_kind: self.kind,
            instance_type: self.instance_type.clone().filter(|_| !is_metered),
            architecture: Some(Architecture::Arm),
            vcpu: None,
            operating_system: self.operating_system.clone(),
            database_engine: self.database_engine.clone(),
            deployment_option: self.deployment_option.clone(),
            tenancy: self.tenancy.clone(),
            licensed_software: None,
            price_variant: self.price_variant.clone(),
            public_rate: self.public_rate,
            meter: self.instance_type.clone().filter(|_| is_metered),
            is_spot: false,
            engine_version: None,
            commitment: None,
            currency: Arc::clone(self.currency),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        analysis::baseline::Overrides,
        rollup::fixture::{hours, usd},
    };

    fn arm(option: PurchaseOption, cost: &str, list: &str) -> UsageRow {
        let mut row = hours("m6g.large", "100");
        row.architecture = Some(Architecture::Arm);
        row.purchase_option = Some(option);
        UsageRow { amortized_cost: usd(cost), list_cost: Some(usd(list)), ..row }
    }

    fn one(row: UsageRow) -> Realized {
        let rows = [row];
        let (book, none) = (PriceBook::embedded().unwrap(), Overrides::new());
        let mut found = realized(&rows, &Baselines::new(&rows, book, &none), book);
        assert_eq!(found.len(), 1);
        found.remove(0)
    }

    #[test]
    fn arm_usage_is_held_against_its_predecessor() {
        let on_demand = one(arm(PurchaseOption::OnDemand, "7.70", "7.70"));
        assert_eq!(on_demand.baseline_instance_type.as_deref(), Some("m5.large"));
        assert_eq!((on_demand.baseline_cost, on_demand.realized_saving), (Some(usd("9.6")), Some(usd("1.9"))));
        assert_eq!(on_demand.estimate, None);
        let reserved = one(arm(PurchaseOption::Reserved, "5.39", "7.70"));
        assert_eq!((reserved.baseline_cost, reserved.realized_saving), (Some(usd("6.72")), Some(usd("1.33"))));
        assert!(reserved.estimate.unwrap().contains("70 %"));
    }

    #[test]
    fn spot_is_not_computed() {
        let spot = one(arm(PurchaseOption::Spot, "2", "7.70"));
        assert_eq!((spot.baseline_cost, spot.realized_saving), (None, None));
        assert!(spot.estimate.is_some());
    }

    #[test]
    fn an_arm_meter_is_held_against_that_of_x86() {
        let mut row = arm(PurchaseOption::OnDemand, "1333.34", "1333.34");
        row.product_code = "AWSLambda".into();
        row.usage_kind = UsageKind::Metered;
        row.purchase_option = None;
        row.instance_type = None;
        row.meter = Some("Lambda-GB-Second-ARM".into());
        row.public_rate = Some(usd("0.0000133334"));
        row.usage_amount = usd("100000000");
        let lambda = one(row);
        assert_eq!(lambda.baseline_instance_type.as_deref(), Some("Lambda-GB-Second"));
        assert_eq!(lambda.realized_saving, Some(usd("333.33")));
    }
}
