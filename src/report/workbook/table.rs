//! A table on a sheet of its own: caption, frozen heading with filters, typed cells, sums as values.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use rust_xlsxwriter::{Format, IgnoreError, Worksheet};

use super::{
    cell::{failed, text},
    look::{self, Weight},
};
use crate::{
    error::Result,
    report::{
        guard,
        html::tables::command,
        sheets::{Cell, Column, Kind, Row, Sheet},
        words::Words,
    },
    units::grouped,
};

/// Row of the headings; the caption is above.
const HEADING: u32 = 1;

/// Rows beside those of the table: caption and heading, two empty ones, sums and source.
const AROUND: u32 = 6;

/// Letters of a column: at least, at most.
const WIDTH: (usize, usize) = (9, 60);

/// Height of a line in points, and the lines that a row is high at most.
const LINE_HEIGHT: u16 = 15;
const MOST_LINES: usize = 20;

/// Writes the table; of more than `most` rows, those that fit and a note.
pub(super) fn write(page: &mut Worksheet, sheet: &Sheet, currency: &str, words: &Words, most: u32) -> Result<()> {
    let room = usize::try_from(most.saturating_sub(AROUND)).unwrap_or(usize::MAX);
    let shown = sheet.rows.len().min(room);
    let mut formats = Formats { currency, made: Vec::new() };
    let widths = widths(sheet, &sheet.rows[..shown]);
    let mut cut = 0;
    let mut line = HEADING;
    for (at, column) in (0u16..).zip(&sheet.columns) {
        text(page, (line, at), &column.heading, &look::heading(column.kind.is_number()))?;
    }
    for row in &sheet.rows[..shown] {
        line += 1;
        let weight = if row.is_current { Weight::Current } else { Weight::Plain };
        cut += cells(page, line, sheet, &row.cells, weight, &mut formats, &widths)?;
    }
    if let Some(last) = u16::try_from(sheet.columns.len()).ok().and_then(|count| count.checked_sub(1)) {
        page.autofilter(HEADING, 0, line, last).map_err(|error| failed(&error))?;
        // Account numbers are text: no program has to point at each of them.
        page.ignore_error_range(HEADING, 0, line, last, IgnoreError::NumberStoredAsText)
            .map_err(|error| failed(&error))?;
    }
    // An empty row keeps the sums out of the filter.
    if let Some(total) = &sheet.total {
        line += 2;
        cut += cells(page, line, sheet, total, Weight::Total, &mut formats, &widths)?;
    }
    if let Some(query) = &sheet.query {
        let command = command(query);
        text(page, (line + 2, 0), &words.fill("workbook.query", &[("command", &command)]), &look::aside())?;
    }

    let count = |count: usize| grouped(Decimal::from(count), 0);
    let mut caption = vec![sheet.caption.clone()];
    if shown < sheet.rows.len() {
        let (shown, all) = (count(shown), count(sheet.rows.len()));
        caption.push(words.fill("workbook.rows_cut", &[("shown", &shown), ("all", &all), ("id", sheet.id)]));
    }
    if cut > 0 {
        let most = count(guard::MOST_LETTERS);
        caption.push(words.fill("workbook.letters_cut", &[("count", &count(cut)), ("most", &most), ("id", sheet.id)]));
    }
    caption.retain(|part| !part.is_empty());
    text(page, (0, 0), &caption.join(" "), &look::aside())?;
    for (at, width) in (0u16..).zip(widths) {
        let width = u32::try_from(width).unwrap_or(u32::MAX);
        page.set_column_width(at, width).map_err(|error| failed(&error))?;
    }
    page.set_freeze_panes(HEADING + 1, 0).map_err(|error| failed(&error))?;
    page.set_repeat_rows(HEADING, HEADING).map_err(|error| failed(&error))?;
    page.set_landscape().set_print_fit_to_pages(1, 0);
    Ok(())
}

/// Writes one row; returns how many texts were cut.
fn cells(
    page: &mut Worksheet,
    line: u32,
    sheet: &Sheet,
    cells: &[Cell],
    weight: Weight,
    formats: &mut Formats<'_>,
    widths: &[usize],
) -> Result<usize> {
    let mut cut = 0;
    let mut lines = 1;
    for (((at, column), cell), room) in (0u16..).zip(&sheet.columns).zip(cells).zip(widths) {
        let format = formats.of(column.kind, weight);
        let place = (line, at);
        let written = match cell {
            Cell::Missing if weight == Weight::Plain => continue,
            Cell::Missing => page.write_blank(line, at, format),
            Cell::Text(words) | Cell::Word { name: words, .. } => {
                if column.kind == Kind::Text {
                    lines = lines.max(wrapped_lines(words, *room));
                }
                cut += usize::from(text(page, place, words, format)?);
                continue;
            }
            Cell::Number(number) => page.write_number_with_format(line, at, double(*number), format),
            Cell::Month(month) => page.write_number_with_format(line, at, date(month.first_day()), format),
            Cell::Day(day) => page.write_number_with_format(line, at, date(*day), format),
        };
        written.map_err(|error| failed(&error))?;
    }
    heighten(page, line, lines)?;
    Ok(cut)
}

/// Returns the width of each column in digits: as wide as its widest cell, within bounds.
fn widths(sheet: &Sheet, rows: &[Row]) -> Vec<usize> {
    let wide = |cell: &Cell| match cell {
        Cell::Missing | Cell::Month(_) => 0,
        Cell::Text(words) | Cell::Word { name: words, .. } => width(words) + 1,
        Cell::Number(number) => grouped(*number, 2).len() + 2,
        Cell::Day(_) => 11,
    };
    let column = |(at, column): (usize, &Column)| {
        let cells = rows.iter().map(|row| &row.cells).chain(&sheet.total).map(|cells| wide(&cells[at]));
        // The button of the filter covers the end of a heading.
        cells.chain([width(&column.heading) + 3]).max().unwrap_or(0).clamp(WIDTH.0, WIDTH.1)
    };
    sheet.columns.iter().enumerate().map(column).collect()
}

/// Makes a row as high as its lines: not every program does so by itself.
pub(super) fn heighten(page: &mut Worksheet, row: u32, lines: usize) -> Result<()> {
    if lines > 1 {
        let lines = u16::try_from(lines.min(MOST_LINES)).unwrap_or(u16::MAX);
        page.set_row_height(row, LINE_HEIGHT * lines).map_err(|error| failed(&error))?;
    }
    Ok(())
}

/// Returns how many lines a text takes in so many digits.
pub(super) fn wrapped_lines(text: &str, room: usize) -> usize {
    // Words that go to the next line leave some of the room empty.
    text.lines().map(|line| (width(line) * 11 / 10).div_ceil(room).max(1)).sum()
}

/// Formats of one table, each made once.
struct Formats<'a> {
    currency: &'a str,
    made: Vec<((Kind, Weight), Format)>,
}

impl Formats<'_> {
    fn of(&mut self, kind: Kind, weight: Weight) -> &Format {
        let key = (kind, weight);
        let at = self.made.iter().position(|(made, _)| *made == key).unwrap_or_else(|| {
            self.made.push((key, look::cell(kind, self.currency, weight)));
            self.made.len() - 1
        });
        &self.made[at].1
    }
}

/// Returns the double next to an exact number: spreadsheets count in doubles.
pub(super) fn double(number: Decimal) -> f64 {
    number.to_string().parse().unwrap_or(f64::NAN)
}

/// Returns the day as Excel counts.
fn date(day: NaiveDate) -> f64 {
    let days = i32::try_from(day.signed_duration_since(NaiveDate::default()).num_days()).unwrap_or(0);
    f64::from(days + guard::DAYS_BEFORE_1970)
}

/// Returns how wide text is, in digits; Hangul and other East Asian letters are two wide.
fn width(text: &str) -> usize {
    let is_wide = |letter: char| matches!(letter, '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{ffef}' | '\u{1f300}'..);
    let longest = text.lines().map(|line| line.chars().map(|letter| 1 + usize::from(is_wide(letter))).sum());
    longest.max().unwrap_or(0)
}
