//! What whoever changes keys has to be handed in: the store knows files and keys, and nothing of customers.

use std::error::Error;

use super::erased_again::EraseCodes;
use crate::sealed::checkpoint::Progress;
use crate::sealed::group_file::Staging;
use crate::sealed::identity::Recipient;
use crate::surroundings::Random;

/// Readies a group for its new key, to whose recipient its files are to be sealed: a new intake identity,
/// and documents sealed again.
pub type RenewGroup<'a> =
    &'a dyn Fn(&mut Staging, &Recipient, &dyn Random) -> Result<(), Box<dyn Error + Send + Sync>>;

/// What re-keying needs of whoever knows groups and terminals.
#[derive(Clone, Copy)]
pub struct Rekeying<'a> {
    /// Readies a group for its new key.
    pub renew: RenewGroup<'a>,
    /// Erases customers again.
    pub erase: EraseCodes<'a>,
    /// Told how many bytes of how many are sealed.
    pub progress: Progress<'a>,
}
