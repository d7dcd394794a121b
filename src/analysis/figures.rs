//! All figures of a bill, computed once from its rollup.

use super::{
    adoption::{AdoptionRow, adoption},
    costs::{MonthTotal, MonthlyCost, month_totals, monthly_costs, one_currency},
    coverage::{CoverageByProduct, coverage},
    opportunities::{Opportunity, opportunities},
    target::Policy,
    verdict::Judge,
};
use crate::{error::Result, rollup::UsageRow, terms::Verdict};

/// The figures that tables and reports show.
#[derive(Debug)]
pub struct Figures {
    /// The rollup they come from.
    pub rows: Vec<UsageRow>,
    /// The verdict of each of those rows.
    pub verdicts: Vec<Verdict>,
    /// The one currency of the bill.
    pub currency: String,
    /// Months, oldest first.
    pub months: Vec<MonthTotal>,
    /// `monthly_costs`.
    pub monthly_costs: Vec<MonthlyCost>,
    /// `graviton_opportunities`.
    pub opportunities: Vec<Opportunity>,
    /// `graviton_adoption`.
    pub adoption: Vec<AdoptionRow>,
    /// `commitment_coverage`.
    pub coverage: CoverageByProduct,
    /// How targets were chosen.
    pub policy: Policy,
}

impl Figures {
    /// Computes the figures.
    ///
    /// # Errors
    /// When the bill has more than one currency.
    pub fn new(rows: Vec<UsageRow>, judge: &Judge) -> Result<Self> {
        let judgements = judge.judgements(&rows);
        let verdicts: Vec<Verdict> = judgements.iter().map(|judgement| judgement.verdict).collect();
        Ok(Self {
            currency: one_currency(&rows)?,
            months: month_totals(&rows),
            monthly_costs: monthly_costs(&rows),
            opportunities: opportunities(&rows, &judgements),
            adoption: adoption(&rows, &verdicts),
            coverage: coverage(&rows),
            policy: *judge.policy(),
            rows,
            verdicts,
        })
    }
}
