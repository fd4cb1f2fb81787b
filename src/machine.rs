//! The machine: is a network near, is memory to spare? Knows nothing of stores.

pub mod block_device;
pub mod clock;
pub mod crashes;
pub mod limits;
pub mod memory;
pub mod network;
pub mod permissions;
pub mod sandbox;
pub mod space;
pub mod swap;
pub mod told;
pub mod umask;
