//! Small files of our own that prove they are whole: what is not exactly what was written does not exist.
//!
//! In and out: bytes and a path. A sealed file begins with the SHA-256 of what follows; it is put in place by a rename.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use sha2::{Digest, Sha256};

/// Length of the line that seals a file.
const SEAL: usize = 65;

/// Returns the SHA-256 of the bytes in hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Writes bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        text.extend([byte >> 4, byte & 15].map(|digit| char::from_digit(u32::from(digit), 16).unwrap_or('0')));
        text
    })
}

/// Reads a sealed file; `None` when it is absent, cut or changed.
pub fn read(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = fs::read(path).ok()?;
    if bytes.len() < SEAL || bytes[SEAL - 1] != b'\n' || digest(&bytes[SEAL..]).as_bytes() != &bytes[..SEAL - 1] {
        return None;
    }
    bytes.drain(..SEAL);
    Some(bytes)
}

/// Writes a sealed file whole or not at all.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder)?;
    file.write_all(digest(bytes).as_bytes())?;
    file.write_all(b"\n")?;
    file.write_all(bytes)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// How the names of unfinished files begin; one that stays behind is from a run that was killed.
pub const TEMPORARY: &str = ".gravimeter-";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_flipped_bit_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b");
        assert_eq!(read(&path), None);
        write(&path, b"month").unwrap();
        assert_eq!(read(&path).as_deref(), Some(b"month".as_slice()));
        let whole = fs::read(&path).unwrap();
        for bit in 0..whole.len() * 8 {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, &bytes).unwrap();
            assert_eq!(read(&path), None, "bit {bit}");
        }
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            assert_eq!(read(&path), None, "{length} bytes");
        }
    }
}
