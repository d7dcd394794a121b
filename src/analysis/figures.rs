//! All figures of a bill, computed once from its rollup.

use super::{
    adoption::{AdoptionRow, adoption},
    baseline::Baselines,
    bridge::{BridgeRow, Bridges},
    commitments::{CommitmentMonth, Commitments, CoverageByProduct, commitments, coverage},
    costs::{MonthTotal, MonthlyCost, month_totals, monthly_costs, one_currency},
    opportunities::{Opportunity, opportunities},
    realized::{Realized, realized},
    target::Policy,
    verdict::Judge,
};
use crate::{
    error::Result,
    rollup::UsageRow,
    terms::{Basis, Verdict},
    units::Month,
};

/// The figures that tables and reports show.
#[derive(Debug, Default)]
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
    /// `graviton_realized`.
    pub realized: Vec<Realized>,
    /// The pools from which `cost_bridge` compares any two months.
    pub bridges: Bridges,
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
            let baselines = Baselines::new(&rows, judge.book(), &judge.policy().baselines);
            let realized = realized(&rows, &baselines, judge.book());
            let bridges = Bridges::new(&rows, &baselines);
            (months, monthly_costs(&rows), coverage(&rows), commitments, realized, bridges)
        };
        let (judged, (months, monthly_costs, coverage, commitments, realized, bridges)) = rayon::join(judged, summed);
        let (opportunities, adoption, verdicts) = judged;
        judge.book().fault()?;
        Ok(Self {
            currency,
            months,
            monthly_costs,
            opportunities,
            adoption,
            coverage,
            commitments,
            realized,
            bridges,
            policy: judge.policy().clone(),
            rows,
            verdicts,
        })
    }

    /// Returns `cost_bridge`: each complete month against the one before it and against the first one, and the pair that
    /// was asked for.
    pub fn bridge_rows(&self, asked: Option<(Month, Month)>) -> Vec<BridgeRow> {
        let complete: Vec<Month> = self.months.iter().filter(|total| !total.partial).map(|total| total.month).collect();
        let follow = complete.windows(2).filter(|pair| pair[0].next() == pair[1]).map(|pair| (pair[0], pair[1]));
        let first = complete.first().into_iter().flat_map(|&first| complete[1..].iter().map(move |&to| (first, to)));
        let mut pairs: Vec<(Month, Month)> = follow.chain(first).chain(asked).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let between = |(from, to): (Month, Month)| {
            Basis::ALL.iter().flat_map(move |&basis| self.bridges.between(from, to, basis))
        };
        pairs.into_iter().flat_map(between).collect()
    }
}
