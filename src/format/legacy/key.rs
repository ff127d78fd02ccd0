//! The names that resources go by in versions 1 to 3: `type.name`, `type.name.N`,
//! `data.type.name`, `data.type.name.N`.

use crate::format::address::{InstanceKey, Mode, ModulePath, ResourceAddress};

/// The address and index that a key of `resources` stands for.
///
/// Where Terraform refuses a key with too many parts, all but a last number are the name; a key of
/// one part is a name, its type the one that the entry records.
///
/// Source: Terraform `internal/states/statefile/version3_upgrade.go`, `parseLegacyResourceAddress`.
pub(super) fn parse(
    module: &ModulePath,
    key: &str,
    recorded_type: Option<&str>,
) -> (ResourceAddress, Option<InstanceKey>) {
    let (mode, key) = split_mode(key);
    let (type_name, rest) = key
        .split_once('.')
        .unwrap_or((recorded_type.unwrap_or_default(), key));
    let indexed = rest
        .rsplit_once('.')
        .and_then(|(name, index)| Some((name, index.parse().ok()?)));
    let (name, index) = match indexed {
        Some((name, index)) => (name, Some(InstanceKey::Int(index))),
        None => (rest, None),
    };
    let address = ResourceAddress {
        module: module.clone(),
        mode,
        type_name: type_name.to_owned(),
        name: name.to_owned(),
    };
    (address, index)
}

/// A data source has `data.` before its type and name; `data.name` is of the type `data`.
pub(super) fn split_mode(key: &str) -> (Mode, &str) {
    match key.strip_prefix("data.") {
        Some(rest) if rest.contains('.') => (Mode::Data, rest),
        _ => (Mode::Managed, key),
    }
}
