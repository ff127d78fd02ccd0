//! The whole program as its users meet it: every test runs the binary in a folder of its own and
//! compares what it prints, standard output, standard error and exit code together.

#[path = "cli/diff.rs"]
mod diff;
#[path = "cli/documents.rs"]
mod documents;
#[cfg(unix)]
#[path = "cli/drift.rs"]
mod drift;
#[path = "cli/errors.rs"]
mod errors;
#[path = "cli/formats.rs"]
mod formats;
#[path = "cli/gaps.rs"]
mod gaps;
#[path = "cli/graph.rs"]
mod graph;
#[path = "cli/history.rs"]
mod history;
#[path = "cli/locks.rs"]
mod locks;
#[path = "cli/memory.rs"]
mod memory;
#[path = "cli/names.rs"]
mod names;
#[path = "cli/out.rs"]
mod out;
#[path = "cli/place.rs"]
mod place;
#[path = "cli/plans.rs"]
mod plans;
#[path = "cli/queries.rs"]
mod queries;
#[path = "cli/remote_states.rs"]
mod remote_states;
#[path = "support/repository.rs"]
mod repository;
#[path = "cli/resource_types.rs"]
mod resource_types;
#[path = "cli/run.rs"]
mod run;
#[path = "cli/running.rs"]
mod running;
#[path = "cli/secrets.rs"]
mod secrets;
#[path = "cli/settings.rs"]
mod settings;
#[path = "cli/sources.rs"]
mod sources;
#[path = "cli/statements.rs"]
mod statements;
#[path = "cli/threads.rs"]
mod threads;
#[path = "cli/versions.rs"]
mod versions;
