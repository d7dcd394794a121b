//! Which engine versions run: from an inventory that the reader has, and from what Extended Support is charged for.
//!
//! A bill does not say the version of an engine. Where something proves it for a resource, the rows of the rollup are
//! split by version: the parts add up to the row, to the last decimal and line item. No row is ever multiplied.

mod inventory;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

pub use inventory::Inventory;

use super::described::Proven;
use crate::{
    normalize::{EngineVersions, ResourceMonth, Usage, UsageKind, service_of},
    pricing::{PriceBook, Version},
    rollup::{TagValues, UsageKey, UsageRow},
    terms::{Architecture, Service},
    units::Month,
};

/// Tells whether the usage is charged for an engine version that AWS supports no longer.
pub fn is_extended_support(usage: &UsageKey) -> bool {
    usage.usage_kind == UsageKind::Other
        && usage.meter.as_deref().is_some_and(|meter| meter.contains("ExtendedSupport"))
}

/// Tells whether an engine version decides the verdict of the usage.
pub fn depends_on_version(usage: &UsageKey, book: &PriceBook) -> bool {
    let hours = usage.usage_kind == UsageKind::InstanceHours && usage.architecture == Some(Architecture::X86);
    hours && has_requirement(service_of(&usage.product_code), usage.database_engine.as_deref(), book)
}

fn has_requirement(service: Option<Service>, engine: Option<&str>, book: &PriceBook) -> bool {
    service.is_some_and(|service| book.versions().condition(service, engine).is_some())
}

/// All that is proven of the engine versions of resources.
#[derive(Debug)]
pub struct ProvenVersions {
    inventory: Inventory,
    /// What Extended Support is charged for, by month and resource.
    charged: HashMap<(Month, Arc<str>), Arc<str>>,
    book: &'static PriceBook,
}

impl ProvenVersions {
    /// Reads the versions that Extended Support names: "ExtendedSupport:Yr1-Yr2:MySQL5.7".
    pub fn new(inventory: Inventory, resources: &[(Arc<str>, UsageRow)], book: &'static PriceBook) -> Self {
        let named = |(id, row): &(Arc<str>, UsageRow)| {
            let service = service_of(&row.product_code).filter(|_| is_extended_support(&row.usage))?;
            let (_, text) = book.versions().split(service, row.meter.as_deref()?.rsplit(':').next()?)?;
            text.parse::<Version>().ok()?;
            Some(((row.month, Arc::clone(id)), Arc::from(text)))
        };
        Self { inventory, charged: resources.iter().filter_map(named).collect(), book }
    }

    /// Returns what is proven, for another machine.
    pub(super) fn described(&self) -> Proven {
        let charged = self.charged.iter();
        let mut charged: Vec<(Month, String, String)> =
            charged.map(|((month, resource), version)| (*month, resource.to_string(), version.to_string())).collect();
        charged.sort_unstable();
        Proven { inventory: self.inventory.clone(), charged }
    }

    /// Takes over what another machine knows to be proven.
    pub(super) fn again(proven: Proven, book: &'static PriceBook) -> Self {
        let charged = proven.charged.into_iter();
        let charged = charged.map(|(month, resource, version)| ((month, resource.into()), version.into()));
        Self { inventory: proven.inventory, charged: charged.collect(), book }
    }
}

impl EngineVersions for ProvenVersions {
    fn decide(&self, usage: &Usage) -> bool {
        let hours = usage.kind == UsageKind::InstanceHours && usage.architecture == Some(Architecture::X86);
        hours && has_requirement(usage.service, usage.database_engine.as_deref(), self.book)
    }

    fn of(&self, resource: &ResourceMonth<'_>) -> Option<Arc<str>> {
        let charged = || self.charged.get(&(resource.month, Arc::from(resource.id))).cloned();
        self.inventory.version(resource).or_else(charged)
    }
}

/// Splits rows by the versions that are proven for their resources; `resources` are the rows by resource.
pub fn split(rows: Vec<UsageRow>, resources: &[(Arc<str>, UsageRow)], proven: &ProvenVersions) -> Vec<UsageRow> {
    let mut parts: HashMap<Place<'_>, Vec<(Arc<str>, usize)>> = HashMap::new();
    let dependent = resources.iter().enumerate().filter(|(_, (_, row))| depends_on_version(&row.usage, proven.book));
    for (number, (id, row)) in dependent {
        let resource = ResourceMonth {
            id,
            month: row.month,
            account_id: row.account_id.as_deref(),
            region: row.region.as_deref(),
            service: service_of(&row.product_code),
        };
        if let Some(version) = proven.of(&resource) {
            parts.entry(place(row)).or_default().push((version, number));
        }
    }
    let mut all = Vec::with_capacity(rows.len());
    for mut row in rows {
        let Some(of_row) = parts.get(&place(&row)).cloned() else {
            all.push(row);
            continue;
        };
        let mut by_version: BTreeMap<Arc<str>, UsageRow> = BTreeMap::new();
        for (version, number) in of_row {
            let part = &resources[number].1;
            row.subtract(part);
            by_version.entry(version).and_modify(|sum| sum.add(part)).or_insert_with(|| part.clone());
        }
        for (version, mut part) in by_version {
            part.engine_version = Some(version);
            (part.usage_through, part.any_usage_through) = (row.usage_through, row.any_usage_through);
            all.push(part);
        }
        if row.line_items > 0 {
            all.push(row);
        }
    }
    all
}

/// What a row and the rows of its resources have in common.
type Place<'a> = (Month, [Option<&'a str>; 3], &'a TagValues, &'a UsageKey);

fn place(row: &UsageRow) -> Place<'_> {
    let account = [&row.payer_account_id, &row.account_id, &row.account_name].map(Option::as_deref);
    (row.month, account, &row.tags, &row.usage)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollup::fixture::{hours, row, usd};

    fn database(amount: &str) -> UsageRow {
        let mut row = hours("db.r5.large", amount);
        row.product_code = "AmazonRDS".into();
        row.database_engine = Some("MySQL".into());
        row.price_variant = Some("MySQL|Single-AZ".into());
        row.amortized_cost = row.usage_amount;
        row
    }

    fn of(id: &str, amount: &str) -> (Arc<str>, UsageRow) {
        (id.into(), database(amount))
    }

    const A: &str = "arn:aws:rds:us-east-1:111122223333:db:a";
    const B: &str = "arn:aws:rds:us-east-1:111122223333:db:b";

    fn versions(rows: &[UsageRow]) -> Vec<(Option<&str>, String)> {
        rows.iter().map(|row| (row.engine_version.as_deref(), row.usage_amount.normalize().to_string())).collect()
    }

    #[test]
    fn parts_add_up_to_the_row() {
        let book = PriceBook::embedded().unwrap();
        let mut whole = database("30");
        whole.line_items = 3;
        let resources = [of(A, "10"), of(B, "12"), of("other", "8")];
        let text = format!("arn,engine_version\n{A},8.0.35\n{A},8.0.35\n{B},5.7.44\n");
        let inventory = Inventory::parse("i.csv", &text).unwrap();
        let rows = split(vec![whole.clone()], &resources, &ProvenVersions::new(inventory, &resources, book));
        assert_eq!(
            versions(&rows),
            [(Some("5.7.44"), "12".to_owned()), (Some("8.0.35"), "10".to_owned()), (None, "8".to_owned())]
        );
        assert_eq!(rows.iter().map(|row| row.amortized_cost).sum::<rust_decimal::Decimal>(), usd("30"));
        assert_eq!(rows.iter().map(|row| row.line_items).sum::<u64>(), 3);
        assert_eq!(
            split(vec![whole.clone()], &resources, &ProvenVersions::new(Inventory::default(), &resources, book)),
            [whole]
        );
    }

    #[test]
    fn extended_support_names_the_version_of_its_resource() {
        let book = PriceBook::embedded().unwrap();
        let mut support = row("2024-01", "AmazonRDS", "Usage");
        support.meter = Some("ExtendedSupport:Yr1-Yr2:MySQL5.7".into());
        assert!(is_extended_support(&support.usage));
        let resources = [of(A, "10"), of(B, "20"), (A.into(), support)];
        let mut whole = database("30");
        whole.line_items = 2;
        let rows = split(vec![whole], &resources, &ProvenVersions::new(Inventory::default(), &resources, book));
        assert_eq!(versions(&rows), [(Some("5.7"), "10".to_owned()), (None, "20".to_owned())]);
    }
}
