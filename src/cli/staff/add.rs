//! `vault staff add`

use super::{hand_over, require_owner, with_article, words_of};
use crate::access_log::Role;
use crate::cli::Context;
use crate::cli::error::{CommandError, Kind};
use crate::cli::new_passphrase::new_passphrase;
use crate::cli::unlock::known_group;
use crate::cli::values;
use crate::store::name::RECOVERY;
use crate::store::roster::Fault;
use crate::store::{ChangeError, Login, Name, NewStaff, Store};

/// Enrol a person; they type a passphrase of their own at this terminal.
///
/// An owner manages people, groups and policy and does all that a clerk does; a clerk works on the records
/// of the groups that were granted; an auditor reads the access log and no record.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault staff add bea --role clerk --group private --full-name \"Beatriz Lund\"\n  vault staff add dana --role auditor"
)]
pub struct AddArgs {
    /// The name: a-z, 0-9 and -, at most 32 characters.
    pub name: String,
    /// What they may do: owner, clerk or auditor.
    #[arg(long, value_name = "ROLE", hide_possible_values = true)]
    pub role: RoleChoice,
    /// A group that a clerk may open; give it once for each.
    #[arg(long = "group", value_name = "G")]
    pub groups: Vec<String>,
    /// How they are called in full, in any script.
    #[arg(long, value_name = "TEXT", value_parser = values::full_name)]
    pub full_name: Option<String>,
}

/// `--role`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum RoleChoice {
    /// Manages people, groups and policy.
    Owner,
    /// Works on records.
    Clerk,
    /// Reads the access log.
    Auditor,
}

impl From<RoleChoice> for Role {
    fn from(choice: RoleChoice) -> Self {
        match choice {
            RoleChoice::Owner => Self::Owner,
            RoleChoice::Clerk => Self::Clerk,
            RoleChoice::Auditor => Self::Auditor,
        }
    }
}

impl AddArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let store = context.store()?;
        let new = self.checked(&store)?;
        let name = &new.name;
        let unlocked = context.unlock_for_the_office(store)?;
        require_owner(&unlocked.session, "add", name)?;
        unlocked.terminal.show(&hand_over(name))?;
        let known = words_of(new.full_name.as_deref());
        let passphrase = new_passphrase(context, &unlocked.terminal, name, &known, None)?;
        let login = Login::new(passphrase, unlocked.session.work_factor());
        unlocked.session.add_staff(&new, &login)?;
        unlocked.tell_notices();
        context.say(&format!("{name} is enrolled as {}", in_words(&new)));
        if new.role == Role::Clerk && new.groups.is_empty() {
            context.say(&format!("next, `vault staff grant {name} --group G` lets {name} open a group"));
        }
        if unlocked.session.roster().agreement().is_some() {
            context.say(&format!(
                "before anything else {name} must sign the agreement: `vault --as {name} agreement sign`"
            ));
        }
        Ok(())
    }

    /// What the roster alone can tell is told before a passphrase is asked for.
    fn checked(&self, store: &Store) -> Result<NewStaff, CommandError> {
        let name: Name = self.name.parse()?;
        let role = Role::from(self.role);
        if name.as_str() == RECOVERY {
            return Err(ChangeError::Refused(Fault::Reserved).into());
        }
        if store.roster().active(&name).is_some() {
            return Err(ChangeError::Refused(Fault::PersonExists { name }).into());
        }
        if role != Role::Clerk && !self.groups.is_empty() {
            let message = format!("--group is for clerks, and {name} is to be {}", with_article(role));
            return Err(
                CommandError::new(Kind::Usage, message).hint("owners open every group, auditors open none")
            );
        }
        let mut groups: Vec<Name> = Vec::new();
        for group in &self.groups {
            let group = known_group(store, group)?.name.clone();
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        Ok(NewStaff { name, role, full_name: self.full_name.clone(), groups })
    }
}

fn in_words(new: &NewStaff) -> String {
    let groups: Vec<&str> = new.groups.iter().map(Name::as_str).collect();
    match new.role {
        Role::Owner => "an owner, who opens every group and manages people".to_owned(),
        Role::Auditor => "an auditor, who reads the access log and no record".to_owned(),
        Role::Clerk if groups.is_empty() => "a clerk, who may open no group yet".to_owned(),
        Role::Clerk => format!("a clerk, who may open {}", groups.join(", ")),
    }
}
