//! The newest days, hour by hour, for plots.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::Fact;

/// Hours of a day.
pub const HOURS: usize = 24;
/// So many days have a plot; older ones are left out.
const MOST_DAYS: usize = 62;

/// Records shown in one hour of a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hour {
    /// Within the office's hours, or where none are known.
    pub inside: u64,
    /// Outside of them.
    pub outside: u64,
}

/// The newest days on which anything was done.
#[derive(Debug, Clone, Default)]
pub struct Days {
    hours: BTreeMap<Date, [Hour; HOURS]>,
    /// Whether older days were left out.
    pub cut: bool,
}

impl Days {
    pub(super) fn take(&mut self, fact: &Fact) {
        let Some(at) = fact.at else { return };
        let (date, shown) = (at.date(), fact.shown());
        let full = self.hours.len() == MOST_DAYS && !self.hours.contains_key(&date);
        if full {
            self.cut = true;
            // A day before all of these, by a clock that went back, is as old as those left out.
            match self.hours.first_key_value() {
                Some((first, _)) if date > *first => self.hours.pop_first(),
                _ => return,
            };
        }
        let hours = self.hours.entry(date).or_default();
        if let Some(hour) = usize::try_from(at.hour()).ok().and_then(|hour| hours.get_mut(hour)) {
            *if fact.outside { &mut hour.outside } else { &mut hour.inside } += shown;
        }
    }

    /// The days, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (Date, &[Hour; HOURS])> {
        self.hours.iter().map(|(date, hours)| (*date, hours))
    }

    /// How many days.
    pub fn len(&self) -> usize {
        self.hours.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.hours.is_empty()
    }
}
