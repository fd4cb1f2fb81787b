//! Seen notes together with when they were made, so that a crash at any moment finds those of before.
#![allow(missing_docs, clippy::unwrap_used, reason = "test support")]

use std::sync::{Arc, Mutex};

use vault::sealed::access::{Seen, Witness};

use crate::sealed_group::Notes;
use crate::simulated_disk::SimulatedDisk;

/// Notes what was seen together with how much the disk had done by then.
pub struct Diary {
    disk: SimulatedDisk,
    notes: Mutex<Vec<(usize, Seen)>>,
}

impl Diary {
    pub fn of(disk: &SimulatedDisk) -> Self {
        Self { disk: disk.clone(), notes: Mutex::default() }
    }

    /// What the notes may hold at moment `at`.
    pub fn until(&self, at: usize) -> Arc<Notes> {
        let notes = Arc::new(Notes::default());
        if let Some((_, seen)) = self.notes.lock().unwrap().iter().rfind(|(noted, _)| *noted <= at) {
            notes.note("retail", *seen);
        }
        notes
    }
}

impl Witness for Diary {
    fn seen(&self, _group: &str) -> Option<Seen> {
        self.notes.lock().unwrap().last().map(|(_, seen)| *seen)
    }

    fn note(&self, _group: &str, seen: Seen) {
        self.notes.lock().unwrap().push((self.disk.recorded(), seen));
    }
}
