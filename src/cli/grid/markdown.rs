//! A table in Markdown, for tickets and wikis.

use super::{Cell, Lines, Out, failed};
use crate::{error::Result, report::guard};

/// Rows of a table; which columns are numbers is known at the end.
pub(super) struct MarkdownRows<'w> {
    header: Vec<String>,
    rows: Vec<Vec<Cell>>,
    out: Out<'w>,
}

impl<'w> MarkdownRows<'w> {
    pub(super) fn new(header: Vec<String>, out: Out<'w>) -> Self {
        Self { header, rows: Vec::new(), out }
    }
}

impl Lines for MarkdownRows<'_> {
    fn row(&mut self, cells: Vec<Cell>) -> Result<()> {
        self.rows.push(cells);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<()> {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let rules = (0..self.header.len()).map(|at| {
            let mut values = self.rows.iter().map(|row| &row[at]).filter(|cell| **cell != Cell::Null).peekable();
            let is_number = values.peek().is_some() && values.all(Cell::is_number);
            if is_number { "---:".to_owned() } else { "---".to_owned() }
        });
        let mut text = line(self.header.iter().map(|name| guard::markdown(name)).collect());
        text.push_str(&line(rules.collect()));
        for row in &self.rows {
            text.push_str(&line(row.iter().map(escaped).collect()));
        }
        self.out.write_all(text.as_bytes()).map_err(|error| failed(&error))
    }
}

fn escaped(cell: &Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        number if number.is_number() => number.plain(),
        other => guard::markdown(&other.plain()),
    }
}
