//! What a `select` reads: tables of the bill, and the columns of money that queries before it pass on row by row.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::sql::sqlparser::ast::{
    Distinct, Expr, GroupByExpr, Query, Select, SelectItem, SetExpr, TableFactor, TableWithJoins,
    WildcardAdditionalOptions, With,
};

use super::{
    names::{self, Table},
    walk::{column, each, name_of},
};

/// Columns of money that reach a place unchanged, as they stand in the rows of a table.
pub(super) type Passes = BTreeSet<&'static str>;

/// Common table expressions by name, with what they pass on.
pub(super) type Visible = BTreeMap<String, Passes>;

/// What a `select` reads.
#[derive(Debug, Default)]
pub(super) struct Reads {
    /// Tables of the bill, in order.
    pub tables: Vec<&'static Table>,
    /// Columns of money that are those of the tables.
    pub passes: Passes,
}

impl Reads {
    /// Looks at what stands after FROM.
    pub(super) fn of(select: &Select, visible: &Visible) -> Self {
        let mut reads = Self::default();
        for source in sources(select) {
            match source {
                TableFactor::Table { name, .. } => {
                    let table = name_of(name);
                    let known = if name.0.len() == 1 { visible.get(&table) } else { None };
                    if let Some(passes) = known {
                        reads.passes.extend(passes);
                    } else if let Some(table) = names::table(&table) {
                        reads.tables.push(table);
                        reads.passes.extend(names::money());
                    }
                }
                TableFactor::Derived { subquery, .. } => reads.passes.extend(of_query(subquery, visible)),
                _ => {}
            }
        }
        reads
    }
}

/// Returns what each common table expression of a query sees, in order, and last what the query itself sees.
pub(super) fn steps(with: Option<&With>, outer: &Visible) -> Vec<Visible> {
    let mut visible = outer.clone();
    let mut steps = Vec::new();
    for cte in with.into_iter().flat_map(|with| &with.cte_tables) {
        let name = cte.alias.name.value.to_lowercase();
        if with.is_some_and(|with| with.recursive) {
            visible.insert(name.clone(), Passes::new());
        }
        steps.push(visible.clone());
        let passes = of_query(&cte.query, &visible);
        visible.insert(name, passes);
    }
    steps.push(visible);
    steps
}

/// Returns the `select`s that a query is a union of; those in parentheses only when asked for.
pub(super) fn selects(body: &SetExpr, parentheses: bool) -> Vec<&Select> {
    let mut found = Vec::new();
    let mut waiting = vec![body];
    while let Some(body) = waiting.pop() {
        match body {
            SetExpr::Select(select) => found.push(select.as_ref()),
            SetExpr::SetOperation { left, right, .. } => waiting.extend([right.as_ref(), left.as_ref()]),
            SetExpr::Query(query) if parentheses => waiting.push(&query.body),
            _ => {}
        }
    }
    found
}

fn of_query(query: &Query, outer: &Visible) -> Passes {
    let visible = steps(query.with.as_ref(), outer).pop().unwrap_or_default();
    selects(&query.body, true).into_iter().flat_map(|select| of_select(select, &visible)).collect()
}

fn of_select(select: &Select, visible: &Visible) -> Passes {
    if aggregates(select) {
        return Passes::new();
    }
    let read = Reads::of(select, visible).passes;
    if select.projection.is_empty() {
        return read;
    }
    let mut passes = Passes::new();
    for item in &select.projection {
        match item {
            SelectItem::UnnamedExpr(expr) => passes.extend(taken(&read, column(expr))),
            SelectItem::ExprWithAlias { expr, alias } => {
                let name = column(expr).filter(|name| *name == alias.value.to_lowercase());
                passes.extend(taken(&read, name));
            }
            SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options) => {
                passes.extend(read.iter().filter(|name| !replaces(options, name)));
            }
            SelectItem::ExprWithAliases { .. } => {}
        }
    }
    passes
}

fn taken(read: &Passes, name: Option<String>) -> Option<&'static str> {
    name.and_then(|name| read.get(name.as_str()).copied())
}

fn replaces(options: &WildcardAdditionalOptions, name: &str) -> bool {
    let items = options.opt_replace.iter().flat_map(|replace| &replace.items);
    items.into_iter().any(|item| item.column_name.value.eq_ignore_ascii_case(name))
}

/// Tells whether a `select` makes one row of many.
pub(super) fn aggregates(select: &Select) -> bool {
    let mut found = match &select.group_by {
        GroupByExpr::All(_) => true,
        GroupByExpr::Expressions(exprs, _) => !exprs.is_empty(),
    };
    each(&select.projection, |expr, _| {
        if let Expr::Function(function) = expr {
            found |= function.over.is_none() && names::is_aggregate(&name_of(&function.name));
        }
    });
    found
}

/// Tells whether a `select` removes equal rows.
pub(super) fn is_distinct(select: &Select) -> bool {
    matches!(select.distinct, Some(Distinct::Distinct | Distinct::On(_)))
}

fn sources(select: &Select) -> Vec<&TableFactor> {
    let mut found = Vec::new();
    let mut waiting: Vec<&TableFactor> =
        select.from.iter().rev().flat_map(|from| factors(from).into_iter().rev()).collect();
    while let Some(factor) = waiting.pop() {
        match factor {
            TableFactor::NestedJoin { table_with_joins, .. } => {
                waiting.extend(factors(table_with_joins).into_iter().rev());
            }
            TableFactor::Pivot { table, .. }
            | TableFactor::Unpivot { table, .. }
            | TableFactor::MatchRecognize { table, .. } => waiting.push(table),
            other => found.push(other),
        }
    }
    found
}

fn factors(from: &TableWithJoins) -> Vec<&TableFactor> {
    std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation)).collect()
}
