//! The README of the sample: who is in it and why, with the figures of the months that were written.

use rust_decimal::Decimal;

use super::lines::Line;
use crate::units::{Month, grouped};

/// The text around the figures.
const TEXT: &str = include_str!("readme.md");

/// What happens in each month of the story.
const EVENTS: [&str; 10] = [
    "before: Aurora on r5, everything on demand",
    "tags `team` and `environment` activated",
    "sale: one more reader, more web servers; Reserved Instances for the c5 servers",
    "waves 1 and 2: `orders` and `catalog` move to r6g; end of the sale",
    "waves 3 and 4: `members`, `ledger`, the session cache; Compute Savings Plan",
    "wave 5: `events`; Reserved Instances for the first databases",
    "wave 6: `stats`; cluster nodes to m6g; one more reader",
    "Reserved Instances for the other databases; `review` to t4g",
    "after: 6,317.00 less than in May, of which AmazonRDS 6,046.00",
    "partial: through the 18th, not final",
];

/// The figures of one month.
#[derive(Debug, Clone)]
pub(super) struct Figures {
    month: Month,
    total: Decimal,
    rds: Decimal,
    rows: usize,
}

impl Figures {
    /// Adds the lines of a month up.
    pub(super) fn of(month: Month, lines: &[Line]) -> Self {
        let total = lines.iter().map(|line| line.cost).sum();
        let rds = lines.iter().filter(|line| line.is_of("AmazonRDS")).map(|line| line.cost).sum();
        Self { month, total, rds, rows: lines.len() }
    }
}

/// Returns the text of the README.
pub(super) fn text(months: &[Figures]) -> String {
    let mut rows = String::new();
    for (figures, event) in months.iter().zip(EVENTS) {
        let (total, rds) = (grouped(figures.total, 2), grouped(figures.rds, 2));
        let count = grouped(Decimal::from(figures.rows), 0);
        rows.extend(["| ", &figures.month.label(), " | ", &total, " | ", &rds, " | ", &count, " | ", event, " |\n"]);
    }
    TEXT.replace("{months}", &rows)
}
