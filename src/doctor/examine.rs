//! Reads what the findings rest on, one month after the other, so that memory is that of the largest month.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};

use super::{Duplicates, ExportFacts, Finality, MonthFacts, RowFacts, read::rows};
use crate::{
    engine::{Engine, query},
    error::Result,
    normalize::{LineItems, ScanCount, Unjudged, absent_columns},
    pricing::PriceBook,
    source::{Bill, Delivery, Export, Format, Surveyed},
    units::Month,
};

/// The table that the queries read.
const TABLE: &str = "line_items";

/// Columns that tell line items apart; without both, duplicates cannot be told.
const IDENTITY: [&str; 2] = ["identity_line_item_id", "identity_time_interval"];

/// Column of the invoice that AWS sets when it closes the bill.
const INVOICE: &str = "bill_invoice_id";

/// Reads the facts of each export; `begin` hears the name of each month before it is read.
///
/// # Errors
/// When the session itself fails; a month that cannot be read is a fact.
pub async fn examine(
    engine: &Engine,
    exports: Vec<Surveyed>,
    book: &'static PriceBook,
    begin: impl Fn(&str),
) -> Result<Vec<ExportFacts>> {
    let mut facts = Vec::with_capacity(exports.len());
    for export in exports {
        let mut months = Vec::new();
        for delivery in export.deliveries {
            let mut plain = MonthFacts {
                month: delivery.month,
                files: delivery.files.len(),
                bytes: delivery.files.iter().map(|file| file.object.size).sum(),
                by_manifest: delivery.manifest.is_some(),
                ..MonthFacts::default()
            };
            let Some(format) = export.format.filter(|_| export.unread.is_none()) else {
                months.push(plain);
                continue;
            };
            begin(&format!("{} {}", export.name, delivery.month.map_or_else(String::new, |month| month.to_string())));
            let bill = one_month(&export.name, format, delivery);
            plain.absent = absent_columns(&bill);
            match examine_month(engine, &bill, book).await {
                Ok(found) => months.extend(by_month(plain, found)),
                Err(error) => months.push(MonthFacts { problem: Some(error), ..plain }),
            }
        }
        months.sort_by_key(|month| month.month);
        facts.push(ExportFacts {
            name: export.name,
            format: export.format,
            payer: export.payer,
            unread: export.unread,
            problems: export.problems,
            months,
            broken: export.broken,
        });
    }
    Ok(facts)
}

/// Tells how final the months of one delivery are, and reads no more than that needs.
///
/// # Errors
/// When a file cannot be read.
pub async fn finality(
    engine: &Engine,
    export: &Export,
    delivery: &Delivery,
    book: &'static PriceBook,
) -> Result<BTreeMap<Month, Finality>> {
    let bill = one_month(&export.name, export.format, delivery.clone());
    let has_invoice = open(engine, &bill, book, &Arc::default()).await?;
    let mut months = BTreeMap::new();
    for row in rows(&engine.run(query("doctor/finality")?).await?) {
        let month = row.month()?;
        let facts = RowFacts {
            line_items: row.count("line_items")?,
            invoiced: if has_invoice { Some(row.count("invoiced")?) } else { None },
            // A monthly fee ends at the last day without saying anything: see `read_months`.
            usage_through: row.instant("usage_through")?.or(row.instant("any_usage_through")?),
            ..RowFacts::default()
        };
        months.insert(month, facts.finality(month));
    }
    Ok(months)
}

/// Opens the line items of a month for the queries; tells whether they have invoice ids.
async fn open(engine: &Engine, bill: &Bill, book: &'static PriceBook, count: &Arc<ScanCount>) -> Result<bool> {
    let table = LineItems::open(bill, book, Arc::new(Unjudged), Arc::clone(count)).await?;
    engine.context().deregister_table(TABLE)?;
    engine.context().register_table(TABLE, Arc::new(table))?;
    Ok(has(bill, INVOICE))
}

/// Tells whether every file has a column.
fn has(bill: &Bill, column: &str) -> bool {
    let mut files = bill.exports.iter().flat_map(|export| &export.deliveries).flat_map(|delivery| &delivery.files);
    files.all(|file| file.has_column(column))
}

/// Makes a bill of a single month.
fn one_month(name: &str, format: Format, delivery: Delivery) -> Bill {
    let export = Export { name: name.to_owned(), format, payer: None, deliveries: vec![delivery] };
    Bill { exports: vec![export], notes: Vec::new() }
}

/// Gives the rows to their months; the files stand with the first of them.
fn by_month(plain: MonthFacts, found: BTreeMap<Month, RowFacts>) -> Vec<MonthFacts> {
    if found.is_empty() {
        return vec![MonthFacts { rows: Some(RowFacts::default()), ..plain }];
    }
    let (absent, by_manifest) = (plain.absent.clone(), plain.by_manifest);
    let mut files = Some((plain.files, plain.bytes));
    let months = found.into_iter().map(|(month, rows)| {
        let (files, bytes) = files.take().unwrap_or_default();
        MonthFacts {
            month: Some(month),
            files,
            bytes,
            by_manifest,
            absent: absent.clone(),
            rows: Some(rows),
            problem: None,
        }
    });
    months.collect()
}

async fn examine_month(engine: &Engine, bill: &Bill, book: &'static PriceBook) -> Result<BTreeMap<Month, RowFacts>> {
    let count = Arc::<ScanCount>::default();
    let has_invoice = open(engine, bill, book, &count).await?;
    let mut months = read_months(engine, has_invoice).await?;
    read_hours(engine, &mut months).await?;
    read_accounts(engine, &mut months).await?;
    read_instances(engine, book, &mut months).await?;
    if IDENTITY.iter().all(|column| has(bill, column)) {
        read_duplicates(engine, &mut months).await?;
    }
    // The values belong to files, and the first month stands for them.
    if let Some(first) = months.values_mut().next() {
        first.not_amounts = count.notes();
    }
    Ok(months)
}

async fn read_months(engine: &Engine, has_invoice: bool) -> Result<BTreeMap<Month, RowFacts>> {
    let mut months: BTreeMap<Month, RowFacts> = BTreeMap::new();
    let mut any_usage: BTreeMap<Month, Option<DateTime<Utc>>> = BTreeMap::new();
    for row in rows(&engine.run(query("doctor/months")?).await?) {
        let month = row.month()?;
        let facts = months.entry(month).or_default();
        facts.line_items += row.count("line_items")?;
        *facts.costs.entry(row.text("currency")?).or_default() += row.amount("unblended_cost")?;
        if has_invoice {
            *facts.invoiced.get_or_insert(0) += row.count("invoiced")?;
        }
        facts.split_line_items += row.count("split_line_items")?;
        facts.usage_through = facts.usage_through.max(row.instant("usage_through")?);
        let latest = any_usage.entry(month).or_default();
        *latest = (*latest).max(row.instant("any_usage_through")?);
        facts.short_usage.0 += row.count("short_usage")?;
        facts.short_usage.1 += row.count("hourly_usage")?;
    }
    // A monthly fee ends at the last day without saying anything: only an export of monthly rows is judged by all usage.
    for (month, facts) in &mut months {
        facts.usage_through = facts.usage_through.or_else(|| any_usage.get(month).copied().flatten());
    }
    Ok(months)
}

async fn read_hours(engine: &Engine, months: &mut BTreeMap<Month, RowFacts>) -> Result<()> {
    for row in rows(&engine.run(query("doctor/hours_by_month")?).await?) {
        if let (Some(facts), Some(hour)) = (months.get_mut(&row.month()?), row.instant("usage_hour")?) {
            facts.hours.push(hour);
        }
    }
    Ok(())
}

async fn read_accounts(engine: &Engine, months: &mut BTreeMap<Month, RowFacts>) -> Result<()> {
    for row in rows(&engine.run(query("doctor/accounts_by_month")?).await?) {
        if let Some(facts) = months.get_mut(&row.month()?) {
            facts.accounts.insert(row.text("account_id")?, row.amount("unblended_cost")?);
        }
    }
    Ok(())
}

async fn read_instances(engine: &Engine, book: &PriceBook, months: &mut BTreeMap<Month, RowFacts>) -> Result<()> {
    let regions: BTreeSet<&str> = book.regions().iter().map(|region| region.code.as_str()).collect();
    for row in rows(&engine.run(query("doctor/instances_by_month")?).await?) {
        let Some(facts) = months.get_mut(&row.month()?) else { continue };
        let (region, kind) = (row.text("region")?, row.text("instance_type")?);
        let (count, cost) = (row.count("line_items")?, row.amount("amortized_cost")?);
        facts.instance_cost += cost;
        let mut unknown = |known: bool, name: String, into: fn(&mut RowFacts) -> &mut BTreeMap<String, _>| {
            if !known {
                let name = if name.is_empty() { "not stated".to_owned() } else { name };
                let sum: &mut (u64, rust_decimal::Decimal) = into(facts).entry(name).or_default();
                sum.0 += count;
                sum.1 += cost;
            }
        };
        unknown(book.shape(&kind).is_some(), kind, |facts| &mut facts.unknown_types);
        unknown(regions.contains(region.as_str()), region, |facts| &mut facts.unknown_regions);
    }
    Ok(())
}

async fn read_duplicates(engine: &Engine, months: &mut BTreeMap<Month, RowFacts>) -> Result<()> {
    for facts in months.values_mut() {
        facts.duplicates = Some(Duplicates::default());
    }
    for row in rows(&engine.run(query("doctor/duplicates_by_month")?).await?) {
        if let Some(facts) = months.get_mut(&row.month()?) {
            facts.duplicates = Some(Duplicates {
                same_amounts: row.count("same_amounts")?,
                cost: row.amount("same_amounts_cost")?,
                other_amounts: row.count("other_amounts")?,
                example: row.text("example")?,
            });
        }
    }
    Ok(())
}
