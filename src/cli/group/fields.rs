//! `vault group fields`

use std::path::PathBuf;

use crate::access_log::{Action, Event, Outcome};
use crate::cli::Context;
use crate::cli::bar::Bar;
use crate::cli::error::CommandError;
use crate::cli::given;
use crate::cli::unlock::known_group;
use crate::group::field::{Field, Fields};
use crate::sealed::lock::Mode;

/// Show a group's fields, or set them.
///
/// A fields file is one JSON object: `{"fields":[{"name":"loyalty","kind":"text","label":"Loyalty no.",
/// "required":false,"sensitive":false,"searchable":true,"purpose":"discounts","keep_months":24}]}`.
/// Kinds: text, name, email, phone, date, country, iban, card, `national_id`, note.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault group fields private\n  vault group fields private --set private.json"
)]
pub struct FieldsArgs {
    /// The group's name.
    pub name: String,
    /// One JSON object a field.
    #[arg(long)]
    pub json: bool,
    /// Set the fields to those of this file.
    #[arg(long, value_name = "FILE.json", conflicts_with = "json")]
    pub set: Option<PathBuf>,
}

impl FieldsArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let new = match &self.set {
            Some(path) => Some(Fields::from_json(&given::read(path)?)?),
            None => None,
        };
        let store = context.store()?;
        known_group(&store, &self.name)?;
        match new {
            Some(fields) => self.change(context, store, fields),
            None => self.show(context, store),
        }
    }

    fn show(&self, context: &Context, store: crate::store::Store) -> Result<(), CommandError> {
        let unlocked = context.unlock(store)?;
        let group = unlocked.open(&self.name, Mode::Shared)?;
        let mut event = Event::new(Action::Group, Outcome::Success);
        event.group = Some(self.name.clone());
        event.detail = Some("show fields".to_owned());
        unlocked.tell_receipt(&unlocked.session.log().append(&event)?);
        let mut output = context.output(self.json);
        if self.json {
            for field in group.fields() {
                output.object(field)?;
            }
        } else {
            let rows: Vec<Vec<String>> = group.fields().iter().map(row).collect();
            output.listing(&["Field", "Kind", "Label", "Marks", "Purpose", "Months"], &rows)?;
        }
        Ok(output.finish()?)
    }

    fn change(
        &self,
        context: &Context,
        store: crate::store::Store,
        fields: Fields,
    ) -> Result<(), CommandError> {
        let unlocked = context.unlock(store)?;
        let mut event = Event::new(Action::Group, Outcome::Success);
        event.group = Some(self.name.clone());
        event.detail = Some("fields".to_owned());
        unlocked.session.require_owner(&event)?;
        let group = unlocked.open(&self.name, Mode::Exclusive)?;
        let count = fields.len();
        let gone: Vec<String> = group
            .fields()
            .iter()
            .filter(|field| fields.get(&field.name).is_err())
            .map(|field| field.name.clone())
            .collect();
        let bar = Bar::new(context);
        let progress = |done, total| bar.reached("writing", done, total);
        group
            .set_fields(fields, unlocked.session.log(), &progress)
            .map_err(|error| CommandError::from(error).in_group(&self.name))?;
        bar.clear();
        context.say(&format!("group {} has {count} fields now", self.name));
        if !gone.is_empty() {
            let gone = gone.join(", ");
            context.warn(&format!("values of fields that are gone stay stored and are not shown: {gone}"));
        }
        Ok(())
    }
}

fn row(field: &Field) -> Vec<String> {
    let marks =
        [(field.required, "required"), (field.sensitive, "sensitive"), (field.searchable, "searchable")];
    let marks: Vec<&str> = marks.into_iter().filter(|(set, _)| *set).map(|(_, mark)| mark).collect();
    vec![
        field.name.clone(),
        field.kind.name().to_owned(),
        field.label.clone(),
        marks.join(", "),
        field.purpose.clone().unwrap_or_default(),
        field.keep_months.map(|months| months.to_string()).unwrap_or_default(),
    ]
}
