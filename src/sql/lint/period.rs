//! Rules about months: none is chosen (L1), one that is not over is compared (L9).

use datafusion::sql::sqlparser::ast::{
    DateTimeField, Expr, Function, Interval, NamedWindowExpr, Select, SelectItem, WindowSpec, WindowType,
};

use super::{
    Finding, Rule,
    names::{BRIDGE, is_aggregate, is_money, is_month, is_neighbour, is_period},
    reads::is_distinct,
    scope::{Columns, Scope, mentioned_in},
    statement::Context,
    walk::{arguments, each, is_comparison, literal, mentions, name_of},
};

/// L1: rows of a table with months are listed or added up, whatever their month.
pub(super) fn no_month(scope: &Scope<'_>, context: &Context<'_>) -> Option<Finding> {
    let table = scope.table(|table| !table.period.is_empty())?;
    let chosen = |columns: &Columns| scope.reads.tables.iter().any(|table| has_any(columns, table.period));
    let is_told_apart = is_distinct(scope.select) && chosen(&mentioned_in(&scope.select.projection));
    if chosen(&scope.filtered) || chosen(&scope.grouped) || is_told_apart || explores(scope) {
        return None;
    }
    // Rows that a query passes on are chosen or grouped by the query around it.
    if scope.is_inner && !scope.aggregates && context.overview.choosing.iter().any(|column| is_period(column)) {
        return None;
    }
    let done = if scope.aggregates { "added up" } else { "listed" };
    Some(Finding::new(
        Rule::NoMonth,
        format!("no billing month: rows of {} are {done} over all the months of the bill", table.name),
        "filter with where month = date '2024-01-01', or group by month",
    ))
}

fn has_any(columns: &Columns, names: &[&str]) -> bool {
    names.iter().any(|name| columns.contains(*name))
}

/// Tells whether a `select` only has a look: some rows, the values of a column, how many rows or which months there are.
fn explores(scope: &Scope<'_>) -> bool {
    if scope.aggregates {
        let is_plain = scope.grouped.is_empty() && scope.sums.is_empty();
        return is_plain && functions(scope).iter().all(|function| counts_or_dates(scope.select, function));
    }
    let is_narrow = !scope.mentioned.iter().any(|column| is_money(column));
    (scope.has_limit && !ranks(scope)) || (is_distinct(scope.select) && is_narrow && !has_wildcard(scope.select))
}

/// Tells whether rows are put in order by an amount, while the list does not show of which month they are.
fn ranks(scope: &Scope<'_>) -> bool {
    let by_amount = scope.order_by.is_some_and(|order_by| mentions(order_by, is_money));
    by_amount && !has_wildcard(scope.select) && !mentions(&scope.select.projection, is_period)
}

fn counts_or_dates(select: &Select, function: &Function) -> bool {
    let given = arguments(function);
    let counts_all =
        name_of(&function.name) == "count" && given.iter().all(|argument| matches!(argument, Expr::Value(_)));
    let dates = !given.is_empty() && given.iter().all(|argument| mentions(*argument, is_period));
    dates || (counts_all && select.selection.is_none())
}

fn functions(scope: &Scope<'_>) -> Vec<Function> {
    let mut found = Vec::new();
    scope.each(|expr, _| match expr {
        Expr::Function(function) if is_aggregate(&name_of(&function.name)) => found.push(function.clone()),
        _ => {}
    });
    found
}

fn has_wildcard(select: &Select) -> bool {
    use SelectItem::{QualifiedWildcard, Wildcard};
    select.projection.is_empty()
        || select.projection.iter().any(|item| matches!(item, Wildcard(_) | QualifiedWildcard(..)))
}

/// L9: months are compared, and nothing keeps the one that is not over out.
pub(super) fn open_month(scope: &Scope<'_>, context: &Context<'_>) -> Option<Finding> {
    let months = &context.facts.open_months;
    if months.is_empty() || context.overview.bounds_months {
        return None;
    }
    let comparison = comparison(scope)?;
    let is_of_pairs = ["from_month", "to_month", BRIDGE].contains(&comparison.as_str());
    let column = if is_of_pairs { "to_month" } else { "month" };
    let are = if months.len() == 1 { "is" } else { "are" };
    Some(Finding::new(
        Rule::OpenMonth,
        format!("open month: {comparison} compares months, and {} {are} partial or not final", months.join(", ")),
        format!("leave it out with where {column} < date '{}-01', or choose the months", first(months)),
    ))
}

fn first(months: &[String]) -> &str {
    months.iter().map(String::as_str).min().unwrap_or_default()
}

/// Names what compares months.
fn comparison(scope: &Scope<'_>) -> Option<String> {
    let is_look = scope.has_limit && !scope.aggregates;
    if !is_look && scope.table(|table| table.name == BRIDGE).is_some() {
        return Some(BRIDGE.to_owned());
    }
    let mut found =
        ["from_month", "to_month"].into_iter().find(|name| scope.mentioned.contains(*name)).map(str::to_owned);
    scope.each(|expr, _| {
        let here = match expr {
            Expr::Function(function) => neighbour(scope.select, function),
            Expr::BinaryOp { left, op, right } if is_comparison(op) => shifted(left, right),
            _ => None,
        };
        if found.is_none() {
            found = here;
        }
    });
    found
}

/// Names a function that looks at the row of another month.
fn neighbour(select: &Select, function: &Function) -> Option<String> {
    let name = name_of(&function.name);
    let window = window(select, function.over.as_ref()?)?;
    let by_month =
        window.order_by.iter().any(|order| mentions(&order.expr, is_month) || truncates_to_month(&order.expr));
    let by_day = mentions(&window.order_by, |column| matches!(column, "day" | "hour"));
    (is_neighbour(&name) && by_month && !by_day).then(|| format!("{name}() over (order by month)"))
}

fn window<'a>(select: &'a Select, over: &'a WindowType) -> Option<&'a WindowSpec> {
    match over {
        WindowType::WindowSpec(spec) => Some(spec),
        WindowType::NamedWindow(name) => select.named_window.iter().find_map(|window| match &window.1 {
            NamedWindowExpr::WindowSpec(spec) if window.0.value.eq_ignore_ascii_case(&name.value) => Some(spec),
            _ => None,
        }),
    }
}

fn truncates_to_month(expr: &Expr) -> bool {
    let mut found = false;
    each(expr, |expr, _| found |= literal(expr).is_some_and(|text| text.eq_ignore_ascii_case("month")));
    found && mentions(expr, is_period)
}

/// Names a comparison of a month with the same column of another row, some months apart.
fn shifted(left: &Expr, right: &Expr) -> Option<String> {
    let same = ["month", "usage_start"].into_iter().find(|name| {
        let is_it = |column: &str| column == *name;
        mentions(left, is_it) && mentions(right, is_it)
    })?;
    (has_months(left) || has_months(right)).then(|| format!("{same} with an interval of months"))
}

fn has_months(expr: &Expr) -> bool {
    let mut found = false;
    each(expr, |expr, _| {
        if let Expr::Interval(interval) = expr {
            found |= is_of_months(interval);
        }
    });
    found
}

fn is_of_months(interval: &Interval) -> bool {
    use DateTimeField::{Month, Months, Year, Years};
    let is_unit = matches!(interval.leading_field, Some(Month | Months | Year | Years));
    let text = literal(&interval.value).unwrap_or_default().to_lowercase();
    is_unit || text.contains("mon") || text.contains("year")
}
