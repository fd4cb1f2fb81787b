//! An open customer group: its fields and records, customer codes, search words, duplicates, import.
//!
//! | file | what lives there |
//! | --- | --- |
//! | [`code`] | customer codes and their check character |
//! | [`kind`] | what a field holds: validation, stored form, mask |
//! | [`field`] | a group's fields |
//! | [`value`] | one stored value, wiped and never displayed |
//! | [`record`] | one customer's values: checked, stored, compared |
//! | [`view`] | what of a record may be shown |
//! | [`flat_json`] | flat JSON objects, the form of a record in storage and in files |
//! | [`query`] | what was typed to look a customer up; folding of words |
//! | [`duplicate`] | keys by which a customer is found to be there already |
//! | [`import`] | CSV and JSON Lines, row by row |

pub mod code;
pub mod duplicate;
pub mod field;
pub mod flat_json;
pub mod import;
pub mod kind;
pub mod query;
pub mod record;
pub mod value;
pub mod view;
