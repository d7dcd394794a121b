//! `gravimeter prices refresh`: asks AWS for the price lists of what the bill uses.

use std::{collections::BTreeSet, time::Duration};

use chrono::Utc;

use super::{arrived, left_out};
use crate::{
    cli::{
        args::{Global, PricesRefresh},
        bill::OpenBill,
        grid::{Cell, Grid, GridFormat},
        price_book::{book, folder_to_write, name_table, store},
        talk,
    },
    error::{Error, Result},
    normalize::service_of,
    pricing::{self, Arrival, PriceBook, PriceKind, Store, refreshes_alone},
    refresh::{Ask, Fetched, Want, clear, refresh},
    terms::{PurchaseOption, Service},
};

/// What an interrupted run left is used for so long.
const KEPT: Duration = Duration::from_hours(12);

/// Folder of what an interrupted run left, beside that of the versions.
const STAGING: &str = "price-refresh";

/// Products beside compute whose prices the table has.
const BESIDE: [(&str, &str); 2] = [("AmazonApiGateway", "APIGateway"), ("AWSELB", "ELB")];

/// Runs the command.
pub(super) async fn run(global: &Global, options: &PricesRefresh) -> Result<()> {
    let book = book(global)?;
    let used = if options.sources.is_empty() { None } else { Some(used(global, &options.sources, book).await?) };
    let plans = options.plans || (used.as_ref().is_some_and(|used| used.has_plans) && !options.no_plans);
    let wants = wants(global, options, used, book)?;
    if options.dry_run {
        let mut grid = Grid::new(&["service", "region"]);
        grid.rows.extend(wants.iter().map(|want| vec![Cell::text(&want.service), Cell::text(&want.region)]));
        return grid.print(GridFormat::Table);
    }
    let root = folder_to_write(global)?;
    let _alone = refreshes_alone(&root)?;
    let staging = root.with_file_name(STAGING);
    let known_skus = store(global)?.skus()?;
    let today = Utc::now().date_naive();
    talk(global, &format!("asking AWS for {} price lists", wants.len()));
    let ask = Ask {
        wants: &wants,
        bulk: options.bulk,
        plans,
        effective: options.effective,
        today,
        staging: &staging,
        keep_for: KEPT,
        known_skus: known_skus
            .into_iter()
            .map(|known| (known.sku, known.service, known.region, known.variant, known.item))
            .collect(),
    };
    let fetched = refresh(&global.access(), book, &ask).await?;
    // Rates of plans that nobody asked for are a gift: without them the list prices still are whole.
    let (missing_plans, failed): (Vec<_>, Vec<_>) =
        fetched.failed.iter().partition(|(want, _)| want.is_plan() && !options.plans);
    let error = to_error(&failed);
    if let Some(error) = &error
        && (!options.partial || fetched.sheets.is_empty())
    {
        return Err(error.clone());
    }
    keep(global, options, &root, &fetched, &whole(plans, &fetched), today)?;
    for want in &fetched.nothing_for {
        talk(global, &format!("note: AWS lists no price of {} in {}", want.service, want.region));
    }
    for (want, error) in missing_plans {
        talk(global, &format!("warning: no rates of Savings Plans, {} in {}: {error}", want.service, want.region));
    }
    match error {
        Some(error) => Err(error),
        None => clear(&staging),
    }
}

/// Returns the kinds of prices of which a refresh brought all.
fn whole(plans: bool, fetched: &Fetched) -> Vec<PriceKind> {
    let arrived = !fetched.failed.iter().any(|(want, _)| want.is_plan());
    let mut whole = vec![PriceKind::List, PriceKind::Reserved];
    whole.extend((plans && arrived).then_some(PriceKind::SavingsPlan));
    whole
}

/// Makes versions of what arrived.
fn keep(
    global: &Global,
    options: &PricesRefresh,
    root: &std::path::Path,
    fetched: &Fetched,
    whole: &[PriceKind],
    today: chrono::NaiveDate,
) -> Result<()> {
    if fetched.sheets.is_empty() {
        return Err(Error::incomplete("AWS has no price of what was asked for")
            .hint("gravimeter prices refresh --dry-run says what that is"));
    }
    let source = if options.bulk { "AWS Price List bulk files" } else { "AWS Price List API" };
    let arrivals: Vec<Arrival> =
        fetched.sheets.iter().flat_map(|sheet| Arrival::of(sheet.clone(), source, whole)).collect();
    // What held on an earlier day is not thereby confirmed today.
    let added = Store::add(root, &arrivals, options.effective.is_none().then_some(today))?;
    talk(global, &arrived(&arrivals, &added, root));
    talk(global, &format!("the price table is now {}", name_table(root)?));
    let reused = match fetched.reused {
        0 => String::new(),
        pages => format!(", {pages} pages were there from an interrupted run"),
    };
    talk(global, &format!("{} requests{reused}", fetched.requests));
    for note in left_out(&fetched.left_out, &fetched.ambiguous) {
        talk(global, &note);
    }
    Ok(())
}

/// Puts the failures into one error of the kind of the first.
fn to_error(failed: &[&(Want, Error)]) -> Option<Error> {
    let (_, first) = failed.first()?;
    let named: Vec<String> =
        failed.iter().map(|(want, error)| format!("{} in {}: {error}", want.service, want.region)).collect();
    let count = failed.len();
    let what =
        format!("{count} price list{} did not arrive whole: {}", if count == 1 { "" } else { "s" }, named.join("; "));
    let error = first.hints().iter().fold(Error::new(first.kind(), what), Error::hint);
    Some(error.hint("run the same command again: it goes on where it stopped; --partial keeps what is whole"))
}

/// Returns what to ask for: the services and regions named, else those of the bill.
fn wants(global: &Global, options: &PricesRefresh, used: Option<Used>, book: &PriceBook) -> Result<Vec<Want>> {
    let services = services(&options.services)?;
    let regions = regions(global, &options.regions, !options.sources.is_empty(), book)?;
    let used = used.map(|used| used.pairs);
    let pairs: BTreeSet<(String, String)> = match (used, services, regions) {
        (None, Some(services), Some(regions)) => {
            services.iter().flat_map(|service| regions.iter().map(|region| (service.clone(), region.clone()))).collect()
        }
        (None, ..) => {
            return Err(Error::usage("what is to be refreshed?").hint(
                "name a bill, gravimeter prices refresh ./exports, or --services EC2,RDS with --regions us-east-1",
            ));
        }
        // What is named beside a bill is asked for in full: services in the regions of the bill, and the other way round.
        (Some(used), services, regions) => {
            let of_bill = |place: fn(&(String, String)) -> &String| used.iter().map(place).cloned().collect();
            let all_services: BTreeSet<String> = services.clone().unwrap_or_else(|| of_bill(|pair| &pair.0));
            let all_regions: BTreeSet<String> = regions.clone().unwrap_or_else(|| of_bill(|pair| &pair.1));
            if services.is_none() && regions.is_none() {
                used
            } else {
                all_services
                    .iter()
                    .flat_map(|service| all_regions.iter().map(|region| (service.clone(), region.clone())))
                    .collect()
            }
        }
    };
    if pairs.is_empty() {
        return Err(Error::usage("the bill has no compute that the table prices")
            .hint("name --services EC2,RDS and --regions us-east-1"));
    }
    Ok(pairs.into_iter().map(|(service, region)| Want { service, region }).collect())
}

fn services(named: &[String]) -> Result<Option<BTreeSet<String>>> {
    let known: Vec<&str> = pricing::services().collect();
    let find = |name: &String| {
        known.iter().find(|known| known.eq_ignore_ascii_case(name)).map(|known| (*known).to_owned()).ok_or_else(|| {
            Error::usage(format!("\"{name}\" is no service of the table")).hint(format!("it has {}", known.join(", ")))
        })
    };
    match named {
        [] => Ok(None),
        [all] if all == "all" => Ok(Some(known.iter().map(|known| (*known).to_owned()).collect())),
        named => named.iter().map(find).collect::<Result<_>>().map(Some),
    }
}

fn regions(global: &Global, named: &[String], has_bill: bool, book: &PriceBook) -> Result<Option<BTreeSet<String>>> {
    let known: Vec<&str> = book.regions().iter().map(|region| region.code.as_str()).collect();
    let check = |name: &String| {
        if known.contains(&name.as_str()) {
            return Ok(name.clone());
        }
        Err(Error::usage(format!("\"{name}\" is not a region of the price table"))
            .hint(format!("it has {}", known.join(", "))))
    };
    match named {
        // Beside a bill the global region is that of its bucket.
        [] => global
            .region
            .iter()
            .filter(|_| !has_bill)
            .map(check)
            .collect::<Result<BTreeSet<_>>>()
            .map(|found| Some(found).filter(|found| !found.is_empty())),
        [all] if all == "all" => Ok(Some(known.iter().map(|known| (*known).to_owned()).collect())),
        named => named.iter().map(check).collect::<Result<_>>().map(Some),
    }
}

/// What a bill uses.
struct Used {
    /// Services and regions.
    pairs: BTreeSet<(String, String)>,
    /// Whether a Savings Plan covers any of it.
    has_plans: bool,
}

/// Returns what the bill uses.
async fn used(global: &Global, sources: &[String], book: &PriceBook) -> Result<Used> {
    let bill = OpenBill::open(global, sources, None, None).await?;
    let (figures, _) = bill.figures().await?;
    let mut used = Used { pairs: BTreeSet::new(), has_plans: false };
    for row in &figures.rows {
        used.has_plans |= row.usage.purchase_option == Some(PurchaseOption::SavingsPlan);
        let Some(region) = row.usage.region.as_deref() else { continue };
        if !book.regions().iter().any(|known| known.code == region) {
            continue;
        }
        let product = row.usage.product_code.as_ref();
        let beside = BESIDE.iter().find(|(code, _)| *code == product).map(|(_, service)| *service);
        let compute = service_of(product).filter(|_| row.usage.usage_kind.has_architecture()).map(Service::as_str);
        if let Some(service) = beside.or(compute) {
            used.pairs.insert((service.to_owned(), region.to_owned()));
        }
    }
    Ok(used)
}
