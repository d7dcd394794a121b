//! Asks AWS for its price lists: products page by page, or the bulk file of an offer, and the rates of Savings Plans.
//!
//! In: services and regions. Out: their [`Sheet`]s, whole or not at all. Every answer is checked and kept in a staging
//! folder, so that a refresh that was interrupted goes on where it stopped. A unit of work (a service in a region, or
//! an offer's file) fails by itself. Needs `pricing:GetProducts`, and for bulk files and plans
//! `pricing:ListPriceLists` and `pricing:GetPriceListFileUrl`.

mod api;
mod download;
mod failure;
mod staging;
mod work;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::Duration,
};

use chrono::NaiveDate;
use futures::StreamExt;

use crate::{
    error::{Error, Kind, Result},
    pricing::{self, PriceBook, Read, Reading, Sheet},
    source::Access,
};
use api::Api;
use staging::Unit;
use work::{What, Work};

/// A service in a region whose prices are wanted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Want {
    /// Service as the price table calls it: "EC2". In [`Fetched::failed`] it may be the offer of a Savings Plan.
    pub service: String,
    /// Region code.
    pub region: String,
}

/// What to ask for, and how.
#[derive(Debug)]
pub struct Ask<'a> {
    /// Services and regions.
    pub wants: &'a [Want],
    /// Takes the bulk files of whole regions.
    pub bulk: bool,
    /// Asks for the rates of Savings Plans too, in the regions that are wanted.
    pub plans: bool,
    /// Day of the bulk files; `None` takes those of now.
    pub effective: Option<NaiveDate>,
    /// Dates what carries no date itself.
    pub today: NaiveDate,
    /// Folder for what is fetched.
    pub staging: &'a Path,
    /// How long that is good for.
    pub keep_for: Duration,
    /// SKU, service, region, variant and item of what was read before, for the rates of Savings Plans.
    pub known_skus: Vec<(String, String, String, String, String)>,
}

/// What was fetched.
#[derive(Debug)]
pub struct Fetched {
    /// A sheet per service and region that succeeded, sorted by both.
    pub sheets: Vec<Sheet>,
    /// What failed, with its error; a sheet of the region may lack the rates of a plan that is here.
    pub failed: Vec<(Want, Error)>,
    /// What AWS has no prices of: the service may not exist there.
    pub nothing_for: Vec<Want>,
    /// Requests that were sent.
    pub requests: u64,
    /// Pages and files taken from an interrupted run.
    pub reused: u64,
    /// Products and rates that are in no sheet, by reason.
    pub left_out: BTreeMap<&'static str, usize>,
    /// Prices that are in no sheet because the price list states two.
    pub ambiguous: Vec<String>,
}

/// A unit of work and the wants that depend on it.
struct Planned {
    work: Work,
    wants: Vec<Want>,
}

impl Want {
    /// Tells whether it stands for the rates of a Savings Plan.
    pub fn is_plan(&self) -> bool {
        pricing::plan_offers().iter().any(|codes| codes.contains(&self.service.as_str()))
    }
}

impl Planned {
    fn is_of_plan(&self) -> bool {
        self.wants.iter().all(Want::is_plan)
    }
}

/// Asks AWS for price lists.
///
/// # Errors
/// When the wish makes no sense, when credentials or permissions are missing, or when what was fetched contradicts
/// itself. The failure of one unit is in [`Fetched::failed`] instead.
pub async fn refresh(access: &Access, book: &PriceBook, ask: &Ask<'_>) -> Result<Fetched> {
    let planned = plan(ask)?;
    let api = Api::new(access).await;
    let mut running = futures::stream::iter(planned.iter().enumerate())
        .map(|(place, planned)| {
            let work = Box::pin(planned.work.fetch(&api, book, ask.today));
            async move { (place, work.await) }
        })
        .buffer_unordered(api::AT_ONCE);
    let mut fetched: Vec<Option<work::Fetched>> = planned.iter().map(|_| None).collect();
    let mut failures = BTreeMap::new();
    while let Some((place, result)) = running.next().await {
        match result {
            Ok(files) => fetched[place] = Some(files),
            // What one may not do, the others may not do either; plans alone need more than one permission.
            Err(error) if matches!(error.kind(), Kind::Permission | Kind::Usage) && !planned[place].is_of_plan() => {
                return Err(error);
            }
            Err(error) => {
                failures.insert(place, error);
            }
        }
    }
    drop(running);
    let read = read(book, ask, &planned, &mut fetched, &mut failures)?;

    let mut failed: Vec<(Want, Error)> = Vec::new();
    for (place, error) in failures {
        for want in &planned[place].wants {
            if failed.iter().all(|(known, _)| known != want) {
                failed.push((want.clone(), error.clone()));
            }
        }
    }
    let is_of = |sheet: &Sheet, want: &Want| sheet.service == want.service && sheet.region == want.region;
    let good: Vec<&Want> = ask.wants.iter().filter(|want| failed.iter().all(|(known, _)| known != *want)).collect();
    let sheets: Vec<Sheet> = read
        .sheets
        .into_iter()
        .filter(|sheet| !sheet.prices.is_empty() && good.iter().any(|want| is_of(sheet, want)))
        .collect();
    let nothing_for = good.into_iter().filter(|want| !sheets.iter().any(|sheet| is_of(sheet, want))).cloned().collect();
    Ok(Fetched {
        nothing_for,
        sheets,
        failed,
        requests: api.requests(),
        reused: fetched.iter().flatten().map(|fetched| fetched.reused).sum(),
        left_out: read.left_out,
        ambiguous: read.ambiguous,
    })
}

/// Throws away what a refresh has kept.
///
/// # Errors
/// When the folder cannot be removed.
pub fn clear(staging: &Path) -> Result<()> {
    staging::remove(staging)
}

/// Divides the wish into units of work.
fn plan(ask: &Ask<'_>) -> Result<Vec<Planned>> {
    let mut planned = Vec::new();
    // One file may hold several services.
    let mut files: BTreeMap<(&'static str, &str), Vec<Want>> = BTreeMap::new();
    let wants: BTreeSet<&Want> = ask.wants.iter().collect();
    for want in &wants {
        let (service, region) = (want.service.as_str(), want.region.as_str());
        let unknown = || {
            let known: Vec<&str> = pricing::services().collect();
            Error::usage(format!("AWS has no price list of \"{service}\"")).hint(format!("known: {}", known.join(", ")))
        };
        if ask.bulk {
            for code in pricing::offer_codes(service).ok_or_else(unknown)? {
                files.entry((code, region)).or_default().push((*want).clone());
            }
            continue;
        }
        let queries = pricing::queries(service, region).ok_or_else(unknown)?;
        let name = format!("{service} in {region}");
        let spelled: Vec<&str> = queries
            .iter()
            .flat_map(|query| {
                let filters = query.filters.iter().flat_map(|(field, value)| [*field, value.as_str()]);
                ["query", query.service_code].into_iter().chain(filters)
            })
            .collect();
        let unit = Unit::open(ask.staging, &name, &spelled, ask.keep_for)?;
        planned.push(Planned { work: Work { name, what: What::Pages(queries), unit }, wants: vec![(*want).clone()] });
    }
    if ask.plans {
        let regions: BTreeSet<&str> = wants.iter().map(|want| want.region.as_str()).collect();
        for region in regions {
            for [code, _] in pricing::plan_offers() {
                let want = Want { service: (*code).to_owned(), region: region.to_owned() };
                files.entry((code, region)).or_default().push(want);
            }
        }
    }
    // Products before plans, whose rates name the SKUs of products.
    let mut files: Vec<_> = files.into_iter().collect();
    let plan = |code: &str| pricing::plan_offers().iter().find(|codes| codes[0] == code);
    files.sort_by_key(|((code, _), _)| plan(code).is_some());
    let day = ask.effective.map_or_else(|| "now".to_owned(), |day| day.to_string());
    for ((code, region), wants) in files {
        let name = format!("{code} in {region}");
        let unit = Unit::open(ask.staging, &name, &["file", code, region, &day], ask.keep_for)?;
        let codes = plan(code).map_or_else(|| vec![code], |codes| codes.to_vec());
        let what = What::File { codes, region: region.to_owned(), effective: ask.effective };
        planned.push(Planned { work: Work { name, what, unit }, wants });
    }
    Ok(planned)
}

/// Reads all that was fetched, without what turns out to be malformed.
fn read(
    book: &PriceBook,
    ask: &Ask<'_>,
    planned: &[Planned],
    fetched: &mut [Option<work::Fetched>],
    failures: &mut BTreeMap<usize, Error>,
) -> Result<Read> {
    'again: loop {
        let mut reading = Reading::new(book);
        for (sku, service, region, variant, item) in &ask.known_skus {
            reading.know(sku, service, region, variant, item);
        }
        for (place, Planned { work, .. }) in planned.iter().enumerate() {
            let Some(files) = &fetched[place] else { continue };
            if let Err(error) = work.read(&mut reading, files, ask.today) {
                // Half of it has been read, so all is read again without it.
                work.unit.clear()?;
                let error = Error::new(error.kind(), format!("prices of {}: {error}", work.name))
                    .hint("the prices that were known before stay; run the command again");
                failures.insert(place, error);
                fetched[place] = None;
                continue 'again;
            }
        }
        return reading.finish();
    }
}
