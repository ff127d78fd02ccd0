//! Where results go: standard output, or a file that is replaced only when all went well.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::cancel::Unfinished;
use super::exit::Failure;
use super::results::{Ended, Look};
use super::settings::Settings;
use crate::inventory::protected_file;
use crate::output::{Format, OutputError};
use crate::source::io_reason;

/// Where results go.
pub(super) struct Target {
    file: Option<(File, PathBuf, PathBuf)>,
    unfinished: Unfinished,
    look: Look,
    results: usize,
}

impl Target {
    /// Opens standard output, or a file beside the one that is wanted.
    ///
    /// # Errors
    ///
    /// When that one is a state, or cannot be written.
    pub(super) fn open(settings: &Settings, unfinished: &Unfinished) -> Result<Target, Failure> {
        let file = settings
            .out
            .as_deref()
            .map(|path| Target::create(path, settings.reading.max_size, unfinished))
            .transpose()?;
        Ok(Target {
            file,
            unfinished: unfinished.clone(),
            look: settings.look(),
            results: 0,
        })
    }

    /// A file beside the wanted one, which it replaces at the end.
    fn create(
        path: &Path,
        max_size: u64,
        unfinished: &Unfinished,
    ) -> Result<(File, PathBuf, PathBuf), Failure> {
        if path.is_dir() {
            return Err(Failure::usage(format!(
                "{} is a directory; name a file",
                path.display()
            )));
        }
        if protected_file(path, |_| true, max_size).is_some() {
            return Err(Failure::usage(format!(
                "--out would overwrite the state {}; name another file",
                path.display()
            )));
        }
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let part = path.with_file_name(name);
        let file =
            File::create(&part).map_err(|error| Failure::usage(not_written(path, &error)))?;
        unfinished.started(part.clone());
        Ok((file, part, path.to_owned()))
    }

    /// How results look there.
    pub(super) fn look(&self) -> &Look {
        &self.look
    }

    /// Separates results where one format holds several; refuses where it cannot.
    pub(super) fn begin_result(&mut self) -> Result<(), Ended> {
        self.results += 1;
        let format = self.look.format;
        if self.results > 1 && format.is_binary() {
            let message = format!("{format} holds one result; run one statement at a time");
            return Err(Failure::usage(message).into());
        }
        if self.results > 1 && matches!(format, Format::Table | Format::Line) {
            let blank = self.writer().write_all(b"\n").map_err(OutputError::from);
            blank?;
        }
        Ok(())
    }

    /// What results are written to.
    pub(super) fn writer(&self) -> Box<dyn Write + Send + '_> {
        match &self.file {
            Some((file, ..)) => Box::new(file),
            None => Box::new(std::io::stdout()),
        }
    }

    /// Puts what was written into its place.
    pub(super) fn keep(mut self) -> Result<(), Failure> {
        if let Some((_, part, path)) = self.file.take() {
            std::fs::rename(&part, &path)
                .map_err(|error| Failure::query(not_written(&path, &error)))?;
            self.unfinished.finished();
        }
        Ok(())
    }
}

fn not_written(path: &Path, error: &std::io::Error) -> String {
    format!("{} cannot be written: {}", path.display(), io_reason(error))
}

impl Drop for Target {
    fn drop(&mut self) {
        if let Some((_, part, _)) = self.file.take() {
            let _ = std::fs::remove_file(part);
            self.unfinished.finished();
        }
    }
}
