//! Entries and what was made with them: each record, head and roster line has an entry of its own, and
//! each entry of a change has its change, unless a crash came between.

use std::collections::BTreeMap;

use super::witness::Source;
use super::{Finding, Made};
use crate::access_log::entry::{Action, Opened, Outcome};
use crate::access_log::naming::{Makes, taken_in};
use crate::sealed::group_file::NamedEntry;
use crate::sealed::signed::Mark;

/// Generations of whole-file changes that are remembered for each group: only the newest may be named still.
const WHOLE_FILES: usize = 8;

/// What verifying needs of an entry.
#[derive(Debug, Clone)]
pub(super) struct Fact {
    pub seq: u64,
    pub time: String,
    pub unsigned: bool,
    staff: String,
    action: Action,
    outcome: Outcome,
    group: Option<String>,
    makes: Vec<Makes>,
    takes_in: Vec<(u64, u64)>,
}

impl From<Opened> for Fact {
    fn from(opened: Opened) -> Self {
        let entry = opened.entry;
        let detail = entry.detail.as_deref().unwrap_or_default();
        let (makes, takes_in) = (Makes::of(detail).collect(), taken_in(detail).collect());
        Self {
            seq: entry.seq,
            unsigned: entry.unsigned,
            makes,
            takes_in,
            time: entry.time,
            staff: entry.staff,
            action: entry.action,
            outcome: entry.outcome,
            group: entry.group,
        }
    }
}

/// An entry of a change that is nowhere to be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uncommitted {
    /// The entry.
    pub seq: u64,
    /// Who acted.
    pub staff: String,
    /// What was to be done.
    pub action: Action,
    /// In which group.
    pub group: Option<String>,
}

/// An entry whose change was not met yet.
struct Pending {
    makes: Makes,
    entry: Uncommitted,
    /// The writer itself said that it failed. What a disk did not confirm may be there all the same.
    failed: bool,
}

/// Those of which the log does not say itself that they failed.
fn untold(pending: impl IntoIterator<Item = Pending>) -> impl Iterator<Item = Uncommitted> {
    pending.into_iter().filter(|pending| !pending.failed).map(|pending| pending.entry)
}

#[derive(Default)]
struct Group {
    /// Entries that name a record, by the record's number.
    records: BTreeMap<u64, Vec<Pending>>,
    /// The newest entry that names a whole-file change.
    whole: Option<Pending>,
    /// Of the newest generations: the entry that any record or head written since may name. However often
    /// one was tried, only the last try may have come to be.
    whole_files: BTreeMap<u64, u64>,
    /// The highest record that any entry took in.
    taken_in: u64,
}

impl Group {
    fn names_whole_file(&self, entry: u64) -> bool {
        self.whole_files.values().any(|own| *own == entry)
    }
}

pub(super) struct Pairing<'a> {
    made: &'a Made,
    groups: BTreeMap<String, Group>,
    /// Entries that name a roster line which does not name them, by the line.
    lines: BTreeMap<u64, Vec<Pending>>,
    /// Lines whose entry tells of something else, found as they come by.
    by_line_entry: BTreeMap<u64, u64>,
    /// Each with the entry that showed it.
    uncommitted: Vec<(u64, Uncommitted)>,
    /// The first and the last of the entries of whole files that stand one behind the other.
    run: Option<(u64, u64)>,
    /// Entries whose changes a restored store, accepted since, does not have.
    given_up: Vec<Uncommitted>,
    /// The entry of a restore that nobody accepted yet.
    restored: Option<u64>,
}

/// What is left after the last entry.
pub(super) struct Unpaired {
    pub findings: Vec<Finding>,
    pub uncommitted: Vec<Uncommitted>,
    pub given_up: Vec<Uncommitted>,
}

impl<'a> Pairing<'a> {
    pub fn new(made: &'a Made) -> Self {
        let by_line_entry = made.lines.iter().map(|(line, mark)| (mark.seq, *line)).collect();
        let (groups, lines) = (BTreeMap::new(), BTreeMap::new());
        Self {
            made,
            groups,
            lines,
            by_line_entry,
            uncommitted: Vec::new(),
            run: None,
            given_up: Vec::new(),
            restored: None,
        }
    }

    /// An entry comes by. Gives what it shows to be wrong.
    pub fn take(&mut self, fact: &Fact, mark: Mark) -> Vec<Finding> {
        let mut findings = Vec::new();
        if let Some(line) = self.by_line_entry.get(&fact.seq)
            && (fact.unsigned || !fact.makes.contains(&Makes::Roster(*line)))
        {
            findings.push(Finding::NotItsEntry { from: Source::Line(line + 1), seq: fact.seq });
        }
        match (fact.action, fact.outcome) {
            // A restored store can be used only once an owner accepted it: else somebody removed its mark.
            (Action::Restore, Outcome::Success) => self.restored = Some(fact.seq),
            (Action::Accept, Outcome::Success) if !fact.unsigned => self.restored = None,
            _ => {}
        }
        // Nobody's word makes anything: whoever has the store can put such entries at its end.
        if fact.unsigned {
            return findings;
        }
        for makes in &fact.makes {
            match (fact.outcome, makes) {
                (Outcome::Success, _) => self.made_by(fact, *makes, mark),
                (Outcome::Failure, _) => self.failed(fact, *makes),
                (Outcome::Denied, _) => {}
            }
        }
        if fact.outcome == Outcome::Success
            && let (Some(name), false) = (&fact.group, fact.takes_in.is_empty())
        {
            self.take_in(fact.seq, name, &fact.takes_in, &mut findings);
        }
        if self.made.accepts.contains(&mark) {
            self.give_up(fact.seq);
        }
        if fact.makes.iter().any(|makes| matches!(makes, Makes::Generation(_))) {
            let first = self.run.filter(|run| run.1 + 1 == fact.seq).map_or(fact.seq, |run| run.0);
            self.run = Some((first, fact.seq));
        }
        findings
    }

    /// A restored store was accepted by entry `seq`. All that its groups hold was listed by the re-keys right
    /// before; the rest was made after the snapshot, or never. What a checkpoint took in that is given up
    /// itself is not told one by one. Generations and records are counted from the snapshot again.
    fn give_up(&mut self, seq: u64) {
        let rekeys = self.run.filter(|run| run.1 + 1 == seq).map_or(seq, |run| run.0);
        for group in self.groups.values_mut() {
            let records = std::mem::take(&mut group.records);
            let whole = group.whole.take().filter(|whole| whole.entry.seq < rekeys);
            self.given_up.extend(untold(records.into_values().flatten().chain(whole)));
            group.whole_files.clear();
        }
        let (found_now, before) =
            std::mem::take(&mut self.uncommitted).into_iter().partition(|(shown_by, _)| *shown_by >= rekeys);
        self.uncommitted = before;
        let found_now: Vec<(u64, Uncommitted)> = found_now;
        self.given_up.extend(found_now.into_iter().map(|(_, entry)| entry));
    }

    fn made_by(&mut self, fact: &Fact, makes: Makes, mark: Mark) {
        let entry = Uncommitted {
            seq: fact.seq,
            staff: fact.staff.clone(),
            action: fact.action,
            group: fact.group.clone(),
        };
        let pending = Pending { makes, entry, failed: false };
        match makes {
            Makes::Roster(line) => {
                // The line itself settles it; whoever tried before did not get there.
                if self.made.lines.get(&line) != Some(&mark) {
                    self.lines.entry(line).or_default().push(pending);
                }
            }
            Makes::Record(record) => {
                let Some(group) = self.group(fact) else { return };
                group.records.entry(record).or_default().push(pending);
            }
            Makes::Generation(generation) => {
                let Some(group) = self.group(fact) else { return };
                let before = group.whole.replace(pending);
                group.whole_files.insert(generation, fact.seq);
                if group.whole_files.len() > WHOLE_FILES {
                    group.whole_files.pop_first();
                }
                // The same generation again: the one before never came to be. Parts of one act are one.
                let again = before.filter(|before| {
                    before.makes == Makes::Generation(generation)
                        && before.entry.seq.saturating_add(1) != fact.seq
                });
                self.uncommitted.extend(untold(again).map(|entry| (fact.seq, entry)));
            }
        }
    }

    /// The writer itself says that a change did not come to be.
    fn failed(&mut self, fact: &Fact, makes: Makes) {
        let pending: Option<&mut Pending> = match makes {
            Makes::Roster(line) => self.lines.get_mut(&line).and_then(|tried| newest(tried, fact)),
            Makes::Record(record) => {
                let Some(group) = self.group(fact) else { return };
                group.records.get_mut(&record).and_then(|tried| newest(tried, fact))
            }
            Makes::Generation(_) => {
                let Some(group) = self.group(fact) else { return };
                group.whole.as_mut().filter(|whole| whole.makes == makes && whole.entry.staff == fact.staff)
            }
        };
        if let Some(pending) = pending {
            pending.failed = true;
        }
    }

    /// A new base or log took records in, each with its entry.
    fn take_in(&mut self, seq: u64, name: &str, listed: &[(u64, u64)], findings: &mut Vec<Finding>) {
        let group = self.groups.entry(name.to_owned()).or_default();
        let outline = self.made.groups.get(name);
        for (record, entry) in listed {
            // Still in the log: what was to take it in was broken off, or came after the log was read.
            if outline.is_some_and(|outline| outline.entry_of(*record).is_some_and(|own| own.seq == *entry)) {
                continue;
            }
            let pending = group.records.remove(record).unwrap_or_default();
            let known = pending.iter().any(|pending| pending.entry.seq == *entry)
                || group.names_whole_file(*entry)
                // Listed again, because the change that listed it first was broken off.
                || *record <= group.taken_in;
            if !known {
                let from = Source::Record(name.to_owned(), *record);
                findings.push(Finding::NotItsEntry { from, seq: *entry });
            }
            let others = pending.into_iter().filter(|pending| pending.entry.seq != *entry);
            self.uncommitted.extend(untold(others).map(|entry| (seq, entry)));
            group.taken_in = group.taken_in.max(*record);
        }
    }

    fn group(&mut self, fact: &Fact) -> Option<&mut Group> {
        Some(self.groups.entry(fact.group.clone()?).or_default())
    }

    /// After the last entry: what is wrong, and which entries' changes never came to be or are given up.
    pub fn finish(mut self) -> Unpaired {
        let mut findings = Vec::new();
        let mut uncommitted: Vec<Uncommitted> =
            self.uncommitted.into_iter().map(|(_, entry)| entry).collect();
        for (name, outline) in &self.made.groups {
            let mut group = self.groups.remove(name).unwrap_or_default();
            for NamedEntry { record, entry, signer } in &outline.records {
                let from = || Source::Record(name.clone(), *record);
                let pending = group.records.remove(record).unwrap_or_default();
                let own = pending.iter().find(|pending| pending.entry.seq == entry.seq);
                let signed_by = signer.rsplit_once('.').map_or(signer.as_str(), |(staff, _)| staff);
                match own {
                    Some(own) if own.entry.staff != signed_by => findings.push(Finding::OthersEntry {
                        from: from(),
                        signer: signer.clone(),
                        seq: entry.seq,
                        staff: own.entry.staff.clone(),
                    }),
                    None if !group.names_whole_file(entry.seq) && entry.seq <= self.made.as_of => {
                        findings.push(Finding::NotItsEntry { from: from(), seq: entry.seq });
                    }
                    _ => {}
                }
                let others = pending.into_iter().filter(|pending| pending.entry.seq != entry.seq);
                uncommitted.extend(untold(others));
            }
            let head = outline.entry;
            // Of a new group or key, the line's entry.
            let own = group.whole_files.get(&outline.generation) == Some(&head.seq)
                || self.made.lines.values().any(|line| *line == head);
            if !own && head.seq <= self.made.as_of {
                findings.push(Finding::NotItsEntry { from: Source::Head(name.clone()), seq: head.seq });
            }
            uncommitted.extend(untold(group.records.into_values().flatten()));
            let ahead = |whole: &Pending| match whole.makes {
                Makes::Generation(generation) => generation > outline.generation,
                _ => false,
            };
            uncommitted.extend(untold(group.whole.filter(ahead)));
        }
        uncommitted.extend(untold(self.lines.into_values().flatten()));
        findings.extend(self.restored.map(|seq| Finding::NotAccepted { seq }));
        // What came after the outside was read may be on its way.
        uncommitted.retain(|entry| entry.seq <= self.made.as_of);
        uncommitted.sort_by_key(|entry| entry.seq);
        self.given_up.sort_by_key(|entry| entry.seq);
        Unpaired { findings, uncommitted, given_up: self.given_up }
    }
}

/// The newest try of the person of whom an entry tells.
fn newest<'pending>(tried: &'pending mut [Pending], fact: &Fact) -> Option<&'pending mut Pending> {
    tried.iter_mut().rev().find(|pending| pending.entry.staff == fact.staff && !pending.failed)
}
