//! The targets, one a file.

mod age_header;
mod backup_manifest;
mod code;
mod command_line;
mod entry;
mod export;
mod fields;
mod flat_json;
mod group_log;
mod head;
mod identity;
mod identity_file;
mod import;
mod intake;
mod keys;
mod ledger;
mod log_line;
mod log_month;
mod manifest;
mod media_notes;
mod medium_card;
mod paper_head;
mod query;
mod restored_mark;
mod roster;
mod seen_note;
mod values;

use crate::engine::Target;

pub const ALL: [Target; 27] = [
    age_header::TARGET,
    backup_manifest::TARGET,
    code::TARGET,
    command_line::TARGET,
    entry::TARGET,
    export::TARGET,
    fields::TARGET,
    flat_json::TARGET,
    group_log::TARGET,
    head::TARGET,
    identity::TARGET,
    identity_file::TARGET,
    import::TARGET,
    intake::TARGET,
    keys::TARGET,
    ledger::TARGET,
    log_line::TARGET,
    log_month::TARGET,
    manifest::TARGET,
    media_notes::TARGET,
    medium_card::TARGET,
    paper_head::TARGET,
    query::TARGET,
    restored_mark::TARGET,
    roster::TARGET,
    seen_note::TARGET,
    values::TARGET,
];
