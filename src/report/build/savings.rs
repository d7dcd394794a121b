//! What Graviton could save, has saved, and why the rest cannot move.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rust_decimal::Decimal;

use crate::{
    analysis::{Figures, Opportunity},
    normalize::UsageKind,
    pricing::PriceBook,
    report::{
        model::{AdoptionShare, HeldBackRow, LockedMonth, OpportunityRow, RealizedRow, SavingsMonth, ServiceSaving},
        story::Remark,
    },
    terms::{Architecture, Verdict},
    units::{Month, ratio, rounded},
};

/// Returns the opportunities in the order of work, and a note on those that save too little to be listed.
pub(super) fn opportunities(
    figures: &Figures,
    book: &PriceBook,
    month: Month,
    min_saving: Decimal,
) -> (Vec<OpportunityRow>, Option<Remark>) {
    let mut rows: Vec<&Opportunity> =
        figures.opportunities.iter().filter(|row| row.month == month && row.verdict == Verdict::Eligible).collect();
    rows.sort_by_cached_key(|row| {
        let place = (row.account_id.clone(), row.region.clone(), Arc::clone(&row.product_code));
        (row.order_of_work(book), place, row.instance_type.clone())
    });
    let saving = |row: &Opportunity| row.list_saving.unwrap_or_default();
    let (large, small): (Vec<&Opportunity>, Vec<&Opportunity>) =
        rows.into_iter().partition(|row| saving(row) >= min_saving);
    let remark = (!small.is_empty()).then(|| Remark::Small {
        count: small.len(),
        least: min_saving,
        together: small.iter().map(|row| saving(row)).sum(),
    });
    (large.into_iter().filter_map(opportunity).collect(), remark)
}

fn opportunity(row: &Opportunity) -> Option<OpportunityRow> {
    Some(OpportunityRow {
        account_id: row.account_id.as_deref().unwrap_or_default().to_owned(),
        account_name: row.account_name.as_deref().map(str::to_owned),
        region: row.region.as_deref().unwrap_or("").to_owned(),
        product_code: row.product_code.to_string(),
        instance_type: row.instance_type.as_deref().unwrap_or("").to_owned(),
        operating_system: row.operating_system.as_deref().map(str::to_owned),
        database_engine: row.database_engine.as_deref().map(str::to_owned),
        deployment_option: row.deployment_option.as_deref().map(str::to_owned),
        purchase_option: row.purchase_option.map(|option| option.to_string()),
        target_instance_type: row.target_instance_type.as_deref()?.to_owned(),
        hours: row.hours,
        source_price: row.source_price?,
        target_price: row.target_price?,
        target_rate: row.target_rate.map(|rate| rate.usd),
        amortized_cost: row.amortized_cost,
        list_saving: row.list_saving?,
        effective_saving: row.effective_saving,
        unlocked_saving: row.unlocked_saving,
        locked_saving: row.locked_saving,
        unlock_month: row.unlock_month,
        effort: row.effort.map(|effort| effort.to_string()),
        transition_cost: row.transition_cost,
        payback_days: row.payback_days,
        condition: row.condition.as_deref().map(str::to_owned),
        estimate: row.estimate.as_deref().map(str::to_owned),
        price_as_of: row.price_as_of?,
    })
}

/// Sums the opportunities by service.
pub(super) fn savings_by_service(opportunities: &[OpportunityRow]) -> Vec<ServiceSaving> {
    let mut sums: BTreeMap<&str, ServiceSaving> = BTreeMap::new();
    for row in opportunities {
        let sum = sums.entry(&row.product_code).or_insert_with(|| ServiceSaving {
            product_code: row.product_code.clone(),
            list_cost: Decimal::ZERO,
            list_saving: Decimal::ZERO,
            conditional_saving: Decimal::ZERO,
            effective_saving: Decimal::ZERO,
            unlocked_saving: Decimal::ZERO,
            locked_saving: Decimal::ZERO,
        });
        sum.list_cost += row.hours * row.source_price;
        sum.list_saving += row.list_saving;
        if row.condition.is_some() {
            sum.conditional_saving += row.list_saving;
        }
        sum.effective_saving += row.effective_saving.unwrap_or_default();
        sum.unlocked_saving += row.unlocked_saving.unwrap_or_default();
        sum.locked_saving += row.locked_saving.unwrap_or_default();
    }
    let mut rows: Vec<ServiceSaving> = sums.into_values().collect();
    for row in &mut rows {
        row.list_cost = rounded(row.list_cost);
    }
    rows.sort_by(|a, b| (b.list_saving, &a.product_code).cmp(&(a.list_saving, &b.product_code)));
    rows
}

/// Sums realised and open savings by month.
pub(super) fn savings_by_month(figures: &Figures) -> Vec<SavingsMonth> {
    let mut sums: BTreeMap<Month, SavingsMonth> = BTreeMap::new();
    for total in &figures.months {
        let none = Decimal::ZERO;
        sums.insert(
            total.month,
            SavingsMonth {
                month: total.month,
                realized_saving: none,
                list_saving: none,
                effective_saving: none,
                unlocked_saving: none,
                locked_saving: none,
            },
        );
    }
    for row in &figures.realized {
        if let Some(sum) = sums.get_mut(&row.month) {
            sum.realized_saving += row.realized_saving.unwrap_or_default();
        }
    }
    for row in &figures.opportunities {
        if let Some(sum) = sums.get_mut(&row.month) {
            sum.list_saving += row.list_saving.unwrap_or_default();
            sum.effective_saving += row.effective_saving.unwrap_or_default();
            sum.unlocked_saving += row.unlocked_saving.unwrap_or_default();
            sum.locked_saving += row.locked_saving.unwrap_or_default();
        }
    }
    sums.into_values().collect()
}

/// Sums realised savings of a month by service, largest first.
pub(super) fn realized(figures: &Figures, month: Month) -> Vec<RealizedRow> {
    let mut sums: BTreeMap<&str, RealizedRow> = BTreeMap::new();
    for row in figures.realized.iter().filter(|row| row.month == month) {
        let sum = sums.entry(&row.product_code).or_insert_with(|| RealizedRow {
            product_code: row.product_code.to_string(),
            amortized_cost: Decimal::ZERO,
            baseline_cost: Decimal::ZERO,
            realized_saving: Decimal::ZERO,
            not_computed_cost: Decimal::ZERO,
        });
        match (row.baseline_cost, row.realized_saving) {
            (Some(baseline), Some(saving)) => {
                sum.amortized_cost += row.amortized_cost;
                sum.baseline_cost += baseline;
                sum.realized_saving += saving;
            }
            _ => sum.not_computed_cost += row.amortized_cost,
        }
    }
    let mut rows: Vec<RealizedRow> = sums.into_values().collect();
    rows.sort_by(|a, b| (b.realized_saving, &a.product_code).cmp(&(a.realized_saving, &b.product_code)));
    rows
}

/// The Arm share of each month by every measure, over all and over eligible usage.
pub(super) fn adoption(figures: &Figures) -> Vec<AdoptionShare> {
    /// Arm, all, eligible; unknown as soon as one part is.
    #[derive(Clone, Copy)]
    struct Parts([Option<Decimal>; 3]);
    impl Parts {
        fn add(&mut self, is_arm: bool, eligible: bool, part: Option<Decimal>) {
            for (sum, counts) in self.0.iter_mut().zip([is_arm, true, eligible]) {
                if counts {
                    *sum = sum.zip(part).map(|(sum, part)| sum + part);
                }
            }
        }
        fn shares(self) -> [Option<Decimal>; 2] {
            let [arm, all, eligible] = self.0;
            [arm.zip(all), arm.zip(eligible)].map(|pair| pair.and_then(|(arm, whole)| ratio(arm, whole)))
        }
    }
    let nothing = [Parts([Some(Decimal::ZERO); 3]); 4];
    let mut by_month: BTreeMap<Month, [Parts; 4]> = BTreeMap::new();
    for row in &figures.adoption {
        let [cost, hours, vcpu_hours, units] = by_month.entry(row.month).or_insert(nothing);
        let is_arm = row.architecture == Some(Architecture::Arm) && row.eligible;
        cost.add(is_arm, row.eligible, Some(row.amortized_cost));
        // Compute that is not counted in instances stands in the cost only.
        if row.hours.is_some() {
            hours.add(is_arm, row.eligible, row.hours);
            // Types whose size is not known are left out here, and named in the notes.
            if row.vcpu_hours.is_some() && row.normalized_units.is_some() {
                vcpu_hours.add(is_arm, row.eligible, row.vcpu_hours);
                units.add(is_arm, row.eligible, row.normalized_units);
            }
        }
    }
    by_month
        .into_iter()
        .map(|(month, [cost, hours, vcpu_hours, units])| {
            let [graviton, compute, eligible] = cost.0.map(Option::unwrap_or_default);
            let ([share_of_compute, share_of_eligible], [hours_share, hours_share_of_eligible]) =
                (cost.shares(), hours.shares());
            let ([vcpu_hours_share, vcpu_hours_share_of_eligible], [units_share, units_share_of_eligible]) =
                (vcpu_hours.shares(), units.shares());
            AdoptionShare {
                month,
                graviton_cost: graviton,
                compute_cost: compute,
                eligible_cost: eligible,
                share_of_compute,
                share_of_eligible,
                hours_share,
                vcpu_hours_share,
                normalized_units_share: units_share,
                hours_share_of_eligible,
                vcpu_hours_share_of_eligible,
                normalized_units_share_of_eligible: units_share_of_eligible,
            }
        })
        .collect()
}

/// Names what is left out of the shares of vCPU hours and normalised units.
pub(super) fn unsized_types(figures: &Figures, month: Month) -> Option<Remark> {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for row in figures.rows.iter().filter(|row| row.month == month && row.usage_kind == UsageKind::InstanceHours) {
        if row.vcpu.is_none() && row.tenancy.as_deref() != Some("Host") {
            names.extend(row.instance_type.as_deref());
        }
    }
    (!names.is_empty()).then(|| Remark::Unsized(names.into_iter().map(str::to_owned).collect()))
}

/// Lists the compute that is no opportunity by verdict, reason and service, dearest first.
pub(super) fn held_back(figures: &Figures, month: Month) -> Vec<HeldBackRow> {
    struct Sum<'a> {
        types: BTreeMap<&'a str, Decimal>,
        hours: Decimal,
        cost: Decimal,
    }
    let mut sums = BTreeMap::new();
    for row in figures.opportunities.iter().filter(|row| row.month == month) {
        let Some(reason) = row.reason else { continue };
        let sum = sums.entry((row.verdict, reason, &*row.product_code)).or_insert_with(|| Sum {
            types: BTreeMap::new(),
            hours: Decimal::ZERO,
            cost: Decimal::ZERO,
        });
        *sum.types.entry(row.instance_type.as_deref().unwrap_or("")).or_default() += row.amortized_cost;
        sum.hours += row.hours;
        sum.cost += row.amortized_cost;
    }
    let mut rows: Vec<HeldBackRow> = sums
        .into_iter()
        .map(|((verdict, reason, product_code), sum)| {
            let mut types: Vec<(&str, Decimal)> = sum.types.into_iter().collect();
            types.sort_by(|a, b| (b.1, a.0).cmp(&(a.1, b.0)));
            HeldBackRow {
                verdict,
                reason: reason.to_string(),
                explanation: reason.explanation().to_owned(),
                product_code: product_code.to_owned(),
                instance_types: types.into_iter().map(|(name, _)| name.to_owned()).collect(),
                hours: sum.hours,
                amortized_cost: sum.cost,
            }
        })
        .collect();
    rows.sort_by(|a, b| {
        (b.amortized_cost, &a.reason, &a.product_code).cmp(&(a.amortized_cost, &b.reason, &b.product_code))
    });
    rows
}

/// Names the targets that fit and whose price is not known: a saving may be larger than what is shown.
pub(super) fn unpriced_targets(figures: &Figures, month: Month) -> Option<Remark> {
    let rows = figures.opportunities.iter().filter(|row| row.month == month);
    let mut lists: Vec<&Arc<Vec<String>>> = rows.map(|row| &row.unpriced_targets).collect();
    lists.sort_unstable_by_key(|list| Arc::as_ptr(list));
    lists.dedup_by(|a, b| Arc::ptr_eq(a, b));
    let names: BTreeSet<&String> = lists.into_iter().flat_map(|list| list.iter()).collect();
    (!names.is_empty()).then(|| Remark::UnpricedTargets(names.into_iter().cloned().collect()))
}

/// Sums what is locked in each month by the month in which it is free; unknown ends come last.
pub(super) fn locked_by_month(figures: &Figures) -> Vec<LockedMonth> {
    let mut sums: BTreeMap<(Month, bool, Option<Month>), Decimal> = BTreeMap::new();
    for row in &figures.opportunities {
        if let Some(locked) = row.locked_saving.filter(|locked| !locked.is_zero()) {
            *sums.entry((row.month, row.unlock_month.is_none(), row.unlock_month)).or_default() += locked;
        }
    }
    let row = |((month, _, unlock_month), locked_saving)| LockedMonth { month, unlock_month, locked_saving };
    sums.into_iter().map(row).collect()
}
