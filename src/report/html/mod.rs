//! The report as one HTML file that can be mailed: no request, fonts, charts and a small script inside.
//!
//! Rust turns sections and figures into text here, `templates/report.html` lays them out. All text is escaped by the
//! template; only the charts, which escape their own text, go in as they are. The content security policy of the page
//! names the one style sheet and the one script by their hashes, so nothing else can run.

mod dark;
pub(super) mod footer;
pub(super) mod tables;
pub(super) mod text;

use std::fmt::Write as _;

use askama::Template;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use rust_decimal::Decimal;
use sha2::{Digest as _, Sha256};

use super::{
    charts::{self, ChartSpec, FONT_BOLD, FONT_FAMILY, FONT_REGULAR},
    model::{Kpi, KpiUnit, Report},
    sheets::Section,
    words::{Words, figure, signed},
};
use crate::{
    error::{Error, Result},
    terms::Basis,
    units::grouped,
};
use footer::{Fact, facts};
use tables::Table;
use text::exact;

/// Sorts and filters tables; the page is whole without it.
const SCRIPT: &str = include_str!("../templates/report.js");

const STYLE: &str = include_str!("../templates/report.css");

/// Renders the page: the sections in their order, each with those of the charts that it names.
///
/// # Errors
/// When a chart cannot be drawn.
pub fn render(report: &Report, sections: &[Section], charts: &[ChartSpec], words: &Words) -> Result<String> {
    let page = Page::of(report, sections, charts, words)?;
    let mut html =
        page.render().map_err(|error| Error::runtime(format!("cannot fill the report template: {error}")))?;
    html.push('\n');
    Ok(html)
}

// Askama looks for templates in the package root, or where a configuration file says; an include is also found from
// the folder in which Cargo compiles, so the template can stay beside its module.
#[derive(Template)]
#[template(source = r#"{% include "src/report/templates/report.html" %}"#, ext = "html")]
struct Page<'a> {
    report: &'a Report,
    words: &'a Words,
    /// The cost bases to switch between; none where there is nothing to switch.
    bases: Vec<Switch>,
    kpis: Vec<Card<'a>>,
    parts: Vec<Part<'a>>,
    facts: Vec<Fact>,
    policy: String,
    style: String,
    script: &'static str,
}

/// One of the cost bases to switch between.
struct Switch {
    basis: &'static str,
    name: String,
    is_on: bool,
}

/// A section with its charts and tables.
struct Part<'a> {
    section: &'a Section,
    figures: Vec<Figure<'a>>,
    tables: Vec<Table<'a>>,
}

/// A chart.
struct Figure<'a> {
    anchor: String,
    basis: Option<&'static str>,
    svg: String,
    caption: &'a str,
}

/// A key figure.
struct Card<'a> {
    kpi: &'a Kpi,
    basis: Option<&'static str>,
    value: Option<(String, String)>,
    unit: &'a str,
}

impl<'a> Page<'a> {
    fn of(report: &'a Report, sections: &'a [Section], charts: &'a [ChartSpec], words: &'a Words) -> Result<Self> {
        let parts = sections
            .iter()
            .map(|section| {
                let named = section.charts.iter().flat_map(|id| charts.iter().filter(move |spec| spec.id == *id));
                let tables = section.sheets.iter();
                Ok(Part {
                    section,
                    figures: named.map(Figure::of).collect::<Result<_>>()?,
                    tables: tables
                        .filter_map(|sheet| Table::of(sheet, &section.title, &report.currency, words))
                        .collect(),
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let kpis: Vec<Card> = report.kpis.iter().map(|kpi| Card::of(kpi, &report.currency)).collect();
        let style = style(parts.iter().flat_map(|part| &part.figures).map(|figure| figure.svg.as_str()));
        Ok(Self {
            report,
            words,
            bases: switches(report, &kpis, &parts, words),
            kpis,
            parts,
            facts: facts(report, words),
            policy: format!(
                "default-src 'none'; script-src {}; style-src {}; font-src data:; img-src data:; base-uri 'none'; \
                 form-action 'none'",
                hash(SCRIPT),
                hash(&style)
            ),
            style,
            script: SCRIPT,
        })
    }
}

impl<'a> Figure<'a> {
    fn of(spec: &'a ChartSpec) -> Result<Self> {
        let (id, basis) = (spec.id, spec.basis.map(Basis::as_str));
        let anchor = basis.map_or_else(|| format!("chart-{id}"), |basis| format!("chart-{id}-{basis}"));
        Ok(Self { anchor, basis, svg: charts::svg(spec)?, caption: &spec.caption })
    }
}

impl<'a> Card<'a> {
    fn of(kpi: &'a Kpi, currency: &'a str) -> Self {
        let text = |value: Decimal| match kpi.unit {
            KpiUnit::Money => figure(value, currency),
            KpiUnit::Ratio => signed(&grouped(value * Decimal::ONE_HUNDRED, 1)),
        };
        let unit = match kpi.unit {
            KpiUnit::Money => currency,
            KpiUnit::Ratio => "%",
        };
        let value = kpi.value.map(|value| (exact(value), text(value)));
        Self { kpi, basis: kpi.basis.map(Basis::as_str), value, unit }
    }
}

/// Returns the cost bases between which the page can switch, the report's own switched on.
fn switches(report: &Report, kpis: &[Card], parts: &[Part], words: &Words) -> Vec<Switch> {
    let used = |basis: &str| {
        kpis.iter().any(|card| card.basis == Some(basis))
            || parts.iter().any(|part| part.figures.iter().any(|figure| figure.basis == Some(basis)))
            || parts.iter().any(|part| part.tables.iter().any(|table| table.basis == Some(basis)))
    };
    let found: Vec<Switch> = Basis::ALL
        .iter()
        .filter(|basis| used(basis.as_str()))
        .map(|basis| Switch {
            basis: basis.as_str(),
            name: words.say(&format!("page.basis.{basis}")),
            is_on: *basis == report.basis,
        })
        .collect();
    if found.len() > 1 { found } else { Vec::new() }
}

/// Returns the style sheet: fonts, rules, the switch between the cost bases, the colours of the charts on dark paper.
fn style<'a>(drawings: impl Iterator<Item = &'a str>) -> String {
    let mut css = String::new();
    for (weight, font) in [("400", FONT_REGULAR), ("600 700", FONT_BOLD)] {
        // Writing to a string cannot fail.
        let _ = writeln!(
            css,
            "@font-face{{font-family:\"{FONT_FAMILY}\";font-weight:{weight};\
             src:url(\"data:font/otf;base64,{}\") format(\"opentype\")}}",
            STANDARD.encode(font)
        );
    }
    css.push_str(STYLE);
    for basis in Basis::ALL {
        let _ = writeln!(
            css,
            ":root:has(#basis-{basis}:checked) [data-basis]:not([data-basis=\"{basis}\"]){{display:none}}"
        );
    }
    css.push_str(&dark::rules(drawings));
    css
}

/// Returns the source expression of a content security policy for exactly this text.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

#[cfg(test)]
mod tests;
