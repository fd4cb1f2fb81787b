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

/// Keeps the process's memory off the disk: forbids core dumps, and maps the locked pages. The program's
/// first act, before anything secret is in memory and before a sandbox that might refuse the calls. What
/// the kernel refuses stops nothing; [`core_dumps::state`] and [`locked::unlocked_because`] tell it.
pub fn keep_memory_off_the_disk() {
    core_dumps::forbid();
    let _ = locked::unlocked_because();
}
