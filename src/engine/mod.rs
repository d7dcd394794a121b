//! The one DataFusion session, and the SQL that is embedded in the binary.
//!
//! In: tables that other stages register. Out: Arrow batches. It knows no table and no figure by itself.

mod decimals;

use std::{num::NonZero, sync::Arc};

use arrow::array::RecordBatch;
use datafusion::{
    execution::{
        SessionStateBuilder,
        memory_pool::{FairSpillPool, TrackConsumersPool},
        runtime_env::RuntimeEnvBuilder,
    },
    optimizer::Analyzer,
    prelude::{SessionConfig, SessionContext},
};

use crate::error::{Error, Result};

/// Embeds files of `queries/` by their names.
macro_rules! embedded {
    ($($name:literal),+ $(,)?) => { &[$(($name, include_str!(concat!("../../queries/", $name, ".sql")))),+] };
}

/// Every file of `queries/`, embedded; a test fails when one is missing here.
pub const QUERIES: &[(&str, &str)] = embedded![
    "doctor/accounts_by_month",
    "doctor/duplicates_by_month",
    "doctor/finality",
    "doctor/hours_by_month",
    "doctor/instances_by_month",
    "doctor/months",
    "explore/adoption_by_account",
    "explore/adoption_by_service",
    "explore/charges_by_type",
    "explore/cost_by_account",
    "explore/cost_by_region",
    "explore/cost_by_service",
    "explore/cost_by_tag",
    "explore/coverage_by_day",
    "explore/coverage_by_hour",
    "explore/coverage_by_month",
    "explore/daily_cost",
    "explore/data_transfer_by_kind",
    "explore/expiring_commitments",
    "explore/extended_support",
    "explore/idle_reserved_instances",
    "explore/instance_hours_by_type",
    "explore/lambda_by_architecture",
    "explore/movers_by_service",
    "explore/movers_by_usage_type",
    "explore/nat_gateways",
    "explore/old_generations",
    "explore/opportunities_by_account",
    "explore/opportunities_by_resource",
    "explore/private_discount_by_service",
    "explore/purchase_options_by_service",
    "explore/realized_savings",
    "explore/savings_bridge",
    "explore/storage_by_kind",
    "explore/top_opportunities",
    "explore/top_resources",
    "explore/untagged_cost_by_service",
    "explore/unused_commitments",
    "report/accounts",
    "report/bridge",
    "report/bridge_previous",
    "report/bursts",
    "report/commitment_coverage",
    "report/commitments",
    "report/cost_by_service",
    "report/coverage_by_service",
    "report/daily_costs",
    "report/expiry",
    "report/graviton_adoption",
    "report/graviton_opportunities",
    "report/graviton_realized",
    "report/held_back",
    "report/hourly_instances",
    "report/kpis",
    "report/locked_by_month",
    "report/month_over_month",
    "report/months",
    "report/quality",
    "report/regions",
    "report/savings_by_month",
    "report/savings_by_service",
    "report/since_first",
    "report/verdicts",
];

/// Returns the SQL of an embedded query.
///
/// # Errors
/// When there is no query of this name.
pub fn query(name: &str) -> Result<&'static str> {
    let found = QUERIES.iter().find(|(known, _)| *known == name);
    found.map(|(_, sql)| *sql).ok_or_else(|| Error::usage(format!("there is no query {name}")))
}

/// Operators that an error names when the memory is not enough.
const NAMED_CONSUMERS: NonZero<usize> = NonZero::new(3).unwrap();

/// Share of the memory that operators may hold: what decoders and batches on their way take is not counted.
const COUNTED_PERCENT: u64 = 70;

/// A SQL session.
pub struct Engine {
    context: SessionContext,
}

impl Engine {
    /// Opens a session of so many threads that keeps what does not fit into so many bytes of memory on disk.
    ///
    /// # Errors
    /// When there is no place for temporary files.
    pub fn new(threads: usize, memory: usize) -> Result<Self> {
        let config = SessionConfig::new()
            .with_information_schema(true)
            .with_target_partitions(threads.max(1))
            .set_bool("datafusion.sql_parser.parse_float_as_decimal", true);
        let counted = usize::try_from(memory as u64 * COUNTED_PERCENT / 100).unwrap_or(memory);
        let pool = TrackConsumersPool::new(FairSpillPool::new(counted), NAMED_CONSUMERS);
        let runtime = RuntimeEnvBuilder::new().with_memory_pool(Arc::new(pool)).build_arc()?;
        // Before types are brought together: what is compared with a product has to meet its rounded type.
        let mut rules = Analyzer::new().rules;
        rules.insert(0, Arc::new(decimals::RoundProducts));
        let state = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(runtime)
            .with_default_features()
            .with_analyzer_rules(rules)
            .build();
        Ok(Self { context: SessionContext::new_with_state(state) })
    }

    /// Returns the session, to register tables in.
    pub fn context(&self) -> &SessionContext {
        &self.context
    }

    /// Runs one statement and collects its rows.
    ///
    /// # Errors
    /// When the statement is wrong or its tables cannot be read.
    pub async fn run(&self, sql: &str) -> Result<Vec<RecordBatch>> {
        Ok(self.context.sql(sql).await?.collect().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_product_can_be_compared_and_divided() {
        let engine = Engine::new(1, 1 << 26).unwrap();
        let amount = |text: &str| format!("cast({text} as decimal(38, 12))");
        let (a, b, c) = (amount("1.5"), amount("2"), amount("3"));
        for (sql, wanted) in [
            (format!("select {a} * {b} = {c}"), "true"),
            (format!("select {c} in ({a} * {b}, {a})"), "true"),
            (format!("select case when {a} * {b} > {a} then {a} * {b} else {a} end"), "3.000000000000"),
            (format!("select count(*) from (values ({c})) l (x) join (values ({a}, {b})) r (y, z) on x = y * z"), "1"),
        ] {
            let batches = engine.run(&sql).await.unwrap();
            let found = arrow::util::display::array_value_to_string(batches[0].column(0), 0).unwrap();
            assert_eq!(found, wanted, "{sql}");
        }
    }

    #[test]
    fn every_query_file_is_embedded() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/queries");
        let mut files: Vec<String> = walkdir::WalkDir::new(root)
            .into_iter()
            .filter_map(Result::ok)
            .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "sql"))
            .map(|entry| entry.path().strip_prefix(root).unwrap().with_extension("").to_string_lossy().into_owned())
            .collect();
        files.sort();
        let mut embedded: Vec<String> = QUERIES.iter().map(|(name, _)| (*name).to_owned()).collect();
        embedded.sort();
        assert_eq!(files, embedded);
    }
}
