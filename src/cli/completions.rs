//! `vault completions`

use clap::CommandFactory;

use super::error::CommandError;
use super::{Context, Vault};

/// Print the completions of a shell.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault completions bash > ~/.local/share/bash-completion/completions/vault\n  vault completions fish > ~/.config/fish/completions/vault.fish"
)]
pub struct CompletionsArgs {
    /// The shell.
    pub shell: clap_complete::Shell,
}

impl CompletionsArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Vault::command(), "vault", &mut script);
        let mut output = context.output(false);
        output.verbatim(&script)?;
        Ok(output.finish()?)
    }
}
