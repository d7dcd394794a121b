//! Decides: verdicts, targets, savings, adoption and coverage, from plain rows and prices to plain rows.
//!
//! Pure: no I/O, no clock, no SQL. In: [`crate::rollup::UsageRow`]s and the [`PriceBook`]. Out: the rows of the tables and
//! of the report. Each definition is product.md's, and the test beside it works an example by hand.

mod adoption;
mod condition;
mod costs;
mod coverage;
mod figures;
mod grouping;
mod offer;
mod opportunities;
mod reason;
pub mod reconcile;
mod target;
mod verdict;

pub use adoption::{AdoptionRow, adoption};
pub use condition::condition;
pub use costs::{Costs, MonthTotal, MonthlyCost, month_totals, monthly_costs, one_currency};
pub use coverage::{Coverage, CoverageByProduct, coverage};
pub use figures::Figures;
pub use offer::Loss;
pub use opportunities::{Opportunity, opportunities};
pub use reason::Reason;
pub use target::{Candidate, NEAR_MISS, Policy, Preference, Wanted, candidates, item_name};
pub use verdict::{Judge, Judgement, Judgements, SourcePrice, Workload};
