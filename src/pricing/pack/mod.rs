//! Makes `pricing-cache/`: the import that carries the published facts over into the form the binary embeds.
//!
//! In: a folder of facts, or a cache whose hand-kept files were corrected. Out: the files of the cache and their index,
//! byte for byte the same whenever the facts are the same. Nothing is written before all of it has been read back.

mod facts;
mod prices;
mod spelling;

use std::{
    borrow::Cow,
    fs,
    path::{Path, PathBuf},
};

use chrono::NaiveDate;

use super::{
    CURRENCY, PriceBook, committed,
    files::{
        self, EFFORT, FAMILIES, Files, INDEX, METERS, OFFERINGS, PERFORMANCE, PREDECESSORS, PRICES, PRICES_END, RATES,
        REGIONS, SHAPES, VERSIONS,
    },
    index::{Entry, Index, sha256},
    offerings::Offerings,
    regions::Regions,
    rules::{Efforts, Meters, Predecessors, Versions},
    shapes,
    speed::Speeds,
    table::Table,
};
use crate::error::{Error, Result};

/// Hand-kept file with what the facts leave out about a type; only the import reads it.
const EXTRA: &str = "shapes-extra.csv";

/// Rules that people keep.
const RULES: [&str; 4] = [EFFORT, METERS, PREDECESSORS, VERSIONS];

/// What the import made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// Date of the newest price.
    pub snapshot: NaiveDate,
    /// All files of the cache, sorted by name, the index included.
    pub files: Vec<PackedFile>,
}

/// One file of the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedFile {
    /// Name relative to the cache.
    pub name: String,
    /// Facts in it; for the index the number of files it lists.
    pub rows: usize,
    /// Size in bytes.
    pub bytes: usize,
    /// The file is new or has other contents than before.
    pub changed: bool,
}

/// Makes the cache `to` from a folder of facts, or makes the index of a corrected cache again.
///
/// `from` is a folder with `prices.csv` (plain, `.zst` or `.gz`), `instance_types.csv`, `shapes.csv`, `offerings.csv`,
/// `region_prefixes.csv` and `performance/measured_pairs.csv`; or a cache, which is then checked and indexed anew. An
/// existing `families.csv` of `to` is kept: people maintain it.
///
/// # Errors
/// When a fact cannot be read, when a family of the shapes is missing from `families.csv` (all are named), or when two
/// sources state different prices for one day.
pub fn pack(from: &Path, to: &Path) -> Result<Packed> {
    let is_cache = from.join(PRICES).is_dir();
    let mut made = if is_cache { repacked(from)? } else { imported(from, to)? };
    let index = index_of(&made)?;
    made.insert(INDEX.to_owned(), index.to_json()?.into());
    let book = PriceBook::of(made.clone())?;
    book.verify()?;
    let mut packed = Packed { snapshot: book.snapshot(), files: Vec::new() };
    // The index comes last, so that a cache whose writing was interrupted is refused.
    let (last, others): (Vec<_>, Vec<_>) = made.iter().partition(|(name, _)| *name == INDEX);
    for (name, bytes) in others.into_iter().chain(last) {
        let changed = write(&to.join(name), bytes)?;
        let rows = index.files.get(name).map_or(index.files.len(), |entry| entry.rows);
        packed.files.push(PackedFile { name: name.clone(), rows, bytes: bytes.len(), changed });
    }
    for folder in [PRICES, RATES] {
        remove_stale(to, folder, &made)?;
    }
    packed.files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(packed)
}

/// Makes the files from facts.
fn imported(from: &Path, to: &Path) -> Result<Files> {
    let mut made = Files::new();
    let facts = prices::read(from)?;
    for (service, prices) in &facts.list {
        made.insert(files::prices_of(service), Table::encode(prices)?.into());
    }
    for (service, rates) in &facts.committed {
        made.insert(files::rates_of(service), committed::encode(rates)?.into());
    }
    let families = by_hand(to, FAMILIES)?;
    for name in RULES {
        made.insert(name.to_owned(), by_hand(to, name)?.into());
    }
    let shapes = facts::shapes(from, &facts::extra(&to.join(EXTRA))?)?;
    finish_shapes(&mut made, families, &shapes)?;
    made.insert(OFFERINGS.to_owned(), facts::offerings(from)?.into());
    made.insert(REGIONS.to_owned(), facts::regions(from)?.into());
    made.insert(PERFORMANCE.to_owned(), facts::performance(from)?.into());
    Ok(made)
}

/// Reads a file that people keep.
fn by_hand(cache: &Path, name: &str) -> Result<Vec<u8>> {
    read(&cache.join(name)).map_err(|error| {
        error.hint("this file is kept by hand and cannot be made from facts: bring it back from the repository")
    })
}

/// Takes over the files of a cache; what repeats a hand-kept file is written anew.
fn repacked(from: &Path) -> Result<Files> {
    let mut made = Files::new();
    for folder in [PRICES, RATES] {
        for path in price_files(&from.join(folder))? {
            if let Some(name) = path.file_name() {
                made.insert(format!("{folder}{}", name.to_string_lossy()), read(&path)?.into());
            }
        }
    }
    for name in [OFFERINGS, REGIONS, PERFORMANCE].into_iter().chain(RULES) {
        made.insert(name.to_owned(), read(&from.join(name))?.into());
    }
    let mut shapes = shapes::read_shapes(&read(&from.join(SHAPES))?)?;
    facts::apply(&facts::extra(&from.join(EXTRA))?, &mut shapes)?;
    finish_shapes(&mut made, read(&from.join(FAMILIES))?, &shapes)?;
    Ok(made)
}

/// Checks the shapes against the families and adds both files.
fn finish_shapes(made: &mut Files, families: Vec<u8>, shapes: &[shapes::Shape]) -> Result<()> {
    let known = shapes::read_families(&families)?;
    shapes::check(shapes, &known)?;
    made.insert(SHAPES.to_owned(), facts::render(shapes, &known)?.into());
    made.insert(FAMILIES.to_owned(), families.into());
    Ok(())
}

/// Reads every file back and says what is in it.
fn index_of(made: &Files) -> Result<Index> {
    let mut index =
        Index { snapshot: String::new(), currency: CURRENCY.to_owned(), files: std::collections::BTreeMap::new() };
    let families = shapes::read_families(made.get(FAMILIES).map_or(&[][..], Cow::as_ref))?;
    for (name, bytes) in made {
        let mut dates = None;
        let rows = match name.as_str() {
            SHAPES => shapes::read_shapes(bytes)?.len(),
            FAMILIES => families.len(),
            OFFERINGS => Offerings::decode(bytes)?.len(),
            REGIONS => Regions::read(bytes)?.all().len(),
            PERFORMANCE => Speeds::read(bytes, &families)?.len(),
            METERS => Meters::read(bytes)?.len(),
            VERSIONS => Versions::read(bytes)?.len(),
            PREDECESSORS => Predecessors::read(bytes, &families)?.len(),
            EFFORT => Efforts::read(bytes)?.len(),
            rates if rates.starts_with(RATES) => {
                let tables = committed::decode(name, bytes)?;
                dates = committed::dates(&tables);
                committed::count(&tables)
            }
            _ => {
                let table = Table::decode(name, bytes)?;
                dates = table.dates();
                table.len()
            }
        };
        let (oldest, newest) = dates.map(|(oldest, newest)| (oldest.to_string(), newest.to_string())).unzip();
        // Dates written year first sort as text.
        index.snapshot = index.snapshot.max(newest.clone().unwrap_or_default());
        index.files.insert(name.clone(), Entry { rows, sha256: sha256(bytes), oldest, newest });
    }
    Ok(index)
}

/// Writes the file unless it already has these contents; tells whether it did.
fn write(path: &Path, bytes: &[u8]) -> Result<bool> {
    if fs::read(path).is_ok_and(|found| found == bytes) {
        return Ok(false);
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| Error::io("create", folder, &error))?;
    }
    fs::write(path, bytes).map_err(|error| Error::io("write", path, &error))?;
    Ok(true)
}

/// Removes price files of services that the facts no longer have.
fn remove_stale(to: &Path, folder: &str, made: &Files) -> Result<()> {
    for path in price_files(&to.join(folder))? {
        let name = path.file_name().map(|name| format!("{folder}{}", name.to_string_lossy()));
        if name.is_some_and(|name| !made.contains_key(&name)) {
            fs::remove_file(&path).map_err(|error| Error::io("remove", &path, &error))?;
        }
    }
    Ok(())
}

/// Lists the price files of a folder; without the folder there are none.
fn price_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error: &std::io::Error| Error::io("list", folder, error);
    let mut found = Vec::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    for entry in fs::read_dir(folder).map_err(|error| failed(&error))? {
        let path = entry.map_err(|error| failed(&error))?.path();
        if path.to_string_lossy().ends_with(PRICES_END) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| Error::io("read", path, &error))
}

#[cfg(test)]
mod tests;
