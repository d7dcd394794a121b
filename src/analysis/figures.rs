//! All figures of a bill, computed once from its rollup; or of a part of it, as they are within the whole.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{
    adoption::{AdoptionRow, adoption},
    baseline::Baselines,
    bridge::{BridgeRow, Bridges},
    commitments::{CommitmentMonth, Commitments, CoverageByProduct, commitments, coverage},
    costs::{Costs, MonthTotal, MonthlyCost, month_totals, monthly_costs, one_currency},
    opportunities::{Opportunity, opportunities},
    realized::{Realized, realized},
    selection::Selection,
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
    /// The same months of the whole bill; where everything is selected, those above.
    pub whole: Vec<MonthTotal>,
    /// Keys of the tags whose values the rows carry, in their order.
    pub tag_keys: Vec<String>,
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
        Self::of(rows, judge, &Selection::default())
    }

    /// Computes the figures of the selected rows.
    ///
    /// Verdicts, targets, what freed commitment is taken up by, baselines, the rates that are paid, and whether a month is
    /// partial are those of the whole bill: the figures of all accounts, or of all values of a tag, add up to it.
    ///
    /// # Errors
    /// When the bill has more than one currency, or nothing that is selected.
    pub fn of(rows: Vec<UsageRow>, judge: &Judge, selection: &Selection) -> Result<Self> {
        let currency = one_currency(&rows)?;
        let picker = selection.picker(&rows)?;
        let chosen: Option<Vec<UsageRow>> =
            picker.as_ref().map(|picker| rows.iter().filter(|row| picker.picks(row)).cloned().collect());
        let shown = chosen.as_deref().unwrap_or(&rows);
        let terms = Commitments::of(&rows);
        let judged = || {
            let judgements = judge.judgements(&rows);
            let verdicts: Vec<Verdict> = shown.iter().map(|row| judgements.verdict(row)).collect();
            let mut opportunities = opportunities(&rows, &judgements, &terms, judge.book());
            if let Some(picker) = &picker {
                opportunities.retain_mut(|row| {
                    picker.picks_account(row.account_id.as_ref())
                        && (!picker.is_by_tags() || row.keep(|tags| picker.picks_tags(tags)))
                });
            }
            (opportunities, adoption(shown, &verdicts), verdicts)
        };
        let summed = || {
            let whole = month_totals(&rows);
            let months = if chosen.is_some() { within(&whole, month_totals(shown)) } else { whole.clone() };
            let is_partial = |month| months.iter().any(|total: &MonthTotal| total.month == month && total.partial);
            let commitments = commitments(shown, &terms, is_partial);
            let baselines = Baselines::new(&rows, judge.book(), &judge.policy().baselines);
            let mut realized = realized(&rows, &baselines, judge.book());
            if let Some(picker) = &picker {
                realized.retain_mut(|row| {
                    picker.picks_account(row.account_id.as_ref())
                        && (!picker.is_by_tags() || row.keep(|tags| picker.picks_tags(tags)))
                });
            }
            let bridges = Bridges::new(shown, &baselines);
            ((months, whole), monthly_costs(shown), coverage(shown), commitments, realized, bridges)
        };
        let (judged, ((months, whole), monthly_costs, coverage, commitments, realized, bridges)) =
            rayon::join(judged, summed);
        let (opportunities, adoption, verdicts) = judged;
        judge.book().fault()?;
        Ok(Self {
            currency,
            months,
            whole,
            tag_keys: selection.keys.clone(),
            monthly_costs,
            opportunities,
            adoption,
            coverage,
            commitments,
            realized,
            bridges,
            policy: judge.policy().clone(),
            rows: chosen.unwrap_or(rows),
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

/// Returns every month of the whole bill with what is selected of it; how far its data reaches is a matter of the whole.
fn within(whole: &[MonthTotal], selected: Vec<MonthTotal>) -> Vec<MonthTotal> {
    let mut selected: BTreeMap<Month, Costs> = selected.into_iter().map(|total| (total.month, total.costs)).collect();
    let of_month = |total: &MonthTotal| {
        // Where nothing is selected, nothing was paid; a cost that the bill does not know stays unknown.
        let nothing = || {
            let zero = |cost: Option<Decimal>| cost.map(|_| Decimal::ZERO);
            let Costs { net_unblended, net_amortized, list, .. } = total.costs;
            let (net_unblended, net_amortized, list) = (zero(net_unblended), zero(net_amortized), zero(list));
            Costs { net_unblended, net_amortized, list, ..Costs::default() }
        };
        MonthTotal { costs: selected.remove(&total.month).unwrap_or_else(nothing), ..total.clone() }
    };
    whole.iter().map(of_month).collect()
}
