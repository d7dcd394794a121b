//! Which price table a run uses: the embedded prices under those of the user's folder, as of the day asked for.

use std::{
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use super::args::Global;
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
    folder(global).map_or_else(|| Ok(Store::default()), |folder| Store::open(&folder)).map(Arc::new)
}

/// Returns the price table of this run.
pub(super) fn book(global: &Global) -> Result<&'static PriceBook> {
    static BOOK: OnceLock<&'static PriceBook> = OnceLock::new();
    if let Some(book) = BOOK.get() {
        return Ok(book);
    }
    let book = PriceBook::open(&store(global)?, global.as_of)?;
    Ok(BOOK.get_or_init(|| book))
}
