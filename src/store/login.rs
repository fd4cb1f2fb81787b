//! A coming log-in: an identity and the passphrase under which its file is sealed.

use std::cell::OnceCell;

use super::name::Name;
use super::staff_file;
use crate::sealed::age_file::SealError;
use crate::sealed::identity::Identity;
use crate::sealed::passphrase::{Passphrase, WorkFactor};
use crate::sealed::signed::StoreId;

/// A person's identity and the passphrase under which it is kept.
pub struct Login {
    pub(super) identity: Identity,
    passphrase: Passphrase,
    work_factor: WorkFactor,
    /// Its file as sealed before any lock was taken, for that name and number.
    ahead: OnceCell<(Name, u32, Vec<u8>)>,
}

impl Login {
    /// A new identity, under a passphrase that passed the gate: see [`super::strength::check`].
    pub fn new(passphrase: Passphrase, work_factor: WorkFactor) -> Self {
        Self::keeping(Identity::generate(), passphrase, work_factor)
    }

    /// An identity that stays, under another passphrase.
    pub(super) fn keeping(identity: Identity, passphrase: Passphrase, work_factor: WorkFactor) -> Self {
        Self { identity, passphrase, work_factor, ahead: OnceCell::new() }
    }

    /// Keeps a file that was sealed before any lock was taken; the first one stays.
    pub(super) fn keep_ahead(&self, name: Name, number: u32, sealed: Vec<u8>) {
        let _ = self.ahead.set((name, number, sealed));
    }

    /// Its file for identity `number` of `name`: the one sealed ahead, if it is of that number still.
    pub(super) fn sealed(&self, name: &Name, number: u32, store: &StoreId) -> Result<Vec<u8>, SealError> {
        match self.ahead.get() {
            Some((known, for_number, sealed)) if known == name && *for_number == number => Ok(sealed.clone()),
            _ => seal_login(self, name, number, store),
        }
    }
}

/// An identity file.
pub(super) fn seal_login(
    login: &Login,
    name: &Name,
    number: u32,
    store: &StoreId,
) -> Result<Vec<u8>, SealError> {
    staff_file::seal(&login.identity, name, number, store, &login.passphrase, login.work_factor)
}
