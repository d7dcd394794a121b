//! Opens the bill that the sources hold: discovery, session, rollup, figures.

use std::{
    collections::BTreeSet, fmt, num::NonZero, path::PathBuf, sync::Arc, thread::available_parallelism, time::Instant,
};

use async_trait::async_trait;
use indicatif::HumanBytes;
use rust_decimal::Decimal;

use super::{args::Global, cluster::Joined, log, memory, price_book::book, progress::Progress, talk};
use crate::{
    analysis::{
        Figures, Inventory, Judge, ProvenVersions, Selection, bursts::Course, depends_on_version, is_extended_support,
        reconcile::broken_months, split,
    },
    error::{Error, Result},
    normalize::{Classify, Judges, LineItems, ScanCount, TagKeys, absent_columns},
    rollup::{Cache, CellTable, Effort, Grain, Means, Part, Rollup, USAGE_PARTS, UsageKey, UsageRow, Wanted},
    source::{Bill, Export, Memory, discover},
    terms::Architecture,
    units::Month,
};

/// Column that names the parent of a row of split cost allocation data.
const SPLIT_PARENT: &str = "split_line_item_parent_resource_id";

/// Rows by resource, with the id of each.
type ResourceRows = Vec<(Arc<str>, UsageRow)>;

/// Months whose causes do not add up to them, with the difference.
type BrokenMonths = Vec<(Month, Decimal)>;

/// A bill with its session.
pub(super) struct OpenBill {
    pub bill: Bill,
    pub judge: Judge,
    inventory: Inventory,
    range: (Option<Month>, Option<Month>),
    /// The tags that rows are told apart by.
    tags: Arc<TagKeys>,
    cache: Arc<Cache>,
    means: Means,
    nodes: Option<Arc<Joined>>,
    count: Arc<ScanCount>,
    shows_progress: bool,
    begun: Instant,
}

impl OpenBill {
    /// Finds the exports in the sources; reads no data yet.
    pub(super) async fn open(
        global: &Global,
        sources: &[String],
        from: Option<Month>,
        to: Option<Month>,
    ) -> Result<Self> {
        let inventory = read_inventories(global)?;
        check_families(global)?;
        let (cache, known_files) = open_cache(global)?;
        let mut bill = discover(sources, global.export.as_deref(), &global.access(), &known_files).await?;
        for note in &bill.notes {
            talk(global, &format!("note: {note}"));
        }
        keep_months(&mut bill, from, to)?;
        let judge = Judge::new(book(global)?, global.policy());
        let means = means(global);
        Ok(Self {
            bill,
            judge,
            inventory,
            range: (from, to),
            tags: Arc::default(),
            cache: Arc::new(cache),
            means,
            nodes: None,
            count: Arc::default(),
            shows_progress: !global.quiet && !log::is_json(),
            begun: Instant::now(),
        })
    }

    /// Returns the bill without the months after one.
    pub(super) fn up_to(&self, month: Month) -> Result<Self> {
        let mut bill = self.bill.clone();
        keep_months(&mut bill, None, Some(month))?;
        Ok(Self {
            bill,
            judge: self.judge.clone(),
            inventory: self.inventory.clone(),
            range: (self.range.0, Some(month)),
            tags: Arc::clone(&self.tags),
            cache: Arc::clone(&self.cache),
            means: self.means,
            nodes: self.nodes.clone(),
            count: Arc::default(),
            shows_progress: self.shows_progress,
            begun: Instant::now(),
        })
    }

    /// Has the scan done by the nodes of a cluster, where one was joined.
    pub(super) fn scanned_by(self, nodes: Option<Joined>) -> Self {
        Self { nodes: nodes.map(Arc::new), ..self }
    }

    /// Has rows told apart by the values of tags.
    pub(super) fn by_tags(self, keys: &[String]) -> Self {
        Self { tags: Arc::new(TagKeys::new(keys)), ..self }
    }

    /// Returns the nodes that the scan is done by, where a cluster was joined.
    pub(super) fn nodes(&self) -> Option<&Joined> {
        self.nodes.as_deref()
    }

    /// Returns the line items themselves as a table.
    pub(super) async fn line_items(self: &Arc<Self>) -> Result<LineItems> {
        let judges = Arc::new(ByWholeBill(Arc::clone(self)));
        LineItems::open(&self.bill, self.judge.book(), judges, Arc::clone(&self.count)).await
    }

    /// Returns the cells by day, hour or resource as a table.
    pub(super) async fn cells(&self, grain: Grain) -> Result<CellTable> {
        Ok(self.rollup(&Part::ALL).await?.table(grain))
    }

    /// Returns what ran and what it cost in a month, by hour and by day, of the whole bill.
    pub(super) async fn course(&self, month: Month) -> Result<Course> {
        const KEYS: [Part; 2] = [Part::Usages, Part::Accounts];
        let rows = |rollup: &Rollup| -> Result<_> {
            let hours = rollup.time_rows(Grain::Hour, month)?;
            Ok(hours.zip(rollup.time_rows(Grain::Day, month)?))
        };
        let (hours, days) = match rows(&self.rollup(&KEYS).await?)? {
            Some(found) => found,
            // A part that no figure needs is not looked at before: where it is damaged, the month is rolled up again.
            None => rows(&self.rollup(&Part::ALL).await?)?.ok_or_else(|| {
                Error::runtime("the cache was changed while it was read").hint("run the command again")
            })?,
        };
        Ok(Course::of(&hours, &days))
    }

    /// Tells whether the export has rows of split cost allocation data.
    pub(super) fn has_split_rows(&self) -> bool {
        let mut files =
            self.bill.exports.iter().flat_map(|export| &export.deliveries).flat_map(|delivery| &delivery.files);
        files.any(|file| file.has_column(SPLIT_PARENT))
    }

    /// Rolls the bill up, and computes every figure.
    pub(super) async fn figures(&self) -> Result<(Figures, Effort)> {
        let rollup = self.rollup(USAGE_PARTS).await?;
        let rows = self.with_versions(self.of_range(rollup.usage_rows()?)?).await?;
        Ok((Figures::new(rows, &self.judge)?, rollup.effort()))
    }

    /// Computes the figures of a part of the bill; with the months of the whole bill that do not add up.
    pub(super) async fn selected(&self, selection: &Selection) -> Result<(Figures, Effort, BrokenMonths)> {
        let rollup = self.rollup(USAGE_PARTS).await?;
        let rows = self.with_versions(self.of_range(rollup.usage_rows()?)?).await?;
        let broken = broken_months(&rows);
        Ok((Figures::of(rows, &self.judge, selection)?, rollup.effort(), broken))
    }

    /// Computes the figures as another judge sees them.
    pub(super) async fn figures_by(&self, judge: &Judge) -> Result<Figures> {
        let rows = self.rollup(USAGE_PARTS).await?.usage_rows()?;
        Figures::new(self.with_versions(self.of_range(rows)?).await?, judge)
    }

    /// Computes the figures of every month that the files hold, whatever the range.
    pub(super) async fn figures_of_files(&self) -> Result<Figures> {
        Figures::new(self.rollup(USAGE_PARTS).await?.usage_rows()?, &self.judge)
    }

    /// Leaves out the months outside the range: a file without a manifest may hold several.
    fn of_range(&self, mut rows: Vec<UsageRow>) -> Result<Vec<UsageRow>> {
        let (from, to) = self.range;
        if from.is_none() && to.is_none() {
            return Ok(rows);
        }
        let known: BTreeSet<String> = rows.iter().map(|row| row.month.to_string()).collect();
        rows.retain(|row| from.is_none_or(|from| row.month >= from) && to.is_none_or(|to| row.month <= to));
        if rows.is_empty() {
            let known: Vec<String> = known.into_iter().collect();
            return Err(Error::usage("no month of the source lies in the range asked for")
                .hint(format!("it has {}", known.join(", "))));
        }
        Ok(rows)
    }

    /// Splits rows by the engine versions that something proves.
    async fn with_versions(&self, rows: Vec<UsageRow>) -> Result<Vec<UsageRow>> {
        Ok(match self.versions(&rows).await? {
            Some((proven, resources)) => split(rows, &resources, &proven),
            None => rows,
        })
    }

    /// Returns what inventories and Extended Support prove, with the rows of the resources; `None` where nothing does.
    async fn versions(&self, rows: &[UsageRow]) -> Result<Option<(ProvenVersions, ResourceRows)>> {
        let book = self.judge.book();
        if self.inventory.is_empty() && !rows.iter().any(|row| is_extended_support(&row.usage)) {
            return Ok(None);
        }
        let wanted = |usage: &UsageKey| depends_on_version(usage, book) || is_extended_support(usage);
        let resources = self.rollup(&Part::ALL).await?.resource_rows(wanted)?;
        Ok(Some((ProvenVersions::new(self.inventory.clone(), &resources, book), resources)))
    }

    /// Rolls the bill up.
    pub(super) async fn usage_rows(&self) -> Result<Vec<UsageRow>> {
        self.of_range(self.rollup(USAGE_PARTS).await?.usage_rows()?)
    }

    async fn rollup(&self, parts: &[Part]) -> Result<Rollup> {
        let _progress = self.shows_progress.then(|| Progress::follow(&self.count));
        let elsewhere = self.nodes.as_deref().map(Joined::elsewhere);
        let wanted = Wanted { parts, tags: &self.tags };
        Rollup::of(&self.bill, wanted, &self.cache, self.judge.book(), self.means, &self.count, elsewhere).await
    }

    /// Says what this run has read of the bill, and what an earlier one had.
    pub(super) fn work_done(&self, effort: &Effort) -> String {
        let kept = match (effort.kept, effort.deliveries) {
            (0, _) => String::new(),
            (kept, all) if kept == all => "; every month was rolled up by an earlier run".to_owned(),
            (kept, all) => format!("; {kept} of {all} months were rolled up by an earlier run"),
        };
        let (read, needed) = (HumanBytes(self.count.bytes()), HumanBytes(effort.needed_bytes));
        let seconds = self.begun.elapsed().as_secs_f32();
        format!("read {read} of the {needed} that the figures need, in {seconds:.1} s{kept}")
    }

    /// Describes the exports.
    pub(super) fn describe(&self) -> Vec<String> {
        self.bill.exports.iter().map(Export::describe).collect()
    }

    /// Names what was not read, what absent columns switch off, and what is to be said of the data.
    pub(super) fn notes(&self, effort: &Effort) -> Vec<String> {
        self.bill.notes.iter().cloned().chain(absent_columns(&self.bill)).chain(effort.notes.iter().cloned()).collect()
    }
}

/// Judges line items by what the whole bill proves of engine versions.
struct ByWholeBill(Arc<OpenBill>);

impl fmt::Debug for ByWholeBill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ByWholeBill")
    }
}

#[async_trait]
impl Judges for ByWholeBill {
    async fn classifier(&self) -> Result<Arc<dyn Classify>> {
        let bill = &self.0;
        let rows = bill.rollup(USAGE_PARTS).await?.usage_rows()?;
        let proven = bill.versions(&rows).await?.map(|(proven, _)| Arc::new(proven));
        Ok(bill.judge.classifier(proven))
    }
}

/// Reads the inventories that were named.
fn read_inventories(global: &Global) -> Result<Inventory> {
    let mut all = Inventory::default();
    for path in &global.inventories {
        let text = std::fs::read_to_string(path).map_err(|error| Error::io("read", path, &error))?;
        all.merge(Inventory::parse(&path.display().to_string(), &text)?);
    }
    Ok(all)
}

/// Refuses pins and baselines of families that are not in the table, or of the wrong architecture.
pub(super) fn check_families(global: &Global) -> Result<()> {
    let book = book(global)?;
    let check = |option: &str, name: &str, wanted: Architecture| match book.family(name) {
        Some(family) if family.architecture == wanted => Ok(()),
        Some(_) => Err(Error::usage(format!("{option}: {name} is not a family of {wanted}"))),
        None => Err(Error::usage(format!("{option}: {name} is not a family of the table"))
            .hint("gravimeter sql -c \"select distinct family, architecture from instance_types\" lists them")),
    };
    for (source, target) in &global.pins {
        check("--pin", source, Architecture::X86)?;
        check("--pin", target, Architecture::Arm)?;
    }
    for (graviton, baseline) in &global.baselines {
        check("--baseline", graviton, Architecture::Arm)?;
        check("--baseline", baseline, Architecture::X86)?;
    }
    Ok(())
}

/// Returns what the run may use.
pub(super) fn means(global: &Global) -> Means {
    let cores = || available_parallelism().map_or(1, NonZero::get);
    Means {
        threads: global.threads.map_or_else(cores, NonZero::get),
        memory: global.memory_limit.unwrap_or_else(memory::default_limit),
    }
}

/// Opens the cache: the folder that was named, else the user's own, else none.
fn open_cache(global: &Global) -> Result<(Cache, Memory)> {
    if global.no_cache {
        return Ok((Cache::temporary()?, Memory::none()));
    }
    let in_folder = |folder: &PathBuf| Ok((Cache::in_folder(folder)?, Memory::in_folder(folder.join("files"))));
    if let Some(folder) = &global.cache_dir {
        return in_folder(folder);
    }
    match super::xdg("XDG_CACHE_HOME", ".cache").map(|folder| in_folder(&folder)) {
        Some(Ok(opened)) => Ok(opened),
        Some(Err(error)) => {
            talk(global, &format!("note: {error}: nothing is kept for the next run"));
            Ok((Cache::temporary()?, Memory::none()))
        }
        None => Ok((Cache::temporary()?, Memory::none())),
    }
}

/// Drops the deliveries outside the range before anything is read.
fn keep_months(bill: &mut Bill, from: Option<Month>, to: Option<Month>) -> Result<()> {
    if let (Some(from), Some(to)) = (from, to)
        && from > to
    {
        return Err(Error::usage(format!("--from {from} is after --to {to}")));
    }
    let known: Vec<String> = bill
        .exports
        .iter()
        .flat_map(|export| &export.deliveries)
        .filter_map(|delivery| delivery.month.map(|month| month.to_string()))
        .collect();
    for export in &mut bill.exports {
        export.deliveries.retain(|delivery| match delivery.month {
            Some(month) => from.is_none_or(|from| month >= from) && to.is_none_or(|to| month <= to),
            None => true,
        });
    }
    bill.exports.retain(|export| !export.deliveries.is_empty());
    if bill.exports.is_empty() {
        return Err(Error::usage("no month of the source lies in the range asked for")
            .hint(format!("it has {}", known.join(", "))));
    }
    Ok(())
}
