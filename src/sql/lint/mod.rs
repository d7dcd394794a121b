//! What is likely wrong in a statement over the tables of a bill: ten mistakes that run without an error and give a wrong
//! figure.
//!
//! In: the syntax tree of a statement and what is known of the bill. Out: findings, at most one for each rule, each with
//! what to write instead. It judges names and places only, knows no data, and never blocks: a warning may be wrong.
//!
//! `statement` walks the queries, `reads` says which tables and which columns of them reach a `select`, `scope` what it
//! filters, groups and adds up; the rules are in `period`, `charges` and `arithmetic`.

mod arithmetic;
mod charges;
mod names;
mod period;
mod reads;
mod scope;
mod statement;
#[cfg(test)]
mod tests;
mod walk;

use std::fmt;

use datafusion::sql::sqlparser::ast::Statement;

/// What is known of the bill that a statement is asked of; `None` = not known.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Whether it has line items of Reserved Instances or Savings Plans.
    pub has_commitments: Option<bool>,
    /// Whether it has rows of split cost allocation data.
    pub has_split_rows: Option<bool>,
    /// Months that are partial or not final, as "2024-02".
    pub open_months: Vec<String>,
    /// Codes of the currencies it counts in.
    pub currencies: Vec<String>,
}

/// A mistake that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// L1: no billing period is chosen or told apart.
    NoMonth,
    /// L2: cash cost is added up where commitments make it misleading.
    CashOfCommitments,
    /// L3: Savings Plan usage without its negation, or the reverse.
    HalfOfSavingsPlans,
    /// L4: costs after and before private discounts in one figure.
    NetAndGross,
    /// L5: taxes, credits and refunds are in the sum.
    AllChargeTypes,
    /// L6: rows of split cost allocation data are in the sum.
    SplitRows,
    /// L7: a NULL makes the whole sum of a row NULL.
    NullInArithmetic,
    /// L8: money is added up as floating-point numbers.
    FloatMoney,
    /// L9: a month that is not over is compared with one that is.
    OpenMonth,
    /// L10: amounts of different currencies are added up.
    MixedCurrencies,
}

impl Rule {
    /// Returns the short name: "L1".
    pub fn code(self) -> &'static str {
        match self {
            Self::NoMonth => "L1",
            Self::CashOfCommitments => "L2",
            Self::HalfOfSavingsPlans => "L3",
            Self::NetAndGross => "L4",
            Self::AllChargeTypes => "L5",
            Self::SplitRows => "L6",
            Self::NullInArithmetic => "L7",
            Self::FloatMoney => "L8",
            Self::OpenMonth => "L9",
            Self::MixedCurrencies => "L10",
        }
    }
}

/// A likely mistake in a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule that it breaks.
    pub rule: Rule,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub advice: String,
}

impl Finding {
    fn new(rule: Rule, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { rule, message: message.into(), advice: advice.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}; {}", self.rule.code(), self.message, self.advice)
    }
}

/// Returns what is likely wrong in a statement, in the order of the rules, each rule once.
pub fn lint(statement: &Statement, facts: &Facts) -> Vec<Finding> {
    statement::findings(statement, facts)
}
