//! Which tags a figure asks for, and how what a person types is matched to the keys of a bill.
//!
//! A tag has the key that `line_items.tags` shows: `user_team` in a Cost and Usage Report, `team` or `user:team` elsewhere.
//! A person may type that, or shorter:
//!
//! 1. the exact spelling counts first;
//! 2. then the key without letter case, punctuation and the prefix `user_` or `user:`: `Team`, `cost-center`;
//! 3. then a key that AWS itself makes, without its prefix: `created_by` for `aws_created_by`.
//!
//! The first rule that fits decides; where it fits several keys of an export, none is guessed. Several exports may spell
//! one key in several ways: `user_team` in a Cost and Usage Report and `team` in FOCUS are one tag.

use std::collections::BTreeSet;

use crate::error::{Error, Result, nearest_first};

/// Keys of a bill that a message names at most.
const NAMED: usize = 20;

/// The tags that a figure asks for, as they were typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagKeys {
    asked: Vec<String>,
    /// What tells which keys of the bill may be meant; sorted.
    shorts: Vec<String>,
}

impl TagKeys {
    /// Asks for tags.
    pub fn new(asked: &[String]) -> Self {
        let mut shorts: Vec<String> = asked.iter().map(|key| shortest(key)).collect();
        shorts.sort_unstable();
        shorts.dedup();
        Self { asked: asked.to_vec(), shorts }
    }

    /// Tells whether no tag is asked for.
    pub fn is_empty(&self) -> bool {
        self.asked.is_empty()
    }

    /// Names the rollups in which these tags stand; other spellings of the same keys have the same name.
    pub fn name(&self) -> String {
        self.shorts.join("\n")
    }

    /// Tells whether a key of the bill may be meant.
    pub(crate) fn takes(&self, key: &str) -> bool {
        !self.is_empty() && self.shorts.binary_search(&shortest(key)).is_ok()
    }

    /// Finds the key that is meant by each of the typed ones, in each of the exports with these keys; `None` where an
    /// export lacks it.
    ///
    /// # Errors
    /// When no export has such a key, or one has several that may be meant.
    pub fn resolve(&self, exports: &[BTreeSet<String>]) -> Result<Vec<Vec<Option<String>>>> {
        let mut found: Vec<Vec<Option<String>>> = vec![Vec::with_capacity(self.asked.len()); exports.len()];
        for asked in &self.asked {
            for (export, key) in found.iter_mut().zip(resolve(asked, exports)?) {
                export.push(key);
            }
        }
        Ok(found)
    }
}

/// Tells whether two typed keys mean the same tag.
pub fn same_tag(one: &str, other: &str) -> bool {
    one == other || short(one) == short(other)
}

fn resolve(asked: &str, exports: &[BTreeSet<String>]) -> Result<Vec<Option<String>>> {
    for rule in [short, shortest] {
        let found: Vec<Option<String>> =
            exports.iter().map(|known| in_export(asked, known, rule)).collect::<Result<_>>()?;
        if found.iter().any(Option::is_some) {
            return Ok(found);
        }
    }
    Err(unknown(asked, &exports.iter().flatten().collect()))
}

fn in_export(asked: &str, known: &BTreeSet<String>, rule: fn(&str) -> String) -> Result<Option<String>> {
    if known.contains(asked) {
        return Ok(Some(asked.to_owned()));
    }
    let wanted = short(asked);
    let found: Vec<&str> = known.iter().filter(|key| rule(key) == wanted).map(String::as_str).collect();
    match found.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some((*one).to_owned())),
        several => Err(Error::usage(format!("the tag \"{asked}\" may be {}", several.join(" or ")))
            .hint("write the key exactly as one of them")),
    }
}

fn unknown(asked: &str, known: &BTreeSet<&String>) -> Error {
    if known.is_empty() {
        return Error::usage(format!("no line item has the tag \"{asked}\": the bill has no tags"))
            .hint("activate cost allocation tags in the billing console; they stand in the bill from then on");
    }
    let nearest = nearest_first(asked, known.iter().map(|key| (short(key), key.as_str())));
    let more = match nearest.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let names: Vec<&str> = nearest.into_iter().take(NAMED).collect();
    Error::usage(format!("no line item has the tag \"{asked}\""))
        .hint(format!("the bill has {}{more}", names.join(", ")))
}

/// Returns a key without letter case, punctuation and the prefix of users.
fn short(key: &str) -> String {
    plain(without(key, "user"))
}

/// Returns a key without the prefix of users or of AWS.
fn shortest(key: &str) -> String {
    plain(without(without(key, "user"), "aws"))
}

fn without<'k>(key: &'k str, prefix: &str) -> &'k str {
    let (Some(start), Some(rest)) = (key.get(..prefix.len()), key.get(prefix.len()..)) else { return key };
    match rest.strip_prefix(['_', ':']) {
        Some(rest) if !rest.is_empty() && start.eq_ignore_ascii_case(prefix) => rest,
        _ => key,
    }
}

fn plain(key: &str) -> String {
    let letters: String = key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    if letters.is_empty() { key.to_owned() } else { letters }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|key| (*key).to_owned()).collect()
    }

    fn in_each(asked: &str, exports: &[&[&str]]) -> Result<Vec<Option<String>>> {
        let wanted = TagKeys::new(&[asked.to_owned()]);
        let exports: Vec<BTreeSet<String>> = exports.iter().map(|names| keys(names)).collect();
        let found = wanted.resolve(&exports)?;
        // What may be meant was read.
        assert!(found.iter().flatten().flatten().all(|key| wanted.takes(key)), "{asked}");
        Ok(found.into_iter().map(|mut of_export| of_export.remove(0)).collect())
    }

    fn resolved(asked: &str, known: &[&str]) -> Result<String> {
        in_each(asked, &[known]).map(|mut found| found.remove(0).unwrap())
    }

    #[test]
    fn every_export_has_its_own_spelling() {
        let exports: [&[&str]; 3] = [&["user_team", "aws_created_by"], &["team", "Team"], &["name"]];
        let some = |key: &str| Some(key.to_owned());
        assert_eq!(in_each("team", &exports).unwrap(), [some("user_team"), some("team"), None]);
        assert_eq!(in_each("createdBy", &exports).unwrap(), [some("aws_created_by"), None, None]);
        assert!(in_each("TEAM", &exports).unwrap_err().to_string().contains("Team or team"));
        // What users tag and what AWS tags is not the same.
        let both: [&[&str]; 2] = [&["created_by"], &["aws_created_by"]];
        assert_eq!(in_each("createdBy", &both).unwrap(), [some("created_by"), None]);
    }

    #[test]
    fn keys_are_found_by_their_short_names() {
        let known = ["user_team", "user_cost_center", "aws_created_by", "Owner", "팀"];
        for (asked, key) in [
            ("user_team", "user_team"),
            ("team", "user_team"),
            ("Team", "user_team"),
            ("user:team", "user_team"),
            ("CostCenter", "user_cost_center"),
            ("cost-center", "user_cost_center"),
            ("createdBy", "aws_created_by"),
            ("aws:createdBy", "aws_created_by"),
            ("user:owner", "Owner"),
            ("팀", "팀"),
        ] {
            assert_eq!(resolved(asked, &known).unwrap(), key, "{asked}");
        }
        assert!(same_tag("user:team", "Team") && !same_tag("aws:team", "team"));
    }

    #[test]
    fn the_exact_spelling_counts_first_and_nothing_is_guessed() {
        assert_eq!(resolved("team", &["team", "user_team"]).unwrap(), "team");
        assert_eq!(resolved("created_by", &["user_created_by", "aws_created_by"]).unwrap(), "user_created_by");
        let error = resolved("TEAM", &["team", "user_team"]).unwrap_err();
        assert!(error.to_string().contains("team or user_team"), "{error}");
        let error = resolved("taem", &["user_name", "user_team"]).unwrap_err();
        assert_eq!((error.kind().exit_code(), error.hints()[0].as_str()), (2, "the bill has user_team, user_name"));
        assert!(resolved("team", &[]).unwrap_err().to_string().contains("has no tags"));
    }

    #[test]
    fn spellings_of_one_key_have_one_rollup() {
        let name = |keys: &[&str]| TagKeys::new(&keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>()).name();
        assert_eq!(name(&["team", "Env"]), name(&["env", "user:Team", "user_team"]));
        assert_ne!(name(&["team"]), name(&["env"]));
        assert!(TagKeys::default().is_empty() && !TagKeys::default().takes("team"));
    }
}
