//! `.terraform.lock.hcl`: the providers that `terraform init` chose.
//!
//! Source: Terraform `internal/depsfile/locks_file.go`.

/// A provider as a lock file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedProvider {
    /// Its source address.
    pub source: String,
    /// The version that was chosen.
    pub version: Option<String>,
    /// The versions that the configuration allows.
    pub constraints: Option<String>,
    /// How many checksums of its packages are recorded.
    pub hash_count: usize,
}

/// The providers of a lock file, in its order; lines that are not understood are passed over.
pub fn locked_providers(text: &str) -> Vec<LockedProvider> {
    let mut providers: Vec<LockedProvider> = Vec::new();
    let mut is_in_block = false;
    let mut is_in_hashes = false;
    for line in text.lines().map(str::trim) {
        if let Some(source) = line.strip_prefix("provider").and_then(quoted) {
            providers.push(LockedProvider {
                source: source.to_owned(),
                version: None,
                constraints: None,
                hash_count: 0,
            });
            is_in_block = true;
            continue;
        }
        let Some(provider) = providers.last_mut().filter(|_| is_in_block) else {
            continue;
        };
        if is_in_hashes || line.starts_with("hashes") {
            provider.hash_count += line.matches('"').count() / 2;
            is_in_hashes = !line.contains(']');
        } else if line.starts_with('}') {
            is_in_block = false;
        } else if let Some((name, value)) = line.split_once('=') {
            let value = quoted(value).map(str::to_owned);
            match name.trim() {
                "version" => provider.version = value,
                "constraints" => provider.constraints = value,
                _ => {}
            }
        }
    }
    providers
}

/// The text between the first two quotes.
fn quoted(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once('"')?;
    rest.split_once('"').map(|(text, _)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_are_read_with_their_versions() {
        let text = "# This file is maintained automatically by \"terraform init\".\n\n\
            provider \"registry.terraform.io/hashicorp/null\" {\n  version     = \"3.2.1\"\n  \
            constraints = \"~> 3.0, < 4.0\"\n  hashes = [\n    \"h1:a=\",\n    \"zh:b\",\n  ]\n}\n\
            provider \"registry.opentofu.org/x/y\" {\n  version = \"1.0.0\"\n}\n";
        let provider =
            |source: &str, version: &str, constraints: Option<&str>, hash_count| LockedProvider {
                source: source.to_owned(),
                version: Some(version.to_owned()),
                constraints: constraints.map(str::to_owned),
                hash_count,
            };
        assert_eq!(
            locked_providers(text),
            [
                provider(
                    "registry.terraform.io/hashicorp/null",
                    "3.2.1",
                    Some("~> 3.0, < 4.0"),
                    2
                ),
                provider("registry.opentofu.org/x/y", "1.0.0", None, 0),
            ]
        );
        assert_eq!(locked_providers("provider {\nversion = 1"), []);
    }
}
