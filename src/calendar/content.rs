//! The lines of an iCalendar file: unfolded, with the number that each has in the file, and put together as components.

use icalendar::parser::Property;

use super::wrong;
use crate::error::Result;

/// The properties that are read; all others may hold what they like.
const READ: [&str; 16] = [
    "DTEND",
    "DTSTART",
    "DURATION",
    "EXDATE",
    "METHOD",
    "RDATE",
    "RECURRENCE-ID",
    "RRULE",
    "STATUS",
    "SUMMARY",
    "TZID",
    "TZOFFSETFROM",
    "TZOFFSETTO",
    "UID",
    "X-LIC-LOCATION",
    "EXRULE",
];

/// A property with the number of its line.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub number: usize,
    pub name: String,
    /// Parameters; their names in capitals.
    pub params: Vec<(String, String)>,
    pub value: String,
}

impl Line {
    /// Returns a parameter.
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// A component with its properties and parts.
#[derive(Debug, Clone, Default)]
pub(super) struct Component {
    pub number: usize,
    pub name: String,
    pub lines: Vec<Line>,
    pub parts: Vec<Component>,
}

impl Component {
    /// Returns the first property of a name.
    pub(super) fn line(&self, name: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.name == name)
    }

    /// Returns the value of the first property of a name.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.line(name).map(|line| line.value.trim())
    }

    /// Returns all properties of a name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Line> {
        self.lines.iter().filter(move |line| line.name == name)
    }
}

/// Reads the components of a file.
///
/// # Errors
/// When a line is no property, no UTF-8, or a component does not end.
pub(super) fn components(file: &str, bytes: &[u8]) -> Result<Vec<Component>> {
    let mut open = vec![Component::default()];
    for (number, line) in unfolded(bytes) {
        let no_text = |_| wrong(file, number, "is no UTF-8 text").hint("export the calendar again as UTF-8");
        let line = String::from_utf8(line).map_err(no_text)?;
        let line = line.trim_end();
        if line.is_empty() {
            continue;
        }
        let end = line.find([':', ';']).filter(|end| *end > 0);
        let Some(end) = end else {
            return Err(wrong(file, number, format!("\"{}\" is no line of iCalendar", beginning(line)))
                .hint("export the calendar again; a line is NAME:VALUE, and what goes on begins with a space"));
        };
        let name = line[..end].trim().to_ascii_uppercase();
        let value = || line[end + 1..].trim().to_ascii_uppercase();
        match name.as_str() {
            "BEGIN" => open.push(Component { number, name: value(), ..Component::default() }),
            "END" => {
                let ended = open.pop().filter(|ended| ended.name == value());
                let Some((ended, above)) = ended.zip(open.last_mut()) else {
                    return Err(wrong(file, number, format!("END:{} has no BEGIN", value()))
                        .hint("the file is damaged: export the calendar again"));
                };
                above.parts.push(ended);
            }
            name if READ.contains(&name) => {
                let read = property(number, line).ok_or_else(|| {
                    wrong(file, number, format!("\"{}\" cannot be read", beginning(line)))
                        .hint("export the calendar again; a property is NAME;PARAMETER=VALUE:VALUE")
                })?;
                if let Some(component) = open.last_mut() {
                    component.lines.push(read);
                }
            }
            _ => {}
        }
    }
    if open.len() > 1
        && let Some(last) = open.last()
    {
        return Err(wrong(file, last.number, format!("BEGIN:{} has no END", last.name))
            .hint("the file is cut: export the calendar again"));
    }
    Ok(open.pop().map(|root| root.parts).unwrap_or_default())
}

fn property(number: usize, line: &str) -> Option<Line> {
    let line = format!("{line}\n");
    let read = Property::try_from(line.as_str()).ok()?;
    let param = |param: &icalendar::parser::Parameter<'_>| {
        let value = param.val.as_ref().map_or_else(String::new, |value| value.as_str().trim_matches('"').to_owned());
        (param.key.as_str().to_ascii_uppercase(), value)
    };
    Some(Line {
        number,
        name: read.name.as_str().to_ascii_uppercase(),
        params: read.params.iter().map(param).collect(),
        value: read.val.as_str().to_owned(),
    })
}

/// Joins the folded lines: they are folded by bytes, so that a letter may stand on two of them.
fn unfolded(bytes: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let mut lines: Vec<(usize, Vec<u8>)> = Vec::new();
    for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match (line.split_first(), lines.last_mut()) {
            (Some((b' ' | b'\t', rest)), Some((_, before))) => before.extend_from_slice(rest),
            _ => lines.push((at + 1, line.to_vec())),
        }
    }
    lines
}

fn beginning(line: &str) -> String {
    const LETTERS: usize = 40;
    let more = if line.chars().count() > LETTERS { "…" } else { "" };
    line.chars().take(LETTERS).chain(more.chars()).collect()
}
