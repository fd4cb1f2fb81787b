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
    /// What this machine saw while somebody was unlocked.
    SeenNote(String),
    /// The manifest of an earlier export.
    Export(String),
    /// What was written down and typed again.
    Paper,
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(formatter, "line {line} of the roster"),
            Self::Head(group) => write!(formatter, "the head of group {group}"),
            Self::Record(group, record) => write!(formatter, "record {record} of group {group}"),
            Self::SeenNote(person) => write!(formatter, "the seen note of {person} on this machine"),
            Self::Export(file) => write!(formatter, "the manifest {file}"),
            Self::Paper => formatter.write_str("the head on paper"),
        }
    }
}

impl Source {
    /// Whether it lies neither in the store nor on this machine.
    fn is_elsewhere(&self) -> bool {
        matches!(self, Self::Export(_) | Self::Paper)
    }

    /// The kind of it, as a report counts them.
    fn kind(&self) -> &'static str {
        match self {
            Self::Line(_) => "roster lines",
            Self::Head(_) => "heads of groups",
            Self::Record(..) => "records of groups",
            Self::SeenNote(_) => "seen notes of this machine",
            Self::Export(_) => "export manifests",
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
}

impl Witness {
    /// One that names an entry; `None` when it names none yet.
    pub fn of(source: Source, mark: Mark) -> Option<Self> {
        (mark.seq > 0 || mark.hash != Digest::ZERO).then_some(Self { source, claim: Claim::Entry(mark) })
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
}

impl Comparing {
    pub fn new(witnesses: Vec<Witness>) -> Self {
        let mut waiting: HashMap<u64, Vec<usize>> = HashMap::new();
        for (index, witness) in witnesses.iter().enumerate() {
            waiting.entry(witness.claim.seq()).or_default().push(index);
        }
        Self { witnesses, waiting }
    }

    /// A line comes by. Gives the first witness that saw another one there.
    pub fn meet(&mut self, mark: Mark) -> Option<Finding> {
        let waiting = self.waiting.remove(&mark.seq)?;
        let other =
            waiting.into_iter().map(|index| &self.witnesses[index]).find(|one| !one.claim.is_of(mark))?;
        Some(Finding::Rewritten { seq: mark.seq, from: other.source.clone() })
    }

    /// After the last line, entry `last`: what was compared, the newest from elsewhere, and who waits
    /// in vain.
    pub fn finish(self, last: u64) -> (Vec<Compared>, Option<(u64, Source)>, Vec<Finding>) {
        let mut counts: BTreeMap<&'static str, u64> = BTreeMap::new();
        // One manifest names two entries, and is one witness.
        for source in self.witnesses.iter().map(|witness| &witness.source).collect::<BTreeSet<_>>() {
            *counts.entry(source.kind()).or_default() += 1;
        }
        let compared = counts.into_iter().map(|(kind, count)| Compared { kind, count }).collect();
        let elsewhere = self.witnesses.iter().filter(|witness| witness.source.is_elsewhere());
        let newest = elsewhere.max_by_key(|witness| witness.claim.seq());
        let newest = newest.map(|witness| (witness.claim.seq(), witness.source.clone()));
        let mut waiting: Vec<usize> = self.waiting.into_values().flatten().collect();
        waiting.sort_by_key(|index| std::cmp::Reverse(self.witnesses[*index].claim.seq()));
        let mut findings = Vec::new();
        for index in waiting {
            let Witness { source: from, claim } = self.witnesses[index].clone();
            let seq = claim.seq();
            // One cut is told once, by the witness that saw furthest.
            if seq > last {
                if findings.is_empty() {
                    findings.push(Finding::CutOff { last, seen: seq, from });
                }
            } else {
                findings.push(Finding::Gone { seq, from });
            }
        }
        (compared, newest, findings)
    }
}
