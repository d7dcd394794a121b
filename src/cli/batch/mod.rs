//! `gravimeter batch`: the report of the month when there is a new one, published and told of once.
//!
//! What is to be made is decided by `batch`, where it goes by `publish`, who hears of it by `notify`. Here is the order:
//! lock, find the months, make what is missing, publish it, tell people, hold the figures against their limits.

mod finality;
mod month;
mod telling;

use std::path::{Path, PathBuf};

use tokio::runtime::Runtime;

use super::{
    args::{Batch as Options, Global},
    bill::OpenBill,
    cluster::join,
    making::{printer, selection},
    settings::Settings,
    stop, talk, thresholds,
};
use crate::{
    batch,
    error::{Error, Kind, Result},
    publish::{BucketShelf, FolderShelf, Lock, Places, Shelf},
    sealed,
};
pub(super) use month::newest;
pub(super) use telling::{Teller, channels};

/// Name of the lock in the folder of the reports.
const LOCK: &str = ".gravimeter.lock";

/// Folder of the reports where none is named, and nothing is uploaded.
const REPORTS: &str = "reports";

/// Runs the command.
pub(super) fn run(settings: &Settings, options: &Options, runtime: &Runtime) -> Result<()> {
    runtime.block_on(Box::pin(locked(settings, options)))
}

async fn locked(settings: &Settings, options: &Options) -> Result<()> {
    let global = &settings.args.global;
    if options.sources.is_empty() {
        return Err(Error::usage("no bill is named")
            .hint("name it in the configuration, sources = [\"s3://BUCKET/PREFIX\"] under [bill], or with --source"));
    }
    let shaping = shaping(settings)?;
    let printer = printer(&options.look)?;
    // Who is to be told has to be known before the work, not after it.
    let teller = Teller::new(global, &options.told, channels(&options.told)?);
    let (shelves, places) = shelves(global, options.out.as_deref(), options.upload.as_deref()).await?;
    let lock = unless_stopped(Lock::take(&places, options.wait, |text| talk(global, text))).await?;
    let job = Job { global, options, settings: shaping, printer, teller, shelves, lock: &lock };
    let done = unless_stopped(Box::pin(job.run())).await;
    if let Err(error) = lock.release().await {
        talk(global, &format!("warning: {error}: the lock runs out by itself in a minute"));
    }
    done
}

/// Waits for work, or until the user or the system stops it: the first process of a container would not even be ended by
/// a signal that nobody listens to.
async fn unless_stopped<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::select! {
        done = work => done,
        () = stop::asked() => Err(Error::new(Kind::Interrupted, "interrupted")),
    }
}

/// One run, which has the lock.
struct Job<'a> {
    global: &'a Global,
    options: &'a Options,
    settings: batch::Settings,
    printer: Option<crate::report::pdf::Printer>,
    teller: Teller<'a>,
    /// Where reports go, in the order in which they do. The last one says what was done.
    shelves: Vec<Box<dyn Shelf>>,
    lock: &'a Lock,
}

impl Job<'_> {
    async fn run(&self) -> Result<()> {
        let mut bill = self.open().await?;
        let chosen = finality::choose(self.global, &bill, &self.options.months).await?;
        if let Some(note) = &chosen.note {
            talk(self.global, &format!("note: {note}"));
        }
        let mut later = None;
        for month in chosen.months {
            let outcome = match Box::pin(self.month(&bill, month)).await {
                Err(error) if error.kind() == Kind::Changed => {
                    talk(self.global, &format!("note: {error}; everything is read again"));
                    bill = self.open().await?;
                    Box::pin(self.month(&bill, month)).await?
                }
                other => other?,
            };
            // A limit that is breached, or nobody told: the other months are made all the same.
            let breached = thresholds::check(self.global, month, &outcome.judged).err();
            for error in outcome.untold.into_iter().chain(breached) {
                match &later {
                    None => later = Some(error),
                    // The first one ends the run, which says so.
                    Some(_) => talk(self.global, &format!("warning: {error}")),
                }
            }
        }
        later.map_or(Ok(()), Err)
    }

    async fn open(&self) -> Result<OpenBill> {
        let look = &self.options.look;
        let joined = join(self.global, &self.options.nodes).await?;
        let bill = OpenBill::open(self.global, &self.options.sources, look.from, None).await?;
        Ok(bill.scanned_by(joined).by_tags(&selection(look).keys))
    }

    /// Returns the place that says what was done.
    fn home(&self) -> Result<&dyn Shelf> {
        self.shelves.last().map(AsRef::as_ref).ok_or_else(|| Error::runtime("there is no place for reports"))
    }
}

/// Returns the settings that change what a report says; another content of a file is another setting.
fn shaping(settings: &Settings) -> Result<batch::Settings> {
    let mut all: batch::Settings = settings.shaping().into_iter().map(|(key, texts)| (key.to_owned(), texts)).collect();
    for (key, files) in settings.shaping_files() {
        let digest = |path: &PathBuf| {
            let bytes = std::fs::read(path).map_err(|error| Error::io("read", path, &error))?;
            Ok(sealed::digest(&bytes))
        };
        all.insert(key.to_owned(), files.iter().map(digest).collect::<Result<_>>()?);
    }
    Ok(all)
}

/// Returns where reports go, and what has to be locked for that.
pub(super) async fn shelves(
    global: &Global,
    out: Option<&Path>,
    upload: Option<&str>,
) -> Result<(Vec<Box<dyn Shelf>>, Places)> {
    let mut shelves: Vec<Box<dyn Shelf>> = Vec::new();
    let default = upload.is_none().then(|| PathBuf::from(REPORTS));
    let folder = out.map(Path::to_owned).or(default).map(|root| FolderShelf::new(&root));
    let bucket = match upload {
        Some(url) => Some(BucketShelf::new(url, &global.access()).await?),
        None => None,
    };
    let file = match (&folder, upload) {
        (Some(folder), _) => Some(folder.root().join(LOCK)),
        (None, url) => lock_of(global, url.unwrap_or_default()),
    };
    shelves.extend(folder.map(|folder| Box::new(folder) as Box<dyn Shelf>));
    shelves.extend(bucket.clone().map(|bucket| Box::new(bucket) as Box<dyn Shelf>));
    Ok((shelves, Places { file, bucket }))
}

/// Returns the lock file of reports that go to S3 alone: in a folder of the user's own, whatever is kept there else.
fn lock_of(global: &Global, url: &str) -> Option<PathBuf> {
    let folder = global.cache_dir.clone().or_else(|| super::xdg("XDG_CACHE_HOME", ".cache"))?;
    Some(folder.join("locks").join(format!("{}.lock", &sealed::digest(url.as_bytes())[..16])))
}

/// What became of a month.
struct Outcome {
    judged: Vec<batch::Judged>,
    /// Why somebody could not be told.
    untold: Option<Error>,
}
