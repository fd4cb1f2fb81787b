//! `vault document list`

use indicatif::HumanBytes;
use serde::Serialize;

use super::miss;
use crate::cli::Context;
use crate::cli::customer::time;
use crate::cli::error::CommandError;
use crate::cli::output::Form;
use crate::cli::unlock::group_of_code;
use crate::group::code::CustomerCode;
use crate::group::document::Document;
use crate::sealed::lock::Mode;

/// List a customer's documents.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault document list 4T-7K3M-Q9TD\n  vault document list 4T-7K3M-Q9TD --json"
)]
pub struct ListArgs {
    /// The customer code.
    pub code: String,
    /// One JSON object a document.
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct JsonDocument<'document> {
    code: String,
    document: i64,
    name: &'document str,
    #[serde(rename = "type")]
    kind: &'document str,
    bytes: u64,
    sha256: String,
    added: String,
    staff: &'document str,
}

impl ListArgs {
    pub(in crate::cli) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let code = CustomerCode::parse(&self.code)?;
        let store = context.store()?;
        let name = group_of_code(&store, code)?;
        let unlocked = context.unlock(store)?;
        let group = unlocked.open(&name, Mode::Shared)?;
        let unlogged = miss(&unlocked, &name, group.list_documents(code))?;
        // A pager may keep the output waiting: nothing is locked meanwhile.
        drop(group);
        let (documents, receipt) = unlocked.session.log().release(unlogged)?;
        unlocked.tell_receipt(&receipt);
        if documents.is_empty() {
            context.say(&format!("customer {code} has no documents"));
        }
        let mut output = context.output(self.json);
        if self.json {
            for document in &documents {
                output.object(&json(code, document))?;
            }
        } else {
            let exact = output.form() == Form::Separated;
            let rows: Vec<Vec<String>> = documents.iter().map(|document| row(document, exact)).collect();
            output.listing(&["Name", "Type", "Size", "Added", "By"], &rows)?;
        }
        Ok(output.finish()?)
    }
}

fn row(document: &Document, exact: bool) -> Vec<String> {
    let Document { name, kind, bytes, added, staff, .. } = document;
    let size = if exact { bytes.to_string() } else { HumanBytes(*bytes).to_string() };
    vec![name.clone(), kind.clone(), size, time(*added), staff.clone()]
}

fn json(code: CustomerCode, document: &Document) -> JsonDocument<'_> {
    JsonDocument {
        code: code.to_string(),
        document: document.number,
        name: &document.name,
        kind: &document.kind,
        bytes: document.bytes,
        sha256: document.sha256.to_string(),
        added: document.added.to_string(),
        staff: &document.staff,
    }
}
