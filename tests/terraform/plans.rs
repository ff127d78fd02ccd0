//! A plan says the same as a file and as JSON, and of each object what Terraform says.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::binary::revealed_rows;
use crate::fixtures;

/// What both kinds of plan tell, but for the plan's place and the version of its format.
const QUERIES: [&str; 5] = [
    "SELECT terraform_version, timestamp, applyable, complete, errored, create_count, update_count, replace_count,
            delete_count, read_count, no_op_count, forget_count, move_count, import_count, drift_count FROM plans",
    "SELECT address, previous_address, resource_address, module, mode, type, name, index_key, provider, deposed, action,
            actions, create_before_destroy, action_reason, replace_paths, changed_paths, before, after, after_unknown,
            importing, generated_config FROM resource_changes ORDER BY address, deposed",
    "SELECT name, action, before, after, after_unknown, sensitive FROM output_changes ORDER BY name",
    "SELECT object_kind, config_addr, status, object_addr, object_status, failure_messages FROM plan_checks
     ORDER BY config_addr, object_addr",
    "SELECT resource, path FROM relevant_attributes ORDER BY resource, path",
];

#[test]
fn a_plan_s_file_says_what_its_json_says() {
    both_say_the_same(&fixtures()).unwrap();
}

/// Compares the plans of the fixtures below `root` with each other and with Terraform's JSON.
pub fn both_say_the_same(root: &Path) -> Result<(), String> {
    let folder = root.join("plans/network");
    let (file, json) = (folder.join("tfplan"), folder.join("plan.json"));
    for sql in QUERIES {
        let (one, other) = (revealed_rows(&file, sql)?, revealed_rows(&json, sql)?);
        if one != other {
            return Err(format!(
                "{sql}\nin the file: {one:?}\nin the JSON: {other:?}"
            ));
        }
    }
    let text = fs::read_to_string(&json).map_err(|error| error.to_string())?;
    let plan: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let listed = plan["resource_changes"].as_array().expect("changes");
    let sql = "SELECT address, before, after, after_unknown FROM resource_changes";
    let rows = revealed_rows(&json, sql)?;
    if rows.len() != listed.len() || rows.is_empty() {
        return Err(format!("{} rows of {} changes", rows.len(), listed.len()));
    }
    for (row, change) in rows.iter().zip(listed) {
        let is_same = row["address"] == change["address"]
            && ["before", "after", "after_unknown"]
                .iter()
                .all(|side| row[side] == change["change"][side]);
        if !is_same {
            return Err(format!("{row} of {change}"));
        }
    }
    Ok(())
}
