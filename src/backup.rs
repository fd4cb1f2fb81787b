//! Backups: ciphertext on removable media, made and checked without any secret.
//!
//! | file | what lives there |
//! | --- | --- |
//! | `medium` | a medium's folder, its ID, its lock |
//! | `enroll` | a medium becomes the office's own |
//! | `manifest` | what a snapshot says of itself |
//! | `shelf` | the snapshots on a medium |
//! | `objects` | pieces of files: hashed, written, read back |
//! | `create` | a snapshot is made; `backwards`: of a store that did not go back |
//! | `known` | whether this machine knows a medium, as it was left |
//! | `list` | what is on a medium |
//! | `prune` | old snapshots are given up, and what only they held |
//! | `verify` | every byte, link and signature in the clear, without a key |
//! | `restore` | the way back |
//! | `snapshot_disk` | a snapshot's files, read from the medium as if they lay in a store's folder |

pub mod backwards;
pub mod create;
pub mod enroll;
pub mod known;
pub mod list;
pub mod manifest;
pub mod medium;
pub mod objects;
pub mod prune;
pub mod restore;
pub mod shelf;
pub mod snapshot_disk;
pub mod verify;
