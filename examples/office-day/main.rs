//! An office's day: `cargo run --release --example office-day` drives the real `vault` on a terminal
//! of its own, types the passphrases and prints the session as it goes.
//!
//! With `VAULT_TEST_DATA` set, its folder's `customers/northwind*.csv` are imported instead of
//! `examples/customers*.csv`.

#[path = "../../tests/support/pty.rs"]
mod pty;
mod story;

use std::error::Error;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let told = program().and_then(|vault| story::tell(&vault, &mut std::io::stdout()));
    match told {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\noffice-day: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The `vault` beside this example, brought up to date: cargo builds no program for an example.
fn program() -> Result<PathBuf, Box<dyn Error>> {
    let example = std::env::current_exe()?;
    let profile = example.ancestors().nth(2).ok_or("this example lies in no target folder")?;
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--bin", "vault", "--manifest-path"]);
    cargo.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"));
    if profile.file_name() == Some(OsStr::new("release")) {
        cargo.arg("--release");
    }
    if let Some(target) = profile.parent() {
        cargo.arg("--target-dir").arg(target);
    }
    if !cargo.status()?.success() {
        return Err("vault could not be built".into());
    }
    Ok(profile.join("vault"))
}
