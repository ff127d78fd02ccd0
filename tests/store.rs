//! The store in PostgreSQL: every test runs against a server of its own.

#![cfg(unix)]

#[path = "store/again.rs"]
mod again;
#[path = "store/capture.rs"]
mod capture;
#[path = "store/commands.rs"]
mod commands;
#[path = "store/concurrent.rs"]
mod concurrent;
#[path = "store/desk.rs"]
mod desk;
#[path = "store/export.rs"]
mod export;
#[path = "store/grants.rs"]
mod grants;
#[path = "store/hidden.rs"]
mod hidden;
#[path = "store/import.rs"]
mod import;
#[path = "store/live.rs"]
mod live;
#[path = "store/meeting.rs"]
mod meeting;
#[path = "cli/place.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod place;
#[path = "store/readme.rs"]
mod readme;
#[path = "support/repository.rs"]
mod repository;
#[path = "store/round_trip.rs"]
mod round_trip;
#[path = "store/secrets.rs"]
mod secrets;
#[path = "support/postgres.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod server;
#[path = "store/source.rs"]
mod source;
#[path = "support/terminal.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod terminal;
#[path = "store/verify.rs"]
mod verify;
