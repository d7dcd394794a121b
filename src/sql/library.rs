//! Named queries: files of SQL whose header says what they answer, what they take, and what each column is.
//!
//! The header is read strictly, so that what `query list` and `query show` say is what the file says.

use std::{collections::BTreeMap, fmt, path::Path};

use arrow::datatypes::DataType;
use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;

use crate::{
    error::{Error, Result},
    units::Month,
};

/// A named query.
#[derive(Debug, Clone)]
pub struct Query {
    /// Name by which it is run.
    pub name: String,
    /// The file as it is, header and all.
    pub text: String,
    /// What the header says.
    pub header: Header,
}

/// What the header of a query says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// The question it answers.
    pub purpose: String,
    /// What a row is.
    pub grain: String,
    /// Tables it reads.
    pub inputs: Vec<String>,
    /// What it takes.
    pub parameters: Vec<Parameter>,
    /// What it returns, in order.
    pub columns: Vec<Column>,
}

/// A parameter of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Name without the `$`.
    pub name: String,
    /// What is read from its text.
    pub kind: Kind,
    /// Text that stands for it when none is given.
    pub default: Option<String>,
    /// What it means.
    pub meaning: String,
}

/// A column of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Word of its type.
    pub kind: String,
    /// What it means, with its unit.
    pub meaning: String,
}

/// What a parameter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A billing month, bound as its first day.
    Month,
    /// A day.
    Date,
    /// Text.
    Text,
    /// An exact number.
    Number,
    /// A whole number.
    Count,
}

/// The words of the types of columns.
const COLUMN_KINDS: [&str; 9] =
    ["date", "timestamp", "text", "decimal", "bigint", "integer", "double", "boolean", "map"];

/// A value for a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// Text.
    Text(String),
    /// A day.
    Day(NaiveDate),
    /// An exact number.
    Number(Decimal),
    /// A whole number.
    Count(u64),
}

/// The months that defaults speak of.
#[derive(Debug, Clone, Copy)]
pub struct Months {
    /// The first one of the bill.
    pub first: Month,
    /// The last complete one.
    pub last: Month,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Month, Self::Date, Self::Text, Self::Number, Self::Count];

    /// Returns its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Date => "date",
            Self::Text => "text",
            Self::Number => "number",
            Self::Count => "count",
        }
    }

    fn read(self, text: &str, months: Option<Months>) -> Option<Bound> {
        let day = |month: Month| Bound::Day(month.first_day());
        Some(match self {
            Self::Text => Bound::Text(text.to_owned()),
            Self::Number => Bound::Number(text.parse().ok()?),
            Self::Count => Bound::Count(text.parse().ok()?),
            Self::Date => Bound::Day(text.parse().ok()?),
            Self::Month => match text {
                "last" => day(months?.last),
                "before" => day(before(months?.last)?),
                "first" => day(months?.first),
                other => match other.parse::<Month>() {
                    Ok(month) => day(month),
                    Err(_) => Bound::Day(other.parse::<NaiveDate>().ok().filter(|day| day.day() == 1)?),
                },
            },
        })
    }

    fn example(self) -> &'static str {
        match self {
            Self::Month => "2024-01, or last, before, first",
            Self::Date => "2024-01-31",
            Self::Text => "text",
            Self::Number => "0.25",
            Self::Count => "20",
        }
    }
}

fn before(month: Month) -> Option<Month> {
    month.first_day().pred_opt()?.format("%Y-%m").to_string().parse().ok()
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Column {
    /// Tells whether the word of its type names this Arrow type.
    pub fn fits(&self, data_type: &DataType) -> bool {
        match self.kind.as_str() {
            "date" => matches!(data_type, DataType::Date32),
            "timestamp" => matches!(data_type, DataType::Timestamp(..)),
            "text" => matches!(data_type, DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8),
            "decimal" => matches!(data_type, DataType::Decimal128(..) | DataType::Decimal256(..)),
            "bigint" => matches!(data_type, DataType::Int64 | DataType::UInt64),
            "integer" => matches!(data_type, DataType::Int32),
            "double" => matches!(data_type, DataType::Float64),
            "boolean" => matches!(data_type, DataType::Boolean),
            _ => matches!(data_type, DataType::Map(..)),
        }
    }
}

impl Query {
    /// Reads a file.
    ///
    /// # Errors
    /// When its header is not as `queries/README.md` says.
    pub fn parse(name: &str, text: &str) -> Result<Self> {
        let header = Header::parse(text).map_err(|wrong| {
            Error::usage(format!("the header of the query {name}: {wrong}"))
                .hint("a header has the lines purpose, grain, inputs, parameters and columns: see queries/README.md")
        })?;
        Ok(Self { name: name.to_owned(), text: text.to_owned(), header })
    }

    /// Tells whether a default speaks of the months of the bill.
    pub fn asks_months(&self, given: &BTreeMap<String, String>) -> bool {
        let is_word = |text: &str| matches!(text, "last" | "before" | "first");
        self.header.parameters.iter().filter(|parameter| parameter.kind == Kind::Month).any(|parameter| {
            given.get(&parameter.name).or(parameter.default.as_ref()).is_some_and(|text| is_word(text))
        })
    }

    /// Reads the values of the parameters.
    ///
    /// # Errors
    /// When one is missing, unknown, or not what its kind says.
    pub fn bind(&self, given: &BTreeMap<String, String>, months: Option<Months>) -> Result<BTreeMap<String, Bound>> {
        let known: Vec<&str> = self.header.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
        if let Some(unknown) = given.keys().find(|name| !known.contains(&name.as_str())) {
            let error = Error::usage(format!("the query {} has no parameter {unknown}", self.name));
            return Err(if known.is_empty() {
                error.hint("it takes none")
            } else {
                error.hint(format!("it takes {}", known.join(", ")))
            });
        }
        let mut bound = BTreeMap::new();
        for parameter in &self.header.parameters {
            let Parameter { name, kind, default, meaning } = parameter;
            let Some(text) = given.get(name).or(default.as_ref()) else {
                return Err(Error::usage(format!("the query {} needs the parameter {name}: {meaning}", self.name))
                    .hint(format!("--param {name}=VALUE")));
            };
            let value = kind.read(text, months).ok_or_else(|| {
                Error::usage(format!("the parameter {name} of the query {} is a {kind}, not \"{text}\"", self.name))
                    .hint(format!("write it as {}", kind.example()))
            })?;
            bound.insert(name.clone(), value);
        }
        Ok(bound)
    }
}

impl Header {
    /// Reads the comment lines at the begin of a file.
    fn parse(text: &str) -> Result<Self, String> {
        let mut header = Self::default();
        let mut block = "";
        for line in text.lines().map_while(|line| line.strip_prefix("--")) {
            match line.strip_prefix("   ") {
                Some(item) => header.item(block, item)?,
                None => block = header.field(line.trim())?,
            }
        }
        let missing = [
            ("purpose", header.purpose.is_empty()),
            ("grain", header.grain.is_empty()),
            ("inputs", header.inputs.is_empty()),
            ("columns", header.columns.is_empty()),
        ];
        match missing.iter().find(|(_, missing)| *missing) {
            Some((name, _)) => Err(format!("the line \"-- {name}:\" is missing")),
            None => Ok(header),
        }
    }

    /// Reads a line that begins a field; returns the name of the block that it opens.
    fn field(&mut self, line: &str) -> Result<&'static str, String> {
        let (name, value) = line.split_once(':').ok_or_else(|| format!("\"{line}\" is no \"name: value\""))?;
        let value = value.trim();
        Ok(match name {
            "purpose" => {
                value.clone_into(&mut self.purpose);
                "purpose"
            }
            "grain" => {
                value.clone_into(&mut self.grain);
                "grain"
            }
            "inputs" => {
                self.inputs = value.split(',').map(|input| input.trim().to_owned()).collect();
                "inputs"
            }
            "parameters" => "parameters",
            "columns" => "columns",
            other => return Err(format!("\"{other}\" is unknown")),
        })
    }

    fn item(&mut self, block: &str, line: &str) -> Result<(), String> {
        let goes_on = line.starts_with(' ');
        let line = line.trim();
        match block {
            "parameters" => match self.parameters.last_mut().filter(|_| goes_on) {
                Some(parameter) => append(&mut parameter.meaning, line),
                None => self.parameters.push(parameter(line)?),
            },
            "columns" => match self.columns.last_mut().filter(|_| goes_on) {
                Some(column) => append(&mut column.meaning, line),
                None => self.columns.push(column(line)?),
            },
            "purpose" => append(&mut self.purpose, line),
            "grain" => append(&mut self.grain, line),
            _ => return Err(format!("\"{line}\" belongs to nothing")),
        }
        Ok(())
    }
}

fn append(text: &mut String, more: &str) {
    text.push(' ');
    text.push_str(more);
}

/// Reads "$month  month = last  the billing month".
fn parameter(line: &str) -> Result<Parameter, String> {
    let wrong = || format!("\"{line}\" is no \"$name  type = default  meaning\"");
    let (name, rest) = line.strip_prefix('$').and_then(|line| line.split_once(' ')).ok_or_else(wrong)?;
    let (what, meaning) = rest.trim_start().split_once("  ").ok_or_else(wrong)?;
    let (kind, default) = match what.split_once('=') {
        Some((kind, default)) => (kind.trim(), Some(default.trim().to_owned())),
        None => (what.trim(), None),
    };
    let kind = Kind::ALL.into_iter().find(|known| known.as_str() == kind).ok_or_else(wrong)?;
    Ok(Parameter { name: name.to_owned(), kind, default, meaning: meaning.trim().to_owned() })
}

/// Reads "month  date, first day of the billing month".
fn column(line: &str) -> Result<Column, String> {
    let wrong = || format!("\"{line}\" is no \"name  type, meaning\"");
    let (name, rest) = line.split_once("  ").ok_or_else(wrong)?;
    let (kind, meaning) = rest.trim_start().split_once(',').ok_or_else(wrong)?;
    if !COLUMN_KINDS.contains(&kind) {
        return Err(format!("{kind} is none of {}", COLUMN_KINDS.join(", ")));
    }
    Ok(Column { name: name.to_owned(), kind: kind.to_owned(), meaning: meaning.trim().to_owned() })
}

/// The queries there are, by name; those of the user hide ours of the same name.
#[derive(Debug, Clone, Default)]
pub struct Library {
    queries: BTreeMap<String, Query>,
}

/// Folder of the queries that are run by their bare name.
const EXPLORE: &str = "explore/";

impl Library {
    /// Opens the queries that the binary carries.
    ///
    /// # Errors
    /// When a header is not as it should be.
    pub fn embedded(files: &[(&str, &str)]) -> Result<Self> {
        let mut library = Self::default();
        for (path, text) in files {
            library.add(Query::parse(path.strip_prefix(EXPLORE).unwrap_or(path), text)?);
        }
        Ok(library)
    }

    fn add(&mut self, query: Query) {
        self.queries.insert(query.name.clone(), query);
    }

    /// Adds the files of a folder and of the folders in it.
    ///
    /// # Errors
    /// When the folder or a file cannot be read, or a header is not as it should be.
    pub fn add_folder(&mut self, folder: &Path) -> Result<()> {
        for path in sql_files(folder)? {
            let text = std::fs::read_to_string(&path).map_err(|error| Error::io("read", &path, &error))?;
            let name = path.strip_prefix(folder).unwrap_or(&path).with_extension("");
            self.add(Query::parse(&name.to_string_lossy(), &text)?);
        }
        Ok(())
    }

    /// Returns a query.
    ///
    /// # Errors
    /// When there is none of this name, with those whose names are near.
    pub fn find(&self, name: &str) -> Result<&Query> {
        let name = name.strip_suffix(".sql").unwrap_or(name);
        let short = name.strip_prefix("queries/").unwrap_or(name);
        let short = short.strip_prefix(EXPLORE).unwrap_or(short);
        self.queries.get(name).or_else(|| self.queries.get(short)).ok_or_else(|| {
            let words: Vec<&str> = name.split('_').filter(|word| word.len() > 2 && *word != "by").collect();
            let near = self.queries.keys().filter(|known| words.iter().any(|word| known.contains(word)));
            let near: Vec<&str> = near.map(String::as_str).collect();
            let error = Error::usage(format!("there is no query {name}"));
            if near.is_empty() {
                error.hint("`gravimeter query list` names them")
            } else {
                error.hint(format!("did you mean {}?", near.join(", ")))
            }
        })
    }

    /// Returns all queries by name.
    pub fn iter(&self) -> impl Iterator<Item = &Query> {
        self.queries.values()
    }
}

fn sql_files(folder: &Path) -> Result<Vec<std::path::PathBuf>> {
    let failed = |error: &std::io::Error| Error::io("read the folder of queries", folder, error);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| failed(&error))? {
        let path = entry.map_err(|error| failed(&error))?.path();
        if path.is_dir() {
            files.extend(sql_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
-- purpose: what a tag costs
-- grain:   one row per month
-- inputs:  line_items, prices
-- parameters:
--   $key    text          the tag
--   $month  month = last  the billing month,
--                         or another
--   $share  number = 0.5  a share
-- columns:
--   month  date, first day
--   cost   decimal, in `currency`, amortised,
--          without tax
select month, sum(cost) as cost from line_items
";

    fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_header_is_read_whole() {
        let header = Query::parse("q", TEXT).unwrap().header;
        assert_eq!(header.inputs, ["line_items", "prices"]);
        assert_eq!(header.parameters[1].meaning, "the billing month, or another");
        assert_eq!(header.parameters[2].default.as_deref(), Some("0.5"));
        assert_eq!(header.columns[1].meaning, "in `currency`, amortised, without tax");
        assert!(header.columns[0].fits(&DataType::Date32) && !header.columns[1].fits(&DataType::Float64));
    }

    #[test]
    fn a_wrong_header_is_named() {
        for (from, to, words) in [
            ("-- grain:   one row per month\n", "", "\"-- grain:\" is missing"),
            ("-- inputs: ", "-- input: ", "\"input\" is unknown"),
            ("text          the tag", "word          the tag", "is no \"$name"),
            ("decimal, in", "money, in", "money is none of date"),
        ] {
            let error = Query::parse("q", &TEXT.replace(from, to)).unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
        }
    }

    #[test]
    fn parameters_are_what_their_kind_says() {
        let query = Query::parse("q", TEXT).unwrap();
        let months = Some(Months { first: "2023-05".parse().unwrap(), last: "2024-01".parse().unwrap() });
        let day = |text: &str| Bound::Day(text.parse().unwrap());
        let bound = query.bind(&given(&[("key", "it's")]), months).unwrap();
        assert_eq!(bound["key"], Bound::Text("it's".to_owned()));
        assert_eq!(bound["month"], day("2024-01-01"));
        assert_eq!(bound["share"], Bound::Number("0.5".parse().unwrap()));
        for (text, first) in [("before", "2023-12-01"), ("first", "2023-05-01"), ("2023-07-01", "2023-07-01")] {
            assert_eq!(query.bind(&given(&[("key", "k"), ("month", text)]), months).unwrap()["month"], day(first));
        }
        for (pairs, words) in [
            (vec![], "needs the parameter key"),
            (vec![("key", "k"), ("top", "3")], "has no parameter top"),
            (vec![("key", "k"), ("share", "much")], "is a number, not \"much\""),
            (vec![("key", "k"), ("month", "2024-01-15")], "is a month"),
        ] {
            let error = query.bind(&given(&pairs), months).unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
        }
        assert!(query.asks_months(&given(&[])) && !query.asks_months(&given(&[("month", "2024-01")])));
    }

    #[test]
    fn the_users_folder_hides_ours() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("team")).unwrap();
        std::fs::write(dir.path().join("q.sql"), TEXT.replace("what a tag costs", "ours")).unwrap();
        std::fs::write(dir.path().join("team/r.sql"), TEXT).unwrap();
        let mut library = Library::embedded(&[("explore/q", TEXT), ("doctor/months", TEXT)]).unwrap();
        library.add_folder(dir.path()).unwrap();
        assert_eq!(
            library.iter().map(|query| query.name.as_str()).collect::<Vec<_>>(),
            ["doctor/months", "q", "team/r"]
        );
        assert_eq!(library.find("explore/q.sql").unwrap().header.purpose, "ours");
        let error = library.find("all_months").unwrap_err();
        assert_eq!(error.hints(), ["did you mean doctor/months?"]);
    }
}
