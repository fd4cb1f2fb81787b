//! Verifying the whole log: every line and entry, what records, heads and roster lines say of it, and
//! what anybody remembers of it elsewhere.

mod pairing;
pub mod witness;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub use self::pairing::Uncommitted;
use self::pairing::{Fact, Pairing};
pub use self::witness::{Claim, Source, Witness};
use self::witness::{Compared, Comparing};
use super::log::LogError;
use super::reading::{Chain, Extent, Fault, Reader, Walked};
use crate::sealed::checkpoint::Progress;
use crate::sealed::group_file::Outline;
use crate::sealed::signed::Mark;

/// Findings and remarks that are listed; the rest is counted.
const LISTED: usize = 20;

/// What is wrong: tampering or damage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// With the lines themselves.
    #[error(transparent)]
    Chain(#[from] Fault),
    /// The log was cut off.
    #[error("the log was cut off: it ends with entry {last}, and {source} names entry {seen}", source = from)]
    CutOff {
        /// The last entry there; 0 when there is none.
        last: u64,
        /// The entry that the witness names.
        seen: u64,
        /// Who says so.
        from: Source,
    },
    /// Another entry than a witness saw.
    #[error("entry {seq} is not the one that {source} names: the log was rewritten", source = from)]
    Rewritten {
        /// The entry.
        seq: u64,
        /// Who says so.
        from: Source,
    },
    /// An entry that a witness saw and that is not there, among others that are.
    #[error("entry {seq}, which {source} names, is gone", source = from)]
    Gone {
        /// The entry.
        seq: u64,
        /// Who says so.
        from: Source,
    },
    /// A record, head or line without an entry of its own.
    #[error("{from} has no entry of its own: it names entry {seq}, which tells of something else")]
    NotItsEntry {
        /// What names it.
        from: Source,
        /// The entry that it names.
        seq: u64,
    },
    /// A record with somebody else's entry.
    #[error("{from} was signed by {signer}, and its entry {seq} is by {staff}")]
    OthersEntry {
        /// The record.
        from: Source,
        /// Who signed it: `bea.1`.
        signer: String,
        /// The entry that it names.
        seq: u64,
        /// Who wrote that.
        staff: String,
    },
    /// The store was restored, and is used though no owner accepted it.
    #[error(
        "entry {seq} tells of a restore that no owner accepted: the restored store's mark was taken off by hand"
    )]
    NotAccepted {
        /// The entry.
        seq: u64,
    },
    /// A group's newest records are gone.
    #[error("the log of group {group} was cut off: it ends with record {last}, and {source} names record {seen}", source = from)]
    Cut {
        /// The group.
        group: String,
        /// The last record there.
        last: u64,
        /// The record that the witness names.
        seen: u64,
        /// Who says so.
        from: Source,
    },
    /// A group whose head or records can't be held against the log.
    #[error("group {group} can't be held against the log: {reason}")]
    Group {
        /// The group.
        group: String,
        /// Why.
        reason: String,
    },
}

/// A first and a last entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// Its place in the chain.
    pub mark: Mark,
    /// Its time, as it says; empty when it does not open.
    pub time: String,
}

/// The first twenty of something, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// The first ones.
    pub first: Vec<T>,
    /// All of them.
    pub count: u64,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { first: Vec::new(), count: 0 }
    }
}

impl<T> Listed<T> {
    fn push(&mut self, item: T) {
        self.count += 1;
        if self.first.len() < LISTED {
            self.first.push(item);
        }
    }
}

/// A clock that went back: recorded, no damage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WentBack {
    /// The entry with the earlier time.
    pub seq: u64,
    /// That time.
    pub time: String,
    /// The time of the entry before.
    pub before: String,
}

/// What stands outside of the log and was made with entries of it.
#[derive(Debug, Clone, Default)]
pub struct Made {
    /// Each group's outline.
    pub groups: BTreeMap<String, Outline>,
    /// The entry of each line of the roster that has one.
    pub lines: BTreeMap<u64, Mark>,
    /// The entries of those by which restored stores were accepted.
    pub accepts: Vec<Mark>,
    /// The log's head before those were read: what later entries made may be missing from them.
    pub as_of: u64,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// How many lines were checked.
    pub entries: u64,
    /// How many of them nobody signed, and say so.
    pub unsigned: u64,
    /// The first one.
    pub first: Option<End>,
    /// The last one.
    pub last: Option<End>,
    /// What is wrong; empty when the log is sound.
    pub findings: Listed<Finding>,
    /// What the log was held against.
    pub compared: Vec<Compared>,
    /// The newest entry that a witness names which lies neither in the store nor on this machine.
    pub newest_elsewhere: Option<(u64, Source)>,
    /// Where a clock went back.
    pub clock: Listed<WentBack>,
    /// Entries of changes that never came to be: a crash between the entry and the change.
    pub uncommitted: Listed<Uncommitted>,
    /// Entries of changes that a restored store does not have, which an owner accepted since.
    pub given_up: Listed<Uncommitted>,
    /// Entries that such a store's log does not have, and who names them.
    pub given_up_seen: Listed<(u64, Source)>,
    /// Whether a line that a power cut tore stands at the end.
    pub torn: bool,
}

impl Verification {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.findings.count == 0
    }
}

/// Verifies `extent`, which is the whole log. Findings that its groups gave already come first in `known`.
pub fn verify(
    reader: &Reader<'_>,
    extent: &Extent,
    made: &Made,
    witnesses: Vec<Witness>,
    known: Vec<Finding>,
    progress: Progress<'_>,
) -> Result<Verification, LogError> {
    let mut chain = Chain::at(extent);
    let mut check = Check::new(extent, made, witnesses, known);
    reader.walk(extent, progress, Fact::from, |walked| {
        let fault = chain.take(&walked);
        check.take(&walked, fault);
        Ok::<_, LogError>(())
    })?;
    Ok(check.finish())
}

struct Check<'a> {
    extent: &'a Extent,
    comparing: Comparing,
    pairing: Pairing<'a>,
    found: Verification,
    /// The time of the entry before, as it was written.
    before: Option<(Timestamp, String)>,
}

impl<'a> Check<'a> {
    fn new(extent: &'a Extent, made: &'a Made, witnesses: Vec<Witness>, known: Vec<Finding>) -> Self {
        let mut found = Verification { torn: extent.torn, ..Verification::default() };
        for finding in known {
            found.findings.push(finding);
        }
        let comparing = Comparing::new(witnesses);
        Self { extent, comparing, pairing: Pairing::new(made), found, before: None }
    }

    fn take(&mut self, walked: &Walked<Fact>, fault: Option<Fault>) {
        self.found.entries += 1;
        if let Some(fault) = fault {
            self.found_fault(fault);
        }
        let Some(link) = walked.link else { return };
        let mark = Mark { seq: link.seq, hash: walked.hash };
        if let Some(finding) = self.comparing.meet(mark) {
            self.found.findings.push(finding);
        }
        let time = walked.entry.as_ref().map(|fact| fact.time.clone()).unwrap_or_default();
        let end = End { mark, time };
        self.found.first.get_or_insert_with(|| end.clone());
        self.found.last = Some(end);
        if let Ok(fact) = &walked.entry {
            self.found.unsigned += u64::from(fact.unsigned);
            self.check_time(fact, walked.place.file);
            for finding in self.pairing.take(fact, mark) {
                self.found.findings.push(finding);
            }
        }
    }

    /// Two neighbours that were swapped look like a gap first.
    fn found_fault(&mut self, fault: Fault) {
        if let Some(last) = self.found.findings.first.last_mut()
            && let Finding::Chain(Fault::Missing { after, found, .. }) = last
            && let Fault::Order { seq, .. } = &fault
            && (*after..*found).contains(seq)
        {
            *last = fault.into();
            return;
        }
        self.found.findings.push(fault.into());
    }

    /// An entry stands in the file of its month, or of a later one: where the clock went back, or where a
    /// crash left a later month's file empty.
    fn check_time(&mut self, fact: &Fact, file: usize) {
        let Ok(time) = fact.time.parse::<Timestamp>() else { return };
        let name = self.extent.name(file);
        let month = name.trim_end_matches(".jsonl");
        let own = time.strftime("%Y-%m").to_string();
        if own.as_str() > month {
            let fault = Fault::Month { seq: fact.seq, time: fact.time.clone(), file: name };
            self.found.findings.push(fault.into());
        }
        if let Some((before, text)) = &self.before
            && time < *before
        {
            let went = WentBack { seq: fact.seq, time: fact.time.clone(), before: text.clone() };
            self.found.clock.push(went);
        }
        self.before = Some((time, fact.time.clone()));
    }

    fn finish(mut self) -> Verification {
        let last = self.found.last.as_ref().map_or(0, |end| end.mark.seq);
        let held = self.comparing.finish(last);
        self.found.compared = held.compared;
        self.found.newest_elsewhere = held.newest_elsewhere;
        let unpaired = self.pairing.finish();
        for finding in held.findings.into_iter().chain(unpaired.findings) {
            self.found.findings.push(finding);
        }
        for entry in unpaired.uncommitted {
            self.found.uncommitted.push(entry);
        }
        for entry in unpaired.given_up {
            self.found.given_up.push(entry);
        }
        for seen in held.given_up {
            self.found.given_up_seen.push(seen);
        }
        self.found
    }
}
