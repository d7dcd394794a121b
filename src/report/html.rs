//! The report as one HTML file: no script, no request, fonts and charts inside.
//!
//! Rust turns the model into rows of text here, `templates/report.html` lays them out. All text is escaped by the
//! template; only the charts, which escape their own text, go in as they are.

use askama::Template;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use rust_decimal::Decimal;

use super::{
    charts::{self, FONT_BOLD, FONT_FAMILY, FONT_REGULAR},
    model::{
        AdoptionShare, BridgeLine, ChangeRow, CommitmentLine, CoverageByService, ExpiryRow, Kpi, KpiUnit, MonthRow,
        OpportunityRow, RealizedRow, Report,
    },
};
use crate::{
    error::{Error, Result},
    terms::Verdict,
    units::{grouped, percent},
};

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
    footer: FooterText,
}

struct Card<'a> {
    label: &'a str,
    value: Option<String>,
    unit: String,
    detail: &'a str,
    definition: &'static str,
}

struct Figure {
    id: &'static str,
    svg: String,
    caption: String,
}

struct Change<'a> {
    service: &'a str,
    from: String,
    to: String,
    signed: Signed,
}

/// A signed amount and the class that colours it.
struct Signed {
    text: String,
    class: &'static str,
}

struct MonthLine {
    month: String,
    current: bool,
    partial: Option<String>,
    line_items: String,
    unblended: String,
    amortized: String,
    net_unblended: String,
    net_amortized: String,
}

struct UsageLine {
    month: String,
    current: bool,
    partial: bool,
    costs: [String; 5],
    ratios: [String; 8],
}

struct Opportunity<'a> {
    account: &'a str,
    account_id: Option<&'a str>,
    region: &'a str,
    service: &'a str,
    source: &'a str,
    platform: String,
    target: &'a str,
    hours: String,
    source_price: String,
    target_price: String,
    cost: String,
    saving: String,
    effective: String,
    unlocked: String,
    locked: String,
    unlock_month: Option<String>,
    effort: &'a str,
    payback: Option<String>,
    notes: Vec<&'a str>,
    purchase: &'a str,
    price_date: String,
}

/// Why the bill changed between two months.
struct BridgeTable<'a> {
    id: String,
    from: String,
    to: String,
    lines: Vec<BridgeText<'a>>,
    total: Vec<Signed>,
}

struct BridgeText<'a> {
    service: &'a str,
    effects: Vec<Signed>,
}

struct CommitmentText<'a> {
    scope: &'a str,
    arn: &'a str,
    what: String,
    end: String,
    cells: [String; 4],
}

struct HeldBack<'a> {
    verdict: &'static str,
    class: &'static str,
    reason: &'a str,
    explanation: &'a str,
    service: &'a str,
    types: String,
    hours: String,
    cost: String,
}

struct BucketLine {
    verdict: &'static str,
    class: &'static str,
    meaning: &'static str,
    line_items: String,
    unblended: String,
    amortized: String,
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
        let charts = charts::specs(report)
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
            footer: FooterText {
                rows_read: grouped(Decimal::from(report.footer.rows_read), 0),
                bytes_read: bytes(report.footer.bytes_read),
                bytes_skipped: bytes(report.footer.bytes_skipped),
                athena_usd: report.footer.athena_usd.to_string(),
                prices_as_of: report.footer.prices_as_of.to_string(),
                target_policy: report.footer.target_policy.clone(),
                prices_used: report.footer.prices_used.map(|(oldest, newest)| {
                    if oldest == newest { oldest.to_string() } else { format!("{oldest} to {newest}") }
                }),
                unpriced_share: report.footer.unpriced_share.map(percent),
            },
        })
    }
}

fn card<'a>(kpi: &'a Kpi, currency: &str) -> Card<'a> {
    let (value, unit) = match kpi.unit {
        KpiUnit::Money => (kpi.value.map(amount), currency.to_owned()),
        KpiUnit::Ratio => (kpi.value.map(|ratio| signless(&grouped(ratio * Decimal::ONE_HUNDRED, 1))), "%".to_owned()),
    };
    Card { label: &kpi.label, value, unit, detail: &kpi.detail, definition: kpi.definition }
}

impl<'a> BridgeTable<'a> {
    fn of(lines: &'a [BridgeLine]) -> Option<Self> {
        let first = lines.first()?;
        let effects = |line: &BridgeLine| {
            [
                line.usage,
                line.list_price,
                line.commitment,
                line.graviton,
                line.mix,
                line.credits_tax_fees,
                line.other,
                line.change,
            ]
        };
        let mut sums = [Decimal::ZERO; 8];
        for line in lines {
            for (sum, effect) in sums.iter_mut().zip(effects(line)) {
                *sum += effect;
            }
        }
        Some(Self {
            id: format!("bridge-{}-{}", first.from_month, first.to_month),
            from: first.from_month.label(),
            to: first.to_month.label(),
            lines: lines
                .iter()
                .map(|line| BridgeText {
                    service: &line.product_code,
                    effects: effects(line).into_iter().map(signed).collect(),
                })
                .collect(),
            total: sums.into_iter().map(signed).collect(),
        })
    }
}

fn realized(row: &RealizedRow) -> [String; 5] {
    let amounts = [row.amortized_cost, row.baseline_cost, row.realized_saving, row.not_computed_cost].map(amount);
    let [cost, baseline, saving, rest] = amounts;
    [row.product_code.clone(), cost, baseline, saving, rest]
}

fn coverage_of_service(row: &CoverageByService) -> Vec<String> {
    let costs = [row.on_demand_cost, row.reserved_cost, row.savings_plan_cost, row.spot_cost, row.unused_commitment]
        .map(amount);
    let ratios = [row.coverage, row.utilization, row.effective_savings_rate].map(|ratio| known(ratio.map(percent)));
    std::iter::once(row.product_code.clone()).chain(costs).chain(ratios).collect()
}

fn commitment(row: &CommitmentLine) -> CommitmentText<'_> {
    let what: Vec<&str> =
        [Some(row.kind.as_str()), row.offering.as_deref(), Some(row.terms.as_str()).filter(|terms| !terms.is_empty())]
            .into_iter()
            .flatten()
            .collect();
    CommitmentText {
        scope: &row.scope,
        arn: &row.arn,
        what: what.join(", "),
        end: known(row.end_date.map(|day| day.to_string())),
        cells: [
            amount(row.cost),
            amount(row.unused_cost),
            known(row.utilization.map(percent)),
            known(row.remaining_cost.map(amount)),
        ],
    }
}

fn expiry(row: &ExpiryRow) -> [String; 5] {
    [
        row.unlock_month.map_or_else(|| "not in the bill".to_owned(), crate::units::Month::label),
        row.product_code.clone(),
        grouped(Decimal::from(row.commitments), 0),
        amount(row.cost),
        amount(row.locked_saving),
    ]
}

/// Writes a change with its sign and the class that colours it.
fn signed(change: Decimal) -> Signed {
    let text = amount(change);
    let (text, class) = match change {
        change if text.trim_matches(['0', '.']).is_empty() || change.is_zero() => (text, "same"),
        change if change.is_sign_negative() => (text, "less"),
        _ => (format!("+{text}"), "more"),
    };
    Signed { text, class }
}

fn change(row: &ChangeRow) -> Change<'_> {
    Change {
        service: &row.product_code,
        from: amount(row.from_cost),
        to: amount(row.to_cost),
        signed: signed(row.change),
    }
}

fn month_line(row: &MonthRow, report: &Report) -> MonthLine {
    MonthLine {
        month: row.month.label(),
        current: row.month == report.month,
        partial: row.partial.then(|| row.data_through.map_or_else(String::new, |day| format!("data to {day}"))),
        line_items: grouped(Decimal::from(row.line_items), 0),
        unblended: amount(row.unblended_cost),
        amortized: amount(row.amortized_cost),
        net_unblended: known(row.net_unblended_cost.map(amount)),
        net_amortized: known(row.net_amortized_cost.map(amount)),
    }
}

fn usage_lines(report: &Report) -> Vec<UsageLine> {
    let share =
        |row: Option<&AdoptionShare>, of: fn(&AdoptionShare) -> Option<Decimal>| known(row.and_then(of).map(percent));
    report
        .coverage
        .iter()
        .map(|row| {
            let adoption = report.adoption.iter().find(|adoption| adoption.month == row.month);
            UsageLine {
                month: row.month.label(),
                current: row.month == report.month,
                partial: report.months.iter().any(|month| month.month == row.month && month.partial),
                costs: [
                    row.on_demand_cost,
                    row.reserved_cost,
                    row.savings_plan_cost,
                    row.spot_cost,
                    row.unused_commitment,
                ]
                .map(amount),
                ratios: [
                    known(row.coverage.map(percent)),
                    known(row.utilization.map(percent)),
                    known(row.effective_savings_rate.map(percent)),
                    share(adoption, |row| row.share_of_compute),
                    share(adoption, |row| row.share_of_eligible),
                    share(adoption, |row| row.hours_share),
                    share(adoption, |row| row.vcpu_hours_share),
                    share(adoption, |row| row.normalized_units_share),
                ],
            }
        })
        .collect()
}

fn opportunity(row: &OpportunityRow) -> Opportunity<'_> {
    let platform: Vec<_> = [&row.operating_system, &row.database_engine, &row.deployment_option]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    Opportunity {
        account: row.account_name.as_deref().unwrap_or(&row.account_id),
        account_id: row.account_name.is_some().then_some(row.account_id.as_str()),
        region: &row.region,
        service: &row.product_code,
        source: &row.instance_type,
        platform: platform.join(" · "),
        target: &row.target_instance_type,
        hours: grouped(row.hours, 1),
        source_price: price(row.source_price),
        target_price: price(row.target_price),
        cost: amount(row.amortized_cost),
        saving: amount(row.list_saving),
        effective: known(row.effective_saving.map(amount)),
        unlocked: known(row.unlocked_saving.map(amount)),
        locked: known(row.locked_saving.filter(|locked| !locked.is_zero()).map(amount)),
        unlock_month: row.unlock_month.map(crate::units::Month::label),
        effort: row.effort.as_deref().unwrap_or("–"),
        payback: row.payback_days.map(|days| format!("{} days", grouped(days, 1))),
        notes: [&row.condition, &row.estimate].into_iter().flatten().map(String::as_str).collect(),
        purchase: match row.purchase_option.as_deref() {
            Some("OnDemand") => "On demand",
            Some("SavingsPlan") => "Savings Plan",
            Some(other) => other,
            None => "–",
        },
        price_date: row.price_as_of.to_string(),
    }
}

fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Graviton => "On Graviton",
        Verdict::Eligible => "Eligible",
        Verdict::Costlier => "Costlier",
        Verdict::Blocked => "Blocked",
        Verdict::Unpriced => "Unpriced",
        Verdict::Unknown => "Unknown",
        Verdict::NotApplicable => "Not applicable",
    }
}

fn verdict_meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Graviton => "runs on Arm already",
        Verdict::Eligible => "a cheaper Graviton target exists",
        Verdict::Costlier => "no Graviton target is cheaper",
        Verdict::Blocked => "cannot move, with the reason below",
        Verdict::Unpriced => "a target exists, its price is not known",
        Verdict::Unknown => "the bill does not tell",
        Verdict::NotApplicable => "no architecture to choose: storage, transfer, tax",
    }
}

fn amount(amount: Decimal) -> String {
    signless(&grouped(amount, 2))
}

/// Prices per hour keep at least four places, and more when the price list has them.
fn price(price: Decimal) -> String {
    grouped(price, price.normalize().scale().clamp(4, 6))
}

fn count(number: usize) -> String {
    grouped(Decimal::from(number), 0)
}

fn known(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}

/// Writes a real minus sign instead of a hyphen.
fn signless(text: &str) -> String {
    text.replace('-', "−")
}

/// Formats a number of bytes in powers of 1,000, as disks and clouds count.
fn bytes(bytes: u64) -> String {
    let exact = Decimal::from(bytes);
    for (unit, name) in [(1_000_000_000_000_u64, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")] {
        if bytes >= unit {
            return format!("{} {name}", grouped(exact / Decimal::from(unit), 1));
        }
    }
    format!("{bytes} bytes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::charts::fixture;

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
            "chart-change_waterfall-title",
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
        assert_eq!(html.matches("</svg>").count(), 6);
        assert_eq!(html.matches("</title>").count(), 1 + 6);
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
