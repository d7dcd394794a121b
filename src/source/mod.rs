//! The source stage: finds the exports in what the user named, and for each month exactly the files that are it.
//!
//! In flow paths from the command line, out flows a [`Bill`]: explicit lists of files whose footers or header
//! lines were read.
//! Manifests come first (`manifest`, `plan`); without one a folder is read only when it cannot be ambiguous
//! (`groups`). What a file is, its columns say (`schema`, `focus`), never its name. Nothing here reads rows, apart from
//! the first payer account id. What an earlier run knew of a file is not looked up again (`facts`). All reading goes
//! through `object_store`, from a disk or from S3 ([`Access`]).

use std::{collections::BTreeSet, fmt, ops::Range, sync::Arc};

use bytes::Bytes;
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStore};
use parquet::{
    arrow::{arrow_reader::ArrowReaderMetadata, async_reader::AsyncFileReader},
    errors::ParquetError,
};

use crate::{
    error::{Error, Result},
    units::Month,
};

mod access;
pub(crate) mod aws;
mod choice;
mod csv;
mod facts;
mod focus;
mod footer;
mod groups;
mod layout;
mod listing;
mod manifest;
mod nothing;
pub(crate) mod patience;
mod plan;
mod rebase;
mod s3;
mod schema;
mod survey;
#[cfg(test)]
mod tests;
mod ticket;

pub use access::Access;
pub use csv::{Compression, CsvColumn, CsvHead, Records};
pub use facts::Memory;
pub use focus::FocusVersion;
use footer::Footers;
pub use footer::PinnedReader;
use listing::{Listing, store_error};
use plan::Draft;
use schema::Content;
pub use survey::{Survey, Surveyed, survey};
pub use ticket::{Stores, Ticket, Way};

/// The exports to be read.
#[derive(Debug, Clone)]
pub struct Bill {
    /// The exports, by name.
    pub exports: Vec<Export>,
    /// What was found and deliberately not read, in words.
    pub notes: Vec<String>,
}

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Format {
    /// The legacy Cost and Usage Report as text, with names such as `lineItem/UsageType`.
    Cur1Csv,
    /// The legacy Cost and Usage Report with flat columns.
    Cur1Parquet,
    /// Data Exports as text, with maps as JSON.
    Cur2Csv,
    /// Data Exports with map columns.
    Cur2Parquet,
    /// FOCUS as text, with maps as JSON.
    FocusCsv(FocusVersion),
    /// FOCUS with map columns.
    FocusParquet(FocusVersion),
}

impl Format {
    /// Tells whether it is FOCUS, in any version.
    pub fn is_focus(self) -> bool {
        matches!(self, Format::FocusCsv(_) | Format::FocusParquet(_))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Format::Cur1Csv => f.write_str("CUR 1 CSV"),
            Format::Cur1Parquet => f.write_str("CUR 1 Parquet"),
            Format::Cur2Csv => f.write_str("CUR 2.0 CSV"),
            Format::Cur2Parquet => f.write_str("CUR 2.0 Parquet"),
            Format::FocusCsv(version) => write!(f, "{version} CSV"),
            Format::FocusParquet(version) => write!(f, "{version} Parquet"),
        }
    }
}

/// One export: a Cost and Usage Report or a FOCUS export over its months.
#[derive(Debug, Clone)]
pub struct Export {
    /// Its name, unlike that of every other export found.
    pub name: String,
    /// How it is written; the newer format when its months differ.
    pub format: Format,
    /// The payer account, or `None` when no row names one.
    pub payer: Option<String>,
    /// Its months, in order.
    pub deliveries: Vec<Delivery>,
}

impl Export {
    /// Describes the export: "seoul-cur2 (CUR 2.0 Parquet, 10 months, 10 files, by manifest)".
    pub fn describe(&self) -> String {
        let plural =
            |count: usize, name: &str| if count == 1 { format!("1 {name}") } else { format!("{count} {name}s") };
        let files = self.deliveries.iter().map(|delivery| delivery.files.len()).sum();
        let by = if self.deliveries.iter().any(|delivery| delivery.manifest.is_some()) {
            "by manifest"
        } else {
            "no manifest"
        };
        let months = plural(self.deliveries.len(), "month");
        format!("{} ({}, {months}, {}, {by})", self.name, self.format, plural(files, "file"))
    }
}

/// The files of one month.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The month from manifest or path; `None` when only the rows can tell.
    pub month: Option<Month>,
    /// The manifest that names the files, as the user would type it.
    pub manifest: Option<String>,
    /// The files, by name.
    pub files: Vec<DataFile>,
}

/// How a file is written, with what its footer or header line says.
#[derive(Debug, Clone)]
pub enum Encoding {
    /// Parquet, with its footer.
    Parquet(ArrowReaderMetadata),
    /// CSV, with its header line.
    Csv(CsvHead),
}

/// One file, at one version.
#[derive(Clone)]
pub struct DataFile {
    /// The path as the user would type it.
    pub name: String,
    /// Where it is read from.
    pub store: Arc<dyn ObjectStore>,
    /// Its place, size and version.
    pub object: ObjectMeta,
    /// The names of its columns, as Athena spells them.
    pub columns: Arc<[String]>,
    is_parquet: bool,
    opened: Option<Encoding>,
}

/// A file whose footer or header line was read.
#[derive(Debug, Clone)]
pub struct OpenFile {
    /// The file.
    pub data: DataFile,
    /// How it is written.
    pub encoding: Encoding,
}

/// Bytes of one request for a CSV file.
const REQUEST: u64 = 4 * 1024 * 1024;

impl DataFile {
    /// Tells whether it lies behind a network, where reading ahead pays.
    pub(crate) fn is_remote(&self) -> bool {
        s3::Uri::is_one(&self.name)
    }

    /// Returns a reader for the Parquet crate that reads this version of the file and no other.
    #[must_use]
    pub fn reader(&self) -> PinnedReader {
        PinnedReader::new(Arc::clone(&self.store), self.object.clone())
    }

    /// Returns the bytes of a range, of this version of the file and no other.
    ///
    /// # Errors
    /// When the file was replaced since it was listed, or the store fails.
    pub async fn bytes(&self, range: Range<u64>) -> Result<Bytes> {
        let options = GetOptions {
            range: Some(GetRange::Bounded(range)),
            if_match: self.object.e_tag.clone(),
            ..GetOptions::default()
        };
        let got = self.store.get_opts(&self.object.location, options).await;
        let bytes = match got {
            Ok(got) => got.bytes().await,
            Err(error) => Err(error),
        };
        bytes.map_err(|error| store_error(&self.name, &error))
    }

    /// Reads the footer or header line, unless that was done when the file was found.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn open(&self) -> Result<OpenFile> {
        let encoding = match &self.opened {
            Some(encoding) => encoding.clone(),
            None => footer::open_data(self).await?,
        };
        Ok(OpenFile { data: self.clone(), encoding })
    }

    /// Tells whether the file has a column of that name: CUR as Athena spells it, FOCUS as the specification does.
    pub fn has_column(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column == name)
    }

    /// Turns a failure of the Parquet crate on this file into one that names it and says what to do.
    #[must_use]
    pub fn read_error(&self, error: ParquetError) -> Error {
        footer::parquet_error(&self.name, error)
    }
}

impl OpenFile {
    /// Reads the records of a CSV file through `reader`, which must be one of this file; the header line comes first.
    ///
    /// # Errors
    /// When the file is no CSV.
    pub fn records<R: AsyncFileReader + 'static>(&self, reader: R) -> Result<Records> {
        let DataFile { name, object, .. } = &self.data;
        match &self.encoding {
            Encoding::Csv(head) => Ok(Records::new(name, reader, object.size, head.compression, REQUEST)),
            Encoding::Parquet(_) => Err(Error::runtime(format!("{name} is no CSV file"))),
        }
    }
}

impl fmt::Debug for DataFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A footer fills pages.
        f.debug_struct("DataFile").field("name", &self.name).field("object", &self.object).finish_non_exhaustive()
    }
}

/// A bucket and a prefix in it, to write below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Place {
    /// The bucket.
    pub bucket: String,
    /// The prefix without slashes at its ends; may be empty.
    pub prefix: String,
}

impl S3Place {
    /// Takes `s3://bucket/prefix` apart.
    ///
    /// # Errors
    /// When it names no bucket.
    pub fn parse(given: &str) -> Result<Self> {
        if !s3::Uri::is_one(given) {
            return Err(Error::usage(format!("{given} is no place in S3")).hint("write it as s3://BUCKET/PREFIX"));
        }
        let s3::Uri { bucket, key } = s3::Uri::parse(given)?;
        Ok(Self { bucket, prefix: key.trim_matches('/').to_owned() })
    }

    /// Returns the key of what lies below the prefix.
    pub fn key(&self, below: &str) -> String {
        let parts = [self.prefix.as_str(), below];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
    }

    /// Returns its place in the object store of the bucket.
    pub fn location(&self, below: &str) -> object_store::path::Path {
        s3::location(&self.key(below))
    }

    /// Returns it as users type it.
    pub fn url(&self, below: &str) -> String {
        format!("s3://{}/{}", self.bucket, self.key(below))
    }
}

/// Opens a bucket of S3 as an object store, to read and to write.
///
/// Its errors carry an [`Error`] inside ([`Error::within`]). Whether the bucket is there, the first request tells.
pub async fn bucket(name: &str, access: &Access) -> Arc<dyn ObjectStore> {
    Arc::new(s3::Bucket::new(s3::Service::new(access).await, name))
}

/// Finds the exports under the sources, and chooses those to be read.
///
/// # Errors
/// Usage errors for what does not exist, cannot be read by this version, or is not unique; incomplete data for
/// files that are missing, damaged, or may count a month twice.
pub async fn discover(sources: &[String], choice: Option<&str>, access: &Access, memory: &Memory) -> Result<Bill> {
    let listing = Listing::of(sources, access).await?;
    let manifests = manifest::read_all(&listing).await?;
    let mut plan = plan::by_manifests(&listing, &manifests);
    let (mut footers, loose) = plan::open(&listing, &plan, memory).await?;
    plan::check_contents(&listing, &mut plan, &mut footers);
    let groups = groups::group(&listing, &loose, &mut footers).await?;
    let mut notes = [plan.notes, groups.notes].concat();
    let mut drafts: Vec<Draft> = plan.drafts.into_iter().chain(groups.drafts).collect();
    drafts.retain(|draft| !draft.months.is_empty() || draft.problem.is_some());
    continue_across_sources(&mut drafts);
    nothing::check(&listing, &drafts, &groups.foreign, &notes)?;

    let names = choice::names(&drafts);
    let chosen = choice::choose(&listing, &drafts, &names, choice).await?;
    notes.extend(chosen.notes);

    let wanted: BTreeSet<usize> = chosen.drafts.into_iter().collect();
    let pairs = names.into_iter().zip(drafts).enumerate();
    let (names, mut drafts): (Vec<String>, Vec<Draft>) =
        pairs.filter(|(index, _)| wanted.contains(index)).map(|(_, pair)| pair).unzip();
    groups::check_nesting(&listing, &drafts.iter().collect::<Vec<_>>())?;
    if let Some(problem) = drafts.iter_mut().find_map(|draft| draft.problem.take()) {
        return Err(problem);
    }
    let mut exports = Vec::with_capacity(drafts.len());
    for (name, draft) in names.into_iter().zip(drafts) {
        exports.push(export(&listing, &mut footers, name, draft).await?);
    }
    footers.keep(&listing, memory);
    exports.sort_by(|left, right| left.name.cmp(&right.name));
    choice::check_payers(&exports)?;
    notes.sort();
    notes.dedup();
    Ok(Bill { exports, notes })
}

/// Joins exports of one name that the user named month by month, as separate sources.
///
/// Only months that manifest or path tell apart are joined: then nothing can be counted twice.
fn continue_across_sources(drafts: &mut Vec<Draft>) {
    let mut joined: Vec<Draft> = Vec::with_capacity(drafts.len());
    for draft in drafts.drain(..) {
        let months =
            |draft: &Draft| -> Option<BTreeSet<Month>> { draft.months.iter().map(|planned| planned.month).collect() };
        let continues = |earlier: &&mut Draft| {
            earlier.label == draft.label
                && earlier.sources.is_disjoint(&draft.sources)
                && months(earlier).zip(months(&draft)).is_some_and(|(a, b)| a.is_disjoint(&b))
        };
        match joined.iter_mut().find(continues) {
            Some(earlier) => {
                earlier.sources.extend(draft.sources);
                earlier.months.extend(draft.months);
                earlier.broken.extend(draft.broken);
                for problem in draft.problem.into_iter().chain(draft.more) {
                    earlier.fails(problem);
                }
            }
            None => joined.push(draft),
        }
    }
    *drafts = joined;
}

/// Builds the export from files that are known to be whole.
async fn export(listing: &Listing, footers: &mut Footers, name: String, draft: Draft) -> Result<Export> {
    let files: Vec<usize> = draft.files().collect();
    let payer = footer::payer(listing, footers, &files).await?;
    let formats = files.iter().filter_map(|&index| match footers.content(index) {
        Some(&Content::Cur(format)) => Some(format),
        _ => None,
    });
    let format = formats.max().ok_or_else(|| Error::runtime(format!("the export {name} has no files")))?;
    let mut deliveries = Vec::with_capacity(draft.months.len());
    for planned in draft.months {
        let mut files: Vec<DataFile> =
            planned.files.iter().filter_map(|&index| data_file(listing, footers, index)).collect();
        files.sort_by(|left, right| left.name.cmp(&right.name));
        deliveries.push(Delivery { month: planned.month, manifest: planned.manifest, files });
    }
    deliveries.sort_by_key(|delivery| delivery.month);
    Ok(Export { name, format, payer, deliveries })
}

fn data_file(listing: &Listing, footers: &Footers, index: usize) -> Option<DataFile> {
    let object = &listing.objects[index];
    Some(DataFile {
        name: object.name.clone(),
        store: Arc::clone(&object.store),
        object: object.meta.clone(),
        columns: Arc::clone(footers.columns(index)?),
        is_parquet: object.is_parquet,
        opened: footers.encoding(index).cloned(),
    })
}
