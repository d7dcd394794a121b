//! One `select`: what it mentions, filters by, groups by and adds up.

use std::collections::BTreeSet;

use datafusion::sql::sqlparser::ast::{
    Expr, GroupByExpr, Join, JoinConstraint, JoinOperator, LimitClause, OrderBy, Query, Select, SelectItem,
    TableFactor, TableWithJoins, Value, Visit,
};

use super::{
    names::{self, Table, is_money},
    reads::{Reads, Visible, aggregates},
    walk::{Around, arguments, column, each, each_column, literal, name_of, values},
};

/// Names of columns in lower case.
pub(super) type Columns = BTreeSet<String>;

/// A column of money in a `sum` or `avg`.
#[derive(Debug)]
pub(super) struct Sum {
    /// `sum`, `avg`.
    pub function: String,
    pub column: String,
    /// Text that the aggregate itself compares with, in its FILTER or a CASE.
    pub texts: Columns,
}

/// A `select` with what the rules ask of it.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    pub select: &'a Select,
    pub order_by: Option<&'a OrderBy>,
    /// It stands inside another query.
    pub is_inner: bool,
    /// Only some rows are shown.
    pub has_limit: bool,
    /// It makes one row of many.
    pub aggregates: bool,
    pub reads: Reads,
    /// Columns anywhere in it.
    pub mentioned: Columns,
    /// Columns in WHERE, ON, USING, HAVING, and those compared elsewhere.
    pub filtered: Columns,
    pub grouped: Columns,
    pub sums: Vec<Sum>,
    /// Text that is compared with outside aggregates.
    pub texts: Columns,
}

impl<'a> Scope<'a> {
    /// Examines a `select` of a query.
    pub(super) fn new(select: &'a Select, query: &'a Query, visible: &Visible, is_inner: bool) -> Self {
        let is_whole = query.body.as_select().is_some();
        let mut scope = Self {
            select,
            order_by: query.order_by.as_ref().filter(|_| is_whole),
            is_inner,
            has_limit: has_limit(query) || select.top.is_some(),
            aggregates: aggregates(select),
            reads: Reads::of(select, visible),
            mentioned: Columns::new(),
            filtered: filtered(select),
            grouped: grouped(select),
            sums: Vec::new(),
            texts: Columns::new(),
        };
        scope.examine();
        scope
    }

    /// Calls `f` for each expression of it, not those of subqueries, with what the expression stands in.
    pub(super) fn each(&self, mut f: impl FnMut(&Expr, &[Around])) {
        each(&self.select.from, &mut f);
        each(&self.select.selection, &mut f);
        each(&self.select.group_by, &mut f);
        self.each_shown(f);
    }

    /// Calls `f` for each expression after the rows are chosen and grouped, with what it stands in.
    pub(super) fn each_shown(&self, mut f: impl FnMut(&Expr, &[Around])) {
        let Select { distinct, projection, having, qualify, named_window, .. } = self.select;
        each(distinct, &mut f);
        each(projection, &mut f);
        each(having, &mut f);
        each(qualify, &mut f);
        each(named_window, &mut f);
        if let Some(order_by) = self.order_by {
            each(order_by, &mut f);
        }
    }

    /// Returns the first table of the bill that it reads for which the condition holds.
    pub(super) fn table(&self, is_wanted: impl Fn(&Table) -> bool) -> Option<&'static Table> {
        self.reads.tables.iter().copied().find(|table| is_wanted(table))
    }

    /// Tells whether a column is that of the tables, not the result of an earlier query.
    pub(super) fn is_raw(&self, column: &str) -> bool {
        self.reads.passes.contains(column)
    }

    /// Returns the first sum of a column for which the condition holds, as it stands in the tables.
    pub(super) fn sum_of(&self, is_wanted: impl Fn(&str) -> bool) -> Option<&Sum> {
        self.sums.iter().find(|sum| sum.function == "sum" && is_wanted(&sum.column) && self.is_raw(&sum.column))
    }

    fn examine(&mut self) {
        let (mut mentioned, mut compared) = (Columns::new(), Columns::new());
        let (mut texts, mut sums) = (Columns::new(), Vec::new());
        self.each(|expr, around| {
            if let Some(column) = column(expr) {
                if around.contains(&Around::Predicate) {
                    compared.insert(column.clone());
                }
                mentioned.insert(column);
            }
            match expr {
                Expr::Case { operand: Some(operand), .. } => each_column(operand, |column| {
                    compared.insert(column);
                }),
                Expr::Function(_) => sums.extend(added_up(expr)),
                _ => {}
            }
            if !around.iter().any(|around| around.is_aggregate()) {
                texts.extend(literal(expr).map(str::to_owned));
            }
        });
        self.mentioned.extend(mentioned);
        self.filtered.extend(compared);
        self.texts = texts;
        self.sums = sums;
    }
}

/// Returns the columns of money that a function adds up.
fn added_up(expr: &Expr) -> Vec<Sum> {
    let Expr::Function(function) = expr else { return Vec::new() };
    let name = name_of(&function.name);
    if !names::is_adding(&name) {
        return Vec::new();
    }
    let mut texts = Columns::new();
    each(expr, |inner, _| texts.extend(literal(inner).map(str::to_owned)));
    let columns = arguments(function).into_iter().flat_map(values).filter(|column| is_money(column));
    columns.map(|column| Sum { function: name.clone(), column, texts: texts.clone() }).collect()
}

/// Returns the columns in WHERE, HAVING and the conditions of joins.
pub(super) fn filtered(select: &Select) -> Columns {
    let mut columns = Columns::new();
    let Select { prewhere, selection, having, qualify, .. } = select;
    for clause in [prewhere, selection, having, qualify] {
        columns.extend(mentioned_in(clause));
    }
    for join in joins(&select.from) {
        columns.extend(mentioned_in(&join.join_operator));
        if let Some(JoinConstraint::Using(names)) = constraint(&join.join_operator) {
            columns.extend(names.iter().map(name_of));
        }
    }
    columns
}

/// Returns the columns that rows are grouped by, whether by name, by alias or by place in the list.
pub(super) fn grouped(select: &Select) -> Columns {
    let exprs = match &select.group_by {
        GroupByExpr::All(_) => return select.projection.iter().flat_map(mentioned_in).collect(),
        GroupByExpr::Expressions(exprs, _) => exprs,
    };
    let mut columns = mentioned_in(exprs);
    for expr in exprs {
        if let Some(item) = select.projection.iter().enumerate().find(|(place, item)| is_meant(expr, *place, item)) {
            columns.extend(mentioned_in(item.1));
        }
    }
    columns
}

fn is_meant(expr: &Expr, place: usize, item: &SelectItem) -> bool {
    match (expr, item) {
        (Expr::Value(value), _) => {
            matches!(&value.value, Value::Number(number, _) if *number == (place + 1).to_string())
        }
        (Expr::Identifier(name), SelectItem::ExprWithAlias { alias, .. }) => {
            name.value.eq_ignore_ascii_case(&alias.value)
        }
        _ => false,
    }
}

/// Returns the columns that are mentioned outside subqueries.
pub(super) fn mentioned_in(node: &impl Visit) -> Columns {
    let mut columns = Columns::new();
    each_column(node, |column| {
        columns.insert(column);
    });
    columns
}

fn joins(from: &[TableWithJoins]) -> Vec<&Join> {
    let mut found = Vec::new();
    let mut waiting: Vec<&TableWithJoins> = from.iter().collect();
    while let Some(tables) = waiting.pop() {
        found.extend(&tables.joins);
        for factor in std::iter::once(&tables.relation).chain(tables.joins.iter().map(|join| &join.relation)) {
            if let TableFactor::NestedJoin { table_with_joins, .. } = factor {
                waiting.push(table_with_joins);
            }
        }
    }
    found
}

fn constraint(join: &JoinOperator) -> Option<&JoinConstraint> {
    match join {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint)
        | JoinOperator::CrossJoin(constraint)
        | JoinOperator::Semi(constraint)
        | JoinOperator::LeftSemi(constraint)
        | JoinOperator::RightSemi(constraint)
        | JoinOperator::Anti(constraint)
        | JoinOperator::LeftAnti(constraint)
        | JoinOperator::RightAnti(constraint)
        | JoinOperator::AsOf { constraint, .. } => Some(constraint),
        _ => None,
    }
}

fn has_limit(query: &Query) -> bool {
    let limit = match &query.limit_clause {
        Some(LimitClause::LimitOffset { limit, .. }) => limit.is_some(),
        Some(LimitClause::OffsetCommaLimit { .. }) => true,
        None => false,
    };
    limit || query.fetch.is_some()
}
