//! `vault group fields`

use std::path::PathBuf;

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
