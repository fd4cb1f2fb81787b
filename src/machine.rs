//! The machine: is a network near? Knows nothing of stores.

pub mod memory;
pub mod network;
