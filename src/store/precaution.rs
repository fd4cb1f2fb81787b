//! What an office does every so many days so that nothing is lost: backups, and drills that show that they
//! can be restored.

use std::fmt;

use jiff::Timestamp;

use super::Roster;
use super::Store;
use super::media::{Done, MediaNotes};

/// When something was done last, and how often the policy asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Precaution {
    last: Option<Timestamp>,
    days: u16,
    founded: Option<Timestamp>,
    on: Option<String>,
}

impl Precaution {
    /// Done at `last`, and to be done every so many days.
    pub fn new(last: Option<Timestamp>, days: u16) -> Self {
        Self { last, days, founded: None, on: None }
    }

    /// For a store that was founded then: until so many days have passed, nothing is overdue.
    #[must_use]
    pub fn since(self, founded: Option<Timestamp>) -> Self {
        Self { founded, ..self }
    }

    fn of(done: Option<&Done>, days: u16, founded: Option<Timestamp>) -> Self {
        let on = done.map(|done| done.label.clone());
        Self { last: done.map(|done| done.at), days, founded, on }
    }

    /// On which medium it was done last: what the office calls it.
    pub fn on(&self) -> Option<&str> {
        self.on.as_deref()
    }

    /// When it was done last; `None` if that is not recorded.
    pub fn last(&self) -> Option<Timestamp> {
        self.last
    }

    /// How it stands at `now`.
    pub fn standing(&self, now: Timestamp) -> Standing {
        let days = self.days;
        // A clock that went back makes it no older; the doctor tells of the clock.
        let age_of =
            |then: Timestamp| now.duration_since(then).as_hours().div_euclid(24).max(0).unsigned_abs();
        let Some(last) = self.last else {
            let is_new = self.founded.is_some_and(|founded| age_of(founded) <= u64::from(days));
            return if is_new { Standing::NoneYet { days } } else { Standing::NeverDone { days } };
        };
        let age = age_of(last);
        if age > u64::from(days) { Standing::Overdue { age, days } } else { Standing::InTime { age } }
    }
}

/// How a precaution stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It was done, no longer ago than the policy allows.
    InTime {
        /// Whole days since then.
        age: u64,
    },
    /// It was done, longer ago than the policy allows.
    Overdue {
        /// Whole days since then.
        age: u64,
        /// The days that the policy allows.
        days: u16,
    },
    /// It was never done, and the store is not as old as the policy allows that.
    NoneYet {
        /// The days that the policy allows.
        days: u16,
    },
    /// It is not recorded that it was ever done.
    NeverDone {
        /// The days that the policy allows.
        days: u16,
    },
}

impl Standing {
    /// Whether there is nothing to do.
    pub fn is_in_time(self) -> bool {
        matches!(self, Self::InTime { .. })
    }

    /// Whether the days are over that the policy allows.
    pub fn is_overdue(self) -> bool {
        matches!(self, Self::Overdue { .. } | Self::NeverDone { .. })
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let every = |days: u16| if days == 1 { "every day".to_owned() } else { format!("every {days} days") };
        let ago = |age: u64| match age {
            0 => "today".to_owned(),
            1 => "yesterday".to_owned(),
            age => format!("{age} days ago"),
        };
        match *self {
            Self::InTime { age } => formatter.write_str(&ago(age)),
            Self::Overdue { age, days } => {
                write!(formatter, "{}; the policy asks for one {}", ago(age), every(days))
            }
            Self::NoneYet { days } => write!(formatter, "none yet; the policy asks for one {}", every(days)),
            Self::NeverDone { days } => {
                write!(formatter, "none is recorded; the policy asks for one {}", every(days))
            }
        }
    }
}

impl Store {
    /// The last backup that this machine remembers. Notes that can't be read count as none.
    pub fn backup(&self) -> Precaution {
        backup(&self.media_notes().unwrap_or_default(), &self.roster)
    }

    /// The last drill, in which a backup was restored to scratch and opened.
    pub fn drill(&self) -> Precaution {
        drill(&self.media_notes().unwrap_or_default(), &self.roster)
    }
}

/// The last backup by this machine's notes.
pub fn backup(notes: &MediaNotes, roster: &Roster) -> Precaution {
    Precaution::of(notes.backup.as_ref(), roster.policy().backup_days, roster.founded())
}

/// The last drill by this machine's notes.
pub fn drill(notes: &MediaNotes, roster: &Roster) -> Precaution {
    Precaution::of(notes.drill.as_ref(), roster.policy().drill_days, roster.founded())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn it_is_overdue_once_more_whole_days_have_passed_than_the_policy_allows() {
        let standing = |second| Precaution::new(Some(at(0)), 7).standing(at(second));
        assert_eq!(standing(0), Standing::InTime { age: 0 });
        assert_eq!(standing(8 * DAY - 1), Standing::InTime { age: 7 });
        assert_eq!(standing(8 * DAY), Standing::Overdue { age: 8, days: 7 });
        assert_eq!(standing(-DAY), Standing::InTime { age: 0 }, "a clock that went back");
        assert!(!standing(8 * DAY).is_in_time() && standing(0).is_in_time());
    }

    #[test]
    fn what_was_never_done_is_not_in_time() {
        let never = Precaution::new(None, 1);
        assert_eq!(never.last(), None);
        assert_eq!(never.standing(at(0)), Standing::NeverDone { days: 1 });
        assert!(!never.standing(at(0)).is_in_time());
    }

    #[test]
    fn a_store_that_was_just_founded_is_not_overdue_yet() {
        let standing = |second| Precaution::new(None, 7).since(Some(at(0))).standing(at(second));
        assert_eq!(standing(8 * DAY - 1), Standing::NoneYet { days: 7 });
        assert_eq!(standing(8 * DAY), Standing::NeverDone { days: 7 });
        assert!(!standing(0).is_in_time() && !standing(0).is_overdue() && standing(8 * DAY).is_overdue());
        assert_eq!(standing(0).to_string(), "none yet; the policy asks for one every 7 days");
    }

    #[test]
    fn its_standing_is_told_in_words() {
        let said =
            |last: Option<i64>, days| Precaution::new(last.map(at), days).standing(at(9 * DAY)).to_string();
        assert_eq!(said(Some(9 * DAY), 7), "today");
        assert_eq!(said(Some(8 * DAY), 7), "yesterday");
        assert_eq!(said(Some(7 * DAY), 7), "2 days ago");
        assert_eq!(said(Some(0), 7), "9 days ago; the policy asks for one every 7 days");
        assert_eq!(said(None, 1), "none is recorded; the policy asks for one every day");
    }
}
