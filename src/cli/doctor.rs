//! `vault doctor`
//!
//! | file | what is looked at there |
//! | --- | --- |
//! | `machine` | the machine: networks, what memory is written to, limits, the sandbox |
//! | `store` | the store on it: its files, room, clock, backups, policy, owners |

mod check;
mod machine;
mod store;

use self::check::Check;
use super::Context;
use super::error::{CommandError, Kind};
use super::output::{Form, Output, OutputError};
use crate::store::{Store, StoreError};

/// Look at the machine and the store, and say what to do; asks no passphrase.
///
/// Each check is `ok`, has `advice`, or is `unknown` where the machine does not tell. Exits 1 when there is
/// advice. Without a store only the machine is looked at.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault doctor\n  vault doctor --json")]
pub struct DoctorArgs {
    /// One JSON object a check.
    #[arg(long)]
    pub json: bool,
}

impl DoctorArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let opened = Store::open(&context.store_folder()?, &context.surroundings);
        let mut checks = machine::checks(context, opened.as_ref().ok());
        let looked = match opened {
            Ok(store) => store::checks(context, &store).map(|found| checks.extend(found)),
            Err(none @ (StoreError::Missing { .. } | StoreError::NotAStore { .. })) => {
                checks.push(Check::unknown("store", none.to_string(), NAME_A_STORE));
                Ok(())
            }
            Err(error) => Err(error.into()),
        };
        if let Err(trouble) = &looked {
            checks.push(Check::advice("store", trouble.message(), "heed the message that this ends with"));
        }
        show(&checks, context.output(self.json))?;
        looked?;
        if checks.iter().any(Check::has_advice) {
            return Err(CommandError::new(Kind::Advice, "there is advice"));
        }
        Ok(())
    }
}

const NAME_A_STORE: &str =
    "`vault init` makes a store; --store DIR or VAULT_STORE names one that is elsewhere";

fn show(checks: &[Check], mut output: Output) -> Result<(), OutputError> {
    match output.form() {
        Form::Json => checks.iter().try_for_each(|check| output.object(check))?,
        Form::Drawn { .. } => output.listing(&["Check", "State", "Found"], &drawn(checks))?,
        Form::Plain | Form::Separated => {
            let cells = |check: &Check| {
                [check.id(), check.state(), check.found(), check.what_to_do().unwrap_or_default()]
                    .map(str::to_owned)
                    .to_vec()
            };
            let rows: Vec<_> = checks.iter().map(cells).collect();
            output.table(&["Check", "State", "Found", "Advice"], &rows)?;
        }
    }
    output.finish()
}

/// A row a check, and below it what to do, so that the words have the width of the terminal.
fn drawn(checks: &[Check]) -> Vec<Vec<String>> {
    let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
    let rows = |check: &Check| {
        let found = row([check.id(), check.state(), check.found()]);
        let to_do = check.what_to_do().map(|advice| row(["", "", &format!("→ {advice}")]));
        std::iter::once(found).chain(to_do).collect::<Vec<_>>()
    };
    checks.iter().flat_map(rows).collect()
}

#[cfg(test)]
mod tests;
