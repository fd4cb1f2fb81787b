//! `vault group fields`

use std::path::PathBuf;

use serde::Serialize;

use crate::access_log::{Action, Event, Outcome};
use crate::cli::Context;
use crate::cli::bar::Bar;
use crate::cli::error::CommandError;
use crate::cli::given;
use crate::cli::unlock::known_group;
use crate::group::field::{Field, Fields};
use crate::group::migration::{MigrationError, Obstacle, Obstacles};
use crate::sealed::lock::Mode;

/// Show a group's fields, or set them.
///
/// A fields file is one JSON object: `{"fields":[{"name":"loyalty","kind":"text","label":"Loyalty no.",
/// "required":false,"sensitive":false,"searchable":true,"purpose":"discounts","keep_months":24}]}`.
/// Kinds: text, name, email, phone, date, country, iban, card, `national_id`, note.
///
/// Setting them brings every customer's record to them, as an edit in its history; values that do not fit are
/// listed, and nothing changes.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault group fields private\n  vault group fields private --set private.json"
)]
pub struct FieldsArgs {
    /// The group's name.
    pub name: String,
    /// One JSON object a field; with --set, one that says what was changed or stands in the way.
    #[arg(long)]
    pub json: bool,
    /// Set the fields to those of this file.
    #[arg(long, value_name = "FILE.json")]
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
        let now = context.surroundings.clock.now();
        let set = group.set_fields(fields, unlocked.session.log(), now, &progress);
        bar.clear();
        let changed = set.or_else(|error| {
            if let MigrationError::InTheWay(obstacles) = &error {
                self.list(context, obstacles)?;
            }
            Err(CommandError::from(error).in_group(&self.name))
        })?;
        if self.json {
            let mut output = context.output(true);
            output.object(&JsonSet { group: &self.name, fields: count, changed })?;
            output.finish()?;
        }
        context.say(&format!("group {} has {count} fields now", self.name));
        match changed {
            0 => {}
            1 => context.say("1 customer's record was brought to them"),
            _ => context.say(&format!("{changed} customers' records were brought to them")),
        }
        if !gone.is_empty() {
            let gone = gone.join(", ");
            context.warn(&format!("values of fields that are gone stay stored and are not shown: {gone}"));
        }
        Ok(())
    }

    /// What stands in the way is data.
    fn list(&self, context: &Context, obstacles: &Obstacles) -> Result<(), CommandError> {
        let mut output = context.output(self.json);
        if self.json {
            let Obstacles { listed, total, customers } = obstacles;
            let in_the_way = listed.iter().map(JsonObstacle::from).collect();
            output.object(&JsonInTheWay {
                group: &self.name,
                total: *total,
                customers: *customers,
                in_the_way,
            })?;
        } else {
            let row = |row: &Obstacle| vec![row.code.to_string(), row.field.clone(), row.reason.clone()];
            let rows: Vec<_> = obstacles.listed.iter().map(row).collect();
            output.listing(&["Code", "Field", "Reason"], &rows)?;
        }
        Ok(output.finish()?)
    }
}

/// What `--set --json` writes when it is done.
#[derive(Serialize)]
struct JsonSet<'name> {
    group: &'name str,
    fields: usize,
    changed: u64,
}

/// What it writes when values stand in the way.
#[derive(Serialize)]
struct JsonInTheWay<'rows> {
    group: &'rows str,
    total: u64,
    customers: u64,
    in_the_way: Vec<JsonObstacle<'rows>>,
}

#[derive(Serialize)]
struct JsonObstacle<'row> {
    code: String,
    field: &'row str,
    reason: &'row str,
}

impl<'row> From<&'row Obstacle> for JsonObstacle<'row> {
    fn from(row: &'row Obstacle) -> Self {
        Self { code: row.code.to_string(), field: &row.field, reason: &row.reason }
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
