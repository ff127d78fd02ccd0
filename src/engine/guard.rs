//! Keeping the states' own files from statements that write or read files by themselves.

use std::path::{Path, PathBuf};

use datafusion::common::{Result, plan_err};
use datafusion::datasource::listing::ListingTableUrl;
use datafusion::logical_expr::{DdlStatement, LogicalPlan};

use crate::inventory::Inventory;

/// Refuses a plan that would overwrite a state's file, or read one around the redaction.
///
/// # Errors
///
/// A sentence that names the file and what to do instead.
pub(super) fn refuse_states_files(plan: &LogicalPlan, inventory: &Inventory) -> Result<()> {
    match plan {
        LogicalPlan::Copy(copy) => match states_file(&copy.output_url, inventory) {
            Some(file) => plan_err!(
                "COPY would overwrite the state {}; name another file",
                file.display()
            ),
            None => Ok(()),
        },
        LogicalPlan::Ddl(DdlStatement::CreateExternalTable(table)) => {
            match table
                .locations
                .iter()
                .find_map(|location| states_file(location, inventory))
            {
                Some(file) => plan_err!(
                    "an external table cannot be laid over the state {}; its rows are in the tables that \\d lists",
                    file.display()
                ),
                None => Ok(()),
            }
        }
        LogicalPlan::Explain(explain) => refuse_states_files(&explain.plan, inventory),
        LogicalPlan::Analyze(analyze) => refuse_states_files(&analyze.input, inventory),
        _ => Ok(()),
    }
}

/// The local path that a location names, where a state's file is there or below it.
fn states_file(location: &str, inventory: &Inventory) -> Option<PathBuf> {
    let url = ListingTableUrl::parse(location).ok()?;
    let path = Path::new(location.strip_prefix("file://").unwrap_or(location));
    (url.scheme() == "file" && inventory.holds(path)).then(|| path.to_owned())
}
