//! The month in one sentence.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::cards::{OpenSaving, bill};
use crate::{
    report::{
        model::{BridgeLine, Report},
        words::Words,
    },
    units::decimals,
};

/// Returns the month in one sentence: the bill, its change and the main causes, what is saved, what could be.
pub(super) fn headline(report: &Report, saving: &OpenSaving, words: &Words) -> String {
    let realized: Decimal = saving.realized;
    let saved = if realized > Decimal::ZERO {
        let amount = words.money(realized, &report.currency);
        match saving.realized_to_date.filter(|sum| *sum > realized).zip(report.months.first()) {
            Some((sum, first)) => {
                let (sum, since) = (words.money(sum, &report.currency), words.month(first.month));
                words.fill("headline.saved.since", &[("amount", &amount), ("sum", &sum), ("since", &since)])
            }
            None => words.fill("headline.saved.month", &[("amount", &amount)]),
        }
    } else {
        String::new()
    };
    let cause =
        cause(report, words).map_or_else(String::new, |effects| words.fill("headline.cause", &[("effects", &effects)]));
    words.fill(
        "headline.whole",
        &[("cost", &cost(report, words)), ("cause", &cause), ("saved", &saved), ("open", &open(report, saving, words))],
    )
}

fn cost(report: &Report, words: &Words) -> String {
    let (month, currency) = (words.month(report.month), &report.currency);
    let cost = bill(report, report.month, report.basis);
    let amount = words.money(cost, currency);
    let is_partial = report.months.iter().any(|row| row.month == report.month && row.partial);
    if is_partial {
        return words.fill("headline.cost.partial", &[("month", &month), ("amount", &amount)]);
    }
    let Some(first) = report.first_month else {
        return words.fill("headline.cost.alone", &[("month", &month), ("amount", &amount)]);
    };
    let change = cost - bill(report, first, report.basis);
    let name = match change.round_dp(decimals(currency)).cmp(&Decimal::ZERO) {
        Ordering::Less => "headline.cost.less",
        Ordering::Greater => "headline.cost.more",
        Ordering::Equal => "headline.cost.same",
    };
    let values = [
        ("month", month.as_str()),
        ("amount", &amount),
        ("change", &words.money(change.abs(), currency)),
        ("first", &words.month(first)),
    ];
    words.fill(name, &values)
}

/// Says what changed the bill, largest effect first; `None` when the bridge is about other months than those told of.
fn cause(report: &Report, words: &Words) -> Option<String> {
    let lines = || report.bridge.iter().filter(|line| line.basis == report.basis);
    let line = lines().next()?;
    if (Some(line.from_month), line.to_month) != (report.first_month, report.month) {
        return None;
    }
    let sum = |of: fn(&BridgeLine) -> Decimal| lines().map(of).sum::<Decimal>();
    let mut effects = [
        ("usage", sum(|line| line.usage)),
        ("list_price", sum(|line| line.list_price)),
        ("commitment", sum(|line| line.commitment)),
        ("graviton", sum(|line| line.graviton)),
        ("mix", sum(|line| line.mix)),
        ("credits_tax_fees", sum(|line| line.credits_tax_fees)),
        ("other", sum(|line| line.other)),
    ];
    effects.sort_by_key(|(_, amount)| std::cmp::Reverse(amount.abs()));
    let told: Vec<String> = effects
        .iter()
        .filter(|(_, amount)| !amount.round_dp(decimals(&report.currency)).is_zero())
        .take(3)
        .map(|(name, amount)| {
            let name = words.say(&format!("headline.effect.{name}"));
            format!("{name} {}", signed_money(*amount, &report.currency, words))
        })
        .collect();
    (!told.is_empty()).then(|| told.join(", "))
}

fn open(report: &Report, saving: &OpenSaving, words: &Words) -> String {
    let money = |amount: Decimal| words.money(amount, &report.currency);
    match (saving.known(), saving.unpriced_share) {
        (_, None) => words.say("headline.open.none"),
        (None, Some(share)) => words.fill("headline.open.unknown", &[("share", &words.percent(share))]),
        (Some(total), _) if total.is_zero() => words.say("headline.open.zero"),
        (Some(total), _) => {
            let is_partial = report.months.iter().any(|row| row.month == report.month && row.partial);
            let span = words.say(if is_partial { "headline.span.days" } else { "headline.span.month" });
            let name = if saving.locked.is_zero() { "headline.open.now" } else { "headline.open.later" };
            let (list, now, later) = (money(total), money(saving.unlocked), money(saving.locked));
            words.fill(name, &[("list", &list), ("span", &span), ("now", &now), ("later", &later)])
        }
    }
}

/// Writes a change of money with its sign.
pub(super) fn signed_money(amount: Decimal, currency: &str, words: &Words) -> String {
    let sign = if amount.is_sign_negative() { "−" } else { "+" };
    format!("{sign}{}", words.money(amount.abs(), currency))
}
