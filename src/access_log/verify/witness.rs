//! Witnesses: whatever remembers the log's head from outside of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use super::Finding;
use crate::access_log::paper::PaperHead;
use crate::sealed::signed::{Digest, Mark};

/// Where a witness stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A line of the roster, counted from 1 as an editor does.
    Line(u64),
    /// A group's head.
    Head(String),
    /// A record of a group.
    Record(String, u64),
    /// A line of a group's erasure ledger.
    Erasure(String, u64),
    /// What this machine saw while somebody was unlocked.
    SeenNote(String),
    /// The manifest of an earlier export.
    Export(String),
    /// A snapshot on a backup medium.
    Snapshot(String),
    /// What was written down and typed again.
    Paper,
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(formatter, "line {line} of the roster"),
            Self::Head(group) => write!(formatter, "the head of group {group}"),
            Self::Record(group, record) => write!(formatter, "record {record} of group {group}"),
            Self::Erasure(group, line) => {
                write!(formatter, "line {line} of the erasure ledger of group {group}")
            }
            Self::SeenNote(person) => write!(formatter, "the seen note of {person} on this machine"),
            Self::Export(file) => write!(formatter, "the manifest {file}"),
            Self::Snapshot(snapshot) => write!(formatter, "snapshot {snapshot}"),
            Self::Paper => formatter.write_str("the head on paper"),
        }
    }
}

impl Source {
    /// Whether it lies neither in the store nor on this machine.
    fn is_elsewhere(&self) -> bool {
        matches!(self, Self::Export(_) | Self::Snapshot(_) | Self::Paper)
    }

    /// The kind of it, as a report counts them.
    fn kind(&self) -> &'static str {
        match self {
            Self::Line(_) => "roster lines",
            Self::Head(_) => "heads of groups",
            Self::Record(..) => "records of groups",
            Self::Erasure(..) => "lines of erasure ledgers",
            Self::SeenNote(_) => "seen notes of this machine",
            Self::Export(_) => "export manifests",
            Self::Snapshot(_) => "backup snapshots",
            Self::Paper => "heads on paper",
        }
    }
}

/// What a witness says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// This entry was there.
    Entry(Mark),
    /// The log ended so, as far as paper tells.
    Paper(PaperHead),
}

impl Claim {
    /// The entry that it names.
    pub fn seq(self) -> u64 {
        match self {
            Self::Entry(mark) => mark.seq,
            Self::Paper(paper) => paper.count,
        }
    }

    fn is_of(self, mark: Mark) -> bool {
        match self {
            Self::Entry(claimed) => claimed == mark,
            Self::Paper(paper) => paper.is_of(mark),
        }
    }
}

/// Somebody or something that saw the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// Where it stands.
    pub source: Source,
    /// What it says.
    pub claim: Claim,
    /// Whether a restored store was accepted since: then what it saw may be given up.
    pub before_restore: bool,
}

impl Witness {
    /// One that names an entry; `None` when it names none yet.
    pub fn of(source: Source, mark: Mark) -> Option<Self> {
        (mark.seq > 0 || mark.hash != Digest::ZERO).then_some(Self {
            source,
            claim: Claim::Entry(mark),
            before_restore: false,
        })
    }

    /// A head that was written down.
    pub fn on_paper(paper: PaperHead) -> Self {
        Self { source: Source::Paper, claim: Claim::Paper(paper), before_restore: false }
    }

    /// The same of one that may have seen what was given up.
    #[must_use]
    pub fn before_restore(self, before_restore: bool) -> Self {
        Self { before_restore, ..self }
    }
}

/// How many witnesses of a kind there were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// What they are, in words.
    pub kind: &'static str,
    /// How many of them.
    pub count: u64,
}

/// Holds witnesses against lines as they come by.
pub(super) struct Comparing {
    witnesses: Vec<Witness>,
    /// Those that still wait for their entry.
    waiting: HashMap<u64, Vec<usize>>,
    /// What was seen and is given up.
    given_up: Vec<(u64, Source)>,
}

/// What is left after the last line.
pub(super) struct Held {
    pub compared: Vec<Compared>,
    /// The newest entry that a witness from elsewhere names.
    pub newest_elsewhere: Option<(u64, Source)>,
    pub findings: Vec<Finding>,
    pub given_up: Vec<(u64, Source)>,
}

impl Comparing {
    pub fn new(witnesses: Vec<Witness>) -> Self {
        let mut waiting: HashMap<u64, Vec<usize>> = HashMap::new();
        for (index, witness) in witnesses.iter().enumerate() {
            waiting.entry(witness.claim.seq()).or_default().push(index);
        }
        Self { witnesses, waiting, given_up: Vec::new() }
    }

    /// A line comes by. Gives the first witness that saw another one there.
    pub fn meet(&mut self, mark: Mark) -> Option<Finding> {
        let waiting = self.waiting.remove(&mark.seq)?;
        let other = |index: &usize| !self.witnesses[*index].claim.is_of(mark);
        let (given_up, others): (Vec<usize>, Vec<usize>) =
            waiting.into_iter().filter(other).partition(|index| self.witnesses[*index].before_restore);
        self.given_up
            .extend(given_up.into_iter().map(|index| (mark.seq, self.witnesses[index].source.clone())));
        let other = &self.witnesses[*others.first()?];
        Some(Finding::Rewritten { seq: mark.seq, from: other.source.clone() })
    }

    /// After the last line, entry `last`: what was compared, the newest from elsewhere, and who waits
    /// in vain.
    pub fn finish(mut self, last: u64) -> Held {
        let mut counts: BTreeMap<&'static str, u64> = BTreeMap::new();
        // One manifest names two entries, and is one witness.
        for source in self.witnesses.iter().map(|witness| &witness.source).collect::<BTreeSet<_>>() {
            *counts.entry(source.kind()).or_default() += 1;
        }
        let compared = counts.into_iter().map(|(kind, count)| Compared { kind, count }).collect();
        let sure = self.witnesses.iter().filter(|witness| !witness.before_restore);
        let elsewhere = sure.filter(|witness| witness.source.is_elsewhere());
        let newest = elsewhere.max_by_key(|witness| witness.claim.seq());
        let newest = newest.map(|witness| (witness.claim.seq(), witness.source.clone()));
        let mut waiting: Vec<usize> = self.waiting.into_values().flatten().collect();
        waiting.sort_by_key(|index| std::cmp::Reverse(self.witnesses[*index].claim.seq()));
        let mut findings = Vec::new();
        for index in waiting {
            let Witness { source: from, claim, before_restore } = self.witnesses[index].clone();
            let seq = claim.seq();
            if before_restore {
                self.given_up.push((seq, from));
                continue;
            }
            // One cut is told once, by the witness that saw furthest.
            if seq > last {
                if findings.is_empty() {
                    findings.push(Finding::CutOff { last, seen: seq, from });
                }
            } else {
                findings.push(Finding::Gone { seq, from });
            }
        }
        self.given_up.sort();
        Held { compared, newest_elsewhere: newest, findings, given_up: self.given_up }
    }
}
