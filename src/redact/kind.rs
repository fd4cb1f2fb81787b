//! Kinds of what is found, as `--only` and reports name them.

use std::fmt;

use super::detectors;
use super::finders::{account, birth, email, phone};
use super::scan::ANY;

/// What a number or a text is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind {
    /// As `--only` and JSON name it.
    pub id: &'static str,
    /// As a replacement shows it.
    pub shown: &'static str,
}

/// Somebody of a group whose customers are known: `--group`.
pub const CUSTOMER: Kind = Kind { id: "customer", shown: "customer" };

impl Kind {
    /// All kinds, in the order of the documentation.
    pub fn all() -> Vec<Self> {
        let mut kinds =
            vec![ANY, account::IBAN, account::ACCOUNT, email::KIND, phone::KIND, birth::KIND, CUSTOMER];
        for detector in detectors::ALL.iter() {
            if !kinds.contains(&detector.kind) {
                kinds.push(detector.kind);
            }
        }
        kinds
    }

    /// The kind of that name.
    pub fn named(id: &str) -> Option<Self> {
        Self::all().into_iter().find(|kind| kind.id == id)
    }

    /// Whether a text, from its first to its last character, is one of this kind in an official spelling and fits.
    pub fn is_valid(self, text: &str) -> bool {
        super::valid::is_valid(self, text)
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.id)
    }
}
