//! The bytes of one version of a file, in order, for readers that pull.

use std::io::{self, Read};

use bytes::{Buf, Bytes};
use tokio::runtime::Handle;

use crate::{
    error::{Error, Result},
    source::DataFile,
};

/// Bytes of one request.
const REQUEST: u64 = 8 * 1024 * 1024;

/// Reads a file from its beginning to its end; blocks, so it belongs on a thread of its own.
pub(super) struct Reader {
    file: DataFile,
    handle: Handle,
    next: u64,
    chunk: Bytes,
}

impl Reader {
    /// Begins at the first byte.
    pub(super) fn new(file: &DataFile, handle: &Handle) -> Self {
        Self { file: file.clone(), handle: handle.clone(), next: 0, chunk: Bytes::new() }
    }

    /// Returns the next bytes without taking them: fewer only at the end of a short file.
    pub(super) fn peek(&mut self, count: usize) -> Result<Vec<u8>> {
        if self.chunk.is_empty() {
            self.fill()?;
        }
        Ok(self.chunk.slice(..count.min(self.chunk.len())).to_vec())
    }

    fn fill(&mut self) -> Result<()> {
        let end = self.file.object.size.min(self.next + REQUEST);
        if self.next < end {
            self.chunk = self.handle.block_on(self.file.bytes(self.next..end))?;
            if self.chunk.len() as u64 != end - self.next {
                return Err(Error::incomplete(format!("{} is shorter than it was listed", self.file.name))
                    .hint("run the command again"));
            }
            self.next = end;
        }
        Ok(())
    }
}

impl Read for Reader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.chunk.is_empty() {
            self.fill().map_err(io::Error::other)?;
        }
        let count = out.len().min(self.chunk.len());
        out[..count].copy_from_slice(&self.chunk[..count]);
        self.chunk.advance(count);
        Ok(count)
    }
}

/// Takes our own error out of one that passed through a reader; any other says that the file is damaged.
pub(super) fn read_error(file: &str, error: io::Error) -> Error {
    match error.downcast::<Error>() {
        Ok(own) => own,
        Err(other) => damaged(file, &other.to_string()),
    }
}

/// Builds the error of a file that the second engine cannot read.
pub(super) fn damaged(file: &str, reason: &str) -> Error {
    Error::incomplete(format!("{file} cannot be read by the second engine: {reason}"))
        .hint("copy the file again; if it stays so, the first engine may have read what is not there")
}
