//! The report in another currency: every amount and price times one rate, so that nothing is mixed.

use rust_decimal::Decimal;

use super::model::{BreakdownLine, Exchange, Report, Revision};

/// A currency other than the bill's, and what one unit of the bill's is worth in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversion {
    /// ISO code.
    pub to: String,
    /// Units of it for one of the bill's.
    pub rate: Decimal,
}

/// Converts every amount of the report.
pub(super) fn convert(report: &mut Report, conversion: &Conversion) {
    let rate = conversion.rate;
    amounts(report, &mut |amount| *amount *= rate);
    let from = std::mem::replace(&mut report.currency, conversion.to.clone());
    report.exchange = Some(Exchange { from, rate });
}

/// Shows every amount in the report's currency to `visit`; ratios, hours and counts are none.
fn amounts(report: &mut Report, visit: &mut dyn FnMut(&mut Decimal)) {
    for row in &mut report.months {
        visit(&mut row.unblended_cost);
        visit(&mut row.amortized_cost);
        row.net_unblended_cost.as_mut().map(&mut *visit);
        row.net_amortized_cost.as_mut().map(&mut *visit);
    }
    for row in &mut report.cost_by_service {
        visit(&mut row.unblended_cost);
        visit(&mut row.amortized_cost);
    }
    for row in &mut report.coverage {
        let costs = [
            &mut row.on_demand_cost,
            &mut row.reserved_cost,
            &mut row.savings_plan_cost,
            &mut row.spot_cost,
            &mut row.unused_commitment,
        ];
        costs.into_iter().for_each(&mut *visit);
    }
    for row in &mut report.coverage_by_service {
        let costs = [
            &mut row.on_demand_cost,
            &mut row.reserved_cost,
            &mut row.savings_plan_cost,
            &mut row.spot_cost,
            &mut row.unused_commitment,
        ];
        costs.into_iter().for_each(&mut *visit);
    }
    for row in &mut report.adoption {
        [&mut row.graviton_cost, &mut row.compute_cost, &mut row.eligible_cost].into_iter().for_each(&mut *visit);
    }
    for row in report.month_over_month.iter_mut().chain(&mut report.since_first) {
        [&mut row.from_cost, &mut row.to_cost, &mut row.change].into_iter().for_each(&mut *visit);
    }
    for row in &mut report.buckets {
        visit(&mut row.unblended_cost);
        visit(&mut row.amortized_cost);
    }
    for row in report.bridge_previous.iter_mut().chain(&mut report.bridge) {
        let effects = [
            &mut row.usage,
            &mut row.list_price,
            &mut row.commitment,
            &mut row.graviton,
            &mut row.mix,
            &mut row.credits_tax_fees,
            &mut row.other,
            &mut row.change,
        ];
        effects.into_iter().for_each(&mut *visit);
    }
    savings(report, visit);
    commitments(report, visit);
    for row in &mut report.held_back {
        visit(&mut row.amortized_cost);
    }
    report.accounts.iter_mut().chain(&mut report.regions).for_each(|line| breakdown(line, visit));
    if let Some(groups) = &mut report.groups {
        groups.lines.iter_mut().for_each(|line| breakdown(line, visit));
        for row in &mut groups.costs {
            visit(&mut row.unblended_cost);
            visit(&mut row.amortized_cost);
        }
    }
    course(report, visit);
    for row in &mut report.quality {
        let amounts =
            [&mut row.unblended_cost, &mut row.amortized_cost, &mut row.true_up, &mut row.upfront, &mut row.difference];
        amounts.into_iter().for_each(&mut *visit);
    }
    if let Some(shown) = &mut report.shown {
        visit(&mut shown.whole_cost);
    }
    if let Some(revision) = &mut report.revision {
        revisions(revision, visit);
    }
}

fn revisions(revision: &mut Revision, visit: &mut dyn FnMut(&mut Decimal)) {
    for row in &mut revision.months {
        let amounts = [
            &mut row.unblended_before,
            &mut row.unblended_cost,
            &mut row.unblended_change,
            &mut row.amortized_before,
            &mut row.amortized_cost,
            &mut row.amortized_change,
        ];
        amounts.into_iter().for_each(&mut *visit);
    }
    for row in &mut revision.services {
        let amounts = [
            &mut row.unblended_before,
            &mut row.unblended_cost,
            &mut row.unblended_change,
            &mut row.amortized_before,
            &mut row.amortized_cost,
            &mut row.amortized_change,
        ];
        amounts.into_iter().for_each(&mut *visit);
    }
    for row in &mut revision.amounts {
        row.before.as_mut().map(&mut *visit);
        row.now.as_mut().map(&mut *visit);
    }
}

fn savings(report: &mut Report, visit: &mut dyn FnMut(&mut Decimal)) {
    for row in &mut report.savings_by_service {
        let amounts = [
            &mut row.list_cost,
            &mut row.list_saving,
            &mut row.conditional_saving,
            &mut row.effective_saving,
            &mut row.unlocked_saving,
            &mut row.locked_saving,
        ];
        amounts.into_iter().for_each(&mut *visit);
    }
    for row in &mut report.savings_by_month {
        let amounts = [
            &mut row.realized_saving,
            &mut row.list_saving,
            &mut row.effective_saving,
            &mut row.unlocked_saving,
            &mut row.locked_saving,
        ];
        amounts.into_iter().for_each(&mut *visit);
    }
    for row in &mut report.locked_by_month {
        visit(&mut row.locked_saving);
    }
    for row in &mut report.realized {
        let amounts =
            [&mut row.amortized_cost, &mut row.baseline_cost, &mut row.realized_saving, &mut row.not_computed_cost];
        amounts.into_iter().for_each(&mut *visit);
    }
    for row in &mut report.opportunities {
        let amounts = [&mut row.source_price, &mut row.target_price, &mut row.amortized_cost, &mut row.list_saving];
        amounts.into_iter().for_each(&mut *visit);
        let known = [
            &mut row.target_rate,
            &mut row.effective_saving,
            &mut row.unlocked_saving,
            &mut row.locked_saving,
            &mut row.transition_cost,
        ];
        known.into_iter().filter_map(Option::as_mut).for_each(&mut *visit);
    }
}

fn course(report: &mut Report, visit: &mut dyn FnMut(&mut Decimal)) {
    for row in &mut report.events {
        visit(&mut row.days_cost);
        let known = [&mut row.cost, &mut row.usual_cost, &mut row.extra_cost, &mut row.usual_days_cost];
        known.into_iter().filter_map(Option::as_mut).for_each(&mut *visit);
    }
    for row in &mut report.bursts {
        [&mut row.cost, &mut row.extra_cost].into_iter().for_each(&mut *visit);
    }
    for row in &mut report.steady_usage {
        let known = [&mut row.on_demand_price, &mut row.committed_rate, &mut row.saving];
        known.into_iter().filter_map(Option::as_mut).for_each(&mut *visit);
    }
    for row in &mut report.daily_costs {
        let amounts = [&mut row.usage_cost, &mut row.other_cost, &mut row.amortized_cost, &mut row.unblended_cost];
        amounts.into_iter().for_each(&mut *visit);
    }
    for row in &mut report.hourly_instances {
        visit(&mut row.cost);
    }
}

fn commitments(report: &mut Report, visit: &mut dyn FnMut(&mut Decimal)) {
    for row in &mut report.commitments {
        visit(&mut row.cost);
        visit(&mut row.unused_cost);
        row.remaining_cost.as_mut().map(&mut *visit);
    }
    for row in &mut report.expiry {
        visit(&mut row.cost);
        visit(&mut row.locked_saving);
    }
}

fn breakdown(line: &mut BreakdownLine, visit: &mut dyn FnMut(&mut Decimal)) {
    let amounts = [
        &mut line.unblended_cost,
        &mut line.amortized_cost,
        &mut line.compute_cost,
        &mut line.list_saving,
        &mut line.effective_saving,
        &mut line.unlocked_saving,
        &mut line.locked_saving,
        &mut line.realized_saving,
    ];
    amounts.into_iter().for_each(&mut *visit);
    [&mut line.previous_cost, &mut line.change].into_iter().filter_map(Option::as_mut).for_each(&mut *visit);
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::report::charts::fixture;

    /// Names of numbers that are no amounts.
    const OTHERS: [&str; 33] = [
        "hours",
        "average",
        "baseline_average",
        "baseline_instances",
        "extra_hours",
        "instances",
        "peak_average",
        "name",
        "payback_days",
        "coverage",
        "utilization",
        "effective_savings_rate",
        "share",
        "share_of_compute",
        "share_of_eligible",
        "hours_share",
        "vcpu_hours_share",
        "normalized_units_share",
        "hours_share_of_eligible",
        "vcpu_hours_share_of_eligible",
        "normalized_units_share_of_eligible",
        "graviton_share",
        "unpriced_share",
        "ratio_before",
        "ratio",
        "athena_usd",
        "rate",
        "month",
        "account_id",
        "value",
        "id",
        "key",
        "gravimeter",
    ];

    fn compare(name: &str, before: &Value, after: &Value, seen: &mut usize) {
        match (before, after) {
            (Value::Object(before), Value::Object(after)) => {
                for (name, value) in before {
                    if name != "exchange" {
                        compare(name, value, &after[name], seen);
                    }
                }
            }
            (Value::Array(before), Value::Array(after)) => {
                assert_eq!(before.len(), after.len());
                before.iter().zip(after).for_each(|(before, after)| compare(name, before, after, seen));
            }
            (Value::String(before), Value::String(after)) => {
                let number = |text: &str| text.parse::<Decimal>().ok().filter(|_| !OTHERS.contains(&name));
                if let Some(amount) = number(before) {
                    *seen += 1;
                    assert_eq!(amount * Decimal::from(1_300), number(after).unwrap(), "{name}");
                }
            }
            _ => {}
        }
    }

    #[test]
    fn every_amount_is_converted_and_nothing_else() {
        let before = fixture::report();
        let mut after = fixture::report();
        convert(&mut after, &Conversion { to: "KRW".into(), rate: Decimal::from(1_300) });
        assert_eq!((after.currency.as_str(), &*after.exchange.as_ref().unwrap().from), ("KRW", "USD"));
        let mut seen = 0;
        let json = |report: &Report| serde_json::to_value(report).unwrap();
        compare("", &json(&before), &json(&after), &mut seen);
        assert!(seen > 500, "{seen}");
        let hours: Decimal = before.opportunities.iter().map(|row| row.hours).sum();
        assert_eq!(hours, after.opportunities.iter().map(|row| row.hours).sum::<Decimal>());
    }
}
