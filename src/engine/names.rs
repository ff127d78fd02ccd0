//! The names of tables, and the closest real name to one that does not exist.

use datafusion::prelude::SessionContext;

use super::session::{CATALOG, SCHEMA};

/// The tables and views that a statement can name, in alphabetical order.
pub(super) fn of_tables(context: &SessionContext) -> Vec<String> {
    let schema = context
        .catalog(CATALOG)
        .and_then(|catalog| catalog.schema(SCHEMA));
    schema
        .map(|schema| schema.table_names())
        .unwrap_or_default()
}

/// The name nearest to `wrong`, where one is near enough to be meant.
pub fn closest<'n>(wrong: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let wrong = wrong.to_lowercase();
    let distance = |name: &str| strsim::damerau_levenshtein(&wrong, &name.to_lowercase());
    let length = wrong.chars().count();
    // One letter of two is half the name, and one of one is another name.
    let allowed = (length / 3).max(usize::from(length > 1));
    let near = |name: &&str| distance(name) <= allowed || is_part(&wrong, name);
    names
        .into_iter()
        .filter(near)
        .min_by_key(|name| (distance(name), *name))
}

/// Whether one name is the other with something added: `instance` and `instances`.
fn is_part(wrong: &str, name: &str) -> bool {
    wrong.len() >= 4 && name.len() >= 4 && (name.starts_with(wrong) || wrong.starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let names = ["address", "attributes", "instances", "state"];
        assert_eq!(closest("adress", names), Some("address"));
        assert_eq!(closest("instance", names), Some("instances"));
        assert_eq!(closest("STATE", names), Some("state"));
        assert_eq!(closest("attr", names), Some("attributes"));
        assert_eq!(closest("zebra", names), None);
        assert_eq!(closest("x", ["i", "s"]), None);
        assert_eq!(closest("S", ["i", "s"]), Some("s"));
    }
}
