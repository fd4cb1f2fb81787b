//! The groups of a roster, with the keys that each had.

use std::path::Path;

use crate::sealed::access::{Outside, Signers};
use crate::sealed::disk::Disk;
use crate::sealed::signed::{Digest, StoreId};
use crate::store::name::Name;

/// A group as the roster has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: Name,
    /// The two characters that its customers' codes begin with.
    pub prefix: String,
    /// The key epoch in force.
    pub epoch: u32,
    /// What the key of that epoch must match: see [`commitment`](super::commitment).
    pub commitment: Digest,
    /// The sequence number of the line since which that key is in force.
    pub key_since: u64,
    /// The keys before, oldest first, whose epochs count from 1.
    pub(super) former: Vec<FormerKey>,
    /// The sequence number of the line that created it.
    pub(super) since: u64,
}

/// A key that a group had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FormerKey {
    pub commitment: Digest,
    pub since: u64,
}

impl Group {
    /// What it takes to check its files from outside.
    pub(in crate::store) fn outside<'a>(
        &'a self,
        disk: &'a dyn Disk,
        folder: &'a Path,
        store: StoreId,
        signers: &'a dyn Signers,
    ) -> Outside<'a> {
        Outside {
            disk,
            folder,
            store,
            group: self.name.as_str(),
            epoch: self.epoch,
            since: self.key_since,
            signers,
        }
    }

    /// The group as it was while the key of `epoch` was in force; `None` if it never had that epoch.
    pub fn at_epoch(&self, epoch: u32) -> Option<Self> {
        if epoch == self.epoch {
            return Some(self.clone());
        }
        let index = usize::try_from(epoch.checked_sub(1)?).ok()?;
        let FormerKey { commitment, since } = *self.former.get(index)?;
        let former = self.former[..index].to_vec();
        Some(Self { epoch, commitment, key_since: since, former, ..self.clone() })
    }
}
