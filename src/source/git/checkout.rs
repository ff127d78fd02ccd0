//! Who works where: what a repository and git's settings tell of whoever runs sgq in it.

use std::path::Path;

/// What is checked out, and whose git it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checkout {
    /// The name and address in git's settings, `Ada <ada@example.com>`.
    pub author: Option<String>,
    /// The commit that is checked out, 40 hexadecimal digits.
    pub commit: Option<String>,
    /// The branch, without `refs/heads/`.
    pub branch: Option<String>,
    /// The address of the remote `origin`, as it is written: it may hold credentials.
    pub repository: Option<String>,
}

/// What is checked out in the repository that a folder lies in; `None` where it lies in none. The user's
/// own settings count here, since it is the user who is told of.
pub fn checkout(folder: &Path) -> Option<Checkout> {
    let repository = gix::discover(folder).ok()?;
    let settings = repository.config_snapshot();
    let setting = |name: &str| settings.string(name).map(|text| text.to_string());
    let author = match (setting("user.name"), setting("user.email")) {
        (Some(name), Some(email)) => Some(format!("{name} <{email}>")),
        (name, email) => name.or(email),
    };
    let head = repository.head().ok()?;
    Some(Checkout {
        author,
        commit: head.id().map(|id| id.to_string()),
        branch: head.referent_name().map(|name| name.shorten().to_string()),
        repository: setting("remote.origin.url"),
    })
}
