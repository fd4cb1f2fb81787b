//! `vault edit`

use std::path::PathBuf;

use zeroize::Zeroizing;

use super::Context;
use super::error::CommandError;
use super::form::{self, Typed};
use super::given;
use super::unlock::{Unlocked, group_of_code};
use crate::access_log::Action;
use crate::group::change::Edit;
use crate::group::code::CustomerCode;
use crate::group::field::Fields;
use crate::group::kind::Kind;
use crate::sealed::lock::Mode;

use super::values::Assignment;

/// Change fields of one customer.
///
/// Without --set, --unset and --from each field is asked for at the terminal: Enter keeps what
/// stands in brackets, - clears it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault edit 4T-7K3M-Q9TD --set city=Lund\n  vault edit 4T-7K3M-Q9TD --unset phone"
)]
pub struct EditArgs {
    /// The customer code.
    pub code: String,
    /// A field's new value; sensitive fields are refused here: leave --set out to be asked for them, or use --from.
    #[arg(long, value_name = "FIELD=VALUE", conflicts_with = "from")]
    pub set: Vec<Assignment>,
    /// A field to empty.
    #[arg(long, value_name = "FIELD", conflicts_with = "from")]
    pub unset: Vec<String>,
    /// A file with one flat JSON object of fields, or - for standard input.
    #[arg(long, value_name = "FILE|-")]
    pub from: Option<PathBuf>,
    /// Store the change even if the group then seems to have the customer twice.
    #[arg(long)]
    pub allow_duplicate: bool,
}

/// What is to be changed: a new value, or none any more.
#[derive(Default)]
struct Wishes {
    set: Vec<(String, Zeroizing<String>)>,
    unset: Vec<String>,
    /// The version that the person saw, if they did.
    seen: Option<i64>,
}

impl EditArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let code = CustomerCode::parse(&self.code)?;
        let members = self.from.as_deref().map(given::members).transpose()?;
        let store = context.store()?;
        let name = group_of_code(&store, code)?;
        let unlocked = context.unlock(store)?;
        let wishes = match members {
            Some(members) => Wishes::of_members(members),
            None if self.set.is_empty() && self.unset.is_empty() => ask(&unlocked, &name, code)?,
            None => self.of_arguments(),
        };
        let mut group = unlocked.open(&name, Mode::Exclusive)?;
        given::check_arguments(group.fields(), &self.set, &self.unset)?;
        let edit = Edit {
            set: wishes.set.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
            unset: wishes.unset.iter().map(String::as_str).collect(),
            seen: wishes.seen,
        };
        let now = context.surroundings.clock.now();
        let edited = group.edit(code, &edit, self.allow_duplicate, unlocked.session.log(), now);
        let edited = unlocked.log_miss(Action::Edit, &name, edited)?;
        context.say(&if edited.fields.is_empty() {
            format!("customer {code} is as before: nothing was changed")
        } else {
            format!("customer {code} is changed: {}", edited.fields.join(", "))
        });
        unlocked.tidy(group);
        Ok(())
    }

    fn of_arguments(&self) -> Wishes {
        let set = self.set.iter().map(|set| (set.field.clone(), Zeroizing::new(set.value.clone())));
        Wishes { set: set.collect(), unset: self.unset.clone(), seen: None }
    }
}

impl Wishes {
    fn of_members(members: crate::group::flat_json::Members) -> Self {
        let mut wishes = Self::default();
        for (name, value) in members {
            match value {
                Some(value) => wishes.set.push((name, value)),
                None => wishes.unset.push(name),
            }
        }
        wishes
    }
}

/// Asks for each field, showing what it holds. Nothing is locked while the person types.
fn ask(unlocked: &Unlocked<'_>, name: &str, code: CustomerCode) -> Result<Wishes, CommandError> {
    let group = unlocked.open(name, Mode::Shared)?;
    let fields: Fields = group.fields().clone();
    let unlogged = unlocked.log_miss(Action::Edit, name, group.to_edit(code))?;
    drop(group);
    let (card, receipt) = unlocked.session.log().release(unlogged)?;
    unlocked.tell_receipt(&receipt);
    let mut wishes = Wishes { seen: Some(card.version), ..Wishes::default() };
    unlocked.terminal.show("Enter keeps what stands in brackets, - clears it.\n")?;
    let mut country = None;
    for field in &fields {
        let current = card.view.get(&field.name);
        let typed = form::ask(&unlocked.terminal, field, current.into(), country.as_deref())
            .map_err(form::unstored)?;
        if let (None, Kind::Country) = (&country, field.kind) {
            country = match &typed {
                Typed::Kept => {
                    current.filter(|shown| !shown.is_masked()).map(|shown| shown.text().to_owned())
                }
                Typed::Value(value) => Some(value.to_string()),
                Typed::Cleared => None,
            };
        }
        match typed {
            Typed::Kept => {}
            Typed::Value(value) => wishes.set.push((field.name.clone(), value)),
            Typed::Cleared => wishes.unset.push(field.name.clone()),
        }
    }
    Ok(wishes)
}
