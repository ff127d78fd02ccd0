//! Sources that change while they are asked, and tell what changed.

use std::fmt;

use super::Lock;

/// What is different at a source from when it was last looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Nothing.
    Nothing,
    /// What some documents say; they are the same documents.
    Contents,
    /// Documents came or went, or are called otherwise: they are to be found again.
    Documents,
}

/// A source that a session keeps a connection to.
///
/// All that is read of it is of one moment, which begins when it is searched or looked at again, and ends
/// when nobody needs it any more.
pub trait Live: fmt::Debug + Send + Sync {
    /// Begins another moment, and tells what changed since the last one.
    ///
    /// # Errors
    ///
    /// One sentence that names the source, when it cannot be reached. The next call tries again.
    fn look_again(&self) -> Result<Change, String>;

    /// Ends the moment, so that the server need keep nothing for it. What is read from then on is as it
    /// is when it is read.
    fn rest(&self);

    /// Who holds which document now.
    ///
    /// # Errors
    ///
    /// One sentence that names the source, when it cannot be asked.
    fn locks(&self) -> Result<Vec<Lock>, String>;
}
