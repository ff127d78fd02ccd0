//! `sgq`: SQL over Terraform and OpenTofu state.

use std::process::ExitCode;

fn main() -> ExitCode {
    sgq::cli::main()
}
