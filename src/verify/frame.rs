//! A slice of a file as polars decoded it, with a value for each fact and row.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime};
use polars::prelude::{DataFrame, DataType, Float64Chunked, Int64Chunked, Series, StringChunked, TimeUnit};

use super::{
    amount::{Amount, Speller, of_text},
    columns::{FACTS, Fact, Places},
    fetch::damaged,
};
use crate::{error::Result, units::Month};

/// Gives each distinct text a number; 0 is empty or absent.
#[derive(Debug)]
pub(super) struct Texts {
    texts: Vec<Box<str>>,
    known: HashMap<Box<str>, u32>,
}

impl Texts {
    /// Begins with the empty text.
    pub(super) fn new() -> Self {
        Self { texts: vec!["".into()], known: HashMap::new() }
    }

    /// Returns the text of a number.
    pub(super) fn text(&self, number: u32) -> &str {
        &self.texts[number as usize]
    }

    /// Returns the number of a text.
    pub(super) fn number(&mut self, text: &str) -> u32 {
        if text.is_empty() {
            return 0;
        }
        if let Some(&number) = self.known.get(text) {
            return number;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.texts.push(text.into());
        self.known.insert(text.into(), number);
        number
    }
}

/// The columns of a slice, each in one piece and in one of the few types that are read.
pub(super) struct Slice {
    rows: usize,
    columns: Vec<Option<Series>>,
}

impl Slice {
    /// Takes the facts out of a frame, whose columns are those of the file at `columns`.
    pub(super) fn new(name: &str, frame: &DataFrame, columns: &[usize], places: &Places) -> Result<Self> {
        let of_place = |place: usize| -> Result<Series> {
            let found = columns.iter().position(|&column| column == place);
            let column = found.and_then(|at| frame.columns().get(at));
            let series = column.map(|column| column.as_materialized_series().rechunk());
            let series = series.ok_or_else(|| damaged(name, "a column was not decoded"))?;
            let to = match series.dtype() {
                DataType::Float32 => DataType::Float64,
                DataType::Datetime(..) | DataType::Date => DataType::Int64,
                // Whole numbers and decimals are exact as text.
                dtype if dtype.is_integer() || dtype.is_decimal() || *dtype == DataType::Null => DataType::String,
                _ => return Ok(series),
            };
            let factor = per_day(series.dtype());
            let cast = series.cast(&to).map_err(|error| damaged(name, &error.to_string()))?;
            Ok(match (factor, cast.i64()) {
                (Some(per_day), Ok(instants)) => days(instants, per_day),
                _ => cast,
            })
        };
        let mut found = vec![None; FACTS];
        for fact in Fact::all() {
            if let Some(place) = places.of(fact) {
                found[fact as usize] = Some(of_place(place)?);
            }
        }
        Ok(Self { rows: frame.height(), columns: found })
    }

    /// Returns the number of rows.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the text of a fact; `None` when the file lacks it or has no text there.
    pub(super) fn text(&self, fact: Fact) -> Option<&StringChunked> {
        self.columns[fact as usize].as_ref()?.str().ok()
    }

    /// Returns the numbers of the texts of a fact, row by row.
    pub(super) fn numbered(&self, fact: Fact, texts: &mut Texts) -> Vec<u32> {
        let Some(column) = self.text(fact) else { return vec![0; self.rows] };
        let mut last: (&str, u32) = ("", 0);
        column
            .iter()
            .map(|text| {
                let text = text.unwrap_or("");
                if text != last.0 {
                    last = (text, texts.number(text));
                }
                last.1
            })
            .collect()
    }

    /// Returns the amounts of a fact.
    pub(super) fn amounts(&self, fact: Fact) -> Amounts<'_> {
        match self.columns[fact as usize].as_ref() {
            None => Amounts::Absent,
            Some(column) => match (column.f64(), column.str()) {
                (Ok(doubles), _) => Amounts::Doubles(doubles),
                (_, Ok(texts)) => Amounts::Texts(texts),
                _ => Amounts::Wrong(column.dtype()),
            },
        }
    }

    /// Returns the billing month of each row: what the row says, else what the path said.
    pub(super) fn months(&self, name: &str, hint: Option<Month>) -> Result<Vec<Month>> {
        let missing = || damaged(name, "a row has no billing period, and its path names no month");
        let unread = |text: &str| damaged(name, &format!("\"{text}\" is no billing period"));
        let Some(column) = &self.columns[Fact::Period as usize] else {
            return hint.map(|month| vec![month; self.rows]).ok_or_else(missing);
        };
        if let Ok(days) = column.i64() {
            let mut last: Option<(i64, Month)> = None;
            return days
                .iter()
                .map(|day| {
                    let Some(day) = day else { return hint.ok_or_else(missing) };
                    if let Some((known, month)) = last
                        && known == day
                    {
                        return Ok(month);
                    }
                    let month = i32::try_from(day).ok().and_then(Month::from_date32);
                    let month = month.ok_or_else(|| unread(&day.to_string()))?;
                    last = Some((day, month));
                    Ok(month)
                })
                .collect();
        }
        let texts = column.str().map_err(|_| damaged(name, "its billing period is neither instant nor text"))?;
        let mut last: Option<(&str, Month)> = None;
        texts
            .iter()
            .map(|text| match text.filter(|text| !text.is_empty()) {
                None => hint.ok_or_else(missing),
                Some(text) => match last {
                    Some((known, month)) if known == text => Ok(month),
                    _ => {
                        let month = month_of(text).ok_or_else(|| unread(text))?;
                        last = Some((text, month));
                        Ok(month)
                    }
                },
            })
            .collect()
    }
}

/// Returns how many of the type's ticks make a day; `None` when it is no instant.
fn per_day(dtype: &DataType) -> Option<i64> {
    const SECONDS: i64 = 86_400;
    match dtype {
        DataType::Date => Some(1),
        DataType::Datetime(TimeUnit::Milliseconds, _) => Some(SECONDS * 1_000),
        DataType::Datetime(TimeUnit::Microseconds, _) => Some(SECONDS * 1_000_000),
        DataType::Datetime(TimeUnit::Nanoseconds, _) => Some(SECONDS * 1_000_000_000),
        _ => None,
    }
}

/// Returns the days since 1970-01-01 of instants.
fn days(instants: &Int64Chunked, per_day: i64) -> Series {
    let days = instants.iter().map(|instant| instant.map(|instant| instant.div_euclid(per_day)));
    days.collect()
}

/// Returns the month in UTC of an instant as the text exports spell it; without a zone it is UTC.
fn month_of(text: &str) -> Option<Month> {
    let text = text.trim().replacen(' ', "T", 1);
    let with_zone =
        DateTime::parse_from_rfc3339(&text).or_else(|_| DateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f%z"));
    let instant = match with_zone {
        Ok(instant) => instant.naive_utc(),
        Err(_) => NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f")
            .ok()
            .or_else(|| NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))?,
    };
    Month::new(instant.year(), instant.month())
}

/// The amounts of a column.
#[derive(Clone, Copy)]
pub(super) enum Amounts<'s> {
    /// The file has no such column.
    Absent,
    /// As Parquet has them.
    Doubles(&'s Float64Chunked),
    /// As text exports have them.
    Texts(&'s StringChunked),
    /// Neither.
    Wrong(&'s DataType),
}

impl Amounts<'_> {
    /// Returns the amount of a row, `None` where there is none; what is there and no amount is given back as text.
    pub(super) fn at(&self, row: usize, speller: &mut Speller) -> Result<Option<Amount>, String> {
        match self {
            Self::Absent => Ok(None),
            Self::Doubles(doubles) => match doubles.get(row) {
                None => Ok(None),
                Some(value) => speller.double(value).map(Some).ok_or_else(|| value.to_string()),
            },
            Self::Texts(texts) => match texts.get(row).filter(|text| !text.trim().is_empty()) {
                None => Ok(None),
                Some(text) => of_text(text).map(Some).ok_or_else(|| text.to_owned()),
            },
            Self::Wrong(dtype) => Err(dtype.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_those_of_utc() {
        for (text, month) in [
            ("2017-08-01T00:00:00Z", Some("2017-08")),
            ("2023-11-01T00:00:00.000Z", Some("2023-11")),
            ("2025-01-01 00:00:00+00:00", Some("2025-01")),
            ("2025-01-01 00:00:00", Some("2025-01")),
            ("2025-01-01T00:00:00+0900", Some("2024-12")),
            ("2025-01-01", Some("2025-01")),
            ("2025-13-01T00:00:00Z", None),
            ("yesterday", None),
        ] {
            assert_eq!(month_of(text).map(|month| month.to_string()).as_deref(), month, "{text}");
        }
    }

    #[test]
    fn texts_keep_their_numbers() {
        let mut texts = Texts::new();
        let numbers = ["a", "", "b", "a"].map(|text| texts.number(text));
        assert_eq!(numbers, [1, 0, 2, 1]);
        assert_eq!((texts.text(2), texts.text(0)), ("b", ""));
    }
}
