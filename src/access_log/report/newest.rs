//! Lists that keep the newest and count the rest.

use std::collections::VecDeque;

/// The newest of many.
#[derive(Debug, Clone)]
pub struct Newest<T> {
    kept: VecDeque<T>,
    most: usize,
    /// How many there were in all.
    pub total: u64,
}

impl<T> Newest<T> {
    /// Keeps up to `most`.
    pub fn new(most: usize) -> Self {
        Self { kept: VecDeque::new(), most, total: 0 }
    }

    pub(super) fn push(&mut self, item: T) {
        self.total += 1;
        if self.kept.len() == self.most {
            self.kept.pop_front();
        }
        self.kept.push_back(item);
    }

    /// Those kept, the newest first.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.kept.iter().rev()
    }

    /// How many were older than those.
    pub fn more(&self) -> u64 {
        self.total - self.kept.len() as u64
    }
}

/// So many different reasons are quoted.
const QUOTED: usize = 3;

/// The reasons that were given: the newest different ones, and how many besides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reasons {
    /// The newest first, each with how often it was given since it is on the list.
    quoted: Vec<(String, u64)>,
    /// How often any reason was given.
    total: u64,
}

impl Reasons {
    pub(super) fn take(&mut self, reason: &str) {
        self.total += 1;
        let known = self.quoted.iter().position(|(known, _)| known == reason);
        let times = known.map_or(0, |place| self.quoted.remove(place).1);
        self.quoted.truncate(QUOTED - 1);
        self.quoted.insert(0, (reason.to_owned(), times + 1));
    }

    /// The newest first, with how often each was given.
    pub fn quoted(&self) -> &[(String, u64)] {
        &self.quoted
    }

    /// How often another reason was given.
    pub fn more(&self) -> u64 {
        self.total - self.quoted.iter().map(|(_, times)| times).sum::<u64>()
    }
}
