//! Which of the exports found are read: names, `--export`, `gravimeter.toml`, and two exports of one payer.

use std::{collections::BTreeMap, path::Path};

use super::{
    Export,
    listing::{Listing, Source},
    plan::Draft,
};
use crate::error::{Error, Result, nearest_first};

/// The file at the top of a folder that chooses an export.
pub(super) const FILE: &str = "gravimeter.toml";

/// The keys of the file that stand in no section. Its sections are settings of the program, for whoever runs it there.
const KEYS: &[&str] = &["export"];

/// Gives each export a name of its own: its label, with as many folders above as tell it from the others.
pub(super) fn names(drafts: &[Draft]) -> Vec<String> {
    let paths: Vec<Vec<&str>> = drafts.iter().map(path).collect();
    let mut names: Vec<String> = drafts.iter().map(|draft| draft.label.clone()).collect();
    let longest = paths.iter().map(Vec::len).max().unwrap_or(0);
    for depth in 2..=longest {
        let longer =
            |&index: &usize| (0..names.len()).any(|other| names[other] == names[index] && paths[other] != paths[index]);
        for index in (0..names.len()).filter(longer).collect::<Vec<_>>() {
            let path = &paths[index];
            names[index] = path[path.len().saturating_sub(depth)..].join("/");
        }
    }
    // Only exports of one folder and one label still share a name.
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for name in &mut names {
        let count = seen.entry(name.clone()).or_insert(0);
        *count += 1;
        if *count > 1 {
            *name = format!("{name}#{count}");
        }
    }
    names
}

/// Returns the folders of an export, with its label at the end.
fn path(draft: &Draft) -> Vec<&str> {
    let mut path: Vec<&str> = draft.folder.iter().map(String::as_str).collect();
    if path.last() != Some(&draft.label.as_str()) {
        path.push(&draft.label);
    }
    path
}

/// What is to be read, by index of the draft, and what to say about it.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    /// The drafts that are read.
    pub drafts: Vec<usize>,
    /// What was found and is not read, by whose choice.
    pub notes: Vec<String>,
}

/// Chooses among the exports.
///
/// # Errors
/// When a name is not that of an export.
pub(super) async fn choose(
    listing: &Listing,
    drafts: &[Draft],
    names: &[String],
    choice: Option<&str>,
) -> Result<Chosen> {
    let all: Vec<usize> = (0..drafts.len()).collect();
    if let Some(name) = choice {
        let index = find(name, &all, names, "--export")?;
        let mut chosen = Chosen { drafts: vec![index], notes: Vec::new() };
        if drafts.len() > 1 {
            chosen.notes.push(format!("--export chooses the export {name} of {}", drafts.len()));
        }
        return Ok(chosen);
    }
    let mut dropped = vec![false; drafts.len()];
    let mut notes = Vec::new();
    for (number, source) in listing.sources.iter().enumerate() {
        let shown = format!("{}/{FILE}", source.given.trim_end_matches('/'));
        let Some(text) = read(listing, source, &shown).await? else { continue };
        let Some(name) = export_of(&text, &shown)? else { continue };
        let here: Vec<usize> = all.iter().copied().filter(|&i| drafts[i].sources.contains(&number)).collect();
        let index = find(&name, &here, names, &shown)?;
        for &other in here.iter().filter(|&&other| other != index) {
            dropped[other] = true;
        }
        if here.len() > 1 {
            notes.push(format!("{FILE} chooses the export {name} of {}", here.len()));
        }
    }
    let drafts = all.into_iter().filter(|&index| !dropped[index]).collect();
    Ok(Chosen { drafts, notes })
}

fn find(name: &str, among: &[usize], names: &[String], who: &str) -> Result<usize> {
    let Some(&index) = among.iter().find(|&&index| names[index] == name) else {
        let found: Vec<&str> = among.iter().map(|&index| names[index].as_str()).collect();
        let error = Error::usage(format!("{who} names the export \"{name}\", which is not there"));
        return Err(if found.is_empty() { error } else { error.hint(format!("exports found: {}", found.join(", "))) });
    };
    Ok(index)
}

/// Reads the file of a source; `None` when there is none.
async fn read(listing: &Listing, source: &Source, shown: &str) -> Result<Option<String>> {
    let Some(folder) = &source.folder else {
        let Some(object) = listing.objects.iter().find(|object| object.name == shown) else { return Ok(None) };
        return Ok(Some(String::from_utf8_lossy(&object.read().await?).into_owned()));
    };
    read_local(&folder.join(FILE))
}

fn read_local(file: &Path) -> Result<Option<String>> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", file, &error)),
    }
}

/// Returns the name of the export that the file chooses; `None` when it has no such line.
fn export_of(text: &str, shown: &str) -> Result<Option<String>> {
    let table: toml::Table = toml::from_str(text)
        .map_err(|error| Error::usage(format!("{shown} cannot be read: {}", error.to_string().trim_end())))?;
    let unknown = table.iter().find(|(key, value)| !value.is_table() && !KEYS.contains(&key.as_str()));
    if let Some((unknown, _)) = unknown {
        return Err(Error::usage(format!("{shown} has the unknown key \"{unknown}\""))
            .hint(format!("did you mean \"{}\"?", nearest(unknown))));
    }
    match table.get("export") {
        None => Ok(None),
        Some(toml::Value::String(name)) => Ok(Some(name.clone())),
        Some(other) => Err(Error::usage(format!("{shown}: \"export\" is {}, not text", other.type_str()))
            .hint("write it as export = \"NAME\"")),
    }
}

fn nearest(word: &str) -> &'static str {
    nearest_first(word, KEYS.iter().map(|key| (*key, *key))).first().copied().unwrap_or_default()
}

/// Refuses two exports of one payer: reading both would count the bill twice.
///
/// # Errors
/// When there are such; exports whose payer is not known never clash.
pub(super) fn check_payers(exports: &[Export]) -> Result<()> {
    let mut by_payer: BTreeMap<&str, Vec<&Export>> = BTreeMap::new();
    for export in exports {
        if let Some(payer) = &export.payer {
            by_payer.entry(payer).or_default().push(export);
        }
    }
    let Some((payer, twice)) = by_payer.into_iter().find(|(_, exports)| exports.len() > 1) else {
        return Ok(());
    };
    let list: Vec<String> = twice.iter().map(|export| describe(export)).collect();
    Err(Error::usage(format!(
        "{} exports of the payer {payer} were found, and reading more than one would count the bill twice: {}",
        twice.len(),
        list.join("; ")
    ))
    .hint(format!("choose one, such as --export {}", quoted(&twice[0].name))))
}

/// Writes an export as `name (format, first month to last month)`.
fn describe(export: &Export) -> String {
    let mut months: Vec<_> = export.deliveries.iter().filter_map(|delivery| delivery.month).collect();
    months.sort_unstable();
    let span = match (months.first(), months.last()) {
        (Some(first), Some(last)) if first == last => format!(", {first}"),
        (Some(first), Some(last)) => format!(", {first} to {last}"),
        _ => String::new(),
    };
    format!("{} ({}{span})", export.name, export.format)
}

fn quoted(name: &str) -> String {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./=".contains(&byte));
    if plain { name.to_owned() } else { format!("'{}'", name.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drafts(folders: &[(&str, &str)]) -> Vec<Draft> {
        folders
            .iter()
            .map(|(folder, label)| {
                let parts: Vec<String> = folder.split('/').map(str::to_owned).collect();
                Draft::new(&parts, (*label).to_owned())
            })
            .collect()
    }

    #[test]
    fn names_grow_only_where_they_clash() {
        assert_eq!(names(&drafts(&[("b/x", "x"), ("b/y", "y")])), ["x", "y"]);
        assert_eq!(names(&drafts(&[("a/x", "x"), ("b/x", "x"), ("b/y", "y")])), ["a/x", "b/x", "y"]);
        assert_eq!(names(&drafts(&[("a/p/x", "x"), ("b/p/x", "x")])), ["a/p/x", "b/p/x"]);
        assert_eq!(names(&drafts(&[("a/p", "r"), ("a/p/r", "r")])), ["r", "r#2"]);
    }

    #[test]
    fn the_nearest_key_is_offered() {
        assert_eq!(nearest("exports"), "export");
    }

    #[test]
    fn the_file_is_read_strictly() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(FILE);
        let read = || read_local(&file)?.map_or(Ok(None), |text| export_of(&text, "f"));
        assert_eq!(read().unwrap(), None);
        let write = |text: &str| std::fs::write(&file, text).unwrap();
        write("# nothing\n");
        assert_eq!(read().unwrap(), None);
        write("export = \"seoul-cur2\"\n");
        assert_eq!(read().unwrap().as_deref(), Some("seoul-cur2"));
        write("[bill]\nexport = \"seoul-cur1\"\n");
        assert_eq!(read().unwrap(), None);
        for (text, words) in [
            ("exprt = \"x\"\n", "unknown key \"exprt\""),
            ("export = 1\n", "is integer, not text"),
            ("export = \n", "f cannot be read"),
        ] {
            write(text);
            let error = read().unwrap_err();
            assert_eq!(error.kind(), crate::error::Kind::Usage);
            assert!(error.to_string().contains(words), "{error}");
        }
    }

    #[test]
    fn a_name_is_quoted_for_the_shell() {
        assert_eq!(quoted("a/b-c"), "a/b-c");
        assert_eq!(quoted("my bill"), "'my bill'");
    }
}
