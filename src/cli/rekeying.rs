//! What re-keying needs of the command line: new intake identities, and a bar.

use rusqlite::Connection;

use super::Context;
use super::bar::Bar;
use crate::group::upkeep::renew_intake;
use crate::sealed::identity::Identity;
use crate::store::{ChangeError, Name, Rekeying};

impl Context {
    /// Makes a change that gives groups new keys, with a progress bar.
    pub(super) fn rekeying<T>(
        &self,
        change: impl FnOnce(Rekeying<'_>) -> Result<T, ChangeError>,
    ) -> Result<T, ChangeError> {
        let bar = Bar::new(self);
        let progress = |done, total| bar.reached("re-keying", done, total);
        let renew_intake =
            |connection: &Connection| Ok(renew_intake(connection, &Identity::generate()).map_err(Box::new)?);
        change(Rekeying { renew_intake: &renew_intake, progress: &progress })
    }
}

/// What got new keys, in words: `group private and the access log`; `None` when nothing did.
pub(super) fn rekeyed(groups: &[Name], log: bool) -> Option<String> {
    let names: Vec<&str> = groups.iter().map(Name::as_str).collect();
    let groups = match names[..] {
        [] => None,
        [only] => Some(format!("group {only}")),
        _ => Some(format!("groups {}", names.join(", "))),
    };
    match (groups, log) {
        (Some(groups), true) => Some(format!("{groups} and the access log")),
        (None, true) => Some("the access log".to_owned()),
        (groups, false) => groups,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_got_new_keys_is_said_in_words() {
        let names: Vec<Name> = ["private", "trade"].iter().map(|name| name.parse().unwrap()).collect();
        assert_eq!(rekeyed(&names, true).unwrap(), "groups private, trade and the access log");
        assert_eq!(rekeyed(&names[..1], false).unwrap(), "group private");
        assert_eq!(rekeyed(&[], true).unwrap(), "the access log");
        assert_eq!(rekeyed(&[], false), None);
    }
}
