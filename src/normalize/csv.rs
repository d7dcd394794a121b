//! CSV files of CUR and FOCUS as the typed columns that their Parquet twins have: everything behind this module is the same for both.
//!
//! Amounts are read from their text exactly, never through a double. An empty field is null: AWS writes both null and
//! empty text as nothing.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use arrow::{
    array::{
        ArrayRef, Decimal128Array, MapBuilder, RecordBatch, RecordBatchOptions, StringBuilder, StringDictionaryBuilder,
        TimestampMillisecondArray,
    },
    datatypes::{DataType, Field as ArrowField, Int32Type, Schema, SchemaRef, TimeUnit},
};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use super::{
    fields::{COST_CATEGORIES, Field, SPELLINGS, Shape, Spelling, TAGS, spelling},
    focus, instant,
    line_type::LineType,
    number::scaled_from_text,
    scan::{BATCH_ROWS, ScanCount},
    schema::{amount_type, map_field_names, map_type},
};
use crate::{
    error::{Error, Result},
    source::{CsvHead, Records},
};

/// Distinct JSON texts that are remembered of one column; then the memory is emptied.
const REMEMBERED: usize = 16_384;

/// Returns the columns of a CSV file with the types that their names mean.
pub(crate) fn schema(head: &CsvHead) -> Schema {
    let fields = head.columns.iter().map(|column| ArrowField::new(&column.name, data_type(&column.name), true));
    Schema::new(fields.collect::<Vec<_>>())
}

fn data_type(name: &str) -> DataType {
    if is_map(name) {
        return map_type();
    }
    match meaning(name).map_or(Shape::Text, |(_, shape, _)| shape) {
        Shape::Text => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        Shape::Amount => amount_type(),
        Shape::Instant => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
    }
}

fn is_map(name: &str) -> bool {
    map_name(name).is_some()
}

/// Finds the name of a map column.
fn map_name(name: &str) -> Option<&'static str> {
    let of_cur = [&["product"], TAGS.columns, COST_CATEGORIES.columns].concat().into_iter().find(|own| *own == name);
    of_cur.or_else(|| focus::column(name).filter(|column| column.kind == focus::Kind::Map).map(|column| column.name))
}

/// Finds what the name of a column means: the name itself, its type, and which rows cannot do without an amount.
fn meaning(name: &str) -> Option<(&'static str, Shape, Needed)> {
    for spelling in SPELLINGS {
        if let Some(own) = spelling.columns.iter().find(|own| **own == name) {
            return Some((own, spelling.shape, needed(spelling)));
        }
    }
    let column = focus::column(name)?;
    let needed = if column.required || name.ends_with("Quantity") { Needed::Always } else { Needed::Never };
    match column.kind {
        focus::Kind::Plain(shape) => Some((column.name, shape, needed)),
        focus::Kind::Map => None,
    }
}

/// Reads the chosen columns of a CSV file, batch by batch.
pub(crate) struct CsvBatches {
    records: Records,
    columns: Vec<Reader>,
    /// The fields that hold the line item type.
    charge_type: Vec<usize>,
    schema: SchemaRef,
    place: String,
    count: Arc<ScanCount>,
    not_amounts: BTreeMap<&'static str, u64>,
    begun: bool,
}

impl CsvBatches {
    /// Reads the columns at `roots`; `place` names file and month in messages.
    pub(crate) fn new(
        records: Records,
        head: &CsvHead,
        roots: &[usize],
        place: String,
        count: Arc<ScanCount>,
    ) -> Result<Self> {
        let schema = Arc::new(schema(head).project(roots)?);
        let columns = roots.iter().map(|&root| Reader::new(&head.columns[root].name, &head.columns[root].places));
        let type_names = spelling(Field::ChargeType).columns;
        let charge_type = head.columns.iter().find(|column| type_names.contains(&column.name.as_str()));
        let charge_type = charge_type.map(|column| column.places.clone()).unwrap_or_default();
        Ok(Self {
            records,
            columns: columns.collect(),
            charge_type,
            schema,
            place,
            count,
            not_amounts: BTreeMap::new(),
            begun: false,
        })
    }

    /// Returns the next batch; `None` behind the last record.
    pub(crate) async fn next(&mut self) -> Result<Option<RecordBatch>> {
        if !self.begun {
            self.begun = true;
            // The header line, which was understood when the file was found.
            self.records.advance().await?;
        }
        let mut rows = 0;
        while rows < BATCH_ROWS && self.records.advance().await? {
            for index in 0..self.columns.len() {
                let text = first_present(&self.records, &self.columns[index].places)?;
                if let Err(what) = self.columns[index].push(text) {
                    let text = text.to_owned();
                    self.refused_or_noted(&what, &text)?;
                }
            }
            rows += 1;
        }
        if rows == 0 {
            return Ok(None);
        }
        let arrays = self.columns.iter_mut().map(Reader::finish).collect::<Vec<ArrayRef>>();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(Some(RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)?))
    }

    /// Lets a value pass that is no amount where nothing needs it; what is needed must be a number.
    fn refused_or_noted(&mut self, what: &NotRead, text: &str) -> Result<()> {
        let needed = match what.needed {
            Needed::Always => true,
            Needed::By(line_type) => LineType::parse(first_present(&self.records, &self.charge_type)?) == line_type,
            Needed::Never => false,
        };
        if !needed {
            let found = self.not_amounts.entry(what.column).or_insert(0);
            *found += 1;
            self.count.not_amounts(&self.place, what.column, *found, text);
            return Ok(());
        }
        Err(Error::incomplete(format!(
            "{}: {} says \"{text}\" in record {}, which is no {}",
            self.place,
            what.column,
            self.records.number(),
            what.kind
        ))
        .hint("copy the file again; if AWS itself delivered it so, deliver the report as Parquet"))
    }
}

/// Returns the first field that is not empty.
fn first_present<'r>(records: &'r Records, places: &[usize]) -> Result<&'r str> {
    for &place in places {
        let text = records.field(place)?;
        if !text.is_empty() {
            return Ok(text);
        }
    }
    Ok("")
}

/// A value that is not what its column says.
struct NotRead {
    column: &'static str,
    kind: &'static str,
    needed: Needed,
}

/// Which rows cannot do without an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needed {
    Always,
    By(LineType),
    Never,
}

/// Tells where the amortised formula needs the amount, and an unknown one would count as 0.
fn needed(spelling: &Spelling) -> Needed {
    match spelling.field {
        _ if spelling.required => Needed::Always,
        Field::RiEffective => Needed::By(LineType::DiscountedUsage),
        Field::RiUnusedUpfront | Field::RiUnusedRecurring => Needed::By(LineType::RiFee),
        Field::SpEffective => Needed::By(LineType::SavingsPlanCoveredUsage),
        Field::SpCommitment | Field::SpUsed => Needed::By(LineType::SavingsPlanRecurringFee),
        _ => Needed::Never,
    }
}

/// Builds one column.
struct Reader {
    places: Vec<usize>,
    cells: Cells,
}

enum Cells {
    Text(StringDictionaryBuilder<Int32Type>),
    Amount {
        needed: Needed,
        column: &'static str,
        values: Vec<Option<i128>>,
    },
    Instant {
        column: &'static str,
        values: Vec<Option<i64>>,
        last: (String, i64),
    },
    Map {
        column: &'static str,
        builder: Box<MapBuilder<StringBuilder, StringBuilder>>,
        known: HashMap<Box<str>, Pairs>,
    },
}

impl Reader {
    fn new(name: &str, places: &[usize]) -> Self {
        let cells = match (map_name(name), meaning(name)) {
            (Some(column), _) => Cells::Map { column, builder: Box::new(map_builder()), known: HashMap::new() },
            (None, Some((column, Shape::Amount, needed))) => Cells::Amount { needed, column, values: Vec::new() },
            (None, Some((column, Shape::Instant, _))) => {
                Cells::Instant { column, values: Vec::new(), last: (String::new(), 0) }
            }
            _ => Cells::Text(StringDictionaryBuilder::new()),
        };
        Self { places: places.to_vec(), cells }
    }

    /// Adds a field; nothing is null. A value that cannot be read becomes null and is given back.
    fn push(&mut self, text: &str) -> Result<(), NotRead> {
        match &mut self.cells {
            Cells::Text(builder) => {
                if text.is_empty() {
                    builder.append_null();
                } else {
                    builder.append_value(text);
                }
                Ok(())
            }
            Cells::Amount { needed, column, values } => {
                let value = scaled_from_text(text);
                values.push(value);
                if value.is_some() || text.trim().is_empty() {
                    return Ok(());
                }
                Err(NotRead { column, kind: "amount", needed: *needed })
            }
            Cells::Instant { column, values, last } => {
                if text.is_empty() {
                    values.push(None);
                    return Ok(());
                }
                if last.0 != text {
                    let Some(value) = instant::millis(text) else {
                        return Err(NotRead { column, kind: "instant", needed: Needed::Always });
                    };
                    *last = (text.to_owned(), value);
                }
                values.push(Some(last.1));
                Ok(())
            }
            Cells::Map { column, builder, known } => {
                let read = push_map(builder, known, text);
                read.map_err(|()| NotRead { column, kind: "JSON object", needed: Needed::Always })
            }
        }
    }

    /// Returns the array of the fields added so far, and begins anew.
    fn finish(&mut self) -> ArrayRef {
        match &mut self.cells {
            Cells::Text(builder) => Arc::new(builder.finish()),
            Cells::Amount { values, .. } => {
                Arc::new(std::mem::take(values).into_iter().collect::<Decimal128Array>().with_data_type(amount_type()))
            }
            Cells::Instant { values, .. } => {
                Arc::new(TimestampMillisecondArray::from(std::mem::take(values)).with_timezone("UTC"))
            }
            Cells::Map { builder, .. } => Arc::new(builder.finish()),
        }
    }
}

fn map_builder() -> MapBuilder<StringBuilder, StringBuilder> {
    MapBuilder::new(Some(map_field_names()), StringBuilder::new(), StringBuilder::new())
}

/// Reads JSON objects as maps, an empty text as an empty one.
///
/// # Errors
/// With the first text that is no JSON object.
pub(super) fn maps<'t>(texts: impl Iterator<Item = &'t str>) -> Result<ArrayRef, String> {
    let (mut builder, mut known) = (map_builder(), HashMap::new());
    for text in texts {
        push_map(&mut builder, &mut known, text).map_err(|()| text.to_owned())?;
    }
    Ok(Arc::new(builder.finish()))
}

/// Adds the entries of a JSON object; each distinct text is parsed once.
fn push_map(
    builder: &mut MapBuilder<StringBuilder, StringBuilder>,
    known: &mut HashMap<Box<str>, Pairs>,
    text: &str,
) -> Result<(), ()> {
    if !text.trim().is_empty() {
        if !known.contains_key(text) {
            let pairs: Pairs = serde_json::from_str(text).map_err(|_| ())?;
            if known.len() >= REMEMBERED {
                known.clear();
            }
            known.insert(text.into(), pairs);
        }
        for (key, value) in known.get(text).iter().flat_map(|pairs| &pairs.0) {
            builder.keys().append_value(key);
            builder.values().append_option(value.as_deref());
        }
    }
    builder.append(true).map_err(|_| ())
}

/// The entries of a JSON object in their order; what is no text is written as JSON writes it, null is null.
#[derive(Debug, PartialEq, Eq)]
struct Pairs(Vec<(String, Option<String>)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Pairs;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, serde_json::Value>()? {
                    let value = match value {
                        serde_json::Value::Null => None,
                        serde_json::Value::String(text) => Some(text),
                        other => Some(other.to_string()),
                    };
                    pairs.push((key, value));
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
#[path = "csv_tests.rs"]
mod tests;
