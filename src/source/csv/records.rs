//! The records of a CSV file, one after the other, in bounded memory.

use std::{mem, ops::Range};

use bytes::Bytes;
use csv_core::{ReadRecordResult, Reader};
use futures::{StreamExt, stream, stream::BoxStream};
use parquet::{arrow::async_reader::AsyncFileReader, errors::ParquetError};

use super::inflate::{Compression, Inflate};
use crate::{
    error::{Error, Result},
    source::footer::{damaged, parquet_error},
};

/// Packed bytes that are unpacked at a time.
const PIECE: usize = 64 * 1024;

/// A record longer than this is a quotation mark without its twin.
const LONGEST: usize = 16 * 1024 * 1024;

/// Reads the records of one version of a CSV file, its header line among them.
pub struct Records {
    file: String,
    chunks: BoxStream<'static, Result<Bytes, ParquetError>>,
    chunk: Bytes,
    inflate: Inflate,
    /// Unpacked and not yet read from `at` on.
    plain: Vec<u8>,
    at: usize,
    ended: bool,
    parser: Box<Reader>,
    fields: Vec<u8>,
    ends: Vec<usize>,
    count: usize,
    width: Option<usize>,
    number: u64,
}

impl std::fmt::Debug for Records {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Records").field("file", &self.file).field("number", &self.number).finish_non_exhaustive()
    }
}

impl Records {
    /// Reads the `size` bytes of the reader in requests of `request` bytes.
    pub(in crate::source) fn new<R: AsyncFileReader + 'static>(
        file: &str,
        reader: R,
        size: u64,
        compression: Compression,
        request: u64,
    ) -> Self {
        let range = match compression {
            Compression::Zip(entry) => entry.start..entry.start + entry.packed,
            Compression::None | Compression::Gzip => 0..size,
        };
        Self {
            file: file.to_owned(),
            chunks: chunks(reader, range, request),
            chunk: Bytes::new(),
            inflate: Inflate::new(compression),
            plain: Vec::new(),
            at: 0,
            ended: false,
            parser: Box::new(Reader::new()),
            fields: vec![0; 4096],
            ends: vec![0; 256],
            count: 0,
            width: None,
            number: 0,
        }
    }

    /// Moves to the next record; tells whether there is one.
    ///
    /// # Errors
    /// When the file is cut, damaged, no UTF-8, or was replaced; or when the record has not as many fields as the first.
    pub async fn advance(&mut self) -> Result<bool> {
        let (mut written, mut ends) = (0, 0);
        loop {
            if self.at == self.plain.len() && !self.ended {
                self.fill().await?;
                continue;
            }
            let (result, read, wrote, ended) =
                self.parser.read_record(&self.plain[self.at..], &mut self.fields[written..], &mut self.ends[ends..]);
            self.at += read;
            written += wrote;
            ends += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if written >= LONGEST => {
                    return Err(self.damaged("a record has no end: a quotation mark is not closed"));
                }
                ReadRecordResult::OutputFull => self.fields.resize(self.fields.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => {
                    self.number += 1;
                    self.count = ends;
                    self.check(written)?;
                    return Ok(true);
                }
                ReadRecordResult::End => return Ok(false),
            }
        }
    }

    /// Checks the record just read.
    fn check(&mut self, written: usize) -> Result<()> {
        let width = *self.width.get_or_insert(self.count);
        if width != self.count {
            let reason = format!("record {} has {} fields where its header line has {width}", self.number, self.count);
            return Err(self.damaged(&reason));
        }
        match std::str::from_utf8(&self.fields[..written]) {
            Ok(_) => Ok(()),
            Err(_) => Err(self.not_utf8()),
        }
    }

    fn damaged(&self, reason: &str) -> Error {
        damaged(&self.file, reason)
    }

    fn not_utf8(&self) -> Error {
        self.damaged(&format!("record {} is not UTF-8 text", self.number))
    }

    /// Returns the number of fields of the record.
    pub fn width(&self) -> usize {
        self.count
    }

    /// Returns the number of the record; the header line is 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Returns a field of the record, empty where there is none.
    ///
    /// # Errors
    /// When it is not UTF-8.
    pub fn field(&self, index: usize) -> Result<&str> {
        if index >= self.count {
            return Ok("");
        }
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        std::str::from_utf8(&self.fields[start..self.ends[index]]).map_err(|_| self.not_utf8())
    }

    /// Unpacks the next piece of the file.
    async fn fill(&mut self) -> Result<()> {
        self.plain.clear();
        self.at = 0;
        if self.chunk.is_empty() {
            match self.chunks.next().await {
                Some(chunk) => self.chunk = chunk.map_err(|error| parquet_error(&self.file, error))?,
                None => self.ended = true,
            }
        }
        let mut plain = mem::take(&mut self.plain);
        let unpacked = if self.ended {
            self.inflate.finish(&mut plain)
        } else {
            let piece = self.chunk.split_to(PIECE.min(self.chunk.len()));
            self.inflate.push(&piece, &mut plain)
        };
        self.plain = plain;
        unpacked.map_err(|reason| self.damaged(&reason))
    }
}

/// Requests the range piece by piece.
fn chunks<R: AsyncFileReader + 'static>(
    reader: R,
    range: Range<u64>,
    request: u64,
) -> BoxStream<'static, Result<Bytes, ParquetError>> {
    stream::try_unfold((reader, range), move |(mut reader, range)| async move {
        if range.start >= range.end {
            return Ok(None);
        }
        let stop = range.end.min(range.start.saturating_add(request));
        let bytes = reader.get_bytes(range.start..stop).await?;
        Ok(Some((bytes, (reader, stop..range.end))))
    })
    .boxed()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use object_store::{ObjectStoreExt, memory::InMemory, path::Path};

    use super::*;
    use crate::source::PinnedReader;

    async fn read(bytes: &[u8], request: u64) -> Result<Vec<Vec<String>>> {
        let (store, path) = (InMemory::new(), Path::from("f.csv"));
        store.put(&path, bytes.to_vec().into()).await.unwrap();
        let meta = store.head(&path).await.unwrap();
        let reader = PinnedReader::new(Arc::new(store), meta);
        let mut records = Records::new("f.csv", reader, bytes.len() as u64, Compression::None, request);
        let mut all = Vec::new();
        while records.advance().await? {
            let fields = (0..records.width()).map(|index| records.field(index).map(str::to_owned));
            all.push(fields.collect::<Result<Vec<_>>>()?);
        }
        Ok(all)
    }

    #[tokio::test]
    async fn fields_are_those_of_the_file_whatever_the_requests() {
        let text = "a,b\r\n\"x, \"\"y\"\"\n\",\u{e9}\r\n\r\n,\"\"\r\n";
        for request in [1, 2, 5, 1000] {
            let records = read(text.as_bytes(), request).await.unwrap();
            assert_eq!(records, [["a", "b"], ["x, \"y\"\n", "\u{e9}"], ["", ""]], "{request}");
        }
        let wide: String = "a column,".repeat(2_000) + "\n";
        assert_eq!(read(wide.as_bytes(), 1000).await.unwrap()[0].len(), 2_001);
        assert!(read(b"", 10).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn what_is_cut_or_no_text_is_named() {
        for (bytes, words) in [
            (b"a,b\n1,2\n3\n".as_slice(), "record 3 has 1 fields where its header line has 2"),
            (b"a,b\n1,2\n3,4", "its last line has no end"),
            (b"a,b\n1,2\n3", "its last line has no end"),
            (b"a,b\n1,\xff\n", "record 2 is not UTF-8"),
            (b"a,b\n\xc3,\xa9\n", "record 2 is not UTF-8"),
            (b"a,b\n1,\"2\n3,4\n5,6", "its last line has no end"),
        ] {
            let error = match read(bytes, 3).await {
                Err(error) => error,
                Ok(records) => panic!("{words}: read {records:?}"),
            };
            assert_eq!(error.kind(), crate::error::Kind::Incomplete);
            let text = error.to_string();
            assert!(text.contains("f.csv") && text.contains(words), "{text}");
        }
    }
}
