//! Who writes to the store, as the arguments, the CI system and the repository tell.

use std::path::Path;

use super::args::Why;
use crate::source::{Checkout, checkout};
use crate::store::Authorship;

/// The variables in which a CI system tells of a run, each the first that is set.
///
/// Sources: the documentation of GitHub Actions (variables), GitLab CI (predefined variables), Jenkins
/// (environment variables), Azure Pipelines (predefined variables), CircleCI (built-in variables), Buildkite
/// (environment variables), Bitbucket Pipelines (variables and secrets).
struct Variables {
    author: &'static [&'static str],
    commit: &'static [&'static str],
    branch: &'static [&'static str],
    repository: &'static [&'static str],
    run: &'static [&'static str],
}

const VARIABLES: Variables = Variables {
    author: &[
        "GITHUB_ACTOR",
        "GITLAB_USER_LOGIN",
        "BUILD_REQUESTEDFOR",
        "CIRCLE_USERNAME",
        "BUILDKITE_BUILD_CREATOR",
        "BUILD_USER",
    ],
    commit: &[
        "GITHUB_SHA",
        "CI_COMMIT_SHA",
        "GIT_COMMIT",
        "BUILD_SOURCEVERSION",
        "CIRCLE_SHA1",
        "BUILDKITE_COMMIT",
        "BITBUCKET_COMMIT",
    ],
    branch: &[
        "GITHUB_HEAD_REF",
        "GITHUB_REF_NAME",
        "CI_COMMIT_REF_NAME",
        "GIT_BRANCH",
        "BUILD_SOURCEBRANCHNAME",
        "CIRCLE_BRANCH",
        "BUILDKITE_BRANCH",
        "BITBUCKET_BRANCH",
    ],
    repository: &[
        "CI_PROJECT_URL",
        "GIT_URL",
        "BUILD_REPOSITORY_URI",
        "CIRCLE_REPOSITORY_URL",
        "BUILDKITE_REPO",
        "BITBUCKET_GIT_HTTP_ORIGIN",
    ],
    run: &[
        "CI_JOB_URL",
        "CI_PIPELINE_URL",
        "BUILD_URL",
        "CIRCLE_BUILD_URL",
        "BUILDKITE_BUILD_URL",
    ],
};

/// Who writes, and why: what the arguments say counts first, then what the CI system tells, then the
/// repository that `folder` lies in.
pub(super) fn authorship(why: &Why, folder: &Path) -> Authorship {
    gathered(why, &variable, || checkout(folder))
}

/// The address of the repository that a path lies in, whether the path is still there or not; without
/// credentials.
pub(super) fn repository(path: &Path) -> Option<String> {
    let folder = path.ancestors().find(|folder| folder.is_dir())?;
    let repository = checkout(folder)?.repository?;
    Some(without_credentials(&repository))
}

fn variable(name: &str) -> Option<String> {
    let text = std::env::var_os(name)?.to_string_lossy().into_owned();
    Some(text).filter(|text| !text.is_empty())
}

fn gathered(
    why: &Why,
    variable: &dyn Fn(&str) -> Option<String>,
    checkout: impl FnOnce() -> Option<Checkout>,
) -> Authorship {
    let first = |names: &[&str]| names.iter().find_map(|name| variable(name));
    let checkout = checkout().unwrap_or_default();
    let github = || {
        Some(format!(
            "{}/{}",
            variable("GITHUB_SERVER_URL")?,
            variable("GITHUB_REPOSITORY")?
        ))
    };
    let github_run = || {
        Some(format!(
            "{}/actions/runs/{}",
            github()?,
            variable("GITHUB_RUN_ID")?
        ))
    };
    let azure_run = || {
        Some(format!(
            "{}{}/_build/results?buildId={}",
            variable("SYSTEM_COLLECTIONURI")?,
            variable("SYSTEM_TEAMPROJECT")?,
            variable("BUILD_BUILDID")?
        ))
    };
    let author = why.author.clone().or_else(|| first(VARIABLES.author));
    Authorship {
        author: author.or(checkout.author),
        message: why.message.clone(),
        git_commit: first(VARIABLES.commit).or(checkout.commit),
        git_branch: first(VARIABLES.branch).or(checkout.branch),
        git_repository: github()
            .or_else(|| first(VARIABLES.repository))
            .or(checkout.repository)
            .map(|place| without_credentials(&place)),
        ci_run: github_run()
            .or_else(|| first(VARIABLES.run))
            .or_else(azure_run),
        tags: why.tags.clone(),
    }
}

/// An address without the user and password before its host.
fn without_credentials(place: &str) -> String {
    let Some((scheme, rest)) = place.split_once("://") else {
        return place.to_owned();
    };
    let host_ends = rest.find('/').unwrap_or(rest.len());
    match rest[..host_ends].rfind('@') {
        Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
        None => place.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_count_before_ci_and_ci_before_the_repository() {
        let why = Why {
            message: Some("grow".to_owned()),
            ..Why::default()
        };
        let variable = |name: &str| {
            let value = match name {
                "GITHUB_ACTOR" => "ada",
                "GITHUB_SERVER_URL" => "https://github.example",
                "GITHUB_REPOSITORY" => "org/infra",
                "GITHUB_RUN_ID" => "7",
                _ => return None,
            };
            Some(value.to_owned())
        };
        let here = || {
            Some(Checkout {
                author: Some("Bob <bob@example.com>".to_owned()),
                commit: Some("c0ffee".to_owned()),
                branch: Some("main".to_owned()),
                repository: Some("https://bob:hunter2@git.example/org/infra".to_owned()),
            })
        };
        let told = gathered(&why, &variable, here);
        assert_eq!(told.author.as_deref(), Some("ada"));
        assert_eq!(told.git_commit.as_deref(), Some("c0ffee"));
        assert_eq!(
            told.ci_run.as_deref(),
            Some("https://github.example/org/infra/actions/runs/7")
        );
        let told = gathered(&why, &|_| None, here);
        assert_eq!(told.author.as_deref(), Some("Bob <bob@example.com>"));
        assert_eq!(
            told.git_repository.as_deref(),
            Some("https://git.example/org/infra")
        );
    }
}
