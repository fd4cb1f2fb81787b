//! `vault init`

use indicatif::HumanBytes;

use super::Context;
use super::error::{CommandError, Kind};
use super::new_passphrase::{Sheet, new_passphrase, recovery_sheet};
use super::terminal::Terminal;
use super::unlock::refused_for_network;
use crate::machine::memory;
use crate::sealed::passphrase::WorkFactor;
use crate::store::{Founding, InitError, Name, Strictness};

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

impl InitArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let owner = self.owner(context)?;
        let work_factor = self.work_factor(context)?;
        let root = context.store_folder()?;
        if root.symlink_metadata().is_ok() {
            return Err(InitError::Exists { path: root }.into());
        }
        let network = match self.network {
            NetworkPolicy::Refuse => Strictness::Refuse,
            NetworkPolicy::Warn => Strictness::Warn,
        };
        match (context.network(), network) {
            (Some(found), Strictness::Refuse) => return Err(refused_for_network(&found)),
            (Some(found), Strictness::Warn) => context.warn(&format!("this machine is networked: {found}")),
            (None, _) => {}
        }
        let founding = Founding::new(owner.clone(), !self.no_recovery, network, &context.surroundings)?;
        let terminal = Terminal::open()?;
        if self.no_recovery {
            context.warn("without a recovery sheet a forgotten passphrase can't be helped by anybody");
        }
        let passphrase = new_passphrase(context, &terminal, &owner, &[], None)?;
        let recovery = if self.no_recovery {
            None
        } else {
            Some(recovery_sheet(context, &terminal, &founding.store_id().to_string(), Sheet::First)?)
        };
        founding.create(&root, &passphrase, recovery.as_ref(), work_factor)?;
        context.say(&format!("the store {} is made, and {owner} owns it", root.display()));
        context.say("next, `vault group create NAME` makes a group of customers");
        Ok(())
    }

    fn owner(&self, context: &Context) -> Result<Name, CommandError> {
        match &self.owner {
            Some(name) => Ok(name.parse::<Name>()?),
            None => context.surroundings.os_user.parse().map_err(|error: crate::store::InvalidName| {
                CommandError::of(Kind::Usage, &error)
                    .hint("your login name is none: name the owner with --owner NAME")
            }),
        }
    }

    /// A cost that this machine could not pay would lock everybody out.
    fn work_factor(&self, context: &Context) -> Result<WorkFactor, CommandError> {
        let usual = context.surroundings.work_factor;
        let wanted = self.work_factor.map_or(Some(usual), WorkFactor::new).unwrap_or(usual);
        match memory::available(&context.surroundings.system_root) {
            Some(free) if free < wanted.memory() => {
                let (need, free) = (HumanBytes(wanted.memory()), HumanBytes(free));
                let message =
                    format!("each unlocking needs {need} of memory, and this machine has {free} to spare");
                Err(CommandError::new(Kind::Failed, message)
                    .hint("give a lower --work-factor, or close other programs"))
            }
            _ => Ok(wanted),
        }
    }
}
