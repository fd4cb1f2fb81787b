//! `vault status`

use indicatif::HumanBytes;
use serde::Serialize;

use super::Context;
use super::customer::time;
use super::error::CommandError;
use super::output::Form;
use crate::store::{Precaution, Status};

/// Show the store's groups, sizes, access log and state; asks no passphrase.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault status\n  vault status --json")]
pub struct StatusArgs {
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

impl StatusArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let store = context.store()?;
        let mut status = store.status()?;
        status.groups.sort();
        let network = context.network();
        let (backup, drill) = (store.backup(), store.drill());
        let mut output = context.output(self.json);
        if self.json {
            let json = JsonStatus::of(&status, &backup, &drill, network.is_some());
            output.object(&json)?;
            return Ok(output.finish()?);
        }
        let drawn = matches!(output.form(), Form::Drawn { .. });
        let (id, head) = (status.store.to_string(), status.log.hash.to_string());
        // A terminal's line has no room for 64 digits; `--json` and `--plain` have them all.
        let digits = |digits: &str| {
            if drawn { format!("{}…", digits.get(..16).unwrap_or(digits)) } else { digits.to_owned() }
        };
        let folder = store.layout().root().display().to_string();
        let id = digits(&id);
        let log = format!("{} entries, head {}", status.log.seq, digits(&head));
        let network = network.map_or_else(|| "none".to_owned(), |network| format!("connected: {network}"));
        let now = context.surroundings.clock.now();
        let said = |done: &Precaution| match done.last() {
            Some(last) => format!("{}, on {}, {}", time(last), done.on().unwrap_or("?"), done.standing(now)),
            None => done.standing(now).to_string(),
        };
        let (backup, drill) = (said(&backup), said(&drill));
        let groups: Vec<(String, String)> = status
            .groups
            .iter()
            .map(|(name, bytes)| (format!("Group {name}"), HumanBytes(*bytes).to_string()))
            .collect();
        let mut lines = vec![("Folder", folder.as_str()), ("Id", &id)];
        lines.extend(groups.iter().map(|(label, size)| (label.as_str(), size.as_str())));
        lines.extend([
            ("Access log", log.as_str()),
            ("Last backup", backup.as_str()),
            ("Last drill", drill.as_str()),
            ("Network", &network),
        ]);
        output.card("Store", &lines)?;
        Ok(output.finish()?)
    }
}

#[derive(Serialize)]
struct JsonStatus<'status> {
    store: String,
    groups: Vec<JsonGroup<'status>>,
    log: JsonLog,
    last_backup: Option<String>,
    last_drill: Option<String>,
    networked: bool,
    last_backup_on: Option<String>,
    last_drill_on: Option<String>,
}

#[derive(Serialize)]
struct JsonGroup<'status> {
    name: &'status str,
    bytes: u64,
}

#[derive(Serialize)]
struct JsonLog {
    seq: u64,
    head: String,
}

impl<'status> JsonStatus<'status> {
    fn of(status: &'status Status, backup: &Precaution, drill: &Precaution, networked: bool) -> Self {
        let groups = status.groups.iter();
        Self {
            store: status.store.to_string(),
            groups: groups.map(|(name, bytes)| JsonGroup { name: name.as_str(), bytes: *bytes }).collect(),
            log: JsonLog { seq: status.log.seq, head: status.log.hash.to_string() },
            last_backup: backup.last().map(|at| at.to_string()),
            last_drill: drill.last().map(|at| at.to_string()),
            last_backup_on: backup.on().map(str::to_owned),
            last_drill_on: drill.on().map(str::to_owned),
            networked,
        }
    }
}
