//! Numbers that tell by themselves whether they are written right: accounts, cards, personal numbers.
//!
//! Pure functions, which know nothing of the rest of the program. None keeps or tells what it was given.
//!
//! | file | what lives there |
//! | --- | --- |
//! | [`iban`] | account numbers, modulo 97 |
//! | [`luhn`] | card numbers |
//! | [`national`] | the rules of personal numbers by country |
//! | `nordic`, `baltic`, `western`, `southern`, `central`, `eastern`, `overseas` | the rules themselves |
//! | `sums` | sums, calendars and shapes that they share |

pub mod iban;
pub mod luhn;
pub mod national;

mod baltic;
mod central;
mod eastern;
mod nordic;
mod overseas;
mod southern;
mod sums;
mod western;
