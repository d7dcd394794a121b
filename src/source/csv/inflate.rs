//! Unpacks a file piece by piece, and knows whether it came to its end.

use std::{
    io::{Error as IoError, Write},
    mem,
};

use flate2::{Crc, Decompress, FlushDecompress, Status, write::MultiGzDecoder};

/// How the bytes of a CSV file are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// As one or more gzip members.
    Gzip,
    /// As the only file of a zip archive.
    Zip(ZipEntry),
}

/// The one file of a zip archive, as its directory describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZipEntry {
    /// Where its bytes begin.
    pub start: u64,
    /// How many there are.
    pub packed: u64,
    /// How many they are unpacked.
    pub size: u64,
    /// Their checksum.
    pub crc: u32,
    /// Deflated, else stored as they are.
    pub deflated: bool,
}

/// Room for what one step of a raw deflate stream yields.
const STEP: usize = 256 * 1024;

/// The unpacking of one file.
pub(super) enum Inflate {
    /// Bytes as they are; the last one tells whether the last line is whole.
    Plain { last: Option<u8> },
    /// Gzip members, which carry their own length and checksum.
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
    /// A file of a zip archive, whose directory carries both.
    Zip { entry: ZipEntry, stream: Box<Decompress>, ended: bool, crc: Crc },
}

impl Inflate {
    /// Begins to unpack.
    pub(super) fn new(compression: Compression) -> Self {
        match compression {
            Compression::None => Self::Plain { last: None },
            Compression::Gzip => Self::Gzip(Box::new(MultiGzDecoder::new(Vec::new()))),
            Compression::Zip(entry) => {
                Self::Zip { entry, stream: Box::new(Decompress::new(false)), ended: false, crc: Crc::new() }
            }
        }
    }

    /// Unpacks the next bytes of the file to the end of `out`.
    pub(super) fn push(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
        match self {
            Self::Plain { last } => {
                *last = input.last().copied().or(*last);
                out.extend_from_slice(input);
                Ok(())
            }
            Self::Gzip(decoder) => {
                *decoder.get_mut() = mem::take(out);
                let written = decoder.write_all(input).and_then(|()| decoder.flush());
                *out = mem::take(decoder.get_mut());
                written.map_err(|error| broken("gzip", &error))
            }
            Self::Zip { entry, stream, ended, crc } => {
                let before = out.len();
                if entry.deflated {
                    *ended = deflated(stream, input, out, *ended)?;
                } else {
                    out.extend_from_slice(input);
                }
                crc.update(&out[before..]);
                Ok(())
            }
        }
    }

    /// Unpacks what is left, and checks that the file came to its end.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), String> {
        match self {
            Self::Plain { last: None | Some(b'\n' | b'\r') } => Ok(()),
            Self::Plain { .. } => Err("its last line has no end".to_owned()),
            Self::Gzip(decoder) => {
                *decoder.get_mut() = mem::take(out);
                let finished = decoder.try_finish();
                *out = mem::take(decoder.get_mut());
                finished.map_err(|error| broken("gzip", &error))
            }
            Self::Zip { entry, ended, crc, .. } => {
                // The running count of `Crc` wraps at 4 GiB, and so does the comparison.
                let whole = *ended || !entry.deflated;
                let low = u32::try_from(entry.size & u64::from(u32::MAX)).unwrap_or(0);
                if whole && crc.sum() == entry.crc && crc.amount() == low {
                    Ok(())
                } else {
                    Err("the file in the zip archive is not what its directory says".to_owned())
                }
            }
        }
    }
}

fn broken(what: &str, error: &IoError) -> String {
    format!("its {what} stream is cut or damaged ({error})")
}

/// Unpacks a piece of a raw deflate stream; returns whether the stream has ended.
fn deflated(stream: &mut Decompress, mut input: &[u8], out: &mut Vec<u8>, mut ended: bool) -> Result<bool, String> {
    loop {
        if ended {
            let surplus = "the file in the zip archive goes on behind its end";
            return if input.is_empty() { Ok(true) } else { Err(surplus.to_owned()) };
        }
        out.reserve(STEP);
        let (read, room) = (stream.total_in(), out.capacity() - out.len());
        let (length, status) = (out.len(), stream.decompress_vec(input, out, FlushDecompress::None));
        let status = status.map_err(|error| format!("its deflate stream is damaged ({error})"))?;
        let consumed = usize::try_from(stream.total_in() - read).unwrap_or(input.len());
        input = &input[consumed..];
        ended = status == Status::StreamEnd;
        let filled = out.len() - length == room;
        if !ended && input.is_empty() && !filled {
            return Ok(false);
        }
        if !ended && consumed == 0 && out.len() == length {
            return Err("its deflate stream makes no progress".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use flate2::write::{DeflateEncoder, GzEncoder};

    use super::*;

    fn text() -> Vec<u8> {
        (0..60_000).flat_map(|n| format!("{n},{}\n", n * 7919 % 1009).into_bytes()).collect()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn unpack(compression: Compression, bytes: &[u8], piece: usize) -> Result<Vec<u8>, String> {
        let (mut inflate, mut all) = (Inflate::new(compression), Vec::new());
        for piece in bytes.chunks(piece) {
            let mut out = Vec::new();
            inflate.push(piece, &mut out)?;
            all.extend(out);
        }
        let mut out = Vec::new();
        inflate.finish(&mut out)?;
        all.extend(out);
        Ok(all)
    }

    #[test]
    fn gzip_unpacks_whatever_the_pieces() {
        let text = text();
        let two = [gzip(&text[..1000]), gzip(&text[1000..])].concat();
        for packed in [gzip(&text), two] {
            for piece in [1, 7, 4096, usize::MAX] {
                assert_eq!(unpack(Compression::Gzip, &packed, piece).unwrap(), text, "{piece}");
            }
        }
    }

    #[test]
    fn a_cut_anywhere_is_seen() {
        let text = text();
        let packed = gzip(&text);
        for cut in [2, 9, 10, 11, packed.len() / 2, packed.len() - 9, packed.len() - 8, packed.len() - 1] {
            assert!(unpack(Compression::Gzip, &packed[..cut], 4096).is_err(), "{cut}");
        }
        assert!(unpack(Compression::None, &text[..text.len() - 1], 4096).is_err());
        assert_eq!(unpack(Compression::None, &text, 4096).unwrap(), text);
        let mut bent = packed.clone();
        let middle = bent.len() / 2;
        bent[middle] ^= 0x10;
        assert!(unpack(Compression::Gzip, &bent, 4096).is_err());
    }

    #[test]
    fn a_zipped_file_is_checked_against_the_directory() {
        let text = text();
        let mut encoder = DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(&text).unwrap();
        let packed = encoder.finish().unwrap();
        let mut crc = Crc::new();
        crc.update(&text);
        let entry =
            ZipEntry { start: 0, packed: packed.len() as u64, size: text.len() as u64, crc: crc.sum(), deflated: true };
        for piece in [1, 4096, usize::MAX] {
            assert_eq!(unpack(Compression::Zip(entry), &packed, piece).unwrap(), text, "{piece}");
        }
        assert!(unpack(Compression::Zip(entry), &packed[..packed.len() - 1], 4096).is_err());
        assert!(unpack(Compression::Zip(ZipEntry { crc: 1, ..entry }), &packed, 4096).is_err());
        assert!(unpack(Compression::Zip(ZipEntry { size: 1, ..entry }), &packed, 4096).is_err());
        assert!(unpack(Compression::Zip(entry), &[packed, vec![0]].concat(), 4096).is_err());
    }
}
