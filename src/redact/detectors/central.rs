//! Numbers of Poland, Czechia, Slovakia and Hungary.

use crate::identifier::central;
use crate::redact::detector::Detector;
use crate::redact::detector::Strength::{Medium, Strong, Weak};

pub(super) const DETECTORS: &[Detector] = &[
    Detector::national(
        "pesel",
        "PESEL",
        central::pesel,
        &[("99999999999", Medium)],
        &["pesel", "polish id", "polish national", "numer ewidencyjny", "песель"],
    ),
    Detector::national(
        "rodne-cislo",
        "rodné číslo",
        central::rodne_cislo,
        &[
            ("999999/9999", Strong),
            ("999999/999", Medium),
            ("9999999999", Medium),
            ("999999999", Weak),
            ("999999 9999", Medium),
        ],
        &[
            "rodné číslo",
            "rodného čísla",
            "rodným číslem",
            "rodným číslom",
            "RČ",
            "Rč",
            "r č",
            "rod. č",
            "czech birth number",
            "birth number",
            "slovak birth number",
            "numero de nacimiento",
            "nomor kelahiran",
            "nomor lahir",
            "födelsenummer",
            "personnummer",
            "номер народження",
            "родне число",
        ],
    ),
    Detector::national(
        "adoazonosito",
        "adóazonosító jel",
        central::adoazonosito,
        &[("9999999999", Medium)],
        &["adóazonosító", "adóazonosító jel", "hungarian tax"],
    ),
    Detector::national(
        "taj",
        "TAJ",
        central::taj,
        &[("999 999 999", Weak), ("999-999-999", Weak), ("999999999", Weak)],
        &["taj", "taj szám", "taj-szám", "tajszám", "hungarian social"],
    ),
];
