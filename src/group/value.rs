//! One stored value: wiped on drop, never displayed.

use std::fmt;

use zeroize::Zeroizing;

/// A value of a record in its stored form. It has no `Display`; its `Debug` is a mask.
#[derive(Clone, PartialEq, Eq)]
pub struct Value(Zeroizing<String>);

impl Value {
    /// Only what a [`Kind`](super::kind::Kind) accepted, or what storage gives back, becomes a value.
    pub(in crate::group) fn new(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    /// The text itself: for storage, and for what a [`View`](super::view::View) shows in the clear.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Value(••••)")
    }
}
