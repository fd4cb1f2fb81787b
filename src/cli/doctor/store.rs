//! What the store on the machine is asked: its files, room, clock, backups, policy, owners.

use std::path::Path;

use indicatif::HumanBytes;
use jiff::Timestamp;

use super::check::Check;
use super::machine::with_causes;
use crate::access_log::Role;
use crate::cli::Context;
use crate::cli::customer::time;
use crate::cli::error::CommandError;
use crate::machine::clock::{Trace, went_back};
use crate::machine::permissions::{Exposed, How, exposed, replaceable_in};
use crate::machine::space::space;
use crate::store::roster::Policy;
use crate::store::{Precaution, Status, Store, Strictness};

/// How many of the files that are open to others are named.
const NAMED: usize = 3;
/// Bytes that everybody's seen notes take, by far.
const NOTES: u64 = 1024 * 1024;

/// Looks at the store, and at the machine where it lies.
pub(super) fn checks(context: &Context, store: &Store) -> Result<Vec<Check>, CommandError> {
    let (surroundings, root) = (&context.surroundings, store.layout().root());
    let status = store.status()?;
    let uid = rustix::process::geteuid().as_raw();
    let now = surroundings.clock.now();
    let groups = match status.groups.len() {
        1 => "1 group".to_owned(),
        count => format!("{count} groups"),
    };
    Ok(vec![
        Check::ok("store", format!("{}, with {groups}", root.display())),
        clock(store, now)?,
        permissions(root, &surroundings.state, uid),
        folders(root, uid),
        room(root, &surroundings.state, &status, surroundings.log_reserve),
        backup(&store.backup(), now),
        drill(&store.drill(), now),
        policy(store.roster().policy()),
        owners(store),
    ])
}

fn clock(store: &Store, now: Timestamp) -> Result<Check, CommandError> {
    let roster = store.layout().roster();
    let month = store.newest_month()?;
    let mut traces = vec![Trace::program()];
    let files = [Some(roster), month.as_ref().map(|(path, _)| path.clone())];
    // What another command replaces meanwhile is no trace.
    traces.extend(files.iter().flatten().filter_map(|path| Trace::change_of(path).ok()));
    traces.extend(month.map(|(path, at)| Trace { what: path.display().to_string(), at }));
    Ok(clock_against(now, traces))
}

/// The clock held against what happened.
pub(super) fn clock_against(now: Timestamp, traces: Vec<Trace>) -> Check {
    let id = "clock";
    match went_back(now, traces) {
        None => Check::ok(id, format!("it shows {}, and nothing here is newer", time(now))),
        Some(Trace { what, at }) => Check::advice(
            id,
            format!("it shows {}, and {what} is of {}", time(now), time(at)),
            "set the clock of this machine; if it is right now, it was wrong then, and so are times in the access log",
        ),
    }
}

fn permissions(root: &Path, state: &Path, uid: u32) -> Check {
    let id = "permissions";
    let found = exposed(root, uid).and_then(|mut found| {
        found.extend(exposed(state, uid)?);
        Ok(found)
    });
    let found = match found {
        Ok(found) => found,
        Err(error) => return unread(id, &error),
    };
    if found.is_empty() {
        return Check::ok(id, "the store and the seen notes are this account's alone");
    }
    let both = format!("{} {}", quoted(root), quoted(state));
    let advice = if found.iter().any(|exposed| matches!(exposed.how, How::OwnedBy(_))) {
        format!("ask whoever set up this machine to give them to your account: `chown -R` on {both}")
    } else {
        format!("take them away from others: `chmod -R go= {both}`")
    };
    Check::advice(id, named(&found), advice)
}

fn folders(root: &Path, uid: u32) -> Check {
    let id = "folders";
    let found = match replaceable_in(root, uid) {
        Ok(found) => found,
        Err(error) => return unread(id, &error),
    };
    if found.is_empty() {
        return Check::ok(id, "nobody else can put another folder in the store's place");
    }
    let advice = if found.iter().any(|exposed| matches!(exposed.how, How::OwnedBy(_))) {
        "move the store below folders that belong to your account or to the system".to_owned()
    } else {
        let all: Vec<String> = found.iter().map(|exposed| quoted(&exposed.path)).collect();
        format!("let others no longer write there: `chmod go-w {}`", all.join(" "))
    };
    Check::advice(id, named(&found), advice)
}

/// A path as it may stand in a command.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    shlex::try_quote(&text).map_or(text.clone(), std::borrow::Cow::into_owned)
}

fn named(found: &[Exposed]) -> String {
    let mut names: Vec<String> = found.iter().take(NAMED).map(ToString::to_string).collect();
    if found.len() > NAMED {
        names.push(format!("and {} more", found.len() - NAMED));
    }
    names.join("; ")
}

fn unread(id: &'static str, error: &std::io::Error) -> Check {
    let found = format!("cannot be told: {}", with_causes(error));
    Check::unknown(id, found, "ask whoever set up this machine to let your account read its own folders")
}

fn room(root: &Path, state: &Path, status: &Status, reserve: u64) -> Check {
    let id = "space";
    let (store, notes) = match space(root).and_then(|store| Ok((store, space(state)?))) {
        Ok(spaces) => spaces,
        Err(error) => return unread(id, &error),
    };
    // The old base and log stay until the new ones are whole.
    let largest = status.groups.iter().max_by_key(|(_, bytes)| *bytes);
    let need = largest.map_or(0, |(_, bytes)| bytes.saturating_mul(2)).saturating_add(reserve);
    let advice = "make room on that disk before work goes on: remove or move other files";
    if notes.device != store.device && notes.free < NOTES {
        let found = format!("{} are free where the seen notes are", HumanBytes(notes.free));
        return Check::advice(id, found, advice);
    }
    let found = format!(
        "{} are free where the store is, and a checkpoint and the access log may need {}",
        HumanBytes(store.free),
        HumanBytes(need)
    );
    if store.free < need { Check::advice(id, found, advice) } else { Check::ok(id, found) }
}

fn backup(backup: &Precaution, now: Timestamp) -> Check {
    precaution(
        "backup",
        backup,
        now,
        "make one, `vault backup create DIR`, on a medium that is kept elsewhere; a timer does it every night",
    )
}

fn drill(drill: &Precaution, now: Timestamp) -> Check {
    precaution("drill", drill, now, "prove that a snapshot restores: `vault backup drill DIR`")
}

/// A backup or a drill held against the days that the policy allows.
pub(super) fn precaution(
    id: &'static str,
    precaution: &Precaution,
    now: Timestamp,
    advice: &'static str,
) -> Check {
    let standing = precaution.standing(now);
    if standing.is_in_time() {
        Check::ok(id, standing.to_string())
    } else {
        Check::advice(id, standing.to_string(), advice)
    }
}

/// What the owners opened up.
pub(super) fn policy(policy: &Policy) -> Check {
    let id = "policy";
    let all = [
        ("network", policy.network),
        ("sandbox", policy.sandbox),
        ("screening", policy.screening),
        ("training", policy.training),
    ];
    let open = all.into_iter().filter(|(_, strictness)| *strictness == Strictness::Warn);
    let open: Vec<&str> = open.map(|(key, _)| key).collect();
    if open.is_empty() {
        return Check::ok(
            id,
            "it refuses networked machines, unconfined processes, and people who are not fit for now",
        );
    }
    let set = |value: &str| open.iter().map(|key| format!("{key}={value}")).collect::<Vec<_>>().join(" ");
    let advice = format!("an owner makes it strict again: `vault policy set {}`", set("refuse"));
    Check::advice(id, format!("it only warns: {}", set("warn")), advice)
}

fn owners(store: &Store) -> Check {
    let owners = store.roster().people().filter(|person| person.role == Role::Owner);
    let owners: Vec<&str> = owners.map(|person| person.name.as_str()).collect();
    owners_check(&owners, store.roster().recovery().is_some())
}

/// Whether a forgotten passphrase can be helped.
pub(super) fn owners_check(owners: &[&str], has_sheet: bool) -> Check {
    let id = "owners";
    let names = owners.join(", ");
    match (owners.len(), has_sheet) {
        (2.., _) => Check::ok(id, format!("several people own the store: {names}")),
        (_, true) => Check::ok(id, format!("{names} owns the store, and there is a recovery sheet")),
        (_, false) => Check::advice(
            id,
            format!("{names} alone owns the store, and there is no recovery sheet"),
            "enrol a second owner (`vault staff add NAME --role owner`): nobody else can help when the passphrase is \
             forgotten",
        ),
    }
}
