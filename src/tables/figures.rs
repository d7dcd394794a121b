//! The tables of figures, column by column as the product contract names them.

use std::sync::Arc;

use datafusion::datasource::MemTable;

use super::columns::TableBuilder;
use crate::{
    analysis::{CommitmentMonth, Figures, Reason},
    error::Result,
    terms::{Architecture, EffortClass, PurchaseOption},
    units::Month,
};

/// `monthly_costs`.
pub(super) fn monthly_costs(figures: &Figures) -> Result<Arc<MemTable>> {
    TableBuilder::new(&figures.monthly_costs)
        .month("month", |row| row.month)
        .text("payer_account_id", |row| row.payer_account_id.as_deref())
        .text("account_id", |row| row.account_id.as_deref())
        .text("region", |row| row.region.as_deref())
        .text("product_code", |row| Some(&row.product_code))
        .text("charge_type", |row| Some(&row.charge_type))
        .text("purchase_option", |row| row.purchase_option.map(PurchaseOption::as_str))
        .amount("unblended_cost", |row| Some(row.costs.unblended))?
        .amount("amortized_cost", |row| Some(row.costs.amortized))?
        .amount("net_unblended_cost", |row| row.costs.net_unblended)?
        .amount("net_amortized_cost", |row| row.costs.net_amortized)?
        .amount("list_cost", |row| row.costs.list)?
        .text("currency", |row| Some(&row.currency))
        .count("line_items", |row| row.costs.line_items)
        .build()
}

/// `graviton_opportunities`.
pub(super) fn opportunities(figures: &Figures) -> Result<Arc<MemTable>> {
    TableBuilder::new(&figures.opportunities)
        .month("month", |row| row.month)
        .text("account_id", |row| row.account_id.as_deref())
        .text("region", |row| row.region.as_deref())
        .text("product_code", |row| Some(&row.product_code))
        .text("instance_type", |row| row.instance_type.as_deref())
        .text("operating_system", |row| row.operating_system.as_deref())
        .text("database_engine", |row| row.database_engine.as_deref())
        .text("deployment_option", |row| row.deployment_option.as_deref())
        .text("purchase_option", |row| row.purchase_option.map(PurchaseOption::as_str))
        .text("verdict", |row| Some(row.verdict.as_str()))
        .text("reason", |row| row.reason.map(Reason::as_str))
        .text("target_instance_type", |row| row.target_instance_type.as_deref())
        .amount("hours", |row| Some(row.hours))?
        .amount("amortized_cost", |row| Some(row.amortized_cost))?
        .amount("source_price", |row| row.source_price)?
        .amount("target_price", |row| row.target_price)?
        .amount("target_rate", |row| row.target_rate.map(|rate| rate.usd))?
        .amount("list_saving", |row| row.list_saving)?
        .amount("effective_saving", |row| row.effective_saving)?
        .amount("unlocked_saving", |row| row.unlocked_saving)?
        .amount("locked_saving", |row| row.locked_saving)?
        .day("unlock_month", |row| row.unlock_month.map(Month::first_day))
        .text("condition", |row| row.condition.as_deref())
        .text("estimate", |row| row.estimate.as_deref())
        .text("effort", |row| row.effort.map(EffortClass::as_str))
        .day("price_as_of", |row| row.price_as_of)
        .amount("transition_cost", |row| row.transition_cost)?
        .amount("payback_days", |row| row.payback_days)?
        .text("engine_version", |row| row.engine_version.as_deref())
        .count("unpriced_targets", |row| row.unpriced_targets.len() as u64)
        .text("account_name", |row| row.account_name.as_deref())
        .build()
}

/// `graviton_adoption`.
pub(super) fn adoption(figures: &Figures) -> Result<Arc<MemTable>> {
    TableBuilder::new(&figures.adoption)
        .month("month", |row| row.month)
        .text("product_code", |row| Some(&row.product_code))
        .text("architecture", |row| row.architecture.map(Architecture::as_str))
        .amount("amortized_cost", |row| Some(row.amortized_cost))?
        .amount("hours", |row| row.hours)?
        .amount("vcpu_hours", |row| row.vcpu_hours)?
        .amount("normalized_units", |row| row.normalized_units)?
        .flag("eligible", |row| row.eligible)
        .build()
}

/// `commitment_coverage`.
pub(super) fn coverage(figures: &Figures) -> Result<Arc<MemTable>> {
    let rows: Vec<_> = figures.coverage.iter().collect();
    TableBuilder::new(&rows)
        .month("month", |row| row.0.0)
        .text("product_code", |row| Some(&row.0.1))
        .amount("on_demand_cost", |row| Some(row.1.on_demand_cost))?
        .amount("reserved_cost", |row| Some(row.1.reserved_cost))?
        .amount("savings_plan_cost", |row| Some(row.1.savings_plan_cost))?
        .amount("spot_cost", |row| Some(row.1.spot_cost))?
        .amount("unused_commitment", |row| Some(row.1.unused_commitment))?
        .amount("list_cost", |row| row.1.list_cost)?
        .amount("coverage", |row| row.1.coverage())?
        .amount("utilization", |row| row.1.utilization())?
        .amount("effective_savings_rate", |row| row.1.effective_savings_rate())?
        .amount("covered_list_cost", |row| row.1.covered_list_cost)?
        .build()
}

/// `commitments`.
pub(super) fn commitments(figures: &Figures) -> Result<Arc<MemTable>> {
    TableBuilder::new(&figures.commitments)
        .month("month", |row| row.month)
        .text("arn", |row| Some(&row.arn))
        .text("kind", |row| Some(row.terms.kind.as_str()))
        .text("offering", |row| row.terms.offering.as_deref())
        .text("scope", |row| Some(&row.terms.scope))
        .day("start_date", |row| row.terms.start.map(|start| start.date_naive()))
        .day("end_date", |row| row.terms.end.map(|end| end.date_naive()))
        .day("unlock_month", |row| row.terms.unlock_month().map(Month::first_day))
        .amount("cost", |row| Some(row.cost))?
        .amount("unused_cost", |row| Some(row.unused_cost))?
        .amount("utilization", CommitmentMonth::utilization)?
        .amount("list_cost", |row| row.list_cost)?
        .amount("remaining_cost", |row| row.remaining_cost)?
        .text("term", |row| row.terms.term.as_deref())
        .text("payment_option", |row| row.terms.payment.as_deref())
        .text("payer_account_id", |row| row.payer_account_id.as_deref())
        .text("account_id", |row| row.account_id.as_deref())
        .text("product_code", |row| Some(&row.product_code))
        .build()
}

/// `graviton_realized`.
pub(super) fn realized(figures: &Figures) -> Result<Arc<MemTable>> {
    TableBuilder::new(&figures.realized)
        .month("month", |row| row.month)
        .text("account_id", |row| row.account_id.as_deref())
        .text("region", |row| row.region.as_deref())
        .text("product_code", |row| Some(&row.product_code))
        .text("instance_type", |row| row.instance_type.as_deref())
        .text("baseline_instance_type", |row| row.baseline_instance_type.as_deref())
        .amount("hours", |row| Some(row.hours))?
        .amount("amortized_cost", |row| Some(row.amortized_cost))?
        .amount("baseline_cost", |row| row.baseline_cost)?
        .amount("realized_saving", |row| row.realized_saving)?
        .amount("baseline_price", |row| row.baseline_price)?
        .text("purchase_option", |row| row.purchase_option.map(PurchaseOption::as_str))
        .text("operating_system", |row| row.operating_system.as_deref())
        .text("database_engine", |row| row.database_engine.as_deref())
        .text("deployment_option", |row| row.deployment_option.as_deref())
        .text("estimate", |row| row.estimate.as_deref())
        .day("price_as_of", |row| row.price_as_of)
        .build()
}

/// `cost_bridge`; `asked` is a pair of months beside those that are always there.
pub(super) fn bridge(figures: &Figures, asked: Option<(Month, Month)>) -> Result<Arc<MemTable>> {
    TableBuilder::new(&figures.bridge_rows(asked))
        .month("from_month", |row| row.from_month)
        .month("to_month", |row| row.to_month)
        .text("basis", |row| Some(row.basis.as_str()))
        .text("product_code", |row| Some(&row.product_code))
        .text("effect", |row| Some(row.effect.as_str()))
        .amount("amount", |row| Some(row.amount))?
        .build()
}
