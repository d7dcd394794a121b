//! The calendars of `--calendar`: read before any work, understood when the months of the bill are known.

use std::io::ErrorKind;

use super::{
    args::{Global, Look},
    talk,
};
use crate::{
    calendar::{Calendar, Span, read},
    error::{Error, Result},
};

/// The files with their names.
pub(super) struct Files(Vec<(String, Vec<u8>)>);

/// Reads the files that were named, and checks that they can be understood; `None` where none was.
pub(super) fn open(look: &Look) -> Result<Option<Files>> {
    let mut files = Vec::new();
    for path in &look.calendars {
        let bytes = std::fs::read(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::IsADirectory => {
                Error::usage(format!("--calendar {}: {error}", path.display()))
                    .hint("name an iCalendar file (.ics), or a CSV with the columns name,start,end")
            }
            _ => Error::io("read", path, &error),
        })?;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        // No event lies in a span of no length: what is wrong with a line is said before minutes are spent on the bill.
        let never = Span { start: chrono::DateTime::UNIX_EPOCH, end: chrono::DateTime::UNIX_EPOCH };
        read(&name, &bytes, &never)?;
        files.push((name, bytes));
    }
    Ok((!files.is_empty()).then_some(Files(files)))
}

impl Files {
    /// Returns the events of all files that touch the span of the bill, and the names of the others.
    pub(super) fn within(&self, global: &Global, span: Option<Span>) -> Result<Calendar> {
        let mut all = Calendar::default();
        let Some(span) = span else { return Ok(all) };
        for (name, bytes) in &self.0 {
            let calendar = read(name, bytes, &span)?;
            if calendar == Calendar::default() {
                talk(global, &format!("note: the calendar {name} has no events"));
            }
            all.events.extend(calendar.events);
            all.outside.extend(calendar.outside);
        }
        all.events.sort();
        Ok(all)
    }
}
