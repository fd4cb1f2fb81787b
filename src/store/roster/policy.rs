//! What a store's owners decided, and how a line of the roster says so.

use std::fmt;
use std::str::FromStr;

use jiff::Zoned;
use jiff::civil::{Time, Weekday};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What to do when something is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strictness {
    /// Refuse.
    Refuse,
    /// Say so and go on.
    Warn,
}

impl fmt::Display for Strictness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Refuse => "refuse",
            Self::Warn => "warn",
        })
    }
}

/// The hours in which the office works, by the machine's local time. `08:00-18:00`, or with the days of
/// the week before, `mon-fri,08:00-18:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfficeHours {
    days: Option<(Weekday, Weekday)>,
    from: Time,
    to: Time,
}

/// Text names no office hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("office hours are written like 08:00-18:00 or mon-fri,08:00-18:00")]
pub struct InvalidHours;

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

impl OfficeHours {
    /// Whether the office works at `now`. Days and hours may go over the week's end, and over midnight.
    pub fn include(&self, now: &Zoned) -> bool {
        let day = |weekday: Weekday| weekday.to_monday_zero_offset();
        let on = self.days.is_none_or(|(first, last)| {
            let (first, last, today) = (day(first), day(last), day(now.weekday()));
            if first <= last { (first..=last).contains(&today) } else { today >= first || today <= last }
        });
        let time = now.time();
        let at = if self.from <= self.to {
            (self.from..self.to).contains(&time)
        } else {
            time >= self.from || time < self.to
        };
        on && at
    }
}

impl FromStr for OfficeHours {
    type Err = InvalidHours;

    fn from_str(text: &str) -> Result<Self, InvalidHours> {
        let day = |name: &str| {
            DAYS.iter().find(|(known, _)| *known == name).map(|(_, day)| *day).ok_or(InvalidHours)
        };
        let time = |text: &str| -> Result<Time, InvalidHours> {
            let plain = text.len() == 5 && text.as_bytes()[2] == b':';
            if plain { text.parse().map_err(|_| InvalidHours) } else { Err(InvalidHours) }
        };
        let (days, hours) = match text.split_once(',') {
            Some((days, hours)) => (Some(days), hours),
            None => (None, text),
        };
        let days = match days.map(|days| days.split_once('-').unwrap_or((days, days))) {
            Some((first, last)) => Some((day(first)?, day(last)?)),
            None => None,
        };
        let (from, to) = hours.split_once('-').ok_or(InvalidHours)?;
        Ok(Self { days, from: time(from)?, to: time(to)? })
    }
}

impl fmt::Display for OfficeHours {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |day: Weekday| DAYS.iter().find(|(_, known)| *known == day).map_or("", |(name, _)| *name);
        if let Some((first, last)) = self.days {
            formatter.write_str(name(first))?;
            if first != last {
                write!(formatter, "-{}", name(last))?;
            }
            formatter.write_str(",")?;
        }
        write!(formatter, "{}-{}", self.from.strftime("%H:%M"), self.to.strftime("%H:%M"))
    }
}

/// Hours, or none: `any`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours(pub Option<OfficeHours>);

impl FromStr for Hours {
    type Err = InvalidHours;

    fn from_str(text: &str) -> Result<Self, InvalidHours> {
        if text == "any" { Ok(Self(None)) } else { text.parse().map(Some).map(Self) }
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(hours) => hours.fmt(formatter),
            None => formatter.write_str("any"),
        }
    }
}

impl Serialize for Hours {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hours {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What the store's owners decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// On a networked machine.
    pub network: Strictness,
    /// Where the kernel can't confine the process.
    pub sandbox: Strictness,
    /// Towards somebody whose screening has expired.
    pub screening: Strictness,
    /// Towards somebody whose training has expired.
    pub training: Strictness,
    /// The days after which a backup is overdue.
    pub backup_days: u16,
    /// The days after which a drill is overdue.
    pub drill_days: u16,
    /// The minutes without a key press after which a shell locks itself.
    pub idle_minutes: u16,
    /// When the office works.
    pub office_hours: Hours,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            network: Strictness::Refuse,
            sandbox: Strictness::Refuse,
            screening: Strictness::Refuse,
            training: Strictness::Refuse,
            backup_days: 1,
            drill_days: 90,
            idle_minutes: 10,
            office_hours: Hours(None),
        }
    }
}

/// What is decided anew; the rest stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PolicyChange {
    /// See [`Policy::network`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<Strictness>,
    /// See [`Policy::sandbox`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<Strictness>,
    /// See [`Policy::screening`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub screening: Option<Strictness>,
    /// See [`Policy::training`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub training: Option<Strictness>,
    /// See [`Policy::backup_days`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_days: Option<u16>,
    /// See [`Policy::drill_days`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drill_days: Option<u16>,
    /// See [`Policy::idle_minutes`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_minutes: Option<u16>,
    /// See [`Policy::office_hours`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub office_hours: Option<Hours>,
}

impl PolicyChange {
    /// Decides nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether its numbers make sense: a shell that never locks, for one, does not.
    pub fn is_sound(&self) -> bool {
        let counted = |days: Option<u16>| days.is_none_or(|days| (1..=3650).contains(&days));
        let idle = self.idle_minutes.is_none_or(|minutes| (1..=480).contains(&minutes));
        counted(self.backup_days) && counted(self.drill_days) && idle
    }
}

impl PolicyChange {
    /// The rules that it makes only warn.
    pub fn opened_up(&self) -> impl Iterator<Item = &'static str> {
        let all = [
            ("network", self.network),
            ("sandbox", self.sandbox),
            ("screening", self.screening),
            ("training", self.training),
        ];
        all.into_iter().filter(|(_, value)| *value == Some(Strictness::Warn)).map(|(key, _)| key)
    }

    /// `network=warn idle_minutes=5`, in the order of [`Policy`].
    pub fn in_words(&self) -> String {
        let strict = |value: Option<Strictness>| value.map(|value| value.to_string());
        let number = |value: Option<u16>| value.map(|value| value.to_string());
        let all = [
            ("network", strict(self.network)),
            ("sandbox", strict(self.sandbox)),
            ("screening", strict(self.screening)),
            ("training", strict(self.training)),
            ("backup_days", number(self.backup_days)),
            ("drill_days", number(self.drill_days)),
            ("idle_minutes", number(self.idle_minutes)),
            ("office_hours", self.office_hours.map(|hours| hours.to_string())),
        ];
        let set = all.into_iter().filter_map(|(key, value)| value.map(|value| format!("{key}={value}")));
        set.collect::<Vec<_>>().join(" ")
    }
}

impl Policy {
    /// Takes a change in.
    pub fn take(&mut self, change: &PolicyChange) {
        fn set<T: Copy>(value: &mut T, new: Option<T>) {
            if let Some(new) = new {
                *value = new;
            }
        }
        set(&mut self.network, change.network);
        set(&mut self.sandbox, change.sandbox);
        set(&mut self.screening, change.screening);
        set(&mut self.training, change.training);
        set(&mut self.backup_days, change.backup_days);
        set(&mut self.drill_days, change.drill_days);
        set(&mut self.idle_minutes, change.idle_minutes);
        set(&mut self.office_hours, change.office_hours);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> Zoned {
        time.parse().unwrap()
    }

    #[test]
    fn office_hours_are_read_as_they_are_written() {
        for text in ["08:00-18:00", "mon-fri,08:30-17:00", "sat,09:00-12:00", "any"] {
            assert_eq!(text.parse::<Hours>().unwrap().to_string(), text);
        }
        for wrong in
            ["8-18", "08:00", "mon,tue,08:00-18:00", "moo,08:00-18:00", "08:00-25:00", "", "8:00-18:00"]
        {
            assert!(wrong.parse::<Hours>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn office_hours_include_their_first_minute_and_not_their_last() {
        let hours: OfficeHours = "mon-fri,08:00-18:00".parse().unwrap();
        // 2026-11-23 is a Monday.
        assert!(hours.include(&at("2026-11-23T08:00:00[UTC]")));
        assert!(!hours.include(&at("2026-11-23T07:59:59[UTC]")));
        assert!(!hours.include(&at("2026-11-23T18:00:00[UTC]")));
        assert!(!hours.include(&at("2026-11-22T10:00:00[UTC]")), "a Sunday");
    }

    #[test]
    fn a_night_shift_goes_over_midnight_and_the_weekend_over_the_week() {
        let night: OfficeHours = "22:00-06:00".parse().unwrap();
        assert!(
            night.include(&at("2026-11-23T23:00:00[UTC]")) && night.include(&at("2026-11-23T05:00:00[UTC]"))
        );
        assert!(!night.include(&at("2026-11-23T12:00:00[UTC]")));
        let weekend: OfficeHours = "sat-mon,00:00-23:59".parse().unwrap();
        assert!(
            weekend.include(&at("2026-11-22T12:00:00[UTC]"))
                && weekend.include(&at("2026-11-23T12:00:00[UTC]"))
        );
        assert!(!weekend.include(&at("2026-11-24T12:00:00[UTC]")));
    }

    #[test]
    fn a_change_leaves_the_rest_as_it_was() {
        let mut policy = Policy::default();
        let change: PolicyChange =
            serde_json::from_str(r#"{"idle_minutes":3,"office_hours":"any"}"#).unwrap();
        policy.take(&change);
        assert_eq!(policy, Policy { idle_minutes: 3, ..Policy::default() });
        assert_eq!(serde_json::to_string(&change).unwrap(), r#"{"idle_minutes":3,"office_hours":"any"}"#);
        assert!(!PolicyChange { idle_minutes: Some(0), ..PolicyChange::default() }.is_sound());
        assert!(serde_json::from_str::<PolicyChange>(r#"{"colour":"red"}"#).is_err());
    }
}
