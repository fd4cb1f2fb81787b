//! What is wrong with a clock can be told only where it went back: something is newer than now.

use std::io;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};

/// Earlier than this there was no such program: 1 November 2026.
const BEGINNING: i64 = 1_793_491_200;
/// File systems keep times coarsely, and a clock that is set by hand moves by seconds.
const SLACK: SignedDuration = SignedDuration::from_mins(2);

/// Something that happened, by the clock of then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// What: it stands in a sentence before "is of" and its time.
    pub what: String,
    /// When.
    pub at: Timestamp,
}

impl Trace {
    /// The program itself.
    pub fn program() -> Self {
        Self { what: "this program".to_owned(), at: Timestamp::constant(BEGINNING, 0) }
    }

    /// The last change of a file.
    pub fn change_of(path: &Path) -> io::Result<Self> {
        let at = path.metadata()?.modified()?;
        let at = Timestamp::try_from(at).map_err(io::Error::other)?;
        Ok(Self { what: path.display().to_string(), at })
    }
}

/// The newest trace, if it is newer than `now`: the clock went back, or was wrong then.
pub fn went_back(now: Timestamp, traces: impl IntoIterator<Item = Trace>) -> Option<Trace> {
    let newest = traces.into_iter().max_by_key(|trace| trace.at)?;
    (newest.at.duration_since(now) > SLACK).then_some(newest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(BEGINNING + second).unwrap()
    }

    fn trace(what: &str, second: i64) -> Trace {
        Trace { what: what.to_owned(), at: at(second) }
    }

    #[test]
    fn a_clock_behind_the_newest_trace_went_back() {
        let traces = || [trace("roster", 500), trace("log", 1000), Trace::program()];
        assert_eq!(went_back(at(1000), traces()), None);
        assert_eq!(went_back(at(880), traces()), None, "within the slack");
        assert_eq!(went_back(at(879), traces()), Some(trace("log", 1000)));
        assert_eq!(went_back(at(-86_400), [Trace::program()]), Some(Trace::program()));
        assert_eq!(went_back(at(0), []), None);
    }

    #[test]
    fn the_program_is_of_november_2026() {
        assert_eq!(Trace::program().at.to_string(), "2026-11-01T00:00:00Z");
    }

    #[test]
    fn a_files_last_change_is_a_trace() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("roster");
        std::fs::write(&file, "").unwrap();
        let then = std::time::UNIX_EPOCH + std::time::Duration::from_hours(24);
        std::fs::File::options().write(true).open(&file).unwrap().set_modified(then).unwrap();
        assert_eq!(Trace::change_of(&file).unwrap().at.as_second(), 86_400);
        assert!(Trace::change_of(&folder.path().join("none")).is_err());
    }
}
