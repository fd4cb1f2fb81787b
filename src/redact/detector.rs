//! What a detector is: a number's spellings, its rule, how rare a chance hit is, and the words that announce it.

use super::kind::Kind;

/// How rarely a number that is something else is written like this and fits the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// The rule hardly rules out anything: only a label tells, or standing alone in an official spelling.
    Shape,
    /// About one in ten or twenty: a label tells, or standing alone.
    Weak,
    /// About one in fifty to one in five hundred: counts unless the words before say that it is something else.
    Medium,
    /// Rarer: counts wherever it stands.
    Strong,
}

/// How one kind of number is found.
pub(super) struct Detector {
    pub kind: Kind,
    /// Whether a number without separators, in upper case, fits the rule.
    pub fits: fn(&str) -> bool,
    /// Its official spellings, and how much a number that fits is worth in each: `9` is a digit, `A` a letter, `*`
    /// either, all else a separator.
    pub spellings: &'static [(&'static str, Strength)],
    /// Words near it that tell what it is. One in capitals counts only in capitals.
    pub labels: &'static [&'static str],
    /// Whether a label of any national number is one of it.
    pub is_national: bool,
    /// Whether it is given for a time, to who has no number of the kind yet: it identifies, and is no such number.
    pub is_temporary: bool,
}

impl Detector {
    /// Of a number that a country gives its people.
    pub const fn national(
        id: &'static str,
        shown: &'static str,
        fits: fn(&str) -> bool,
        spellings: &'static [(&'static str, Strength)],
        labels: &'static [&'static str],
    ) -> Self {
        Self { kind: Kind { id, shown }, fits, spellings, labels, is_national: true, is_temporary: false }
    }

    /// Of another number.
    pub const fn other(
        id: &'static str,
        shown: &'static str,
        fits: fn(&str) -> bool,
        spellings: &'static [(&'static str, Strength)],
        labels: &'static [&'static str],
    ) -> Self {
        Self { is_national: false, ..Self::national(id, shown, fits, spellings, labels) }
    }

    /// Of one that is given for a time.
    pub const fn temporary(self) -> Self {
        Self { is_temporary: true, ..self }
    }
}
