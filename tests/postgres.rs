//! sgq and PostgreSQL: every test runs against a server of its own.

#![cfg(unix)]

#[path = "postgres/backend.rs"]
mod backend;
#[path = "postgres/connections.rs"]
mod connections;
#[path = "postgres/live.rs"]
mod live;
#[path = "cli/place.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod place;
#[path = "support/postgres.rs"]
mod server;
#[path = "support/terminal.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod terminal;
#[path = "postgres/terraform.rs"]
mod terraform;
