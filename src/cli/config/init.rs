//! `gravimeter config init`: writes a file with every setting, made from the catalogue and the defaults of the flags.

use std::{fmt::Write as _, fs, io::Write as _, path::Path};

use clap::CommandFactory;

use super::written;
use crate::{
    cli::{args::Args, settings::default_of, text::print},
    config::{CATALOGUE, SECTIONS, Secret, Setting},
    error::{Error, Result},
};

/// Settings that every job has to think of: they stand there, the others are comments.
const OPEN: [&str; 4] = ["bill.sources", "report.months", "report.formats", "output.dir"];

/// What stands at the top.
const HEAD: &str = "\
# Settings of gravimeter. Lines that begin with # and a name show a default: take the # away to change it.
#
# A flag of the command line comes before the environment, the environment before this file, this file before
# that of the user (~/.config/gravimeter/config.toml), and that before the default. A list replaces that of the
# layer below. In the environment report.group_by is GRAVIMETER_REPORT_GROUP_BY; texts of a list stand between
# commas. Relative paths begin at the folder of this file.
#
# gravimeter config check finds what is wrong here, gravimeter config show --origin shows what counts.
";

/// Runs the command.
pub(super) fn run(path: &Path) -> Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|error| Error::io("make", folder, &error))?;
    }
    let mut file = fs::File::create_new(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Error::usage(format!("{} is there already", path.display()))
            .hint("name another file: gravimeter config init FILE"),
        _ => Error::io("write", path, &error),
    })?;
    let done = file.write_all(text().as_bytes()).and_then(|()| file.sync_all());
    if let Err(error) = done {
        // Half a file would be taken for a whole one.
        let _ = fs::remove_file(path);
        return Err(Error::io("write", path, &error));
    }
    print(&format!("{}\n", path.display()))
}

/// Writes the file.
fn text() -> String {
    let command = Args::command();
    let secrets: Vec<&str> = Secret::ALL.iter().map(|secret| secret.variable()).collect();
    let mut out = format!("{HEAD}#\n# No secret belongs here. They come by environment: {},\n", secrets.join(", "));
    out.push_str("# each also with _FILE at its end, as the path of a file that holds it.\n");
    for (section, what) in SECTIONS {
        let _ = write!(out, "\n# {what}.\n[{section}]\n");
        for setting in CATALOGUE.iter().filter(|setting| setting.section() == *section) {
            let _ = write!(out, "\n# {}.\n{}\n", setting.help, line(setting, &default_of(&command, setting)));
        }
    }
    out
}

/// Writes the line of a setting: its value where every job needs one, else its default, else an example.
fn line(setting: &Setting, default: &[String]) -> String {
    let (name, is_open) = (setting.name(), OPEN.contains(&setting.key));
    match (is_open, default) {
        (true, []) => format!("{name} = {}", setting.example),
        (true, default) => format!("{name} = {}", written(setting, default)),
        (false, []) => format!("# Not set; for example: {name} = {}", setting.example),
        (false, default) => format!("#{name} = {}", written(setting, default)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_stands_in_the_file() {
        let text = text();
        for setting in CATALOGUE {
            assert!(text.contains(&format!("{} = ", setting.name())), "{}", setting.key);
        }
        let open: Vec<&str> = text.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', '['])).collect();
        assert_eq!(
            open,
            [
                r#"sources = ["s3://my-bucket/exports/cur2"]"#,
                r#"months = "last-final""#,
                r#"formats = ["html", "png", "csv", "json", "xlsx", "md"]"#,
                r#"dir = "reports""#,
            ]
        );
    }
}
