//! Decides: verdicts, targets, savings, adoption and coverage, from plain rows and prices to plain rows.
//!
//! Pure: no I/O, no clock, no SQL. In: [`crate::rollup::UsageRow`]s and the [`PriceBook`]. Out: the rows of the tables and
//! of the report. Each definition is product.md's, and the test beside it works an example by hand.

mod adoption;
mod baseline;
mod breakdown;
mod bridge;
pub mod bursts;
mod commitments;
mod committed;
mod costs;
mod described;
mod explain;
mod figures;
mod grouping;
mod judgement;
mod offer;
mod opportunities;
mod parts;
mod price_coverage;
mod question;
mod realized;
mod reason;
pub mod reconcile;
mod saving;
mod selection;
mod target;
mod verdict;
mod versions;
mod workload;

pub use adoption::{AdoptionRow, adoption, normalized_units};
pub use baseline::{Baseline, Baselines, Overrides};
pub use breakdown::BreakdownRow;
pub use bridge::{BridgeRow, Bridges};
pub use commitments::{CommitmentMonth, Commitments, Coverage, CoverageByProduct, Reach, Terms, commitments, coverage};
pub use committed::Rate;
pub use costs::{Costs, MonthTotal, MonthlyCost, month_totals, monthly_costs, one_currency};
pub use described::classifier_of;
pub use explain::{Asked, Explanation, Step, explain};
pub use figures::Figures;
pub use judgement::{Judgement, Judgements, SourcePrice, Target};
pub use offer::Loss;
pub use opportunities::{Opportunity, opportunities};
pub use parts::{OpportunityPart, RealizedPart};
pub use price_coverage::{PriceCoverage, STALE_AFTER, price_coverage, price_coverage_of_all};
pub use question::{Detail, Question};
pub use realized::{Realized, realized};
pub use reason::Reason;
pub use saving::Lock;
pub use selection::{Dimension, Selection, TagFilter};
pub use target::{Candidate, NEAR_MISS, Policy, Preference, Wanted, candidates, item_name};
pub use verdict::Judge;
pub use versions::{Inventory, ProvenVersions, depends_on_version, is_extended_support, split};
pub use workload::Workload;

#[cfg(test)]
mod second_tests;
#[cfg(test)]
mod selection_tests;
