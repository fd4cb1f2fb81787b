//! The machine: is a network near, is memory to spare, what would keep or show what it should not; and what
//! the kernel does for this process: its sandbox, its memory. Knows nothing of stores.

pub mod block_device;
pub mod clock;
pub mod core_dumps;
pub mod crashes;
pub mod limits;
pub mod locked;
pub mod memory;
pub mod network;
pub mod permissions;
pub mod sandbox;
pub mod space;
pub mod stack;
pub mod swap;
pub mod told;
pub mod umask;
