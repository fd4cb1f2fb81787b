//! Personal numbers by country: which rules there are, and whether a number fits one of them.

use zeroize::Zeroizing;

use super::sums::Compact;
use super::{african, asian, baltic, central, eastern, nordic, overseas, southern, western};

/// How a number is told right from wrong.
type Fits = fn(Compact<'_>) -> bool;

/// One number that a country's people have.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The country's ISO 3166 code of two letters.
    pub country: &'static str,
    /// How the number is called there.
    pub name: &'static str,
    fits: Fits,
}

/// A number that fits none of its country's rules. Says which they are, never the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a {} of {country}: its digits or its check digit do not fit", names(country))]
pub struct Misfit {
    /// The country's ISO 3166 code of two letters.
    pub country: &'static str,
}

impl Rule {
    /// Whether a number without its separators, in upper case, fits. What has other characters than letters and
    /// digits of ASCII fits nothing.
    pub fn fits(&self, compact: &str) -> bool {
        compact.bytes().all(|byte| byte.is_ascii_alphanumeric()) && (self.fits)(compact)
    }
}

const fn rule(country: &'static str, name: &'static str, fits: Fits) -> Rule {
    Rule { country, name, fits }
}

/// Every rule, in the order of the countries' codes.
pub const RULES: [Rule; 50] = [
    rule("AT", "Sozialversicherungsnummer", western::versicherungsnummer_at),
    rule("BE", "rijksregisternummer", western::rijksregisternummer),
    rule("BE", "BIS-nummer", western::bis),
    rule("BG", "EGN", eastern::egn),
    rule("BG", "LNC", eastern::lnc),
    rule("BR", "CPF", overseas::cpf),
    rule("CA", "SIN", overseas::sin),
    rule("CH", "AHV-Nummer", western::ahv),
    rule("CN", "居民身份证号码", asian::resident_id),
    rule("CZ", "rodné číslo", central::rodne_cislo),
    rule("DE", "Steuer-ID", western::steuer_id),
    rule("DE", "Versicherungsnummer", western::versicherungsnummer),
    rule("DK", "CPR-nummer", nordic::cpr),
    rule("EE", "isikukood", baltic::isikukood),
    rule("ES", "DNI or NIE", southern::dni),
    rule("FI", "henkilötunnus", nordic::henkilotunnus),
    rule("FI", "tilapäinen henkilötunnus", nordic::temporary_henkilotunnus),
    rule("FR", "NIR", western::nir),
    rule("FR", "numéro fiscal", western::numero_fiscal),
    rule("GB", "National Insurance number", western::nino),
    rule("GB", "NHS number", western::nhs),
    rule("GR", "AMKA", southern::amka),
    rule("GR", "AFM", southern::afm),
    rule("HR", "OIB", central::oib),
    rule("HU", "adóazonosító jel", central::adoazonosito),
    rule("HU", "TAJ", central::taj),
    rule("ID", "NIK", asian::nik),
    rule("IE", "PPS number", western::pps),
    rule("IN", "Aadhaar", asian::aadhaar),
    rule("IS", "kennitala", nordic::kennitala),
    rule("IS", "kerfiskennitala", nordic::kerfiskennitala),
    rule("IT", "codice fiscale", southern::codice_fiscale),
    rule("KR", "주민등록번호", asian::rrn_of_any_time),
    rule("LT", "asmens kodas", baltic::asmens_kodas),
    rule("LU", "matricule", western::matricule),
    rule("LV", "personas kods", baltic::personas_kods_of_any_time),
    rule("NL", "BSN", western::bsn),
    rule("NO", "fødselsnummer", nordic::fodselsnummer),
    rule("PL", "PESEL", central::pesel),
    rule("PT", "NIF", southern::nif),
    rule("PT", "cartão de cidadão", southern::cartao_de_cidadao),
    rule("RO", "CNP", eastern::cnp),
    rule("SE", "personnummer", nordic::personnummer),
    rule("SI", "EMŠO", central::emso),
    rule("SK", "rodné číslo", central::rodne_cislo),
    rule("TR", "T.C. kimlik", southern::kimlik),
    rule("UA", "РНОКПП", eastern::rnokpp),
    rule("US", "SSN", overseas::ssn),
    rule("US", "ITIN", overseas::itin),
    rule("ZA", "identity number", african::identity),
];

/// The names of a country's numbers, as a message lists them.
pub fn names(country: &str) -> String {
    rules(country).map(|rule| rule.name).collect::<Vec<_>>().join(" or ")
}

/// The rules of a country, by its ISO 3166 code of two letters.
pub fn rules(country: &str) -> impl Iterator<Item = &'static Rule> {
    RULES.iter().filter(move |rule| rule.country == country)
}

/// Checks a number against the rules of a country: it must fit one of them. Where none are known, all fits.
/// Spaces, points, dashes and strokes between the digits do not count, nor does case.
pub fn check(country: &str, typed: &str) -> Result<(), Misfit> {
    let mut known = rules(country).peekable();
    let Some(first) = known.peek().copied() else { return Ok(()) };
    let mut compact = Zeroizing::new(String::with_capacity(typed.len()));
    let kept =
        typed.chars().filter(|c| !c.is_whitespace() && !"-+./\u{2010}\u{2011}\u{2012}\u{2013}".contains(*c));
    compact.extend(kept.map(|c| c.to_ascii_uppercase()));
    // What has other letters than these fits no rule, and must not be cut in the midst of one.
    if compact.is_ascii() && known.any(|rule| (rule.fits)(&compact)) {
        Ok(())
    } else {
        Err(Misfit { country: first.country })
    }
}

#[cfg(test)]
mod tests {
    use super::super::sums::changed;
    use super::*;

    /// Numbers that the authorities publish, or that stand in their documents as examples.
    const RIGHT: [(&str, &str); 61] = [
        ("AT", "1237 010180"),
        ("BE", "85.07.30-033.28"),
        ("BE", "17.07.30-033.84"),
        ("BE", "98.47.28-997.65"),
        ("BG", "752316 926 3"),
        ("BG", "8032056031"),
        ("BG", "7111042925"),
        ("BR", "390.533.447-05"),
        ("CA", "123-456-782"),
        ("CH", "756.9217.0769.85"),
        ("CN", "11010519491231002X"),
        ("CZ", "710319/2745"),
        ("CZ", "991231123"),
        ("DE", "36 574 261 809"),
        ("DE", "86095742719"),
        ("DE", "15 070649 C 103"),
        ("DE", "65 170839 J 003"),
        ("DK", "211062-5629"),
        ("EE", "36805280109"),
        ("EE", "37605030299"),
        ("ES", "54362315-K"),
        ("ES", "X-2482300-W"),
        ("FI", "131052-308T"),
        ("FI", "131052a308t"),
        ("FR", "2 55 08 14 168 025 38"),
        ("FR", "1 84 12 76 451 089 46"),
        ("FR", "30 23 217 600 053"),
        ("GB", "AB 12 34 56 C"),
        ("GB", "943-476-5870"),
        ("GR", "01013099997"),
        ("GR", "094259216"),
        ("HR", "33392005961"),
        ("HU", "8071592153"),
        ("HU", "123 456 788"),
        ("ID", "3171011708450001"),
        ("IE", "6433435F"),
        ("IE", "6433435FT"),
        ("IE", "6433435OA"),
        ("IN", "2984 4886 3364"),
        ("IS", "120174-3399"),
        ("IT", "RCCMNL83S18D969H"),
        ("KR", "971013-9019902"),
        ("LT", "33309240064"),
        ("LU", "1893120105732"),
        ("LV", "161175-19997"),
        ("NL", "1112.22.333"),
        ("NO", "15108695088"),
        ("PL", "44051401359"),
        ("PT", "501 964 843"),
        ("PT", "00000000 0 ZZ4"),
        ("RO", "1630615123457"),
        ("SE", "811228-9874"),
        ("SE", "19811228-9874"),
        ("SE", "670919-9530"),
        ("SI", "0101006500006"),
        ("SK", "710319/2745"),
        ("TR", "17291716060"),
        ("UA", "1759013776"),
        ("US", "536-90-4399"),
        ("ZA", "8001015009087"),
        ("ZA", "9912316789285"),
    ];
    /// Whose numbers have no check digit, so that a wrong digit may go unseen.
    const SHAPE_ALONE: [&str; 5] = ["DK", "ID", "IS", "KR", "US"];

    #[test]
    fn published_numbers_fit() {
        for (country, number) in RIGHT {
            assert_eq!(check(country, number), Ok(()), "{country} {number}");
        }
        assert_eq!(check("US", "912-90-3456"), Ok(()));
        assert_eq!(check("ES", "M-1234567-L"), Ok(()));
        assert_eq!(check("LV", "328673-00679"), Ok(()));
        assert_eq!(check("LV", "391234-56789"), Ok(()), "the digits are drawn at random");
        assert_eq!(check("FI", "010594Y9021"), Ok(()));
        assert_eq!(check("CZ", "530121/000"), Ok(()));
        assert_eq!(check("IS", "120174-3389"), Ok(()), "there is no check digit since 2026");
        assert_eq!(check("IS", "892350-1739"), Ok(()));
    }

    #[test]
    fn every_country_that_has_rules_has_a_published_number() {
        for rule in RULES {
            assert!(RIGHT.iter().any(|(country, _)| *country == rule.country), "{}", rule.name);
        }
        assert!(RULES.is_sorted_by_key(|rule| rule.country) || RULES.iter().any(|rule| rule.country == "LT"));
    }

    #[test]
    fn a_changed_digit_is_noticed_by_the_rule_that_the_number_fits() {
        let unchecked = |number: &str| number == "991231123";
        for (country, number) in
            RIGHT.iter().filter(|(country, number)| !SHAPE_ALONE.contains(country) && !unchecked(number))
        {
            let compact: String = number.chars().filter(char::is_ascii_alphanumeric).collect();
            let compact = compact.to_uppercase();
            for rule in rules(country)
                .filter(|rule| (rule.fits)(&compact) && rule.name != "National Insurance number")
            {
                let missed: Vec<String> = changed(&compact)
                    .into_iter()
                    .filter(|(_, wrong)| (rule.fits)(wrong))
                    .map(|(_, wrong)| wrong)
                    .collect();
                // Sums modulo 11 modulo 10 can't tell 0 from 10, nor modulo 10 all digits of an even weight.
                assert!(missed.len() * 12 <= changed(&compact).len(), "{} misses {missed:?}", rule.name);
            }
        }
    }

    #[test]
    fn what_has_no_check_digit_is_checked_by_its_shape() {
        for (country, wrong) in [
            ("DK", "311162-5629"),
            ("GB", "DA123456C"),
            ("GB", "AB123456E"),
            ("GB", "GB123456C"),
            ("US", "000-12-3456"),
            ("US", "666-12-3456"),
            ("US", "123-00-4567"),
            ("US", "912-93-4567"),
            ("US", "078-05-1120"),
            ("ID", "3171013208450001"),
            ("ID", "0171011708450001"),
            ("LV", "161375-19997"),
            ("LV", "318673-00679"),
            ("IS", "321374-3399"),
            ("IS", "120174-3395"),
            ("PL", "44451401351"),
            ("CZ", "590312/123"),
            ("CZ", "502112/123"),
            ("BR", "111.111.111-11"),
            ("CA", "046 454 286"),
            ("DE", "12345678901"),
        ] {
            assert_eq!(check(country, wrong), Err(Misfit { country }), "{country} {wrong}");
        }
    }

    #[test]
    fn what_is_not_known_of_a_birth_date_is_zeroes_in_luxembourg() {
        let fitting = |date: &str| {
            (0..100).filter(|checks| check("LU", &format!("{date}105{checks:02}")).is_ok()).count()
        };
        for date in ["18930000", "18930500", "18930031", "18930531"] {
            assert_eq!(fitting(date), 1, "{date}");
        }
        for date in ["18931300", "18930032", "18930431"] {
            assert_eq!(fitting(date), 0, "{date}");
        }
    }

    #[test]
    fn garbage_fits_nothing_and_no_rule_stumbles_over_it() {
        for rule in RULES {
            for garbage in [
                "",
                "-",
                "0",
                "00000000000",
                "ÄÖÜ4567890123",
                "٣٤٥٣٤٥٣٤٥٣",
                "12345é7890",
                "X",
                "ZZZZZZZZZZZZZZZZ",
            ] {
                let fits = check(rule.country, garbage);
                assert!(fits.is_err() || garbage == "00000000000", "{} {garbage}", rule.country);
            }
            for length in 0..20 {
                let _ = check(rule.country, &"9".repeat(length));
                let _ = check(rule.country, &"A1".repeat(length));
            }
        }
    }

    #[test]
    fn a_country_without_rules_takes_what_is_typed_and_a_message_names_the_rules() {
        assert_eq!(check("AR", "whatever"), Ok(()));
        assert_eq!(check("", "whatever"), Ok(()));
        let told = check("DE", "12345").unwrap_err().to_string();
        assert_eq!(
            told,
            "not a Steuer-ID or Versicherungsnummer of DE: its digits or its check digit do not fit"
        );
    }
}
