//! Numbers of the United Kingdom and Ireland.

use crate::identifier::western;
use crate::redact::detector::Detector;
use crate::redact::detector::Strength::{Medium, Strong, Weak};

pub(super) const DETECTORS: &[Detector] = &[
    Detector::national(
        "nino",
        "NINO",
        western::nino,
        &[
            ("AA 99 99 99 A", Strong),
            ("AA-99-99-99-A", Strong),
            ("AA 999999 A", Medium),
            ("AA 999999A", Medium),
            ("AA999999A", Medium),
        ],
        &[
            "national insurance number",
            "national insurance no",
            "national insurance",
            "ni number",
            "ni no",
            "NI",
            "NINO",
            "nino",
            "seguro nacional",
            "numero de seguro nacional",
            "asuransi nasional",
            "nationella försäkringsnummer",
            "national insurance-nummer",
            "національного страхування",
            "державного страхування",
            "yswiriant gwladol",
        ],
    ),
    Detector::national(
        "nhs",
        "NHS number",
        western::nhs,
        &[("999 999 9999", Weak), ("999-999-9999", Weak), ("9999999999", Weak)],
        &[
            "nhs number",
            "nhs no",
            "NHS",
            "nhs",
            "nhs-nummer",
            "patient number",
            "patient no",
            "patientnummer",
            "numero de paciente",
            "nomor pasien",
            "номер пацієнта",
        ],
    ),
    Detector::national(
        "pps",
        "PPS number",
        western::pps,
        &[("9999999A", Medium), ("9999999AA", Medium), ("9999999 A", Medium), ("9999999 AA", Medium)],
        &[
            "pps number",
            "pps no",
            "PPS",
            "ppsn",
            "personal public service",
            "uimhir psp",
            "servicio publico personal",
            "pps-nummer",
        ],
    ),
];
