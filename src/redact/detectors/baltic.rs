//! Numbers of Estonia, Latvia and Lithuania.

use crate::identifier::baltic;
use crate::redact::detector::Detector;
use crate::redact::detector::Strength::{Medium, Shape, Strong};

pub(super) const DETECTORS: &[Detector] = &[
    Detector::national(
        "isikukood",
        "isikukood",
        baltic::isikukood,
        &[("99999999999", Medium)],
        &["isikukood", "isikukoodi", "estonian personal", "estonian id"],
    ),
    Detector::national(
        "asmens-kodas",
        "asmens kodas",
        baltic::asmens_kodas,
        &[("99999999999", Medium)],
        &["asmens kodas", "asmens kodo", "a.k.", "lithuanian personal"],
    ),
    Detector::national(
        "personas-kods",
        "personas kods",
        baltic::personas_kods,
        &[("999999-99999", Strong), ("99999999999", Medium)],
        &["personas kods", "personas kodu", "latvian personal"],
    ),
    Detector::national(
        "personas-kods",
        "personas kods",
        baltic::personas_kods_without_date,
        &[("999999-99999", Medium), ("99999999999", Shape)],
        &["personas kods"],
    ),
];
