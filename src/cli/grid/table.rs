//! Aligned columns for eyes: numbers stand right with their points below each other, NULL is named.

use comfy_table::{CellAlignment, ContentArrangement, Table, TableComponent, presets::NOTHING};
use rust_decimal::Decimal;

use super::{Cell, Lines, Out, failed};
use crate::error::Result;

/// Rows of a table; how wide columns are is known at the end.
pub(super) struct TableRows<'w> {
    header: Vec<String>,
    rows: Vec<Vec<Cell>>,
    most: usize,
    left_out: usize,
    out: Out<'w>,
}

impl<'w> TableRows<'w> {
    /// Shows at most so many rows, and says how many there are.
    pub(super) fn new(header: Vec<String>, most: Option<usize>, out: Out<'w>) -> Self {
        Self { header, rows: Vec::new(), most: most.unwrap_or(usize::MAX), left_out: 0, out }
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_preset(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_style(TableComponent::HeaderLines, '─');
        table.set_header(&self.header);
        let scales: Vec<u32> = (0..self.header.len()).map(|at| self.scale(at)).collect();
        for row in &self.rows {
            table.add_row(row.iter().zip(&scales).map(|(cell, &scale)| match cell {
                Cell::Exact(amount) => padded(*amount, scale),
                other => other.shown(),
            }));
        }
        for at in 0..self.header.len() {
            let mut cells = self.rows.iter().map(|row| &row[at]).filter(|cell| **cell != Cell::Null).peekable();
            if cells.peek().is_some()
                && cells.all(Cell::is_number)
                && let Some(column) = table.column_mut(at)
            {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table
    }

    /// Returns the digits after the point that the exact numbers of a column need.
    fn scale(&self, at: usize) -> u32 {
        let digits = |cell: &Cell| match cell {
            Cell::Exact(amount) => Some(amount.normalize().scale()),
            _ => None,
        };
        self.rows.iter().filter_map(|row| digits(&row[at])).max().unwrap_or(0)
    }
}

/// Writes a number, and blanks for the digits after the point that others of its column have more.
fn padded(amount: Decimal, scale: u32) -> String {
    let amount = amount.normalize();
    let point = u32::from(amount.scale() == 0 && scale > 0);
    let blanks = (scale - amount.scale() + point) as usize;
    format!("{amount}{:blanks$}", "")
}

impl Lines for TableRows<'_> {
    fn row(&mut self, cells: Vec<Cell>) -> Result<()> {
        if self.rows.len() < self.most {
            self.rows.push(cells);
        } else {
            self.left_out += 1;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<()> {
        let mut text = format!("{}\n", self.table());
        if self.left_out > 0 {
            text.push_str(&super::cut(self.rows.len(), self.left_out));
        }
        self.out.write_all(text.as_bytes()).map_err(|error| failed(&error))
    }
}
