//! The detectors, one family a file.

mod american;
mod asian;
mod balkan;
mod baltic;
mod british;
mod central;
mod french;
mod german;
mod iberian;
mod low_countries;
mod money;
mod nordic;
mod southern;

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use super::detector::Detector;

const FAMILIES: [&[Detector]; 13] = [
    money::DETECTORS,
    american::DETECTORS,
    british::DETECTORS,
    nordic::DETECTORS,
    baltic::DETECTORS,
    low_countries::DETECTORS,
    french::DETECTORS,
    german::DETECTORS,
    iberian::DETECTORS,
    southern::DETECTORS,
    central::DETECTORS,
    balkan::DETECTORS,
    asian::DETECTORS,
];

/// Every detector of a number.
pub(super) static ALL: LazyLock<Vec<&'static Detector>> =
    LazyLock::new(|| FAMILIES.into_iter().flatten().collect());
