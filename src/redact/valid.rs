//! Whether a whole text is a number of a kind: by this the rules are held against what others test.

use super::chain::Chain;
use super::detectors;
use super::finders::{account, birth, email, phone};
use super::kind::Kind;
use super::window::{self, Spelt};

pub(super) fn is_valid(kind: Kind, text: &str) -> bool {
    let whole = 0..text.len();
    match kind {
        account::IBAN => {
            account::iban_at(text, 0).is_some_and(|written| written.fits && written.range == whole)
        }
        email::KIND => text.find('@').and_then(|at| email::around(text, at)) == Some(whole),
        phone::KIND => text
            .find(|c: char| c.is_ascii_digit())
            .and_then(|first| phone::at(text, first))
            .is_some_and(|dialled| dialled.range == whole),
        birth::KIND => {
            text.find(|c: char| c.is_ascii_digit()).and_then(|first| birth::at(text, first)) == Some(whole)
        }
        _ => fits_a_detector(kind, text),
    }
}

/// The chain that a whole text is.
fn of_chain(text: &str) -> Option<Chain> {
    let mut chain = Chain::default();
    let end = chain.take_up(text, text.find(|c: char| c.is_ascii_digit())?, 0);
    let starts = chain.groups.first().is_some_and(|first| first.start == 0);
    let ends = chain.groups.last().is_some_and(|last| last.end == text.len());
    (starts && ends && end == text.len()).then_some(chain)
}

fn fits_a_detector(kind: Kind, text: &str) -> bool {
    let Some(chain) = of_chain(text) else { return false };
    let mut fits = false;
    window::each(&chain, 0, text.as_bytes(), |window| {
        let is_whole = window.first == 0 && window.last + 1 == chain.groups.len();
        let spelt = window.candidates().filter(|one| is_whole && matches!(one.spelt, Spelt::As(_)));
        let mut detectors = spelt.filter_map(|candidate| detectors::ALL.get(candidate.detector));
        fits |= detectors.any(|detector| {
            detector.kind == kind && !detector.is_temporary && (detector.fits)(window.compact())
        });
    });
    fits
}
