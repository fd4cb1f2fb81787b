//! Numbers of Spain and Portugal.

use crate::identifier::southern;
use crate::redact::detector::Detector;
use crate::redact::detector::Strength::{Medium, Strong, Weak};

pub(super) const DETECTORS: &[Detector] = &[
    Detector::national(
        "dni",
        "DNI",
        southern::dni,
        &[
            ("99999999A", Medium),
            ("99999999-A", Medium),
            ("99999999 A", Medium),
            ("99.999.999-A", Strong),
            ("99.999.999A", Strong),
            ("99.999.999 A", Strong),
            ("A9999999A", Medium),
            ("A-9999999-A", Strong),
            ("A9999999-A", Medium),
            ("A-9999999A", Medium),
            ("A 9999999 A", Strong),
        ],
        &[
            "dni",
            "DNI",
            "nie",
            "nif",
            "documento nacional de identidad",
            "numero de identidad de extranjero",
            "numero de identificacion de extranjero",
            "identificacion fiscal",
            "documento de identidad",
            "spanish id",
            "spanish national id",
            "spanskt id",
            "spanska id",
            "identitas spanyol",
            "kartu identitas spanyol",
            "іспанське посвідчення",
            "іспанський номер",
        ],
    ),
    // Zeroes in front are left out in old papers.
    Detector::national(
        "dni",
        "DNI",
        short_dni,
        &[("9999999A", Weak), ("9999999-A", Medium), ("999999A", Weak), ("999999-A", Weak), ("99999A", Weak)],
        &["dni", "nif"],
    ),
    Detector::national(
        "nif",
        "NIF",
        southern::nif,
        &[("999999999", Weak), ("999 999 999", Weak), ("999.999.999", Weak)],
        &[
            "nif",
            "NIF",
            "contribuinte",
            "numero de contribuinte",
            "n.º de contribuinte",
            "numero de identificacao fiscal",
            "identificacao fiscal",
            "portuguese tax",
            "numero fiscal portugues",
            "numero de contribuyente",
            "contribuyente",
            "wajib pajak",
            "npwp",
            "nomor pajak",
            "portugisiskt skattenummer",
            "skattenummer",
            "податковий номер",
            "номер платника податків",
        ],
    ),
    Detector::national(
        "cartao-de-cidadao",
        "cartão de cidadão",
        southern::cartao_de_cidadao,
        &[
            ("99999999 9 **9", Strong),
            ("999999999AA9", Medium),
            ("999999999**9", Weak),
            ("999999999 **9", Strong),
        ],
        &["cartao de cidadao", "documento de identificacao", "portuguese citizen card"],
    ),
];

fn short_dni(compact: &str) -> bool {
    southern::dni(&format!("{compact:0>9}"))
}
