//! `vault log head`

use serde::Serialize;

use super::super::Context;
use super::super::error::CommandError;
use super::super::output::Form;
use crate::access_log::paper;

/// Show the log's count and head, to be written on paper; asks no passphrase.
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Show the log's count and head, to be written on paper; asks no passphrase.\n\nWords and digits say the same: write down either. Whoever changes an entry, or cuts the log off, changes them. `vault log verify --head TEXT` holds the log against the paper later, however much longer it is by then.",
    after_help = "Examples:\n  vault log head\n  vault log head --json"
)]
pub struct HeadArgs {
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct JsonHead<'head> {
    store: String,
    seq: u64,
    head: String,
    words: &'head str,
    digits: &'head str,
}

impl HeadArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let store = context.store()?;
        let head = store.log_head()?;
        let (words, digits) = (paper::in_words(head), paper::in_digits(head));
        let (id, hash) = (store.store_id().to_string(), head.hash.to_string());
        let mut output = context.output(self.json);
        if self.json {
            output.object(&JsonHead {
                store: id,
                seq: head.seq,
                head: hash,
                words: &words,
                digits: &digits,
            })?;
            return Ok(output.finish()?);
        }
        // On paper there is no need for all of it; `--json` and `--plain` have it.
        let id = match output.form() {
            Form::Drawn { .. } => format!("{}…", id.get(..16).unwrap_or(&id)),
            _ => id,
        };
        let count = head.seq.to_string();
        // Programs read small names.
        let labels = match output.form() {
            Form::Separated => ["store", "entries", "words", "digits"],
            _ => ["Store", "Entries", "Words", "Digits"],
        };
        let values = [id.as_str(), &count, &words, &digits];
        let lines: Vec<_> = labels.into_iter().zip(values).collect();
        output.card("Access log", &lines)?;
        Ok(output.finish()?)
    }
}
