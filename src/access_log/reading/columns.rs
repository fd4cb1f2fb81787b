//! The columns of an entry, as auditors get them.

use serde::{Deserialize, Serialize};

use crate::access_log::entry::{Action, Entry, Opened, Outcome, Role};
use crate::sealed::signed::Digest;

/// The columns' names, in their order.
pub const COLUMNS: [&str; 19] = [
    "seq",
    "time",
    "event_id",
    "session_id",
    "staff",
    "role",
    "action",
    "group",
    "customer",
    "fields",
    "reason",
    "outcome",
    "detail",
    "count",
    "host",
    "os_user",
    "version",
    "prev",
    "hash",
];

/// What the detail of an entry begins with that nobody signed.
pub const UNSIGNED: &str = "unsigned";

/// One entry's columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "docs/access-log.md describes each, as entry::Entry does")]
pub struct Row {
    pub seq: u64,
    pub time: String,
    pub event_id: String,
    pub session_id: String,
    pub staff: String,
    pub role: Role,
    pub action: Action,
    pub group: Option<String>,
    pub customer: Option<String>,
    pub fields: Vec<String>,
    pub reason: Option<String>,
    pub outcome: Outcome,
    pub detail: Option<String>,
    pub count: Option<u64>,
    pub host: String,
    pub os_user: String,
    pub version: String,
    pub prev: Digest,
    pub hash: Digest,
}

impl From<Opened> for Row {
    fn from(opened: Opened) -> Self {
        let Opened { entry, hash } = opened;
        let Entry { v: _, signer: _, unsigned, .. } = entry;
        let detail = match entry.detail {
            Some(detail) if unsigned => Some(format!("{UNSIGNED}; {detail}")),
            None if unsigned => Some(UNSIGNED.to_owned()),
            detail => detail,
        };
        Self {
            seq: entry.seq,
            time: entry.time,
            event_id: entry.event_id,
            session_id: entry.session_id,
            staff: entry.staff,
            role: entry.role,
            action: entry.action,
            group: entry.group,
            customer: entry.customer,
            fields: entry.fields,
            reason: entry.reason,
            outcome: entry.outcome,
            detail,
            count: entry.count,
            host: entry.host,
            os_user: entry.os_user,
            version: entry.version,
            prev: entry.prev,
            hash,
        }
    }
}

impl Row {
    /// Whether nobody signed the entry: a failed unlock, or a job without a person.
    pub fn is_unsigned(&self) -> bool {
        self.detail.as_deref().is_some_and(|detail| {
            detail.strip_prefix(UNSIGNED).is_some_and(|rest| rest.is_empty() || rest.starts_with("; "))
        })
    }

    /// The columns as text, in their order; several fields are parted by blanks, what is absent is empty.
    pub fn cells(&self) -> [String; 19] {
        let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
        [
            self.seq.to_string(),
            self.time.clone(),
            self.event_id.clone(),
            self.session_id.clone(),
            self.staff.clone(),
            self.role.to_string(),
            self.action.to_string(),
            or_empty(&self.group),
            or_empty(&self.customer),
            self.fields.join(" "),
            or_empty(&self.reason),
            self.outcome.to_string(),
            or_empty(&self.detail),
            self.count.map(|count| count.to_string()).unwrap_or_default(),
            self.host.clone(),
            self.os_user.clone(),
            self.version.clone(),
            self.prev.to_string(),
            self.hash.to_string(),
        ]
    }
}
