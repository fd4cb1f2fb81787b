//! How customers are shown: a card, a table, JSON.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::error::CommandError;
use super::output::{Form, Output};
use crate::group::field::{Field, Fields};
use crate::group::kind::Kind;
use crate::group::lookup::Card;
use crate::group::view::{Reveal, View};

/// A time as a person reads it.
pub(super) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// What `--reveal` names of one group's fields. A name that no group knows is wrong.
pub(super) struct Wanted<'names> {
    names: &'names [String],
    known: Vec<bool>,
    all: Reveal,
}

impl<'names> Wanted<'names> {
    pub fn new(names: &'names [String]) -> Self {
        Self { names, known: vec![false; names.len()], all: Reveal::none() }
    }

    /// Those that this group has.
    pub fn of(&mut self, fields: &Fields) -> Result<Reveal, CommandError> {
        let mut here = Vec::new();
        for (name, known) in self.names.iter().zip(&mut self.known) {
            if fields.get(name).is_ok() {
                *known = true;
                here.push(name.as_str());
            }
        }
        let reveal = Reveal::of(fields, here)?;
        self.all = std::mem::take(&mut self.all).with(reveal.clone());
        Ok(reveal)
    }

    /// All that are revealed anywhere, unless `fields`, the last group's, and all the others lack one.
    pub fn finish(self, fields: Option<&Fields>) -> Result<Reveal, CommandError> {
        let unknown = self.names.iter().zip(&self.known).find(|(_, known)| !**known);
        if let (Some((name, _)), Some(fields)) = (unknown, fields) {
            fields.get(name)?;
        }
        Ok(self.all)
    }
}

/// One customer's card.
pub(super) fn show_card(output: &mut Output, card: &Card) -> Result<(), CommandError> {
    let code = card.code.to_string();
    let (created, updated) = (time(card.created), time(card.updated));
    let documents = card.documents.to_string();
    let hold = card.hold.as_ref();
    let hold =
        hold.map(|hold| format!("{}: {}", hold.since.strftime("%Y-%m-%d"), hold.reason)).unwrap_or_default();
    let form = output.form();
    let mut lines: Vec<(&str, &str)> = Vec::new();
    if !matches!(form, Form::Drawn { .. }) {
        // A drawing has them in its title.
        lines.extend([(label(form, "Code"), code.as_str()), (label(form, "Group"), &card.group)]);
    }
    for (field, shown) in card.view.entries() {
        let name = if form == Form::Separated { &field.name } else { &field.label };
        lines.push((name, shown.text()));
    }
    if card.documents > 0 {
        lines.push((label(form, "Documents"), &documents));
    }
    if card.hold.is_some() {
        lines.push((label(form, "Hold since"), &hold));
    }
    lines.push((label(form, "Created"), &created));
    if card.updated != card.created {
        lines.push((label(form, "Updated"), &updated));
    }
    Ok(output.card(&format!("{code}  {}", card.group), &lines)?)
}

/// Programs read small names, as those of fields are.
fn label(form: Form, text: &'static str) -> &'static str {
    match (form, text) {
        (Form::Separated, "Code") => "code",
        (Form::Separated, "Group") => "group",
        (Form::Separated, "Documents") => "documents",
        (Form::Separated, "Hold since") => "hold",
        (Form::Separated, "Created") => "created",
        (Form::Separated, "Updated") => "updated",
        _ => text,
    }
}

/// Several customers: code, group, name, and the field that most of them have.
pub(super) fn show_table(output: &mut Output, cards: &[Card]) -> Result<(), CommandError> {
    let more = usual_field(cards);
    let heading = more.as_ref().map_or("", |field| field.label.as_str());
    let rows: Vec<Vec<String>> = cards
        .iter()
        .map(|card| {
            let name = name_field(&card.view).and_then(|field| card.view.get(&field.name));
            let more = more.as_ref().and_then(|field| card.view.get(&field.name));
            let text = |shown: Option<&crate::group::view::Shown>| {
                shown.map(|shown| shown.text().to_owned()).unwrap_or_default()
            };
            vec![card.code.to_string(), card.group.clone(), text(name), text(more)]
        })
        .collect();
    Ok(output.table(&["Code", "Group", "Name", heading], &rows)?)
}

/// What a customer is called by.
fn name_field(view: &View) -> Option<&Field> {
    let fields = || view.entries().map(|(field, _)| field).filter(|field| !field.sensitive);
    fields().find(|field| field.kind == Kind::Name).or_else(|| fields().next())
}

fn usual_field(cards: &[Card]) -> Option<Field> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let mut fields: Vec<&Field> = Vec::new();
    for card in cards {
        let name = name_field(&card.view).map(|field| field.name.as_str());
        for (field, _) in card.view.entries() {
            if field.sensitive || field.kind == Kind::Note || Some(field.name.as_str()) == name {
                continue;
            }
            let count = counts.entry(&field.name).or_default();
            *count += 1;
            if *count == 1 {
                fields.push(field);
            }
        }
    }
    // The first of those that stand most often.
    fields.into_iter().rev().max_by_key(|field| counts.get(field.name.as_str()).copied()).cloned()
}

/// One hit of `lookup --json`.
#[derive(serde::Serialize)]
pub(super) struct JsonCard<'card> {
    code: String,
    group: &'card str,
    record: JsonView<'card>,
    masked: Vec<&'card str>,
    documents: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<JsonHold<'card>>,
    created: String,
    updated: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    close: bool,
}

#[derive(serde::Serialize)]
struct JsonHold<'card> {
    since: String,
    staff: &'card str,
    reason: &'card str,
}

impl<'card> JsonCard<'card> {
    /// A card; whether it is only close to what was sought.
    pub fn of(card: &'card Card, close: bool) -> Self {
        let masked = card.view.entries().filter(|(_, shown)| shown.is_masked());
        Self {
            code: card.code.to_string(),
            group: &card.group,
            record: JsonView(&card.view),
            masked: masked.map(|(field, _)| field.name.as_str()).collect(),
            documents: card.documents,
            hold: card.hold.as_ref().map(|hold| JsonHold {
                since: hold.since.to_string(),
                staff: &hold.staff,
                reason: &hold.reason,
            }),
            created: card.created.to_string(),
            updated: card.updated.to_string(),
            close,
        }
    }
}

/// The fields in their order, by name.
struct JsonView<'view>(&'view View);

impl Serialize for JsonView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (field, shown) in self.0.entries() {
            map.serialize_entry(&field.name, shown.text())?;
        }
        map.end()
    }
}
