//! Backups: ciphertext on removable media, made and checked without any secret.
//!
//! | file | what lives there |
//! | --- | --- |
//! | `medium` | a medium's folder, its ID, its lock |
//! | `manifest` | what a snapshot says of itself |
//! | `snapshot_disk` | a snapshot's files, read from the medium as if they lay in a store's folder |

pub mod manifest;
pub mod medium;
pub mod snapshot_disk;
