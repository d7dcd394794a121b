//! Keeps products of decimals usable.
//!
//! A product of two amounts with 12 places has 24 of them; its sum divided by another sum then overflows 38 digits, and a
//! weighted average fails. This rule rounds products back to the scale of amounts, so that SQL can go on with them.

use datafusion::{
    common::{
        Result,
        config::ConfigOptions,
        tree_node::{Transformed, TreeNode},
    },
    logical_expr::{
        BinaryExpr, Expr, ExprSchemable, LogicalPlan, Operator, expr_rewriter::NamePreserver, utils::merge_schema,
    },
    optimizer::AnalyzerRule,
};

use arrow::datatypes::DataType;

use crate::units::{PRECISION, SCALE};

/// Rounds decimal products to the scale of amounts.
#[derive(Debug)]
pub(super) struct RoundProducts;

impl AnalyzerRule for RoundProducts {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        plan.transform_up_with_subqueries(round_node).map(|rounded| rounded.data)
    }

    fn name(&self) -> &'static str {
        "round_decimal_products"
    }
}

fn round_node(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let schema = merge_schema(&plan.inputs());
    let scale = i8::try_from(SCALE).unwrap_or(i8::MAX);
    let names = NamePreserver::new(&plan);
    let rounded = plan.map_expressions(|expr| {
        let name = names.save(&expr);
        let rounded = expr.transform_up(|inner| {
            let is_product = matches!(&inner, Expr::BinaryExpr(BinaryExpr { op: Operator::Multiply, .. }));
            match inner.get_type(&schema) {
                Ok(DataType::Decimal128(_, found)) if is_product && found > scale => {
                    let amount = DataType::Decimal128(PRECISION, scale);
                    Ok(Transformed::yes(datafusion::logical_expr::cast(inner, amount)))
                }
                _ => Ok(Transformed::no(inner)),
            }
        })?;
        Ok(rounded.update_data(|expr| name.restore(expr)))
    })?;
    rounded.map_data(LogicalPlan::recompute_schema)
}
