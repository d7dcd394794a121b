//! The tables of the page: a [`Sheet`] as heads, rows and cells of text.

use super::text::{Shown, shown};
use crate::report::{
    sheets::{Cell, Column, Kind, Place, Query, Sheet},
    words::Words,
};

/// Letters from which on a text gets a column that is wide enough to read.
const LONG: usize = 28;

/// Letters from which on a name is broken rather than kept on one line.
const BROKEN: usize = 36;

/// Columns from which on the table is set tighter.
const DENSE: usize = 9;

/// Columns up to which the table is kept narrow, so that the eye finds the end of a row.
const SLIM: usize = 5;

/// A table.
pub(super) struct Table<'a> {
    pub sheet: &'a Sheet,
    /// Anchor on the page.
    pub anchor: String,
    pub basis: Option<&'static str>,
    /// The heading, where the section does not say it already.
    pub heading: Option<&'a str>,
    /// How wide and how tight it is set.
    pub class: &'static str,
    pub heads: Vec<Head<'a>>,
    pub rows: Vec<Line>,
    pub total: Option<Vec<Field>>,
    /// The command that gives the same figures.
    pub command: Option<String>,
}

/// The head of a column and of those in small letters under it.
pub(super) struct Head<'a> {
    pub column: &'a Column,
    pub kind: &'static str,
    pub class: &'static str,
    pub under: Vec<(&'a Column, &'static str)>,
}

/// A row.
pub(super) struct Line {
    pub is_current: bool,
    pub fields: Vec<Field>,
}

/// A cell with those in small letters under it.
pub(super) struct Field {
    pub text: String,
    pub exact: Option<String>,
    pub class: String,
    pub under: Vec<Under>,
}

/// Small letters under a cell.
pub(super) struct Under {
    pub key: &'static str,
    pub text: String,
    pub exact: Option<String>,
    pub class: &'static str,
}

/// A column on the page: its place in the rows and how its cells are set.
struct Slot<'a> {
    index: usize,
    column: &'a Column,
    class: &'static str,
    under: Vec<(usize, &'a Column)>,
}

impl<'a> Table<'a> {
    /// Lays a sheet out; rows that are in the files only are left out, and so is a sheet without any other.
    pub(super) fn of(sheet: &'a Sheet, section: &str, currency: &str, words: &Words) -> Option<Self> {
        let slots = slots(sheet);
        if slots.is_empty() || sheet.rows.iter().all(|row| row.is_beyond) {
            return None;
        }
        let field = |cells: &[Cell], slot: &Slot| field(cells, slot, currency, words);
        let rows = sheet
            .rows
            .iter()
            .filter(|row| !row.is_beyond)
            .map(|row| Line {
                is_current: row.is_current,
                fields: slots.iter().map(|slot| field(&row.cells, slot)).collect(),
            })
            .collect();
        let total = sheet.total.as_ref().map(|cells| {
            let mut fields: Vec<Field> = slots.iter().map(|slot| field(cells, slot)).collect();
            if let Some(first) = fields.first_mut().filter(|first| first.text.is_empty()) {
                first.text = words.say("page.total");
                first.class.clear();
            }
            fields
        });
        let basis = sheet.basis.map(crate::terms::Basis::as_str);
        Some(Self {
            sheet,
            anchor: basis.map_or_else(|| format!("table-{}", sheet.id), |basis| format!("table-{}-{basis}", sheet.id)),
            basis,
            heading: (sheet.title != section).then_some(sheet.title.as_str()),
            class: match slots.len() {
                ..=SLIM => " slim",
                DENSE.. => " dense",
                _ => "",
            },
            heads: slots.iter().map(head).collect(),
            rows,
            total,
            command: sheet.query.as_ref().map(command),
        })
    }
}

/// Finds the columns of the page and what stands under each.
fn slots(sheet: &Sheet) -> Vec<Slot<'_>> {
    let columns = || sheet.columns.iter().enumerate();
    let stands_alone = |column: &Column| match column.place {
        Place::Own => true,
        // Never lose a column: without the one above it, it stands alone.
        Place::Under(above) => !columns().any(|(_, column)| column.key == above && column.place == Place::Own),
        Place::Files => false,
    };
    columns()
        .filter(|(_, column)| stands_alone(column))
        .map(|(index, column)| {
            let under: Vec<_> = columns().filter(|(_, other)| other.place == Place::Under(column.key)).collect();
            Slot { index, column, class: set(sheet, index, column, &under), under }
        })
        .collect()
}

/// Chooses how the cells of a column are set, by the longest that it and those under it hold.
fn set(sheet: &Sheet, index: usize, column: &Column, under: &[(usize, &Column)]) -> &'static str {
    if column.kind.is_number() {
        return "n";
    }
    let letters = |cell: &Cell| match cell {
        Cell::Text(text) | Cell::Word { name: text, .. } => text.chars().count(),
        _ => 0,
    };
    let longest = |index: usize| {
        let rows = sheet.rows.iter().filter(|row| !row.is_beyond);
        rows.filter_map(|row| row.cells.get(index)).map(letters).max().unwrap_or_default()
    };
    if under.iter().any(|(index, _)| longest(*index) >= LONG) {
        return "long";
    }
    match column.kind {
        Kind::Code if longest(index) < BROKEN => "k",
        Kind::Text if longest(index) < LONG => "",
        Kind::Month | Kind::Day => "k",
        _ => "long",
    }
}

fn head<'a>(slot: &Slot<'a>) -> Head<'a> {
    Head {
        column: slot.column,
        kind: kind(slot.column.kind),
        class: slot.class,
        under: slot.under.iter().map(|(_, column)| (*column, kind(column.kind))).collect(),
    }
}

fn field(cells: &[Cell], slot: &Slot, currency: &str, words: &Words) -> Field {
    let cell =
        |index: usize, column: &Column| shown(cells.get(index).unwrap_or(&Cell::Missing), column.kind, currency, words);
    let Shown { text, exact, class } = cell(slot.index, slot.column);
    let under = slot.under.iter().filter_map(|(index, column)| {
        let Shown { text, exact, class } = cell(*index, column);
        (!text.is_empty()).then_some(Under { key: column.key, text, exact, class })
    });
    let mark = if slot.column.key == "verdict" { "verdict" } else { "" };
    let set = if class.starts_with(slot.class) { "" } else { slot.class };
    let class = [set, class, mark].into_iter().filter(|class| !class.is_empty()).collect::<Vec<_>>().join(" ");
    Field { text, exact, class, under: under.collect() }
}

/// The name of a kind, for the script and for whoever reads the page by program.
fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Code => "code",
        Kind::Money => "money",
        Kind::Change => "change",
        Kind::Price => "price",
        Kind::Ratio => "ratio",
        Kind::Count => "count",
        Kind::Quantity => "quantity",
        Kind::Month => "month",
        Kind::Day => "day",
    }
}

/// Writes the command of a query, to be pasted into a shell.
pub(in crate::report) fn command(query: &Query) -> String {
    let mut command = format!("gravimeter query run {} SOURCE", quoted(&query.name));
    for (name, value) in &query.parameters {
        command.push_str(" --param ");
        command.push_str(&quoted(&format!("{name}={value}")));
    }
    command
}

/// Quotes what a shell would not take as one plain word.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | '=' | ',');
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_can_be_pasted() {
        let query = |value: &str| Query {
            name: "cost_by_tag".to_owned(),
            parameters: vec![("month", "2024-01".to_owned()), ("key", value.to_owned())],
        };
        let plain = "gravimeter query run cost_by_tag SOURCE --param month=2024-01 --param";
        assert_eq!(command(&query("team")), format!("{plain} key=team"));
        assert_eq!(command(&query("it's; rm -rf ~")), format!(r"{plain} 'key=it'\''s; rm -rf ~'"));
    }
}
