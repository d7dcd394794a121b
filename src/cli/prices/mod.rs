//! `gravimeter prices`: what the price table covers and says, where it comes from, and how it changes.

mod change;
mod export;
mod import;
mod refresh;
mod show;
mod status;

use super::{
    args::{Global, Prices, PricesCommand},
    price_book::{book, store},
    talk,
};
use std::{collections::BTreeMap, path::Path};

use crate::{
    error::Result,
    pricing::{Added, Arrival, PriceBook, doubts, pack},
};

/// Columns of a price.
const COLUMNS: [&str; 10] =
    ["service", "region", "item", "variant", "term", "unit", "price", "currency", "as_of", "source"];

/// Runs the command.
pub(super) async fn run(global: &Global, options: &Prices) -> Result<()> {
    match &options.command {
        PricesCommand::Status(options) => status::run(global, options).await,
        PricesCommand::Show(options) => show::run(global, options),
        PricesCommand::Refresh(options) => refresh::run(global, options).await,
        PricesCommand::Import(options) => import::run(global, options),
        PricesCommand::Export(options) => export::run(global, options),
        PricesCommand::Diff(options) => change::run(global, options).await,
        PricesCommand::Verify => verify(global),
        PricesCommand::Pack(options) => {
            let packed = pack(&options.from, &options.to)?;
            talk(
                global,
                &format!(
                    "packed {} files, prices up to {}, into {}",
                    packed.files.len(),
                    packed.snapshot,
                    options.to.display()
                ),
            );
            Ok(())
        }
    }
}

/// Reads every file of the table, those that the binary carries and those of the folder.
fn verify(global: &Global) -> Result<()> {
    PriceBook::embedded()?.verify()?;
    let store = store(global)?;
    store.verify()?;
    let book = book(global)?;
    book.verify()?;
    for doubt in doubts(PriceBook::embedded()?, book) {
        talk(global, &format!("warning: {doubt}"));
    }
    let count = store.versions().len();
    talk(
        global,
        &format!(
            "verified: the embedded prices of {} and {count} version{} in {}",
            PriceBook::embedded()?.snapshot(),
            if count == 1 { "" } else { "s" },
            store.root().display()
        ),
    );
    Ok(())
}

/// Says what became of price lists.
fn arrived(arrivals: &[Arrival], added: &Added, root: &Path) -> String {
    let prices: usize = arrivals.iter().map(|arrival| arrival.sheet.prices.len()).sum();
    let days = || arrivals.iter().map(|arrival| arrival.sheet.published);
    let (oldest, newest) = (days().min(), days().max());
    let published = match (oldest, newest) {
        (Some(oldest), Some(newest)) if oldest != newest => format!(", published {oldest} to {newest}"),
        (Some(day), _) => format!(", published {day}"),
        _ => String::new(),
    };
    format!(
        "{prices} prices in {} price lists{published}: {} new versions, {} confirmed, in {}",
        arrivals.len(),
        added.new.len(),
        added.confirmed,
        root.display()
    )
}

/// Says what of the documents is not in the table, and why.
fn left_out(reasons: &BTreeMap<&'static str, usize>, ambiguous: &[String]) -> Vec<String> {
    let mut notes = Vec::new();
    if !reasons.is_empty() {
        let named: Vec<String> = reasons.iter().map(|(reason, count)| format!("{reason} ({count})")).collect();
        notes.push(format!("note: left out: {}", named.join(", ")));
    }
    if let Some(first) = ambiguous.first() {
        notes.push(format!(
            "warning: {} prices are stated twice with different amounts and neither is taken: {first}{}",
            ambiguous.len(),
            if ambiguous.len() > 1 { " …" } else { "" }
        ));
    }
    notes
}
