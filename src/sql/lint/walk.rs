//! Walks expressions: each with what encloses it, and the columns, addends and operands that one is made of.
//!
//! The visitor guards the stack of deep trees; what is walked by hand here keeps a list instead of recursing.

use std::{convert::Infallible, ops::ControlFlow};

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectName, Query,
    UnaryOperator, Value, Visit, Visitor,
};

use super::names::{is_adding, is_aggregate, is_coalesce, is_money};

/// What an expression stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Around {
    /// `sum` or `avg`.
    Adding,
    /// Another aggregate function.
    Aggregate,
    /// A function that replaces NULL.
    Coalesce,
    /// A comparison.
    Predicate,
    /// `+` or `-`.
    PlusMinus,
    /// `*`, `/` or `%`.
    Product,
    /// Parentheses, a cast or a sign.
    Wrapper,
    /// Anything else.
    Other,
}

impl Around {
    /// Returns what the parts of an expression stand in.
    pub(super) fn of(expr: &Expr) -> Self {
        match expr {
            Expr::Function(function) => match name_of(&function.name).as_str() {
                name if is_adding(name) => Self::Adding,
                name if is_aggregate(name) => Self::Aggregate,
                name if is_coalesce(name) => Self::Coalesce,
                _ => Self::Other,
            },
            Expr::BinaryOp { op: BinaryOperator::Plus | BinaryOperator::Minus, .. } => Self::PlusMinus,
            Expr::BinaryOp { op, .. } if is_arithmetic(op) => Self::Product,
            Expr::BinaryOp { op, .. } if is_comparison(op) => Self::Predicate,
            Expr::InList { .. }
            | Expr::InSubquery { .. }
            | Expr::InUnnest { .. }
            | Expr::Between { .. }
            | Expr::Like { .. }
            | Expr::ILike { .. }
            | Expr::SimilarTo { .. }
            | Expr::RLike { .. }
            | Expr::AnyOp { .. }
            | Expr::AllOp { .. }
            | Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::IsDistinctFrom(..)
            | Expr::IsNotDistinctFrom(..) => Self::Predicate,
            Expr::Nested(_) | Expr::Cast { .. } | Expr::UnaryOp { .. } => Self::Wrapper,
            _ => Self::Other,
        }
    }

    /// Tells whether it makes one value of many rows.
    pub(super) fn is_aggregate(self) -> bool {
        matches!(self, Self::Adding | Self::Aggregate)
    }
}

/// Returns what an expression stands in within the innermost aggregate, or in all when there is none.
pub(super) fn within_aggregate(around: &[Around]) -> &[Around] {
    let start = around.iter().rposition(|around| around.is_aggregate()).map_or(0, |place| place + 1);
    &around[start..]
}

struct Walker<F> {
    f: F,
    around: Vec<Around>,
    queries: usize,
}

impl<F: FnMut(&Expr, &[Around])> Visitor for Walker<F> {
    type Break = Infallible;

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<Infallible> {
        self.queries += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<Infallible> {
        self.queries -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Infallible> {
        if self.queries == 0 {
            (self.f)(expr, &self.around);
            self.around.push(Around::of(expr));
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, _: &Expr) -> ControlFlow<Infallible> {
        if self.queries == 0 {
            self.around.pop();
        }
        ControlFlow::Continue(())
    }
}

/// Calls `f` for each expression, not those of subqueries, with what it stands in, the outermost first.
pub(super) fn each(node: &impl Visit, f: impl FnMut(&Expr, &[Around])) {
    let ControlFlow::Continue(()) = node.visit(&mut Walker { f, around: Vec::new(), queries: 0 });
}

/// Calls `f` with the name of each column that is mentioned outside subqueries.
pub(super) fn each_column(node: &impl Visit, mut f: impl FnMut(String)) {
    each(node, |expr, _| {
        if let Some(column) = column(expr) {
            f(column);
        }
    });
}

/// Tells whether a column is mentioned outside subqueries.
pub(super) fn mentions(node: &impl Visit, is_wanted: impl Fn(&str) -> bool) -> bool {
    let mut found = false;
    each_column(node, |column| found |= is_wanted(&column));
    found
}

/// Returns the name of a column in lower case, without its table.
pub(super) fn column(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Identifier(name) => Some(name.value.to_lowercase()),
        Expr::CompoundIdentifier(names) => names.last().map(|name| name.value.to_lowercase()),
        _ => None,
    }
}

/// Returns the last part of a name in lower case.
pub(super) fn name_of(name: &ObjectName) -> String {
    name.0.last().and_then(|part| part.as_ident()).map_or_else(String::new, |ident| ident.value.to_lowercase())
}

/// Returns the text of a literal.
pub(super) fn literal(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// Returns the arguments of a function that are expressions.
pub(super) fn arguments(function: &Function) -> Vec<&Expr> {
    let FunctionArguments::List(list) = &function.args else { return Vec::new() };
    let given = list.args.iter().map(|argument| match argument {
        FunctionArg::Named { arg, .. } | FunctionArg::ExprNamed { arg, .. } | FunctionArg::Unnamed(arg) => arg,
    });
    given.filter_map(|arg| if let FunctionArgExpr::Expr(expr) = arg { Some(expr) } else { None }).collect()
}

/// Returns the columns that make up a value, from left to right: neither those of conditions nor those of aggregates.
pub(super) fn values(expr: &Expr) -> Vec<String> {
    let mut columns = Vec::new();
    let mut waiting = vec![expr];
    while let Some(expr) = waiting.pop() {
        columns.extend(column(expr));
        match expr {
            Expr::Function(function) if is_aggregate(&name_of(&function.name)) => {}
            Expr::Function(function) => waiting.extend(arguments(function).into_iter().rev()),
            other => waiting.extend(parts(other).into_iter().rev()),
        }
    }
    columns
}

/// Returns what arithmetic is done with, from left to right: columns, functions, CASE, literals.
pub(super) fn operands(expr: &Expr) -> Vec<&Expr> {
    let mut leaves = Vec::new();
    let mut waiting = vec![expr];
    while let Some(expr) = waiting.pop() {
        let inner = parts(expr);
        if inner.is_empty() || matches!(expr, Expr::Case { .. }) {
            leaves.push(expr);
        }
        waiting.extend(inner.into_iter().rev());
    }
    leaves
}

/// Returns the expressions whose values an expression is computed from; nothing for a column or a function.
fn parts(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Nested(inner)
        | Expr::Cast { expr: inner, .. }
        | Expr::Convert { expr: inner, .. }
        | Expr::Floor { expr: inner, .. }
        | Expr::Ceil { expr: inner, .. }
        | Expr::UnaryOp { op: UnaryOperator::Plus | UnaryOperator::Minus, expr: inner } => vec![inner],
        Expr::BinaryOp { left, op, right } if is_arithmetic(op) => vec![left, right],
        Expr::Case { .. } => outcomes(expr),
        _ => Vec::new(),
    }
}

/// Returns the results of a CASE.
pub(super) fn outcomes(expr: &Expr) -> Vec<&Expr> {
    let Expr::Case { conditions, else_result, .. } = expr else { return Vec::new() };
    conditions.iter().map(|when| &when.result).chain(else_result.as_deref()).collect()
}

/// A column that is added or taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Addend {
    pub column: String,
    pub is_taken_away: bool,
}

/// Returns the columns that are added up or taken away in an expression, from left to right, through functions.
pub(super) fn addends(expr: &Expr) -> Vec<Addend> {
    let mut found = Vec::new();
    let mut waiting = vec![(expr, false)];
    while let Some((expr, is_taken_away)) = waiting.pop() {
        found.extend(column(expr).map(|column| Addend { column, is_taken_away }));
        match expr {
            Expr::BinaryOp { left, op: BinaryOperator::Minus, right } => {
                waiting.extend([(right.as_ref(), !is_taken_away), (left.as_ref(), is_taken_away)]);
            }
            // Money by money is a ratio, no amount any more.
            Expr::BinaryOp { op: BinaryOperator::Divide, right, .. } if mentions(right.as_ref(), is_money) => {}
            Expr::UnaryOp { op: UnaryOperator::Minus, expr } => waiting.push((expr, !is_taken_away)),
            Expr::Function(function) => {
                waiting.extend(arguments(function).into_iter().rev().map(|argument| (argument, is_taken_away)));
            }
            other => waiting.extend(parts(other).into_iter().rev().map(|part| (part, is_taken_away))),
        }
    }
    found
}

/// Tells whether a type is a floating-point number.
pub(super) fn is_float(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Float(_)
            | DataType::Float4
            | DataType::Float8
            | DataType::Float32
            | DataType::Float64
            | DataType::Real
            | DataType::Double(_)
            | DataType::DoublePrecision
    )
}

fn is_arithmetic(op: &BinaryOperator) -> bool {
    use BinaryOperator::{Divide, Minus, Modulo, Multiply, Plus};
    matches!(op, Plus | Minus | Multiply | Divide | Modulo)
}

/// Tells whether an operator compares two values.
pub(super) fn is_comparison(op: &BinaryOperator) -> bool {
    use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq, Spaceship};
    matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq | Spaceship)
}
