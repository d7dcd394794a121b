//! All figures of a bill, computed once from its rollup.

use super::{
    adoption::{AdoptionRow, adoption},
    commitments::{CommitmentMonth, Commitments, CoverageByProduct, commitments, coverage},
    costs::{MonthTotal, MonthlyCost, month_totals, monthly_costs, one_currency},
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
    /// `commitments`.
    pub commitments: Vec<CommitmentMonth>,
    /// How targets were chosen.
    pub policy: Policy,
}

impl Figures {
    /// Computes the figures.
    ///
    /// # Errors
    /// When the bill has more than one currency.
    pub fn new(rows: Vec<UsageRow>, judge: &Judge) -> Result<Self> {
        let currency = one_currency(&rows)?;
        let terms = Commitments::of(&rows);
        let judged = || {
            let judgements = judge.judgements(&rows);
            let verdicts: Vec<Verdict> = rows.iter().map(|row| judgements.verdict(row)).collect();
            (opportunities(&rows, &judgements, &terms, judge.book()), adoption(&rows, &verdicts), verdicts)
        };
        let summed = || {
            let months = month_totals(&rows);
            let is_partial = |month| months.iter().any(|total: &MonthTotal| total.month == month && total.partial);
            let commitments = commitments(&rows, &terms, is_partial);
            (months, monthly_costs(&rows), coverage(&rows), commitments)
        };
        let ((opportunities, adoption, verdicts), (months, monthly_costs, coverage, commitments)) =
            rayon::join(judged, summed);
        Ok(Self {
            currency,
            months,
            monthly_costs,
            opportunities,
            adoption,
            coverage,
            commitments,
            policy: *judge.policy(),
            rows,
            verdicts,
        })
    }
}
