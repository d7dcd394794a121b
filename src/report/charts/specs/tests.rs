//! The charts of a report hold its figures.

use super::*;
use crate::report::{charts::fixture, words::Language};

fn specs(report: &Report) -> Vec<ChartSpec> {
    super::specs(report, &Words::of(Language::English).unwrap())
}

fn kind(report: &Report, id: &str, basis: Option<Basis>) -> ChartKind {
    specs(report).into_iter().find(|spec| spec.id == id && spec.basis == basis).unwrap().kind
}

fn stacked(report: &Report, id: &str, basis: Option<Basis>) -> Stacked {
    match kind(report, id, basis) {
        ChartKind::Stacked(chart) => chart,
        other => panic!("{id} is {other:?}"),
    }
}

fn steps(report: &Report, id: &str, basis: Option<Basis>) -> Vec<Step> {
    match kind(report, id, basis) {
        ChartKind::Waterfall(chart) => chart.steps,
        other => panic!("{id} is {other:?}"),
    }
}

#[test]
fn stacks_add_up_to_the_bill_of_each_month() {
    let report = fixture::report();
    let chart = stacked(&report, "cost_by_service", Some(Basis::Amortized));
    assert_eq!(chart.series.len(), NAMED + 1);
    assert_eq!(chart.series[NAMED].name, "Other (2 services)");
    for (slot, month) in report.months.iter().enumerate() {
        let sum: Decimal = chart.series.iter().map(|series| series.values[slot]).sum();
        assert_eq!(sum, month.amortized_cost, "{}", month.month);
        assert_eq!(chart.slots[slot].total, Some(month.amortized_cost));
    }
    assert!(chart.slots.last().unwrap().is_partial);
}

#[test]
fn waterfalls_end_where_their_steps_lead() {
    let report = fixture::report();
    let amortized = Some(Basis::Amortized);
    for (id, basis) in [("savings_waterfall", None), ("change_waterfall", amortized), ("bridge", amortized)] {
        let steps = steps(&report, id, basis);
        let (end, before) = steps.split_last().unwrap();
        assert!(before.len() > 2);
        assert_eq!(before.iter().map(Step::amount).sum::<Decimal>(), end.amount(), "{id}");
    }
    let end = steps(&report, "change_waterfall", amortized).pop().unwrap();
    let bill = report.months.iter().find(|row| row.month == report.month).unwrap();
    assert_eq!(end.amount(), bill.amortized_cost);
}

#[test]
fn lines_follow_the_months_and_keep_gaps() {
    let mut report = fixture::report();
    report.adoption.remove(1);
    let chart = stacked(&report, "coverage_and_graviton", None);
    let graviton = chart.lines.iter().find(|line| line.name == "Graviton share").unwrap();
    assert_eq!(graviton.values.len(), report.coverage.len());
    assert!(graviton.values[0].is_some() && graviton.values[1].is_none() && graviton.values[2].is_some());
}

#[test]
fn charts_without_data_are_left_out() {
    let mut report = fixture::report();
    report.savings_by_service.clear();
    report.since_first.clear();
    report.coverage.clear();
    report.bridge.clear();
    report.savings_by_month.clear();
    report.expiry.clear();
    report.adoption.clear();
    report.daily_costs.clear();
    report.hourly_instances.clear();
    let ids: Vec<_> = specs(&report).iter().map(|spec| (spec.id, spec.basis)).collect();
    let bases = [Basis::Amortized, Basis::Unblended].map(|basis| ("cost_by_service", Some(basis)));
    assert_eq!(ids, bases);
    assert_eq!(pictured(specs(&report), Basis::Unblended).len(), 1);
    report.cost_by_service.clear();
    assert!(specs(&report).is_empty());
}
