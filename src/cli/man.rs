//! `vault man`

use std::path::PathBuf;

use clap::CommandFactory;

use super::Vault;
use super::error::{CommandError, Kind};

/// Write the manual pages into a folder.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault man ~/.local/share/man/man1\n  vault man /usr/local/share/man/man1"
)]
pub struct ManArgs {
    /// The folder; it is made when missing.
    pub dir: PathBuf,
}

impl ManArgs {
    pub(super) fn run(&self) -> Result<(), CommandError> {
        std::fs::create_dir_all(&self.dir)
            .and_then(|()| clap_mangen::generate_to(Vault::command(), &self.dir))
            .map_err(|error| {
                let folder = self.dir.display();
                CommandError::new(Kind::Failed, format!("cannot write manual pages into {folder}: {error}"))
            })
    }
}
