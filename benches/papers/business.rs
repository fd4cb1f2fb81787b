//! Lines of an office's papers that tell of nobody: most have no number, one or two.

use super::checks::complete;
use super::dice::Dice;

#[path = "phrases.rs"]
mod phrases;

use phrases::{ANYWHERE, PHRASES, TOWNS};

/// A line of business text without any number of a person, phone, address of mail, account or card.
pub fn business_line(rng: &mut Dice) -> String {
    let phrases = rng.pick(&PHRASES.each_ref());
    let template = match rng.below(100) {
        0..30 => rng.pick(phrases.words),
        30..75 => rng.pick(phrases.numbers),
        _ => rng.pick(&ANYWHERE),
    };
    let mut line = String::with_capacity(160);
    for (at, part) in template.split(['{', '}']).enumerate() {
        // What stands in braces is every second part.
        match at % 2 {
            0 => line.push_str(part),
            _ => line.push_str(&value(rng, phrases.language, part)),
        }
    }
    line
}

/// What a name in braces stands for.
fn value(rng: &mut Dice, language: &str, name: &str) -> String {
    match name {
        "order" => number_of_paper(rng, &["PO-", "PO ", "SO", "AB-", "#", "ORD-", "B/", "WO-"]),
        "invoice" => number_of_paper(rng, &["INV-", "RE-", "F-", "FV/", "R", "INV/2026/", "2026-", "FA "]),
        "ref" => number_of_paper(rng, &["", "", "REF ", "TX", "Doc ", "#", "CN-"]),
        "digits" => digits(rng),
        "amount" => amount(rng, language),
        "date" => date(rng, language),
        "iso" => format!("{}-{:02}-{:02}", rng.within(2015, 2027), rng.within(1, 12), rng.within(1, 28)),
        "compact" => format!("{}{:02}{:02}", rng.within(2015, 2027), rng.within(1, 12), rng.within(1, 28)),
        "year" => rng.within(2009, 2028).to_string(),
        "time" => format!("{:02}:{:02}", rng.below(24), rng.below(60)),
        "clock" => format!("{:02}:{:02}:{:02}", rng.below(24), rng.below(60), rng.below(60)),
        "unix" => rng.within(1_420_000_000, 1_800_000_000).to_string(),
        "millis" => rng.within(1_420_000_000_000, 1_800_000_000_000).to_string(),
        "qty" => rng
            .pick(&[1, 2, 3, 4, 5, 6, 8, 10, 12, 20, 24, 40, 50, 75, 100, 144, 250, 500, 1_200])
            .to_string(),
        "small" => rng.within(1, 31).to_string(),
        "percent" => rng.within(1, 99).to_string(),
        "post" => postcode(rng, language),
        "town" => rng.pick(&TOWNS).to_owned(),
        "open" => "{".to_owned(),
        "close" => "}".to_owned(),
        _ => of_goods(rng, name).or_else(|| of_machines(rng, name)).unwrap_or_default(),
    }
}

/// Numbers of goods, of parcels and of companies.
fn of_goods(rng: &mut Dice, name: &str) -> Option<String> {
    let value = match name {
        "isbn" if rng.percent(50) => isbn13(rng),
        "isbn" => {
            let ten = checked(rng, "#########", "isbn10");
            if rng.percent(50) {
                format!("{}-{}-{}-{}", &ten[..1], &ten[1..4], &ten[4..9], &ten[9..])
            } else {
                ten
            }
        }
        "ean" if rng.percent(25) => checked(rng, "#######", "gtin"),
        "ean" => {
            let country = rng.pick(&["40", "76", "73", "54", "84", "48", "899", "590", "00", "64"]);
            let body = format!("{country}##########");
            checked(rng, &body[..12], "gtin")
        }
        "track" => match rng.below(7) {
            0 => rng.fill("1Z******03########"),
            1 => rng.fill("############"),
            2 => rng.fill("JJD0###############"),
            3 => rng.fill("9400 1### #### #### #### ##"),
            4 => rng.fill("##############"),
            5 => rng.fill("00340434##########"),
            _ => {
                let (kind, country) =
                    (rng.pick(&["RR", "CP", "EE", "LX"]), rng.pick(&["SE", "GB", "UA", "DE", "ID"]));
                format!("{kind}{}{country}", checked(rng, "########", "s10"))
            }
        },
        "part" => {
            let pattern = rng.pick(&[
                "@@-####-@",
                "@@@####",
                "####-###-##",
                "@##.###.##",
                "@@ ####/##",
                "#-#####-#",
                "@@@-##-####",
                "######-@",
                "@#######",
                "## ### ###",
                "@@######@",
            ]);
            rng.fill(pattern)
        }
        "serial" => {
            let pattern = rng.pick(&[
                "SN ########",
                "##########",
                "@@@########",
                "S/N @##@#####",
                "###########",
                "########-##",
            ]);
            rng.fill(pattern)
        }
        // Companies' own numbers.
        "orgnr" => {
            let whole = checked(rng, "556######", "personnummer");
            format!("{}-{}", &whole[..6], &whole[6..])
        }
        "siren" => {
            let whole = checked(rng, "########", "sin");
            format!("{} {} {}", &whole[..3], &whole[3..6], &whole[6..])
        }
        "vat" => rng.fill("^########"),
        _ => return None,
    };
    Some(value)
}

/// What machines write.
fn of_machines(rng: &mut Dice, name: &str) -> Option<String> {
    let value = match name {
        "version" => {
            let more = rng.pick(&["", "", "-rc.1", ".0", "b2", "+build.1187"]);
            format!("{}.{}.{}{more}", rng.below(20), rng.below(30), rng.below(4_000))
        }
        "ip" if rng.percent(15) => rng.fill("2001:db8:~~~~::~~~~"),
        "ip" => format!(
            "{}.{}.{}.{}",
            rng.pick(&[10, 172, 192, 198, 203]),
            rng.below(256),
            rng.below(256),
            rng.below(255)
        ),
        "uuid" => rng.fill("~~~~~~~~-~~~~-4~~~-a~~~-~~~~~~~~~~~~"),
        "hex" => {
            let length = rng.pick(&[8, 12, 16, 40, 64]);
            rng.fill(&"~".repeat(length))
        }
        "coord" => format!(
            "{}{}.{}, {}.{}",
            rng.pick(&["", "-"]),
            rng.below(90),
            rng.fill("#####"),
            rng.below(180),
            rng.fill("#####")
        ),
        _ => return None,
    };
    Some(value)
}

/// Random digits with their check digit.
fn checked(rng: &mut Dice, body: &str, kind: &str) -> String {
    let mut tries = (0..100).map(|_| rng.fill(body));
    tries.find_map(|body| complete(kind, &body)).unwrap_or_default()
}

/// Seven to eighteen digits, the shorter ones more often; some grouped.
fn digits(rng: &mut Dice) -> String {
    let length = rng.pick(&[7, 7, 8, 8, 8, 9, 9, 10, 10, 10, 11, 12, 12, 13, 14, 15, 16, 17, 18]);
    let bare = rng.fill(&format!("^{}", "#".repeat(length - 1)));
    let cut = length / 2;
    match rng.below(10) {
        0 => format!("{} {}", &bare[..cut], &bare[cut..]),
        1 => format!("{}-{}", &bare[..cut], &bare[cut..]),
        2 if length >= 8 => format!("{} {} {}", &bare[..3], &bare[3..6], &bare[6..]),
        _ => bare,
    }
}

/// A number of an invoice or an order: with one of the prefixes, with the year or the day in it, or bare.
fn number_of_paper(rng: &mut Dice, prefixes: &[&str]) -> String {
    let prefix = rng.pick(prefixes);
    match rng.below(6) {
        0 => format!("{prefix}{}", rng.fill("20##-####")),
        1 => format!(
            "{}{:02}{:02}{}",
            rng.within(19, 27),
            rng.within(1, 12),
            rng.within(1, 28),
            rng.fill("####")
        ),
        2 | 3 => digits(rng),
        4 => format!("{prefix}{}", rng.fill("^#####")),
        _ => format!("{prefix}{}", digits(rng)),
    }
}

fn amount(rng: &mut Dice, language: &str) -> String {
    let whole = match rng.below(4) {
        0 => rng.within(1, 99),
        1 => rng.within(100, 999),
        2 => rng.within(1_000, 99_999),
        _ => rng.within(100_000, 9_999_999),
    };
    let (thousand, point) = match language {
        "en" | "hi" | "zh" | "ko" => (",", "."),
        "es" | "id" | "de" | "it" | "pt" | "nl" | "da" | "tr" | "ro" => (".", ","),
        _ => (rng.pick(&[" ", "\u{a0}"]), ","),
    };
    let digits = whole.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push_str(thousand);
        }
        grouped.push(digit);
    }
    if rng.percent(65) { format!("{grouped}{point}{:02}", rng.below(100)) } else { grouped }
}

fn date(rng: &mut Dice, language: &str) -> String {
    let (year, month, day) = (rng.within(2015, 2027), rng.within(1, 12), rng.within(1, 28));
    match language {
        "sv" | "zh" | "ko" => format!("{year}-{month:02}-{day:02}"),
        "es" | "id" | "fr" | "it" | "pt" | "hi" => format!("{day:02}/{month:02}/{year}"),
        "en" if rng.percent(50) => format!("{month:02}/{day:02}/{year}"),
        "en" => format!("{day}/{month}/{:02}", year % 100),
        "nl" | "da" => format!("{day:02}-{month:02}-{year}"),
        _ if rng.percent(20) => format!("{day}.{month}.{:02}", year % 100),
        _ => format!("{day:02}.{month:02}.{year}"),
    }
}

fn postcode(rng: &mut Dice, language: &str) -> String {
    let pattern = match language {
        "en" => rng.pick(&["^####", "SW# #@@", "M## #@@", "^####-####"]),
        "sv" => rng.pick(&["^## ##", "S-^## ##"]),
        "cs" => "^## ##",
        "nl" => "^### @@",
        "pl" => "##-###",
        "pt" => "^###-###",
        "nb" | "da" | "bg" => "^###",
        "zh" | "ro" | "hi" => "^#####",
        _ => "^####",
    };
    rng.fill(pattern)
}

/// With hyphens, with spaces or bare.
fn isbn13(rng: &mut Dice) -> String {
    let body = rng.fill("978#########");
    let whole = complete("gtin", &body).unwrap_or_default();
    let between = match rng.below(3) {
        0 => return whole,
        1 => "-",
        _ => " ",
    };
    [&whole[..3], &whole[3..4], &whole[4..7], &whole[7..12], &whole[12..]].join(between)
}
