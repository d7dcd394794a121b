//! Pictures against CSV: what stands above columns, beside bars and in descriptions is a value of the table behind it.
//!
//! The smallest letters of a picture are those of its axes: ticks, months, units.

use rust_decimal::Decimal;

use super::{
    Made,
    html::Element,
    prose::{Figure, figures},
    tables::{Table, number},
};

/// Walks the pictures of a page; returns how many numbers they show.
pub(super) fn walk(made: &Made, page: &Element) -> usize {
    page.named("figure").into_iter().map(|figure| picture(made, figure)).sum()
}

fn picture(made: &Made, figure: &Element) -> usize {
    let anchor = figure.get("id").unwrap();
    let basis = figure.get("data-basis");
    let id = anchor.trim_start_matches("chart-");
    let id = basis.and_then(|basis| id.strip_suffix(&format!("-{basis}"))).unwrap_or(id);
    let size = |text: &&Element| text.get("font-size").unwrap().parse::<Decimal>().unwrap();
    let texts = figure.named("text");
    let smallest = texts.iter().map(size).min().unwrap();
    let mut shown: Vec<String> = texts.iter().filter(|text| size(text) > smallest).map(|text| text.text(&[])).collect();
    let known = Chart { made, basis }.values(id, &shown);
    shown.extend(figure.named("title").iter().chain(&figure.named("desc")).map(|words| words.text(&[])));
    shown.extend(figure.named("figcaption").iter().map(|words| words.text(&[])));
    let mut count = 0;
    for text in &shown {
        // A text that is one number is a figure even where it is a whole one.
        let is_alone = |figure: &Figure| {
            figures(text).len() == 1 && text.trim_start_matches(['−', '+']).starts_with(&figure.to_string())
        };
        for figure in figures(text).into_iter().filter(|figure| figure.is_amount() || is_alone(figure)) {
            assert!(known.iter().any(|value| figure.rounds(*value)), "{anchor}: {figure} is known nowhere: \"{text}\"");
            count += 1;
        }
    }
    count
}

/// The tables behind a picture.
struct Chart<'a> {
    made: &'a Made,
    basis: Option<&'a str>,
}

impl Chart<'_> {
    /// Returns what a picture may show; `shown` are its texts, the names of bars among them.
    fn values(&self, id: &str, shown: &[String]) -> Vec<Decimal> {
        let cost = format!("{}_cost", self.basis.unwrap_or("amortized"));
        let mut known = self.column("months", &cost);
        match id {
            "cost_by_service" | "cost_by_group" => {}
            "bridge" => {
                let effects =
                    ["usage", "list_price", "commitment", "graviton", "mix", "credits_tax_fees", "other", "change"];
                known.extend(effects.map(|effect| self.column("bridge", effect).into_iter().sum::<Decimal>()));
            }
            "change_waterfall" => {
                known.extend(self.column("since_first", "change"));
                known.push(self.rest("since_first", "change", shown));
            }
            "savings_waterfall" => {
                let sum = |column| self.column("savings_by_service", column).into_iter().sum::<Decimal>();
                known.extend(self.column("savings_by_service", "list_saving"));
                known.push(self.rest("savings_by_service", "list_saving", shown));
                known.extend([sum("list_cost"), sum("list_cost") - sum("list_saving")]);
            }
            "coverage_and_graviton" => {
                let costs = ["on_demand_cost", "reserved_cost", "savings_plan_cost", "spot_cost", "unused_commitment"];
                known.extend(self.columns("commitment_coverage", &costs));
                known.extend(
                    ["coverage", "utilization"].iter().flat_map(|name| self.column("commitment_coverage", name)),
                );
                known.extend(self.column("graviton_adoption", "share_of_compute"));
            }
            "adoption" => {
                let shares = ["share_of_compute", "share_of_eligible", "vcpu_hours_share"];
                known.extend(shares.iter().flat_map(|name| self.column("graviton_adoption", name)));
            }
            "savings_by_month" => {
                known
                    .extend(self.columns("savings_by_month", &["realized_saving", "unlocked_saving", "locked_saving"]));
            }
            "expiry" => {
                let table = &self.made.tables["expiry"];
                let months: std::collections::BTreeSet<&String> =
                    table.rows.iter().map(|row| &row[table.place("unlock_month").unwrap()]).collect();
                let at = table.place("locked_saving").unwrap();
                let of = |month: &String| {
                    let rows = table.rows.iter().filter(|row| &row[table.place("unlock_month").unwrap()] == month);
                    rows.filter_map(|row| number(&row[at])).sum::<Decimal>()
                };
                known.extend(months.into_iter().map(of));
            }
            "hourly_instances" => {
                known.extend(self.column("hourly_instances", "instances"));
                known.extend(self.column("bursts", "baseline_instances"));
                let events = self.made.json["events"].as_array().map_or(0, Vec::len);
                known.extend([events, self.rows("bursts").count()].map(Decimal::from));
            }
            "daily_costs" => known.extend(self.column("daily_costs", "amortized_cost")),
            other => panic!("no table is known to be behind the picture {other}"),
        }
        known
    }

    /// Returns a table; the change since the first month is that against the month before where there are two months only.
    fn file(&self, table: &str) -> Option<&Table> {
        let same = (table == "since_first").then_some("month_over_month");
        self.made.tables.get(table).or_else(|| self.made.tables.get(same?))
    }

    fn rows<'t>(&'t self, table: &str) -> impl Iterator<Item = &'t Vec<String>> {
        let table = self.file(table);
        let at = table.and_then(|table| table.place("basis"));
        let is_of_basis = move |row: &&Vec<String>| at.is_none_or(|at| Some(row[at].as_str()) == self.basis);
        table.into_iter().flat_map(|table| &table.rows).filter(is_of_basis)
    }

    fn column(&self, table: &str, column: &str) -> Vec<Decimal> {
        let Some(at) = self.file(table).and_then(|table| table.place(column)) else { return Vec::new() };
        self.rows(table).filter_map(|row| number(&row[at])).collect()
    }

    /// Returns the values of columns and the sum of each row, the height of a column.
    fn columns(&self, table: &str, columns: &[&str]) -> Vec<Decimal> {
        let parts: Vec<Vec<Decimal>> = columns.iter().map(|column| self.column(table, column)).collect();
        let height = |row: usize| parts.iter().filter_map(|part| part.get(row)).sum::<Decimal>();
        let heights: Vec<Decimal> = (0..parts[0].len()).map(height).collect();
        parts.into_iter().flatten().chain(heights).collect()
    }

    /// Returns the sum of the services that have no bar of their own.
    fn rest(&self, table: &str, column: &str, shown: &[String]) -> Decimal {
        let file = self.file(table).unwrap();
        let (name, at) = (file.place("product_code").unwrap(), file.place(column).unwrap());
        let has_bar = |row: &&Vec<String>| {
            shown.iter().any(|text| {
                *text == row[name] || text.strip_suffix('…').is_some_and(|text| row[name].starts_with(text))
            })
        };
        self.rows(table).filter(|row| !has_bar(row)).filter_map(|row| number(&row[at])).sum()
    }
}
