//! The report as files: every byte is computed first, then all files are put in place or none.
//!
//! Files are written and flushed in a temporary folder inside the target, so that each move is a rename on one file
//! system. If one fails, the files that it would have replaced are put back.

use std::{
    fs::{self, File},
    io::{ErrorKind, Write as _},
    path::{Component, Path, PathBuf},
};

use rayon::prelude::*;
use tempfile::{Builder, TempDir};

use super::{
    charts::{self, ChartSpec, Fonts, Theme},
    csv, html, json, markdown,
    model::Report,
    pdf::Printer,
    sheets::Section,
    words::Words,
    workbook,
};
use crate::error::{Error, Result};

/// A form of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// One self-contained page, `report.html`.
    Html,
    /// One picture for each chart, `charts/*.png`.
    Png,
    /// One file for each table, `csv/*.csv`.
    Csv,
    /// The whole report for programs, `report.json`.
    Json,
    /// A summary, charts and a sheet for each table, `report.xlsx`.
    Xlsx,
    /// The report for a ticket, `report.md`.
    Markdown,
    /// The page as it is printed, `report.pdf`.
    Pdf,
}

impl Format {
    /// All forms, in the order in which they are made.
    pub const ALL: [Self; 7] = [Self::Html, Self::Png, Self::Csv, Self::Json, Self::Xlsx, Self::Markdown, Self::Pdf];
}

/// What files are made of.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    /// The figures.
    pub report: &'a Report,
    /// The tables.
    pub sections: &'a [Section],
    /// The charts of the page.
    pub charts: &'a [ChartSpec],
    /// The charts of the PNG files, in a language that the fonts can write.
    pub pictures: &'a [ChartSpec],
    /// Paper of the PNG files.
    pub theme: Theme,
    /// Fonts of the PNG files.
    pub fonts: &'a Fonts,
    /// The texts.
    pub words: &'a Words,
    /// What prints the PDF; found before any work.
    pub printer: Option<&'a Printer>,
}

/// Makes the files of the report in the wanted forms, as relative path and content.
///
/// # Errors
/// When one of them cannot be made.
pub fn files(content: &Content<'_>, formats: &[Format]) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let wanted: Vec<Format> = Format::ALL.into_iter().filter(|format| formats.contains(format)).collect();
    let made: Vec<Vec<(PathBuf, Vec<u8>)>> =
        wanted.into_par_iter().map(|format| files_of(content, format)).collect::<Result<_>>()?;
    Ok(made.into_iter().flatten().collect())
}

fn files_of(content: &Content<'_>, format: Format) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let &Content { report, sections, charts, pictures, theme, fonts, words, printer } = content;
    let page = || html::render(report, sections, charts, words);
    let one = |name: &str, bytes: Vec<u8>| vec![(PathBuf::from(name), bytes)];
    Ok(match format {
        Format::Html => one("report.html", page()?.into_bytes()),
        Format::Png => {
            let draw = |spec: &ChartSpec| {
                Ok((Path::new("charts").join(format!("{}.png", spec.id)), charts::png(spec, theme, fonts)?))
            };
            pictures.par_iter().map(draw).collect::<Result<_>>()?
        }
        Format::Csv => {
            let tables = csv::tables(sections)?.into_iter();
            tables.map(|(name, content)| (Path::new("csv").join(name), content)).collect()
        }
        Format::Json => one("report.json", json::render(report)?.into_bytes()),
        Format::Xlsx => one("report.xlsx", workbook::render(report, sections, words)?),
        Format::Markdown => one("report.md", markdown::render(report, sections, words).into_bytes()),
        Format::Pdf => {
            let printer = printer.ok_or_else(|| Error::runtime("no browser was found to print the PDF with"))?;
            one("report.pdf", printer.print(&page()?)?)
        }
    })
}

/// Writes all files below `dir`, or leaves it as it was.
///
/// # Errors
/// When a folder or file cannot be written: the message names it, and older files are still in place.
pub fn write(dir: &Path, files: &[(PathBuf, Vec<u8>)]) -> Result<()> {
    for (relative, _) in files {
        let inside = relative.components().all(|part| matches!(part, Component::Normal(_)));
        if !inside || relative.as_os_str().is_empty() {
            return Err(Error::runtime(format!("{} is no path inside the output folder", relative.display())));
        }
    }
    let mut created = Created::default();
    let done = created.folder(dir).and_then(|()| place(dir, files, &mut created));
    if done.is_err() {
        created.remove();
    }
    done
}

fn place(dir: &Path, files: &[(PathBuf, Vec<u8>)], created: &mut Created) -> Result<()> {
    let staging =
        Builder::new().prefix(".gravimeter-").tempdir_in(dir).map_err(|error| explained("write in", dir, &error))?;
    let (fresh, old) = (staging.path().join("new"), staging.path().join("old"));
    for (relative, content) in files {
        // The message names the file that the reader asked for, not its temporary place.
        let named = |error| explained("write", &dir.join(relative), &error);
        let path = fresh.join(relative);
        for folder in [path.parent(), old.join(relative).parent()].into_iter().flatten() {
            fs::create_dir_all(folder).map_err(named)?;
        }
        let mut file = File::create_new(&path).map_err(named)?;
        file.write_all(content).and_then(|()| file.sync_all()).map_err(named)?;
    }

    let mut moved = Vec::new();
    for (relative, _) in files {
        let target = dir.join(relative);
        let step = created
            .folder(target.parent().unwrap_or(dir))
            .and_then(|()| replace(&fresh.join(relative), &target, &old.join(relative)));
        match step {
            Ok(had_old) => moved.push((target, had_old.then(|| old.join(relative)))),
            Err(error) => return Err(undo(moved, staging, error)),
        }
    }
    sync_folders(dir, files);
    staging.close().map_err(|error| explained("remove the temporary folder in", dir, &error))
}

/// Moves a new file over the target and keeps what was there; returns whether something was.
fn replace(fresh: &Path, target: &Path, old: &Path) -> Result<bool> {
    let named = |error| explained("write", target, &error);
    let had_old = match fs::symlink_metadata(target) {
        Ok(found) if found.is_dir() => {
            return Err(Error::runtime(format!(
                "cannot write {}: a folder of this name is in the way",
                target.display()
            ))
            .hint("move that folder away, or choose another --out"));
        }
        Ok(_) => true,
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        Err(error) => return Err(named(error)),
    };
    // A second name keeps the old file and leaves no moment without it; not every file system has that.
    if had_old && fs::hard_link(target, old).is_err() {
        fs::copy(target, old).map_err(named)?;
    }
    fs::rename(fresh, target).map_err(named)?;
    Ok(had_old)
}

/// Puts the files that were replaced back; says so when even that fails.
fn undo(moved: Vec<(PathBuf, Option<PathBuf>)>, staging: TempDir, error: Error) -> Error {
    let mut lost = Vec::new();
    for (target, old) in moved.into_iter().rev() {
        let undone = match old {
            Some(old) => fs::rename(old, &target),
            None => fs::remove_file(&target),
        };
        if undone.is_err() {
            lost.push(target.display().to_string());
        }
    }
    if lost.is_empty() {
        return error;
    }
    let kept = staging.keep();
    error.hint(format!(
        "these files are already from the new report: {}; the old ones are in {}",
        lost.join(", "),
        kept.join("old").display()
    ))
}

/// Makes the renames survive a power cut, where the system can; the files themselves are flushed already.
fn sync_folders(dir: &Path, files: &[(PathBuf, Vec<u8>)]) {
    let mut folders: Vec<_> = files.iter().filter_map(|(relative, _)| Some(dir.join(relative.parent()?))).collect();
    folders.sort();
    folders.dedup();
    for folder in folders {
        if let Ok(folder) = File::open(folder) {
            // Some systems cannot flush a folder; the report is complete all the same.
            let _ = folder.sync_all();
        }
    }
}

/// Folders that this run made, to be removed again if it fails.
#[derive(Debug, Default)]
struct Created(Vec<PathBuf>);

impl Created {
    /// Makes the folder and what is missing above it.
    fn folder(&mut self, path: &Path) -> Result<()> {
        let missing: Vec<_> = path
            .ancestors()
            .take_while(|above| !above.as_os_str().is_empty() && fs::symlink_metadata(above).is_err())
            .collect();
        for folder in missing.into_iter().rev() {
            match fs::create_dir(folder) {
                Ok(()) => self.0.push(folder.to_owned()),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(explained("create the folder", folder, &error)),
            }
        }
        if path.as_os_str().is_empty() || path.is_dir() {
            return Ok(());
        }
        Err(Error::runtime(format!("cannot write in {}: it is not a folder", path.display()))
            .hint("choose another --out"))
    }

    fn remove(self) {
        for folder in self.0.into_iter().rev() {
            // A folder that somebody else has filled meanwhile stays.
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Builds the error of a file operation, with the way out of the usual causes.
fn explained(action: &str, path: &Path, error: &std::io::Error) -> Error {
    let built = Error::io(action, path, error);
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            built.hint("the disk is full: free some space, or choose another --out")
        }
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => {
            built.hint("choose a folder that can be written with --out")
        }
        _ => built,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{charts::fixture, sections_fixture, words::Language};

    fn file(path: &str, content: &str) -> (PathBuf, Vec<u8>) {
        (PathBuf::from(path), content.as_bytes().to_vec())
    }

    /// Every file and folder below, sorted, with the content of files.
    fn tree(dir: &Path) -> Vec<(PathBuf, Option<String>)> {
        let mut found = Vec::new();
        let mut open = vec![dir.to_owned()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path.clone());
                    found.push((path, None));
                } else {
                    let content = fs::read_to_string(&path).unwrap();
                    found.push((path, Some(content)));
                }
            }
        }
        found.sort();
        found
    }

    #[test]
    fn all_files_are_placed_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let out = root.path().join("a/b");
        write(&out, &[file("report.html", "1"), file("csv/months.csv", "2")]).unwrap();
        write(&out, &[file("report.html", "3"), file("csv/months.csv", "4")]).unwrap();
        let expected = vec![
            (out.join("csv"), None),
            (out.join("csv/months.csv"), Some("4".to_owned())),
            (out.join("report.html"), Some("3".to_owned())),
        ];
        assert_eq!(tree(&out), expected);
    }

    #[test]
    fn a_folder_in_the_way_leaves_the_old_report_whole() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), &[file("report.html", "old"), file("csv/months.csv", "old")]).unwrap();
        fs::create_dir(root.path().join("report.json")).unwrap();
        let before = tree(root.path());
        let new = [file("report.html", "new"), file("charts/x.png", "new"), file("report.json", "new")];
        let error = write(root.path(), &new).unwrap_err();
        assert!(error.to_string().contains("report.json: a folder of this name"), "{error}");
        assert!(error.hints().iter().any(|hint| hint.contains("--out")));
        assert_eq!(tree(root.path()), before);
    }

    #[test]
    fn folders_of_a_failed_run_are_removed() {
        let root = tempfile::tempdir().unwrap();
        // "x" cannot be both a file and a folder.
        let error = write(&root.path().join("new/out"), &[file("x", "1"), file("x/y", "2")]).unwrap_err();
        assert!(error.to_string().contains("out/x/y"), "{error}");
        assert!(tree(root.path()).is_empty());
    }

    #[test]
    fn a_file_as_folder_is_named() {
        let root = tempfile::tempdir().unwrap();
        let taken = root.path().join("taken");
        fs::write(&taken, "mine").unwrap();
        for out in [taken.clone(), taken.join("below")] {
            let error = write(&out, &[file("report.html", "x")]).unwrap_err();
            assert!(error.to_string().contains("taken"), "{error}");
        }
        assert_eq!(fs::read_to_string(taken).unwrap(), "mine");
    }

    #[test]
    fn paths_stay_inside() {
        let root = tempfile::tempdir().unwrap();
        let out = root.path().join("out");
        for path in ["../x", "/x", "a/../../x", ""] {
            assert!(write(&out, &[file(path, "x")]).is_err(), "{path}");
        }
        assert!(!out.exists());
    }

    #[test]
    fn formats_decide_the_files() {
        let (report, sections) = (fixture::report(), sections_fixture::sections());
        let words = Words::of(Language::English).unwrap();
        let charts = charts::specs(&report, &words);
        let content = Content {
            report: &report,
            sections: &sections,
            charts: &charts,
            pictures: &charts,
            theme: Theme::Light,
            fonts: &Fonts::embedded(),
            words: &words,
            printer: None,
        };
        let names = |formats: &[Format]| -> Vec<String> {
            let files = files(&content, formats).unwrap();
            files.iter().map(|(path, _)| path.display().to_string()).collect()
        };
        assert_eq!(names(&[Format::Json, Format::Html, Format::Json]), ["report.html", "report.json"]);
        assert_eq!(names(&[Format::Markdown, Format::Xlsx]), ["report.xlsx", "report.md"]);
        assert_eq!(names(&[Format::Csv]).len(), 7);
        assert!(names(&[Format::Png]).contains(&"charts/cost_by_service.png".to_owned()));
        assert!(files(&content, &[Format::Pdf]).is_err());
    }
}
