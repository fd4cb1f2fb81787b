//! Redaction: what identifies a person is blacked out of a text, a table or an office file.
//!
//! A format takes a file apart into [`Piece`]s of text, hands those that are read as one to a [`Redactor`], and puts
//! the file together again. Nothing here knows of stores, groups or the terminal.
//!
//! | file | what lives there |
//! | --- | --- |
//! | [`kind`] | the kinds of what is found |
//! | `detector`, `detectors` | numbers of fixed spellings: what a detector is, and all of them, one family a file |
//! | `finders` | what has no fixed spelling: accounts, addresses, phone numbers, birth dates |
//! | `words`, `labels`, `folding` | labels: which there are, and what the words near a number say |
//! | `chain`, `window` | groups of letters and digits, and which of them together may be a number |
//! | `digits` | digits of other scripts |
//! | `bytes` | bytes of a kind, block by block |
//! | `surroundings`, `scan` | what stands around a number, and the decision about it |
//! | `passage`, `rounds` | a passage: pieces that are read as one text, and what is put in place of what was found, until nothing is |
//! | [`people`] | customers who are known, by their names, addresses and numbers |
//! | [`mod@format`] | the formats: which a file is in, how each is rewritten, which are refused |

pub mod format;
pub mod kind;

mod bytes;
mod chain;
mod detector;
mod detectors;
mod digits;
mod finders;
mod folding;
mod labels;
mod options;
mod passage;
pub mod people;
mod rounds;
mod scan;
mod surroundings;
mod valid;
mod window;
mod words;

pub use options::Options;
pub use passage::{Finding, Piece, Place, Redactor};
