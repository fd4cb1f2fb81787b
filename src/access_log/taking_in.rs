//! The entries of an act by which a new log or base takes in the records of an old log.

use std::fmt::Write as _;

use super::entry::Event;
use crate::sealed::signed::Mark;

/// Records that one entry of the access log lists; an entry has to fit its line.
const RECORDS_AN_ENTRY: usize = 1_000;

impl Event {
    /// This event with each record (of `entries`, record → entry) and the entry that it named:
    /// `…; records 3=17 4=19`. Where there are many, in several events one after the other, the last of
    /// which stands for the act.
    pub fn taking_in(&self, entries: &[(u64, Mark)]) -> Vec<Self> {
        let parts = entries.chunks(RECORDS_AN_ENTRY);
        let count = parts.len();
        let detail = self.detail.as_deref().unwrap_or_default();
        let mut events: Vec<Self> = parts
            .enumerate()
            .map(|(number, part)| {
                let mut text = detail.to_owned();
                // Writing to memory can't fail.
                if count > 1 {
                    let _ = write!(text, ", part {} of {count}", number + 1);
                }
                text.push_str("; records");
                for (record, entry) in part {
                    let _ = write!(text, " {record}={}", entry.seq);
                }
                Self { detail: Some(text), ..self.clone() }
            })
            .collect();
        if events.is_empty() {
            events.push(self.clone());
        }
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access_log::{Action, Outcome};
    use crate::sealed::signed::Digest;

    fn details(records: u64) -> Vec<String> {
        let entries: Vec<_> =
            (1..=records).map(|record| (record, Mark { seq: record + 10, hash: Digest::ZERO })).collect();
        let mut event = Event::new(Action::Checkpoint, Outcome::Success);
        event.detail = Some("fold".to_owned());
        event.taking_in(&entries).into_iter().map(|event| event.detail.unwrap()).collect()
    }

    #[test]
    fn records_are_listed_with_their_entries_and_many_in_several_events() {
        assert_eq!(details(0), ["fold"]);
        assert_eq!(details(2), ["fold; records 1=11 2=12"]);
        let parts = details(1_001);
        assert!(parts[0].starts_with("fold, part 1 of 2; records 1=11 2=12 "));
        assert_eq!(parts[1], "fold, part 2 of 2; records 1001=1011");
    }
}
