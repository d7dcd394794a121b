//! `gravimeter prices import`: offer files that were fetched elsewhere become versions of the table.

use std::{
    fs::File,
    io::{BufRead, BufReader},
};

use chrono::Utc;
use flate2::read::MultiGzDecoder;

use super::arrived;
use crate::{
    cli::{
        args::{Global, PricesImport},
        price_book::{book, folder_to_write, name_table, store},
        talk,
    },
    error::{Error, Result},
    pricing::{Arrival, Reading, Sheet, Store, is_table, sheets_of_table},
};

/// How gzip files begin.
const GZIP: &[u8] = &[0x1f, 0x8b];

/// Runs the command.
pub(super) fn run(global: &Global, options: &PricesImport) -> Result<()> {
    let root = folder_to_write(global)?;
    let book = book(global)?;
    let mut reading = Reading::new(book);
    for known in store(global)?.skus()? {
        reading.know(&known.sku, &known.service, &known.region, &known.variant, &known.item);
    }
    let (mut names, mut sheets) = (Vec::new(), Vec::new());
    for path in &options.files {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|error| Error::io("read", path, &error))?;
        let mut file: Box<dyn BufRead> = Box::new(BufReader::new(file));
        if file.fill_buf().is_ok_and(|begin| begin.starts_with(GZIP)) {
            file = Box::new(BufReader::new(MultiGzDecoder::new(file)));
        }
        let begin = file.fill_buf().map_err(|error| Error::io("read", path, &error))?;
        if is_table(&String::from_utf8_lossy(begin)) {
            sheets.extend(sheets_of_table(&name, file)?);
        } else {
            reading.document(&name, file, options.stated)?;
        }
        let short = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        names.push(short);
    }
    let read = reading.finish()?;
    sheets.extend(read.sheets.into_iter().flat_map(Sheet::by_day));
    if sheets.is_empty() {
        return Err(Error::incomplete(format!("no price of the table is in {}", names.join(", ")))
            .hint("an offer file in USD of a service that `gravimeter prices status` lists, or what `gravimeter prices export` writes"));
    }
    let source = format!("file {}", names.join(", "));
    let arrivals: Vec<Arrival> = sheets.into_iter().flat_map(|sheet| Arrival::of(sheet, &source, &[])).collect();
    // A file proves what held on the day of its publication, not that it holds today.
    let added = Store::add(&root, &arrivals, None)?;
    talk(global, &arrived(&arrivals, &added, &root));
    talk(global, &format!("the price table is now {}", name_table(&root)?));
    for note in super::left_out(&read.left_out, &read.ambiguous) {
        talk(global, &note);
    }
    let newer = arrivals.iter().filter(|arrival| arrival.sheet.published > Utc::now().date_naive()).count();
    if newer > 0 {
        talk(global, &format!("warning: {newer} price lists are dated in the future"));
    }
    Ok(())
}
