//! Where operators put the rows that memory does not hold: files in a folder of the process's own.
//!
//! The folder lies below the system's temporary one, is made when the first row is put there, and only
//! the user can look into it. It is removed at the end. What ends a process at once leaves it behind;
//! a lock that ends with the process then tells the next one that makes such a folder to remove it.

use std::fs::{self, File, Metadata, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use datafusion::common::{Result, exec_datafusion_err, exec_err};
use datafusion::execution::disk_manager::{DiskManager, DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::spill_file::{SpillFile, TempFileFactory};

use crate::source::io_reason;

/// How the names of the folders begin; the process's id and a number follow.
const PREFIX: &str = "sgq-spill-";

/// The file in a folder that its process holds locked.
const LOCK: &str = "lock";

/// How many names are tried: others take one only by chance, or by ill will.
const ATTEMPTS: u32 = 1000;

/// The temporary files of one session.
#[derive(Debug, Default)]
pub struct Spills(Mutex<State>);

#[derive(Debug, Default)]
enum State {
    /// All rows have fitted into memory so far.
    #[default]
    Unused,
    /// Some are in files.
    Used {
        files: Arc<DiskManager>,
        /// Removed when the session lets go of it.
        _folder: Folder,
    },
    /// There is no way back.
    Removed,
}

impl Spills {
    /// Removes all files. Whatever still runs fails where it would make another.
    pub fn remove(&self) {
        let before = std::mem::replace(&mut *self.state(), State::Removed);
        drop(before);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TempFileFactory for Spills {
    fn create_temp_file(&self, description: &str) -> Result<Arc<dyn SpillFile>> {
        // Kept while the file is made, so that none is made in a folder that is being removed.
        let mut state = self.state();
        if let State::Unused = *state {
            let temporary = std::path::absolute(std::env::temp_dir())?;
            let folder = Folder::create(&temporary).map_err(|error| {
                exec_datafusion_err!(
                    "temporary files cannot be written to {}: {}; name another folder with TMPDIR, or raise --memory-limit",
                    temporary.display(),
                    io_reason(&error)
                )
            })?;
            remove_left_over(&temporary, &folder);
            let files = DiskManagerBuilder::default()
                .with_mode(DiskManagerMode::Directories(vec![folder.path.clone()]))
                .with_max_temp_directory_size(u64::MAX)
                .build()?;
            *state = State::Used {
                files: Arc::new(files),
                _folder: folder,
            };
        }
        match &*state {
            State::Used { files, .. } => files.create_tmp_file(description),
            State::Unused | State::Removed => exec_err!("the session has ended"),
        }
    }
}

/// A folder that this process holds, and removes when it is dropped.
#[derive(Debug)]
struct Folder {
    path: PathBuf,
    /// Locked until it is closed; nobody reads it.
    _lock: File,
}

impl Folder {
    fn create(temporary: &Path) -> io::Result<Folder> {
        let process = std::process::id();
        for number in 0..ATTEMPTS {
            let path = temporary.join(format!("{PREFIX}{process}-{number}"));
            match make_private(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                made => made?,
            }
            if let Some(lock) = lock(&path)? {
                return Ok(Folder { path, _lock: lock });
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Makes a folder that only this user can look into.
fn make_private(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Takes the lock of a new folder; `None` if another process took the folder for left over before.
fn lock(folder: &Path) -> io::Result<Option<File>> {
    let path = folder.join(LOCK);
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let lock = match options.open(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        lock => lock?,
    };
    match lock.try_lock() {
        Err(TryLockError::WouldBlock) => Ok(None),
        // Where files have no locks nobody can take this one, either: the folder is safe.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(path.exists().then_some(lock)),
    }
}

/// Removes the folders of this user's processes that ended without doing so. Whatever cannot be
/// removed stays.
fn remove_left_over(temporary: &Path, own: &Folder) {
    let (Ok(own), Ok(entries)) = (fs::symlink_metadata(&own.path), fs::read_dir(temporary)) else {
        return;
    };
    for entry in entries.flatten() {
        let is_named_so = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let path = entry.path();
        if !is_named_so || !fs::symlink_metadata(&path).is_ok_and(|it| is_of_user(&it, &own)) {
            continue;
        }
        match File::open(path.join(LOCK)) {
            // The lock is kept until the folder is gone.
            Ok(lock) if lock.try_lock().is_ok() => remove(&path),
            Ok(_) => {}
            // Ended before there was a lock, and so before there was anything.
            Err(_) => _ = fs::remove_dir(&path),
        }
    }
}

/// Whether something is a folder of the user who owns `own`.
fn is_of_user(it: &Metadata, own: &Metadata) -> bool {
    #[cfg(unix)]
    let is_same_user = {
        use std::os::unix::fs::MetadataExt;
        it.uid() == own.uid()
    };
    // Elsewhere each user has a temporary folder.
    #[cfg(not(unix))]
    let is_same_user = own.is_dir();
    is_same_user && it.is_dir()
}

/// Removes a folder, its lock last: what an interruption leaves can still be told to be left over.
fn remove(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name() != LOCK {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    let _ = fs::remove_dir_all(folder);
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn name(number: u32) -> String {
        format!("{PREFIX}{}-{number}", std::process::id())
    }

    #[test]
    fn a_folder_is_the_users_alone_and_removed_with_all_it_holds() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Folder::create(temporary.path()).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder.path), 0o700);
        assert_eq!(mode(&folder.path.join(LOCK)), 0o600);
        fs::create_dir(folder.path.join("rows")).unwrap();
        fs::write(folder.path.join("rows/1"), "x").unwrap();
        drop(folder);
        assert_eq!(names(temporary.path()), [""; 0]);
    }

    #[test]
    fn what_is_there_already_is_not_used() {
        let temporary = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/", temporary.path().join(name(0))).unwrap();
        fs::create_dir(temporary.path().join(name(1))).unwrap();
        let folder = Folder::create(temporary.path()).unwrap();
        assert_eq!(folder.path, temporary.path().join(name(2)));
    }

    #[test]
    fn folders_of_ended_processes_are_removed_and_no_others() {
        let temporary = tempfile::tempdir().unwrap();
        let living = Folder::create(temporary.path()).unwrap();
        let make = |name: &str, files: &[&str]| {
            let folder = temporary.path().join(name);
            fs::create_dir(&folder).unwrap();
            for file in files {
                fs::write(folder.join(file), "").unwrap();
            }
        };
        make("sgq-spill-1-0", &["lock", "rows"]);
        make("sgq-spill-2-0", &[]);
        make("sgq-spill-mine", &["thesis"]);
        make("other", &["lock"]);
        let own = Folder::create(temporary.path()).unwrap();
        remove_left_over(temporary.path(), &own);
        let left = ["other", &name(0), &name(1), "sgq-spill-mine"];
        assert_eq!(names(temporary.path()), left);
        drop((living, own));
    }

    #[test]
    fn a_folder_that_was_taken_for_left_over_is_made_again() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join(name(0));
        assert!(lock(&path).unwrap().is_none(), "the folder is gone");
        make_private(&path).unwrap();
        let lock = lock(&path).unwrap().unwrap();
        let other = File::open(path.join(LOCK)).unwrap();
        assert!(matches!(other.try_lock(), Err(TryLockError::WouldBlock)));
        drop(lock);
        assert!(other.try_lock().is_ok(), "the lock ends with its process");
    }

    #[test]
    fn there_is_a_folder_once_there_is_a_file_and_none_after_the_end() {
        let spills = Spills::default();
        assert!(matches!(*spills.state(), State::Unused));
        let file = spills.create_temp_file("sorting").unwrap();
        let path = file.path().unwrap().to_owned();
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
        spills.remove();
        assert!(!path.exists() && !path.parent().unwrap().exists());
        assert!(spills.create_temp_file("sorting").is_err());
    }
}
