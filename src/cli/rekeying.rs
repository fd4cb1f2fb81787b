//! What a re-key needs of the command line, and what is said after it.

use super::Context;
use super::bar::Bar;
use super::error::CommandError;
use crate::group::erase::erase_again;
use crate::group::upkeep::renew;
use crate::store::{Name, Rekeying};

impl Context {
    /// Makes a change that gives out new keys, with a bar while files are sealed to them.
    pub(super) fn rekeying<T, E: Into<CommandError>>(
        &self,
        change: impl FnOnce(Rekeying<'_>) -> Result<T, E>,
    ) -> Result<T, CommandError> {
        let bar = Bar::new(self);
        let changed = change(Rekeying {
            renew: &|stage, recipient, random| {
                let progress = |done, total| bar.reached("re-keying documents", done, total);
                Ok(renew(stage, recipient, random, &progress)?)
            },
            erase: &|stage, codes, progress| Ok(erase_again(stage, codes, progress)?),
            progress: &|done, total| bar.reached("re-keying", done, total),
        });
        bar.clear();
        changed.map_err(Into::into)
    }

    /// Says what has new keys now, and what the old ones still open.
    pub(super) fn say_rekeyed(&self, groups: &[Name], log: bool, old: &str) {
        if groups.is_empty() && !log {
            return;
        }
        self.say(&format!("new keys: {}", rekeyed(groups, log)));
        self.warn(&format!(
            "copies of the store made before now (backups, sticks) stay readable with {old}: destroy those that are not needed"
        ));
    }
}

/// `groups dental and private; the access log`.
pub(super) fn rekeyed(groups: &[Name], log: bool) -> String {
    let names: Vec<&str> = groups.iter().map(Name::as_str).collect();
    let groups = match names.as_slice() {
        [] => String::new(),
        [only] => format!("group {only}"),
        [first @ .., last] => format!("groups {} and {last}", first.join(", ")),
    };
    match (groups.is_empty(), log) {
        (true, true) => "the access log".to_owned(),
        (false, true) => format!("{groups}; the access log"),
        (_, false) => groups,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_new_keys_is_named_in_words() {
        let names = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect::<Vec<Name>>();
        assert_eq!(rekeyed(&names(&[]), true), "the access log");
        assert_eq!(rekeyed(&names(&["dental"]), false), "group dental");
        assert_eq!(rekeyed(&names(&["a", "b", "c"]), true), "groups a, b and c; the access log");
    }
}
