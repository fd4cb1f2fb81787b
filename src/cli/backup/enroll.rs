//! `vault backup enroll`

use std::path::{Path, PathBuf};

use super::counted;
use crate::backup::enroll::{Enrolling, enroll};
use crate::backup::medium::LABEL_LIMIT;
use crate::cli::Context;
use crate::cli::error::CommandError;

/// Make a medium the store's own, or adopt one that is already.
///
/// Makes the folder `vault-backup` on it, with a random ID that this machine remembers; nothing else on the
/// medium is touched. A copy of a known medium gets an ID of its own.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault backup enroll /media/blue\n  vault backup enroll /media/usb --label blue"
)]
pub struct EnrollArgs {
    /// Where the medium is mounted.
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// What the office calls it [default: the folder's name].
    #[arg(long, value_name = "TEXT", value_parser = label)]
    pub label: Option<String>,
}

fn label(text: &str) -> Result<String, String> {
    let printable = !text.trim().is_empty() && !text.chars().any(char::is_control);
    if printable && text.len() <= LABEL_LIMIT {
        Ok(text.trim().to_owned())
    } else {
        Err(format!("a label is a short text of at most {LABEL_LIMIT} bytes"))
    }
}

impl EnrollArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let store = context.store()?;
        let enrolled = enroll(&store, &self.dir, self.label.as_deref())?;
        let (label, snapshots) = (&enrolled.label, counted(enrolled.snapshots, "snapshot"));
        context.say(&match enrolled.enrolling {
            Enrolling::New => format!("medium {label} is enrolled"),
            Enrolling::Adopted => format!("medium {label} was the store's already, with {snapshots}; this machine knows it now"),
            Enrolling::Known => format!("medium {label} was enrolled already, with {snapshots}"),
            Enrolling::Copy => format!("this was a copy of a known medium, with {snapshots}; it has an ID of its own now and is called {label}"),
        });
        if let Some(was) = enrolled.was.filter(|_| enrolled.enrolling != Enrolling::Copy) {
            context.say(&format!("it was called {was}, and is {label} from now on"));
        }
        let disk = &context.surroundings.disk;
        let on = |path: &Path| disk.filesystem(path).ok();
        if on(&self.dir) == on(store.layout().root()) {
            let dir = self.dir.display();
            context.warn(&format!(
                "{dir} is on the store's own file system, whose disk fails with the store's: is the medium mounted?"
            ));
        }
        Ok(())
    }
}
