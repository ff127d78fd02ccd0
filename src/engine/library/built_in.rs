//! The views and reports of sgq's own: the files of `queries/`, which are part of the binary.

use super::report::Report;
use super::view::View;

/// Names and texts of the files of a folder.
macro_rules! files {
    ($folder:literal: $($name:literal)*) => {
        &[$((
            $name,
            include_str!(concat!("../../../queries/", $folder, "/", $name, ".sql")),
        )),*]
    };
}

/// The views, in the order in which they are listed.
const VIEWS: &[(&str, &str)] = files!("views":
    "workspaces"
    "tf_versions"
    "provider_usage"
    "module_usage"
    "output_consumers"
    "blame"
);

/// The reports, in the order in which they are listed.
const REPORTS: &[(&str, &str)] = files!("reports":
    "workspace-overview"
    "resources-by-type"
    "resources-by-provider"
    "resources-by-module"
    "largest-states"
    "terraform-versions"
    "provider-inventory"
    "module-usage"
    "state-dependencies"
    "stale-remote-state"
    "unresolved-remote-state"
    "duplicate-ownership"
    "unread-outputs"
    "open-ingress"
    "public-buckets"
    "unencrypted-storage"
    "iam-wildcards"
    "default-vpc-use"
    "secrets-in-state"
    "untagged-resources"
    "tainted-and-deposed"
    "failing-checks"
    "change-risk"
    "load-errors"
    "stale-lock"
    "environment-differences"
    "dependency-hotspots"
    "leaf-resources"
    "blame"
    "gaps"
);

/// The built-in reports.
pub fn reports() -> Vec<Report> {
    let parsed = REPORTS.iter().map(|(name, text)| Report::parse(name, text));
    parsed.filter_map(Result::ok).collect()
}

/// The built-in views.
pub fn views() -> Vec<View> {
    let parsed = VIEWS.iter().map(|(name, text)| View::parse(name, text));
    parsed.filter_map(Result::ok).collect()
}

/// The names of the built-in views.
pub(in crate::engine) fn view_names() -> impl Iterator<Item = &'static str> {
    VIEWS.iter().map(|(name, _)| *name)
}

/// The text of a built-in view.
pub(in crate::engine) fn view_text(name: &str) -> Option<&'static str> {
    let view = VIEWS.iter().find(|(view, _)| *view == name);
    view.map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn in_folder(folder: &str) -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("queries")
            .join(folder);
        let files = std::fs::read_dir(folder).unwrap();
        files
            .map(|file| {
                let path = file.unwrap().path();
                assert_eq!(path.extension().unwrap(), "sql", "{}", path.display());
                path.file_stem().unwrap().to_string_lossy().into_owned()
            })
            .collect()
    }

    fn listed(files: &[(&str, &str)]) -> BTreeSet<String> {
        files.iter().map(|(name, _)| (*name).to_owned()).collect()
    }

    #[test]
    fn every_file_is_listed() {
        assert_eq!(in_folder("views"), listed(VIEWS));
        assert_eq!(in_folder("reports"), listed(REPORTS));
    }

    #[test]
    fn every_report_tells_what_it_answers_and_what_to_do() {
        for (name, text) in REPORTS {
            let report =
                Report::parse(name, text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_ne!(&report.title, name);
            let answers = report
                .answers
                .unwrap_or_else(|| panic!("{name} answers nothing"));
            assert!(answers.ends_with('?'), "{name}: {answers}");
            let action = report
                .action
                .unwrap_or_else(|| panic!("{name} has no action"));
            assert!(action.ends_with('.'), "{name}: {action}");
            for param in report.params {
                assert!(param.default.is_some(), "{name} needs {}", param.name);
            }
        }
    }

    #[test]
    fn every_view_tells_of_its_rows_and_columns() {
        for (name, text) in VIEWS {
            let view = View::parse(name, text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(view.about.ends_with('.'), "{name}");
            assert!(!view.columns.is_empty(), "{name}");
            for column in view.columns {
                assert!(column.about.ends_with('.'), "{name}.{}", column.name);
            }
        }
    }
}
