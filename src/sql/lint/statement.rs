//! Walks the queries of a statement and asks the rules about each `select`.

use std::{
    collections::{BTreeMap, VecDeque},
    convert::Infallible,
    ops::ControlFlow,
};

use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, Query, Select, Statement, Visit, Visitor};

use super::{
    Facts, Finding, Rule, arithmetic, charges,
    names::is_period,
    period,
    reads::{Visible, selects, steps},
    scope::{Columns, Scope, filtered, grouped, mentioned_in},
    walk::{column, literal, mentions},
};

/// What a rule may know beside the `select` it judges.
pub(super) struct Context<'a> {
    pub facts: &'a Facts,
    pub overview: Overview,
}

/// The statement as a whole.
#[derive(Debug, Default)]
pub(super) struct Overview {
    /// Columns anywhere.
    pub columns: Columns,
    /// Columns that rows are chosen or grouped by, anywhere.
    pub choosing: Columns,
    /// Columns that are tested for NULL anywhere.
    pub tested: Columns,
    /// Text literals anywhere.
    pub texts: Columns,
    /// Months are chosen by their end, or one by one.
    pub bounds_months: bool,
}

type Judge = fn(&Scope<'_>, &Context<'_>) -> Option<Finding>;

const RULES: [Judge; 10] = [
    period::no_month,
    charges::cash_of_commitments,
    charges::half_of_savings_plans,
    arithmetic::net_and_gross,
    charges::all_charge_types,
    charges::split_rows,
    arithmetic::null_in_arithmetic,
    arithmetic::float_money,
    period::open_month,
    charges::mixed_currencies,
];

/// Returns what the rules find, in their order.
pub(super) fn findings(statement: &Statement, facts: &Facts) -> Vec<Finding> {
    let mut overview = Overview::default();
    let ControlFlow::Continue(()) = statement.visit(&mut overview);
    let mut queries = Queries { context: Context { facts, overview }, outer: Vec::new(), found: BTreeMap::new() };
    let ControlFlow::Continue(()) = statement.visit(&mut queries);
    queries.found.into_values().collect()
}

impl Visitor for Overview {
    type Break = Infallible;

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Infallible> {
        self.choosing.extend(filtered(select));
        self.choosing.extend(grouped(select));
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Infallible> {
        self.columns.extend(column(expr));
        self.texts.extend(literal(expr).map(str::to_owned));
        match expr {
            Expr::IsNull(inner) | Expr::IsNotNull(inner) => self.tested.extend(mentioned_in(inner.as_ref())),
            other => self.bounds_months |= bounds_months(other),
        }
        ControlFlow::Continue(())
    }
}

/// Tells whether a condition says where months end or which ones are meant.
fn bounds_months(expr: &Expr) -> bool {
    let of_rows = |expr: &Expr| mentions(expr, is_period);
    match expr {
        Expr::BinaryOp { left, op, right } => match op {
            BinaryOperator::Eq | BinaryOperator::NotEq => of_rows(left) != of_rows(right),
            BinaryOperator::Lt | BinaryOperator::LtEq => of_rows(left) && !of_rows(right),
            BinaryOperator::Gt | BinaryOperator::GtEq => of_rows(right) && !of_rows(left),
            _ => false,
        },
        Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right) => of_rows(left) != of_rows(right),
        Expr::InList { expr, .. }
        | Expr::InSubquery { expr, .. }
        | Expr::InUnnest { expr, .. }
        | Expr::Between { expr, .. }
        | Expr::AnyOp { left: expr, .. }
        | Expr::AllOp { left: expr, .. } => of_rows(expr),
        _ => false,
    }
}

/// The queries on the way to the one that is visited.
struct Queries<'a> {
    context: Context<'a>,
    /// What is seen in each of them: last by the query itself, before that by the common table expressions that are
    /// still to be visited, the next one first.
    outer: Vec<VecDeque<Visible>>,
    found: BTreeMap<Rule, Finding>,
}

impl Queries<'_> {
    /// Returns what the next query inside the innermost one sees: common table expressions come before all others.
    fn seen(&mut self) -> Visible {
        let Some(steps) = self.outer.last_mut() else { return Visible::new() };
        let next = if steps.len() > 1 { steps.pop_front() } else { steps.back().cloned() };
        next.unwrap_or_default()
    }
}

impl Visitor for Queries<'_> {
    type Break = Infallible;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Infallible> {
        let is_inner = !self.outer.is_empty();
        let steps = VecDeque::from(steps(query.with.as_ref(), &self.seen()));
        // Pipes filter and group after the query: what stands in it says too little.
        if let Some(visible) = steps.back().filter(|_| query.pipe_operators.is_empty()) {
            for select in selects(&query.body, false) {
                let scope = Scope::new(select, query, visible, is_inner);
                for finding in RULES.iter().filter_map(|judge| judge(&scope, &self.context)) {
                    self.found.entry(finding.rule).or_insert(finding);
                }
            }
        }
        self.outer.push(steps);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<Infallible> {
        self.outer.pop();
        ControlFlow::Continue(())
    }
}
