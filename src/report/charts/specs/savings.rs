//! Savings: made, open, behind commitments and until when.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Datelike;
use rust_decimal::Decimal;

use super::{Maker, Texts};
use crate::{
    report::{
        charts::{
            palette::{LOCKED, NAMELESS, REALIZED, UNLOCKED, plain, tint},
            spec::{ChartSpec, Paint, Series, Slot, Stacked},
        },
        model::SavingsMonth,
    },
    units::Month,
};

/// Layers of locked saving with a date; later ones share the last.
const DATED: usize = 5;

/// Months ahead that stand for themselves in the calendar; later ones share the last place.
const AHEAD: usize = 36;

/// Stacks what was saved, what is free now and what is locked, by when it is free.
pub(super) fn by_month(maker: &Maker<'_>) -> Option<ChartSpec> {
    let rows = &maker.report.savings_by_month;
    let (first, last) = (rows.first()?, rows.last()?);
    let say = |name: &str| maker.say(&format!("savings_by_month.{name}"));
    let layer = |name: &str, paint: Paint, of: fn(&SavingsMonth) -> Decimal| Series {
        name: say(name),
        paint,
        values: rows.iter().map(of).collect(),
    };
    let mut series = vec![
        layer("realized", plain(REALIZED), |row| row.realized_saving),
        layer("unlocked", plain(UNLOCKED), |row| row.unlocked_saving),
    ];
    let dated = locked(maker, rows);
    if dated.is_empty() {
        series.push(layer("locked", plain(LOCKED), |row| row.locked_saving));
    }
    series.extend(dated);
    series.retain(|series| series.values.iter().any(|value| !value.is_zero()));
    if series.is_empty() {
        return None;
    }
    let description = maker.fill(
        "savings_by_month.description",
        &[
            ("months", &maker.months(first.month, last.month)),
            ("last", &maker.month(last.month)),
            ("realized", &maker.money(last.realized_saving)),
            ("unlocked", &maker.money(last.unlocked_saving)),
            ("locked", &maker.money(last.locked_saving)),
        ],
    );
    let texts = Texts { title: say("title"), description, caption: say("caption"), unit: maker.per_month(None) };
    let slots = rows.iter().map(|row| maker.slot(row.month, None)).collect();
    let chart = Stacked { slots, series, lines: Vec::new(), partial_name: String::new() };
    Some(maker.spec("savings_by_month", None, texts, maker.stacked(chart)))
}

/// Returns the locked saving as layers by when it is free, soonest first.
fn locked(maker: &Maker<'_>, rows: &[SavingsMonth]) -> Vec<Series> {
    let places: BTreeMap<Month, usize> = rows.iter().enumerate().map(|(place, row)| (row.month, place)).collect();
    let lines: Vec<_> = maker.report.locked_by_month.iter().filter(|row| !row.locked_saving.is_zero()).collect();
    let split = Split::of(&lines.iter().filter_map(|row| row.unlock_month).collect());
    // What has no date stands on top.
    let mut sums: BTreeMap<(bool, Option<Part>), Vec<Decimal>> = BTreeMap::new();
    for row in lines {
        let part = row.unlock_month.map(|month| split.part(month));
        let values = sums.entry((part.is_none(), part)).or_insert_with(|| vec![Decimal::ZERO; rows.len()]);
        if let Some(&place) = places.get(&row.month) {
            values[place] += row.locked_saving;
        }
    }
    let dated = sums.keys().filter(|(is_unknown, _)| !is_unknown).count();
    let say = |name: &str, values: &[(&str, &str)]| maker.fill(&format!("savings_by_month.{name}"), values);
    sums.into_iter()
        .enumerate()
        .map(|(place, ((_, part), values))| {
            let name = match part {
                None => say("locked_unknown", &[]),
                Some(Part { first, .. }) if split.is_by(Step::Month) => {
                    say("locked_month", &[("month", &maker.month(first))])
                }
                Some(Part { first, open }) => {
                    let year = first.first_day().year().to_string();
                    let name = match (open, split.is_by(Step::Half), first.first_day().month()) {
                        (true, ..) => "locked_later",
                        (false, true, 1) => "locked_first_half",
                        (false, true, _) => "locked_second_half",
                        (false, false, _) => "locked_year",
                    };
                    say(name, &[("year", &year)])
                }
            };
            Series { name, paint: part.map_or(NAMELESS, |_| shade(place, dated)), values }
        })
        .collect()
}

/// Returns the tint of a layer: what is free sooner is stronger.
fn shade(place: usize, layers: usize) -> Paint {
    const PALEST: usize = 200;
    let white = PALEST * place / layers.saturating_sub(1).max(1);
    tint(LOCKED, u8::try_from(white).unwrap_or(u8::MAX))
}

/// How months are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Month,
    Half,
    Year,
}

/// The steps in which the months of a set are at most [`DATED`] parts.
struct Split {
    step: Step,
    /// From this month on everything is one part.
    open_from: Option<Month>,
}

/// A part of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    first: Month,
    open: bool,
}

impl Split {
    fn of(months: &BTreeSet<Month>) -> Self {
        let parts = |step| months.iter().map(|month| begin(*month, step)).collect::<BTreeSet<_>>();
        for step in [Step::Month, Step::Half, Step::Year] {
            if parts(step).len() <= DATED {
                return Self { step, open_from: None };
            }
        }
        Self { step: Step::Year, open_from: parts(Step::Year).into_iter().nth(DATED - 1) }
    }

    fn part(&self, month: Month) -> Part {
        match self.open_from {
            Some(open) if month >= open => Part { first: open, open: true },
            _ => Part { first: begin(month, self.step), open: false },
        }
    }

    fn is_by(&self, step: Step) -> bool {
        self.step == step
    }
}

/// Returns the month with which its half-year or year begins.
fn begin(month: Month, step: Step) -> Month {
    let day = month.first_day();
    let first = match (step, day.month()) {
        (Step::Month, number) => number,
        (Step::Half, 7..) => 7,
        _ => 1,
    };
    Month::new(day.year(), first).unwrap_or(month)
}

/// The calendar of what becomes free.
pub(super) fn expiry(maker: &Maker<'_>) -> Option<ChartSpec> {
    let report = maker.report;
    let mut sums: BTreeMap<Month, Decimal> = BTreeMap::new();
    let mut unknown = Decimal::ZERO;
    for row in &report.expiry {
        match row.unlock_month {
            Some(month) => *sums.entry(month).or_default() += row.locked_saving,
            None => unknown += row.locked_saving,
        }
    }
    sums.retain(|_, saving| !saving.is_zero());
    if sums.is_empty() && unknown.is_zero() {
        return None;
    }
    let mut slots = Vec::new();
    let mut values = Vec::new();
    if let (Some((first, _)), Some((last, _))) = (sums.first_key_value(), sums.last_key_value()) {
        let start = (*first).min(report.month.next());
        let months = std::iter::successors(Some(start), |month| Some(month.next())).take_while(|month| month <= last);
        for month in months.take(AHEAD) {
            let saving = sums.get(&month).copied();
            slots.push(Slot { note: String::new(), is_partial: false, ..maker.slot(month, saving) });
            values.push(saving.unwrap_or_default());
        }
        let reached = (1..AHEAD).fold(start, |month, _| month.next());
        let later: Vec<_> = sums.range(reached.next()..).collect();
        if let Some((month, _)) = later.first() {
            let saving = later.iter().map(|(_, saving)| **saving).sum();
            let name = maker.fill("expiry.later", &[("month", &maker.month(**month))]);
            slots.push(apart(name, saving));
            values.push(saving);
        }
    }
    if !unknown.is_zero() {
        slots.push(apart(maker.say("expiry.unknown"), unknown));
        values.push(unknown);
    }
    let mut told: Vec<_> = sums.iter().map(|(month, saving)| (maker.month(*month), *saving)).collect();
    told.extend((!unknown.is_zero()).then(|| (maker.say("expiry.unknown"), unknown)));
    let month = maker.month(report.month);
    let entries = maker.told(told.iter().map(|(name, saving)| (name.as_str(), *saving)));
    let caption = if unknown.is_zero() { "expiry.caption" } else { "expiry.caption_unknown" };
    let texts = Texts {
        title: maker.say("expiry.title"),
        description: maker.fill("expiry.description", &[("month", &month), ("entries", &entries)]),
        caption: maker.fill(caption, &[("month", &month)]),
        unit: maker.per_month(None),
    };
    let series = vec![Series { name: maker.say("expiry.series"), paint: plain(LOCKED), values }];
    let chart = Stacked { slots, series, lines: Vec::new(), partial_name: String::new() };
    Some(maker.spec("expiry", None, texts, maker.stacked(chart)))
}

fn apart(name: String, saving: Decimal) -> Slot {
    Slot { name, is_apart: true, total: Some(saving), ..Slot::default() }
}

/// From the list cost of what could move to its cost after moving, by service.
pub(super) fn at_list_price(maker: &Maker<'_>) -> Option<ChartSpec> {
    let report = maker.report;
    let rows = report.savings_by_service.iter().filter(|row| !row.list_saving.is_zero());
    let savings: Vec<_> = rows.map(|row| (row.product_code.clone(), -row.list_saving)).collect();
    if savings.is_empty() {
        return None;
    }
    let from: Decimal = report.savings_by_service.iter().map(|row| row.list_cost).sum();
    let to = from + savings.iter().map(|(_, saving)| *saving).sum::<Decimal>();
    let month = maker.month(report.month);
    let say = |name: &str, values: &[(&str, &str)]| maker.fill(&format!("savings_waterfall.{name}"), values);
    let texts = Texts {
        title: say("title", &[("month", &month)]),
        description: say("description", &[("from", &maker.money(from)), ("to", &maker.money(to))]),
        caption: say("caption", &[]),
        unit: maker.fill("unit.in_month_list", &[("currency", &report.currency), ("month", &month)]),
    };
    let steps = maker.waterfall((say("from", &[]), from), savings, (say("to", &[]), to));
    Some(maker.falling("savings_waterfall", None, texts, steps))
}
