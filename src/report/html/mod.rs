//! The report as one HTML file: no script, no request, fonts and charts inside.
//!
//! Rust turns the model into rows of text here, `templates/report.html` lays them out. All text is escaped by the
//! template; only the charts, which escape their own text, go in as they are.

mod rows;
mod text;

use askama::Template;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use rust_decimal::Decimal;

use super::{
    charts::{self, FONT_BOLD, FONT_FAMILY, FONT_REGULAR},
    model::Report,
    words::Words,
};
use crate::{
    error::{Error, Result},
    units::{grouped, percent},
};
use rows::{
    BridgeTable, BucketLine, Card, Change, CommitmentText, Figure, HeldBack, MonthLine, Opportunity, UsageLine, card,
    change, commitment, coverage_of_service, expiry, month_line, opportunity, realized, usage_lines, verdict_meaning,
    verdict_name,
};
use text::{amount, bytes, count, signless};

/// Opportunities on the page; all of them are in the CSV and JSON files.
const TOP: usize = 25;

/// Renders the page.
///
/// # Errors
/// When a chart cannot be drawn.
pub fn render(report: &Report) -> Result<String> {
    let page = Page::of(report)?;
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
    month: String,
    previous_month: Option<String>,
    font_family: &'static str,
    font_regular: String,
    font_bold: String,
    kpis: Vec<Card<'a>>,
    charts: Vec<Figure>,
    changes: Vec<Change<'a>>,
    bridges: Vec<BridgeTable<'a>>,
    realized: Vec<[String; 5]>,
    coverage_by_service: Vec<Vec<String>>,
    commitments: Vec<CommitmentText<'a>>,
    expiry: Vec<[String; 5]>,
    bill: Option<MonthLine>,
    has_net: bool,
    months: Vec<MonthLine>,
    usage: Vec<UsageLine>,
    opportunities: Vec<Opportunity<'a>>,
    more: Option<(String, String)>,
    held_back: Vec<HeldBack<'a>>,
    buckets: Vec<BucketLine>,
    /// Appended to the caption of a table that rests on list prices.
    prices_of: String,
    footer: FooterText,
}

struct FooterText {
    rows_read: String,
    bytes_read: String,
    bytes_skipped: String,
    athena_usd: String,
    prices_as_of: String,
    target_policy: String,
    prices_used: Option<String>,
    unpriced_share: Option<String>,
}

impl<'a> Page<'a> {
    fn of(report: &'a Report) -> Result<Self> {
        let words = Words::of(report.language)?;
        let charts = charts::pictured(charts::specs(report, &words), report.basis)
            .into_iter()
            .map(|spec| Ok(Figure { id: spec.id, svg: charts::svg(&spec)?, caption: spec.caption }))
            .collect::<Result<_>>()?;
        let rest = report.opportunities.get(TOP..).unwrap_or_default();
        Ok(Self {
            report,
            month: report.month.label(),
            previous_month: report.previous_month.map(crate::units::Month::label),
            font_family: FONT_FAMILY,
            font_regular: STANDARD.encode(FONT_REGULAR),
            font_bold: STANDARD.encode(FONT_BOLD),
            kpis: report.kpis.iter().map(|kpi| card(kpi, &report.currency)).collect(),
            charts,
            changes: report.month_over_month.iter().map(change).collect(),
            bridges: [&report.bridge_previous, &report.bridge]
                .into_iter()
                .filter_map(|lines| BridgeTable::of(lines))
                .collect(),
            realized: report.realized.iter().map(realized).collect(),
            coverage_by_service: report.coverage_by_service.iter().map(coverage_of_service).collect(),
            commitments: report.commitments.iter().take(TOP).map(commitment).collect(),
            expiry: report.expiry.iter().map(expiry).collect(),
            bill: report.months.iter().find(|row| row.month == report.month).map(|row| month_line(row, report)),
            has_net: report
                .months
                .iter()
                .any(|row| row.net_unblended_cost.is_some() || row.net_amortized_cost.is_some()),
            months: report.months.iter().map(|row| month_line(row, report)).collect(),
            usage: usage_lines(report),
            opportunities: report.opportunities.iter().take(TOP).map(opportunity).collect(),
            more: (!rest.is_empty()).then(|| {
                let saving = rest.iter().map(|row| row.list_saving).sum();
                (count(rest.len()), amount(saving))
            }),
            held_back: report
                .held_back
                .iter()
                .map(|row| HeldBack {
                    verdict: verdict_name(row.verdict),
                    class: row.verdict.as_str(),
                    reason: &row.reason,
                    explanation: &row.explanation,
                    service: &row.product_code,
                    types: row.instance_types.join(", "),
                    hours: signless(&grouped(row.hours, 1)),
                    cost: amount(row.amortized_cost),
                })
                .collect(),
            buckets: report
                .buckets
                .iter()
                .map(|row| BucketLine {
                    verdict: verdict_name(row.verdict),
                    class: row.verdict.as_str(),
                    meaning: verdict_meaning(row.verdict),
                    line_items: grouped(Decimal::from(row.line_items), 0),
                    unblended: amount(row.unblended_cost),
                    amortized: amount(row.amortized_cost),
                })
                .collect(),
            prices_of: prices_used(report).map_or_else(String::new, |used| format!("; list prices of {used}")),
            footer: FooterText {
                rows_read: grouped(Decimal::from(report.footer.rows_read), 0),
                bytes_read: bytes(report.footer.bytes_read),
                bytes_skipped: bytes(report.footer.bytes_skipped),
                athena_usd: report.footer.athena_usd.to_string(),
                prices_as_of: report.footer.prices_as_of.to_string(),
                target_policy: report.footer.target_policy.clone(),
                prices_used: prices_used(report),
                unpriced_share: report.footer.unpriced_share.map(percent),
            },
        })
    }
}

/// Says of which days the prices are that the month was compared by.
fn prices_used(report: &Report) -> Option<String> {
    let (oldest, newest) = report.footer.prices_used?;
    Some(if oldest == newest { oldest.to_string() } else { format!("{oldest} to {newest}") })
}

#[cfg(test)]
mod tests {
    use super::{text::price, *};
    use crate::report::{charts::fixture, model::ChangeRow};

    #[test]
    fn the_page_holds_the_figures_and_no_script() {
        let html = render(&fixture::report()).unwrap();
        assert_eq!(html, render(&fixture::report()).unwrap());
        for expected in [
            "<!doctype html>",
            "Content-Security-Policy",
            "default-src 'none'",
            "40,425.40",
            "−101.70",
            "and 6 more, together 58.00 USD",
            "graviton_opportunities.csv",
            "data to 2024-02-15",
            "1.3 GB",
            "chart-change_waterfall-amortized-title",
        ] {
            let expected = expected.replace("58.00", &fixture_rest());
            assert!(html.contains(&expected), "{expected}");
        }
        for forbidden in ["<script", "javascript:", "http-equiv=\"refresh\"", "<link", " src=", "url(http", "@import"] {
            assert!(!html.contains(forbidden), "{forbidden}");
        }
    }

    fn fixture_rest() -> String {
        let rest: Decimal = fixture::report().opportunities[TOP..].iter().map(|row| row.list_saving).sum();
        amount(rest)
    }

    #[test]
    fn hostile_text_is_text() {
        let html = render(&fixture::hostile()).unwrap();
        assert!(html.contains("&lt;script&gt;alert(1)") || html.contains("&#60;script&#62;alert(1)"));
        for broken in ["<script", "<img", "</td></title>", "<b>USD"] {
            assert!(!html.contains(broken), "{broken}");
        }
        assert_eq!(html.matches("</svg>").count(), 8);
        assert_eq!(html.matches("</title>").count(), 1 + 8);
    }

    #[test]
    fn headings_and_tables_are_marked_up() {
        let html = render(&fixture::report()).unwrap();
        assert_eq!(html.matches("<h1").count(), 1);
        assert_eq!(html.matches("<table").count(), html.matches("<caption").count());
        assert_eq!(html.matches("<th ").count() + html.matches("<th>").count(), html.matches("scope=\"").count());
        assert_eq!(html.matches("<section").count(), html.matches("</section>").count());
    }

    #[test]
    fn empty_parts_are_left_out() {
        let mut report = fixture::report();
        report.month_over_month.clear();
        report.previous_month = None;
        report.opportunities.clear();
        report.held_back.clear();
        report.cost_by_service.clear();
        report.coverage.clear();
        report.since_first.clear();
        report.savings_by_service.clear();
        report.bridge.clear();
        report.bridge_previous.clear();
        report.savings_by_month.clear();
        report.adoption.clear();
        report.expiry.clear();
        let html = render(&report).unwrap();
        assert!(!html.contains("<svg"));
        assert!(!html.contains("id=\"change\""));
        assert!(html.contains("No usage with a cheaper Graviton target"));
    }

    #[test]
    fn amounts_read_well() {
        assert_eq!(price(Decimal::new(2_784, 3)), "2.7840");
        assert_eq!(price(Decimal::new(1_234_567, 6)), "1.234567");
        assert_eq!(bytes(999), "999 bytes");
        assert_eq!(bytes(1_312_094_331), "1.3 GB");
        let row = |change: Decimal| ChangeRow {
            basis: crate::terms::Basis::Amortized,
            product_code: String::new(),
            from_cost: Decimal::ZERO,
            to_cost: change,
            change,
        };
        let signed = |value: Decimal| {
            let row = row(value);
            let signed = change(&row).signed;
            (signed.text, signed.class)
        };
        assert_eq!(signed(Decimal::new(-1_234_560, 3)), ("−1,234.56".to_owned(), "less"));
        assert_eq!(signed(Decimal::new(5, 1)), ("+0.50".to_owned(), "more"));
        assert_eq!(signed(Decimal::new(-1, 6)), ("0.00".to_owned(), "same"));
    }
}
