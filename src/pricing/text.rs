//! Reading and writing the text of the cache: CSV with a fixed header, dates, decimals, and shared short strings.

use std::{
    collections::BTreeSet,
    io::Read,
    str::FromStr,
    sync::{Mutex, PoisonError},
};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::error::{Error, Result};

/// A CSV file read record by record, with its name and line for error messages.
pub(super) struct Reader<R> {
    name: String,
    inner: csv::Reader<R>,
    headers: Vec<String>,
    record: csv::StringRecord,
}

impl<R: Read> Reader<R> {
    /// Opens the text and reads its header.
    pub(super) fn new(name: &str, text: R) -> Result<Self> {
        let mut inner = csv::Reader::from_reader(text);
        let headers = inner.headers().map_err(|error| broken(name, &error))?.iter().map(str::to_owned).collect();
        Ok(Self { name: name.to_owned(), inner, headers, record: csv::StringRecord::new() })
    }

    /// Returns the column names.
    pub(super) fn headers(&self) -> &[String] {
        &self.headers
    }

    /// Returns the positions of the columns.
    pub(super) fn columns<const N: usize>(&self, names: [&str; N]) -> Result<[usize; N]> {
        let mut found = [0; N];
        for (place, name) in found.iter_mut().zip(names) {
            *place = self
                .headers
                .iter()
                .position(|header| header == name)
                .ok_or_else(|| Error::incomplete(format!("{} has no column \"{name}\"", self.name)))?;
        }
        Ok(found)
    }

    /// Moves to the next record; `false` at the end.
    pub(super) fn advance(&mut self) -> Result<bool> {
        self.inner.read_record(&mut self.record).map_err(|error| broken(&self.name, &error))
    }

    /// Returns a field of the current record.
    pub(super) fn field(&self, column: usize) -> &str {
        self.record.get(column).unwrap_or("")
    }

    /// Returns a field as a number, date or word of a closed list; empty is an error.
    pub(super) fn parsed<T: FromStr>(&self, column: usize) -> Result<T> {
        self.field(column).parse().map_err(|_| self.wrong(column))
    }

    /// Returns a field like [`Reader::parsed`], `None` when it is empty.
    pub(super) fn optional<T: FromStr>(&self, column: usize) -> Result<Option<T>> {
        if self.field(column).is_empty() { Ok(None) } else { self.parsed(column).map(Some) }
    }

    /// Returns a field that is 0 or 1.
    pub(super) fn flag(&self, column: usize) -> Result<bool> {
        match self.field(column) {
            "0" => Ok(false),
            "1" => Ok(true),
            _ => Err(self.wrong(column)),
        }
    }

    /// Builds the error about a field of the current record.
    pub(super) fn wrong(&self, column: usize) -> Error {
        let header = self.headers.get(column).map_or("", String::as_str);
        self.fault(&format!("\"{}\" is not a valid {header}", self.field(column)))
    }

    /// Builds an error about the current record.
    pub(super) fn fault(&self, what: &str) -> Error {
        let line = self.record.position().map_or(0, csv::Position::line);
        Error::incomplete(format!("{} line {line}: {what}", self.name))
    }
}

fn broken(name: &str, error: &csv::Error) -> Error {
    Error::incomplete(format!("cannot read {name}: {error}"))
}

/// Writes records as CSV with `\n` line ends.
pub(super) struct Writer {
    inner: csv::Writer<Vec<u8>>,
}

impl Writer {
    /// Starts with the header.
    pub(super) fn new<I: IntoIterator<Item = T>, T: AsRef<[u8]>>(header: I) -> Result<Self> {
        let inner = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
        let mut writer = Self { inner };
        writer.push(header)?;
        Ok(writer)
    }

    /// Adds a record.
    pub(super) fn push<I: IntoIterator<Item = T>, T: AsRef<[u8]>>(&mut self, record: I) -> Result<()> {
        self.inner.write_record(record).map_err(|error| Error::runtime(format!("cannot write CSV: {error}")))
    }

    /// Returns the text.
    pub(super) fn finish(self) -> Result<Vec<u8>> {
        self.inner.into_inner().map_err(|error| Error::runtime(format!("cannot write CSV: {error}")))
    }
}

/// Decompresses a zstd frame.
pub(super) fn unpacked(name: &str, bytes: &[u8]) -> Result<Vec<u8>> {
    zstd::decode_all(bytes).map_err(|error| Error::incomplete(format!("cannot decompress {name}: {error}")))
}

/// Compresses text; the same text gives the same bytes.
pub(super) fn packed(text: &[u8]) -> Result<Vec<u8>> {
    // Level 19 is the last one whose memory need stays small; the gain beyond it on these files is below 1 %.
    zstd::bulk::compress(text, 19).map_err(|error| Error::runtime(format!("cannot compress: {error}")))
}

/// Writes a decimal without trailing zeros.
pub(super) fn plain(number: Decimal) -> String {
    number.normalize().to_string()
}

/// Writes an optional value, an unknown one as nothing.
pub(super) fn or_empty<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// Parses an amount of money that can be a price: above zero, below a billion, with 18 places at most.
pub(super) fn price(text: &str) -> Option<Decimal> {
    let most = Decimal::from(1_000_000_000);
    text.parse::<Decimal>().ok().filter(|usd| *usd > Decimal::ZERO && *usd < most && usd.normalize().scale() <= 18)
}

/// Parses a date written as 2025-10-31.
pub(super) fn date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| text.len() == 10)
}

/// Returns one shared copy of a short text that recurs in every price: its unit, its source.
pub(super) fn shared(text: &str) -> &'static str {
    static KNOWN: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known.get(text) {
        return found;
    }
    let kept: &'static str = Box::leak(text.into());
    known.insert(kept);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_file_line_and_column() {
        let mut reader = Reader::new("x.csv", "a,b\n1,2\n3,z\n".as_bytes()).unwrap();
        let [a, b] = reader.columns(["a", "b"]).unwrap();
        assert!(reader.advance().unwrap());
        assert_eq!(reader.parsed::<u32>(a).unwrap(), 1);
        assert!(reader.advance().unwrap());
        assert_eq!(reader.parsed::<u32>(b).unwrap_err().to_string(), "x.csv line 3: \"z\" is not a valid b");
        assert!(!reader.advance().unwrap());
        assert_eq!(reader.columns(["c"]).unwrap_err().to_string(), "x.csv has no column \"c\"");
    }

    #[test]
    fn ragged_records_are_refused() {
        let mut reader = Reader::new("x.csv", "a,b\n1\n".as_bytes()).unwrap();
        assert!(reader.advance().unwrap_err().to_string().starts_with("cannot read x.csv"));
    }

    #[test]
    fn shared_texts_are_kept_once() {
        assert!(std::ptr::eq(shared("Hrs"), shared(&String::from("Hrs"))));
    }

    #[test]
    fn dates_are_strict() {
        assert_eq!(date("2025-10-31"), NaiveDate::from_ymd_opt(2025, 10, 31));
        for wrong in ["2025-13-01", "2025-1-1", "", "31.10.2025"] {
            assert_eq!(date(wrong), None, "{wrong}");
        }
    }
}
