//! `vault backup accept`

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::cli::Context;
use crate::cli::error::{CommandError, Kind};
use crate::cli::terminal::Terminal;
use crate::cli::unlock::ask_passphrase;
use crate::sealed::passphrase::Passphrase;
use crate::store::restored::SnapshotAt;
use crate::store::{AcceptError, Accepting, Losses, Name, Store};

/// Make a restored store the office's again; only an owner can.
///
/// Shows what was done since the snapshot and is lost. Then everything gets new keys, in one step, and the
/// access log goes on. If it is broken off, run it again.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault backup accept\n  vault --store /srv/restored --as olga backup accept"
)]
pub struct AcceptArgs {}

impl AcceptArgs {
    #[allow(clippy::unused_self, reason = "every command is run alike")]
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let (store, restored) = Store::open_restored(&context.store_folder()?, &context.surroundings)?;
        let (locked, passphrase, terminal) = context.ask_who(store)?;
        let name = locked.person.name.clone();
        let mut accepting = locked.store.unlock_to_accept(restored, name.as_str(), &passphrase)?;
        context.log_circumstances(accepting.log(), &accepting.roster(), locked.circumstances)?;
        context.tell_notices(&accepting.take_notices());
        accepting.check_owner()?;
        open_former(&mut accepting, &passphrase, &terminal)?;
        drop(passphrase);

        let snapshot = accepting.restored().from.snapshot.clone();
        terminal.show(&in_words(&accepting))?;
        terminal.confirm_by_typing(&snapshot)?;
        let session = context.rekeying(|work| accepting.accept(work))?;
        context.tell_notices(&session.take_notices());
        context.tell_seen(session.seen());
        context.tell_reserve(session.log());

        context.say("this store is the office's again");
        let mut groups: Vec<Name> =
            session.roster().groups().iter().map(|group| group.name.clone()).collect();
        groups.sort();
        context.say_rekeyed(&groups, false, "the keys and passphrases of then");
        context.say("make a backup now: `vault backup create` begins a new line of snapshots");
        Ok(())
    }
}

/// Opens the log-ins that the person had when the snapshot was made, where a group needs one.
fn open_former(
    accepting: &mut Accepting,
    passphrase: &Passphrase,
    terminal: &Terminal,
) -> Result<(), CommandError> {
    let mut numbers = accepting.former_log_ins()?;
    while let (Err(AcceptError::NotThen { .. }), Some(number)) = (accepting.check_groups(), numbers.last()) {
        let number = *number;
        numbers.pop();
        if accepting.open_former(number, passphrase)? {
            continue;
        }
        let name = accepting.person().name.clone();
        let day = day(accepting.restored().from.time);
        terminal.show(&format!(
            "The log-in of {name} was changed since the snapshot; what is in it opens with the passphrase of then.\n"
        ))?;
        let then = ask_passphrase(terminal, &format!("Passphrase for {name} as of {day}: "))?;
        if !accepting.open_former(number, &then)? {
            return Err(CommandError::new(Kind::NotAllowed, "wrong passphrase"));
        }
    }
    Ok(accepting.check_groups()?)
}

fn day(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}

/// What an owner should know before they type the snapshot's name.
fn in_words(accepting: &Accepting) -> String {
    let restored = accepting.restored();
    let medium = if restored.label.is_empty() { &restored.medium } else { &restored.label };
    let at = |snapshot: &SnapshotAt| {
        snapshot.time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M UTC").to_string()
    };
    let (from, newest) = (&restored.from, &restored.newest);
    let mut lines =
        vec![format!("This store was restored from medium {medium}. Its groups are of {}.", at(from))];
    if newest.snapshot != from.snapshot {
        lines.push(format!("People, rights and the access log are of {}, the newest there.", at(newest)));
    }
    if !restored.passed_over.is_empty() {
        lines.push(format!(
            "Newer snapshots there were too damaged to be used: {}.",
            restored.passed_over.join(", ")
        ));
        lines.push(
            "Whoever was let go in them can unlock again, and whoever was erased is there again:".to_owned(),
        );
        lines.push("find out why they are damaged.".to_owned());
    }
    if !restored.erased.is_empty() {
        lines.push("Customers who were erased since are erased again.".to_owned());
    }
    lines.extend(lost(&accepting.losses()));
    lines.push("Every group gets a new key. Then this store counts, and no other copy of it.".to_owned());
    lines.join("\n") + "\n"
}

fn lost(losses: &Losses) -> Vec<String> {
    if losses.is_nothing() {
        return vec!["Neither the medium nor this machine knows of anything that was done since.".to_owned()];
    }
    let count =
        |count: u64, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    let mut lines = vec!["Known to be done since, and not in it:".to_owned()];
    for group in &losses.groups {
        let changes = count(group.known.saturating_sub(group.kept), "change");
        lines.push(format!("  group {}: {changes} of records", group.name));
    }
    if losses.lines > 0 {
        let changes = count(losses.lines, "change");
        lines.push(format!("  {changes} of people, rights or policy: whoever was let go in one of them"));
        lines.push("  can unlock again. See `vault staff list`, and let them go once more.".to_owned());
    }
    if losses.entries > 0 {
        lines.push(format!(
            "  {} of the access log",
            if losses.entries == 1 { "1 entry".to_owned() } else { format!("{} entries", losses.entries) }
        ));
    }
    lines
}
