//! Regions: code, name in the price list, and the prefix that usage types carry.

use std::collections::BTreeMap;

use super::{files::REGIONS, text::Reader};
use crate::error::Result;

/// Columns of `regions.csv`.
pub(super) const COLUMNS: [&str; 4] = ["region", "location", "aliases", "prefixes"];

/// Between two aliases: location names have spaces and commas may come.
pub(super) const ALIAS_SEPARATOR: char = '|';

/// A region of AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Code: "ap-northeast-2".
    pub code: String,
    /// Name in the price list: "Asia Pacific (Seoul)".
    pub location: String,
    /// Other spellings of the name that bills use: "Europe (Ireland)" beside "EU (Ireland)".
    pub aliases: Vec<String>,
    /// Prefixes of usage types: "APN2". Usage of us-east-1 mostly has none.
    pub prefixes: Vec<String>,
}

/// All regions with the ways to find one.
#[derive(Debug)]
pub(super) struct Regions {
    all: Vec<Region>,
    by_prefix: BTreeMap<String, usize>,
    by_location: BTreeMap<String, usize>,
}

impl Regions {
    /// Reads `regions.csv`.
    pub(super) fn read(text: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(REGIONS, text)?;
        let [code, location, aliases, prefixes] = reader.columns(COLUMNS)?;
        let mut regions = Self { all: Vec::new(), by_prefix: BTreeMap::new(), by_location: BTreeMap::new() };
        while reader.advance()? {
            let list = |column, separator: char| -> Vec<String> {
                reader.field(column).split(separator).filter(|text| !text.is_empty()).map(str::to_owned).collect()
            };
            let region = Region {
                code: reader.field(code).to_owned(),
                location: reader.field(location).to_owned(),
                aliases: list(aliases, ALIAS_SEPARATOR),
                prefixes: list(prefixes, ' '),
            };
            let place = regions.all.len();
            if regions.all.last().is_some_and(|last| last.code >= region.code) {
                return Err(reader.fault(&format!("{} is there twice or out of order", region.code)));
            }
            for prefix in &region.prefixes {
                if regions.by_prefix.insert(prefix.clone(), place).is_some() {
                    return Err(reader.fault(&format!("the prefix {prefix} belongs to two regions")));
                }
            }
            for name in region.aliases.iter().chain([&region.location]) {
                if regions.by_location.insert(name.clone(), place).is_some() {
                    return Err(reader.fault(&format!("the location {name} belongs to two regions")));
                }
            }
            regions.all.push(region);
        }
        Ok(regions)
    }

    /// Returns the regions sorted by code.
    pub(super) fn all(&self) -> &[Region] {
        &self.all
    }

    /// Returns the code of the region with this usage type prefix.
    pub(super) fn of_prefix(&self, prefix: &str) -> Option<&str> {
        self.by_prefix.get(prefix).map(|place| self.all[*place].code.as_str())
    }

    /// Returns the code of the region with this name.
    pub(super) fn of_location(&self, location: &str) -> Option<&str> {
        self.by_location.get(location).map(|place| self.all[*place].code.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_found_by_prefix_and_by_every_name() {
        let text = "region,location,aliases,prefixes\neu-west-1,EU (Ireland),Europe (Ireland),EU EUW1\n";
        let regions = Regions::read(text.as_bytes()).unwrap();
        assert_eq!(regions.of_prefix("EU"), Some("eu-west-1"));
        assert_eq!(regions.of_prefix("EUW1"), Some("eu-west-1"));
        assert_eq!(regions.of_prefix("EUW2"), None);
        assert_eq!(regions.of_prefix(""), None);
        assert_eq!(regions.of_location("EU (Ireland)"), Some("eu-west-1"));
        assert_eq!(regions.of_location("Europe (Ireland)"), Some("eu-west-1"));
        assert_eq!(regions.of_location("Global"), None);
    }

    #[test]
    fn a_prefix_of_two_regions_is_refused() {
        let text = "region,location,aliases,prefixes\na-1,A,,X\nb-1,B,,X\n";
        let error = Regions::read(text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "regions.csv line 3: the prefix X belongs to two regions");
    }
}
