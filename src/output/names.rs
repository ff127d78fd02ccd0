//! Column names made unique, for formats that address columns by name.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};

/// The names in order, each later duplicate with the first free suffix `_2`, `_3`, ...
///
/// A name that stands in the list by itself is never given to a duplicate: `a, a, a_2` becomes
/// `a, a_3, a_2`.
pub(super) fn unique<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let names: Vec<&str> = names.collect();
    let mut taken: HashSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut seen = HashSet::new();
    names
        .into_iter()
        .map(|name| {
            if seen.insert(name) {
                return name.to_owned();
            }
            let free = (2u64..)
                .map(|n| format!("{name}_{n}"))
                .find(|candidate| !taken.contains(candidate))
                .unwrap_or_default();
            taken.insert(free.clone());
            free
        })
        .collect()
}

/// The schema with unique top-level column names; types and metadata unchanged.
pub(super) fn unique_schema(schema: &SchemaRef) -> SchemaRef {
    let names = unique(schema.fields().iter().map(|field| field.name().as_str()));
    let fields: Vec<Arc<Field>> = schema
        .fields()
        .iter()
        .zip(names)
        .map(|(field, name)| {
            if *field.name() == name {
                Arc::clone(field)
            } else {
                Arc::new(field.as_ref().clone().with_name(name))
            }
        })
        .collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_names_stay() {
        assert_eq!(unique(["a", "b"].into_iter()), ["a", "b"]);
    }

    #[test]
    fn later_duplicates_get_a_number() {
        assert_eq!(
            unique(["a", "a", "b", "a"].into_iter()),
            ["a", "a_2", "b", "a_3"]
        );
    }

    #[test]
    fn a_number_never_takes_another_columns_name() {
        assert_eq!(unique(["a", "a", "a_2"].into_iter()), ["a", "a_3", "a_2"]);
    }
}
