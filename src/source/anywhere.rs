//! Reading a file at any place.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::{Buffer, ReadError, check_size, read_error};

/// A file whose parts are read in any order, by several threads at once.
#[derive(Debug)]
pub struct Anywhere {
    file: File,
    size: u64,
    limit: u64,
}

impl Anywhere {
    /// Opens a file; `None` of what is no regular one, and on systems that read files from a place that
    /// all threads share.
    pub(super) fn open(path: &Path, limit: u64) -> Result<Option<Anywhere>, ReadError> {
        let file = File::open(path).map_err(read_error)?;
        let metadata = file.metadata().map_err(read_error)?;
        let size = metadata.len();
        check_size(size, limit)?;
        let can_be_read = cfg!(unix) && metadata.is_file();
        Ok(can_be_read.then_some(Anywhere { file, size, limit }))
    }

    /// How many bytes it had when it was opened.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Reads `most` bytes at a place into `buffer`, in place of what is there; fewer only where the file
    /// ends. Gives how many.
    ///
    /// # Errors
    ///
    /// When the file goes on beyond the limit it was opened with, or the system refuses.
    pub fn read(&self, buffer: &mut Buffer, place: u64, most: usize) -> Result<usize, ReadError> {
        buffer.clear(most);
        // One byte past the limit shows a file that grew.
        let left = self.limit.saturating_add(1).saturating_sub(place);
        let mut reader = At {
            file: &self.file,
            place,
        };
        let read = buffer.append(&mut reader, left.min(most as u64));
        let read = read.map_err(read_error)?;
        check_size(place + read, self.limit)?;
        Ok(buffer.bytes().len())
    }
}

/// A file from a place on.
struct At<'f> {
    file: &'f File,
    place: u64,
}

impl Read for At<'_> {
    #[cfg(unix)]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = std::os::unix::fs::FileExt::read_at(self.file, buffer, self.place)?;
        self.place += read as u64;
        Ok(read)
    }

    #[cfg(not(unix))]
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
