//! Completion: commands, tables, columns, functions, keywords, and the keys of tags that the bill has.

use std::{cell::OnceCell, collections::BTreeSet, sync::Arc};

use arrow::array::AsArray;
use rustyline::{
    Context,
    completion::{Completer, Pair},
    highlight::Highlighter,
    hint::Hinter,
    validate::{ValidationContext, ValidationResult, Validator},
};

use super::{commands::COMMANDS, input::is_whole};
use crate::{cli::sql::Session, sql::functions::SIGNATURES, tables::Table};

/// Words of SQL that are completed.
const KEYWORDS: &[&str] = &[
    "and",
    "as",
    "asc",
    "avg",
    "between",
    "by",
    "case",
    "cast",
    "coalesce",
    "count",
    "create",
    "cross",
    "date",
    "date_trunc",
    "desc",
    "describe",
    "distinct",
    "else",
    "end",
    "except",
    "exists",
    "explain",
    "extract",
    "filter",
    "first_value",
    "from",
    "full",
    "group",
    "having",
    "in",
    "inner",
    "intersect",
    "interval",
    "is",
    "join",
    "lag",
    "last_value",
    "lead",
    "left",
    "like",
    "limit",
    "lower",
    "max",
    "min",
    "not",
    "null",
    "nullif",
    "nulls",
    "offset",
    "on",
    "or",
    "order",
    "outer",
    "over",
    "partition",
    "rank",
    "replace",
    "right",
    "round",
    "row_number",
    "select",
    "show",
    "substr",
    "sum",
    "table",
    "then",
    "union",
    "unnest",
    "upper",
    "using",
    "values",
    "view",
    "when",
    "where",
    "with",
];

/// Line items that are looked at for keys of tags.
const KEYS: &str = "select distinct key from (select unnest(map_keys(tags)) as key from \
                    (select tags from line_items limit 200000)) where key <> '' order by key";

/// Completes and validates what is typed.
pub(super) struct Helper {
    session: Arc<Session>,
    runtime: tokio::runtime::Handle,
    tag_keys: OnceCell<Vec<String>>,
}

impl rustyline::Helper for Helper {}

impl Highlighter for Helper {}

impl Hinter for Helper {
    type Hint = String;
}

impl Validator for Helper {
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        Ok(if is_whole(context.input()) { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

impl Completer for Helper {
    type Candidate = Pair;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let before = &line[..at];
        let (begin, words) = self.candidates(before, line);
        let typed = &before[begin..];
        let pairs = words.into_iter().filter(|word| begins_with(word, typed));
        Ok((begin, pairs.map(|word| Pair { display: word.clone(), replacement: word }).collect()))
    }
}

fn begins_with(word: &str, typed: &str) -> bool {
    word.get(..typed.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(typed)) && word.len() > typed.len()
}

impl Helper {
    pub(super) fn new(session: Arc<Session>, runtime: tokio::runtime::Handle) -> Self {
        Self { session, runtime, tag_keys: OnceCell::new() }
    }

    /// Returns where the word begins that is completed, and what may stand there.
    fn candidates(&self, before: &str, line: &str) -> (usize, Vec<String>) {
        if let Some(command) = before.trim_start().strip_prefix('\\') {
            return match command.split_once(' ') {
                None => (before.len() - command.len(), owned(COMMANDS.iter().map(|(name, _, _)| *name))),
                Some(("d", rest)) => (before.len() - rest.len(), self.tables()),
                Some(("mode", rest)) => (
                    before.len() - rest.len(),
                    owned(["table", "csv", "tsv", "json", "ndjson", "markdown", "parquet", "xlsx"]),
                ),
                Some(_) => (before.len(), Vec::new()),
            };
        }
        if let Some(begin) = open_tag(before) {
            return (begin, self.tag_keys().to_vec());
        }
        let begin = before
            .rfind(|letter: char| !letter.is_alphanumeric() && letter != '_')
            .map_or(0, |last| last + before[last..].chars().next().map_or(1, char::len_utf8));
        let earlier = before[..begin].trim_end().to_lowercase();
        if earlier.ends_with("from") || earlier.ends_with("join") {
            return (begin, self.tables());
        }
        let mut words: BTreeSet<String> = self.columns(line).into_iter().collect();
        words.extend(self.tables());
        words.extend(SIGNATURES.iter().filter_map(|(name, _)| Some(format!("{}(", name.split_once('(')?.0))));
        words.extend(KEYWORDS.iter().map(|word| (*word).to_owned()));
        let is_upper = before[begin..].chars().all(char::is_uppercase) && begin < before.len();
        let words = words
            .into_iter()
            .map(|word| if is_upper && KEYWORDS.contains(&word.as_str()) { word.to_uppercase() } else { word });
        (begin, words.collect())
    }

    fn tables(&self) -> Vec<String> {
        Table::all().map(|table| table.name().to_owned()).chain(self.session.own_tables()).collect()
    }

    /// Returns the columns of the tables that the line names, of all where it names none.
    fn columns(&self, line: &str) -> Vec<String> {
        let line = line.to_lowercase();
        let all = self.tables();
        let named: Vec<&String> = all.iter().filter(|table| line.contains(table.as_str())).collect();
        let tables = if named.is_empty() { all.iter().collect() } else { named };
        let columns = tables.into_iter().filter_map(|table| self.runtime.block_on(self.session.columns(table)));
        columns
            .flat_map(|schema| schema.fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>())
            .collect()
    }

    /// Returns the keys of tags that the bill has; looked up once, when they are first asked for.
    fn tag_keys(&self) -> &[String] {
        self.tag_keys.get_or_init(|| {
            let batches = self.runtime.block_on(self.session.ask(KEYS)).unwrap_or_default();
            let keys = batches.iter().flat_map(|batch| batch.column(0).as_string::<i32>().iter().flatten());
            // tag() finds a key without the prefix that some exports give it.
            let bare = |key: &'_ str| key.strip_prefix("user:").or(key.strip_prefix("user_")).unwrap_or(key).to_owned();
            keys.map(bare).collect::<BTreeSet<_>>().into_iter().collect()
        })
    }
}

fn owned<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    words.into_iter().map(str::to_owned).collect()
}

/// Returns where the key begins when the text ends inside `tag('…`.
fn open_tag(before: &str) -> Option<usize> {
    let quote = before.rfind('\'')?;
    let call = before[..quote].trim_end().to_lowercase();
    let is_open = call.ends_with("tag(")
        || (call.ends_with(',') && call.rfind("tag(").is_some_and(|at| !call[at..].contains(')')));
    is_open.then_some(quote + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_completed_inside_the_call() {
        assert_eq!(open_tag("select tag('"), Some(12));
        assert_eq!(open_tag("select tag( 'Cost"), Some(13));
        assert_eq!(open_tag("select tag(l.tags, 'Co"), Some(20));
        assert_eq!(open_tag("select tag('x')"), None);
        assert_eq!(open_tag("select 'a"), None);
    }

    #[test]
    fn what_is_typed_already_is_not_offered() {
        assert!(begins_with("select", "SEL") && begins_with("select", ""));
        assert!(!begins_with("select", "select") && !begins_with("sum", "é"));
    }
}
