//! What is done to a store without any person, as by a timer at night: its entries are signed by nobody.

use std::sync::Arc;

use super::Store;
use crate::access_log::entry::random_id;
use crate::access_log::{AccessLog, Actor, Author, LogError, Role, Witness};
use crate::sealed::signed::Mark;

/// A job has no seen note: media remember the log for it.
struct Nobody;

impl Witness for Nobody {
    fn saw(&self, _: Mark) {}
}

impl Store {
    /// The access log for a job that needs no person. Its entries name the OS account, and a role because
    /// each has one: that of somebody who sees no record.
    pub fn log_of_job(&self) -> Result<AccessLog, LogError> {
        let session_id = random_id(&*self.surroundings.random).map_err(LogError::Random)?;
        let actor = Actor { staff: self.surroundings.os_user.clone(), role: Role::Auditor, session_id };
        let (place, witness) = (self.log_place(), Arc::new(Nobody));
        Ok(AccessLog::open(place, Author::unsigned(actor), Mark::NOTHING, witness, &self.surroundings))
    }
}
