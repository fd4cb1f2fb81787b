//! Personal numbers of South Africa.

use super::luhn;
use super::sums::{Compact, digits, is_day_of_short_year, short};

/// South Africa: identity number (Identification Act 68 of 1997): YYMMDD, sex and order, citizen, resident or refugee,
/// a digit that was once for race, a Luhn digit.
pub(crate) fn identity(text: Compact<'_>) -> bool {
    let Some(n) = digits::<13>(text) else { return false };
    is_day_of_short_year(short(&n[..2]), short(&n[2..4]), short(&n[4..6])) && n[10] <= 2 && luhn::fits(text)
}
