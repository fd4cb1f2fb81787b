//! `vault document remove`

use super::miss;
use crate::cli::Context;
use crate::cli::error::CommandError;
use crate::cli::unlock::group_of_code;
use crate::group::code::CustomerCode;
use crate::group::document::DocumentName;
use crate::sealed::lock::Mode;

/// Remove one of a customer's documents for good.
///
/// Its sealed file is gone when the command returns. Copies on backup media stay until they are pruned.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault document remove 4T-7K3M-Q9TD passport.pdf\n  vault document remove 4T-7K3M-Q9TD contract-2019.pdf"
)]
pub struct RemoveArgs {
    /// The customer code.
    pub code: String,
    /// The document's name.
    pub name: String,
}

impl RemoveArgs {
    pub(in crate::cli) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let code = CustomerCode::parse(&self.code)?;
        let name: DocumentName = self.name.parse()?;
        let store = context.store()?;
        let group_name = group_of_code(&store, code)?;
        let unlocked = context.unlock(store)?;
        // Nothing is locked while somebody is asked.
        let may = unlocked.open(&group_name, Mode::Shared)?.may_remove(code, &name, unlocked.session.log());
        miss(&unlocked, &group_name, may)?;
        unlocked.terminal.confirm_by_typing(name.as_str())?;
        let mut group = unlocked.open(&group_name, Mode::Exclusive)?;
        let removed = group.remove_document(code, &name, unlocked.session.log());
        miss(&unlocked, &group_name, removed)?;
        context.say(&format!("document {} of customer {code} is removed", name.as_str()));
        context.warn("copies of it on backup media stay until those snapshots are pruned");
        unlocked.tidy(group);
        Ok(())
    }
}
