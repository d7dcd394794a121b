//! The price book: one door to prices, shapes, families, offerings, regions and measured speed.

use std::{borrow::Cow, collections::BTreeMap, sync::OnceLock};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{
    CURRENCY, Family, Price, Region, Shape, Speed, TERM, Term, bare_type,
    committed::{self, Committed},
    files::{self, EFFORT, FAMILIES, Files, METERS, OFFERINGS, PERFORMANCE, PREDECESSORS, REGIONS, SHAPES, VERSIONS},
    index::Index,
    offerings::Offerings,
    regions::Regions,
    rules::{Effort, Efforts, Meters, Predecessors, Versions},
    shapes,
    speed::Speeds,
    table::Table,
    text::shared,
};
use crate::error::{Error, Result};

/// The dated table of prices with all that belongs to it.
#[derive(Debug)]
pub struct PriceBook {
    snapshot: NaiveDate,
    services: BTreeMap<String, Service>,
    shapes: Vec<Shape>,
    families: BTreeMap<String, Family>,
    offerings: Offerings,
    regions: Regions,
    speeds: Speeds,
    meters: Meters,
    versions: Versions,
    predecessors: Predecessors,
    efforts: Efforts,
}

/// The prices of a service, read when they are first asked for.
#[derive(Debug)]
struct Service {
    file: String,
    bytes: Cow<'static, [u8]>,
    /// Rows that the index promises.
    rows: usize,
    table: OnceLock<Result<Table, String>>,
    /// Rates under commitments, where any are known.
    committed: Option<Committed>,
}

impl Service {
    fn table(&self) -> Result<&Table, &str> {
        let read = || {
            let table = Table::decode(&self.file, &self.bytes).map_err(|error| error.to_string())?;
            let found = table.len();
            if found == self.rows {
                Ok(table)
            } else {
                Err(format!("{} has {found} prices, the index promises {}", self.file, self.rows))
            }
        };
        self.table.get_or_init(read).as_ref().map_err(String::as_str)
    }
}

impl PriceRow<'_> {
    /// Makes the row of a price that [`Table::rows`] lists.
    fn of<'a>(
        service: &'a str,
        term: &'static str,
        (region, item, variant, price): (&'a str, &'a str, &'a str, &Price),
    ) -> PriceRow<'a> {
        let Price { usd, unit, as_of, source } = price.clone();
        PriceRow { service, region, item, variant, term, unit, price: usd, currency: CURRENCY, as_of, source }
    }
}

/// A price as a row of the SQL table `prices`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceRow<'a> {
    /// Service as the price list calls it: "EC2".
    pub service: &'a str,
    /// Region code.
    pub region: &'a str,
    /// Instance type, or the usage that is priced.
    pub item: &'a str,
    /// Operating system, or engine and deployment.
    pub variant: &'a str,
    /// Purchase term: [`TERM`], or that of a commitment.
    pub term: &'static str,
    /// What is counted.
    pub unit: &'static str,
    /// Price of one unit.
    pub price: Decimal,
    /// Currency, always [`CURRENCY`].
    pub currency: &'static str,
    /// Day on which the source stated it.
    pub as_of: NaiveDate,
    /// Who stated it.
    pub source: &'static str,
}

/// What the book knows about a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceStatus {
    /// Service as the price list calls it.
    pub service: String,
    /// Number of prices, those under commitments included.
    pub rows: usize,
    /// Number of regions that have a list price.
    pub regions: usize,
    /// Date of the oldest price.
    pub oldest: Option<NaiveDate>,
    /// Date of the newest price.
    pub newest: Option<NaiveDate>,
}

impl PriceBook {
    /// Returns the book that the binary carries.
    ///
    /// # Errors
    /// When a file is not the one that `index.json` was written for, with its name.
    pub fn embedded() -> Result<&'static Self> {
        static BOOK: OnceLock<Result<PriceBook, Error>> = OnceLock::new();
        let book = BOOK.get_or_init(|| Self::of(files::embedded()));
        book.as_ref().map_err(|error| {
            let copy = Error::new(error.kind(), error.to_string());
            error.hints().iter().fold(copy, Error::hint)
        })
    }

    /// Opens the files of a cache after checking each against the index.
    pub(super) fn of(mut files: Files) -> Result<Self> {
        let index = Index::verified(&files)?;
        let text =
            |name: &str| files.get(name).ok_or_else(|| Error::incomplete(format!("pricing-cache has no {name}")));
        let shapes = shapes::read_shapes(text(SHAPES)?)?;
        let families = shapes::read_families(text(FAMILIES)?)?;
        shapes::check(&shapes, &families)?;
        let offerings = Offerings::decode(text(OFFERINGS)?)?;
        let regions = Regions::read(text(REGIONS)?)?;
        let speeds = Speeds::read(text(PERFORMANCE)?, &families)?;
        let meters = Meters::read(text(METERS)?)?;
        let versions = Versions::read(text(VERSIONS)?)?;
        let predecessors = Predecessors::read(text(PREDECESSORS)?, &families)?;
        let efforts = Efforts::read(text(EFFORT)?)?;
        let mut services = BTreeMap::new();
        for (file, entry) in &index.files {
            if let Some(service) = files::service_of(file)
                && let Some(bytes) = files.remove(file)
            {
                let table = OnceLock::new();
                let service_of = Service { file: file.clone(), bytes, rows: entry.rows, table, committed: None };
                services.insert(service.to_owned(), service_of);
            }
        }
        for (file, entry) in &index.files {
            let Some(name) = files::service_of_rates(file) else { continue };
            let (Some(service), Some(bytes)) = (services.get_mut(name), files.remove(file)) else {
                return Err(Error::incomplete(format!("{file} has rates of a service without list prices")));
            };
            service.committed = Some(Committed::new(file.clone(), bytes, entry.rows));
        }
        Ok(Self {
            snapshot: index.snapshot()?,
            services,
            shapes,
            families,
            offerings,
            regions,
            speeds,
            meters,
            versions,
            predecessors,
            efforts,
        })
    }

    /// Reads every service and checks its number of prices.
    ///
    /// Look-ups read a service when it is first asked for and know no prices of one that cannot be read; this says why.
    ///
    /// # Errors
    /// When a file cannot be read or holds another number of prices than the index says.
    pub fn verify(&self) -> Result<()> {
        self.services.values().try_for_each(|service| {
            service.table().map_err(Error::incomplete)?;
            service.committed.as_ref().map_or(Ok(()), |rates| rates.tables().map(|_| ()).map_err(Error::incomplete))
        })
    }

    /// Returns the date of the newest price, which names the snapshot.
    pub fn snapshot(&self) -> NaiveDate {
        self.snapshot
    }

    fn table(&self, service: &str) -> Option<&Table> {
        self.services.get(service)?.table().ok()
    }

    /// Returns the public On-Demand price; `None` when it is not known.
    pub fn on_demand(&self, service: &str, region: &str, item: &str, variant: &str) -> Option<&Price> {
        self.table(service)?.get(region, item, variant)
    }

    /// Returns the public rate under a commitment; `None` when it is not known.
    pub fn committed(&self, service: &str, region: &str, item: &str, variant: &str, term: Term) -> Option<&Price> {
        self.services.get(service)?.committed.as_ref()?.get(region, item, variant, term)
    }

    /// Returns the public On-Demand price like [`Self::on_demand`], without the ones that are another product's.
    ///
    /// Where a region has no prices of RHEL with High Availability, some of those of RHEL are: Red Hat charges 0.06 an hour
    /// up to 4 vCPUs and 0.13 above, with High Availability 0.035 more. What is nearer to the latter is not known.
    pub fn trusted(&self, service: &str, region: &str, item: &str, variant: &str) -> Option<&Price> {
        let price = self.on_demand(service, region, item, variant)?;
        if (service, variant) != ("EC2", "RHEL") || self.on_demand(service, region, item, "RHEL-HA").is_some() {
            return Some(price);
        }
        let linux = self.on_demand(service, region, item, "Linux")?;
        let between = if self.shape(item)?.vcpu <= 4 { Decimal::new(775, 4) } else { Decimal::new(1475, 4) };
        (price.usd - linux.usd < between).then_some(price)
    }

    /// Returns all items of a service, region and variant with their prices, sorted by item.
    pub fn items<'a>(
        &'a self,
        service: &str,
        region: &str,
        variant: &str,
    ) -> impl Iterator<Item = (&'a str, &'a Price)> + use<'a> {
        self.table(service).map(|table| table.items(region, variant)).into_iter().flatten()
    }

    /// Returns every price, sorted by service, term (On-Demand first), region, item and variant.
    pub fn rows(&self) -> impl Iterator<Item = PriceRow<'_>> {
        self.services.iter().flat_map(|(service, prices)| {
            let list = prices.table().ok().into_iter().flat_map(Table::rows);
            let rates = prices.committed.iter().filter_map(|rates| rates.tables().ok()).flatten();
            let rates = rates.flat_map(move |(term, table)| {
                let term = shared(&term.to_string());
                table.rows().map(move |row| PriceRow::of(service, term, row))
            });
            list.map(move |row| PriceRow::of(service, TERM, row)).chain(rates)
        })
    }

    /// Returns the shape of an instance type, with or without a service's prefix or suffix ("db.m5.large").
    pub fn shape(&self, instance_type: &str) -> Option<&Shape> {
        let bare = bare_type(instance_type);
        let place = self.shapes.binary_search_by(|shape| shape.instance_type.as_str().cmp(bare)).ok()?;
        Some(&self.shapes[place])
    }

    /// Returns all shapes, sorted by instance type.
    pub fn shapes(&self) -> impl Iterator<Item = &Shape> {
        self.shapes.iter()
    }

    /// Returns a family by its EC2 name ("m5").
    pub fn family(&self, family: &str) -> Option<&Family> {
        self.families.get(family)
    }

    /// Tells whether EC2 sells the type in the region; `None` when the type or the region is not in the offerings.
    pub fn sold_in(&self, ec2_type: &str, region: &str) -> Option<bool> {
        self.offerings.sold_in(ec2_type, region)
    }

    /// Returns how fast one family is against another at equal vCPU count (product.md, section 3).
    pub fn speed(&self, from_family: &str, to_family: &str) -> Speed {
        match (self.family(from_family), self.family(to_family)) {
            (Some(from), Some(to)) => self.speeds.between(from, to),
            _ => Speed::Unknown,
        }
    }

    /// Returns the meters of compute without instance types.
    pub fn meters(&self) -> &Meters {
        &self.meters
    }

    /// Returns the engine versions that Graviton needs.
    pub fn versions(&self) -> &Versions {
        &self.versions
    }

    /// Returns the x86 families whose place a Graviton family takes, the first to be asked first.
    pub fn predecessors(&self, graviton_family: &str) -> &[String] {
        self.predecessors.of(graviton_family)
    }

    /// Returns what a move of a service asks for.
    pub fn effort(&self, service: crate::terms::Service, engine: Option<&str>) -> &Effort {
        self.efforts.of(service, engine)
    }

    /// Returns the regions, sorted by code.
    pub fn regions(&self) -> &[Region] {
        self.regions.all()
    }

    /// Returns the region of a usage type prefix: "APN2" → "ap-northeast-2".
    pub fn region_of_prefix(&self, prefix: &str) -> Option<&str> {
        self.regions.of_prefix(prefix)
    }

    /// Returns the region of a location name: "US East (N. Virginia)" → "us-east-1".
    pub fn location_region(&self, location: &str) -> Option<&str> {
        self.regions.of_location(location)
    }

    /// Returns what the book knows about each service, sorted by service.
    pub fn status(&self) -> Vec<ServiceStatus> {
        let status = |(service, prices): (&String, &Service)| {
            let table = prices.table().ok();
            let rates = prices.committed.as_ref().and_then(|rates| rates.tables().ok());
            let dates = match (table.and_then(Table::dates), rates.and_then(committed::dates)) {
                (Some(list), Some(rates)) => Some((list.0.min(rates.0), list.1.max(rates.1))),
                (list, rates) => list.or(rates),
            };
            ServiceStatus {
                service: service.clone(),
                rows: table.map_or(0, Table::len) + rates.map_or(0, committed::count),
                regions: table.map_or(0, Table::regions),
                oldest: dates.map(|(oldest, _)| oldest),
                newest: dates.map(|(_, newest)| newest),
            }
        };
        self.services.iter().map(status).collect()
    }
}
