//! Phones, addresses of mail and days of birth, as they are written in each language.

use super::dice::Dice;

#[rustfmt::skip]
const MONTHS: [(&str, [&str; 12]); 7] = [
    ("en", ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]),
    ("es", ["enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"]),
    ("id", ["Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"]),
    ("sv", ["januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober", "november", "december"]),
    ("uk", ["січня", "лютого", "березня", "квітня", "травня", "червня", "липня", "серпня", "вересня", "жовтня", "листопада", "грудня"]),
    ("de", ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"]),
    ("fr", ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"]),
];

/// A phone number as its country writes it; the international spelling is used everywhere.
pub fn phone(dice: &mut Dice, language: &str) -> String {
    let patterns: &[&str] = match language {
        "en" => &[
            "(###) 555-01##",
            "+1 ### 555 01##",
            "07700 900###",
            "+44 20 7946 0###",
            "###-555-01##",
            "+353 87 ### ####",
        ],
        "es" => &["6## ### ###", "+34 9## ## ## ##", "+34 6########", "9## ### ###", "+52 55 #### ####"],
        "id" => &["0812-####-####", "+62 813 #### ####", "(021) ### ####", "08577#######"],
        "sv" => &["070-### ## ##", "+46 70 ### ## ##", "08-### ## ##", "0739######"],
        "uk" => &["+380 67 ### ## ##", "(044) ###-##-##", "0## ### ## ##", "+38050#######"],
        "de" => &["0171 #######", "+49 30 #######", "030 / ### ## ##", "0211-#######"],
        "fr" => &["06 ## ## ## ##", "+33 1 ## ## ## ##", "01.##.##.##.##"],
        "it" => &["347 ### ####", "+39 06 #### ####", "02 ########"],
        "pl" => &["+48 ### ### ###", "60# ### ###", "22 ### ## ##"],
        "nl" => &["06-########", "+31 20 ### ####", "010 - ### ## ##", "+32 470 ## ## ##"],
        "fi" => &["040 ### ####", "+358 50 ### ####", "09 ### ####"],
        "nb" => &["9## ## ###", "+47 4## ## ###", "22 ## ## ##"],
        "da" => &["20 ## ## ##", "+45 33 ## ## ##", "+45 ########"],
        "pt" => &["91# ### ###", "+351 21 ### ## ##", "96#######"],
        "ro" => &["072# ### ###", "+40 21 ### ## ##", "074#######"],
        "cs" => &["60# ### ###", "+420 7## ### ###", "+421 90# ### ###"],
        "bg" => &["088 ### ####", "+359 2 ### ####", "0898 ### ###"],
        "hi" => &["+91 98### #####", "98########", "011-2### ####"],
        "tr" => &["0532 ### ## ##", "+90 212 ### ## ##", "(0216) ### ## ##"],
        "ko" => &["010-####-####", "+82 10-####-####", "02-###-####"],
        _ => &["138 #### ####", "+86 139 #### ####", "010-6### ####"],
    };
    let pattern = dice.pick(patterns);
    dice.fill(pattern)
}

/// An address at a domain for examples.
pub fn email(dice: &mut Dice) -> String {
    let first = dice.pick(&[
        "anna",
        "peter",
        "maria",
        "dewi",
        "oksana",
        "lars",
        "j",
        "kim",
        "wei",
        "luca",
        "info.marta",
        "t",
    ]);
    let last = dice.pick(&[
        "larsson", "smith", "garcia", "santoso", "koval", "nowak", "meyer", "silva", "jansen", "rossi",
    ]);
    let joint = dice.pick(&[".", "_", "", "-", "."]);
    let own = if dice.percent(30) { dice.below(99).to_string() } else { String::new() };
    let host = dice.pick(&[
        "example.com",
        "example.org",
        "mail.example.net",
        "post.example.com",
        "klinik.example.org",
    ]);
    format!("{first}{joint}{last}{own}@{host}")
}

/// A day of birth as that language writes days.
pub fn birth_date(dice: &mut Dice, language: &str) -> String {
    let (year, month, day) = (dice.within(1935, 2006), dice.within(1, 12), dice.within(1, 28));
    let american = language == "en" && dice.percent(40);
    let numbers = match language {
        _ if american => format!("{month:02}/{day:02}/{year}"),
        "sv" | "zh" | "ko" => format!("{year}-{month:02}-{day:02}"),
        "en" | "es" | "id" | "fr" | "it" | "pt" | "hi" => format!("{day:02}/{month:02}/{year}"),
        "nl" => format!("{day:02}-{month:02}-{year}"),
        _ => format!("{day:02}.{month:02}.{year}"),
    };
    let Some((_, months)) = MONTHS.iter().find(|(id, _)| *id == language) else {
        return if dice.percent(25) { format!("{year}-{month:02}-{day:02}") } else { numbers };
    };
    let month = months[usize::try_from(month - 1).unwrap_or(0)];
    match (dice.below(10), language) {
        (0..6, _) => numbers,
        (6, "en") => format!("{month} {day}, {year}"),
        (_, "es") => format!("{day} de {month} de {year}"),
        (_, "de") => format!("{day}. {month} {year}"),
        _ => format!("{day} {month} {year}"),
    }
}
