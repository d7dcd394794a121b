//! Text of a bill stays text: what each form does with letters that a reader's program would obey.
//!
//! Every writer of cells, that of `sql` too, takes its guard from here.

/// Letters of a cell that Excel takes, counted as UTF-16 does.
pub const MOST_LETTERS: usize = 32_767;

/// Rows of a sheet that Excel takes.
pub const MOST_ROWS: u32 = 1_048_576;

/// Days from the begin of Excel's calendar (1899-12-30) to 1970-01-01.
pub const DAYS_BEFORE_1970: i32 = 25_569;

/// With these a cell of CSV becomes a formula (OWASP, "CSV Injection"); the wide forms do so in East Asian versions.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// Letters that mean something in Markdown, in GitHub's or in Jira's.
const MARKDOWN: &[char] = &['\\', '|', '`', '*', '_', '[', ']', '{', '}', '#', '!', '~', '$', '^'];

/// Puts an apostrophe before text that a spreadsheet would take for a formula; a plain number stays as it is.
pub fn spreadsheet(text: &str) -> String {
    if text.starts_with(FORMULA) && !is_number(text) { format!("'{text}") } else { text.to_owned() }
}

/// Returns whether the text is a number as the model writes it: "-12.5".
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    match unsigned.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(unsigned),
    }
}

/// Returns the text on one line and in its own order: what controls a terminal or turns the direction is a blank.
pub fn eyes(text: &str) -> String {
    text.chars().map(|letter| if is_control(letter) { ' ' } else { letter }).collect()
}

fn is_control(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Returns the text for a line or cell of Markdown: no mark-up, no HTML, no link, nobody mentioned.
pub fn markdown(text: &str) -> String {
    let text = eyes(text);
    let mut out = String::with_capacity(text.len() + 8);
    let mut letters = text.trim().chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // A name with @ before it would call its bearer: a joiner without width keeps them apart.
            '@' if letters.peek().is_some_and(|next| next.is_alphanumeric()) => out.push_str("@\u{2060}"),
            ':' if letters.peek() == Some(&'/') => out.push_str("\\:"),
            '.' if out.ends_with("www") => out.push_str("\\."),
            '_' if out.ends_with(char::is_alphanumeric)
                && letters.peek().is_some_and(|next| next.is_alphanumeric()) =>
            {
                out.push('_');
            }
            letter if MARKDOWN.contains(&letter) => out.extend(['\\', letter]),
            letter => out.push(letter),
        }
    }
    out
}

/// Cuts text to what a cell of Excel takes; `None` where it fits.
pub fn letters(text: &str) -> Option<&str> {
    let mut units = 0;
    text.char_indices()
        .find(|(_, letter)| {
            units += letter.len_utf16();
            units > MOST_LETTERS
        })
        .map(|(at, _)| &text[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_defused_and_numbers_are_not() {
        for formula in ["=1+1", "+1+1", "-2+3", "@SUM(A1)", "\tx", "\rx", "\n=1", "-", "-1e5", "-1.", "+5", "＝1+1"] {
            assert_eq!(spreadsheet(formula), format!("'{formula}"));
        }
        for fine in ["-12.5", "-7", "0.1", "", "AmazonEC2", "a=1"] {
            assert_eq!(spreadsheet(fine), fine);
        }
    }

    #[test]
    fn terminals_get_no_controls() {
        assert_eq!(eyes("a\u{1b}[31mb\u{9b}c\u{202e}d\u{2028}e\0f\r\n"), "a [31mb c d e f  ");
        assert_eq!(eyes("한글 👩\u{200d}💻 שלום"), "한글 👩\u{200d}💻 שלום");
    }

    #[test]
    fn markdown_has_no_markup_of_others() {
        for (text, expected) in [
            ("a|b", "a\\|b"),
            ("<b>&lt;", "&lt;b&gt;&amp;lt;"),
            ("![x](javascript:1)", "\\!\\[x\\](javascript:1)"),
            ("https://x", "https\\://x"),
            ("www.x", "www\\.x"),
            ("@team", "@\u{2060}team"),
            ("@", "@"),
            ("a_b _c_ d_", "a_b \\_c\\_ d\\_"),
            ("{code}", "\\{code\\}"),
            (" a\nb ", "a b"),
        ] {
            assert_eq!(markdown(text), expected);
        }
    }

    #[test]
    fn letters_are_counted_as_excel_counts() {
        assert_eq!(letters(&"x".repeat(MOST_LETTERS)), None);
        assert_eq!(letters(&"x".repeat(MOST_LETTERS + 1)).unwrap().len(), MOST_LETTERS);
        // Each of these counts twice.
        assert_eq!(letters(&"😀".repeat(MOST_LETTERS)).unwrap().chars().count(), MOST_LETTERS / 2);
    }
}
