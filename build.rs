//! Names the logic by which bills are rolled up, so that a rollup that other code wrote is never taken for one of ours.

use std::{
    collections::BTreeSet,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
};

/// What decides the content of a rollup: the code, and the facts that usages are derived from.
const DECIDES: [&str; 9] = [
    "src/normalize",
    "src/rollup",
    "src/pricing",
    "src/terms.rs",
    "src/units.rs",
    "pricing-cache/families.csv",
    "pricing-cache/meters.csv",
    "pricing-cache/regions.csv",
    "pricing-cache/shapes.csv",
];

fn main() -> io::Result<()> {
    let mut files = BTreeSet::new();
    for path in DECIDES {
        println!("cargo:rerun-if-changed={path}");
        collect(Path::new(path), &mut files)?;
    }
    let mut hasher = DefaultHasher::new();
    for file in &files {
        file.hash(&mut hasher);
        fs::read(file)?.hash(&mut hasher);
    }
    println!("cargo:rustc-env=GRAVIMETER_LOGIC={:016x}", hasher.finish());
    Ok(())
}

fn collect(path: &Path, files: &mut BTreeSet<PathBuf>) -> io::Result<()> {
    if !path.is_dir() {
        files.insert(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        collect(&entry?.path(), files)?;
    }
    Ok(())
}
