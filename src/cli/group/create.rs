//! `vault group create`

use std::path::PathBuf;

use crate::cli::Context;
use crate::cli::error::{CommandError, Kind};
use crate::cli::given;
use crate::group::database::new_image;
use crate::group::field::Fields;
use crate::sealed::identity::Identity;
use crate::store::{Name, NewGroupError};

/// Make a new customer group with a key of its own.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault group create private\n  vault group create dental --fields dental.json"
)]
pub struct CreateArgs {
    /// The group's name: a-z, 0-9 and -, at most 32 characters.
    pub name: String,
    /// The group's fields; see `vault group fields --help`.
    #[arg(long, value_name = "FILE.json")]
    pub fields: Option<PathBuf>,
}

impl CreateArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let name: Name = self.name.parse()?;
        let fields = match &self.fields {
            Some(path) => Fields::from_json(&given::read(path)?)?,
            None => Fields::standard(),
        };
        let store = context.store()?;
        if store.roster().group(name.as_str()).is_some() {
            return Err(NewGroupError::Exists { name }.into());
        }
        let unlocked = context.unlock_for_the_office(store)?;
        let mut codes_begin_with = String::new();
        unlocked.session.create_group::<CommandError>(&name, |prefix| {
            prefix.clone_into(&mut codes_begin_with);
            let prefix = prefix.parse().map_err(|error| CommandError::of(Kind::Failed, &error))?;
            Ok(new_image(&fields, prefix, &Identity::generate())?)
        })?;
        unlocked.tell_notices();
        context.say(&format!("group {name} is made; its customer codes begin with {codes_begin_with}"));
        Ok(())
    }
}
