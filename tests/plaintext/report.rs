//! What came out of a transcript under strace: how much was looked at, and what was found.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use libtest_mimic::Failed;

use super::audit::Counts;
use super::canary::{Canaries, Found};
use super::traced::{Stage, Traced};

/// All of it.
pub struct Report {
    /// A command, how often it ran, and how much was looked at.
    pub leaves: BTreeMap<String, (u64, Counts)>,
    /// How many secrets were looked for.
    secrets: usize,
    /// What was done that may not be.
    pub findings: BTreeSet<String>,
    /// What stands in the files that command lines named.
    shown: BTreeMap<PathBuf, BTreeSet<Found>>,
}

impl Report {
    /// Looks at all that the commands did.
    pub fn of(stage: &Stage, commands: &[Traced], canaries: &Canaries) -> Result<Self, Failed> {
        let (mut leaves, mut findings, mut shown) =
            (BTreeMap::<_, (u64, Counts)>::new(), BTreeSet::new(), BTreeMap::new());
        for (command, seen) in commands.iter().zip(stage.look(commands, canaries)?) {
            let words: Vec<_> = command.arguments.iter().skip(1).map(|word| word.to_string_lossy()).collect();
            let leaf = seen.leaf.unwrap_or_else(|| "(not understood)".to_owned());
            let (runs, counts) = leaves.entry(leaf).or_default();
            *runs += 1;
            counts.add(seen.counts);
            let said = |finding| format!("`vault {}`: {finding}", words.join(" "));
            findings.extend(seen.findings.iter().map(said));
            shown.extend(seen.shown);
        }
        Ok(Self { leaves, secrets: canaries.len(), findings, shown })
    }

    /// Prints how much was looked at.
    pub fn print(&self, transcript: &str, played: Duration, whole: Duration) {
        let row = |name: &str, runs: u64, counts: Counts| {
            let Counts { calls, buffers, to_files, to_people, no_sockets } = counts;
            format!(
                "  {name:<20}{runs:>5}{calls:>9}{buffers:>9}{to_files:>14}{to_people:>11}{no_sockets:>7}\n"
            )
        };
        let (mut all, mut runs) = (Counts::default(), 0);
        let mut table = String::new();
        for (leaf, (times, counts)) in &self.leaves {
            table += &row(leaf, *times, *counts);
            all.add(*counts);
            runs += times;
        }
        println!(
            "{transcript}: {} secrets; {:.0} s, of which the commands took {:.0}\n  {:<20}{:>5}{:>9}{:>9}{:>14}{:>11}{:>7}\n\
             {table}{}",
            self.secrets,
            whole.as_secs_f64(),
            played.as_secs_f64(),
            "command",
            "runs",
            "calls",
            "buffers",
            "bytes:files",
            "people",
            "asked",
            row("all", runs, all).trim_end(),
        );
    }

    /// The control: what exports and reports show by right was found in each of them.
    pub fn shows_what_it_may(&self) -> Result<(), Failed> {
        for (secret, files) in
            [("reason 1", 3), ("code 1", 3), ("reason 2", 2), ("reason 3", 2), ("field", 2)]
        {
            let is_it = |found: &Found| found.name == secret && found.form == "plain";
            let seen = self.shown.values().filter(|found| found.iter().any(is_it)).count();
            if seen < files {
                return Err(format!("{files} files should show {secret}, and {seen} were seen to").into());
            }
        }
        Ok(())
    }

    /// Whether nothing was found; if something was, the traces stay.
    pub fn verdict(self, stage: Stage) -> Result<(), Failed> {
        if self.findings.is_empty() {
            return Ok(());
        }
        let findings: Vec<String> = self.findings.into_iter().collect();
        Err(format!("{}\nThe traces are kept in {}", findings.join("\n"), stage.keep().display()).into())
    }
}
