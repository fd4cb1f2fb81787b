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
//! | `prune` | old snapshots are given up, and what only they held |
//! | `snapshot_disk` | a snapshot's files, read from the medium as if they lay in a store's folder |

pub mod backwards;
pub mod create;
pub mod enroll;
pub mod manifest;
pub mod medium;
mod objects;

pub mod shelf;
pub mod snapshot_disk;
