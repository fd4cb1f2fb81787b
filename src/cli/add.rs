//! `vault add`

use std::path::PathBuf;

use super::Context;
use super::error::CommandError;
use super::form::{self, Typed};
use super::given;
use super::output::{Form, OutputError};
use super::terminal::Terminal;
use super::unlock::{Unlocked, known_group};
use crate::group::change::ChangeError;
use crate::group::code::CustomerCode;
use crate::group::field::Fields;
use crate::group::flat_json::Members;
use crate::group::kind::Kind;
use crate::group::record::Record;
use crate::sealed::lock::Mode;
use serde::Serialize;
use zeroize::Zeroizing;

use super::values::Assignment;

/// Add one customer and print the new customer code.
///
/// Without --set and --from each field is asked for at the terminal; a note ends with an empty line.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault add private\n  vault add private --set name=\"Anna Lindqvist\" --set city=Lund"
)]
pub struct AddArgs {
    /// The group that the customer belongs to.
    pub group: String,
    /// A field's value; sensitive fields are refused here: leave --set out to be asked for them, or use --from.
    #[arg(long, value_name = "FIELD=VALUE", conflicts_with = "from")]
    pub set: Vec<Assignment>,
    /// A file with one flat JSON object of fields, or - for standard input.
    #[arg(long, value_name = "FILE|-")]
    pub from: Option<PathBuf>,
    /// Add the customer even if the group seems to have them already.
    #[arg(long)]
    pub allow_duplicate: bool,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

/// Fields and what was given for them.
type Given = Vec<(String, Zeroizing<String>)>;

#[derive(Serialize)]
struct JsonAdded<'code> {
    code: &'code str,
    group: &'code str,
}

impl AddArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let members = self.from.as_deref().map(given::members).transpose()?;
        let store = context.store()?;
        known_group(&store, &self.group)?;
        let unlocked = context.unlock(store)?;
        let asks = members.is_none() && self.set.is_empty();
        let given = match members {
            Some(members) => of_members(members),
            None if asks => {
                // Nothing is locked while the person types.
                let fields = unlocked.open(&self.group, Mode::Shared)?.fields().clone();
                ask_all(&unlocked.terminal, &fields)?
            }
            None => self.of_arguments(),
        };
        match self.store(context, &unlocked, &given, self.allow_duplicate)? {
            Stored::Done => Ok(()),
            Stored::Duplicate(error) if !asks || !self.agrees(&unlocked, &error)? => Err(error.into()),
            Stored::Duplicate(_) => self.store(context, &unlocked, &given, true).map(drop),
        }
    }

    /// Shows the customer who is there already, once that is logged, and asks whether this is another one.
    fn agrees(&self, unlocked: &Unlocked<'_>, duplicate: &ChangeError) -> Result<bool, CommandError> {
        let ChangeError::Duplicate { field, code } = duplicate else { return Ok(false) };
        let unlogged = unlocked.open(&self.group, Mode::Shared)?.to_compare(*code)?;
        let (card, receipt) = unlocked.session.log().release(unlogged)?;
        unlocked.tell_receipt(&receipt);
        let mut text = Zeroizing::new(format!("Customer {code} has the same {field}:\n"));
        for (field, shown) in card.view.entries() {
            for piece in ["  ", &field.label, ": ", &super::text::visible(shown.text()), "\n"] {
                text.push_str(piece);
            }
        }
        unlocked.terminal.tell(&text)?;
        let answer = unlocked.terminal.line("Add it all the same? [y/N]: ").map_err(form::unstored)?;
        Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
    }

    fn of_arguments(&self) -> Given {
        let set = self.set.iter();
        set.map(|set| (set.field.clone(), Zeroizing::new(set.value.clone()))).collect()
    }

    fn store(
        &self,
        context: &Context,
        unlocked: &Unlocked<'_>,
        given: &Given,
        allow_duplicate: bool,
    ) -> Result<Stored, CommandError> {
        let mut group = unlocked.open(&self.group, Mode::Exclusive)?;
        given::check_arguments(group.fields(), &self.set, &[])?;
        let values = given.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let record = Record::check(group.fields(), values).map_err(ChangeError::Fields)?;
        let random = &*context.surroundings.random;
        let now = context.surroundings.clock.now();
        let code = match group.add(&record, allow_duplicate, unlocked.session.log(), random, now) {
            Err(error @ ChangeError::Duplicate { .. }) => return Ok(Stored::Duplicate(error)),
            added => added?,
        };
        let shown = self.show(context, code);
        unlocked.tidy(group);
        shown?;
        Ok(Stored::Done)
    }

    fn show(&self, context: &Context, code: CustomerCode) -> Result<(), OutputError> {
        let mut output = context.output(self.json);
        let (code, group) = (code.to_string(), self.group.as_str());
        match output.form() {
            Form::Json => output.object(&JsonAdded { code: &code, group })?,
            Form::Separated => output.line(&code)?,
            Form::Plain => output.line(&format!("Code: {code}"))?,
            Form::Drawn { .. } => output.line(&format!("Added to {group}: {code}"))?,
        }
        output.finish()
    }
}

/// How storing a customer ended.
enum Stored {
    Done,
    /// The customer seems to be there already.
    Duplicate(ChangeError),
}

fn of_members(members: Members) -> Given {
    members.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn ask_all(terminal: &Terminal, fields: &Fields) -> Result<Given, CommandError> {
    let mut given = Given::new();
    for field in fields {
        let of_country = |(name, _): &&(String, Zeroizing<String>)| {
            fields.get(name).is_ok_and(|field| field.kind == Kind::Country)
        };
        let country = given.iter().find(of_country).map(|(_, value)| value.clone());
        let country = country.as_ref().map(|text| text.as_str());
        let typed = form::ask(terminal, field, form::Current::New, country).map_err(form::unstored)?;
        if let Typed::Value(value) = typed {
            given.push((field.name.clone(), value));
        }
    }
    Ok(given)
}
