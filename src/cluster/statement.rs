//! Statements over `line_items`: planned at the client, read and added up by the executors.
//!
//! The client plans with its own session, so that every rule of ours holds; what is shipped is the finished plan, in
//! which the reading of lines is an errand. A plan that also reads what lies at the client only stays there.

use std::sync::Arc;

use arrow::array::RecordBatch;
use ballista_core::optimizer::ballista_default_optimizer_rules;
use datafusion::{
    common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion},
    datasource::{memory::MemorySourceConfig, source::DataSourceExec},
    execution::{SessionState, SessionStateBuilder},
    logical_expr::LogicalPlan,
    physical_plan::{ExecutionPlan, empty::EmptyExec, placeholder_row::PlaceholderRowExec},
    prelude::SessionConfig,
};

use super::{
    operator::Answers,
    work::{Lines, Reading, Work, table},
};
use crate::{
    error::{Error, Result},
    normalize::LineItemsExec,
    source::Way,
};

/// Where a statement runs.
pub(super) enum Place {
    /// On the cluster, as this plan.
    Cluster(Arc<dyn ExecutionPlan>),
    /// Here; `true` = though it reads line items.
    Here(bool),
}

/// The answer to a statement, or where it has to be found instead.
#[derive(Debug)]
pub enum Answer {
    /// The rows.
    Rows(Vec<RecordBatch>),
    /// The statement reads nothing that a cluster has.
    NotForMany,
    /// It reads line items together with tables that lie on this machine only.
    Mixed,
}

/// Plans a statement with the tables and rules of a session, for a cluster.
///
/// # Errors
/// When the statement is wrong.
pub(super) async fn place(
    session: &SessionState,
    statement: &LogicalPlan,
    config: &SessionConfig,
    way: &Way,
) -> Result<Place> {
    if matches!(statement, LogicalPlan::Explain(_) | LogicalPlan::Analyze(_)) {
        return Ok(Place::Here(false));
    }
    // The tables of the session are there; an empty catalogue would take their place for good.
    let config = config.clone().with_create_default_catalog_and_schema(false);
    let planner = SessionStateBuilder::new_from_existing(session.clone())
        .with_config(config)
        .with_optimizer_rules(ballista_default_optimizer_rules())
        .build();
    let plan = planner.create_physical_plan(statement).await?;
    let (mut reads_lines, mut reads_here) = (false, false);
    plan.apply(|node| {
        reads_lines |= node.is::<LineItemsExec>();
        reads_here |= node.children().is_empty() && !travels(node);
        Ok(TreeNodeRecursion::Continue)
    })?;
    if !reads_lines || reads_here {
        return Ok(Place::Here(reads_lines));
    }
    let shipped = plan.transform_up(|node| match node.downcast_ref::<LineItemsExec>() {
        Some(lines) => Ok(Transformed::yes(errand(lines, way)?)),
        None => Ok(Transformed::no(node)),
    });
    Ok(Place::Cluster(shipped.data()?))
}

/// Tells whether a source of rows can be sent to another machine.
fn travels(leaf: &Arc<dyn ExecutionPlan>) -> bool {
    if let Some(source) = leaf.downcast_ref::<DataSourceExec>() {
        let source: &dyn std::any::Any = source.data_source().as_ref();
        return source.is::<MemorySourceConfig>();
    }
    leaf.is::<LineItemsExec>() || leaf.is::<EmptyExec>() || leaf.is::<PlaceholderRowExec>()
}

/// Turns the reading of lines into an errand, with the same partitions.
fn errand(lines: &LineItemsExec, way: &Way) -> Result<Arc<dyn ExecutionPlan>> {
    let judge = lines
        .classifier()
        .description()
        .ok_or_else(|| Error::runtime("the judge of the line items cannot be described to other machines"))?;
    let partitions = lines.pieces();
    let errands: Vec<Lines> = partitions.iter().map(|pieces| Lines { readings: Reading::all(pieces, way) }).collect();
    let work = Arc::new(Work::Lines { columns: lines.columns(), judge });
    Ok(Arc::new(Answers::new(work, table(&errands)?, None)?))
}
