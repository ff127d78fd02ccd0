//! `depends_on` of Terraform before 0.12.15, as the config addresses that came after it.

use serde_json::Value;

use super::key::split_mode;
use crate::format::address::{Mode, ModulePath, ModuleStep, ResourceAddress};

/// What the `depends_on` of something in `module` names, as version 4 records dependencies: config
/// addresses from the root, sorted, each once.
///
/// Terraform forgets them in its upgrade, as it finds them again in the configuration; a state is
/// all that sgq has. They are relative to the module, and may name all instances
/// (`aws_instance.web.*`) or one (`aws_instance.web.0`, `aws_instance.web[0]`). `module.vpc` stands
/// for the whole of that module and becomes its path, `module.app.module.vpc`. What names neither
/// is left out.
pub(in crate::format) fn config_addresses(
    module: &ModulePath,
    depends_on: &[Value],
) -> Vec<String> {
    let texts = depends_on.iter().filter_map(Value::as_str);
    let mut addresses: Vec<String> = texts
        .filter_map(|text| config_address(module, text))
        .collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

fn config_address(module: &ModulePath, text: &str) -> Option<String> {
    let (mode, text) = split_mode(text);
    let mut parts = text.split(['.', '[']);
    let (first, name) = (parts.next()?, parts.next()?);
    if !is_identifier(first) || !is_identifier(name) {
        return None;
    }
    if mode == Mode::Managed && first == "module" {
        let mut path = module.clone();
        path.0.push(ModuleStep {
            name: name.to_owned(),
            key: None,
        });
        return Some(path.to_string());
    }
    let address = ResourceAddress {
        module: module.clone(),
        mode,
        type_name: first.to_owned(),
        name: name.to_owned(),
    };
    Some(address.to_string())
}

/// Letters, digits, `_` and `-`: what keeps free text from passing for an address.
fn is_identifier(text: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    !text.is_empty() && text.chars().all(is_part)
}
