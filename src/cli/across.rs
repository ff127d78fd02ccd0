//! What commands share that look across all states.

use std::sync::Arc;

use arrow::array::RecordBatch;

use super::cancel::{self, Unfinished};
use super::exit::{Exit, Failure};
use super::progress::Progress;
use super::results::{Ended, exit_code, no_answer, note_if_empty, report_failures, write_batch};
use super::settings::Settings;
use super::target::Target;
use super::tell::tell;
use crate::engine::known::Known;
use crate::graph::{FindError, Graph, Node, Scope};
use crate::inventory::Inventory;
use crate::output::terminal::visible;

/// All states, read for a command that looks across them.
pub(super) struct Across<'s> {
    settings: &'s Settings,
    pub(super) target: Target,
    inventory: Arc<Inventory>,
    /// What depends on what.
    pub(super) graph: Arc<Graph>,
}

impl<'s> Across<'s> {
    /// Reads all states and says what could not be read.
    ///
    /// # Errors
    ///
    /// When the output cannot be written.
    pub(super) fn read(settings: &'s Settings) -> Result<Across<'s>, Failure> {
        let unfinished = Unfinished::default();
        cancel::watch(settings.timeout.as_ref(), &unfinished);
        let target = Target::open(settings, &unfinished)?;
        let inventory = Arc::new(settings.inventory()?);
        let progress = Progress::of(&inventory);
        let known = Known::new(Arc::clone(&inventory), settings.engine.threads);
        let graph = known.graph();
        progress.end();
        report_failures(&inventory);
        note_if_empty(&inventory);
        Ok(Across {
            settings,
            target,
            inventory,
            graph,
        })
    }

    /// The instances that an address means; `advice` is what to do where several states have it.
    ///
    /// # Errors
    ///
    /// Where it means none, or instances of several states.
    pub(super) fn find(
        &self,
        address: &str,
        scope: Scope<'_>,
        advice: &str,
    ) -> Result<Vec<Node>, Failure> {
        self.graph.find(address, scope).map_err(|error| {
            let advice = match error {
                FindError::SeveralStates { .. } => format!("; {advice}"),
                _ => String::new(),
            };
            self.failure(&format!("{error}{advice}"))
        })
    }

    /// That there is no answer: a failure of the sources where they could not be read.
    pub(super) fn failure(&self, message: &str) -> Failure {
        no_answer(&message, &self.inventory, self.settings)
    }

    /// Writes the answer, and says `note` of it on stderr.
    ///
    /// # Errors
    ///
    /// When the output refuses it.
    pub(super) fn answer(self, rows: &RecordBatch, note: Option<&str>) -> Result<Exit, Failure> {
        match write_batch(rows, self.target.look(), self.target.writer()) {
            Ok(()) => {}
            Err(Ended::ByReader) => return Ok(Exit::Success),
            Err(Ended::ByFailure(failure)) => return Err(failure),
        }
        let exit = self.keep()?;
        if let Some(note) = note {
            tell!("sgq: {}", visible(note));
        }
        Ok(exit)
    }

    /// Puts what was written into its place.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub(super) fn keep(self) -> Result<Exit, Failure> {
        self.target.keep()?;
        Ok(exit_code(&self.inventory, self.settings))
    }
}
