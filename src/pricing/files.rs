//! The embedded files of `pricing-cache/`, byte for byte.

use std::{borrow::Cow, collections::BTreeMap};

/// Contents by name relative to `pricing-cache/`, with `/` between folder and file.
pub(super) type Files = BTreeMap<String, Cow<'static, [u8]>>;

/// Name of the index, which is not listed in itself.
pub(super) const INDEX: &str = "index.json";

/// Folder of the price files.
pub(super) const PRICES: &str = "on-demand/";

/// Folder of the files with the rates of commitments.
pub(super) const RATES: &str = "committed/";

/// Ending of the price files.
pub(super) const PRICES_END: &str = ".csv.zst";

pub(super) const SHAPES: &str = "shapes.csv";
pub(super) const FAMILIES: &str = "families.csv";
pub(super) const OFFERINGS: &str = "offerings.csv.zst";
pub(super) const REGIONS: &str = "regions.csv";
pub(super) const PERFORMANCE: &str = "performance.csv";
pub(super) const METERS: &str = "meters.csv";
pub(super) const VERSIONS: &str = "engine-versions.csv";
pub(super) const PREDECESSORS: &str = "predecessors.csv";
pub(super) const EFFORT: &str = "effort.csv";

/// Returns the service whose prices the file holds.
pub(super) fn service_of(name: &str) -> Option<&str> {
    name.strip_prefix(PRICES)?.strip_suffix(PRICES_END)
}

/// Returns the name of a service's price file.
pub(super) fn prices_of(service: &str) -> String {
    format!("{PRICES}{service}{PRICES_END}")
}

/// Returns the service whose committed rates the file holds.
pub(super) fn service_of_rates(name: &str) -> Option<&str> {
    name.strip_prefix(RATES)?.strip_suffix(PRICES_END)
}

/// Returns the name of the file with a service's committed rates.
pub(super) fn rates_of(service: &str) -> String {
    format!("{RATES}{service}{PRICES_END}")
}

macro_rules! embedded {
    ($($name:literal),+ $(,)?) => {
        /// Every file that the binary carries.
        static EMBEDDED: &[(&str, &[u8])] =
            &[$(($name, include_bytes!(concat!("../../pricing-cache/", $name)))),+];
    };
}

embedded! {
    "committed/EC2.csv.zst",
    "committed/ElastiCache.csv.zst",
    "committed/Fargate.csv.zst",
    "committed/Lambda.csv.zst",
    "committed/OpenSearch.csv.zst",
    "committed/RDS.csv.zst",
    "effort.csv",
    "engine-versions.csv",
    "families.csv",
    "index.json",
    "meters.csv",
    "offerings.csv.zst",
    "on-demand/APIGateway.csv.zst",
    "on-demand/CodeBuild.csv.zst",
    "on-demand/DocumentDB.csv.zst",
    "on-demand/EC2.csv.zst",
    "on-demand/EKS.csv.zst",
    "on-demand/ELB.csv.zst",
    "on-demand/EMR.csv.zst",
    "on-demand/ElastiCache.csv.zst",
    "on-demand/Fargate.csv.zst",
    "on-demand/Lambda.csv.zst",
    "on-demand/MSK.csv.zst",
    "on-demand/MemoryDB.csv.zst",
    "on-demand/NATGateway.csv.zst",
    "on-demand/Neptune.csv.zst",
    "on-demand/OpenSearch.csv.zst",
    "on-demand/RDS-Storage.csv.zst",
    "on-demand/RDS.csv.zst",
    "on-demand/Redshift.csv.zst",
    "on-demand/SageMaker.csv.zst",
    "performance.csv",
    "predecessors.csv",
    "regions.csv",
    "shapes.csv",
}

/// Returns the embedded files.
pub(super) fn embedded() -> Files {
    EMBEDDED.iter().map(|(name, bytes)| ((*name).to_owned(), Cow::Borrowed(*bytes))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_file_names() {
        assert_eq!(service_of("on-demand/RDS-Storage.csv.zst"), Some("RDS-Storage"));
        assert_eq!(service_of("offerings.csv.zst"), None);
        assert_eq!(service_of(&prices_of("EC2")), Some("EC2"));
        assert_eq!(service_of_rates(&rates_of("EC2")), Some("EC2"));
        assert_eq!(service_of(&rates_of("EC2")), None);
    }

    #[test]
    fn every_file_of_the_folder_is_embedded() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("pricing-cache");
        let embedded = embedded();
        for sub in [PRICES, RATES] {
            for entry in std::fs::read_dir(folder.join(sub)).unwrap() {
                let name = format!("{sub}{}", entry.unwrap().file_name().to_string_lossy());
                assert!(embedded.contains_key(&name), "{name} is not embedded: add it to src/pricing/files.rs");
            }
        }
    }
}
