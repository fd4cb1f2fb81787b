//! An open customer group.
