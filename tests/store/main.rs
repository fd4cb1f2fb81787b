//! A store from outside: founding, roster, unlocking, groups, seen notes, the access log.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

mod access_log;
mod account;
mod book;
mod canary;
mod documents;
mod erasure;
#[path = "../support/every_byte.rs"]
mod every_byte;
mod export;
mod founding;
mod groups;
mod handing_over;
mod log_deeds;
mod log_newest;
mod log_pairing;
mod log_reading;
mod log_verify;
mod migration;
mod office;
mod overtaken;
mod people;
mod records;
mod reserve;
mod restored;
#[path = "../support/retail.rs"]
mod retail;
mod roster;
mod roster_rules;
mod shop;
mod unlocking;
mod upgrade;
