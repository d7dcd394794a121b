//! Manifests: which files are the month, in AWS's own words.
//!
//! Knows both dialects, CUR 1 (`reportKeys`) and Data Exports (`dataFiles`). A manifest is known by what it says,
//! never by its name. Of several manifests for one month exactly one counts: they are snapshots, not parts.

use futures::{StreamExt, stream};
use serde::Deserialize;

use super::{
    layout::{self, Layout},
    listing::{CONCURRENT, Listing, Object},
};
use crate::{
    error::{Error, Result},
    units::Month,
};

/// A manifest of a report with 300 columns and 1,000 files has 0.2 MiB; a larger JSON file is something else.
const LARGEST: u64 = 16 * 1024 * 1024;

/// A version of a manifest, in either dialect; each field is absent in the other.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    data_files: Option<Vec<String>>,
    export_arn: Option<String>,
    execution_id: Option<String>,
    report_keys: Option<Vec<String>>,
    report_name: Option<String>,
    assembly_id: Option<String>,
    billing_period: Option<RawPeriod>,
    content_type: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RawPeriod {
    start: Option<String>,
}

/// What kind of files a manifest names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shape {
    /// Parquet.
    Parquet,
    /// CSV.
    Csv,
}

/// What a manifest says, without its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// The report name of CUR 1; `None` for Data Exports, whose name is that of the folder.
    report_name: Option<String>,
    /// The report name or the ARN of the export.
    label: String,
    /// The keys of the files, taken apart, without the bucket.
    pub keys: Vec<Vec<String>>,
    /// The billing month, from the manifest or from its keys.
    pub month: Option<Month>,
    /// What the files are.
    pub shape: Shape,
}

/// A manifest at its place.
#[derive(Debug, Clone)]
pub(super) struct Manifest {
    /// Index of the object.
    pub object: usize,
    /// The path as the user would type it.
    pub name: String,
    /// What it says.
    pub said: Said,
    /// The folder of the export, by which its manifests belong together.
    pub folder: Vec<String>,
    /// Tells exports apart whose manifests lie in one folder without the layout of AWS.
    pub label: String,
    /// The folder of the execution or assembly; `None` directly under the period.
    below: Option<String>,
}

/// Reads every manifest of the listing.
///
/// # Errors
/// When a file named like a manifest cannot be understood.
pub(super) async fn read_all(listing: &Listing) -> Result<Vec<Manifest>> {
    read_each(listing).await.into_iter().collect()
}

/// Reads every manifest of the listing, those that cannot be understood as errors.
pub(super) async fn read_each(listing: &Listing) -> Vec<Result<Manifest>> {
    let candidates = listing.objects.iter().enumerate().filter(|(_, object)| object.ends_with(".json"));
    let read = stream::iter(candidates.map(|(index, object)| read(index, object))).buffered(CONCURRENT);
    read.filter_map(|outcome| async move { outcome.transpose() }).collect().await
}

async fn read(index: usize, object: &Object) -> Result<Option<Manifest>> {
    let named_so = object.ends_with("manifest.json");
    let broken = |reason: &str| {
        Error::incomplete(format!("the manifest {} cannot be read: {reason}", object.name))
            .hint("copy the file again; without it nobody knows which files are the month")
    };
    if object.meta.size > LARGEST {
        return if named_so { Err(broken("it is larger than 16 MiB")) } else { Ok(None) };
    }
    match parse(&object.read().await?) {
        Ok(said) => Ok(said.map(|said| place(index, object, said))),
        Err(reason) if named_so => Err(broken(&reason)),
        Err(_) => Ok(None),
    }
}

/// Understands the text of a manifest; `None` when it is some other JSON.
fn parse(bytes: &[u8]) -> Result<Option<Said>, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let json: serde_json::Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let has = |key: &str| json.get(key).is_some();
    let data_exports = has("dataFiles") && (has("exportArn") || has("executionId"));
    let cur1 = has("reportKeys") && (has("assemblyId") || has("reportName"));
    if !data_exports && !cur1 {
        return Ok(None);
    }
    let raw: Raw = serde_json::from_value(json).map_err(|error| error.to_string())?;
    let uris = raw.data_files.or(raw.report_keys).ok_or("it names no list of files")?;
    let keys: Vec<Vec<String>> = uris.iter().map(|uri| key(uri)).collect();
    if keys.iter().any(Vec::is_empty) {
        return Err("it names a file without a name".to_owned());
    }
    let stated = raw.billing_period.and_then(|period| layout::month_of_instant(&period.start?));
    let month = match stated {
        Some(month) => Some(month),
        None => month_of_keys(&keys)?,
    };
    let shape = if is_csv(&keys, raw.content_type.as_deref()) { Shape::Csv } else { Shape::Parquet };
    let report_name = if data_exports { None } else { raw.report_name };
    let label = report_name.clone().or(raw.export_arn).or(raw.execution_id).or(raw.assembly_id).unwrap_or_default();
    Ok(Some(Said { report_name, label, keys, month, shape }))
}

/// Takes `s3://bucket/a/b` or `a/b` apart: the key without the bucket.
fn key(uri: &str) -> Vec<String> {
    let path = match uri.strip_prefix("s3://") {
        Some(rest) => rest.split_once('/').map_or("", |(_, key)| key),
        None => uri,
    };
    path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn month_of_keys(keys: &[Vec<String>]) -> Result<Option<Month>, String> {
    let mut months: Vec<Month> =
        keys.iter().filter_map(|key| Layout::of(&key[..key.len().saturating_sub(1)]).month).collect();
    months.sort_unstable();
    months.dedup();
    match months.as_slice() {
        [] => Ok(None),
        [month] => Ok(Some(*month)),
        [first, second, ..] => Err(format!("it names files of {first} and of {second}")),
    }
}

fn is_csv(keys: &[Vec<String>], content_type: Option<&str>) -> bool {
    if keys.is_empty() {
        return content_type.is_some_and(|kind| kind.to_ascii_lowercase().contains("csv"));
    }
    keys.iter().filter_map(|key| key.last()).all(|file| {
        [".csv", ".csv.gz", ".csv.zip", ".gz", ".zip"].iter().any(|ending| super::listing::ends_with(file, ending))
    })
}

/// Adds what the place of the manifest says.
fn place(index: usize, object: &Object, mut said: Said) -> Manifest {
    let layout = Layout::of(object.dirs());
    let in_order = layout.month.is_some() || layout.is_metadata();
    if said.month.is_none() {
        said.month = layout.month;
    }
    let folder = layout.export_folder().to_vec();
    let label = match &said.report_name {
        Some(name) => name.clone(),
        None if in_order => folder.last().cloned().unwrap_or_default(),
        None => said.label.clone(),
    };
    let below = (!layout.below.is_empty()).then(|| layout.below.join("/"));
    Manifest { object: index, name: object.name.clone(), said, folder, label, below }
}

impl Manifest {
    /// Returns the name of the export: its report name, or that of its folder.
    pub(super) fn export_name(&self) -> String {
        let folder = self.folder.last().cloned().unwrap_or_else(|| "export".to_owned());
        self.said.report_name.clone().unwrap_or(folder)
    }

    fn stamp(&self) -> Option<String> {
        self.below.as_deref().and_then(layout::timestamp)
    }
}

/// Returns the one manifest that counts among those of one export and month.
///
/// The one directly under the period names the current delivery; else the newest execution does.
///
/// # Errors
/// When nothing tells which one is newest.
pub(super) fn current<'a>(manifests: &[&'a Manifest]) -> Result<Option<&'a Manifest>> {
    let direct: Vec<&Manifest> = manifests.iter().copied().filter(|m| m.below.is_none()).collect();
    let newest = if direct.is_empty() {
        let stamps: Vec<Option<String>> = manifests.iter().map(|m| m.stamp()).collect();
        let last = stamps.iter().max().cloned().flatten();
        // A folder without a timestamp may be newer than any other.
        if manifests.len() > 1 && stamps.contains(&None) {
            manifests.to_vec()
        } else {
            manifests.iter().copied().filter(|m| m.stamp() == last).collect()
        }
    } else {
        direct
    };
    if let [first, others @ ..] = newest.as_slice() {
        if let Some(other) = others.iter().find(|other| other.said.keys != first.said.keys) {
            let month = first.said.month.map_or_else(|| "one month".to_owned(), |month| month.to_string());
            return Err(Error::incomplete(format!(
                "two manifests name different files for {month}, and nothing tells which is newer: {} and {}",
                first.name, other.name
            ))
            .hint("copy the manifest that lies directly in the folder of the period, or remove the older delivery"));
        }
        return Ok(Some(first));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Said {
        parse(text.as_bytes()).unwrap().unwrap()
    }

    fn manifest(below: Option<&str>, file: &str) -> Manifest {
        let text = format!(r#"{{"exportArn":"arn","dataFiles":["s3://b/e/data/BILLING_PERIOD=2026-04/{file}"]}}"#);
        Manifest {
            object: 0,
            name: below.unwrap_or("direct").to_owned(),
            said: said(&text),
            folder: vec!["e".to_owned()],
            label: "e".to_owned(),
            below: below.map(str::to_owned),
        }
    }

    #[test]
    fn data_exports_name_their_files_and_month() {
        let said = said(
            r#"{"executionId":"x","exportArn":"arn:1","columns":[{"name":"bill_bill_type","type":"string"}],
                "dataFiles":["s3://bucket/p/e/data/BILLING_PERIOD=2026-04/e-00001.snappy.parquet"]}"#,
        );
        assert_eq!(said.keys[0].join("/"), "p/e/data/BILLING_PERIOD=2026-04/e-00001.snappy.parquet");
        assert_eq!(said.month.unwrap().to_string(), "2026-04");
        assert_eq!(said.shape, Shape::Parquet);
    }

    #[test]
    fn cur_1_states_its_month() {
        let said = said(
            r#"{"assemblyId":"a","reportName":"r","contentType":"Parquet",
                "billingPeriod":{"start":"20181001T000000.000Z","end":"20181101T000000.000Z"},
                "reportKeys":["/p/r/r/year=2018/month=10/r-00001.snappy.parquet"]}"#,
        );
        assert_eq!(said.report_name.as_deref(), Some("r"));
        assert_eq!(said.month.unwrap().to_string(), "2018-10");
        assert_eq!(said.keys[0][0], "p");
    }

    #[test]
    fn csv_is_known_by_its_keys_and_focus_by_its_period() {
        let csv = said(r#"{"assemblyId":"a","reportKeys":["p/r/20250101-20250201/r-1.csv.gz"]}"#);
        assert_eq!(csv.shape, Shape::Csv);
        let none = said(r#"{"assemblyId":"a","contentType":"text/csv","reportKeys":[]}"#);
        assert_eq!(none.shape, Shape::Csv);
        let focus = said(
            r#"{"exportArn":"a","columns":[{"name":"BilledCost"},{"name":"ChargeCategory"}],
                "dataFiles":["s3://b/f/data/billing_period=2024-11/f.parquet"]}"#,
        );
        assert_eq!((focus.shape, focus.month.unwrap().to_string().as_str()), (Shape::Parquet, "2024-11"));
    }

    #[test]
    fn other_json_is_no_manifest_and_broken_json_says_so() {
        assert_eq!(parse(b"{\"entries\":[]}").unwrap(), None);
        assert_eq!(parse(b"[1]").unwrap(), None);
        assert!(parse(b"{\"dataFiles\":[").is_err());
        assert!(parse(br#"{"exportArn":"a","dataFiles":[1]}"#).is_err());
        assert!(parse(br#"{"exportArn":"a","dataFiles":["s3://bucket"]}"#).is_err());
        let two =
            br#"{"exportArn":"a","dataFiles":["s3://b/BILLING_PERIOD=2026-04/x","s3://b/BILLING_PERIOD=2026-05/x"]}"#;
        assert!(parse(two).unwrap_err().contains("2026-04 and of 2026-05"));
    }

    #[test]
    fn the_manifest_of_the_period_wins_then_the_newest_execution() {
        let direct = manifest(None, "d");
        let old = manifest(Some("2026-04-16T15:24:15.653Z-ffff"), "old");
        let new = manifest(Some("2026-04-17T01:00:00.000Z-0000"), "new");
        assert_eq!(current(&[&old, &direct, &new]).unwrap().unwrap().name, "direct");
        assert_eq!(current(&[&new, &old]).unwrap().unwrap().name, new.name);
        assert!(current(&[]).unwrap().is_none());
    }

    #[test]
    fn assemblies_without_a_timestamp_are_ambiguous() {
        let one = manifest(Some("c3bed2b7-e72a-4d7a-92ad-96ed624f3e07"), "x");
        let two = manifest(Some("882c034e-d08d-40ae-b933-638bba109bd3"), "y");
        assert_eq!(current(&[&one]).unwrap().unwrap().name, one.name);
        let error = current(&[&one, &two]).unwrap_err();
        assert_eq!(error.kind(), crate::error::Kind::Incomplete);
        assert!(error.to_string().contains(&one.name) && error.to_string().contains(&two.name), "{error}");
        assert!(current(&[&one, &manifest(Some("2026-04-17T01:00:00.000Z-0"), "z")]).is_err());
    }
}
