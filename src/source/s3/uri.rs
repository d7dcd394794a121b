//! Names of buckets and keys: as users type them, as S3 has them, and as places of an object store.

use object_store::path::Path;

use crate::error::{Error, Result};

/// Marks a place whose key is no path, such as `/report/a`: the key stands behind it, byte by byte.
const AS_BYTES: &str = "key-in-hex=";

/// `s3://bucket/key`, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::source) struct Uri {
    /// The bucket.
    pub bucket: String,
    /// The key or prefix; empty for the whole bucket.
    pub key: String,
}

impl Uri {
    /// Tells whether words of the command line name something in S3.
    pub(in crate::source) fn is_one(given: &str) -> bool {
        given.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("s3://"))
    }

    /// Takes `s3://bucket/key` apart.
    ///
    /// # Errors
    /// When there is no bucket that S3 could have.
    pub(in crate::source) fn parse(given: &str) -> Result<Self> {
        let rest = given.get(5..).unwrap_or("");
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        if bucket.is_empty() || !bucket.bytes().all(known) {
            return Err(Error::usage(format!("{given} names no bucket")).hint("write it as s3://BUCKET/PREFIX"));
        }
        Ok(Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }
}

/// Returns the name that users see.
pub(super) fn shown(bucket: &str, key: &str) -> String {
    format!("s3://{bucket}/{key}")
}

/// Returns the place of a key, from which [`key`] gets it back whatever it is made of.
pub(in crate::source) fn location(key: &str) -> Path {
    match Path::parse(key) {
        Ok(path) if path.as_ref() == key && !key.starts_with(AS_BYTES) => path,
        _ => {
            use std::fmt::Write;
            let mut hex = AS_BYTES.to_owned();
            for byte in key.bytes() {
                // Writing to a string cannot fail.
                let _ = write!(hex, "{byte:02x}");
            }
            Path::from(hex)
        }
    }
}

/// Returns the key at a place.
pub(super) fn key(location: &Path) -> String {
    let text = location.as_ref();
    let digits = text.strip_prefix(AS_BYTES).and_then(|hex| {
        let pairs =
            (0..hex.len()).step_by(2).map(|at| hex.get(at..at + 2).and_then(|two| u8::from_str_radix(two, 16).ok()));
        String::from_utf8(pairs.collect::<Option<Vec<u8>>>()?).ok()
    });
    digits.unwrap_or_else(|| text.to_owned())
}

/// Escapes a key for a header that holds a path.
pub(super) fn escaped(key: &str) -> String {
    let mut text = String::with_capacity(key.len());
    for byte in key.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            use std::fmt::Write;
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_a_bucket_and_a_key() {
        let uri = |bucket: &str, key: &str| Uri { bucket: bucket.to_owned(), key: key.to_owned() };
        assert_eq!(Uri::parse("s3://b").unwrap(), uri("b", ""));
        assert_eq!(Uri::parse("S3://b-1.c/p/q/").unwrap(), uri("b-1.c", "p/q/"));
        assert!(
            Uri::is_one("s3://x")
                && Uri::is_one("S3://x")
                && !Uri::is_one("s3:/x")
                && !Uri::is_one("\u{e9}\u{e9}\u{e9}")
        );
        for wrong in ["s3://", "s3:///p", "s3://b c/p"] {
            let error = Uri::parse(wrong).unwrap_err();
            assert!(error.kind() == crate::error::Kind::Usage && error.to_string().contains(wrong), "{error}");
        }
    }

    #[test]
    fn every_key_comes_back_from_its_place() {
        let keys =
            ["a/b=1/c.parquet", "/report/a", "a//b", "../x", "a/./b", "a/", "key-in-hex=61", "\u{e9} %20+/x", "a b"];
        for name in keys {
            assert_eq!(key(&location(name)), name);
        }
        assert_eq!(location("a/b").as_ref(), "a/b");
        assert_ne!(location("/a"), location("a"));
    }

    #[test]
    fn a_path_in_a_header_is_escaped() {
        assert_eq!(escaped("a/B=1 \u{e9}~"), "a/B%3D1%20%C3%A9~");
    }
}
