//! What `vault log verify` says: scope, what was compared, what is wrong, and what it does not prove.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::super::Context;
use super::super::super::error::CommandError;
use super::super::super::output::{Form, Output};
use crate::access_log::verify::{End, Listed, Source, Uncommitted, Verification};
use crate::store::VerifiedLog;
use crate::store::roster::{Accepted, GivenUp};

pub(super) fn tell(context: &Context, verified: &VerifiedLog, json: bool) -> Result<(), CommandError> {
    let mut output = context.output(json);
    if json {
        output.object(&JsonReport::of(verified))?;
    } else {
        card(&mut output, verified)?;
    }
    Ok(output.finish()?)
}

fn card(output: &mut Output, verified: &VerifiedLog) -> Result<(), CommandError> {
    let found = &verified.found;
    let id = verified.store.to_string();
    let id = match output.form() {
        Form::Drawn { .. } => format!("{}…", id.get(..16).unwrap_or(&id)),
        _ => id,
    };
    let mut lines: Vec<(&str, String)> = vec![("Store", id), ("Checked", checked(found))];
    if found.unsigned > 0 {
        lines.push(("Nobody signed", format!("{} (failed unlocks, refusals, jobs)", found.unsigned)));
    }
    lines.push(("Held against", compared(found)));
    lines.push(("Clock", clock(found)));
    lines.push(("Not committed", uncommitted(found)));
    lines.extend(verified.accepts.iter().map(|accepted| ("Restored", restored(accepted))));
    if found.given_up.count + found.given_up_seen.count > 0 {
        lines.push(("Given up", given_up(found)));
    }
    if found.torn {
        let torn = "a line that a crash cut off stands at the end; the next command moves it aside";
        lines.push(("Torn", torn.to_owned()));
    }
    if let Some(error) = &verified.unlogged {
        lines.push(("Not logged", format!("that you verified it is not in the log: {error}")));
    }
    for finding in &found.findings.first {
        lines.push(("Wrong", finding.to_string()));
    }
    let listed = found.findings.first.len() as u64;
    if found.findings.count > listed {
        lines.push(("Wrong", format!("and {} things more", found.findings.count - listed)));
    }
    lines.push(("Verdict", verdict(found)));
    lines.push(("Not proven", not_proven(found)));
    let lines: Vec<(&str, &str)> = lines.iter().map(|(label, value)| (*label, value.as_str())).collect();
    Ok(output.card("Access log", &lines)?)
}

fn checked(found: &Verification) -> String {
    let (Some(first), Some(last)) = (&found.first, &found.last) else { return "no entry at all".to_owned() };
    let end = |end: &End| {
        let time = if end.time.is_empty() { "unknown" } else { end.time.get(..19).unwrap_or(&end.time) };
        format!("{} ({})", end.mark.seq, time.replace('T', " "))
    };
    format!("{} entries, from {} to {}, UTC", found.entries, end(first), end(last))
}

fn compared(found: &Verification) -> String {
    if found.compared.is_empty() {
        return "nothing".to_owned();
    }
    let kinds = found.compared.iter().map(|compared| format!("{}: {}", compared.kind, compared.count));
    kinds.collect::<Vec<_>>().join(", ")
}

fn clock(found: &Verification) -> String {
    match (found.clock.count, found.clock.first.first()) {
        (0, _) | (_, None) => "never went back".to_owned(),
        (count, Some(went)) => {
            let times = if count == 1 { "once".to_owned() } else { format!("{count} times, first") };
            format!("went back {times} at entry {}: {} after {}", went.seq, went.time, went.before)
        }
    }
}

fn uncommitted(found: &Verification) -> String {
    if found.uncommitted.count == 0 {
        return "none".to_owned();
    }
    let what = changes_of(found.uncommitted.count);
    format!("{what} never came to be, as by a crash: {}", listed(&found.uncommitted, in_words))
}

/// By which line of the roster a restored store was accepted, and what was known to be given up.
fn restored(accepted: &Accepted) -> String {
    let GivenUp { roster, log, groups } = &accepted.given_up;
    let groups = groups.iter().map(|group| format!("{} up to record {}", group.name, group.record.seq));
    let lines = roster.iter().map(|mark| format!("the roster up to line {}", mark.seq + 1));
    let entries = log.iter().map(|mark| format!("the access log up to entry {}", mark.seq));
    let given_up: Vec<String> = groups.chain(lines).chain(entries).collect();
    let given_up = if given_up.is_empty() { "nothing known".to_owned() } else { given_up.join(", ") };
    let (by, day, line) = (&accepted.by, accepted.at.strftime("%Y-%m-%d"), accepted.line.seq + 1);
    format!("accepted by {by} on {day} in line {line} of the roster; given up: {given_up}")
}

/// What a restored store does not have, which an owner accepted.
fn given_up(found: &Verification) -> String {
    let mut said = Vec::new();
    if found.given_up.count > 0 {
        let what = changes_of(found.given_up.count);
        said.push(format!("{what} the restored store does not have: {}", listed(&found.given_up, in_words)));
    }
    if found.given_up_seen.count > 0 {
        let seen = |(seq, source): &(u64, Source)| format!("{seq} ({source})");
        let seen = listed(&found.given_up_seen, seen);
        said.push(format!("entries that its log does not have: {seen}"));
    }
    said.join("; ")
}

fn changes_of(count: u64) -> &'static str {
    if count == 1 { "1 entry whose change" } else { "entries whose changes" }
}

/// The first ones, and how many more.
fn listed<T>(listed: &Listed<T>, in_words: impl Fn(&T) -> String) -> String {
    let mut entries: Vec<String> = listed.first.iter().map(in_words).collect();
    if listed.count > listed.first.len() as u64 {
        entries.push(format!("and {} more", listed.count - listed.first.len() as u64));
    }
    entries.join(", ")
}

fn in_words(entry: &Uncommitted) -> String {
    let Uncommitted { seq, staff, action, group } = entry;
    let place = group.as_ref().map(|group| format!(" in {group}")).unwrap_or_default();
    format!("{seq} ({action}{place} by {staff})")
}

fn verdict(found: &Verification) -> String {
    match found.findings.count {
        0 => "sound".to_owned(),
        1 => "NOT SOUND: one thing is wrong".to_owned(),
        count => format!("NOT SOUND: {count} things are wrong"),
    }
}

fn not_proven(found: &Verification) -> String {
    let cut = match &found.newest_elsewhere {
        Some((seq, source)) => format!(
            "that nothing was cut off after entry {seq}, the newest that a witness from elsewhere names \
             ({source}), by somebody who also changed records and what this machine remembers"
        ),
        None => "that nothing was cut off by somebody who also changed records and what this machine \
                 remembers: no witness from elsewhere was given (--head, --against)"
            .to_owned(),
    };
    format!("{cut}; that the clock was right; what was done with other programs")
}

#[derive(Serialize)]
struct JsonReport<'found> {
    store: String,
    sound: bool,
    entries: u64,
    unsigned: u64,
    first: Option<JsonEnd<'found>>,
    last: Option<JsonEnd<'found>>,
    findings: u64,
    first_findings: Vec<String>,
    compared: BTreeMap<&'static str, u64>,
    newest_witness_elsewhere: Option<u64>,
    clock_went_back: u64,
    uncommitted: u64,
    first_uncommitted: Vec<u64>,
    restored: u64,
    given_up: u64,
    given_up_seen: u64,
    torn: bool,
    logged: bool,
}

#[derive(Serialize)]
struct JsonEnd<'found> {
    seq: u64,
    hash: String,
    time: &'found str,
}

impl<'found> JsonReport<'found> {
    fn of(verified: &'found VerifiedLog) -> Self {
        let found = &verified.found;
        let end = |end: &'found End| JsonEnd {
            seq: end.mark.seq,
            hash: end.mark.hash.to_string(),
            time: &end.time,
        };
        Self {
            store: verified.store.to_string(),
            sound: found.is_sound(),
            entries: found.entries,
            unsigned: found.unsigned,
            first: found.first.as_ref().map(end),
            last: found.last.as_ref().map(end),
            findings: found.findings.count,
            first_findings: found.findings.first.iter().map(ToString::to_string).collect(),
            compared: found.compared.iter().map(|compared| (compared.kind, compared.count)).collect(),
            newest_witness_elsewhere: found.newest_elsewhere.as_ref().map(|(seq, _)| *seq),
            clock_went_back: found.clock.count,
            uncommitted: found.uncommitted.count,
            first_uncommitted: found.uncommitted.first.iter().map(|entry| entry.seq).collect(),
            restored: verified.accepts.len() as u64,
            given_up: found.given_up.count,
            given_up_seen: found.given_up_seen.count,
            torn: found.torn,
            logged: verified.unlogged.is_none(),
        }
    }
}
