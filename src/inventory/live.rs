//! Sources that change while they are asked.

use std::sync::atomic::Ordering;

use super::Inventory;
use crate::source::Change;

impl Inventory {
    /// Whether a source has to be looked at again before each question.
    pub fn is_live(&self) -> bool {
        !self.live.is_empty()
    }

    /// Looks at such sources again, and tells what changed: all that is read from then on is of this moment.
    /// Where [`Change::Documents`] is told, the sources are to be searched again.
    ///
    /// # Errors
    ///
    /// One sentence that names a source that cannot be reached.
    pub fn look_again(&self) -> Result<Change, String> {
        let mut change = Change::Nothing;
        for source in &self.live {
            change = change.max(source.look_again()?);
        }
        // What could not be read before may be readable now, and no word about it is taken back; neither is
        // the time since when a version holds.
        let is_told = self.any_failed.load(Ordering::Relaxed) || self.lives.get().is_some();
        if change == Change::Contents && is_told {
            change = Change::Documents;
        }
        Ok(change)
    }

    /// Lets such sources forget the moment, until they are looked at again.
    pub fn rest(&self) {
        self.live.iter().for_each(|source| source.rest());
    }
}
