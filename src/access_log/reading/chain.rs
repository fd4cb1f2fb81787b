//! The chain: whether each line continues the one before it, and how to say that one does not.

use super::{EntryFault, Extent, Link, Walked};
use crate::sealed::signed::{Digest, Mark};

/// What is wrong with the log, so that a person can find the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A line's own contents.
    #[error("entry {seq} ({file}) {fault}")]
    Entry {
        /// The entry.
        seq: u64,
        /// The file in which it stands.
        file: String,
        /// What is wrong with it.
        fault: EntryFault,
    },
    /// Something that is no line.
    #[error("{file} at byte {at}: what stands there is no line of an access log")]
    NoLine {
        /// The file.
        file: String,
        /// Where it begins.
        at: u64,
    },
    /// Entries that are gone.
    #[error("{} missing: entry {found} follows entry {after} ({file})", missing(*after, *found))]
    Missing {
        /// The last entry before the gap.
        after: u64,
        /// The first one after it.
        found: u64,
        /// The file in which that stands.
        file: String,
    },
    /// The log does not begin with entry 1, or with one that continues others.
    #[error("the log's beginning is missing: entry {found}, its first line, continues others ({file})")]
    NoBeginning {
        /// The first entry there.
        found: u64,
        /// The file.
        file: String,
    },
    /// One entry number, two lines.
    #[error("entry {seq} stands there twice ({file})")]
    Twice {
        /// The entry.
        seq: u64,
        /// The file of the second.
        file: String,
    },
    /// Entries in another order than their own.
    #[error("entry {seq} stands after entry {after}: the order was changed ({file})")]
    Order {
        /// The entry.
        seq: u64,
        /// The one before it in the file.
        after: u64,
        /// The file.
        file: String,
    },
    /// The line before is not the one that this line continues.
    #[error("entry {} was changed or put there afterwards: entry {seq} continues another one ({file})", seq - 1)]
    Changed {
        /// The entry that does not fit.
        seq: u64,
        /// The file in which it stands.
        file: String,
    },
    /// A month's file is not the one that belongs there.
    #[error("{file} does not continue {before}: one of the two is another log's, or an older copy")]
    Spliced {
        /// The file.
        file: String,
        /// The one before.
        before: String,
    },
    /// An entry stands in the file of another month.
    #[error("entry {seq} of {time} stands in {file}, where no entry of that time belongs")]
    Month {
        /// The entry.
        seq: u64,
        /// Its time.
        time: String,
        /// The file.
        file: String,
    },
}

fn missing(after: u64, found: u64) -> String {
    match (after.saturating_add(1), found.saturating_sub(1)) {
        (first, last) if first == last => format!("entry {first} is"),
        (first, last) => format!("entries {first} to {last} are"),
    }
}

/// Takes line after line and says what does not fit.
pub struct Chain<'extent> {
    extent: &'extent Extent,
    /// The line before; `None` where the reading begins in the middle, or after something that is no line.
    last: Option<Mark>,
    file: Option<usize>,
}

impl<'extent> Chain<'extent> {
    /// At the beginning of `extent`.
    pub fn at(extent: &'extent Extent) -> Self {
        let last = extent.from_the_first.then_some(Mark::NOTHING);
        Self { extent, last, file: None }
    }

    /// The next line. Gives the first thing that is wrong with it or with its place.
    pub fn take<T>(&mut self, walked: &Walked<T>) -> Option<Fault> {
        let file = walked.place.file;
        let name = || self.extent.name(file);
        let new_file = self.file.replace(file).filter(|before| *before != file);
        let Some(Link { seq, prev }) = walked.link else {
            // What it stood for is not known; what comes next is taken as it is.
            self.last = None;
            return Some(Fault::NoLine { file: name(), at: walked.place.at });
        };
        let here = Mark { seq, hash: walked.hash };
        let order = self.last.and_then(|last| self.order(last, seq, prev, file, new_file));
        if !matches!(order, Some(Fault::Twice { .. } | Fault::Order { .. })) {
            self.last = Some(here);
        }
        order.or_else(|| {
            let fault = walked.entry.as_ref().err()?.clone();
            Some(Fault::Entry { seq, file: name(), fault })
        })
    }

    fn order(
        &self,
        last: Mark,
        seq: u64,
        prev: Digest,
        file: usize,
        new_file: Option<usize>,
    ) -> Option<Fault> {
        let name = || self.extent.name(file);
        let continues = last.seq.saturating_add(1) == seq;
        if continues && prev == last.hash {
            return None;
        }
        Some(match seq {
            _ if last == Mark::NOTHING => Fault::NoBeginning { found: seq, file: name() },
            _ if seq <= last.seq.saturating_add(1) && new_file.is_some() => {
                Fault::Spliced { file: name(), before: self.extent.name(new_file.unwrap_or(file)) }
            }
            _ if continues => Fault::Changed { seq, file: name() },
            _ if seq == last.seq => Fault::Twice { seq, file: name() },
            _ if seq < last.seq => Fault::Order { seq, after: last.seq, file: name() },
            _ => Fault::Missing { after: last.seq, found: seq, file: name() },
        })
    }
}
