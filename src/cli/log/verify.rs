//! `vault log verify`

mod against;
mod report;

use std::path::PathBuf;

use super::super::Context;
use super::super::bar::Bar;
use super::super::error::{CommandError, Kind};
use super::{threads, verify_export};
use crate::access_log::paper::PaperHead;
use crate::access_log::verify::Witness;
use crate::access_log::{Action, Event, Outcome};
use crate::store::VerifiedLog;

/// Check the whole access log: chain, signatures, gaps, clock, witnesses.
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Check the whole access log: chain, signatures, gaps, clock, witnesses.\n\nEvery entry is opened, its signature and its place in the chain are checked, and it is held against what stands outside of the log: the roster, every group's head and records, what this machine has seen, and what you name here.",
    after_help = "Examples:\n  vault log verify --head \"1024 acid bagel cone drift ember fjord gable\"\n  vault log verify --against ~/exports --against /media/blue"
)]
pub struct VerifyArgs {
    /// An earlier export's manifest, a folder of them, or a backup medium; may be repeated.
    #[arg(long, value_name = "MANIFEST|DIR")]
    pub against: Vec<PathBuf>,
    /// A head from paper, as `vault log head` showed it.
    #[arg(long, value_name = "TEXT")]
    pub head: Option<String>,
    /// Check an export instead; needs no store and no passphrase.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["against", "head"])]
    pub export: Option<PathBuf>,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

impl VerifyArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        if let Some(file) = &self.export {
            return verify_export::run(file, self.json, context);
        }
        let paper = self.head.as_deref().map(paper).transpose()?;
        let store = context.store()?;
        let mut elsewhere = against::witnesses(context, &self.against, store.roster())?;
        elsewhere.witnesses.extend(paper);
        let mut event = Event::new(Action::Log, Outcome::Success);
        event.detail = Some("verify".to_owned());
        let bar = Bar::new(context);
        let progress = |done, total| bar.reached("verifying", done, total);
        let verified = if let Some(session) = context.session() {
            session.verify_log(&event, elsewhere, threads(), &progress)?
        } else {
            let unlocked = context.unlock_to_verify(store)?;
            let verified = unlocked.verify(&event, elsewhere, threads(), &progress);
            bar.clear();
            context.tell_seen(unlocked.seen());
            context.tell_reserve(unlocked.log());
            verified?
        };
        bar.clear();
        report::tell(context, &verified, self.json)?;
        judge(verified)
    }
}

/// A head from paper. What can't be one is a slip of the pen, not damage.
fn paper(text: &str) -> Result<Witness, CommandError> {
    let paper: PaperHead = text.parse().map_err(|error| {
        CommandError::of(Kind::Usage, &error)
            .hint("type it as it stands on the paper: the count, then the words or the digits")
    })?;
    Ok(Witness::on_paper(paper))
}

/// Exit 5 with the first thing that is wrong.
fn judge(verified: VerifiedLog) -> Result<(), CommandError> {
    match (verified.found.findings.first.first(), verified.unlogged) {
        (Some(first), _) => Err(CommandError::damaged(first)),
        // Nothing wrong was found in it, and yet nothing can be written: told as it is.
        (None, Some(error)) => Err(error.into()),
        (None, None) => Ok(()),
    }
}
