//! `vault policy`

use serde::Serialize;

use super::Context;
use super::error::{CommandError, Kind};
use crate::access_log::{Action, Event, Outcome};
use crate::store::Strictness;
use crate::store::roster::{Policy, PolicyChange};

/// Show or set what the store's owners decided.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Examples:\n  vault policy show\n  vault policy set idle_minutes=5")]
#[allow(missing_docs, reason = "a doc comment here would hide the command's own help")]
pub enum PolicyCommand {
    Show(ShowArgs),
    Set(SetArgs),
}

/// Show the policy; asks no passphrase.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault policy show\n  vault policy show --json")]
pub struct ShowArgs {
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

/// Decide otherwise; what is not named stays.
///
/// network, sandbox, screening and training are `refuse` or `warn`: what to do on a networked machine, where
/// the kernel can't keep vault from networks and other programs, and with somebody whose screening or
/// training has expired. `idle_minutes`, 1 to 480, locks a shell.
/// `office_hours` is `any`, `08:00-18:00` or `mon-fri,08:00-18:00`; an unlocking at another time is logged
/// as such. `backup_days` and `drill_days`, 1 to 3650, are the days after which `status` and `doctor` call for
/// a backup or a drill.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault policy set screening=warn training=warn\n  vault policy set office_hours=mon-fri,08:00-18:00 idle_minutes=5"
)]
pub struct SetArgs {
    /// What is decided, such as network=refuse.
    #[arg(required = true, value_name = "KEY=VALUE")]
    pub decisions: Vec<String>,
}

/// What each key takes.
const KEYS: [(&str, &str); 8] = [
    ("network", STRICTNESS),
    ("sandbox", STRICTNESS),
    ("screening", STRICTNESS),
    ("training", STRICTNESS),
    ("backup_days", DAYS),
    ("drill_days", DAYS),
    ("idle_minutes", "a number of minutes from 1 to 480"),
    ("office_hours", "any, or hours like 08:00-18:00 or mon-fri,08:00-18:00"),
];
const STRICTNESS: &str = "refuse or warn";
const DAYS: &str = "a number of days from 1 to 3650";

impl PolicyCommand {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::Show(arguments) => arguments.run(context),
            Self::Set(arguments) => arguments.run(context),
        }
    }
}

#[derive(Serialize)]
struct JsonPolicy<'policy> {
    network: Strictness,
    sandbox: Strictness,
    screening: Strictness,
    training: Strictness,
    backup_days: u16,
    drill_days: u16,
    idle_minutes: u16,
    office_hours: &'policy str,
}

impl ShowArgs {
    fn run(&self, context: &Context) -> Result<(), CommandError> {
        let store = context.store()?;
        let Policy { network, sandbox, screening, training, backup_days, drill_days, .. } =
            store.roster().policy().clone();
        let Policy { idle_minutes, office_hours, .. } = *store.roster().policy();
        let office_hours = office_hours.to_string();
        let mut output = context.output(self.json);
        if self.json {
            output.object(&JsonPolicy {
                network,
                sandbox,
                screening,
                training,
                backup_days,
                drill_days,
                idle_minutes,
                office_hours: &office_hours,
            })?;
        } else {
            let values = [
                network.to_string(),
                sandbox.to_string(),
                screening.to_string(),
                training.to_string(),
                backup_days.to_string(),
                drill_days.to_string(),
                idle_minutes.to_string(),
                office_hours,
            ];
            let rows = KEYS.iter().zip(values).map(|((key, _), value)| vec![(*key).to_owned(), value]);
            output.table(&["Key", "Value"], &rows.collect::<Vec<_>>())?;
        }
        Ok(output.finish()?)
    }
}

impl SetArgs {
    fn run(&self, context: &Context) -> Result<(), CommandError> {
        let change = decided(&self.decisions)?;
        let unlocked = context.unlock_for_the_office(context.store()?)?;
        let mut event = Event::new(Action::Policy, Outcome::Success);
        event.detail = Some(format!("set {}", change.in_words()));
        unlocked.session.require_owner(&event)?;
        let words = change.in_words();
        let opened_up = opened_up(&change);
        unlocked.session.set_policy(change)?;
        unlocked.tell_notices();
        context.say(&format!("decided: {words}"));
        for what in opened_up {
            context.warn(&format!("from now on {what}, with a warning and an entry in the access log"));
        }
        Ok(())
    }
}

/// What was refused before, and from now on is not.
fn opened_up(change: &PolicyChange) -> Vec<&'static str> {
    let all = [
        (change.network, "the store is unlocked on a networked machine too"),
        (
            change.sandbox,
            "the store is unlocked also where nothing keeps vault from networks and other programs",
        ),
        (change.screening, "people whose screening has expired see records too"),
        (change.training, "people whose training has expired see records too"),
    ];
    all.into_iter().filter(|(value, _)| *value == Some(Strictness::Warn)).map(|(_, what)| what).collect()
}

/// What the arguments decide.
fn decided(decisions: &[String]) -> Result<PolicyChange, CommandError> {
    let mut change = PolicyChange::default();
    let mut keys: Vec<&str> = Vec::new();
    for decision in decisions {
        let Some((key, value)) = decision.split_once('=') else {
            return Err(wrong(format!("{decision} is not of the form KEY=VALUE")));
        };
        let known = KEYS.iter().find(|(known, _)| *known == key);
        let (key, allowed) = known.ok_or_else(|| wrong(format!("the policy has no {key}")))?;
        if keys.contains(key) {
            return Err(wrong(format!("{key} is given twice")));
        }
        keys.push(key);
        if !take(&mut change, key, value) {
            return Err(CommandError::new(Kind::Usage, format!("{key} is {allowed}")));
        }
    }
    Ok(change)
}

fn wrong(message: String) -> CommandError {
    let keys: Vec<&str> = KEYS.iter().map(|(key, _)| *key).collect();
    CommandError::new(Kind::Usage, message).hint(format!("the keys are: {}", keys.join(", ")))
}

/// Puts one value into its place; `false` when it is none for that key.
fn take(change: &mut PolicyChange, key: &str, value: &str) -> bool {
    let strictness = match value {
        "refuse" => Some(Strictness::Refuse),
        "warn" => Some(Strictness::Warn),
        _ => None,
    };
    let number = value.parse::<u16>().ok();
    let known = match key {
        "network" => put(&mut change.network, strictness),
        "sandbox" => put(&mut change.sandbox, strictness),
        "screening" => put(&mut change.screening, strictness),
        "training" => put(&mut change.training, strictness),
        "backup_days" => put(&mut change.backup_days, number),
        "drill_days" => put(&mut change.drill_days, number),
        "idle_minutes" => put(&mut change.idle_minutes, number),
        "office_hours" => put(&mut change.office_hours, value.parse().ok()),
        _ => false,
    };
    known && change.is_sound()
}

fn put<T>(place: &mut Option<T>, value: Option<T>) -> bool {
    *place = value;
    place.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(decisions: &[&str]) -> Result<String, String> {
        let decisions: Vec<String> = decisions.iter().map(ToString::to_string).collect();
        let said = |error: CommandError| (error.kind(), error.message().to_owned());
        decided(&decisions).map(|change| change.in_words()).map_err(said).map_err(|(kind, message)| {
            assert_eq!(kind, Kind::Usage);
            message
        })
    }

    #[test]
    fn every_key_takes_its_values_and_no_other() {
        let all = "network=warn sandbox=refuse screening=warn training=refuse backup_days=7 drill_days=30 \
                   idle_minutes=5 office_hours=mon-fri,08:00-18:00";
        assert_eq!(words(&all.split(' ').collect::<Vec<_>>()).as_deref(), Ok(all));
        for (key, allowed) in KEYS {
            for value in ["", "no", "0", "65536", "-1"] {
                assert_eq!(words(&[&format!("{key}={value}")]), Err(format!("{key} is {allowed}")));
            }
        }
        assert_eq!(
            words(&["idle_minutes=481"]),
            Err("idle_minutes is a number of minutes from 1 to 480".into())
        );
    }

    #[test]
    fn unknown_and_repeated_keys_are_refused() {
        assert_eq!(words(&["colour=red"]), Err("the policy has no colour".into()));
        assert_eq!(words(&["network"]), Err("network is not of the form KEY=VALUE".into()));
        assert_eq!(words(&["network=warn", "network=refuse"]), Err("network is given twice".into()));
    }
}
