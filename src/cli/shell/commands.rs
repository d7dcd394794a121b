//! The commands after a backslash.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use clap::ValueEnum;

use super::{Next, Shell};
use crate::{
    cli::{
        grid::{Cell, Grid, RowFormat},
        query::user_queries,
        say,
        sql::{Planned, statements},
    },
    error::{Error, Result},
    sql::functions::SIGNATURES,
    tables::Table,
};

/// Name, argument and meaning of each command.
pub(super) const COMMANDS: &[(&str, &str, &str)] = &[
    ("d", "[TABLE]", "the tables, or the columns of one"),
    ("df", "", "the functions beside those of SQL"),
    ("mode", "[FORMAT]", "how rows are shown: table, csv, tsv, json, ndjson, markdown, parquet, xlsx"),
    ("x", "", "rows upright, one line per column, or not"),
    ("o", "[FILE]", "write rows to a file, or to the screen again"),
    ("i", "FILE", "run the statements of a file"),
    ("e", "", "edit the last statement with $VISUAL or $EDITOR, and run it"),
    ("save", "NAME [PURPOSE]", "keep the last statement as a query for `gravimeter query run NAME`"),
    ("months", "", "the months of the bill: complete or partial, rows, cost"),
    ("timing", "", "say how long statements take, or not"),
    ("lint", "", "say what is likely wrong in a statement, or not"),
    ("?", "", "this list"),
    ("q", "", "leave"),
];

impl Shell<'_> {
    /// Does what a command says.
    pub(super) fn command(&mut self, text: &str) -> Result<Next> {
        let (name, argument) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let argument = argument.trim().trim_end_matches(';').trim_end();
        match name.trim_end_matches(';') {
            "q" | "quit" | "exit" => return Ok(Next::End),
            "?" | "h" | "help" => self.help()?,
            "d" if argument.is_empty() => self.tables()?,
            "d" => self.describe(argument)?,
            "df" => self.functions()?,
            "mode" => self.set_mode(argument)?,
            "x" => switch(&mut self.upright, "rows upright"),
            "timing" => switch(&mut self.timing, "timing"),
            "lint" => switch(&mut self.lint, "lint"),
            "o" => self.set_out(argument)?,
            "i" => self.run_file(argument)?,
            "e" => self.edit()?,
            "save" => self.save(argument)?,
            "months" => self.months()?,
            other => {
                return Err(Error::usage(format!("there is no command \\{other}")).hint("\\? lists the commands"));
            }
        }
        Ok(Next::Line)
    }

    fn print(&self, grid: Grid) -> Result<()> {
        self.show(&grid.render(RowFormat::Table)?)
    }

    fn help(&self) -> Result<()> {
        let mut grid = Grid::new(&["command", "meaning"]);
        for (name, argument, meaning) in COMMANDS {
            grid.rows.push(vec![Cell::text(format!("\\{name} {argument}").trim_end()), Cell::text(*meaning)]);
        }
        self.print(grid)
    }

    fn tables(&self) -> Result<()> {
        let mut grid = Grid::new(&["table", "rows"]);
        grid.rows.extend(Table::all().map(|table| vec![Cell::text(table.name()), Cell::text(table.grain())]));
        let own = self.session.own_tables();
        grid.rows.extend(own.into_iter().map(|name| vec![Cell::text(name), Cell::text("made in this session")]));
        self.print(grid)
    }

    fn describe(&self, name: &str) -> Result<()> {
        let Some(schema) = self.runtime.block_on(self.session.columns(name)) else {
            return Err(Error::usage(format!("there is no table {name}")).hint("\\d lists the tables"));
        };
        let mut grid = Grid::new(&["column", "type"]);
        for field in schema.fields() {
            grid.rows.push(vec![Cell::text(field.name()), Cell::text(type_name(field.data_type()))]);
        }
        self.print(grid)
    }

    fn functions(&self) -> Result<()> {
        let mut grid = Grid::new(&["function", "returns"]);
        grid.rows.extend(SIGNATURES.iter().map(|(name, meaning)| vec![Cell::text(*name), Cell::text(*meaning)]));
        self.print(grid)
    }

    fn set_mode(&mut self, argument: &str) -> Result<()> {
        if !argument.is_empty() {
            self.mode = RowFormat::from_str(argument, true).map_err(|_| {
                Error::usage(format!("there is no format {argument}"))
                    .hint("use table, csv, tsv, json, ndjson, markdown, parquet or xlsx")
            })?;
        }
        let name = self.mode.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        say(&format!("mode {name}"));
        Ok(())
    }

    fn set_out(&mut self, argument: &str) -> Result<()> {
        if argument.is_empty() {
            self.out = None;
            say("rows go to the screen");
            return Ok(());
        }
        let path = PathBuf::from(argument);
        std::fs::File::create(&path).map_err(|error| Error::io("write", &path, &error))?;
        if let Some(format) = RowFormat::of_file(&path) {
            self.mode = format;
        }
        say(&format!("rows go to {}", path.display()));
        self.out = Some(path);
        Ok(())
    }

    fn run_file(&mut self, argument: &str) -> Result<()> {
        let path = Path::new(argument);
        let text = std::fs::read_to_string(path).map_err(|error| Error::io("read", path, &error))?;
        self.text(&text);
        self.last = Some(text);
        Ok(())
    }

    fn edit(&mut self) -> Result<()> {
        let file = tempfile::Builder::new().suffix(".sql").tempfile();
        let file = file.map_err(|error| Error::io("make a file in", &std::env::temp_dir(), &error))?;
        let failed = |error: &std::io::Error| Error::io("write", file.path(), error);
        std::fs::write(file.path(), self.last.as_deref().unwrap_or("")).map_err(|error| failed(&error))?;
        let chosen = ["VISUAL", "EDITOR"].iter().find_map(|name| std::env::var(name).ok());
        let chosen = chosen.unwrap_or_else(|| "vi".to_owned());
        let mut words = chosen.split_whitespace();
        let program = words.next().unwrap_or("vi");
        let status = Command::new(program).args(words).arg(file.path()).status().map_err(|error| {
            Error::runtime(format!("cannot start the editor {program}: {error}")).hint("name yours in $EDITOR")
        })?;
        if !status.success() {
            return Err(Error::runtime(format!("the editor {program} failed: nothing was run")));
        }
        let text = std::fs::read_to_string(file.path()).map_err(|error| failed(&error))?;
        let text = text.trim();
        if !text.is_empty() {
            say(text);
            self.last = Some(text.to_owned());
            self.text(text);
        }
        Ok(())
    }

    /// Keeps the last statement as a named query, with a header that says its columns.
    fn save(&self, argument: &str) -> Result<()> {
        let (name, purpose) = argument.split_once(char::is_whitespace).unwrap_or((argument, ""));
        let is_name = |name: &str| {
            !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-".contains(letter))
        };
        if !is_name(name) {
            return Err(Error::usage("a query needs a name of letters, digits and _").hint("\\save cost_by_team"));
        }
        let Some(text) = &self.last else { return Err(Error::usage("there is no statement to save")) };
        let mut all = statements(text)?;
        let (Some(statement), true) = (all.pop(), all.is_empty()) else {
            return Err(Error::usage("a query is one statement, and the last text had several"));
        };
        let tables = Table::all().map(Table::name).filter(|name| text.to_lowercase().contains(name));
        let inputs = tables.collect::<Vec<_>>().join(", ");
        let planned = self.runtime.block_on(self.session.plan(statement, &std::collections::BTreeMap::new()))?;
        let header = header(name, purpose.trim(), &inputs, &planned);
        let folder = self.queries.clone().or_else(user_queries);
        let folder =
            folder.ok_or_else(|| Error::usage("there is no folder for queries").hint("name one with --queries"))?;
        let path = folder.join(format!("{name}.sql"));
        if path.exists() {
            return Err(Error::usage(format!("{} exists", path.display())).hint("choose another name"));
        }
        std::fs::create_dir_all(&folder).map_err(|error| Error::io("make", &folder, &error))?;
        let text = format!("{header}{}\n", text.trim_end().trim_end_matches(';').trim_end());
        std::fs::write(&path, text).map_err(|error| Error::io("write", &path, &error))?;
        say(&format!("saved as {}; say there what it answers and what a row is", path.display()));
        Ok(())
    }

    fn months(&self) -> Result<()> {
        let session = &self.session;
        let Some(months) = self.cancellable(session.months())? else { return Err(Error::runtime("cancelled")) };
        let mut grid = Grid::new(&["month", "state", "data_through", "line_items", "unblended_cost", "amortized_cost"]);
        for month in months {
            grid.rows.push(vec![
                Cell::text(month.month.to_string()),
                Cell::text(if month.partial { "partial" } else { "complete" }),
                Cell::optional(month.data_through.map(|day| day.to_string())),
                Cell::Number(month.costs.line_items.into()),
                Cell::Exact(month.costs.unblended),
                Cell::Exact(month.costs.amortized),
            ]);
        }
        self.print(grid)
    }
}

fn switch(flag: &mut bool, name: &str) {
    *flag = !*flag;
    say(&format!("{name} {}", if *flag { "on" } else { "off" }));
}

fn header(name: &str, purpose: &str, inputs: &str, planned: &Planned) -> String {
    let purpose = if purpose.is_empty() { name.replace('_', " ") } else { purpose.to_owned() };
    let inputs = if inputs.is_empty() { "none" } else { inputs };
    let schema = planned.schema();
    let width = schema.fields().iter().map(|field| field.name().chars().count()).max().unwrap_or(0);
    let columns = schema
        .fields()
        .iter()
        .map(|field| format!("--   {:<width$}  {}, as asked\n", field.name(), type_name(field.data_type())));
    let columns = columns.collect::<Vec<_>>().concat();
    format!(
        "-- purpose: {purpose}\n-- grain:   one row as the statement says\n-- inputs:  {inputs}\n-- columns:\n{columns}"
    )
}

/// Returns the word that headers of queries use for a type.
fn type_name(data_type: &arrow::datatypes::DataType) -> &'static str {
    use arrow::datatypes::DataType as T;
    match data_type {
        T::Date32 => "date",
        T::Timestamp(..) => "timestamp",
        T::Decimal128(..) | T::Decimal256(..) => "decimal",
        T::Int64 | T::UInt64 => "bigint",
        T::Int32 => "integer",
        T::Float64 => "double",
        T::Boolean => "boolean",
        T::Map(..) => "map",
        _ => "text",
    }
}
