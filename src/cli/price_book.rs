//! Which price table a run uses: the embedded prices under those of the user's folder, as of the day asked for.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use chrono::Utc;

use super::args::{AsOf, Global};
use crate::{
    error::{Error, Result},
    pricing::{PriceBook, Store},
};

/// Folder of the price versions, in the cache folder that was named or in the user's data folder.
const FOLDER: &str = "pricing-cache";

/// Returns the folder of the price versions; `None` where there is no place for one.
pub(super) fn folder(global: &Global) -> Option<PathBuf> {
    match &global.cache_dir {
        Some(folder) => Some(folder.join(FOLDER)),
        // Data, not cache: a system may empty a cache, and old versions cannot be fetched again.
        None => super::xdg("XDG_DATA_HOME", ".local/share").map(|folder| folder.join(FOLDER)),
    }
}

/// Returns the folder for a command that writes to it.
pub(super) fn folder_to_write(global: &Global) -> Result<PathBuf> {
    folder(global).ok_or_else(|| {
        Error::usage("there is no place for prices: neither XDG_DATA_HOME nor HOME is set")
            .hint("name one: --cache-dir DIR")
    })
}

/// Opens the price versions; where there is no folder there are none.
pub(super) fn store(global: &Global) -> Result<Arc<Store>> {
    let store = folder(global).map_or_else(|| Ok(Store::default()), |folder| Store::open(&folder))?;
    match &global.as_of {
        Some(AsOf::Table(table)) => store.of_table(table),
        _ => Ok(store),
    }
    .map(Arc::new)
}

/// Takes down what the table of all versions is now made of, so that its digits lead back to it.
pub(super) fn name_table(root: &Path) -> Result<String> {
    let store = Arc::new(Store::open(root)?);
    let book = PriceBook::open(&store, None)?;
    store.name(book, Utc::now().date_naive())?;
    Ok(book.version().to_owned())
}

/// Returns the price table of this run.
pub(super) fn book(global: &Global) -> Result<&'static PriceBook> {
    static BOOK: OnceLock<&'static PriceBook> = OnceLock::new();
    if let Some(book) = BOOK.get() {
        return Ok(book);
    }
    let book = PriceBook::open(&store(global)?, global.as_of_day())?;
    if let Some(AsOf::Table(table)) = &global.as_of
        && book.version() != table
    {
        return Err(Error::incomplete(format!(
            "the price table {table} cannot be made again: its files and the prices of this binary give {}",
            book.version()
        ))
        .hint("use the gravimeter of that time; a day, such as --as-of 2026-11-18, is another way"));
    }
    Ok(BOOK.get_or_init(|| book))
}
