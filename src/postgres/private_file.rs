//! Files that nobody else may read, for what they hold.

use std::path::Path;

/// A sentence about a file that others may read; `None` where only its owner may.
///
/// Source: PostgreSQL `src/interfaces/libpq/fe-connect.c` (password file) and `fe-secure-openssl.c` (key),
/// which refuse such files. A key of root's may be readable by its group.
#[cfg(unix)]
pub(super) fn told_if_open(path: &Path, group_of_root_may_read: bool) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(path).ok()?;
    let allowed: u32 = if group_of_root_may_read && metadata.uid() == 0 {
        0o740
    } else {
        0o700
    };
    let is_open = metadata.mode() & 0o777 & !allowed != 0;
    is_open.then(|| {
        format!(
            "{} is not used, since others may read it: run chmod 600",
            path.display()
        )
    })
}

/// Elsewhere permissions are not looked at, as in libpq.
#[cfg(not(unix))]
pub(super) fn told_if_open(_: &Path, _: bool) -> Option<String> {
    None
}
