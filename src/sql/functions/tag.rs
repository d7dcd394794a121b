//! `tag('CostCenter')`: the value of a cost allocation tag, however the export spells its key.
//!
//! AWS writes the key of one tag as `user:CostCenter` in CSV, `resource_tags_user_cost_center` in Parquet of CUR 1,
//! `user_cost_center` in CUR 2.0 and `CostCenter` in FOCUS. All of them are found; a key written exactly comes first.

use std::sync::Arc;

use arrow::{
    array::{Array, AsArray, StringArray, StringBuilder},
    compute::cast,
    datatypes::DataType,
};
use datafusion::{
    common::{Result, plan_err, utils::take_function_args},
    logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility},
};

/// The function `tag(tags, key)`; statements may leave the column out.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Tag {
    signature: Signature,
}

impl Tag {
    pub(super) fn new() -> Self {
        Self { signature: Signature::any(2, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Tag {
    fn name(&self) -> &'static str {
        "tag"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let [tags, key] = types else { return plan_err!("tag takes a key: tag('CostCenter')") };
        if !matches!(tags, DataType::Map(..)) {
            return plan_err!("tag looks into the column tags of line_items, not into a {tags}");
        }
        match key {
            DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 | DataType::Null => Ok(DataType::Utf8),
            other => plan_err!("tag takes a key as text, not a {other}: tag('CostCenter')"),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let [tags, key] = take_function_args(self.name(), args.args)?;
        let tags = tags.into_array(rows)?;
        let keys = cast(key.into_array(rows)?.as_ref(), &DataType::Utf8)?;
        let values = look_up(tags.as_ref(), keys.as_string())?;
        Ok(ColumnarValue::Array(Arc::new(values)))
    }
}

fn look_up(tags: &dyn Array, wanted: &StringArray) -> Result<StringArray> {
    let maps = tags.as_map();
    let keys = cast(maps.keys().as_ref(), &DataType::Utf8)?;
    let values = cast(maps.values().as_ref(), &DataType::Utf8)?;
    let (keys, values) = (keys.as_string::<i32>(), values.as_string::<i32>());
    let offsets = maps.value_offsets();
    let mut found = StringBuilder::with_capacity(maps.len(), 0);
    let (mut last, mut folded) = ("", String::new());
    for row in 0..maps.len() {
        if maps.is_null(row) || wanted.is_null(row) {
            found.append_null();
            continue;
        }
        let key = wanted.value(row);
        if key != last {
            (last, folded) = (key, fold(key));
        }
        let entries = usize::try_from(offsets[row]).unwrap_or(0)..usize::try_from(offsets[row + 1]).unwrap_or(0);
        let set = |entry: &usize| values.is_valid(*entry) && !values.value(*entry).is_empty();
        let exact = entries.clone().find(|&entry| keys.value(entry) == key);
        let entry = exact.into_iter().chain(entries.filter(|&entry| is_spelling(keys.value(entry), &folded))).find(set);
        found.append_option(entry.map(|entry| values.value(entry)));
    }
    Ok(found.finish())
}

/// Tells whether the key of an export is a spelling of the folded one.
fn is_spelling(key: &str, folded: &str) -> bool {
    let rest = key.strip_prefix("user").unwrap_or(key);
    letters(key).eq(folded.chars()) || (rest.len() < key.len() && letters(rest).eq(folded.chars()))
}

fn letters(key: &str) -> impl Iterator<Item = char> {
    key.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase)
}

/// Returns the letters and digits of a key, in lower case, without the prefix of tags that users set.
fn fold(key: &str) -> String {
    letters(key.strip_prefix("user:").or_else(|| key.strip_prefix("user_")).unwrap_or(key)).collect()
}

#[cfg(test)]
mod tests {
    use arrow::array::{MapBuilder, StringBuilder};

    use super::*;

    fn value(entries: &[(&str, Option<&str>)], key: &str) -> Option<String> {
        let mut maps = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
        for (key, value) in entries {
            maps.keys().append_value(key);
            maps.values().append_option(*value);
        }
        maps.append(true).unwrap();
        let found = look_up(&maps.finish(), &StringArray::from(vec![key])).unwrap();
        found.is_valid(0).then(|| found.value(0).to_owned())
    }

    #[test]
    fn every_spelling_of_a_key_is_found() {
        for key in ["user:CostCenter", "user_cost_center", "CostCenter", "cost-center", "user_CostCenter"] {
            assert_eq!(
                value(&[("user_team", Some("x")), (key, Some("77"))], "CostCenter").as_deref(),
                Some("77"),
                "{key}"
            );
            assert_eq!(value(&[(key, Some("77"))], "user:CostCenter").as_deref(), Some("77"), "{key}");
        }
        assert_eq!(value(&[("aws:createdBy", Some("me"))], "aws:createdBy").as_deref(), Some("me"));
        assert_eq!(value(&[("username", Some("me"))], "name"), Some("me".to_owned()), "CUR 1 drops nothing between");
    }

    #[test]
    fn an_exact_key_comes_first_and_an_empty_value_is_none() {
        let both = [("user_team", Some("a")), ("Team", Some("b"))];
        assert_eq!(value(&both, "Team").as_deref(), Some("b"));
        assert_eq!(value(&both, "user_team").as_deref(), Some("a"));
        assert_eq!(value(&[("Team", Some("")), ("user_team", Some("a"))], "Team").as_deref(), Some("a"));
        assert_eq!(value(&[("Team", Some(""))], "Team"), None);
        assert_eq!(value(&[("Team", None)], "Team"), None);
        assert_eq!(value(&[("Teams", Some("x"))], "Team"), None);
    }
}
