//! The month by day and by hour, where there is something to say of it: a burst, or a calendar that was given.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::{
    analysis::{
        Figures,
        bursts::{self, Burst, Course, EventCost, Series, Steady, bursts, event_costs, event_days, steady},
    },
    calendar::{Calendar, Event, Span},
    pricing::PriceBook,
    report::{
        model::{BurstRow, DayRow, EventRow, HourRow, SteadyRow},
        story::Remark,
    },
    units::Month,
};

/// The tables of the month by day and by hour.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub events: Vec<EventRow>,
    pub bursts: Vec<BurstRow>,
    pub steady_usage: Vec<SteadyRow>,
    pub daily_costs: Vec<DayRow>,
    pub hourly_instances: Vec<HourRow>,
}

/// Returns the first instant of a month and that of the next one.
pub(super) fn span_of(month: Month) -> Span {
    let begin = |month: Month| month.first_day().and_time(chrono::NaiveTime::MIN).and_utc();
    begin(month)..begin(month.next())
}

/// Builds the tables, and what is to be remarked.
pub(super) fn tables(
    figures: &Figures,
    book: &PriceBook,
    month: Month,
    course: Option<&Course>,
    calendar: Option<&Calendar>,
) -> (Tables, Vec<Remark>) {
    let mut remarks = Vec::new();
    let span = span_of(month);
    let all = calendar.map(|calendar| calendar.events.as_slice()).unwrap_or_default();
    let (events, others): (Vec<Event>, Vec<Event>) = all.iter().cloned().partition(|event| event.touches(&span));
    let Some(course) = course else {
        remarks.extend(calendar.map(|_| Remark::CalendarOfWhole));
        return (Tables::default(), remarks);
    };
    let found = bursts(course);
    if found.is_empty() && calendar.is_none() {
        return (Tables::default(), remarks);
    }
    if let Some(calendar) = calendar {
        let outside: Vec<String> = others.into_iter().map(|event| event.name).chain(calendar.outside.clone()).collect();
        if !outside.is_empty() {
            let count = outside.len();
            let mut names = outside;
            names.sort_unstable();
            names.dedup();
            remarks.push(Remark::EventsOutside { month, count, names });
        }
        let floating = events.iter().filter(|event| event.is_floating).count();
        remarks.extend((floating > 0).then_some(Remark::FloatingEvents(floating)));
        remarks.extend(course.is_by_day.then_some(Remark::NoHours(month)));
    }
    let steady = steady(course, month, &figures.rows, book);
    let unknown: Vec<&Steady> = steady.iter().filter(|row| row.saving.is_none()).collect();
    if !unknown.is_empty() {
        let name = |row: &&Steady| match &row.variant {
            Some(variant) => format!("{} {variant}", row.instance_type),
            None => row.instance_type.to_string(),
        };
        let mut names: Vec<String> = unknown.iter().map(name).collect();
        names.dedup();
        remarks.push(Remark::NoCommittedRate { count: unknown.len(), names });
    }
    let tables = Tables {
        events: event_costs(course, &events).iter().map(event_row).collect(),
        bursts: found.iter().map(|burst| burst_row(burst, &events)).collect(),
        steady_usage: steady.iter().map(steady_row).collect(),
        daily_costs: course.days.iter().map(|day| day_row(day, &events)).collect(),
        hourly_instances: shown(course, &found).map(|series| hours(course, series)).unwrap_or_default(),
    };
    (tables, remarks)
}

/// Chooses the machines that the chart shows: those of the dearest burst, without one those that cost most.
fn shown<'a>(course: &'a Course, found: &[Burst]) -> Option<&'a Series> {
    let cost = |series: &&Series| series.hours.iter().map(|hour| hour.cost).sum::<rust_decimal::Decimal>();
    match found.first() {
        Some(burst) => course
            .series
            .iter()
            .find(|series| (&series.product_code, &series.region) == (&burst.product_code, &burst.region)),
        None => course.series.iter().max_by_key(cost),
    }
}

fn iso(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn event_row(cost: &EventCost) -> EventRow {
    let event = &cost.event;
    EventRow {
        name: event.name.clone(),
        start: iso(event.start),
        end: iso(event.end),
        all_day: event.all_day,
        hours: cost.hours as u64,
        cost: cost.cost,
        usual_cost: cost.usual_cost,
        extra_cost: cost.extra_cost(),
        peak_instances: cost.peak_instances,
        peak_average: cost.peak_average,
        days_cost: cost.days_cost,
        usual_days_cost: cost.usual_days_cost,
        source: event.source.clone(),
    }
}

/// Names the events that are wanted, each once.
fn named(events: &[Event], is_wanted: impl Fn(&Event) -> bool) -> Option<String> {
    let mut names: Vec<&str> =
        events.iter().filter(|event| is_wanted(event)).map(|event| event.name.as_str()).collect();
    names.dedup();
    (!names.is_empty()).then(|| names.join(", "))
}

fn burst_row(burst: &Burst, events: &[Event]) -> BurstRow {
    let (start, end) = (bursts::instant(burst.start), bursts::instant(burst.end));
    BurstRow {
        product_code: burst.product_code.to_string(),
        region: burst.region.as_deref().map(str::to_owned),
        start: iso(start),
        end: iso(end),
        hours_above: burst.hours_above as u64,
        baseline_instances: burst.baseline_instances,
        peak_instances: burst.peak_instances,
        baseline_average: burst.baseline_average,
        peak_average: burst.peak_average,
        extra_hours: burst.extra_hours,
        cost: burst.cost,
        extra_cost: burst.extra_cost,
        events: named(events, |event| event.touches(&(start..end))),
    }
}

fn steady_row(row: &Steady) -> SteadyRow {
    SteadyRow {
        product_code: row.product_code.to_string(),
        region: row.region.as_deref().map(str::to_owned),
        instance_type: row.instance_type.to_string(),
        variant: row.variant.as_deref().map(str::to_owned),
        instances: row.instances,
        hours: row.hours as u64,
        on_demand_price: row.on_demand_price,
        committed_rate: row.committed_rate,
        offering: row.term.map(|term| term.to_string()),
        price_as_of: row.price_as_of,
        saving: row.saving,
    }
}

fn day_row(day: &bursts::Day, events: &[Event]) -> DayRow {
    DayRow {
        day: day.day,
        usage_cost: day.usage_cost,
        other_cost: day.other_cost,
        amortized_cost: day.usage_cost + day.other_cost,
        unblended_cost: day.unblended_cost,
        events: named(events, |event| {
            let (first, last) = event_days(event);
            first <= day.day && day.day <= last
        }),
    }
}

fn hours(course: &Course, series: &Series) -> Vec<HourRow> {
    let row = |(at, hour): (usize, &i32)| HourRow {
        hour: iso(bursts::instant(*hour)),
        product_code: series.product_code.to_string(),
        region: series.region.as_deref().map(str::to_owned),
        instances: series.instances(at),
        average: series.hours[at].average,
        cost: series.hours[at].cost,
    };
    course.hours.iter().enumerate().map(row).collect()
}
