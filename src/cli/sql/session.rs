//! A session of SQL over one bill: every table is there at once, its rows are made when a statement asks for them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use arrow::{array::RecordBatch, datatypes::SchemaRef};
use async_trait::async_trait;
use datafusion::{
    catalog::TableProvider,
    common::tree_node::TreeNodeRecursion,
    logical_expr::LogicalPlan,
    sql::parser::{DFParserBuilder, Statement},
};
use futures::StreamExt;
use tokio::sync::{Mutex, OnceCell};

use crate::{
    analysis::{Figures, Judge, MonthTotal, month_totals},
    cli::{
        args::Global,
        bill::{OpenBill, check_families, means},
        cluster::{Nodes, join},
        grid::{Out, RowFormat, sink},
        price_book::book,
    },
    engine::Engine,
    error::{Error, Result},
    pricing::PriceBook,
    sql::{
        functions, guard,
        library::{Bound, Months},
        lint::{Facts, Finding, lint},
        rewrite::rewrite,
    },
    tables::{self, Origin, Table},
    units::Month,
};

/// A session of SQL.
pub(in crate::cli) struct Session {
    engine: Engine,
    tables: Arc<BillTables>,
}

/// How a result is written.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct Style {
    pub format: RowFormat,
    /// Rows that a table shows at most.
    pub most: Option<usize>,
}

/// A statement that may run.
pub(in crate::cli) struct Planned {
    plan: LogicalPlan,
}

impl Planned {
    /// Tells whether it returns rows; what creates a view returns none.
    pub(in crate::cli) fn has_rows(&self) -> bool {
        !matches!(self.plan, LogicalPlan::Ddl(_))
    }

    /// Returns the columns of its rows.
    pub(in crate::cli) fn schema(&self) -> SchemaRef {
        Arc::new(self.plan.schema().as_arrow().clone())
    }
}

impl Session {
    /// Opens a session over the bill that the sources hold; without a source only the reference tables have rows.
    ///
    /// # Errors
    /// When the sources hold no bill.
    pub(in crate::cli) async fn open(
        global: &Global,
        sources: &[String],
        nodes: &Nodes,
        compare: Option<(Month, Month)>,
    ) -> Result<Self> {
        let bill = if sources.is_empty() {
            check_families(global)?;
            None
        } else {
            let joined = join(global, nodes).await?;
            Some(Arc::new(OpenBill::open(global, sources, None, None).await?.scanned_by(joined)))
        };
        let (means, book) = (means(global), book(global)?);
        let engine = Engine::new(means.threads, means.memory)?;
        functions::register(engine.context(), &Judge::new(book, global.policy()));
        let tables = Arc::new(BillTables { bill, book, compare, figures: OnceCell::new(), open: Mutex::default() });
        let origin: Arc<dyn Origin> = Arc::<BillTables>::clone(&tables);
        tables::register(&engine, &origin)?;
        Ok(Self { engine, tables })
    }

    /// Plans a statement, unless it does more than read.
    ///
    /// # Errors
    /// When it is wrong, or refused.
    pub(in crate::cli) async fn plan(
        &self,
        mut statement: Statement,
        parameters: &BTreeMap<String, Bound>,
    ) -> Result<Planned> {
        guard::check_kind(&statement)?;
        rewrite(&mut statement, parameters)?;
        let state = self.engine.context().state();
        let plan = state.statement_to_plan(statement).await.map_err(|error| with_tables(Error::from(error)))?;
        guard::check(&plan)?;
        Ok(Planned { plan })
    }

    /// Runs a statement and writes its rows; returns how many there are.
    ///
    /// # Errors
    /// When its tables cannot be read, or the rows not be written.
    pub(in crate::cli) async fn run(&self, planned: Planned, style: Style, out: Out<'_>) -> Result<usize> {
        let has_rows = planned.has_rows();
        if has_rows && let Some(batches) = self.elsewhere(&planned).await? {
            let mut sink = sink(style.format, &planned.schema(), style.most, out)?;
            batches.iter().try_for_each(|batch| sink.batch(batch))?;
            sink.finish()?;
            return Ok(batches.iter().map(RecordBatch::num_rows).sum());
        }
        let frame = self.engine.context().execute_logical_plan(planned.plan).await?;
        let schema: SchemaRef = Arc::new(frame.schema().as_arrow().clone());
        let mut batches = frame.execute_stream().await?;
        let mut rows = 0;
        if !has_rows {
            while let Some(batch) = batches.next().await {
                batch?;
            }
            return Ok(rows);
        }
        let mut sink = sink(style.format, &schema, style.most, out)?;
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            rows += batch.num_rows();
            sink.batch(&batch)?;
        }
        sink.finish()?;
        Ok(rows)
    }

    /// Has the nodes of a cluster answer a statement that reads line items; `None` where it is answered here.
    async fn elsewhere(&self, planned: &Planned) -> Result<Option<Vec<RecordBatch>>> {
        let Some(nodes) = self.tables.bill.as_ref().and_then(|bill| bill.nodes()) else { return Ok(None) };
        let mut reads_lines = false;
        planned.plan.apply_with_subqueries(|node| {
            let LogicalPlan::TableScan(scan) = node else { return Ok(TreeNodeRecursion::Continue) };
            reads_lines |= scan.table_name.table() == Table::LineItems.name();
            Ok(TreeNodeRecursion::Continue)
        })?;
        if reads_lines { nodes.answer(&self.engine.context().state(), &planned.plan).await } else { Ok(None) }
    }

    /// Runs a statement for us and returns its batches.
    ///
    /// # Errors
    /// When its tables cannot be read.
    pub(in crate::cli) async fn ask(&self, sql: &str) -> Result<Vec<RecordBatch>> {
        self.engine.run(sql).await
    }

    /// Returns the columns of a table or view; `None` when there is none of this name.
    pub(in crate::cli) async fn columns(&self, name: &str) -> Option<SchemaRef> {
        let provider = self.engine.context().table_provider(name.to_lowercase()).await.ok()?;
        Some(provider.schema())
    }

    /// Returns the tables and views that statements of this session made.
    pub(in crate::cli) fn own_tables(&self) -> Vec<String> {
        let context = self.engine.context();
        let catalogs = context.catalog_names().into_iter().filter_map(|name| context.catalog(&name));
        let schemas = catalogs.filter_map(|catalog| catalog.schema("public"));
        let mut names: Vec<String> =
            schemas.flat_map(|schema| schema.table_names()).filter(|name| Table::named(name).is_none()).collect();
        names.sort();
        names
    }

    /// Returns the sums of each month of the bill.
    ///
    /// # Errors
    /// When there is no bill, or it cannot be read.
    pub(in crate::cli) async fn months(&self) -> Result<Vec<MonthTotal>> {
        self.tables.months().await
    }

    /// Returns the months that the defaults of parameters speak of.
    ///
    /// # Errors
    /// When there is no bill, or it cannot be read.
    pub(in crate::cli) async fn known_months(&self) -> Result<Months> {
        let months = self.months().await?;
        let last = months.iter().rev().find(|month| !month.partial).or(months.last());
        match (months.first(), last) {
            (Some(first), Some(last)) => Ok(Months { first: first.month, last: last.month }),
            _ => Err(Error::incomplete("the bill has no month")),
        }
    }

    /// Returns what is known of the bill for the linter; `thorough` = find out what is not known yet.
    ///
    /// # Errors
    /// When the bill cannot be read.
    pub(in crate::cli) async fn facts(&self, thorough: bool) -> Result<Facts> {
        self.tables.facts(thorough).await
    }
}

/// Says what is likely wrong in a statement.
pub(in crate::cli) fn findings(statement: &Statement, facts: &Facts) -> Vec<Finding> {
    match statement {
        Statement::Statement(statement) => lint(statement, facts),
        Statement::Explain(explain) => findings(&explain.statement, facts),
        _ => Vec::new(),
    }
}

/// Reads the statements of a text.
///
/// # Errors
/// When it is no SQL.
pub(in crate::cli) fn statements(text: &str) -> Result<Vec<Statement>> {
    let parsed = DFParserBuilder::new(text).build().and_then(|mut parser| parser.parse_statements());
    Ok(parsed.map_err(Error::from)?.into())
}

/// Makes the rows of tables when they are asked for.
struct BillTables {
    bill: Option<Arc<OpenBill>>,
    book: &'static PriceBook,
    compare: Option<(Month, Month)>,
    figures: OnceCell<Figures>,
    open: Mutex<HashMap<&'static str, Arc<dyn TableProvider>>>,
}

impl std::fmt::Debug for BillTables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BillTables").field("has_bill", &self.bill.is_some()).finish_non_exhaustive()
    }
}

#[async_trait]
impl Origin for BillTables {
    async fn open(&self, table: Table) -> Result<Arc<dyn TableProvider>> {
        let mut open = self.open.lock().await;
        if let Some(known) = open.get(table.name()) {
            return Ok(Arc::clone(known));
        }
        let made = self.make(table).await?;
        open.insert(table.name(), Arc::clone(&made));
        Ok(made)
    }
}

impl BillTables {
    fn bill(&self, asked: &str) -> Result<&Arc<OpenBill>> {
        self.bill.as_ref().ok_or_else(|| {
            Error::usage(format!("{asked} needs a bill"))
                .hint("name a folder or bucket first: gravimeter sql ./exports -c \"…\"")
        })
    }

    async fn make(&self, table: Table) -> Result<Arc<dyn TableProvider>> {
        let bill = || self.bill(&format!("the table {}", table.name()));
        Ok(match table {
            Table::Reference(_) => table.of_reference(self.book)?,
            Table::LineItems => Arc::new(bill()?.line_items().await?),
            Table::Cells(grain) => Arc::new(bill()?.cells(grain).await?),
            Table::Figures(_) => {
                let bill = bill()?;
                let figures = self.figures.get_or_try_init(async || Ok::<_, Error>(bill.figures().await?.0)).await?;
                table.of_figures(figures, self.compare)?
            }
        })
    }

    async fn months(&self) -> Result<Vec<MonthTotal>> {
        match self.figures.get() {
            Some(figures) => Ok(figures.months.clone()),
            None => Ok(month_totals(&self.bill("this")?.usage_rows().await?)),
        }
    }

    async fn facts(&self, thorough: bool) -> Result<Facts> {
        let Some(bill) = &self.bill else { return Ok(Facts::default()) };
        let mut facts = Facts { has_split_rows: Some(bill.has_split_rows()), ..Facts::default() };
        let rows = match self.figures.get() {
            Some(figures) => std::borrow::Cow::Borrowed(&figures.rows),
            None if thorough => std::borrow::Cow::Owned(bill.usage_rows().await?),
            None => return Ok(facts),
        };
        let of_commitment = |charge_type: &str| {
            matches!(charge_type, "DiscountedUsage" | "RIFee") || charge_type.starts_with("SavingsPlan")
        };
        facts.has_commitments = Some(rows.iter().any(|row| of_commitment(&row.charge_type)));
        facts.currencies = rows.iter().map(|row| row.currency.to_string()).filter(|code| !code.is_empty()).collect();
        facts.currencies.sort();
        facts.currencies.dedup();
        let open = month_totals(&rows).into_iter().filter(|month| month.partial);
        facts.open_months = open.map(|month| month.month.to_string()).collect();
        Ok(facts)
    }
}

/// Names the tables there are when a statement asks for another.
fn with_tables(error: Error) -> Error {
    let message = error.to_string();
    if !message.contains("not found") || !message.contains("table") {
        return error;
    }
    let tables: Vec<&str> = Table::all().map(Table::name).collect();
    error
        .hint(format!("the tables are {}", tables.join(", ")))
        .hint("files are not read by their names: name the folder of the bill before the statement")
}
