//! Ids that look like AWS's and come from a hash: the same seed gives the same bill, another seed other names.

use sha2::{Digest, Sha256};

/// Makes the ids of one bill.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ids {
    seed: u64,
}

impl Ids {
    /// Returns the ids of this seed.
    pub(super) fn new(seed: u64) -> Self {
        Self { seed }
    }

    fn text(self, about: &str) -> String {
        format!("{} {about}", self.seed)
    }

    /// Returns a line item id: 52 characters of base 32.
    pub(super) fn line_item(self, about: &str) -> String {
        encoded(&self.text(about), b"abcdefghijklmnopqrstuvwxyz234567", 52)
    }

    /// Returns that many hexadecimal digits.
    pub(super) fn hex(self, about: &str, length: usize) -> String {
        encoded(&self.text(about), b"0123456789abcdef", length)
    }

    /// Returns that many decimal digits, the first of which is not zero.
    pub(super) fn digits(self, about: &str, length: usize) -> String {
        format!("1{}", encoded(&self.text(about), b"0123456789", length.saturating_sub(1)))
    }

    /// Returns a UUID.
    pub(super) fn uuid(self, about: &str) -> String {
        let hex = self.hex(about, 32);
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}

/// Returns capitals and digits that depend on the text alone, as a SKU does.
pub(super) fn upper(about: &str, length: usize) -> String {
    encoded(about, b"ABCDEFGHJKMNPQRSTUVWXYZ23456789A", length)
}

/// Hashes the text and writes the bits, five for each character.
fn encoded(text: &str, alphabet: &[u8], length: usize) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let bit = |at: usize| usize::from(digest[(at / 8) % digest.len()] >> (7 - at % 8) & 1);
    (0..length)
        .map(|at| {
            let value = (0..5).fold(0, |value, step| value * 2 + bit(at * 5 + step));
            char::from(alphabet[value % alphabet.len()])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_depend_on_seed_and_text_only() {
        let ids = Ids::new(1);
        assert_eq!(ids.line_item("a"), Ids::new(1).line_item("a"));
        assert_ne!(ids.line_item("a"), ids.line_item("b"));
        assert_ne!(ids.line_item("a"), Ids::new(2).line_item("a"));
        assert_eq!(ids.line_item("a").len(), 52);
        assert_eq!(ids.uuid("a").len(), 36);
        assert_eq!(ids.digits("a", 9).len(), 9);
        assert_eq!(upper("a", 16), upper("a", 16));
    }
}
