//! CSV files: unpacked as a stream, cut into pieces between two records, and parsed by polars piece by piece.

use std::{io::Read, sync::Arc};

use flate2::read::{DeflateDecoder, MultiGzDecoder};
use polars::prelude::{CsvParseOptions, CsvReadOptions, DataFrame, DataType, PlSmallStr, Schema, SerReader};

use super::{columns::Places, fetch, formula::Ledger, totals::Totals};
use crate::{
    error::{Error, Result},
    source::DataFile,
    units::Month,
};

/// Bytes of unpacked text that are parsed at a time: some 10,000 line items.
const PIECE: usize = 8 * 1024 * 1024;

/// No record is longer.
const LONGEST: usize = 64 * 1024 * 1024;

/// Sums the file up; `magic` are its first bytes.
pub(super) fn read(file: &DataFile, month: Option<Month>, mut bytes: fetch::Reader, magic: &[u8]) -> Result<Totals> {
    if magic.starts_with(b"\x1f\x8b") {
        return sum(&file.name, month, MultiGzDecoder::new(bytes), PIECE);
    }
    if !magic.starts_with(b"PK") {
        return sum(&file.name, month, bytes, PIECE);
    }
    match begin_of_zip(&file.name, &mut bytes)? {
        Zipped::Deflated => sum(&file.name, month, DeflateDecoder::new(bytes), PIECE),
        Zipped::Stored(size) => sum(&file.name, month, bytes.take(size), PIECE),
    }
}

/// How the one file of an archive is packed.
#[derive(Debug, PartialEq, Eq)]
enum Zipped {
    Deflated,
    Stored(u64),
}

/// Reads up to the first byte of the first file in a zip archive; AWS packs one into each.
fn begin_of_zip(name: &str, bytes: &mut impl Read) -> Result<Zipped> {
    let cut = |error| fetch::read_error(name, error);
    loop {
        let mut header = [0; 30];
        bytes.read_exact(&mut header).map_err(cut)?;
        let u16_at = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
        let u32_at = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        if !header.starts_with(b"PK\x03\x04") {
            return Err(fetch::damaged(name, "its zip archive holds no file"));
        }
        let mut entry = vec![0; usize::from(u16_at(26))];
        bytes.read_exact(&mut entry).map_err(cut)?;
        let mut extra = vec![0; usize::from(u16_at(28))];
        bytes.read_exact(&mut extra).map_err(cut)?;
        let size_follows = u16_at(6) & 8 != 0;
        match u16_at(8) {
            0 if entry.ends_with(b"/") => {}
            8 => return Ok(Zipped::Deflated),
            0 if !size_follows && u32_at(18) != u32::MAX => return Ok(Zipped::Stored(u64::from(u32_at(18)))),
            other => {
                return Err(Error::usage(format!("{name}: the second engine does not unpack method {other} of zip"))
                    .hint("unpack it and name the folder"));
            }
        }
    }
}

/// Sums up unpacked text, `piece` bytes at a time.
pub(super) fn sum(name: &str, month: Option<Month>, mut text: impl Read, piece: usize) -> Result<Totals> {
    let mut pieces = Pieces::default();
    let mut table: Option<(Table, Ledger)> = None;
    loop {
        let ended = pieces.fill(&mut text, piece).map_err(|error| fetch::read_error(name, error))?;
        if table.is_none()
            && let Some(header) = pieces.take_record(ended)
        {
            let names = header_names(name, &header)?;
            let places = Places::find(&names);
            let places = places.map_err(|column| fetch::damaged(name, &format!("it has no column {column}")))?;
            let table_of_file = Table::new(names.len(), places.columns());
            table = Some((table_of_file, Ledger::new(name, month, places)));
        }
        let whole = pieces.take_whole(ended);
        if let Some((table, ledger)) = &mut table
            && !whole.is_empty()
        {
            ledger.add(&table.parse(name, whole)?, &table.columns)?;
        }
        if ended {
            break;
        }
        if pieces.text.len() > LONGEST {
            return Err(fetch::damaged(name, "a record has no end: a quotation mark is not closed"));
        }
    }
    Ok(table.map(|(_, ledger)| ledger.totals()).unwrap_or_default())
}

/// Text that was read and not yet parsed, and where its records end.
#[derive(Debug, Default)]
struct Pieces {
    text: Vec<u8>,
    /// How far it was looked through.
    seen: usize,
    quoted: bool,
    /// Behind each record: its end.
    ends: Vec<usize>,
}

impl Pieces {
    /// Reads about `piece` more bytes; tells whether the text has come to its end.
    fn fill(&mut self, text: &mut impl Read, piece: usize) -> std::io::Result<bool> {
        let wanted = self.text.len() + piece;
        text.by_ref().take(piece as u64).read_to_end(&mut self.text)?;
        if self.seen == 0 && self.text.starts_with(b"\xef\xbb\xbf") {
            self.text.drain(..3);
            return Ok(false);
        }
        for at in self.seen..self.text.len() {
            match self.text[at] {
                b'"' => self.quoted = !self.quoted,
                b'\n' if !self.quoted => self.ends.push(at + 1),
                _ => {}
            }
        }
        self.seen = self.text.len();
        Ok(self.text.len() < wanted)
    }

    /// Takes the first record that is not blank.
    fn take_record(&mut self, ended: bool) -> Option<Vec<u8>> {
        while let Some(&end) = self.ends.first() {
            let record = self.take(end);
            if !is_blank(&record) {
                return Some(record);
            }
        }
        (ended && !self.text.is_empty()).then(|| self.take(self.text.len()))
    }

    /// Takes all whole records, and at the end what is left; blank lines are no records.
    fn take_whole(&mut self, ended: bool) -> Vec<u8> {
        let end = if ended { self.text.len() } else { self.ends.last().copied().unwrap_or(0) };
        let ends: Vec<usize> = self.ends.clone();
        let whole = self.take(end);
        let mut start = 0;
        let mut blank = Vec::new();
        for &end in &ends {
            if is_blank(&whole[start..end]) {
                blank.push(start..end);
            }
            start = end;
        }
        let mut kept = whole;
        for range in blank.into_iter().rev() {
            kept.drain(range);
        }
        kept
    }

    fn take(&mut self, end: usize) -> Vec<u8> {
        let rest = self.text.split_off(end);
        let taken = std::mem::replace(&mut self.text, rest);
        self.seen -= end;
        self.ends.retain(|known| *known > end);
        for known in &mut self.ends {
            *known -= end;
        }
        taken
    }
}

fn is_blank(record: &[u8]) -> bool {
    matches!(record, b"\n" | b"\r\n")
}

/// Returns the names of the header line, which polars parses like any record.
fn header_names(name: &str, header: &[u8]) -> Result<Vec<String>> {
    let options = text_only().with_infer_schema_length(Some(0));
    let frame = parse(name, header.to_vec(), options)?;
    let names = frame.columns().iter().map(|column| {
        let value = column.as_materialized_series().str_value(0);
        value.map(std::borrow::Cow::into_owned).map_err(|error| fetch::damaged(name, &error.to_string()))
    });
    names.collect()
}

fn text_only() -> CsvReadOptions {
    CsvReadOptions::default()
        .with_has_header(false)
        .with_raise_if_empty(false)
        .with_n_threads(Some(1))
        .with_parse_options(CsvParseOptions::default().with_quote_char(Some(b'"')))
}

fn parse(name: &str, text: Vec<u8>, options: CsvReadOptions) -> Result<DataFrame> {
    let reader = options.into_reader_with_file_handle(std::io::Cursor::new(text));
    reader.finish().map_err(|error| fetch::damaged(name, &error.to_string()))
}

/// The columns of a file: all of them are text, some are wanted.
struct Table {
    schema: Arc<Schema>,
    columns: Vec<usize>,
}

impl Table {
    fn new(width: usize, columns: Vec<usize>) -> Self {
        let fields = (0..width).map(|index| (PlSmallStr::from_string(index.to_string()), DataType::String));
        Self { schema: Arc::new(fields.collect()), columns }
    }

    fn parse(&self, name: &str, text: Vec<u8>) -> Result<DataFrame> {
        let options = text_only()
            .with_schema(Some(Arc::clone(&self.schema)))
            .with_projection(Some(Arc::new(self.columns.clone())));
        parse(name, text, options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_end_where_records_do() {
        let text = b"a,b\n\n\"x\n\"\"y\",2\r\n\r\n3,4\n5,6";
        for piece in [1, 2, 3, 7, 100] {
            let (mut pieces, mut source, mut all) = (Pieces::default(), text.as_slice(), Vec::new());
            loop {
                let ended = pieces.fill(&mut source, piece).unwrap();
                let whole = pieces.take_whole(ended);
                assert!(ended || whole.is_empty() || whole.ends_with(b"\n"), "{piece}");
                all.extend(whole);
                if ended {
                    break;
                }
            }
            assert_eq!(String::from_utf8(all).unwrap(), "a,b\n\"x\n\"\"y\",2\r\n3,4\n5,6", "{piece}");
        }
    }

    #[test]
    fn fields_are_those_of_the_record() {
        let text = b"a,b,c\n\"x, \"\"y\"\"\n\",,\xc3\xa9\r\n,\"\",3\n".to_vec();
        let mut pieces = Pieces { text, ..Pieces::default() };
        pieces.fill(&mut std::io::empty(), 1).unwrap();
        let header = pieces.take_record(true).unwrap();
        assert_eq!(header_names("f", &header).unwrap(), ["a", "b", "c"]);
        let frame = Table::new(3, vec![0, 2]).parse("f", pieces.take_whole(true)).unwrap();
        assert_eq!(frame.shape(), (2, 2));
        let texts = |column: &str| {
            let column = frame.column(column).unwrap().as_materialized_series().clone();
            column.str().unwrap().iter().map(|text| text.unwrap_or("").to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(texts("0"), ["x, \"y\"\n", ""]);
        assert_eq!(texts("2"), ["\u{e9}", "3"]);
    }

    #[test]
    fn the_file_in_a_zip_archive_is_found() {
        let entry = |name: &[u8], method: u8, size: u32| {
            let mut header = b"PK\x03\x04\x14\x00\x00\x00".to_vec();
            header.extend([method, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            header.extend(size.to_le_bytes());
            header.extend(size.to_le_bytes());
            header.extend([u8::try_from(name.len()).unwrap(), 0, 2, 0]);
            header.extend(name);
            header.extend(b"xx");
            header
        };
        let archive = [entry(b"d/", 0, 0), entry(b"d/a.csv", 0, 3), b"1,2".to_vec()].concat();
        let mut bytes = archive.as_slice();
        assert_eq!(begin_of_zip("f", &mut bytes).unwrap(), Zipped::Stored(3));
        assert_eq!(bytes, b"1,2");
        assert_eq!(begin_of_zip("f", &mut entry(b"a.csv", 8, 3).as_slice()).unwrap(), Zipped::Deflated);
        assert!(begin_of_zip("f", &mut entry(b"a.csv", 9, 3).as_slice()).is_err());
        assert!(begin_of_zip("f", &mut b"PK\x05\x06".as_slice()).is_err());
    }
}
