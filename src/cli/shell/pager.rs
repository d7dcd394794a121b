//! Shows what is longer than the screen page by page.

use std::{
    io::Write,
    process::{Command, Stdio},
};

/// Shows text with the pager of the environment, `less` by default; false where there is none.
pub(super) fn page(text: &[u8]) -> bool {
    let chosen = ["GRAVIMETER_PAGER", "PAGER"].iter().find_map(|name| std::env::var(name).ok());
    let chosen = chosen.unwrap_or_else(|| "less -SFX".to_owned());
    let mut words = chosen.split_whitespace();
    let Some(program) = words.next() else { return false };
    let Ok(mut pager) = Command::new(program).args(words).stdin(Stdio::piped()).spawn() else { return false };
    if let Some(mut input) = pager.stdin.take() {
        // Its user may leave before the last page.
        let _ = input.write_all(text);
    }
    let _ = pager.wait();
    true
}
