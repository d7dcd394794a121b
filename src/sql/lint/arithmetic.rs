//! Rules about what is computed: net with gross (L4), with NULL (L7), in floating-point numbers (L8).

use datafusion::sql::sqlparser::ast::Expr;

use super::{
    Finding, Rule,
    names::{is_coalesce, is_cost, is_money, is_net, is_nullable},
    scope::Scope,
    statement::Context,
    walk::{
        Addend, Around, addends, arguments, column, is_float, mentions, name_of, operands, outcomes, values,
        within_aggregate,
    },
};

/// L4: a cost after private discounts and one before them are added, or the one stands in for the other.
pub(super) fn net_and_gross(scope: &Scope<'_>, _: &Context<'_>) -> Option<Finding> {
    let mut found = None;
    scope.each(|expr, around| {
        let here = match expr {
            Expr::BinaryOp { .. } if is_sum(expr, around) => added(&addends(expr)),
            Expr::Function(function) if is_coalesce(&name_of(&function.name)) => instead(&arguments(function)),
            Expr::Case { .. } if depends_on_rows(expr) => instead(&outcomes(expr)),
            _ => None,
        };
        if found.is_none() {
            found = here;
        }
    });
    found
}

/// Tells whether it is the whole of a chain of `+` and `-`.
fn is_sum(expr: &Expr, around: &[Around]) -> bool {
    let outside = around.iter().rev().find(|around| **around != Around::Wrapper);
    Around::of(expr) == Around::PlusMinus && outside != Some(&Around::PlusMinus)
}

fn is_gross(column: &str) -> bool {
    is_cost(column) && !is_net(column)
}

fn added(addends: &[Addend]) -> Option<Finding> {
    let net = |sign: bool| addends.iter().find(|addend| addend.is_taken_away == sign && is_net(&addend.column));
    let gross = |sign: bool| addends.iter().find(|addend| addend.is_taken_away == sign && is_gross(&addend.column));
    let (net, gross) = [false, true].into_iter().find_map(|sign| net(sign).zip(gross(sign)))?;
    Some(mixed(&net.column, &gross.column, "are added"))
}

/// Finds values of which one is net and another one is gross; a difference of the two is neither.
fn instead(values: &[&Expr]) -> Option<Finding> {
    let (mut net, mut gross) = (None, None);
    for value in values {
        let columns: Vec<String> = addends(value).into_iter().map(|addend| addend.column).collect();
        match (columns.iter().find(|name| is_net(name)), columns.iter().find(|name| is_gross(name))) {
            (Some(name), None) => net = net.or(Some(name.clone())),
            (None, Some(name)) => gross = gross.or(Some(name.clone())),
            _ => {}
        }
    }
    Some(mixed(&net?, &gross?, "stand in for each other"))
}

/// Tells whether a CASE may choose otherwise in the next row; one on a parameter chooses the basis for all.
fn depends_on_rows(expr: &Expr) -> bool {
    let Expr::Case { operand, conditions, .. } = expr else { return false };
    let any = |expr: &Expr| mentions(expr, |_| true);
    operand.as_deref().is_some_and(any) || conditions.iter().any(|when| any(&when.condition))
}

fn mixed(net: &str, gross: &str, how: &str) -> Finding {
    Finding::new(
        Rule::NetAndGross,
        format!("net with gross: {net} is after private discounts, {gross} before them, and they {how}"),
        "keep them in columns of their own, and let a net cost that is not known stay NULL",
    )
}

/// L7: one NULL makes the result of a row NULL, and sums leave the row out.
pub(super) fn null_in_arithmetic(scope: &Scope<'_>, context: &Context<'_>) -> Option<Finding> {
    let tested = &context.overview.tested;
    let mut found = None;
    scope.each_shown(|expr, around| {
        if found.is_some() || !is_sum(expr, around) || !is_of_rows(scope, around) {
            return;
        }
        found = operands(expr).into_iter().find_map(|operand| match operand {
            Expr::Case { else_result: None, .. } => Some(case_without_else()),
            other => column(other)
                .filter(|name| is_nullable(name) && scope.is_raw(name) && !tested.contains(name))
                .map(|name| null_column(&name, around)),
        });
    });
    found
}

/// Tells whether a value is computed for each row, and a NULL of it counts.
fn is_of_rows(scope: &Scope<'_>, around: &[Around]) -> bool {
    let is_added = around.iter().any(|around| around.is_aggregate());
    let is_safe = within_aggregate(around).iter().any(|around| matches!(around, Around::Coalesce | Around::Predicate));
    !is_safe && (is_added || !scope.aggregates)
}

fn null_column(name: &str, around: &[Around]) -> Finding {
    let effect = if around.iter().any(|around| around.is_aggregate()) {
        "the whole row falls out of the sum"
    } else {
        "the whole result is NULL"
    };
    Finding::new(
        Rule::NullInArithmetic,
        format!("NULL in arithmetic: {name} may be NULL, and then {effect}"),
        format!("keep the rows where {name} is not null, or write coalesce({name}, 0) where unknown counts as 0"),
    )
}

fn case_without_else() -> Finding {
    Finding::new(
        Rule::NullInArithmetic,
        "NULL in arithmetic: a CASE without ELSE is NULL for other rows, and so is what it is added to",
        "end the CASE with else 0",
    )
}

/// L8: money as floating-point numbers, of which the sum depends on the order.
pub(super) fn float_money(scope: &Scope<'_>, _: &Context<'_>) -> Option<Finding> {
    let mut found = None;
    scope.each(|expr, around| {
        let Expr::Cast { expr: inner, data_type, .. } = expr else { return };
        if found.is_some() || !is_float(data_type) || within_aggregate(around).contains(&Around::Predicate) {
            return;
        }
        let is_added = around.contains(&Around::Adding);
        let is_computed =
            within_aggregate(around).iter().any(|around| matches!(around, Around::PlusMinus | Around::Product));
        let is_wrong = |name: &String| is_money(name) && (is_added || (is_computed && scope.is_raw(name)));
        found = values(inner).into_iter().find(is_wrong).map(|name| {
            Finding::new(
                Rule::FloatMoney,
                format!("float of money: cast({name} as {data_type}) computes with rounded amounts"),
                format!("compute with {name} as it is, and cast the result if at all"),
            )
        });
    });
    found
}
