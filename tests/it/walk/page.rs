//! The page against CSV and JSON: each figure has its exact value beside it, and each text shows a known value, rounded.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde_json::Value;

use super::{
    Made, charts,
    html::Element,
    prose::{Figure, figures},
    queries,
    tables::{Table, number},
};

/// Walks the page; returns how many numbers it shows.
pub(super) fn walk(made: &Made) -> usize {
    let page = Element::read(&made.page);
    let known = Known::of(made);
    let is_table = |element: &Element| element.get("data-sheet").is_some();
    let tables: usize = page.all(&is_table).into_iter().map(|table| of_table(made, table)).sum();
    // The command under a table is the one that gave its figures again.
    for sheet in page.all(&|element| element.has_class("sheet")) {
        let table = sheet.all(&is_table)[0];
        let (id, basis) = (table.get("data-sheet").unwrap(), table.get("data-basis"));
        let said = sheet.named("code").first().map(|command| command.text(&[]));
        assert_eq!(said.as_deref().map(parts), queries::command(made, id, basis).as_deref().map(parts), "{id}");
    }
    tables + cards(made, &page) + data(&page, &known) + texts(&page, &known) + charts::walk(made, &page)
}

/// Returns the words of a command, whatever the order of its parameters.
fn parts(command: &str) -> BTreeSet<&str> {
    command.split(' ').collect()
}

/// Checks a table cell by cell; returns how many numbers it has.
fn of_table(made: &Made, table: &Element) -> usize {
    let id = table.get("data-sheet").unwrap();
    let file = made.tables.get(id).unwrap_or_else(|| panic!("there is no {id}.csv"));
    let basis = table.get("data-basis");
    let at_basis = file.place("basis").filter(|_| basis.is_some());
    let of_basis = |row: &&Vec<String>| at_basis.is_none_or(|at| Some(row[at].as_str()) == basis);
    let rows: Vec<&Vec<String>> = file.rows.iter().filter(of_basis).collect();
    let keys: Vec<&str> = table.named("th").into_iter().filter_map(|head| head.get("data-key")).collect();
    let mut count = 0;

    // Rows that are not on the page stand between or after those that are.
    let mut rest = rows.iter();
    for (line, shown) in lines(table, "tbody").into_iter().enumerate() {
        let fields = fields(shown, &keys);
        let is_cell = |row: &[String], field: &Field<'_>| field.place(file, id).is_none_or(|at| field.exact == row[at]);
        let is_row = |row: &&&Vec<String>| fields.iter().all(|field| is_cell(row, field));
        let found = rest.find(is_row);
        assert!(found.is_some(), "{id}.csv has no row such as row {line} of the page: {}", said(&fields));
        count += fields.iter().filter(|field| field.check(id)).count();
    }
    for total in lines(table, "tfoot") {
        for field in fields(total, &keys).iter().filter(|field| field.is_exact) {
            let at = field.place(file, id).unwrap();
            let sum: Decimal = rows.iter().filter_map(|row| number(&row[at])).sum();
            assert_eq!(number(&field.exact), Some(sum.normalize()), "{id}: total of {}", field.key);
            count += usize::from(field.check(id));
        }
    }
    count
}

fn lines<'a>(table: &'a Element, part: &str) -> Vec<&'a Element> {
    table.named(part).into_iter().flat_map(|part| part.named("tr")).collect()
}

/// A cell of the page, or the small letters in it.
struct Field<'a> {
    key: &'a str,
    /// As in CSV.
    exact: String,
    is_exact: bool,
    text: String,
}

impl Field<'_> {
    /// Returns its place in CSV; words for readers may have none.
    fn place(&self, file: &Table, id: &str) -> Option<usize> {
        let found = file.place(self.key);
        let is_number = self.is_exact && number(&self.exact).is_some();
        assert!(found.is_some() || !is_number, "{id}.csv has no column {}", self.key);
        found
    }

    /// Checks that the text is the number, rounded; returns whether it is a number.
    fn check(&self, id: &str) -> bool {
        let Some(exact) = number(&self.exact).filter(|_| self.is_exact) else { return false };
        let shown = figures(&self.text);
        let is_rounded = shown.len() == 1 && shown[0].rounds(exact);
        assert!(is_rounded, "{id}, {}: the page shows \"{}\" for {exact}", self.key, self.text);
        let is_below = self.text.contains(['−', '-']);
        assert!(!is_below || exact.is_sign_negative(), "{id}, {}: \"{}\" for {exact}", self.key, self.text);
        true
    }
}

/// Returns the cells of a row and what stands in small letters under them.
fn fields<'a>(row: &'a Element, keys: &[&'a str]) -> Vec<Field<'a>> {
    let field = |element: &'a Element, key| {
        let text = element.text(&["small"]);
        let exact = element.get("data-v").map(str::to_owned);
        Field { key, is_exact: exact.is_some(), exact: exact.unwrap_or_else(|| text.clone()), text }
    };
    let cells: Vec<&Element> = row.elements().collect();
    assert_eq!(cells.len(), keys.len(), "a cell for each column");
    let mut all = Vec::new();
    for (cell, key) in cells.into_iter().zip(keys) {
        all.push(field(cell, key));
        all.extend(cell.named("small").into_iter().map(|under| field(under, under.get("data-key").unwrap())));
    }
    all
}

fn said(fields: &[Field<'_>]) -> String {
    fields.iter().map(|field| format!("{}={}", field.key, field.exact)).collect::<Vec<_>>().join(" ")
}

/// Checks the cards; returns how many figures they have.
fn cards(made: &Made, page: &Element) -> usize {
    let shown = page.all(&|element| element.get("data-kpi").is_some());
    let cards = made.json["kpis"].as_array().unwrap();
    assert_eq!(shown.len(), cards.len(), "cards");
    for (element, card) in shown.iter().zip(cards) {
        let id = card["id"].as_str().unwrap();
        assert_eq!(element.get("data-kpi"), Some(id));
        assert_eq!(element.get("data-basis"), card["basis"].as_str(), "{id}");
        let value = element.named("data").first().and_then(|data| data.get("value"));
        assert_eq!(value, card["value"].as_str(), "{id}");
        let text = element.all(&|part| part.has_class("value"))[0].text(&[]);
        let shown = figures(&text);
        let is_shown = |value: &str| shown.len() == 1 && shown[0].rounds(number(value).unwrap());
        assert!(value.is_none_or(is_shown), "{id}: the page shows \"{text}\" for {value:?}");
    }
    shown.len()
}

/// Checks the numbers of the sources beside their exact values; returns how many there are.
fn data(page: &Element, known: &Known) -> usize {
    let sources = page.all(&|element| element.get("id") == Some("sources"));
    let all: Vec<&Element> = sources.into_iter().flat_map(|sources| sources.named("data")).collect();
    for element in &all {
        let exact = number(element.get("value").unwrap()).unwrap();
        let text = element.text(&[]);
        assert!(known.exact.contains(&exact), "{exact} is not in JSON: \"{text}\"");
        let shown = figures(&text);
        assert!(shown.len() == 1 && shown[0].rounds(exact), "the page shows \"{text}\" for {exact}");
    }
    all.len()
}

/// Checks the numbers in sentences; returns how many there are.
fn texts(page: &Element, known: &Known) -> usize {
    let is_text = |element: &Element| ["headline", "detail", "below"].iter().any(|class| element.has_class(class));
    let notes = |element: &Element| element.name == "li";
    let mut sentences: Vec<String> = page.all(&is_text).iter().map(|text| text.text(&["details"])).collect();
    for sources in page.all(&|element| element.get("id") == Some("sources")) {
        sentences.extend(sources.all(&notes).iter().map(|note| note.text(&[])));
    }
    let mut count = 0;
    for sentence in &sentences {
        for figure in figures(sentence).into_iter().filter(Figure::is_amount) {
            assert!(known.shows(&figure), "{figure} is known nowhere: \"{sentence}\"");
            count += 1;
        }
    }
    count
}

/// The values that texts may speak of.
struct Known {
    /// Every number of JSON.
    exact: BTreeSet<Decimal>,
    /// Those that sentences are about: cards, months, sums of tables, and what the one is of the other.
    said: Vec<Decimal>,
}

impl Known {
    fn of(made: &Made) -> Self {
        let mut exact = BTreeSet::new();
        leaves(&made.json, &mut exact);
        let mut said: Vec<Decimal> = Vec::new();
        for part in ["kpis", "months", "quality", "footer", "shown", "exchange"] {
            let mut found = BTreeSet::new();
            leaves(&made.json[part], &mut found);
            said.extend(found);
        }
        for table in made.tables.values() {
            let bases: BTreeSet<Option<&String>> =
                table.rows.iter().map(|row| table.place("basis").map(|at| &row[at])).collect();
            for basis in bases {
                let rows = table.rows.iter().filter(|row| table.place("basis").map(|at| &row[at]) == basis);
                let rows: Vec<&Vec<String>> = rows.collect();
                said.push(Decimal::from(rows.len()));
                for at in table.numeric() {
                    said.push(rows.iter().filter_map(|row| number(&row[at])).sum());
                }
            }
        }
        // The row of the month in tables of all months.
        let month = made.text("month").unwrap();
        for table in made.tables.values().filter(|table| table.header[0] == "month") {
            let rows = table.rows.iter().filter(|row| row[0] == month);
            said.extend(rows.flatten().filter_map(|cell| number(cell)));
        }
        // "Since the first month": what the months up to this one have saved.
        if let Some((file, at)) =
            made.tables.get("savings_by_month").and_then(|file| Some((file, file.place("realized_saving")?)))
        {
            let past = file.rows.iter().filter(|row| row[0].as_str() <= month);
            said.push(past.filter_map(|row| number(&row[at])).sum());
        }
        said.extend(growth(made));
        Self { exact, said }
    }

    fn shows(&self, figure: &Figure) -> bool {
        self.said.iter().any(|value| figure.rounds(*value))
    }
}

/// Returns the changes of the bill against the months that it is compared with, and their shares of these.
fn growth(made: &Made) -> Vec<Decimal> {
    let bill = |month: Option<&str>, cost: &str| {
        let rows = made.json["months"].as_array().unwrap();
        let row = rows.iter().find(|row| row["month"].as_str() == month)?;
        number(row[cost].as_str()?)
    };
    let mut found = Vec::new();
    for cost in ["amortized_cost", "unblended_cost"] {
        let Some(now) = bill(made.text("month"), cost) else { continue };
        for earlier in ["previous_month", "first_month"] {
            let Some(then) = bill(made.text(earlier), cost).filter(|_| made.text(earlier).is_some()) else { continue };
            found.push(now - then);
            found.extend((now - then).checked_div(then));
        }
    }
    found
}

/// Collects the numbers of JSON.
fn leaves(value: &Value, found: &mut BTreeSet<Decimal>) {
    match value {
        Value::Array(parts) => parts.iter().for_each(|part| leaves(part, found)),
        Value::Object(fields) => fields.values().for_each(|field| leaves(field, found)),
        Value::String(text) => found.extend(number(text)),
        Value::Number(plain) => found.extend(number(&plain.to_string())),
        Value::Null | Value::Bool(_) => {}
    }
}
