//! What states are called, from where they lie.

use std::collections::HashMap;

/// A state's name before it is made unique: its path under the source without `terraform.tfstate`
/// or `.tfstate`; the source's own name where nothing is left.
pub(super) fn plain_name(path: &str, source: &str) -> String {
    let name = match path.strip_suffix("terraform.tfstate") {
        Some(before) if before.is_empty() || before.ends_with('/') => before.trim_end_matches('/'),
        _ => path.strip_suffix(".tfstate").unwrap_or(path),
    };
    if name.is_empty() {
        source.to_owned()
    } else {
        name.to_owned()
    }
}

/// The workspace that a path tells: `terraform.tfstate.d/WS/` of local states, `env:/WS/` of S3,
/// `env:WS` at the end on Azure; else `default`.
///
/// Source: Terraform `internal/backend/local/backend.go`, `remote-state/s3`, `remote-state/azure`.
pub(super) fn workspace(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').collect();
    let below = |folder: &str| {
        let position = parts.iter().rposition(|part| *part == folder)?;
        parts
            .get(position + 1)
            .filter(|_| position + 2 < parts.len())
    };
    let azure = || {
        parts
            .last()?
            .rsplit_once(".tfstateenv:")
            .map(|(_, workspace)| workspace)
    };
    below("terraform.tfstate.d")
        .or_else(|| below("env:"))
        .copied()
        .or_else(azure)
        .unwrap_or("default")
        .to_owned()
}

/// What a name is made of.
pub(super) struct Naming<'a> {
    pub(super) plain: String,
    pub(super) source: &'a str,
    pub(super) path: &'a str,
    pub(super) uri: &'a str,
}

/// A name for each, none twice: the plain one, with the source's name before it where two collide,
/// then with the whole path, then the address itself.
pub(super) fn unique(namings: &[Naming<'_>]) -> Vec<String> {
    let spellings: [fn(&Naming<'_>) -> String; 4] = [
        |naming| naming.plain.clone(),
        |naming| format!("{}/{}", naming.source, naming.plain),
        |naming| format!("{}/{}", naming.source, naming.path),
        |naming| naming.uri.to_owned(),
    ];
    let mut names: Vec<String> = namings.iter().map(spellings[0]).collect();
    for spelling in &spellings[1..] {
        let mut uses: HashMap<&str, usize> = HashMap::new();
        names
            .iter()
            .for_each(|name| *uses.entry(name).or_default() += 1);
        let colliding: Vec<usize> = (0..names.len())
            .filter(|i| uses[names[*i].as_str()] > 1)
            .collect();
        if colliding.is_empty() {
            break;
        }
        colliding
            .into_iter()
            .for_each(|i| names[i] = spelling(&namings[i]));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_path_without_the_ending() {
        let cases = [
            ("shop/prod/terraform.tfstate", "shop/prod"),
            ("shop/prod.tfstate", "shop/prod"),
            ("terraform.tfstate", "src"),
            (
                "app/terraform.tfstate.d/dev/terraform.tfstate",
                "app/terraform.tfstate.d/dev",
            ),
            ("myterraform.tfstate", "myterraform"),
            ("state.json", "state.json"),
        ];
        for (path, name) in cases {
            assert_eq!(plain_name(path, "src"), name);
        }
    }

    #[test]
    fn the_path_tells_the_workspace() {
        let cases = [
            ("a/terraform.tfstate.d/dev/terraform.tfstate", "dev"),
            ("env:/prod/network/terraform.tfstate", "prod"),
            ("app.tfstateenv:blue", "blue"),
            ("a/terraform.tfstate", "default"),
            ("terraform.tfstate.d/x", "default"),
        ];
        for (path, expected) in cases {
            assert_eq!(workspace(path), expected, "{path}");
        }
    }

    #[test]
    fn colliding_names_are_told_apart() {
        let naming =
            |plain: &str, source: &'static str, path: &'static str, uri: &'static str| Naming {
                plain: plain.to_owned(),
                source,
                path,
                uri,
            };
        let names = unique(&[
            naming("a", "x", "a.tfstate", "/x/a.tfstate"),
            naming("a", "y", "a.tfstate", "/y/a.tfstate"),
            naming("b", "x", "b.tfstate", "/x/b.tfstate"),
            naming("c", "x", "c.tfstate", "/x/c.tfstate"),
            naming("c", "x", "c/terraform.tfstate", "/x/c/terraform.tfstate"),
        ]);
        assert_eq!(
            names,
            ["x/a", "y/a", "b", "x/c.tfstate", "x/c/terraform.tfstate"]
        );
    }
}
