//! `vault group create`

use crate::access_log::{Action, Event, Outcome};
use crate::cli::Context;
use crate::cli::error::{CommandError, Kind};
use crate::cli::given;
use crate::group::database::new_image;
use crate::group::field::Fields;
use crate::sealed::group_file;
use crate::sealed::identity::Identity;
use crate::store::{Name, NewGroup, NewGroupError, Session};
use std::path::PathBuf;

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
        let mut unlocked = context.unlock(store)?;
        let new = unlocked.session.prepare_group(&name)?;
        unlocked.tell_notices();
        let prefix = new.key().prefix.clone();
        let mut event = Event::new(Action::Group, Outcome::Success);
        event.group = Some(name.to_string());
        event.detail = Some("created".to_owned());
        if let Err(error) = create(&mut unlocked.session, new, &fields, &event) {
            event.outcome = Outcome::Failure;
            // The error itself is what the person must hear.
            let _ = unlocked.session.log().append(&event);
            return Err(error);
        }
        context.say(&format!("group {name} is made; its customer codes begin with {prefix}"));
        Ok(())
    }
}

fn create(session: &mut Session, new: NewGroup, fields: &Fields, event: &Event) -> Result<(), CommandError> {
    let prefix = new.key().prefix.parse().map_err(|error| CommandError::of(Kind::Failed, &error))?;
    let image = new_image(fields, prefix, &Identity::generate())?;
    let receipt = session.log().append(event)?;
    group_file::create(&session.access_to_new(&new), &image, receipt.mark())?;
    Ok(session.commit_group(new)?)
}
