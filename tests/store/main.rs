//! A store from outside: founding, roster, unlocking, groups, seen notes, the access log.

mod access_log;
mod founding;
mod groups;
mod office;
mod roster;
mod unlocking;
