//! Numbers that tell by themselves whether they are written right: accounts, cards, personal numbers.
//!
//! Pure functions, which know nothing of the rest of the program. None keeps or tells what it was given.
//!
//! | file | what lives there |
//! | --- | --- |
//! | [`iban`] | account numbers, modulo 97 |
//! | [`card`] | payment card numbers by scheme |
//! | [`luhn`] | the check digit of cards, and of many others |
//! | [`routing`] | routing numbers of banks in the United States |
//! | [`national`] | the rules of personal numbers by country |
//! | `nordic`, `baltic`, `western`, `southern`, `central`, `eastern`, `asian`, `african`, `overseas` | the rules themselves |
//! | `sums` | sums, calendars and shapes that they share |

pub mod card;
pub mod iban;
pub mod luhn;
pub mod national;
pub mod routing;

pub(crate) mod african;
pub(crate) mod asian;
pub(crate) mod baltic;
pub(crate) mod central;
pub(crate) mod eastern;
pub(crate) mod nordic;
pub(crate) mod overseas;
pub(crate) mod southern;
mod sums;
pub(crate) mod western;
