//! How plans travel: our operator as JSON behind a mark, everything else as Ballista writes it.

use std::sync::Arc;

use ballista_core::serde::BallistaPhysicalExtensionCodec;
use datafusion::{
    common::Result as DfResult, execution::TaskContext, logical_expr::ScalarUDF, physical_plan::ExecutionPlan,
};
use datafusion_proto::physical_plan::{PhysicalExtensionCodec, PhysicalProtoConverterExtension};
use serde::{Deserialize, Serialize};

use super::{BUILD, hello::different, node::Node, operator::Answers, work::Work};
use crate::{error::Error, sql::functions};

/// No message of Ballista begins so.
const MARK: &[u8] = b"\0gravimeter\0";

/// Writes and reads plans; an executor's gives the operators their node.
#[derive(Debug, Default)]
pub(super) struct Codec {
    ballista: BallistaPhysicalExtensionCodec,
    node: Option<Arc<Node>>,
}

#[derive(Serialize, Deserialize)]
struct Letter<'w> {
    build: String,
    work: std::borrow::Cow<'w, Work>,
}

impl Codec {
    /// Returns the codec of an executor.
    pub(super) fn of(node: Arc<Node>) -> Self {
        Self { node: Some(node), ..Self::default() }
    }
}

impl PhysicalExtensionCodec for Codec {
    fn try_decode(
        &self,
        bytes: &[u8],
        inputs: &[Arc<dyn ExecutionPlan>],
        context: &TaskContext,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let Some(json) = bytes.strip_prefix(MARK) else {
            return self.ballista.try_decode(bytes, inputs, context, converter);
        };
        let wrong = |error| Error::runtime(format!("a plan cannot be understood: {error}"));
        let Letter { build, work } = serde_json::from_slice(json).map_err(wrong)?;
        if build != BUILD {
            return Err(different("the client", &build).into());
        }
        let [input] = inputs else { return Err(Error::runtime("a plan has lost its errands").into()) };
        Ok(Arc::new(Answers::new(Arc::new(work.into_owned()), Arc::clone(input), self.node.clone())?))
    }

    fn try_encode(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        bytes: &mut Vec<u8>,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> DfResult<()> {
        let Some(answers) = plan.downcast_ref::<Answers>() else {
            return self.ballista.try_encode(plan, bytes, converter);
        };
        let letter = Letter { build: BUILD.to_owned(), work: std::borrow::Cow::Borrowed(&answers.work) };
        let wrong = |error| Error::runtime(format!("a plan cannot be written down: {error}"));
        bytes.extend_from_slice(MARK);
        bytes.extend(serde_json::to_vec(&letter).map_err(wrong)?);
        Ok(())
    }

    fn try_decode_udf(&self, name: &str, bytes: &[u8]) -> DfResult<Arc<ScalarUDF>> {
        let Some(judge) = bytes.strip_prefix(MARK) else { return self.ballista.try_decode_udf(name, bytes) };
        Ok(functions::described(name, &String::from_utf8_lossy(judge), self.node.as_deref().map(|node| node.book))?)
    }

    fn try_encode_udf(&self, function: &ScalarUDF, bytes: &mut Vec<u8>) -> DfResult<()> {
        let Some(judge) = functions::description(function) else {
            return self.ballista.try_encode_udf(function, bytes);
        };
        bytes.extend_from_slice(MARK);
        bytes.extend_from_slice(judge.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ballista_core::serde::BallistaCodec;
    use datafusion::{
        physical_plan::{ExecutionPlanProperties, displayable, execute_stream_partitioned},
        prelude::SessionContext,
    };
    use datafusion_proto::{
        physical_plan::AsExecutionPlan,
        protobuf::{LogicalPlanNode, PhysicalPlanNode},
    };
    use futures::StreamExt;

    use super::*;
    use crate::{
        cluster::{
            failure::{packed, unpack},
            session, session_config,
            work::table,
        },
        error::Kind,
    };

    fn works() -> [Work; 2] {
        [Work::RollUp, Work::Lines { columns: vec![0, 3, 7], judge: "{\"a\":\"\\\"\"}".to_owned() }]
    }

    fn plan(work: Work, errands: &[&str]) -> Arc<dyn ExecutionPlan> {
        Arc::new(Answers::new(Arc::new(work), table(errands).unwrap(), None).unwrap())
    }

    fn there_and_back(plan: Arc<dyn ExecutionPlan>, codec: Codec) -> DfResult<Arc<dyn ExecutionPlan>> {
        let ballista: BallistaCodec<LogicalPlanNode, PhysicalPlanNode> = BallistaCodec::new(
            Arc::new(ballista_core::serde::BallistaLogicalExtensionCodec::default()),
            Arc::new(codec),
        );
        let codec = ballista.physical_extension_codec();
        let mut bytes = Vec::new();
        PhysicalPlanNode::try_from_physical_plan(plan, codec)?.try_encode(&mut bytes)?;
        let context = SessionContext::new_with_state(session(session_config()));
        PhysicalPlanNode::try_decode(&bytes)?.try_into_physical_plan(&context.task_ctx(), codec)
    }

    #[test]
    fn plans_survive_the_way() {
        for work in works() {
            let sent = plan(work.clone(), &["one", "two", "three"]);
            let arrived = there_and_back(Arc::clone(&sent), Codec::default()).unwrap();
            let answers = arrived.downcast_ref::<Answers>().unwrap();
            assert_eq!((*answers.work).clone(), work);
            assert_eq!(arrived.output_partitioning().partition_count(), 3);
            assert_eq!(arrived.schema(), sent.schema());
            let text = |plan: &Arc<dyn ExecutionPlan>| displayable(plan.as_ref()).indent(true).to_string();
            assert_eq!(text(&arrived), text(&sent));
        }
    }

    /// Each partition brings its own errand and no other: a task that got all of them would count the bill twice.
    #[tokio::test]
    async fn a_partition_has_its_own_errand() {
        let sent = plan(Work::RollUp, &["a", "b"]);
        let arrived = there_and_back(sent, Codec::default()).unwrap();
        let context = SessionContext::new_with_state(session(session_config())).task_ctx();
        let input = Arc::clone(arrived.children()[0]);
        let mut seen = Vec::new();
        for mut partition in execute_stream_partitioned(input, context).unwrap() {
            let batch = partition.next().await.unwrap().unwrap();
            assert!(partition.next().await.is_none());
            seen.push(crate::cluster::work::errands::<String>(&batch).unwrap());
        }
        assert_eq!(seen, [["a".to_owned()], ["b".to_owned()]]);
    }

    #[test]
    fn another_build_is_refused() {
        let letter = Letter { build: "gravimeter/0.0.1-0".to_owned(), work: std::borrow::Cow::Owned(Work::RollUp) };
        let bytes = [MARK, &serde_json::to_vec(&letter).unwrap()].concat();
        let context = SessionContext::new().task_ctx();
        let converter = datafusion_proto::physical_plan::DefaultPhysicalProtoConverter {};
        let error = Codec::default().try_decode(&bytes, &[], &context, &converter).unwrap_err();
        let error = unpack(&packed(error).to_string()).unwrap();
        assert_eq!(error.kind(), Kind::Usage);
        assert!(error.to_string().contains("but the client is 0.0.1-0"), "{error}");
    }

    /// A target is chosen as the client wants it, wherever the function runs.
    #[test]
    fn functions_bring_their_policy() {
        let book = crate::pricing::PriceBook::embedded().unwrap();
        let policy = crate::analysis::Policy { allow_slower: true, ..crate::analysis::Policy::default() };
        let judge = crate::analysis::Judge::new(book, policy);
        let context = SessionContext::new();
        functions::register(&context, &judge);
        let state = context.state();
        for name in ["tag", "graviton_target", "list_price", "architecture", "normalized_units"] {
            let (sent, mut bytes) = (&state.scalar_functions()[name], Vec::new());
            Codec::default().try_encode_udf(sent, &mut bytes).unwrap();
            let arrived = Codec::default().try_decode_udf(name, &bytes).unwrap();
            assert_eq!(functions::description(&arrived), functions::description(sent), "{name}");
        }
        let mut bytes = Vec::new();
        Codec::default().try_encode_udf(&state.scalar_functions()["upper"], &mut bytes).unwrap();
        assert!(bytes.is_empty(), "the engine's own functions are known everywhere");
    }

    #[test]
    fn only_an_executor_works() {
        let context = SessionContext::new().task_ctx();
        assert!(plan(Work::RollUp, &["a"]).execute(0, context).is_err());
    }
}
