//! The price book: one door to prices, shapes, families, offerings, regions and measured speed.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{
    CURRENCY, Family, Price, Region, Shape, Speed, Term, bare_type,
    files::{self, EFFORT, FAMILIES, Files, METERS, OFFERINGS, PERFORMANCE, PREDECESSORS, REGIONS, SHAPES, VERSIONS},
    index::{Index, sha256},
    layers::{self, Layer, Layers},
    offerings::Offerings,
    regions::Regions,
    rules::{Effort, Efforts, Meters, Predecessors, Versions},
    service::{Embedded, Service},
    shapes,
    speed::Speeds,
    store::Store,
    table::Table,
};
use crate::error::{Error, Result};

/// The dated table of prices with all that belongs to it.
#[derive(Debug)]
pub struct PriceBook {
    snapshot: NaiveDate,
    version: String,
    /// The first file that could not be read when it was asked for.
    fault: OnceLock<String>,
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
    /// How it is paid.
    pub term: Term,
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

impl<'a> PriceRow<'a> {
    /// Puts a row of a table together.
    fn of(
        service: &'a str,
        term: Term,
        (region, item, variant, price): (&'a str, &'a str, &'a str, &'a Price),
    ) -> Self {
        Self {
            service,
            region,
            item,
            variant,
            term,
            unit: price.unit,
            price: price.usd,
            currency: CURRENCY,
            as_of: price.as_of,
            source: price.source,
        }
    }
}

/// What the book knows about a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceStatus {
    /// Service as the price list calls it.
    pub service: String,
    /// Number of prices.
    pub rows: usize,
    /// Number of regions that have one.
    pub regions: usize,
    /// Date of the oldest price.
    pub oldest: Option<NaiveDate>,
    /// Date of the newest price.
    pub newest: Option<NaiveDate>,
    /// Day of the newest version that was refreshed or imported.
    pub refreshed: Option<NaiveDate>,
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

    /// Returns the book of a day: the embedded prices under the versions that were refreshed or imported.
    ///
    /// Without a day all versions count; with one, those published by it, and of the embedded prices those stated by it.
    /// The book is kept for the rest of the process.
    ///
    /// # Errors
    /// When a file is not the one that an index was written for; when no price is as old as the day.
    pub fn open(store: &Arc<Store>, as_of: Option<NaiveDate>) -> Result<&'static Self> {
        let layers = layers::of(store, as_of)?;
        if layers.is_empty() && as_of.is_none() {
            return Self::embedded();
        }
        let oldest = Index::verified(&files::embedded())?.oldest();
        if let Some(day) = as_of.filter(|day| layers.is_empty() && oldest.is_none_or(|oldest| *day < oldest)) {
            let hint = oldest.map_or_else(String::new, |oldest| format!("the oldest price is of {oldest}"));
            return Err(Error::usage(format!("--as-of {day}: no price of the table is as old as that")).hint(hint));
        }
        let book = Self::laid(files::embedded(), layers, as_of)?;
        Ok(Box::leak(Box::new(book)))
    }

    /// Opens the files of a cache after checking each against the index.
    pub(super) fn of(files: Files) -> Result<Self> {
        Self::laid(files, Layers::new(), None)
    }

    /// Opens the files of a cache with layers over them.
    fn laid(mut files: Files, layers: Layers, as_of: Option<NaiveDate>) -> Result<Self> {
        let index = Index::verified(&files)?;
        let version = version_of(&files, &layers, as_of);
        let newest = layers.values().flatten().map(Layer::as_of).fold(index.snapshot()?, NaiveDate::max);
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
        let mut services: BTreeMap<String, Service> = BTreeMap::new();
        for (file, entry) in &index.files {
            let (list, rates) = (files::service_of(file), files::service_of_rates(file));
            let (Some(name), Some(bytes)) = (list.or(rates), files.remove(file)) else { continue };
            let service: &mut Service = services.entry(name.to_owned()).or_default();
            let place = if list.is_some() { &mut service.list } else { &mut service.rates };
            *place = Some(Embedded { file: file.clone(), bytes, rows: entry.rows });
        }
        if let Some((name, _)) = services.iter().find(|(_, service)| service.list.is_none()) {
            return Err(Error::incomplete(format!("pricing-cache has rates of {name} without list prices")));
        }
        for (name, layers) in layers {
            services.entry(name).or_default().layers = layers;
        }
        for service in services.values_mut() {
            service.as_of = as_of;
        }
        Ok(Self {
            snapshot: as_of.map_or(newest, |day| newest.min(day)),
            version,
            fault: OnceLock::new(),
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
        self.services.values().try_for_each(Service::check)
    }

    /// Returns the date of the newest price, which names the snapshot.
    pub fn snapshot(&self) -> NaiveDate {
        self.snapshot
    }

    /// Returns what tells this table from any other: eight digits that change with any of its prices.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns the files of the versions that it is made of, those of a service from the oldest on.
    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        self.services.values().flat_map(|service| service.layers.iter().map(Layer::file))
    }

    /// Returns the last day on which any of its prices was found to be stated.
    pub fn confirmed(&self) -> NaiveDate {
        let layers = self.services.values().flat_map(|service| &service.layers);
        layers.map(|layer| layer.confirmed).fold(self.snapshot, NaiveDate::max)
    }

    fn table(&self, service: &str) -> Option<&Table> {
        self.sound(self.services.get(service)?.list())
    }

    /// Takes down why something cannot be read; it counts as unknown until [`Self::fault`] is asked.
    fn sound<'a, T>(&self, read: Result<&'a T, &str>) -> Option<&'a T> {
        read.inspect_err(|message| {
            // The first one is enough.
            let _ = self.fault.set((*message).to_owned());
        })
        .ok()
    }

    /// Checks that no price that was asked for stayed unknown because its file cannot be read.
    ///
    /// # Errors
    /// Names the file.
    pub fn fault(&self) -> Result<()> {
        self.fault.get().map_or(Ok(()), |message| Err(Error::incomplete(message)))
    }

    /// Returns the public On-Demand price; `None` when it is not known.
    pub fn on_demand(&self, service: &str, region: &str, item: &str, variant: &str) -> Option<&Price> {
        self.table(service)?.get(region, item, variant)
    }

    /// Returns the public rate under a commitment; `None` when it is not known.
    pub fn committed(&self, service: &str, region: &str, item: &str, variant: &str, term: Term) -> Option<&Price> {
        self.sound(self.services.get(service)?.rates())?.get(&term)?.get(region, item, variant)
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
            let list = prices.list().ok().into_iter().map(|table| (Term::OnDemand, table));
            let rates = prices.rates().ok().into_iter().flatten().map(|(term, table)| (*term, table));
            list.chain(rates)
                .flat_map(move |(term, table)| table.rows().map(move |row| PriceRow::of(service, term, row)))
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
            let (rows, regions, dates) = prices.extent();
            ServiceStatus {
                service: service.clone(),
                rows,
                regions,
                oldest: dates.map(|(oldest, _)| oldest),
                newest: dates.map(|(_, newest)| newest),
                refreshed: prices.layers.iter().map(Layer::as_of).max(),
            }
        };
        self.services.iter().map(status).collect()
    }
}

/// Names the contents of a table.
fn version_of(files: &Files, layers: &Layers, as_of: Option<NaiveDate>) -> String {
    let mut parts = vec![files.get(files::INDEX).map(|bytes| sha256(bytes)).unwrap_or_default()];
    for (service, layers) in layers {
        parts.extend(layers.iter().map(|layer| format!("{service} {}", layer.identity())));
    }
    parts.extend(as_of.map(|day| day.to_string()));
    sha256(parts.join("\n").as_bytes()).split_off(56)
}
