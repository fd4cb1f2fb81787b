//! Numbers of France.

use crate::identifier::western;
use crate::redact::detector::Detector;
use crate::redact::detector::Strength::{Medium, Strong};

pub(super) const DETECTORS: &[Detector] = &[
    Detector::national(
        "nir",
        "NIR",
        western::nir,
        &[
            ("9 99 99 99 999 999 99", Strong),
            ("9 99 99 9* 999 999 99", Strong),
            ("9.99.99.99.999.999.99", Strong),
            ("9-99-99-99-999-999-99", Strong),
            ("9999999999999 99", Strong),
            ("99999999*999999", Strong),
            ("999999999999999", Strong),
            ("999999*99999999", Strong),
        ],
        &[
            "nir",
            "NIR",
            "numero de securite sociale",
            "securite sociale",
            "n° securite sociale",
            "no de secu",
            "n° de secu",
            "n° de securite sociale",
            "numero de secu",
            "n° ss",
            "numero insee",
            "insee",
            "french social security",
            "social security number",
            "social security",
            "seguridad social",
            "jaminan sosial",
            "socialförsäkringsnummer",
            "соціального страхування",
        ],
    ),
    Detector::national(
        "numero-fiscal",
        "numéro fiscal",
        western::numero_fiscal,
        &[("99 99 999 999 999", Strong), ("9999999999999", Medium)],
        &["numero fiscal", "reference fiscale", "spi", "french tax"],
    ),
];
