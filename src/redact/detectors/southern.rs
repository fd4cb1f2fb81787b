//! Numbers of Italy, Greece and Türkiye.

use crate::identifier::southern;
use crate::redact::detector::Detector;
use crate::redact::detector::Strength::{Medium, Strong, Weak};

pub(super) const DETECTORS: &[Detector] = &[
    Detector::national(
        "codice-fiscale",
        "codice fiscale",
        southern::codice_fiscale,
        &[("AAAAAA**A**A***A", Strong), ("AAA AAA **A** A***A", Strong), ("AAAAAA **A** A***A", Strong)],
        &[
            "codice fiscale",
            "cod. fisc",
            "cod fiscale",
            "c.f.",
            "CF",
            "italian tax code",
            "italian fiscal",
            "tax code",
            "fiscal code",
            "codigo fiscal",
            "kode pajak",
            "kode fiskal",
            "skattekod",
            "skattenummer",
            "податковий код",
            "фіскальний код",
        ],
    ),
    // Companies have the digits of their VAT number.
    Detector::national(
        "codice-fiscale",
        "codice fiscale",
        southern::codice_fiscale_of_company,
        &[("99999999999", Weak)],
        &["codice fiscale"],
    ),
    Detector::national(
        "amka",
        "AMKA",
        southern::amka,
        &[("99999999999", Medium)],
        &["αμκα", "amka", "α.μ.κ.α", "greek social"],
    ),
    Detector::national(
        "afm",
        "AFM",
        southern::afm,
        &[("999999999", Weak)],
        &["αφμ", "α.φ.μ", "afm", "αριθμος φορολογικου μητρωου", "greek tax"],
    ),
    Detector::national(
        "kimlik",
        "T.C. kimlik",
        southern::kimlik,
        &[("99999999999", Medium), ("999 999 999 99", Strong)],
        &[
            "tc kimlik",
            "t.c. kimlik",
            "kimlik no",
            "kimlik numarası",
            "kimlik",
            "tckn",
            "TC",
            "turkish id",
            "turkish identity",
            "turkish national",
            "identidad turca",
            "identitas turki",
            "turkiskt id",
            "turkiskt personnummer",
            "турецький номер",
            "турецький ідентифікаційний",
            "кімлік",
        ],
    ),
];
