//! One thing that was looked at: what was found, and what to do about it.

use serde::{Serialize, Serializer};

/// What was found, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Check {
    id: &'static str,
    found: String,
    verdict: Verdict,
}

/// Whether there is something to do: only what is well has no next step.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    Ok,
    Advice(String),
    /// The machine does not tell; the text says how to find out.
    Unknown(String),
}

impl Check {
    /// All is well.
    pub fn ok(id: &'static str, found: impl Into<String>) -> Self {
        Self { id, found: found.into(), verdict: Verdict::Ok }
    }

    /// Something is to be done.
    pub fn advice(id: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { id, found: found.into(), verdict: Verdict::Advice(advice.into()) }
    }

    /// It can't be told.
    pub fn unknown(id: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { id, found: found.into(), verdict: Verdict::Unknown(advice.into()) }
    }

    /// Its name, which never changes.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// `ok`, `advice` or `unknown`.
    pub fn state(&self) -> &'static str {
        match self.verdict {
            Verdict::Ok => "ok",
            Verdict::Advice(_) => "advice",
            Verdict::Unknown(_) => "unknown",
        }
    }

    /// What was found.
    pub fn found(&self) -> &str {
        &self.found
    }

    /// The next step, unless all is well.
    pub fn what_to_do(&self) -> Option<&str> {
        match &self.verdict {
            Verdict::Ok => None,
            Verdict::Advice(advice) | Verdict::Unknown(advice) => Some(advice),
        }
    }

    /// Whether something is to be done.
    pub fn has_advice(&self) -> bool {
        matches!(self.verdict, Verdict::Advice(_))
    }
}

#[derive(Serialize)]
struct JsonCheck<'check> {
    check: &'static str,
    state: &'static str,
    found: &'check str,
    advice: Option<&'check str>,
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (check, state, found, advice) = (self.id, self.state(), &*self.found, self.what_to_do());
        JsonCheck { check, state, found, advice }.serialize(serializer)
    }
}
