//! All products of the service: made from the embedded table, backwards.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use chrono::NaiveDate;
use gravimeter::pricing::{PriceBook, PriceRow, Term};
use rust_decimal::Decimal;

use super::{ec2, instances, products::Product, usage};

/// The regions that the service knows.
pub(crate) const REGIONS: [&str; 2] = ["ap-northeast-2", "us-east-1"];

/// Service, region, item and variant.
pub(crate) type Cell = (String, String, String, String);

/// Price, unit and day.
pub(crate) type Fact = (Decimal, String, NaiveDate);

/// Products, and the cells of the table they were made from.
#[derive(Debug)]
pub(crate) struct Catalogue {
    pub products: Vec<Product>,
    pub cells: BTreeMap<Cell, Fact>,
    /// Attributes of each service code that a filter may name.
    pub fields: BTreeMap<&'static str, BTreeSet<&'static str>>,
    /// Region of each product: that of the list it stands in.
    pub regions: Vec<&'static str>,
}

impl Catalogue {
    /// Returns the one catalogue, made once.
    pub(crate) fn get() -> &'static Self {
        static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
        CATALOGUE.get_or_init(Self::new)
    }

    fn new() -> Self {
        let book = PriceBook::embedded().unwrap();
        let mut rows: BTreeMap<(&str, &str), Vec<PriceRow<'_>>> = BTreeMap::new();
        for row in book.rows().filter(|row| row.term == Term::OnDemand && REGIONS.contains(&row.region)) {
            rows.entry((row.service, row.region)).or_default().push(row);
        }
        let mut made =
            Self { products: Vec::new(), cells: BTreeMap::new(), fields: BTreeMap::new(), regions: Vec::new() };
        for ((service, region), rows) in &rows {
            let region = REGIONS.into_iter().find(|known| known == region).unwrap();
            match *service {
                "EC2" => rows.iter().for_each(|row| made.add(region, row, ec2::products(book, row))),
                "Lambda" | "Fargate" | "EKS" | "CodeBuild" | "APIGateway" | "ELB" | "NATGateway" => {
                    // Row by row to learn which are covered, then together, so that tiers meet.
                    for row in rows {
                        if usage::covers(row) {
                            made.cell(row);
                        }
                    }
                    for product in usage::products(rows) {
                        made.push(region, product);
                    }
                }
                _ => rows.iter().for_each(|row| made.add(region, row, instances::products(row))),
            }
        }
        for product in &made.products {
            let fields = made.fields.entry(product.code).or_default();
            fields.extend(product.attributes.keys());
            fields.extend(["productFamily", "ServiceCode", "sku", "deploymentModel", "databaseEdition", "instancesku"]);
        }
        made
    }

    fn add(&mut self, region: &'static str, row: &PriceRow<'_>, products: Vec<Product>) {
        if !products.is_empty() {
            self.cell(row);
        }
        for product in products {
            self.push(region, product);
        }
    }

    fn push(&mut self, region: &'static str, product: Product) {
        self.products.push(product);
        self.regions.push(region);
    }

    fn cell(&mut self, row: &PriceRow<'_>) {
        let cell = (row.service.to_owned(), row.region.to_owned(), row.item.to_owned(), row.variant.to_owned());
        let known = self.cells.insert(cell, (row.price.normalize(), row.unit.to_owned(), row.as_of));
        assert!(known.is_none(), "{row:?}");
    }

    /// Returns the products of a service code in a region.
    pub(crate) fn of(&self, code: &str, region: &str) -> Vec<&Product> {
        let all = self.products.iter().zip(&self.regions);
        all.filter(|(product, of)| product.code == code && **of == region).map(|(product, _)| product).collect()
    }
}
