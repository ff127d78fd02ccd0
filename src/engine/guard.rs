//! Keeping statements from what is not theirs: the states' own files, which hold secrets in clear,
//! the tables that are read from them, and the session's memory and temporary files.

use std::path::{Path, PathBuf};

use datafusion::common::{Result, SchemaReference, TableReference, plan_err};
use datafusion::datasource::listing::ListingTableUrl;
use datafusion::logical_expr::{DdlStatement, LogicalPlan, ResetVariable, SetVariable, Statement};

use super::catalog::Tables;
use super::session::{CATALOG, SCHEMA};
use crate::inventory::{Inventory, has_state_name, protected_file};

/// Settings of DataFusion that would put rows into other temporary files, or more into memory.
const SETTLED: [&str; 4] = [
    "datafusion.runtime.memory_limit",
    "datafusion.runtime.temp_directory",
    "datafusion.runtime.max_temp_directory_size",
    "datafusion.runtime.max_spill_merge_fan_in",
];

/// Refuses a plan that would overwrite a state's file, read one around the redaction, change,
/// replace or drop a table of sgq's own, or leave the memory limit.
///
/// # Errors
///
/// A sentence that names the file or table and what to do instead.
pub(super) fn check(plan: &LogicalPlan, inventory: &Inventory, tables: &Tables) -> Result<()> {
    match plan {
        LogicalPlan::Copy(copy) => match file_below(&copy.output_url, inventory) {
            Some(file) => plan_err!(
                "COPY would overwrite the state {}; name another file",
                file.display()
            ),
            None if names_state(&copy.output_url) => plan_err!(
                "COPY does not write states, and {} is named like one; name another file",
                copy.output_url
            ),
            None => Ok(()),
        },
        LogicalPlan::Dml(dml) => check_table(&dml.table_name, tables),
        LogicalPlan::Ddl(statement) => check_definition(statement, inventory, tables),
        LogicalPlan::Statement(Statement::Prepare(prepare)) => {
            check(&prepare.input, inventory, tables)
        }
        LogicalPlan::Statement(
            Statement::SetVariable(SetVariable { variable, .. })
            | Statement::ResetVariable(ResetVariable { variable }),
        ) if SETTLED.contains(&variable.as_str()) => plan_err!(
            "memory and temporary files are settled when sgq starts; use --memory-limit, and TMPDIR for the folder"
        ),
        LogicalPlan::Explain(explain) => check(&explain.plan, inventory, tables),
        LogicalPlan::Analyze(analyze) => check(&analyze.input, inventory, tables),
        _ => Ok(()),
    }
}

fn check_definition(
    statement: &DdlStatement,
    inventory: &Inventory,
    tables: &Tables,
) -> Result<()> {
    match statement {
        DdlStatement::CreateExternalTable(table) => {
            check_table(&table.name, tables)?;
            match table
                .locations
                .iter()
                .find_map(|location| file_below(location, inventory))
            {
                Some(file) => plan_err!(
                    "an external table cannot be laid over the state {}; ask its tables instead, which sgq schema lists",
                    file.display()
                ),
                None => Ok(()),
            }
        }
        DdlStatement::CreateMemoryTable(table) => check_table(&table.name, tables),
        DdlStatement::CreateView(view) => check_table(&view.name, tables),
        DdlStatement::DropTable(table) => check_table(&table.name, tables),
        DdlStatement::DropView(view) => check_table(&view.name, tables),
        DdlStatement::DropCatalogSchema(schema) => check_schema(&schema.name),
        _ => Ok(()),
    }
}

fn check_table(name: &TableReference, tables: &Tables) -> Result<()> {
    let is_here = name.catalog().is_none_or(|catalog| catalog == CATALOG)
        && name.schema().is_none_or(|schema| schema == SCHEMA);
    if is_here && tables.is_own_view(name.table()) {
        return plan_err!(
            "{} is a view of sgq's own: it cannot be changed, replaced or dropped",
            name.table()
        );
    }
    if is_here && tables.is_own(name.table()) {
        return plan_err!(
            "{} is a table of sgq's own, read from states: it cannot be changed, replaced or dropped",
            name.table()
        );
    }
    Ok(())
}

fn check_schema(name: &SchemaReference) -> Result<()> {
    let schema = match name {
        SchemaReference::Bare { schema } | SchemaReference::Full { schema, .. } => schema,
    };
    if schema.as_ref() == SCHEMA {
        return plan_err!("{SCHEMA} is the schema of sgq's own tables and cannot be dropped");
    }
    Ok(())
}

/// Whether a location, there or not, is named as Terraform names states.
fn names_state(location: &str) -> bool {
    has_state_name(Path::new(location))
        || ListingTableUrl::parse(location)
            .is_ok_and(|url| has_state_name(Path::new(url.prefix().as_ref())))
}

/// A state's file that a location names, by itself, by its folder or by a pattern.
fn file_below(location: &str, inventory: &Inventory) -> Option<PathBuf> {
    let url = ListingTableUrl::parse(location).ok()?;
    if url.scheme() != "file" {
        return None;
    }
    let root = Path::new("/").join(url.prefix().as_ref());
    // DataFusion compares a pattern with the file's name or with its whole path below the folder,
    // as a setting says: either counts here.
    let matches = |file: &Path| match url.get_glob() {
        Some(pattern) => {
            file.file_name()
                .is_some_and(|name| pattern.matches(&name.to_string_lossy()))
                || pattern.matches_path(file.strip_prefix(&root).unwrap_or(file))
        }
        None => true,
    };
    protected_file(&root, matches, inventory.max_size())
}
