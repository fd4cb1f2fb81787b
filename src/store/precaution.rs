//! What an office does every so many days so that nothing is lost: backups, and drills that show that they
//! can be restored.

use std::fmt;

use jiff::Timestamp;

use super::Store;

/// When something was done last, and how often the policy asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Precaution {
    last: Option<Timestamp>,
    days: u16,
}

impl Precaution {
    /// Done at `last`, and to be done every so many days.
    pub fn new(last: Option<Timestamp>, days: u16) -> Self {
        Self { last, days }
    }

    /// When it was done last; `None` if that is not recorded.
    pub fn last(&self) -> Option<Timestamp> {
        self.last
    }

    /// How it stands at `now`.
    pub fn standing(&self, now: Timestamp) -> Standing {
        let days = self.days;
        let Some(last) = self.last else { return Standing::NeverDone { days } };
        // A clock that went back makes it no older; the doctor tells of the clock.
        let age = now.duration_since(last).as_hours().div_euclid(24).max(0).unsigned_abs();
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
            Self::NeverDone { days } => {
                write!(formatter, "none is recorded; the policy asks for one {}", every(days))
            }
        }
    }
}

impl Store {
    /// The last backup. No command of this program makes one yet, so none is recorded.
    pub fn backup(&self) -> Precaution {
        Precaution::new(None, self.roster.policy().backup_days)
    }

    /// The last drill, in which a backup was restored to scratch and opened. As with [`Store::backup`].
    pub fn drill(&self) -> Precaution {
        Precaution::new(None, self.roster.policy().drill_days)
    }
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
