//! The tables that SQL sees: `line_items` read on demand, figures and reference tables from memory.
//!
//! In: the results of every stage up to `analysis`. Out: registered tables, under the names and columns of the product
//! contract. It computes nothing: a figure in a report and the same figure by SQL are one number.

mod columns;
mod figures;
mod reference;

use crate::{analysis::Figures, engine::Engine, error::Result, pricing::PriceBook, rollup::Grain, units::Month};

/// The table of line items.
pub const LINE_ITEMS: &str = "line_items";

/// Tables that need the whole bill to be rolled up.
pub const FIGURES: &[&str] = &[
    "monthly_costs",
    "graviton_opportunities",
    "graviton_realized",
    "graviton_adoption",
    "commitment_coverage",
    "commitments",
    "cost_bridge",
];

/// Tables that need no bill.
pub const REFERENCE: &[&str] = &["prices", "instance_types"];

/// Names the tables that need a bill.
pub fn of_a_bill() -> impl Iterator<Item = &'static str> {
    std::iter::once(LINE_ITEMS).chain(FIGURES.iter().copied()).chain(Grain::ALL.map(Grain::table))
}

/// Registers the figures of a bill; `compare` is a pair of months that the bridge is to have in any case.
///
/// # Errors
/// When an amount is out of range.
pub fn register_figures(engine: &Engine, figures: &Figures, compare: Option<(Month, Month)>) -> Result<()> {
    let context = engine.context();
    context.register_table("monthly_costs", figures::monthly_costs(figures)?)?;
    context.register_table("graviton_opportunities", figures::opportunities(figures)?)?;
    context.register_table("graviton_adoption", figures::adoption(figures)?)?;
    context.register_table("commitment_coverage", figures::coverage(figures)?)?;
    context.register_table("commitments", figures::commitments(figures)?)?;
    context.register_table("graviton_realized", figures::realized(figures)?)?;
    context.register_table("cost_bridge", figures::bridge(figures, compare)?)?;
    Ok(())
}

/// Registers the price table and the instance shapes.
///
/// # Errors
/// When the price table cannot be read.
pub fn register_reference(engine: &Engine, book: &PriceBook) -> Result<()> {
    let context = engine.context();
    context.register_table("prices", reference::prices(book)?)?;
    context.register_table("instance_types", reference::instance_types(book)?)?;
    Ok(())
}
