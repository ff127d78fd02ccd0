//! Where the lines that were typed are kept: a file that nobody else can read, for a statement may
//! name what is secret.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::cli::tell;
use etcetera::BaseStrategy;
use rustyline::history::{FileHistory, History as _};

/// How many entries are kept.
pub(super) const LENGTH: usize = 5000;

/// The file, as long as it can be written.
pub(super) struct Kept {
    file: Option<PathBuf>,
}

impl Kept {
    /// Fills `history` from the file of this user, which is made where there is none. Says on
    /// stderr why, where no history can be kept.
    pub(super) fn open(history: &mut FileHistory) -> Kept {
        let mut kept = Kept { file: file() };
        if kept.file.is_none() {
            tell!("sgq: history is not kept: there is no home directory");
        }
        kept.attempt(|file| {
            prepare(file)?;
            history.load(file).map_err(io::Error::other)
        });
        kept
    }

    /// Adds what is new in `history` to the file.
    pub(super) fn save(&mut self, history: &mut FileHistory) {
        self.attempt(|file| history.append(file).map_err(io::Error::other));
    }

    /// Gives up on the file, and says so, when `work` fails.
    fn attempt(&mut self, work: impl FnOnce(&Path) -> io::Result<()>) {
        if let Some(file) = &self.file
            && let Err(error) = work(file)
        {
            tell!("sgq: history is not kept in {}: {error}", file.display());
            self.file = None;
        }
    }
}

/// `$XDG_STATE_HOME/sgq/history`, or in the data directory where a system has none for states.
fn file() -> Option<PathBuf> {
    let places = etcetera::choose_base_strategy().ok()?;
    let folder = places.state_dir().unwrap_or_else(|| places.data_dir());
    Some(folder.join("sgq").join("history"))
}

/// Makes the file and its folder where they are missing, for this user alone; takes the file from
/// others where they could read it.
fn prepare(file: &Path) -> io::Result<()> {
    let mut folders = DirBuilder::new();
    folders.recursive(true);
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        std::os::unix::fs::DirBuilderExt::mode(&mut folders, 0o700);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    if let Some(folder) = file.parent() {
        folders.create(folder)?;
    }
    let metadata = options.open(file)?.metadata()?;
    // A link to /dev/null is how some keep no history; its mode is not ours to change.
    if !metadata.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if metadata.permissions().mode() & 0o077 != 0 {
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600))?;
        }
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_file_and_its_folder_are_made_for_the_user_alone() {
        let state = tempfile::tempdir().unwrap();
        let file = state.path().join("sgq/history");
        prepare(&file).unwrap();
        assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    }

    #[test]
    fn a_file_that_others_can_read_is_taken_from_them() {
        let state = tempfile::tempdir().unwrap();
        let file = state.path().join("history");
        fs::write(&file, "#V2\nSELECT 1;\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        prepare(&file).unwrap();
        assert_eq!(mode(&file), 0o600);
        assert_eq!(fs::read_to_string(&file).unwrap(), "#V2\nSELECT 1;\n");
    }

    #[test]
    fn what_is_no_regular_file_is_left_alone() {
        let state = tempfile::tempdir().unwrap();
        let file = state.path().join("history");
        std::os::unix::fs::symlink("/dev/null", &file).unwrap();
        assert!(prepare(&file).is_err());
    }

    #[test]
    fn history_passes_from_one_session_to_the_next() {
        let state = tempfile::tempdir().unwrap();
        let path = state.path().join("sgq/history");
        prepare(&path).unwrap();
        let mut kept = Kept {
            file: Some(path.clone()),
        };
        let mut first = FileHistory::new();
        first.add("SELECT 1\nFROM \\ states;").unwrap();
        kept.save(&mut first);
        let mut second = FileHistory::new();
        second.load(&path).unwrap();
        assert_eq!(
            second.iter().collect::<Vec<_>>(),
            ["SELECT 1\nFROM \\ states;"]
        );
        assert_eq!(mode(&path), 0o600);
    }
}
