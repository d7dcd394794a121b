//! Checks the columns of a FOCUS file, offers them under the names of CUR, and turns batches over.

use std::collections::BTreeMap;

use arrow::{
    array::{RecordBatch, RecordBatchOptions},
    datatypes::{Field, Schema},
};

use super::{
    columns::{COLUMNS, FocusColumn, Kind, SERVICE},
    derive::{DERIVED, Derived, FocusBatch},
};
use crate::{
    error::{Error, Result},
    normalize::{
        binding::{fits, is_text_map, wanted},
        fields::Shape,
    },
};

/// A FOCUS file seen as a Cost and Usage Report.
#[derive(Debug)]
pub(crate) struct Adapter {
    /// FOCUS columns of the file, by name.
    own: BTreeMap<&'static str, usize>,
    /// CUR columns that they give.
    derived: Vec<&'static Derived>,
    schema: Schema,
    place: String,
}

impl Adapter {
    /// Returns the adapter of a file; `None` when it is no FOCUS export. `place` names file and month in messages.
    ///
    /// # Errors
    /// When a required column is missing, differs in letter case, or a column has a type that cannot mean what its name
    /// says; all of them at once.
    pub(crate) fn of(schema: &Schema, place: &str) -> Result<Option<Self>> {
        let has = |name: &str| schema.column_with_name(name).is_some();
        if !has("BilledCost") || !has("ChargeCategory") {
            return Ok(None);
        }
        let mut wrong = Vec::new();
        let mut own = BTreeMap::new();
        for column in COLUMNS {
            match schema.column_with_name(column.name) {
                Some((index, field)) => {
                    own.insert(column.name, index);
                    wrong.extend(wrong_type(column, field));
                }
                None => wrong.extend(missing(schema, column)),
            }
        }
        if !SERVICE.iter().any(|name| has(name)) {
            wrong.push(format!("one of the columns {} is required, and neither is there", SERVICE.join(" and ")));
        }
        if !wrong.is_empty() {
            return Err(Error::incomplete(format!("{place}: {}", wrong.join("; "))).hint(
                "a FOCUS export must hold its cost, date, account and service columns under the names of the \
                 specification; add them to the export and ask AWS to deliver the month again",
            ));
        }
        let derived: Vec<&'static Derived> =
            DERIVED.iter().filter(|derived| derived.always || derived.of.iter().any(|name| has(name))).collect();
        let fields = derived.iter().map(|derived| Field::new(derived.name, derived.kind.data_type(), true));
        let schema = Schema::new(fields.collect::<Vec<_>>());
        Ok(Some(Self { own, derived, schema, place: place.to_owned() }))
    }

    /// Returns the CUR columns that the file gives.
    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Reads only the columns at `roots` of [`Self::schema`], sorted.
    pub(crate) fn only(&self, roots: &[usize]) -> Projection {
        let derived: Vec<&'static Derived> = roots.iter().map(|&root| self.derived[root]).collect();
        let names = derived.iter().flat_map(|derived| derived.of).filter(|name| self.own.contains_key(*name));
        let mut columns: Vec<(usize, &'static str)> = names.map(|&name| (self.own[name], name)).collect();
        columns.sort_unstable();
        columns.dedup();
        let places = columns.iter().enumerate().map(|(place, &(_, name))| (name, place)).collect();
        let sources = columns.into_iter().map(|(index, _)| index).collect();
        Projection { derived, sources, places, place: self.place.clone() }
    }
}

/// The chosen columns of a FOCUS file.
#[derive(Debug)]
pub(crate) struct Projection {
    derived: Vec<&'static Derived>,
    sources: Vec<usize>,
    places: BTreeMap<&'static str, usize>,
    place: String,
}

impl Projection {
    /// Returns the columns of the file to read, sorted.
    pub(crate) fn sources(&self) -> &[usize] {
        &self.sources
    }

    /// Turns a batch of [`Self::sources`] into one of the chosen CUR columns.
    ///
    /// # Errors
    /// When a cost is empty, or a map is none.
    pub(crate) fn adapt(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        for (name, &place) in &self.places {
            let never_null = super::column(name).is_some_and(|column| column.never_null);
            if never_null && batch.column(place).null_count() > 0 {
                return Err(Error::incomplete(format!(
                    "{}: {name} is empty in a row, and its cost unknown",
                    self.place
                ))
                .hint("copy the file again; if AWS itself delivered it so, deliver the bill as CUR 2.0"));
            }
        }
        let focus = FocusBatch::new(batch, &self.places, &self.place);
        let mut fields = Vec::with_capacity(self.derived.len());
        let mut arrays = Vec::with_capacity(self.derived.len());
        for derived in &self.derived {
            let array = (derived.make)(&focus)?;
            // Under the name of FOCUS, so that messages about a value name the column of the file.
            fields.push(Field::new(derived.of[0], array.data_type().clone(), true));
            arrays.push(array);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        Ok(RecordBatch::try_new_with_options(Schema::new(fields).into(), arrays, &options)?)
    }
}

fn wrong_type(column: &FocusColumn, field: &Field) -> Option<String> {
    let (fits, wanted) = match column.kind {
        Kind::Plain(shape) => (fits(field.data_type(), shape), wanted(shape)),
        Kind::Map => (is_text_map(field.data_type()) || fits(field.data_type(), Shape::Text), "a map of texts"),
    };
    (!fits).then(|| format!("{} is {}, not {wanted}", column.name, field.data_type()))
}

/// Says what is wrong when a column is not there; an optional one may be missing, but not differ in letter case.
fn missing(schema: &Schema, column: &FocusColumn) -> Option<String> {
    let alike = schema.fields().iter().find(|field| field.name().eq_ignore_ascii_case(column.name));
    match (alike, column.required) {
        (Some(alike), true) => {
            Some(format!("required column {} is missing ({} differs in letter case)", column.name, alike.name()))
        }
        (Some(alike), false) => Some(format!("{} differs from {} in letter case", alike.name(), column.name)),
        (None, true) => Some(format!("required column {} is missing", column.name)),
        (None, false) => None,
    }
}
