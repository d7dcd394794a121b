//! The flow law: a stage uses only what stands above it in `src/lib.rs`.

use std::{collections::BTreeMap, fs, path::Path};

use crate::support::{ROOT, files};

/// What each stage may use, itself aside.
fn allowed() -> BTreeMap<&'static str, Vec<&'static str>> {
    let base = ["error", "units", "terms"];
    let with = |more: &[&'static str]| base.iter().chain(more).copied().collect::<Vec<_>>();
    BTreeMap::from([
        ("error", vec![]),
        ("units", vec!["error"]),
        ("terms", vec![]),
        ("sealed", vec![]),
        ("source", with(&["sealed"])),
        ("engine", with(&[])),
        ("pricing", with(&["sealed"])),
        ("refresh", with(&["source", "pricing"])),
        // It knows nothing of what it tells.
        ("notify", with(&["source"])),
        ("normalize", with(&["source", "pricing"])),
        ("rollup", with(&["sealed", "source", "normalize", "pricing"])),
        ("calendar", with(&[])),
        ("analysis", with(&["normalize", "rollup", "pricing", "calendar"])),
        ("tables", with(&["engine", "pricing", "normalize", "analysis", "rollup"])),
        ("sql", with(&["pricing", "analysis", "tables"])),
        ("cluster", with(&["source", "engine", "normalize", "rollup", "pricing", "analysis", "sql"])),
        ("report", with(&["analysis", "normalize", "rollup", "pricing", "calendar"])),
        ("doctor", with(&["source", "engine", "normalize", "pricing"])),
        ("batch", with(&["sealed", "source", "analysis", "report", "doctor", "publish", "notify"])),
        ("publish", with(&["sealed", "source"])),
        ("notify", with(&["source"])),
        ("config", with(&[])),
        ("calendar", with(&[])),
        ("sample", with(&[])),
        // The second engine shares nothing with the first but the list of files.
        ("verify", with(&["source"])),
        (
            "cli",
            with(&[
                "sealed",
                "source",
                "engine",
                "pricing",
                "refresh",
                "notify",
                "normalize",
                "rollup",
                "analysis",
                "tables",
                "sql",
                "cluster",
                "report",
                "sample",
                "verify",
                "doctor",
                "batch",
                "publish",
                "notify",
                "config",
                "calendar",
            ]),
        ),
    ])
}

#[test]
fn every_edge_flows_downstream() {
    let allowed = allowed();
    let root = Path::new(ROOT).join("src");
    let mut edges = 0;
    for file in files(&root) {
        let path = file.to_string_lossy().into_owned();
        let Some(name) = path.strip_suffix(".rs") else { continue };
        // A file of tests may look at what the stages before say to each other.
        if name.ends_with("tests") {
            continue;
        }
        let stage = name.split('/').next().unwrap();
        if matches!(stage, "lib" | "main") {
            continue;
        }
        let may_use = allowed.get(stage).unwrap_or_else(|| panic!("{path}: {stage} is no stage of src/lib.rs"));
        let text = fs::read_to_string(root.join(&file)).unwrap();
        let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        for used in uses(&code.join("\n")) {
            edges += 1;
            assert!(
                used == stage || may_use.contains(&used.as_str()),
                "{path} uses crate::{used}: {stage} may use {may_use:?}"
            );
        }
    }
    assert!(edges > 100, "only {edges} edges were found: is the search broken?");
}

/// Finds the stages that a file names: `crate::x::…` and the branches of `use crate::{x::…, y}`.
fn uses(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            found.extend(branches(group));
        } else {
            found.push(word(rest));
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

fn branches(group: &str) -> Vec<String> {
    let mut depth = 0;
    let mut names = vec![word(group.trim_start())];
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(word(group[at + 1..].trim_start())),
            _ => {}
        }
    }
    names
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect()
}

#[test]
fn the_search_finds_all_spellings() {
    assert_eq!(uses("use crate::units::Month;"), ["units"]);
    assert_eq!(uses("use crate::{\n    error::{Error, Result},\n    units::Month,\n};"), ["error", "units"]);
    assert_eq!(uses("crate::terms::Service"), ["terms"]);
}

#[test]
fn every_source_file_says_what_it_owns() {
    let root = Path::new(ROOT).join("src");
    for file in files(&root).iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs")) {
        let text = fs::read_to_string(root.join(file)).unwrap();
        assert!(text.starts_with("//!"), "{} has no module documentation", file.display());
        assert!(text.lines().count() <= 600, "{} has more than 600 lines", file.display());
    }
}

/// The second engine of `verify` must not decode with the crates of the first, nor the first with polars.
#[test]
fn the_two_engines_share_no_decoder() {
    let root = Path::new(ROOT).join("src");
    for file in files(&root).iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs")) {
        let text = fs::read_to_string(root.join(file)).unwrap();
        let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let code = code.join("\n");
        let foreign: &[&str] =
            if file.starts_with("verify") { &["arrow", "parquet", "datafusion", "csv_core"] } else { &["polars"] };
        for name in foreign {
            let used = code.contains(&format!("use {name}::")) || code.contains(&format!(" {name}::"));
            assert!(!used, "{} uses {name}", file.display());
        }
    }
}
