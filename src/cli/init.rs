//! `vault init`

/// Make a new store, its first owner and the recovery sheet.
///
/// The owner types a new passphrase twice at the terminal. Then the terminal shows the recovery
/// sheet's passphrase once, to be written on paper, and asks for it back.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault init --owner olga\n  vault --store /media/office/store init --owner olga --work-factor 19"
)]
pub struct InitArgs {
    /// The first owner's name [default: your login name].
    #[arg(long, value_name = "NAME")]
    pub owner: Option<String>,
    /// What to do when the machine has a network: refuse, or only warn.
    #[arg(long, value_name = "refuse|warn", hide_possible_values = true, default_value = "refuse")]
    pub network: NetworkPolicy,
    /// log2 of the passphrases' cost, from 17 to 20 [default: 18, about a second].
    #[arg(long, value_name = "17..20", value_parser = clap::value_parser!(u8).range(17..=20))]
    pub work_factor: Option<u8>,
    /// Make no recovery sheet: a forgotten passphrase can then not be helped.
    #[arg(long)]
    pub no_recovery: bool,
}

/// `--network`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum NetworkPolicy {
    /// Nobody unlocks the store while a network is near.
    Refuse,
    /// A warning, for trying things out.
    Warn,
}
