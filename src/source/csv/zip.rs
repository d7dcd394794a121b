//! Finds the one file of a zip archive: AWS packs each CSV file into an archive of its own.

use parquet::arrow::async_reader::AsyncFileReader;

use super::inflate::ZipEntry;
use crate::{
    error::{Error, Result},
    source::footer::{damaged, parquet_error},
};

/// The end record with the longest comment that it may have.
const TAIL: u64 = 22 + 65_535;

/// A directory of one file has some hundred bytes.
const LARGEST_DIRECTORY: u64 = 1024 * 1024;

/// Reads the directory of the archive.
///
/// # Errors
/// When the archive is cut, encrypted, or holds anything but one file.
pub(super) async fn only_entry<R: AsyncFileReader>(file: &str, reader: &mut R, size: u64) -> Result<ZipEntry> {
    let read = async |reader: &mut R, start: u64, length: u64| -> Result<Vec<u8>> {
        let end = start.checked_add(length).filter(|&end| end <= size).ok_or_else(|| cut(file))?;
        let bytes = reader.get_bytes(start..end).await.map_err(|error| parquet_error(file, error))?;
        Ok(bytes.to_vec())
    };
    let tail_start = size.saturating_sub(TAIL);
    let tail = read(reader, tail_start, size - tail_start).await?;
    let at = end_record(&tail).ok_or_else(|| cut(file))?;
    let end = Fields(&tail[at..]);
    let (mut length, mut start) = (u64::from(end.u32(12)), u64::from(end.u32(16)));
    if length == u64::from(u32::MAX) || start == u64::from(u32::MAX) || end.u16(10) == u16::MAX {
        let locator = at.checked_sub(20).map(|at| Fields(&tail[at..])).filter(|f| f.0.starts_with(b"PK\x06\x07"));
        let place = locator.ok_or_else(|| cut(file))?.u64(8);
        let wide = read(reader, place, 56).await?;
        if !wide.starts_with(b"PK\x06\x06") {
            return Err(cut(file));
        }
        (length, start) = (Fields(&wide).u64(40), Fields(&wide).u64(48));
    }
    if length > LARGEST_DIRECTORY {
        return Err(not_one(file, "many files"));
    }
    let directory = read(reader, start, length).await?;
    let (entry, place) = only_file(file, &directory)?;
    let local = read(reader, place, 30).await?;
    if !local.starts_with(b"PK\x03\x04") {
        return Err(cut(file));
    }
    let names = u64::from(Fields(&local).u16(26)) + u64::from(Fields(&local).u16(28));
    let entry = ZipEntry { start: place + 30 + names, ..entry };
    match entry.start.checked_add(entry.packed) {
        Some(end) if end <= size => Ok(entry),
        _ => Err(cut(file)),
    }
}

/// Finds the record that ends the archive.
fn end_record(tail: &[u8]) -> Option<usize> {
    let last = tail.len().checked_sub(22)?;
    (0..=last).rev().find(|&at| {
        tail[at..].starts_with(b"PK\x05\x06") && usize::from(Fields(&tail[at..]).u16(20)) + at + 22 == tail.len()
    })
}

/// Returns the one file of a directory and where its local header stands.
fn only_file(file: &str, mut directory: &[u8]) -> Result<(ZipEntry, u64)> {
    let mut found = None;
    while !directory.is_empty() {
        let fields = Fields(directory);
        let lengths = [28, 30, 32].map(|at| usize::from(fields.u16(at)));
        let total = 46 + lengths.iter().sum::<usize>();
        if !directory.starts_with(b"PK\x01\x02") || directory.len() < total {
            return Err(cut(file));
        }
        let name = &directory[46..46 + lengths[0]];
        if !name.ends_with(b"/") {
            if found.is_some() {
                return Err(not_one(file, "more than one file"));
            }
            let extra = &directory[46 + lengths[0]..46 + lengths[0] + lengths[1]];
            found = Some(described(file, fields, extra)?);
        }
        directory = &directory[total..];
    }
    found.ok_or_else(|| not_one(file, "no file"))
}

/// Reads one entry of the directory.
fn described(file: &str, fields: Fields<'_>, extra: &[u8]) -> Result<(ZipEntry, u64)> {
    if fields.u16(8) & 1 != 0 {
        return Err(Error::usage(format!("{file} is encrypted")).hint("unpack it and name the CSV file"));
    }
    let deflated = match fields.u16(10) {
        0 => false,
        8 => true,
        other => {
            return Err(Error::usage(format!("{file} is packed with method {other}, which is not read"))
                .hint("unpack it and name the CSV file"));
        }
    };
    // Values that do not fit into 32 bits stand in the extra field, in this order.
    let mut wide = wide_values(extra);
    let mut value = |at: usize| match fields.u32(at) {
        u32::MAX => wide.next().ok_or_else(|| cut(file)),
        value => Ok(u64::from(value)),
    };
    let (size, packed, place) = (value(24)?, value(20)?, value(42)?);
    Ok((ZipEntry { start: 0, packed, size, crc: fields.u32(16), deflated }, place))
}

fn wide_values(mut extra: &[u8]) -> impl Iterator<Item = u64> {
    let mut found: &[u8] = &[];
    while extra.len() >= 4 {
        let (id, length) = (Fields(extra).u16(0), usize::from(Fields(extra).u16(2)));
        let end = extra.len().min(4 + length);
        if id == 1 {
            found = &extra[4..end];
            break;
        }
        extra = &extra[end..];
    }
    found.chunks_exact(8).map(|bytes| Fields(bytes).u64(0))
}

/// Little-endian numbers at fixed places; what is not there is 0.
#[derive(Debug, Clone, Copy)]
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn bytes<const N: usize>(self, at: usize) -> [u8; N] {
        self.0.get(at..at + N).and_then(|bytes| bytes.try_into().ok()).unwrap_or([0; N])
    }

    fn u16(self, at: usize) -> u16 {
        u16::from_le_bytes(self.bytes(at))
    }

    fn u32(self, at: usize) -> u32 {
        u32::from_le_bytes(self.bytes(at))
    }

    fn u64(self, at: usize) -> u64 {
        u64::from_le_bytes(self.bytes(at))
    }
}

fn cut(file: &str) -> Error {
    damaged(file, "its zip archive has no whole directory")
}

fn not_one(file: &str, what: &str) -> Error {
    Error::incomplete(format!("{file} holds {what}: AWS packs one CSV file into each archive"))
        .hint("unpack it, with the folders of AWS, and name the folder")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory entry of a deflated file whose sizes and place stand in the extra field.
    fn wide_entry() -> Vec<u8> {
        let wide = [5_000_000_000_u64, 100_000_000, 77].map(u64::to_le_bytes).concat();
        let extra = [b"\x09\x00\x02\x00ab\x01\x00\x18\x00".as_slice(), &wide].concat();
        let mut entry = b"PK\x01\x02".to_vec();
        entry.extend([45, 0, 45, 0, 0, 0, 8, 0, 0, 0, 0, 0]);
        entry.extend(0xdead_beef_u32.to_le_bytes());
        entry.extend([0xff; 8]);
        entry.extend([1, 0, u8::try_from(extra.len()).unwrap(), 0]);
        entry.extend([0; 10]);
        entry.extend([0xff; 4]);
        entry.push(b'r');
        entry.extend(extra);
        entry
    }

    #[test]
    fn sizes_beyond_32_bits_are_read() {
        let entry = wide_entry();
        let (found, place) = only_file("f.zip", &entry).unwrap();
        let expected =
            ZipEntry { start: 0, packed: 100_000_000, size: 5_000_000_000, crc: 0xdead_beef, deflated: true };
        assert_eq!((found, place), (expected, 77));
        assert!(only_file("f.zip", &entry[..entry.len() - 1]).is_err());
        assert!(only_file("f.zip", &[entry.clone(), entry.clone()].concat()).is_err());
        assert!(only_file("f.zip", &[]).is_err());
        let mut encrypted = entry.clone();
        encrypted[8] = 1;
        let error = only_file("f.zip", &encrypted).unwrap_err();
        assert_eq!(error.kind(), crate::error::Kind::Usage, "{error}");
    }

    #[test]
    fn the_end_record_may_have_a_comment() {
        let mut tail = b"....PK\x05\x06".to_vec();
        tail.extend([0; 16]);
        tail.extend([3, 0]);
        tail.extend(b"abc");
        assert_eq!(end_record(&tail), Some(4));
        assert_eq!(end_record(&tail[..tail.len() - 1]), None);
        assert_eq!(end_record(b"PK"), None);
    }
}
