//! Reads only: which plans may run. Everything that is not on the list is refused.

use datafusion::{
    common::tree_node::TreeNodeRecursion,
    logical_expr::{DdlStatement, LogicalPlan},
    sql::{
        parser::Statement,
        sqlparser::ast::{ObjectType, Statement as Ast},
    },
};

use crate::{
    error::{Error, Result},
    tables::Table,
};

/// Refuses a statement whose kind does more than read, before it is planned.
///
/// # Errors
/// When it does, with what it would do.
pub fn check_kind(statement: &Statement) -> Result<()> {
    let what = match statement {
        Statement::Explain(explain) => return check_kind(&explain.statement),
        Statement::CopyTo(_) => "it writes files",
        Statement::CreateExternalTable(_) => FOREIGN,
        Statement::Reset(_) => "it changes the session",
        Statement::Statement(statement) => match statement.as_ref() {
            Ast::Query(_)
            | Ast::Explain { .. }
            | Ast::ExplainTable { .. }
            | Ast::ShowTables { .. }
            | Ast::ShowColumns { .. }
            | Ast::ShowFunctions { .. }
            | Ast::ShowVariable { .. }
            | Ast::CreateView(_)
            | Ast::CreateTable(_) => return Ok(()),
            Ast::Insert(_) | Ast::Update(_) | Ast::Delete(_) | Ast::Merge(_) | Ast::Truncate(_) => "it changes rows",
            Ast::Copy { .. } => "it writes files",
            Ast::Drop { object_type: ObjectType::Table | ObjectType::View, .. } => "it removes a table",
            Ast::Set(_) | Ast::Prepare { .. } | Ast::Execute { .. } | Ast::StartTransaction { .. } => {
                "it changes the session"
            }
            _ => "it is neither a query nor a view or table of this session",
        },
    };
    Err(refused(what).hint(READS).hint(KEEPS))
}

/// What reading a file by its name is.
const FOREIGN: &str = "it reads files that are not of the bill";

/// What may run.
const READS: &str = "sql reads the bill and changes nothing: select, with, explain, describe, show";

/// What may be kept.
const KEEPS: &str = "create view and create table … as select keep a result in memory; --out FILE writes one";

/// Refuses a plan that does more than read the tables, or keep something of its own in memory.
///
/// # Errors
/// When it does, with what it would do.
pub fn check(plan: &LogicalPlan) -> Result<()> {
    match plan {
        LogicalPlan::Explain(explain) => check(&explain.plan),
        LogicalPlan::Analyze(analyze) => check(&analyze.input),
        LogicalPlan::Ddl(DdlStatement::CreateView(view)) => {
            check_name(view.name.schema(), view.name.table())?;
            check_query(&view.input)
        }
        LogicalPlan::Ddl(DdlStatement::CreateMemoryTable(table)) => {
            check_name(table.name.schema(), table.name.table())?;
            check_query(&table.input)
        }
        query => check_query(query),
    }
}

/// Keeps the names of the product's tables for the product.
fn check_name(schema: Option<&str>, name: &str) -> Result<()> {
    if Table::named(name).is_none() && schema.is_none_or(|schema| schema == "public") {
        return Ok(());
    }
    Err(refused(&format!("{name} is a table of gravimeter and stays as it is")).hint("choose another name"))
}

fn check_query(plan: &LogicalPlan) -> Result<()> {
    let mut wrong = None;
    let visited = plan.apply_with_subqueries(|node| {
        wrong = what_it_would_do(node);
        Ok(if wrong.is_some() { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    visited.map_err(Error::from)?;
    match wrong {
        None => Ok(()),
        Some(what) => Err(refused(what).hint(READS).hint(KEEPS)),
    }
}

/// Says what a node would do that is not allowed; `None` for one that reads.
fn what_it_would_do(node: &LogicalPlan) -> Option<&'static str> {
    Some(match node {
        LogicalPlan::Projection(_)
        | LogicalPlan::Filter(_)
        | LogicalPlan::Window(_)
        | LogicalPlan::Aggregate(_)
        | LogicalPlan::Sort(_)
        | LogicalPlan::Join(_)
        | LogicalPlan::Repartition(_)
        | LogicalPlan::Union(_)
        | LogicalPlan::TableScan(_)
        | LogicalPlan::EmptyRelation(_)
        | LogicalPlan::Subquery(_)
        | LogicalPlan::SubqueryAlias(_)
        | LogicalPlan::Limit(_)
        | LogicalPlan::Values(_)
        | LogicalPlan::Distinct(_)
        | LogicalPlan::DescribeTable(_)
        | LogicalPlan::Unnest(_)
        | LogicalPlan::RecursiveQuery(_) => return None,
        LogicalPlan::Copy(_) => "it writes files",
        LogicalPlan::Dml(_) => "it changes rows",
        LogicalPlan::Ddl(DdlStatement::CreateExternalTable(_)) => FOREIGN,
        LogicalPlan::Ddl(DdlStatement::DropTable(_) | DdlStatement::DropView(_)) => "it removes a table",
        LogicalPlan::Ddl(_) => "it changes what there is",
        LogicalPlan::Statement(_) => "it changes the session",
        LogicalPlan::Explain(_) | LogicalPlan::Analyze(_) | LogicalPlan::Extension(_) => "it is no query",
    })
}

fn refused(why: &str) -> Error {
    Error::usage(format!("the statement is refused: {why}"))
}
