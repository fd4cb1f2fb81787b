//! Personal numbers of the United States, Canada and Brazil.

use super::luhn;
use super::sums::{Compact, digits, short, weighted};

/// United States: Social Security number (SSA, POMS RM 10201.035): area not 000, 666 or 900 up, group not 00, serial
/// not 0000. It has no check digit.
pub(crate) fn ssn(text: Compact<'_>) -> bool {
    let Some(n) = digits::<9>(text) else { return false };
    // Two that advertisements showed were withdrawn.
    let withdrawn = matches!(text, "078051120" | "219099999");
    !matches!(short(&n[..3]), 0 | 666 | 900..) && short(&n[3..5]) > 0 && short(&n[5..]) > 0 && !withdrawn
}

/// United States: individual taxpayer identification number (IRS, IRM 3.21.263): 9, and groups 50 to 65, 70 to 88,
/// 90 to 92, 94 to 99. It has no check digit.
pub(crate) fn itin(text: Compact<'_>) -> bool {
    let Some(n) = digits::<9>(text) else { return false };
    n[0] == 9 && matches!(short(&n[3..5]), 50..=65 | 70..=88 | 90..=92 | 94..=99)
}

/// Canada: social insurance number (ESDC, SIN Code of Practice): nine digits, Luhn; none begins with 0 or 8.
pub(crate) fn sin(text: Compact<'_>) -> bool {
    digits::<9>(text).is_some_and(|n| !matches!(n[0], 0 | 8)) && luhn::fits(text)
}

/// Brazil: CPF (Receita Federal, IN RFB nº 2.172/2024): nine digits and two check digits modulo 11.
pub(crate) fn cpf(text: Compact<'_>) -> bool {
    let Some(n) = digits::<11>(text) else { return false };
    let check = |digits: &[u32], first: u32| {
        let weights: Vec<u32> = (2..=first).rev().collect();
        weighted(digits, &weights) * 10 % 11 % 10
    };
    // Ten digits alike would fit.
    n.iter().any(|digit| *digit != n[0]) && check(&n[..9], 10) == n[9] && check(&n[..10], 11) == n[10]
}
