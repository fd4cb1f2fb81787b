//! `vault init`

use indicatif::HumanBytes;

use super::Context;
use super::circumstances::{refused_for_network, unconfined};
use super::error::{CommandError, Kind};
use super::new_passphrase::{Sheet, new_passphrase, recovery_sheet};
use super::terminal::Terminal;
use crate::machine::memory;
use crate::machine::sandbox::Calls;
use crate::sealed::passphrase::WorkFactor;
use crate::store::roster::PolicyChange;
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
    pub network: StrictnessArg,
    /// What to do where the kernel can't keep vault from networks and other programs: refuse, or only warn.
    #[arg(long, value_name = "refuse|warn", hide_possible_values = true, default_value = "refuse")]
    pub sandbox: StrictnessArg,
    /// log2 of the passphrases' cost, from 17 to 20 [default: 18, about a second].
    #[arg(long, value_name = "17..20", value_parser = clap::value_parser!(u8).range(17..=20))]
    pub work_factor: Option<u8>,
    /// Make no recovery sheet: a forgotten passphrase can then not be helped.
    #[arg(long)]
    pub no_recovery: bool,
}

/// `--network`, `--sandbox`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum StrictnessArg {
    /// Nobody unlocks the store then.
    Refuse,
    /// A warning, for trying things out.
    Warn,
}

impl From<StrictnessArg> for Strictness {
    fn from(given: StrictnessArg) -> Self {
        match given {
            StrictnessArg::Refuse => Self::Refuse,
            StrictnessArg::Warn => Self::Warn,
        }
    }
}

impl InitArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let owner = self.owner(context)?;
        let work_factor = self.work_factor(context)?;
        let root = context.store_folder()?;
        if root.symlink_metadata().is_ok() {
            return Err(InitError::Exists { path: root }.into());
        }
        let policy = self.policy(context)?;
        let founding = Founding::new(owner.clone(), !self.no_recovery, policy, &context.surroundings)?;
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

    /// What the store is to be strict about; the machine is held against it at once.
    fn policy(&self, context: &Context) -> Result<PolicyChange, CommandError> {
        let (network, sandbox) = (Strictness::from(self.network), Strictness::from(self.sandbox));
        match (context.network(), network) {
            (Some(found), Strictness::Refuse) => return Err(refused_for_network(&found)),
            (Some(found), Strictness::Warn) => context.warn(&format!("this machine is networked: {found}")),
            (None, _) => {}
        }
        match (&context.confinement.calls, sandbox) {
            (Calls::Open(why), Strictness::Refuse) => {
                return Err(unconfined(why).hint("or make the store with `vault init --sandbox warn`"));
            }
            (Calls::Open(why), Strictness::Warn) => context.warn(unconfined(why).message()),
            (Calls::Refused, _) => {}
        }
        // As strict as can be goes without saying, but for networks, which every store says.
        let sandbox = (sandbox == Strictness::Warn).then_some(sandbox);
        Ok(PolicyChange { network: Some(network), sandbox, ..PolicyChange::default() })
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
