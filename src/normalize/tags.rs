//! Which tags a figure asks for, and how what a person types is matched to the keys of a bill.
//!
//! A tag has the key that `line_items.tags` shows: `user_team` in a Cost and Usage Report, `team` or `user:team` elsewhere.
//! A person may type that, or shorter:
//!
//! 1. the exact spelling counts first;
//! 2. then the key without letter case, punctuation and the prefix `user_` or `user:`: `Team`, `cost-center`;
//! 3. then a key that AWS itself makes, without its prefix: `created_by` for `aws_created_by`.
//!
//! The first rule that fits decides; where it fits several keys of the bill, none is guessed.

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

    /// Finds the key that is meant by each of the typed ones.
    ///
    /// # Errors
    /// When the bill has no such key, or several that may be meant.
    pub fn resolve(&self, known: &BTreeSet<String>) -> Result<Vec<String>> {
        self.asked.iter().map(|asked| resolve(asked, known)).collect()
    }
}

/// Tells whether two typed keys mean the same tag.
pub fn same_tag(one: &str, other: &str) -> bool {
    one == other || short(one) == short(other)
}

fn resolve(asked: &str, known: &BTreeSet<String>) -> Result<String> {
    if known.contains(asked) {
        return Ok(asked.to_owned());
    }
    let fits = |rule: fn(&str) -> String| -> Vec<&String> {
        let wanted = short(asked);
        known.iter().filter(|key| rule(key) == wanted).collect()
    };
    let found = [fits(short), fits(shortest)].into_iter().find(|found| !found.is_empty()).unwrap_or_default();
    match found.as_slice() {
        [one] => Ok((*one).clone()),
        [] if known.is_empty() => {
            Err(Error::usage(format!("no line item has the tag \"{asked}\": the bill has no tags"))
                .hint("activate cost allocation tags in the billing console; they stand in the bill from then on"))
        }
        [] => {
            let nearest = nearest_first(asked, known.iter().map(|key| (short(key), key)));
            let more = match nearest.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let names: Vec<&str> = nearest.into_iter().take(NAMED).map(String::as_str).collect();
            Err(Error::usage(format!("no line item has the tag \"{asked}\""))
                .hint(format!("the bill has {}{more}", names.join(", "))))
        }
        several => {
            let names: Vec<&str> = several.iter().map(|key| key.as_str()).collect();
            Err(Error::usage(format!("the tag \"{asked}\" may be {}", names.join(" or ")))
                .hint("write the key exactly as one of them"))
        }
    }
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

    fn resolved(asked: &str, known: &[&str]) -> Result<String> {
        let keys = TagKeys::new(&[asked.to_owned()]);
        let known: BTreeSet<String> = known.iter().map(|key| (*key).to_owned()).collect();
        let found = keys.resolve(&known);
        // What may be meant was read.
        assert!(found.iter().flatten().all(|key| keys.takes(key)), "{asked}");
        found.map(|mut found| found.remove(0))
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
