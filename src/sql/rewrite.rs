//! Changes a statement before it is planned: binds parameters, and lets `tag('CostCenter')` find the column of tags.

use std::{collections::BTreeMap, ops::ControlFlow};

use datafusion::sql::{
    parser::{DFParserBuilder, Statement},
    sqlparser::ast::{Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, Value, VisitMut, VisitorMut},
};

use super::library::Bound;
use crate::error::{Error, Result};

/// The function that looks a tag up.
const TAG: &str = "tag";

/// The column that it looks into.
const TAGS: &str = "tags";

/// Rewrites a statement: `values` stand for its parameters, by name without the `$`.
///
/// # Errors
/// When a parameter has no value.
pub fn rewrite(statement: &mut Statement, values: &BTreeMap<String, Bound>) -> Result<()> {
    let statement = match statement {
        Statement::Statement(statement) => statement,
        Statement::Explain(explain) => return rewrite(&mut explain.statement, values),
        _ => return Ok(()),
    };
    match statement.visit(&mut Rewriter { values }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

struct Rewriter<'v> {
    values: &'v BTreeMap<String, Bound>,
}

impl VisitorMut for Rewriter<'_> {
    type Break = Error;

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Error> {
        match expr {
            Expr::Value(value) => {
                if let Value::Placeholder(name) = &value.value {
                    match self.bind(name) {
                        Ok(bound) => *expr = bound,
                        Err(error) => return ControlFlow::Break(error),
                    }
                }
            }
            Expr::Function(function) if function.name.to_string().eq_ignore_ascii_case(TAG) => {
                if let FunctionArguments::List(list) = &mut function.args
                    && list.args.len() == 1
                {
                    let tags = FunctionArgExpr::Expr(Expr::Identifier(Ident::new(TAGS)));
                    list.args.insert(0, FunctionArg::Unnamed(tags));
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

impl Rewriter<'_> {
    fn bind(&self, placeholder: &str) -> Result<Expr> {
        let name = placeholder.trim_start_matches('$');
        let bound = self.values.get(name).ok_or_else(|| {
            Error::usage(format!("the parameter {placeholder} has no value"))
                .hint("parameters belong to queries: gravimeter query run NAME SOURCE --param name=value")
        })?;
        match bound {
            Bound::Text(text) => Ok(Expr::Value(Value::SingleQuotedString(text.clone()).with_empty_span())),
            // These print nothing but digits, signs and points.
            Bound::Day(day) => parsed(&format!("cast('{day}' as date)")),
            Bound::Number(number) => parsed(&format!("({number})")),
            Bound::Count(count) => parsed(&count.to_string()),
        }
    }
}

fn parsed(text: &str) -> Result<Expr> {
    let mut parser = DFParserBuilder::new(text).build().map_err(Error::from)?;
    Ok(parser.parse_expr().map_err(Error::from)?.expr)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(sql: &str, values: &[(&str, Bound)]) -> Result<String> {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let mut statements = DFParserBuilder::new(sql).build().unwrap().parse_statements().unwrap();
        rewrite(&mut statements[0], &values)?;
        Ok(statements[0].to_string())
    }

    #[test]
    fn tags_are_looked_up_in_their_column() {
        let sql = "explain select tag('CostCenter'), Tag(l.tags, 'x') from line_items l group by tag('CostCenter')";
        assert_eq!(
            rewritten(sql, &[]).unwrap(),
            "EXPLAIN SELECT tag(tags, 'CostCenter'), Tag(l.tags, 'x') FROM line_items l GROUP BY tag(tags, 'CostCenter')"
        );
    }

    #[test]
    fn values_never_become_sql() {
        let evil = Bound::Text("x' or '1' = '1".to_owned());
        let month = Bound::Day("2024-01-01".parse().unwrap());
        let sql = "select a from t where b = $b and month = $month limit $top";
        assert_eq!(
            rewritten(sql, &[("b", evil), ("month", month), ("top", Bound::Count(3))]).unwrap(),
            "SELECT a FROM t WHERE b = 'x'' or ''1'' = ''1' AND month = CAST('2024-01-01' AS DATE) LIMIT 3"
        );
        let error = rewritten("select $b", &[]).unwrap_err();
        assert!(error.to_string().contains("$b has no value"), "{error}");
        assert_eq!(
            rewritten("select a - $b", &[("b", Bound::Number("-1.5".parse().unwrap()))]).unwrap(),
            "SELECT a - (-1.5)"
        );
    }
}
