//! `gravimeter sql`: one-shot SQL over the tables of the bill. Reads only, and only those tables.

use std::{
    collections::BTreeSet,
    io::{IsTerminal, Read},
    sync::Arc,
};

use datafusion::{
    execution::context::SQLOptions,
    sql::parser::{DFParserBuilder, Statement},
};

use super::{
    args::{Global, Sql},
    bill::{OpenBill, means},
    cluster::join,
    grid::Grid,
};
use crate::{
    engine::Engine,
    error::{Error, Result},
    pricing::PriceBook,
    rollup::Grain,
    tables::{self, FIGURES, LINE_ITEMS, REFERENCE},
    units::Month,
};

/// Runs the command.
pub(super) async fn run(global: &Global, options: &Sql, texts: &[String]) -> Result<()> {
    let mut session = Session::open(global, options).await?;
    // Printed at the end: a bill that changes in between is read again as a whole.
    let mut answers = Vec::new();
    for text in texts {
        let statements = DFParserBuilder::new(text.as_str())
            .build()
            .and_then(|mut parser| parser.parse_statements())
            .map_err(Error::from)?;
        for statement in statements {
            answers.push(session.run(statement).await?);
        }
    }
    answers.iter().try_for_each(|answer| answer.print(options.format))
}

/// Collects the statements: -c, then -f, else standard input.
pub(super) fn texts(options: &Sql) -> Result<Vec<String>> {
    let mut texts = options.commands.clone();
    for path in &options.files {
        texts.push(std::fs::read_to_string(path).map_err(|error| Error::io("read", path, &error))?);
    }
    if !texts.is_empty() {
        return Ok(texts);
    }
    if std::io::stdin().is_terminal() {
        return Err(Error::usage("no SQL given, and this version has no interactive shell yet")
            .hint("pass a statement with -c \"select …\", a file with -f, or pipe SQL in"));
    }
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Error::runtime(format!("cannot read SQL from stdin: {error}")))?;
    Ok(vec![text])
}

/// A session in which tables appear when a statement names them.
struct Session {
    bill: Option<Arc<OpenBill>>,
    bare: Engine,
    registered: BTreeSet<&'static str>,
    compare: Option<(Month, Month)>,
}

impl Session {
    async fn open(global: &Global, options: &Sql) -> Result<Self> {
        let bill = if options.sources.is_empty() {
            None
        } else {
            let nodes = join(global, &options.nodes).await?;
            Some(Arc::new(OpenBill::open(global, &options.sources, None, None).await?.scanned_by(nodes)))
        };
        let means = means(global);
        let bare = Engine::new(means.threads, means.memory)?;
        Ok(Self { bill, bare, registered: BTreeSet::new(), compare: options.compare })
    }

    fn engine(&self) -> &Engine {
        self.bill.as_ref().map_or(&self.bare, |bill| &bill.engine)
    }

    async fn run(&mut self, statement: Statement) -> Result<Grid> {
        let references = self.engine().context().state().resolve_table_references(&statement)?;
        let names: Vec<String> = references.iter().map(|reference| reference.table().to_owned()).collect();
        self.register(&names).await?;
        let state = self.engine().context().state();
        let plan = state.statement_to_plan(statement).await.map_err(|error| with_tables(Error::from(error)))?;
        let read_only = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        read_only.verify_plan(&plan).map_err(|error| {
            Error::usage(format!("the statement is refused: {}", error.strip_backtrace()))
                .hint("sql reads the bill and changes nothing: use select")
        })?;
        if let Some(nodes) = self.bill.as_ref().and_then(|bill| bill.nodes())
            && let Some(rows) = nodes.answer(&self.engine().context().state(), &plan).await?
        {
            return Grid::from_batches(plan.schema().as_arrow(), &rows);
        }
        let frame = self.engine().context().execute_logical_plan(plan).await?;
        let schema = frame.schema().as_arrow().clone();
        Grid::from_batches(&schema, &frame.collect().await?)
    }

    async fn register(&mut self, names: &[String]) -> Result<()> {
        let wants = |tables: &[&str]| names.iter().any(|name| tables.contains(&name.as_str()));
        let everything = names.iter().any(|name| matches!(name.as_str(), "tables" | "columns" | "views"));
        if (wants(REFERENCE) || everything) && self.registered.insert("reference") {
            tables::register_reference(self.engine(), PriceBook::embedded()?)?;
        }
        let Some(bill) = &self.bill else {
            let missing = names.iter().find(|name| tables::of_a_bill().any(|table| table == name.as_str()));
            return match missing {
                Some(name) => Err(Error::usage(format!("the table {name} needs a bill"))
                    .hint("name a folder first: gravimeter sql ./exports -c \"…\"")),
                None => Ok(()),
            };
        };
        if (wants(&[LINE_ITEMS]) || everything) && self.registered.insert(LINE_ITEMS) {
            bill.register_line_items().await?;
        }
        if (wants(&Grain::ALL.map(Grain::table)) || everything) && self.registered.insert("cells") {
            bill.register_cells().await?;
        }
        if (wants(FIGURES) || everything) && self.registered.insert("figures") {
            tables::register_figures(&bill.engine, &bill.figures().await?.0, self.compare)?;
        }
        Ok(())
    }
}

/// Names the tables there are when a statement asks for another.
fn with_tables(error: Error) -> Error {
    if !error.to_string().contains("not found") {
        return error;
    }
    let tables: Vec<&str> = tables::of_a_bill().chain(REFERENCE.iter().copied()).collect();
    error.hint(format!("the tables are {}", tables.join(", ")))
}
