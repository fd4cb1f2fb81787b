//! What is sought, and how strictly.

use std::collections::BTreeSet;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::finders::{birth, email};
use super::kind::{CUSTOMER, Kind};
use super::people::People;
use super::scan::Hit;

/// What is sought, and what is put in its place.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// These kinds alone; all, where none are named.
    pub only: Option<BTreeSet<Kind>>,
    /// Also numbers without a label that are written with a kind's official separators.
    pub strict: bool,
    /// So many of the last letters and digits stay to be seen.
    pub last: usize,
    /// Customers whose names, addresses and numbers are replaced by their codes.
    pub people: Option<Arc<People>>,
}

impl Options {
    /// Whether a kind is sought.
    pub fn wants(&self, kind: Kind) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(&kind))
    }

    /// What is put in place of a value.
    pub(super) fn replacement(&self, hit: &Hit, value: &str) -> Zeroizing<String> {
        if let Some(code) = &hit.code {
            return Zeroizing::new(code.to_string());
        }
        let kind = hit.kind;
        // An end of an address or of a date is the most of it.
        let shown = if [email::KIND, birth::KIND, CUSTOMER].contains(&kind) { 0 } else { self.last };
        let own: Zeroizing<String> =
            Zeroizing::new(value.chars().filter(char::is_ascii_alphanumeric).collect());
        let shown = shown.min(own.len() / 3);
        let last = own.get(own.len().saturating_sub(shown)..).unwrap_or_default();
        Zeroizing::new(format!("[{} ████{last}]", kind.shown))
    }
}
