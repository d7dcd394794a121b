//! The prices of one service: a matrix with a line per variant, item, unit, date and source, and a column per region.
//!
//! The wide layout compresses to half the size of a line per price and has a seventh of the lines, and it shows at a
//! glance what an item costs where. An empty cell is a price that is not known.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::text::{Reader, Writer, date, packed, plain, shared, unpacked};
use crate::error::{Error, Result};

/// Columns before those of the regions.
const KEYS: [&str; 5] = ["variant", "item", "unit", "as_of", "source"];

/// A public price of one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// US dollars for one unit.
    pub usd: Decimal,
    /// What is counted: "Hrs", "GB-Second", "Request" and so on.
    pub unit: &'static str,
    /// Day on which the source stated it.
    pub as_of: NaiveDate,
    /// Last day on which the source was found to state it still.
    pub confirmed: NaiveDate,
    /// Who stated it.
    pub source: &'static str,
}

/// Which price of a service; orders by region, variant, item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) region: String,
    pub(super) variant: String,
    pub(super) item: String,
}

/// A price with the places of its variant and item.
#[derive(Debug)]
struct Cell {
    variant: usize,
    item: usize,
    price: Price,
}

/// All prices of a service.
#[derive(Debug, Default)]
pub(super) struct Table {
    regions: Vec<String>,
    variants: Vec<String>,
    items: Vec<String>,
    /// By region, then sorted by variant and item.
    cells: Vec<Vec<Cell>>,
}

impl Table {
    /// Reads the compressed file.
    pub(super) fn decode(name: &str, bytes: &[u8]) -> Result<Self> {
        Self::read(name, &unpacked(name, bytes)?)
    }

    /// Reads the text of a file.
    pub(super) fn read(name: &str, text: &[u8]) -> Result<Self> {
        let lines = Lines::read(name, text)?;
        let mut table = Self {
            items: distinct(lines.all.iter().map(|line| line.item.as_str())),
            variants: distinct(lines.all.iter().map(|line| line.variant.as_str())),
            cells: lines.regions.iter().map(|_| Vec::new()).collect(),
            regions: lines.regions,
        };
        for line in &lines.all {
            let place = (position(&table.variants, &line.variant), position(&table.items, &line.item));
            let (Some(variant), Some(item)) = place else { continue };
            for (region, usd) in &line.prices {
                let cells = &mut table.cells[*region];
                if cells.last().is_some_and(|last| (last.variant, last.item) >= (variant, item)) {
                    let what = format!("{} / {} / {}", line.variant, line.item, table.regions[*region]);
                    return Err(Error::incomplete(format!("{name}: {what} is there twice or out of order")));
                }
                let price =
                    Price { usd: *usd, unit: line.unit, as_of: line.as_of, confirmed: line.as_of, source: line.source };
                cells.push(Cell { variant, item, price });
            }
        }
        Ok(table)
    }

    /// Makes a table of prices.
    pub(super) fn of(prices: BTreeMap<Key, Price>) -> Self {
        let mut table = Self {
            regions: distinct(prices.keys().map(|key| key.region.as_str())),
            variants: distinct(prices.keys().map(|key| key.variant.as_str())),
            items: distinct(prices.keys().map(|key| key.item.as_str())),
            cells: Vec::new(),
        };
        table.cells = table.regions.iter().map(|_| Vec::new()).collect();
        for (key, price) in prices {
            let place = (position(&table.variants, &key.variant), position(&table.items, &key.item));
            if let (Some(region), (Some(variant), Some(item))) = (position(&table.regions, &key.region), place) {
                // The keys come in the order of the cells.
                table.cells[region].push(Cell { variant, item, price });
            }
        }
        table
    }

    /// Returns the compressed file of the prices.
    pub(super) fn encode(prices: &BTreeMap<Key, Price>) -> Result<Vec<u8>> {
        packed(&Self::text(prices, &distinct(prices.keys().map(|key| key.region.as_str())))?)
    }

    /// Returns the text of the prices, with a column for each of the regions.
    pub(super) fn text(prices: &BTreeMap<Key, Price>, regions: &[String]) -> Result<Vec<u8>> {
        let mut lines: BTreeMap<LineKey<'_>, Vec<Option<Decimal>>> = BTreeMap::new();
        for (key, price) in prices {
            let line = (key.variant.as_str(), key.item.as_str(), price.unit, price.as_of, price.source);
            let row = lines.entry(line).or_insert_with(|| vec![None; regions.len()]);
            if let Some(place) = position(regions, &key.region) {
                row[place] = Some(price.usd);
            }
        }
        let mut writer = Writer::new(KEYS.iter().copied().chain(regions.iter().map(String::as_str)))?;
        for ((variant, item, unit, as_of, source), row) in lines {
            let keys = [variant.to_owned(), item.to_owned(), unit.to_owned(), as_of.to_string(), source.to_owned()];
            writer.push(keys.into_iter().chain(row.into_iter().map(|usd| usd.map_or_else(String::new, plain))))?;
        }
        writer.finish()
    }

    /// Returns one price.
    pub(super) fn get(&self, region: &str, item: &str, variant: &str) -> Option<&Price> {
        let cells = &self.cells[position(&self.regions, region)?];
        let wanted = (position(&self.variants, variant)?, position(&self.items, item)?);
        let place = cells.binary_search_by(|cell| (cell.variant, cell.item).cmp(&wanted)).ok()?;
        Some(&cells[place].price)
    }

    /// Returns the prices of a region and variant, sorted by item.
    pub(super) fn items<'a>(
        &'a self,
        region: &str,
        variant: &str,
    ) -> impl Iterator<Item = (&'a str, &'a Price)> + use<'a> {
        let place = position(&self.regions, region).zip(position(&self.variants, variant));
        let found = place.map_or(&[][..], |(region, variant)| {
            let cells = &self.cells[region];
            let first = cells.partition_point(|cell| cell.variant < variant);
            let end = cells.partition_point(|cell| cell.variant <= variant);
            &cells[first..end]
        });
        found.iter().map(|cell| (self.items[cell.item].as_str(), &cell.price))
    }

    /// Returns region, item, variant and price of every row, sorted in this order.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&str, &str, &str, &Price)> {
        self.regions.iter().zip(&self.cells).flat_map(|(region, cells)| {
            let mut sorted: Vec<&Cell> = cells.iter().collect();
            sorted.sort_unstable_by_key(|cell| (cell.item, cell.variant));
            sorted.into_iter().map(|cell| {
                (region.as_str(), self.items[cell.item].as_str(), self.variants[cell.variant].as_str(), &cell.price)
            })
        })
    }

    /// Returns the number of prices.
    pub(super) fn len(&self) -> usize {
        self.cells.iter().map(Vec::len).sum()
    }

    /// Returns the number of regions that have a price.
    pub(super) fn regions(&self) -> usize {
        self.cells.iter().filter(|cells| !cells.is_empty()).count()
    }

    /// Returns the oldest and the newest date; `None` for a table without prices.
    pub(super) fn dates(&self) -> Option<(NaiveDate, NaiveDate)> {
        let dates = || self.cells.iter().flatten().map(|cell| cell.price.as_of);
        dates().min().zip(dates().max())
    }
}

/// What tells a line from another, in the order of the file: variant, item, unit, date, source.
type LineKey<'a> = (&'a str, &'a str, &'a str, NaiveDate, &'a str);

/// A line of the matrix.
struct Line {
    variant: String,
    item: String,
    unit: &'static str,
    as_of: NaiveDate,
    source: &'static str,
    /// Place of the region, and the price.
    prices: Vec<(usize, Decimal)>,
}

/// The matrix as it stands in the file.
struct Lines {
    regions: Vec<String>,
    all: Vec<Line>,
}

impl Lines {
    fn read(name: &str, text: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(name, text)?;
        let regions = reader.headers().get(KEYS.len()..).unwrap_or_default().to_vec();
        if !reader.headers().starts_with(&KEYS.map(str::to_owned)) || !regions.is_sorted_by(|a, b| a < b) {
            return Err(Error::incomplete(format!(
                "{name}: the columns are not {} and the regions in order",
                KEYS.join(", ")
            )));
        }
        let mut all = Vec::new();
        while reader.advance()? {
            let mut prices = Vec::new();
            for region in 0..regions.len() {
                if let Some(usd) = reader.optional(KEYS.len() + region)? {
                    prices.push((region, usd));
                }
            }
            all.push(Line {
                variant: reader.field(0).to_owned(),
                item: reader.field(1).to_owned(),
                unit: shared(reader.field(2)),
                as_of: date(reader.field(3)).ok_or_else(|| reader.wrong(3))?,
                source: shared(reader.field(4)),
                prices,
            });
        }
        Ok(Self { regions, all })
    }
}

fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    names.collect::<BTreeSet<_>>().into_iter().map(str::to_owned).collect()
}

fn position(sorted: &[String], name: &str) -> Option<usize> {
    sorted.binary_search_by(|known| known.as_str().cmp(name)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prices(rows: &[(&str, &str, &str, &str, &str)]) -> BTreeMap<Key, Price> {
        rows.iter()
            .map(|(region, item, variant, usd, as_of)| {
                let key = Key { region: (*region).into(), item: (*item).into(), variant: (*variant).into() };
                let price = Price {
                    usd: usd.parse().unwrap(),
                    unit: "Hrs",
                    as_of: date(as_of).unwrap(),
                    confirmed: date(as_of).unwrap(),
                    source: "test",
                };
                (key, price)
            })
            .collect()
    }

    fn round_trip(rows: &[(&str, &str, &str, &str, &str)]) -> Table {
        Table::decode("t.csv.zst", &Table::encode(&prices(rows)).unwrap()).unwrap()
    }

    const ROWS: &[(&str, &str, &str, &str, &str)] = &[
        ("us-east-1", "m5.large", "Linux", "0.0960", "2026-01-01"),
        ("eu-west-1", "m5.large", "Linux", "0.107", "2025-01-01"),
        ("us-east-1", "c5.large", "Linux", "0.085", "2026-01-01"),
        ("us-east-1", "m5.large", "Windows", "0.188", "2023-02-23"),
    ];

    #[test]
    fn prices_come_back_with_their_dates() {
        let table = round_trip(ROWS);
        let price = table.get("eu-west-1", "m5.large", "Linux").unwrap();
        assert_eq!((price.usd, price.as_of), (Decimal::new(107, 3), date("2025-01-01").unwrap()));
        assert_eq!(table.get("us-east-1", "m5.large", "Linux").unwrap().usd, Decimal::new(96, 3));
        assert_eq!(table.get("eu-west-1", "c5.large", "Linux"), None);
        assert_eq!(table.get("eu-west-2", "m5.large", "Linux"), None);
        assert_eq!(table.get("us-east-1", "m5.large", "RHEL"), None);
        assert_eq!((table.len(), table.regions()), (4, 2));
        assert_eq!(table.dates(), date("2023-02-23").zip(date("2026-01-01")));
    }

    #[test]
    fn items_and_rows_are_sorted() {
        let table = round_trip(ROWS);
        let items: Vec<_> = table.items("us-east-1", "Linux").map(|(item, _)| item).collect();
        assert_eq!(items, ["c5.large", "m5.large"]);
        assert_eq!(table.items("us-east-1", "SLES").count(), 0);
        let rows: Vec<_> = table.rows().map(|(region, item, variant, _)| (region, item, variant)).collect();
        assert_eq!(rows.len(), 4);
        assert!(rows.is_sorted());
    }

    #[test]
    fn a_price_that_is_there_twice_is_refused() {
        let text = "variant,item,unit,as_of,source,us-east-1\nLinux,a,Hrs,2025-01-01,x,1\nLinux,a,Hrs,2026-01-01,x,2\n";
        let error = Table::decode("t.csv.zst", &packed(text.as_bytes()).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "t.csv.zst: Linux / a / us-east-1 is there twice or out of order");
    }

    #[test]
    fn a_strange_layout_is_refused() {
        for text in ["item,variant,unit,as_of,source\n", "variant,item,unit,as_of,source,b,a\n"] {
            let error = Table::decode("t.csv.zst", &packed(text.as_bytes()).unwrap()).unwrap_err();
            assert!(error.to_string().contains("columns are not"), "{error}");
        }
        assert!(
            Table::decode("t.csv.zst", b"no zstd").unwrap_err().to_string().contains("cannot decompress t.csv.zst")
        );
    }
}
