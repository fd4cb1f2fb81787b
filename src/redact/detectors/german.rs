//! Numbers of Germany, Austria and Switzerland.

use crate::identifier::western;
use crate::redact::detector::Detector;
use crate::redact::detector::Strength::{Medium, Strong};

pub(super) const DETECTORS: &[Detector] = &[
    Detector::national(
        "idnr",
        "Steuer-ID",
        western::steuer_id,
        &[("99 999 999 999", Strong), ("99999999999", Medium)],
        &[
            "steuer-id",
            "steuer id",
            "steueridentifikationsnummer",
            "steuerliche identifikationsnummer",
            "idnr",
            "id-nr",
            "identifikationsnummer",
            "steuernummer",
            "tin",
            "german tax",
            "tax identification number",
            "tax id",
            "identificacion fiscal",
            "identifikasi pajak",
            "nomor pajak",
            "skatteidentifikationsnummer",
            "skatte-id",
            "податковий номер",
            "податковий ідентифікаційний",
            "ідентифікаційний номер платника",
        ],
    ),
    Detector::national(
        "versicherungsnummer",
        "Versicherungsnummer",
        western::versicherungsnummer,
        &[("99999999A999", Strong), ("99 999999 A 999", Strong), ("99 999999 A999", Strong)],
        &[
            "versicherungsnummer",
            "rentenversicherungsnummer",
            "sozialversicherungsnummer",
            "rvnr",
            "sv-nummer",
            "svnr",
            "german social security",
            "german pension insurance",
        ],
    ),
    Detector::national(
        "at-svnr",
        "Sozialversicherungsnummer",
        western::versicherungsnummer_at,
        &[("9999 999999", Strong), ("9999999999", Medium)],
        &["sozialversicherungsnummer", "sv-nummer", "svnr", "sv-nr", "vsnr", "austrian social"],
    ),
    Detector::national(
        "ahv",
        "AHV-Nummer",
        western::ahv,
        &[("999.9999.9999.99", Strong), ("9999999999999", Strong)],
        &["ahv-nummer", "ahv-nr", "ahv", "avs", "numero avs", "ahvn13", "swiss social"],
    ),
];
