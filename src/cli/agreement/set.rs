//! `vault agreement set`

use std::path::PathBuf;

use crate::cli::Context;
use crate::cli::error::{CommandError, Kind};
use crate::cli::given;
use crate::store::roster::AGREEMENT_LIMIT;

/// Set the agreement, or a new version of it.
///
/// Until they have signed it nobody sees or changes a record, owners included. The file is UTF-8 text
/// of at most 64 KiB; its line ends become newlines and tabs four blanks, so that all see the same.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault agreement set confidentiality.txt\n  vault agreement set - < confidentiality.txt"
)]
pub struct SetArgs {
    /// The text, or - for standard input.
    #[arg(value_name = "FILE|-")]
    pub file: PathBuf,
}

impl SetArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let text = normalised(&given::read(&self.file)?);
        if text.trim().is_empty() {
            return Err(CommandError::new(Kind::Failed, "the agreement is empty").in_file(&self.file));
        }
        if text.len() > AGREEMENT_LIMIT {
            let message =
                format!("the agreement has {} bytes, and {AGREEMENT_LIMIT} are allowed", text.len());
            return Err(CommandError::new(Kind::Failed, message).in_file(&self.file));
        }
        let unlocked = context.unlock_for_the_office(context.store()?)?;
        let version = unlocked.session.set_agreement(text)?;
        unlocked.tell_notices();
        context.say(&format!("version {version} of the agreement is set"));
        context.say(
            "everybody has to sign it, you included: `vault agreement sign`; until then they see no record",
        );
        Ok(())
    }
}

fn normalised(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', "    ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_and_tabs_are_alike_wherever_the_text_was_written() {
        assert_eq!(normalised("one\r\ntwo\rthree\n\tfour"), "one\ntwo\nthree\n    four");
    }
}
