//! What changed from one version of a state to the next.
//!
//! A survey reads every version once and keeps of each change where it was and what kind; what stood
//! there before and after is read again for those changes that someone looks at.

mod change;
mod chronicle;
mod code;
mod moves;
mod shown;
mod snapshot;

pub use self::change::{Action, Change, Origin, Place};
pub use self::chronicle::{Chronicle, Counts, Facts, History};
pub use self::code::{Code, CommitConfidence, Repository};
pub use self::shown::{Reader, Shown, Wanted};
