//! What every unlock says of backups and drills.

use jiff::Timestamp;

use super::Context;
use crate::store::{MediaNotes, Precaution, Roster, Standing, precaution};

impl Context {
    /// Says when the last backup and the last drill were, as soon as there is a backup, and warns once more
    /// days have passed than the policy allows.
    pub(super) fn tell_precautions(&self, roster: &Roster) {
        // Notes that can't be read know of none.
        let notes = MediaNotes::read(&self.surroundings, roster.store_id()).unwrap_or_default();
        let (backup, drill) = (precaution::backup(&notes, roster), precaution::drill(&notes, roster));
        let now = self.surroundings.clock.now();
        let overdue = backup.standing(now).is_overdue() || drill.standing(now).is_overdue();
        if backup.last().is_none() && !overdue {
            return;
        }
        let said = format!("{}, {}", in_words("backup", &backup, now), in_words("drill", &drill, now));
        if overdue { self.warn(&said) } else { self.say(&said) }
    }
}

fn in_words(what: &str, done: &Precaution, now: Timestamp) -> String {
    let every = |days: u16| if days == 1 { "every day".to_owned() } else { format!("every {days} days") };
    let on = done.on().map(|medium| format!(" on {medium}")).unwrap_or_default();
    match done.standing(now) {
        Standing::InTime { age } => format!("last {what} {}{on}", precaution::ago(age)),
        Standing::Overdue { age, days } => {
            format!("last {what} {}{on} (the policy asks for one {})", precaution::ago(age), every(days))
        }
        Standing::Failed { age } => {
            format!("last {what} {}{on}, and not all of it was good", precaution::ago(age))
        }
        Standing::NoneYet { .. } => format!("no {what} yet"),
        Standing::NeverDone { days } => {
            format!("no {what} on record (the policy asks for one {})", every(days))
        }
    }
}
