//! A folder of temporary files that only its user can look into.

use std::fs::DirBuilder;
use std::io;
use std::path::{Path, PathBuf};

use crate::cli::cancel::Unfinished;

/// How many names are tried.
const ATTEMPTS: u32 = 100;

/// A folder that is removed with all that is in it when this is dropped, or the process is ended.
#[derive(Debug)]
pub(super) struct PrivateFolder(PathBuf);

impl PrivateFolder {
    /// Makes a folder below that of the system for temporary files.
    ///
    /// # Errors
    ///
    /// When none can be made.
    pub(super) fn new(unfinished: &Unfinished) -> io::Result<PrivateFolder> {
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
        for attempt in 0..ATTEMPTS {
            let name = format!("sgq-plans-{}-{attempt}", std::process::id());
            let folder = std::env::temp_dir().join(name);
            match builder.create(&folder) {
                Ok(()) => {
                    unfinished.folder(folder.clone());
                    return Ok(PrivateFolder(folder));
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for PrivateFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
