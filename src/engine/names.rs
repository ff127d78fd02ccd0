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

/// The name nearest to `wrong`, where one is near enough to be meant; capitals tell only between
/// names that are as near.
pub fn closest<'n>(wrong: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let as_written = wrong;
    let wrong = wrong.to_lowercase();
    let distance = |name: &str| strsim::damerau_levenshtein(&wrong, &name.to_lowercase());
    let length = wrong.chars().count();
    // One letter of two is half the name, and one of one is another name.
    let allowed = (length / 3).max(usize::from(length > 1));
    let near = |name: &&str| distance(name) <= allowed || is_part(&wrong, name);
    names.into_iter().filter(near).min_by_key(|name| {
        let exact = strsim::damerau_levenshtein(as_written, name);
        (distance(name), exact, *name)
    })
}

/// A name as a statement has to spell it: in quotes unless it is a plain one in lower case.
pub fn identifier(name: &str) -> String {
    let mut chars = name.chars();
    let is_start = |c: char| c.is_ascii_lowercase() || c == '_';
    let is_plain =
        chars.next().is_some_and(is_start) && chars.all(|c| is_start(c) || c.is_ascii_digit());
    match is_plain {
        true => name.to_owned(),
        false => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

/// A table's name as it is written, without the schema that all tables are in.
pub fn unqualified(written: &str) -> &str {
    let in_catalog = without(written, CATALOG).unwrap_or(written);
    without(in_catalog, SCHEMA).unwrap_or(written)
}

/// What follows a qualifier and its dot.
fn without<'w>(written: &'w str, qualifier: &str) -> Option<&'w str> {
    let (start, rest) = written.split_at_checked(qualifier.len())?;
    let is_it = start.eq_ignore_ascii_case(qualifier);
    rest.strip_prefix('.').filter(|_| is_it)
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

    #[test]
    fn of_names_as_near_the_one_in_the_same_case_is_closest() {
        let names = ["MYTYPE", "My_Type", "mytype"];
        assert_eq!(closest("mytyp", names), Some("mytype"));
        assert_eq!(closest("MYTYP", names), Some("MYTYPE"));
    }

    #[test]
    fn names_are_quoted_where_they_must() {
        assert_eq!(identifier("plain_1"), "plain_1");
        assert_eq!(identifier("Ab\"c"), "\"Ab\"\"c\"");
        assert_eq!(identifier("1a"), "\"1a\"");
        assert_eq!(identifier(""), "\"\"");
    }

    #[test]
    fn a_table_may_be_named_with_its_schema() {
        assert_eq!(unqualified("public.a"), "a");
        assert_eq!(unqualified("SGQ.Public.\"A\""), "\"A\"");
        for other in ["a", "public", "publicity.a", "sgq.a", "other.public.a"] {
            assert_eq!(unqualified(other), other);
        }
    }
}
