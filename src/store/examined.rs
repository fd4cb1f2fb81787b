//! What whoever examines a store may ask it without a passphrase.

use std::path::PathBuf;

use jiff::Timestamp;

use super::{Store, staff_file};
use crate::access_log::{LogError, tail};
use crate::sealed::disk;
use crate::sealed::passphrase::{self, WorkFactor};

impl Store {
    /// The dearest scrypt cost at which the identity of somebody enrolled, or of the recovery sheet, is
    /// kept. An identity file that can't be read counts for nothing: the unlock tells of it.
    pub fn dearest_work_factor(&self) -> Option<WorkFactor> {
        let members = self.roster.people().chain(self.roster.recovery());
        let paths = members.map(|member| self.layout.identity(member.name.as_str(), member.number));
        let disk = &*self.surroundings.disk;
        let sealed = paths.filter_map(|path| disk::read_small(disk, &path, staff_file::LIMIT).ok());
        sealed.filter_map(|sealed| passphrase::work_factor_of(&sealed).ok()).max()
    }

    /// The file of the access log's newest month, and when that month began: whoever wrote its first line
    /// had a clock that was at least so late. `None` before the first line ever.
    pub fn newest_month(&self) -> Result<Option<(PathBuf, Timestamp)>, LogError> {
        let months = tail::months(&*self.surroundings.disk, &self.layout.access_log())?;
        Ok(months.into_iter().next_back().and_then(|path| {
            let month = path.file_stem()?.to_str()?;
            let begun = format!("{month}-01T00:00:00Z").parse().ok()?;
            Some((path, begun))
        }))
    }
}
