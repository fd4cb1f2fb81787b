//! What a command leaves its own process before anything secret is typed, and what the office's policy
//! says where the kernel can't refuse the rest.

use std::path::Path;

use super::Command;
use super::named::{Named, folder_of};
use crate::machine::sandbox::{Allowed, Use};
use crate::store::Layout;
use crate::surroundings::Surroundings;

/// What the process may still reach: the store, the seen notes, the terminal, what the kernel tells of the
/// machine, and what the command line names.
pub(super) fn allowed(command: &Command, store: Option<&Path>, surroundings: &Surroundings) -> Allowed {
    let mut allowed = Allowed::nothing();
    allowed.allow("/dev/tty".as_ref(), Use::Device);
    for told in ["proc", "sys"] {
        allowed.allow(&surroundings.system_root.join(told), Use::Read);
    }
    if let Some(store) = store {
        // A new store is built beside its place.
        let is_new = matches!(command, Command::Init(_));
        let folder = if is_new { folder_of(store) } else { store };
        if is_new || Layout::new(store).roster().exists() {
            allowed.allow(folder, Use::Change);
            // Made now: later its own parent would be out of reach. Where that fails, keeping a note fails
            // and is told.
            let notes = &surroundings.state;
            if surroundings.disk.create_dir_all(notes).is_ok() {
                allowed.allow(notes, Use::Change);
            }
        }
    }
    for named in command.named() {
        match named {
            Named::Read(path) => allowed.allow(&path, Use::Read),
            Named::Make(file) => allowed.allow(folder_of(&file), Use::MakeFiles),
            Named::Fill(folder) => allowed.allow(&folder, Use::Fill),
            Named::Change(folder) => allowed.allow(&folder, Use::Change),
        }
    }
    allowed
}
