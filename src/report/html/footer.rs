//! Where the figures come from, in terms and values.

use rust_decimal::Decimal;

use super::text::{bytes, exact};
use crate::{
    report::{model::Report, words::Words},
    units::grouped,
};

/// A line of the footer.
pub(in crate::report) struct Fact {
    pub term: String,
    pub values: Vec<Value>,
}

/// What a line says, and the exact number behind it, where it is one.
pub(in crate::report) struct Value {
    pub text: String,
    pub exact: Option<String>,
}

impl Value {
    fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), exact: None }
    }

    fn number(number: Decimal, text: String) -> Self {
        Self { text, exact: Some(exact(number)) }
    }
}

/// Returns the lines of the footer.
pub(in crate::report) fn facts(report: &Report, words: &Words) -> Vec<Fact> {
    let footer = &report.footer;
    let fact = |name: &str, values: Vec<Value>| Fact { term: words.say(&format!("page.source.{name}")), values };
    let size = |count: u64| Value::number(Decimal::from(count), bytes(count));
    let mut prices = vec![Value::text(words.fill(
        "page.source.price_table",
        &[("table", &footer.price_table), ("day", &footer.prices_as_of.to_string())],
    ))];
    if let Some((oldest, newest)) = footer.prices_used {
        let (oldest, newest) = (oldest.to_string(), newest.to_string());
        prices.push(Value::text(if oldest == newest {
            words.fill("page.source.prices_of_day", &[("day", &oldest)])
        } else {
            words.fill("page.source.prices_of_days", &[("oldest", &oldest), ("newest", &newest)])
        }));
    }
    prices.extend(footer.price_warning.iter().map(Value::text));
    let basis = words.say(&format!("page.basis.{}", report.basis));
    let mut facts = vec![
        fact("read", footer.sources.iter().map(Value::text).collect()),
        fact("rows", vec![Value::number(Decimal::from(footer.rows_read), grouped(Decimal::from(footer.rows_read), 0))]),
        fact("bytes_needed", vec![size(footer.bytes_read)]),
        fact("bytes_skipped", vec![size(footer.bytes_skipped)]),
        fact("athena", vec![Value::number(footer.athena_usd, format!("{} USD", footer.athena_usd))]),
        fact("targets", vec![Value::text(&footer.target_policy)]),
        fact("prices", prices),
        fact(
            "basis",
            vec![Value::text(
                words.fill("page.source.basis_rule", &[("basis", &basis), ("currency", &report.currency)]),
            )],
        ),
    ];
    if let Some(share) = footer.unpriced_share {
        facts.push(fact("not_priced", vec![Value::number(share, words.percent(share))]));
    }
    facts.push(fact("made_by", vec![Value::text(format!("Gravimeter {}", footer.gravimeter))]));
    facts
}
