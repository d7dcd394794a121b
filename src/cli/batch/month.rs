//! One month: is there anything to do, and if so do it.

use std::{
    collections::BTreeMap,
    io::Write,
    path::Path,
    time::{Duration, Instant},
};

use chrono::Utc;
use serde_json::json;

use super::{Job, Outcome};
use crate::{
    batch::{self, Input, Key, Made, NOTICE, Notice, Record, Run, judged},
    cli::{
        bill::OpenBill,
        log,
        making::{compute, files},
        talk,
    },
    error::{Error, Result},
    publish::{self, File, Latest, Listed, Pointer, RECORD, Shelf},
    sealed,
    units::Month,
};

/// What a place has for a month.
struct Found {
    pointer: Option<Pointer>,
    /// The record that `latest.json` names.
    record: Option<Record>,
    /// Its report is the one that would be made now, and all its files are there.
    is_current: bool,
}

/// A report that is the one of its month.
pub(in crate::cli) struct Current {
    pub latest: Latest,
    pub record: Record,
}

impl Job<'_> {
    /// Makes the report of a month where it is not there, and tells people where they were not told.
    pub(super) async fn month(&self, bill: &OpenBill, month: Month) -> Result<Outcome> {
        let bill = bill.up_to(month)?;
        let inputs = batch::inputs(&bill.bill);
        let key = Key::new(month, &inputs, &self.settings, bill.judge.book().version());
        let mut found = Vec::with_capacity(self.shelves.len());
        for shelf in &self.shelves {
            found.push(look(shelf.as_ref(), month, &key.digest()).await?);
        }
        for (shelf, found) in self.shelves.iter().zip(&found).filter(|(_, found)| found.is_current) {
            if let Some(pointer) = &found.pointer {
                shelf.tidy(&pointer.latest);
            }
        }
        // The last place says what was done: its report counts where several have it.
        let current = match found.iter().rposition(|found| found.is_current) {
            Some(at) if found.iter().all(|found| found.is_current) => self.keep(&mut found, at)?,
            Some(at) => self.copy(&mut found, at, month).await?,
            None => self.make(&bill, key, inputs, &found).await?,
        };
        let mut stdout = std::io::stdout().lock();
        for (shelf, found) in self.shelves.iter().zip(&found) {
            let own = found.pointer.as_ref().filter(|_| found.is_current).map(|pointer| &pointer.latest);
            // Nobody may be reading.
            let _ = writeln!(stdout, "{}", place(shelf.as_ref(), own.unwrap_or(&current.latest)));
        }
        drop(stdout);
        let untold = self.teller.tell(self.home()?, &current, false).await?;
        Ok(Outcome { judged: judged(&current.record.figures, &self.options.fail_on), untold })
    }

    /// Does nothing, and says so.
    fn keep(&self, found: &mut [Found], at: usize) -> Result<Current> {
        let current = take(found, at)?;
        let Latest { month, revision, key, .. } = &current.latest;
        let message = format!(
            "{month}: nothing to do: report {revision} is made of this delivery, these settings and these prices"
        );
        let fields = [
            ("event", json!("nothing_to_do")),
            ("month", json!(month)),
            ("revision", json!(revision)),
            ("key", json!(key)),
        ];
        log::event(self.global, log::Level::Info, &message, &fields);
        Ok(current)
    }

    /// Puts a report that one place has where it is missing: a run before was stopped in between.
    async fn copy(&self, found: &mut [Found], at: usize, month: Month) -> Result<Current> {
        let missing: Vec<usize> = (0..found.len()).filter(|&index| !found[index].is_current).collect();
        let current = take(found, at)?;
        let from = self.shelves[at].as_ref();
        let files = publish::fetch(from, &current.latest, &current.record.files).await?.ok_or_else(|| {
            Error::incomplete(format!("{} is not what its record says", place(from, &current.latest)))
                .hint("remove that folder; the next run makes the report again")
        })?;
        for index in missing {
            self.publish(self.shelves[index].as_ref(), &current.latest, &files, found[index].pointer.as_ref()).await?;
        }
        talk(self.global, &format!("{month}: report {} is now in every place", current.latest.revision));
        Ok(current)
    }

    /// Makes a report and publishes it.
    async fn make(&self, bill: &OpenBill, key: Key, inputs: Vec<Input>, found: &[Found]) -> Result<Current> {
        let (started, begun, month) = (Utc::now(), Instant::now(), key.month);
        let mut steps = Steps { begun, times: BTreeMap::new() };
        let look = &self.options.look;
        let revision =
            1 + found.iter().filter_map(|found| found.pointer.as_ref()).map(|it| it.latest.revision).max().unwrap_or(0);
        let before = found.iter().rev().find_map(|found| found.record.as_ref());
        let (mut report, effort) = compute(self.global, look, bill, Some(month)).await?;
        steps.done("compute");
        if let Some(before) = before {
            let made = Made { number: revision, inputs: &inputs, settings: &self.settings };
            report.revision = Some(batch::compare(before, &report, made));
        }
        let mut files: Vec<File> = files(self.global, look, &report, self.printer.as_ref())?
            .into_iter()
            .map(|(path, bytes)| file(&path, bytes))
            .collect();
        steps.done("draw");
        let listed: Vec<Listed> = files.iter().map(File::listed).collect();
        let run = Run {
            key: key.clone(),
            revision,
            inputs,
            needed_bytes: effort.needed_bytes,
            settings: self.settings.clone(),
            started,
            milliseconds: steps.times.clone(),
        };
        let record = Record::new(run, &report, &self.options.fail_on, listed);
        let bytes = record.bytes()?;
        let latest = Latest::new(month, revision, &key.digest(), &bytes);
        files.push(File { path: RECORD.to_owned(), bytes });
        self.carry(found, &latest).await?;
        for (shelf, found) in self.shelves.iter().zip(found) {
            self.publish(shelf.as_ref(), &latest, &files, found.pointer.as_ref()).await?;
        }
        steps.done("publish");
        talk(self.global, &report.headline);
        talk(self.global, &bill.work_done(&effort));
        self.say_published(&latest, &steps.times);
        Ok(Current { latest, record })
    }

    fn say_published(&self, latest: &Latest, times: &BTreeMap<String, u64>) {
        let told: Vec<String> = times.iter().map(|(step, milliseconds)| format!("{step} {milliseconds} ms")).collect();
        let message = format!("{}: report {} is published ({})", latest.month, latest.revision, told.join(", "));
        let places: Vec<String> = self.shelves.iter().map(|shelf| place(shelf.as_ref(), latest)).collect();
        let fields = [
            ("event", json!("published")),
            ("month", json!(latest.month)),
            ("revision", json!(latest.revision)),
            ("key", json!(latest.key)),
            ("places", json!(places)),
            ("milliseconds", json!(times)),
        ];
        log::event(self.global, log::Level::Info, &message, &fields);
    }

    /// Counts people as told of a report that only takes the place of a damaged one.
    async fn carry(&self, found: &[Found], latest: &Latest) -> Result<()> {
        let home = self.home()?;
        let Some(old) = found.last().and_then(|found| found.pointer.as_ref()) else { return Ok(()) };
        if old.latest.key != latest.key {
            return Ok(());
        }
        let path = format!("{}/{NOTICE}", latest.month);
        let mut notice = Notice::read(&home.name_of(&path), home.read(&path).await?.as_deref())?;
        notice.carry(&old.latest.folder, &latest.folder);
        home.note(&path, &notice.bytes()?).await
    }

    async fn publish(&self, onto: &dyn Shelf, latest: &Latest, files: &[File], over: Option<&Pointer>) -> Result<()> {
        onto.place(latest, files).await?;
        self.lock.check()?;
        onto.point(latest, over).await
    }
}

/// Milliseconds by step.
struct Steps {
    begun: Instant,
    times: BTreeMap<String, u64>,
}

impl Steps {
    fn done(&mut self, step: &str) {
        let before: u64 = self.times.values().sum();
        let all = self.begun.elapsed().saturating_sub(Duration::from_millis(before));
        self.times.insert(step.to_owned(), u64::try_from(all.as_millis()).unwrap_or(u64::MAX));
    }
}

/// Returns where a report lies, as users name it.
pub(super) fn place(shelf: &dyn Shelf, latest: &Latest) -> String {
    shelf.name_of(&format!("{}/{}", latest.month, latest.folder))
}

fn file(path: &Path, bytes: Vec<u8>) -> File {
    let parts: Vec<String> = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    File { path: parts.join("/"), bytes }
}

fn take(found: &mut [Found], at: usize) -> Result<Current> {
    let missing = || Error::runtime("the record of a report that was found is gone");
    let latest = found[at].pointer.as_ref().ok_or_else(missing)?.latest.clone();
    Ok(Current { latest, record: found[at].record.take().ok_or_else(missing)? })
}

/// Finds out what a place has for a month.
async fn look(shelf: &dyn Shelf, month: Month, digest: &str) -> Result<Found> {
    let Some(pointer) = shelf.latest(month).await? else {
        return Ok(Found { pointer: None, record: None, is_current: false });
    };
    let latest = &pointer.latest;
    let record = record(shelf, latest).await?;
    let is_current = match &record {
        Some(record) if latest.key == digest => shelf.has(latest, &record.files).await?,
        _ => false,
    };
    Ok(Found { pointer: Some(pointer), record, is_current })
}

/// Reads the record of a report; `None` when it is not there, or not the one that `latest.json` means.
async fn record(shelf: &dyn Shelf, latest: &Latest) -> Result<Option<Record>> {
    let bytes = shelf.read(&latest.path(RECORD)).await?;
    Ok(bytes.filter(|bytes| sealed::digest(bytes) == latest.run_sha256).and_then(|bytes| Record::read(&bytes)))
}

/// Reads the newest report of a month.
pub(in crate::cli) async fn newest(shelf: &dyn Shelf, month: Month) -> Result<Option<Current>> {
    let Some(Pointer { latest, .. }) = shelf.latest(month).await? else { return Ok(None) };
    Ok(record(shelf, &latest).await?.map(|record| Current { latest, record }))
}
