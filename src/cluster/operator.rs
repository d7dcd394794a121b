//! Our one operator: takes errands from its input and answers them with rows, partition by partition.

use std::{fmt, sync::Arc};

use arrow::datatypes::SchemaRef;
use datafusion::{
    common::{DataFusionError, Result as DfResult, tree_node::TreeNodeRecursion},
    execution::{SendableRecordBatchStream, TaskContext},
    physical_expr::{EquivalenceProperties, PhysicalExpr},
    physical_plan::{
        DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning, PlanProperties,
        execution_plan::{Boundedness, EmissionType},
        stream::RecordBatchStreamAdapter,
    },
};
use futures::{StreamExt, TryStreamExt, stream};

use super::{
    node::Node,
    work::{Lines, RollUp, Work, errands},
};
use crate::error::{Error, Result};

/// Answers the errands of its input.
#[derive(Debug)]
pub(super) struct Answers {
    pub work: Arc<Work>,
    input: Arc<dyn ExecutionPlan>,
    /// Who does the work; only executors have one.
    node: Option<Arc<Node>>,
    schema: SchemaRef,
    properties: Arc<PlanProperties>,
}

impl Answers {
    /// Puts the operator upon a table of errands.
    ///
    /// # Errors
    /// When the work asks for columns that there are not.
    pub(super) fn new(work: Arc<Work>, input: Arc<dyn ExecutionPlan>, node: Option<Arc<Node>>) -> Result<Self> {
        let schema = work.schema()?;
        let partitions = input.output_partitioning().partition_count();
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Ok(Self { work, input, node, schema, properties: Arc::new(properties) })
    }
}

impl DisplayAs for Answers {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.work {
            Work::RollUp => f.write_str("Answers: roll up"),
            Work::Lines { columns, .. } => write!(f, "Answers: line items, {} columns", columns.len()),
        }
    }
}

impl ExecutionPlan for Answers {
    fn name(&self) -> &'static str {
        "Answers"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> DfResult<TreeNodeRecursion>,
    ) -> DfResult<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> DfResult<Arc<dyn ExecutionPlan>> {
        let input = children.into_iter().next().unwrap_or_else(|| Arc::clone(&self.input));
        Ok(Arc::new(Self::new(Arc::clone(&self.work), input, self.node.clone())?))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> DfResult<SendableRecordBatchStream> {
        let Some(node) = self.node.clone() else {
            return Err(Error::runtime("only an executor of the cluster can do this").into());
        };
        let input = self.input.execute(partition, context)?;
        let rows = match &*self.work {
            Work::RollUp => {
                let schema = Arc::clone(&self.schema);
                let portions = input
                    .map(|batch| {
                        Ok::<_, DataFusionError>(
                            stream::iter(errands::<RollUp>(&batch?)?).map(Ok::<_, DataFusionError>),
                        )
                    })
                    .try_flatten();
                let answers = portions.and_then(move |errand| {
                    let (node, schema) = (Arc::clone(&node), Arc::clone(&schema));
                    async move {
                        let chunks = node.roll_up(&errand, schema).await?;
                        Ok(stream::iter(chunks.map(|chunk| chunk.map_err(DataFusionError::from))))
                    }
                });
                answers.try_flatten().boxed()
            }
            Work::Lines { columns, judge } => {
                let (columns, classifier) = (columns.clone(), node.classifier(judge)?);
                let readings = input
                    .map(|batch| {
                        let all = errands::<Lines>(&batch?)?.into_iter().flat_map(|errand| errand.readings);
                        Ok::<_, DataFusionError>(stream::iter(all).map(Ok::<_, DataFusionError>))
                    })
                    .try_flatten();
                let lines = readings.and_then(move |reading| {
                    let (node, columns, classifier) = (Arc::clone(&node), columns.clone(), Arc::clone(&classifier));
                    async move {
                        let lines = node.lines(&reading, &columns, classifier).await?;
                        Ok(lines.map_err(DataFusionError::from))
                    }
                });
                lines.try_flatten().boxed()
            }
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), rows)))
    }
}
