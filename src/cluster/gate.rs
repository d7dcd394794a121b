//! The gate of the scheduler: lets in nodes of its own build only, and tells clients who works here.
//!
//! Everything else goes through to Ballista. Jobs whose client asks no more are given up.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use ballista_core::serde::protobuf::{
    CancelJobParams, CancelJobResult, CleanJobDataParams, CleanJobDataResult, CreateUpdateSessionParams,
    CreateUpdateSessionResult, ExecuteQueryParams, ExecuteQueryResult, ExecutorStoppedParams, ExecutorStoppedResult,
    GetJobMetricsParams, GetJobMetricsResult, GetJobStatusParams, GetJobStatusResult, HeartBeatParams, HeartBeatResult,
    PollWorkParams, PollWorkResult, RegisterExecutorParams, RegisterExecutorResult, RemoveSessionParams,
    RemoveSessionResult, UpdateTaskStatusParams, UpdateTaskStatusResult, execute_query_result,
    executor_status::Status as Life, job_status, scheduler_grpc_server::SchedulerGrpc,
};
use ballista_core::utils::get_time_before;
use ballista_scheduler::{cluster::ClusterState, scheduler_server::SchedulerServer};
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use tonic::{Request, Response, Status};

use super::{
    BUILD, LOST,
    failure::pack,
    hello::{BUILD_HEADER, EXECUTORS_HEADER, Roster, SLOTS_HEADER, different},
};

/// The scheduler of Ballista.
pub(super) type Server = SchedulerServer<LogicalPlanNode, PhysicalPlanNode>;

type Answer<T> = Result<Response<T>, Status>;

/// A client that has not asked for so long is gone.
const GONE: Duration = Duration::from_secs(30);

/// The scheduler behind its gate.
#[derive(Clone)]
pub(super) struct Gate {
    server: Server,
    cluster: Arc<dyn ClusterState>,
    /// When the clients of running jobs asked last.
    asked: Arc<Mutex<HashMap<String, Instant>>>,
}

impl Gate {
    pub(super) fn new(server: Server, cluster: Arc<dyn ClusterState>) -> Self {
        Self { server, cluster, asked: Arc::default() }
    }

    /// Counts the executors that show signs of life.
    async fn roster(&self) -> Roster {
        let since = get_time_before(LOST);
        let heartbeats = self.cluster.executor_heartbeats();
        let lives = |id: &str| {
            heartbeats.get(id).is_some_and(|heartbeat| {
                let status = heartbeat.status.as_ref().and_then(|status| status.status.as_ref());
                heartbeat.timestamp > since && matches!(status, Some(Life::Active(_)))
            })
        };
        let registered = self.cluster.registered_executor_metadata().await;
        let alive = registered.iter().filter(|executor| lives(&executor.id));
        alive.fold(Roster { executors: 0, slots: 0 }, |roster, executor| Roster {
            executors: roster.executors + 1,
            slots: roster.slots + executor.specification.vcores as usize,
        })
    }

    /// Gives up jobs whose client is gone; never ends.
    pub(super) async fn give_up_abandoned(self) {
        loop {
            tokio::time::sleep(GONE / 6).await;
            let abandoned: Vec<String> = {
                let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
                let gone: Vec<String> =
                    asked.iter().filter(|(_, last)| last.elapsed() > GONE).map(|(job, _)| job.clone()).collect();
                asked.retain(|job, _| !gone.contains(job));
                gone
            };
            for job in abandoned {
                // A job that has ended meanwhile has nothing to give up.
                let _ = self.server.cancel_job(job.into()).await;
            }
        }
    }

    fn note(&self, job: &str, is_running: bool) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if is_running {
            asked.insert(job.to_owned(), Instant::now());
        } else {
            asked.remove(job);
        }
    }
}

/// Refuses who is of another build.
fn check<T>(request: &Request<T>, who: &str) -> Result<(), Status> {
    let agent = request.metadata().get("user-agent").and_then(|agent| agent.to_str().ok()).unwrap_or("");
    // The library adds its own name behind a blank.
    match agent.split_whitespace().next() {
        Some(BUILD) => Ok(()),
        other => Err(Status::failed_precondition(pack(&different(who, other.unwrap_or("no gravimeter"))))),
    }
}

#[tonic::async_trait]
impl SchedulerGrpc for Gate {
    type ExecuteQueryPushStream = <Server as SchedulerGrpc>::ExecuteQueryPushStream;

    async fn create_update_session(
        &self,
        request: Request<CreateUpdateSessionParams>,
    ) -> Answer<CreateUpdateSessionResult> {
        check(&request, "the client")?;
        let Roster { executors, slots } = self.roster().await;
        let mut answer = Response::new(CreateUpdateSessionResult { session_id: request.into_inner().session_id });
        let headers = answer.metadata_mut();
        headers.insert(BUILD_HEADER, tonic::metadata::MetadataValue::from_static(BUILD));
        headers.insert(EXECUTORS_HEADER, (executors as u64).into());
        headers.insert(SLOTS_HEADER, (slots as u64).into());
        Ok(answer)
    }

    async fn register_executor(&self, request: Request<RegisterExecutorParams>) -> Answer<RegisterExecutorResult> {
        check(&request, "an executor")?;
        SchedulerGrpc::register_executor(&self.server, request).await
    }

    async fn heart_beat_from_executor(&self, request: Request<HeartBeatParams>) -> Answer<HeartBeatResult> {
        check(&request, "an executor")?;
        SchedulerGrpc::heart_beat_from_executor(&self.server, request).await
    }

    async fn execute_query(&self, request: Request<ExecuteQueryParams>) -> Answer<ExecuteQueryResult> {
        check(&request, "the client")?;
        let answer = SchedulerGrpc::execute_query(&self.server, request).await?;
        if let Some(execute_query_result::Result::Success(accepted)) = &answer.get_ref().result {
            self.note(&accepted.job_id, true);
        }
        Ok(answer)
    }

    async fn execute_query_push(&self, request: Request<ExecuteQueryParams>) -> Answer<Self::ExecuteQueryPushStream> {
        check(&request, "the client")?;
        SchedulerGrpc::execute_query_push(&self.server, request).await
    }

    async fn get_job_status(&self, request: Request<GetJobStatusParams>) -> Answer<GetJobStatusResult> {
        let job = request.get_ref().job_id.clone();
        let answer = SchedulerGrpc::get_job_status(&self.server, request).await?;
        let status = answer.get_ref().status.as_ref().and_then(|status| status.status.as_ref());
        let ended = matches!(status, Some(job_status::Status::Failed(_) | job_status::Status::Successful(_)));
        self.note(&job, !ended);
        Ok(answer)
    }

    async fn poll_work(&self, request: Request<PollWorkParams>) -> Answer<PollWorkResult> {
        check(&request, "an executor")?;
        SchedulerGrpc::poll_work(&self.server, request).await
    }

    async fn update_task_status(&self, request: Request<UpdateTaskStatusParams>) -> Answer<UpdateTaskStatusResult> {
        SchedulerGrpc::update_task_status(&self.server, request).await
    }

    async fn remove_session(&self, request: Request<RemoveSessionParams>) -> Answer<RemoveSessionResult> {
        SchedulerGrpc::remove_session(&self.server, request).await
    }

    async fn get_job_metrics(&self, request: Request<GetJobMetricsParams>) -> Answer<GetJobMetricsResult> {
        SchedulerGrpc::get_job_metrics(&self.server, request).await
    }

    async fn executor_stopped(&self, request: Request<ExecutorStoppedParams>) -> Answer<ExecutorStoppedResult> {
        SchedulerGrpc::executor_stopped(&self.server, request).await
    }

    async fn cancel_job(&self, request: Request<CancelJobParams>) -> Answer<CancelJobResult> {
        SchedulerGrpc::cancel_job(&self.server, request).await
    }

    async fn clean_job_data(&self, request: Request<CleanJobDataParams>) -> Answer<CleanJobDataResult> {
        SchedulerGrpc::clean_job_data(&self.server, request).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cluster::failure::unpack, error::Kind};

    fn from(agent: &str) -> Request<()> {
        let mut request = Request::new(());
        request.metadata_mut().insert("user-agent", agent.parse().unwrap());
        request
    }

    #[test]
    fn only_this_build_is_let_in() {
        assert!(check(&from(&format!("{BUILD} tonic/0.14.9")), "the client").is_ok());
        for agent in ["tonic/0.14.9", "gravimeter/0.0.9-00 tonic/0.14.9", ""] {
            let refused = check(&from(agent), "the client").unwrap_err();
            let error = unpack(refused.message()).unwrap();
            assert_eq!(error.kind(), Kind::Usage);
            assert!(error.to_string().contains("this is gravimeter") && !error.hints().is_empty(), "{error}");
        }
    }
}
