//! One line per column: for rows that are too wide for the screen.

use super::{Cell, Lines, Out, cut, failed};
use crate::error::Result;

/// Rows one below the other.
pub(super) struct UprightRows<'w> {
    header: Vec<String>,
    width: usize,
    most: usize,
    rows: usize,
    out: Out<'w>,
}

impl<'w> UprightRows<'w> {
    /// Shows at most so many rows, and says how many there are.
    pub(super) fn new(header: Vec<String>, most: Option<usize>, out: Out<'w>) -> Self {
        let width = header.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        Self { header, width, most: most.unwrap_or(usize::MAX), rows: 0, out }
    }
}

impl Lines for UprightRows<'_> {
    fn row(&mut self, cells: Vec<Cell>) -> Result<()> {
        self.rows += 1;
        if self.rows > self.most {
            return Ok(());
        }
        writeln!(self.out, "── row {} ──", self.rows).map_err(|error| failed(&error))?;
        for (name, cell) in self.header.iter().zip(&cells) {
            writeln!(self.out, "{name:<width$}  {}", cell.shown(), width = self.width)
                .map_err(|error| failed(&error))?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<()> {
        if self.rows <= self.most {
            return Ok(());
        }
        self.out.write_all(cut(self.most, self.rows - self.most).as_bytes()).map_err(|error| failed(&error))
    }
}
