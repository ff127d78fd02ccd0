//! Writes the sample states: the Terraform and OpenTofu states of Harbor, a small company.
//!
//! `cargo run --example generate-sample-states [DIR]` writes them into `DIR`, by default the folder
//! `sample-states` of the project. The bytes are the same in every run: ids come from a hash of what
//! they name, and there is no clock. What is in the samples, and what is odd about it, is told in
//! `README.md` beside this file.
//!
//! Values come from [`state`], which knows how a state is written; one module for each group of
//! stacks says what the company has.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

#[path = "generate/aws.rs"]
mod aws;
#[path = "generate/aws_compute.rs"]
mod aws_compute;
#[path = "generate/aws_identity.rs"]
mod aws_identity;
#[path = "generate/aws_network.rs"]
mod aws_network;
#[path = "generate/aws_storage.rs"]
mod aws_storage;
#[path = "generate/data_lake.rs"]
mod data_lake;
#[path = "generate/data_warehouse.rs"]
mod data_warehouse;
#[path = "generate/ids.rs"]
mod ids;
#[path = "generate/legacy.rs"]
mod legacy;
#[path = "generate/platform_cluster.rs"]
mod platform_cluster;
#[path = "generate/platform_global.rs"]
mod platform_global;
#[path = "generate/platform_network.rs"]
mod platform_network;
#[path = "generate/remote.rs"]
mod remote;
#[path = "generate/secrets.rs"]
mod secrets;
#[path = "generate/shop_app.rs"]
mod shop_app;
#[path = "generate/shop_payments.rs"]
mod shop_payments;
#[path = "generate/state.rs"]
mod state;

#[allow(unused_imports, reason = "tests read them, the program does not")]
pub use secrets::{SECRETS, UNMARKED_SECRETS};

/// Every file of the samples but the README: its path in the folder, with `/`, and its bytes.
pub fn files() -> Vec<(String, Vec<u8>)> {
    // Producers before the states that read them.
    let network_dev = platform_network::dev();
    let network_staging = platform_network::staging();
    let network_prod = platform_network::prod();
    let dns = platform_global::dns(&shop_app::place("prod"));
    let lake = data_lake::lake();
    let warehouse = data_warehouse::prod(&network_prod, &lake);
    let cart = shop_app::preview("feature-cart", 9, &network_dev);
    let states = [
        platform_cluster::staging(&network_staging),
        platform_cluster::prod(&network_prod),
        platform_global::identity(),
        data_warehouse::staging(&network_staging),
        data_lake::ingest(),
        shop_app::dev(&network_dev),
        shop_app::preview("pr-1412", 2, &network_dev),
        shop_app::smoke(&cart),
        shop_app::staging(&network_staging),
        shop_app::prod(&network_prod),
        shop_payments::prod(&warehouse, &dns),
        network_dev,
        network_staging,
        network_prod,
        dns,
        lake,
        warehouse,
        cart,
    ];
    let mut files: Vec<(String, Vec<u8>)> = states
        .iter()
        .map(|state| (state.path().to_owned(), state.to_bytes()))
        .collect();
    files.push(legacy::vpn());
    files.push(legacy::vault());
    files.push(("sgq.toml".to_owned(), include_bytes!("sgq.toml").to_vec()));
    files.sort();
    files
}

/// Writes all files below `folder`.
fn write(folder: &Path) -> io::Result<()> {
    for (path, bytes) in files() {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, bytes)?;
    }
    Ok(())
}

#[allow(dead_code, reason = "a test includes this file as a module")]
fn main() -> ExitCode {
    let folder = env::args_os().nth(1).map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-states"),
        PathBuf::from,
    );
    match write(&folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!(
                "cannot write the sample states into {}: {error}",
                folder.display()
            );
            ExitCode::FAILURE
        }
    }
}
