//! The machine: is a network near, is memory to spare, and what becomes of the process's own memory?
//! Knows nothing of stores.

pub mod core_dumps;
pub mod locked;
pub mod memory;
pub mod network;
pub mod stack;

/// Keeps the process's memory off the disk: forbids core dumps, and maps the locked pages. The program's
/// first act, before anything secret is in memory and before a sandbox that might refuse the calls. What
/// the kernel refuses stops nothing; [`core_dumps::state`] and [`locked::unlocked_because`] tell it.
pub fn keep_memory_off_the_disk() {
    core_dumps::forbid();
    let _ = locked::unlocked_because();
}
