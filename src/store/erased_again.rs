//! A restored group is of a time before some erasures: whoever the newest ledger names is erased again, while the
//! group is sealed to its new key.

use super::amend::{ChangeError, Rekeying};
use super::name::Name;
use super::session::{Notice, Session};
use crate::access_log::{Action, Event, Outcome};
use crate::sealed::checkpoint::Progress;
use crate::sealed::group_file::{OpenGroupError, Staging};
use crate::sealed::ledger::{Fault, Ledger, LedgerError};
use crate::sealed::signed::Mark;

/// Erases the customers of some codes, as far as the group has them; gives those that it had.
pub type EraseCodes<'a> = &'a dyn Fn(
    &mut Staging,
    &[String],
    Progress<'_>,
) -> Result<Vec<String>, Box<dyn std::error::Error + Send + Sync>>;

/// Who is erased again in a group.
pub(super) struct Again {
    group: Name,
    codes: Vec<String>,
}

impl Again {
    /// An entry for each of them.
    pub fn events(&self) -> impl Iterator<Item = Event> {
        self.codes.iter().map(|code| {
            let mut event = Event::new(Action::Erase, Outcome::Success);
            event.group = Some(self.group.to_string());
            event.customer = Some(code.clone());
            event.detail = Some("again, after a restore".to_owned());
            event.count = Some(1);
            event
        })
    }

    pub fn notice(self) -> Notice {
        Notice::ErasedAgain { group: self.group, count: self.codes.len() as u64 }
    }
}

impl Session {
    /// Erases, in the stage, whoever the ledger in `restored/` names beyond the group's own, and puts that ledger
    /// in the place of the group's. What stands behind the end that the old head names did not happen, so this may
    /// be broken off anywhere. `None` if the group had none of them.
    pub(super) fn erase_again(
        &self,
        group: &Name,
        end: Mark,
        stage: &mut Staging,
        work: Rekeying<'_>,
    ) -> Result<Option<Again>, ChangeError> {
        let in_group =
            |source: OpenGroupError| ChangeError::Open { group: group.clone(), source: Box::new(source) };
        let damaged = |error: LedgerError| in_group(error.into());
        let access = stage.file().access_handle();
        let outside = access.outside();
        let own = Ledger::read(&outside, stage.file().head().ledger).map_err(damaged)?;
        let path = self.layout().restored_ledger(group.as_str());
        let newest = Ledger::read_copy(&outside, path.clone(), end).map_err(damaged)?;
        if !newest.goes_on_from(&own) {
            let line = own.end.seq;
            return Err(damaged(LedgerError::Damaged { path, line, fault: Fault::Misplaced }));
        }
        let codes: Vec<String> =
            newest.lines.iter().skip(own.lines.len()).map(|line| line.code.clone()).collect();
        let codes = (work.erase)(stage, &codes, work.progress)
            .map_err(|source| ChangeError::Renew { group: group.clone(), source })?;
        newest.put_in_place(&*access.disk, &access.folder)?;
        stage.ends_ledger(newest.end);
        Ok((!codes.is_empty()).then(|| Again { group: group.clone(), codes }))
    }
}
