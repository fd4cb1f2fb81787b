//! The machine: is a network near, is memory to spare, and what becomes of the process's own memory?
//! Knows nothing of stores.

pub mod core_dumps;
pub mod locked;
pub mod memory;
pub mod network;
pub mod stack;
