//! `modules.json`: where `terraform init` got the modules from.
//!
//! Source: Terraform `internal/modsdir/manifest.go`, `internal/plans/planfile/config_snapshot.go`.

use serde_json::Value;

use crate::format::address::{ModulePath, ModuleStep};
use crate::format::redact::without_credentials;

/// A module call and where its module came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleSource {
    /// The names of the calls that lead to it, with dots between them; empty for the root module.
    pub key: String,
    /// Where it came from, without credentials.
    pub source: Option<String>,
    /// The version that was chosen, of a registry's module.
    pub version: Option<String>,
    /// The folder that it was put into.
    pub dir: Option<String>,
}

impl ModuleSource {
    /// The path of the module calls; `None` for the root module.
    pub fn path(&self) -> Option<ModulePath> {
        let steps = self.key.split('.').filter(|name| !name.is_empty());
        let steps = steps.map(|name| ModuleStep {
            name: name.to_owned(),
            key: None,
        });
        Some(ModulePath(steps.collect())).filter(|path| !path.is_root())
    }
}

/// The modules of a manifest, in its order: that of a working directory, an object with a list of
/// `Modules`, or that of a plan, the list itself. What is neither gives none.
pub fn module_sources(text: &str) -> Vec<ModuleSource> {
    let Ok(manifest) = serde_json::from_str::<Value>(text) else {
        return Vec::new();
    };
    let modules = match &manifest {
        Value::Object(manifest) => manifest.get("Modules"),
        list => Some(list),
    };
    let modules = modules.and_then(Value::as_array).into_iter().flatten();
    let text = |module: &Value, name: &str| {
        let text = module.get(name)?.as_str()?;
        (!text.is_empty()).then(|| text.to_owned())
    };
    modules
        .filter(|module| module.is_object())
        .map(|module| ModuleSource {
            key: text(module, "Key").unwrap_or_default(),
            source: text(module, "Source").map(|source| without_credentials(&source)),
            version: text(module, "Version"),
            dir: text(module, "Dir"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_manifests_are_read_and_credentials_are_left_out() {
        let list = r#"[{"Key": "", "Dir": "."},
            {"Key": "net.vpc", "Source": "registry.terraform.io/a/vpc/aws", "Version": "5.1.0", "Dir": "m/net.vpc"},
            {"Key": "app", "Source": "git::https://me:s3cretToken@host/x.git?ref=v1", "Dir": "m/app"}]"#;
        let modules = module_sources(list);
        assert_eq!(modules, module_sources(&format!("{{\"Modules\": {list}}}")));
        assert_eq!(modules[0].key, "");
        assert_eq!(modules[0].path(), None);
        assert_eq!(modules[1].version.as_deref(), Some("5.1.0"));
        let path = modules[1].path().unwrap().to_string();
        assert_eq!(path, "module.net.module.vpc");
        assert_eq!(
            modules[2].source.as_deref(),
            Some("git::https://(sensitive)@host/x.git?ref=v1")
        );
        assert_eq!(module_sources("[1, {}]").len(), 1);
        assert_eq!(module_sources("x"), []);
    }
}
