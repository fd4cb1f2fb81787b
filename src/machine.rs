//! The machine: is a network near, is memory to spare? Knows nothing of stores.

pub mod memory;
pub mod network;
pub mod sandbox;
