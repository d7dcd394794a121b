//! The first sheet: the month in a sentence, the cards, the list of tables, where the figures come from.

use rust_decimal::Decimal;
use rust_xlsxwriter::{Format, Url, Worksheet};

use super::{
    cell::{failed, text},
    look::{self, Weight},
    table::{double, heighten, wrapped_lines},
};
use crate::{
    error::Result,
    report::{
        html::footer,
        model::{KpiUnit, Report},
        sheets::{Kind, Sheet},
        words::Words,
    },
    units::grouped,
};

/// Widths of the columns, in digits.
const WIDTHS: [u16; 5] = [34, 20, 9, 52, 80];

/// Writes the summary.
pub(super) fn write(page: &mut Worksheet, report: &Report, named: &[(String, &Sheet)], words: &Words) -> Result<()> {
    for (at, width) in (0u16..).zip(WIDTHS) {
        page.set_column_width(at, width).map_err(|error| failed(&error))?;
    }
    text(page, (0, 0), &report.title, &look::title())?;
    across(page, 1, 0, &report.headline)?;
    let mut line = cards(page, 3, report, words)?;
    line = tables(page, line + 1, named, words)?;
    facts(page, line + 1, report, words)?;
    page.set_landscape().set_print_fit_to_pages(1, 0);
    Ok(())
}

/// Writes the cards; returns the line after them.
fn cards(page: &mut Worksheet, mut line: u32, report: &Report, words: &Words) -> Result<u32> {
    for (at, name) in (0u16..).zip(["card", "value", "unit", "detail", "definition"]) {
        let format = look::heading(name == "value").set_indent(u8::from(name == "unit"));
        text(page, (line, at), &words.say(&format!("workbook.{name}")), &format)?;
    }
    for kpi in &report.kpis {
        line += 1;
        let (kind, unit) = match kpi.unit {
            KpiUnit::Money => (Kind::Money, report.currency.as_str()),
            KpiUnit::Ratio => (Kind::Ratio, "%"),
        };
        let plain = look::wrapped();
        let basis = kpi.basis.map(|basis| format!(" · {}", words.say(&format!("word.basis.{basis}"))));
        text(page, (line, 0), &format!("{}{}", kpi.label, basis.unwrap_or_default()), &plain)?;
        if let Some(value) = kpi.value {
            let format = look::cell(kind, &report.currency, Weight::Plain).set_bold();
            page.write_number_with_format(line, 1, double(value), &format).map_err(|error| failed(&error))?;
        }
        text(page, (line, 2), unit, &plain.clone().set_indent(1))?;
        text(page, (line, 3), &kpi.detail, &plain)?;
        text(page, (line, 4), &kpi.definition, &plain)?;
        let lines = |text: &str, at: usize| wrapped_lines(text, usize::from(WIDTHS[at]));
        heighten(page, line, lines(&kpi.detail, 3).max(lines(&kpi.definition, 4)))?;
    }
    Ok(line + 1)
}

/// Writes the list of the tables with a link to each; returns the line after it.
fn tables(page: &mut Worksheet, mut line: u32, named: &[(String, &Sheet)], words: &Words) -> Result<u32> {
    text(page, (line, 0), &words.say("workbook.tables"), &look::block())?;
    for (name, sheet) in named {
        line += 1;
        let target = format!("internal:'{}'!A1", name.replace('\'', "''"));
        page.write_url_with_text(line, 0, Url::new(target), name.as_str()).map_err(|error| failed(&error))?;
        let rows = grouped(Decimal::from(sheet.rows.len()), 0);
        text(page, (line, 1), &words.fill("workbook.rows", &[("count", &rows)]), &Format::new())?;
        text(page, (line, 3), &sheet.caption, &Format::new())?;
    }
    Ok(line + 1)
}

/// Writes where the figures come from.
fn facts(page: &mut Worksheet, mut line: u32, report: &Report, words: &Words) -> Result<()> {
    text(page, (line, 0), &words.say("page.source.title"), &look::block())?;
    for fact in footer::facts(report, words) {
        for value in fact.values {
            line += 1;
            text(page, (line, 0), &fact.term, &look::wrapped())?;
            across(page, line, 1, &value.text)?;
        }
    }
    for note in &report.footer.notes {
        line += 1;
        text(page, (line, 0), &words.say("workbook.note"), &look::wrapped())?;
        across(page, line, 1, note)?;
    }
    line += 2;
    text(page, (line, 0), &words.say("workbook.definitions"), &look::block())?;
    for (term, meaning) in &report.footer.definitions {
        line += 1;
        text(page, (line, 0), term, &look::wrapped())?;
        across(page, line, 1, meaning)?;
    }
    Ok(())
}

/// Writes text over the columns from this one to the last, on as many lines as it takes.
fn across(page: &mut Worksheet, line: u32, from: u16, words: &str) -> Result<()> {
    page.merge_range(line, from, line, 4, "", &look::wrapped()).map_err(|error| failed(&error))?;
    text(page, (line, from), words, &look::wrapped())?;
    let room = WIDTHS[usize::from(from)..].iter().map(|width| usize::from(*width)).sum();
    heighten(page, line, wrapped_lines(words, room))
}
