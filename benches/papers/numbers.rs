//! Numbers of people as they are written: in the official spelling mostly, else bare or with spaces.

use super::checks::complete;
use super::dice::Dice;
use super::{north, overseas, south};

/// A number of that kind that fits its rules, in one of its spellings.
pub fn number(dice: &mut Dice, kind: &str) -> String {
    match kind {
        "card" => {
            let bare = whole(dice, kind, card);
            let pattern = if bare.len() == 15 { "4 6 5" } else { "4 4 4 4" };
            spelt(dice, &bare, &[pattern, pattern, &pattern.replace(' ', "-")])
        }
        "iban" => {
            let bare = whole(dice, kind, account);
            let fours = vec!["4"; bare.len() / 4].join(" ");
            spelt(dice, &bare, &[&fours])
        }
        "routing" => {
            let bare = whole(dice, kind, |dice| {
                let bank = if dice.percent(60) { dice.within(1, 12) } else { dice.within(21, 32) };
                dice.fill(&format!("{bank:02}######"))
            });
            spelt(dice, &bare, &["9", "9", "4-4-1"])
        }
        _ => [north::north, south::south, overseas::overseas]
            .iter()
            .find_map(|part| part(dice, kind))
            .unwrap_or_default(),
    }
}

/// A whole number, without separators. Of some bodies the check digit would be a ten: those are not given out.
pub fn whole(dice: &mut Dice, kind: &str, body: fn(&mut Dice) -> String) -> String {
    let mut tries = (0..1_000).map(|_| body(dice));
    tries.find_map(|body| complete(kind, &body)).unwrap_or_default()
}

/// A grown-up's day of birth, as `YMD` or `DMY` says, two digits each. Who has a year below 30 was born since 2000.
pub fn born(dice: &mut Dice, order: &str) -> String {
    let year = (1935 + dice.below(72)) % 100;
    let (month, day) = (dice.within(1, 12), dice.within(1, 28));
    match order {
        "YMD" => format!("{year:02}{month:02}{day:02}"),
        _ => format!("{day:02}{month:02}{year:02}"),
    }
}

/// Groups: a number stands for so many characters, all else for itself; what is left over comes behind a space. The
/// last of the patterns, and the number bare, are rarer.
pub fn spelt(dice: &mut Dice, bare: &str, patterns: &[&str]) -> String {
    if dice.percent(25) {
        return bare.to_owned();
    }
    let pattern = dice.pick(patterns);
    let mut rest = bare.chars();
    let mut text = String::with_capacity(bare.len() * 2);
    for group in pattern.split_inclusive(|sign: char| !sign.is_ascii_digit()) {
        let length = group.trim_end_matches(|sign: char| !sign.is_ascii_digit());
        text.extend(rest.by_ref().take(length.parse().unwrap_or(0)));
        text.push_str(&group[length.len()..]);
    }
    let left = rest.as_str();
    if left.is_empty() { text } else { format!("{text} {left}") }
}

fn card(dice: &mut Dice) -> String {
    let pattern = dice.pick(&[
        "4##############",
        "4##############",
        "51#############",
        "53#############",
        "55#############",
        "2221###########",
        "2520###########",
        "34############",
        "37############",
        "6011###########",
        "65#############",
    ]);
    dice.fill(pattern)
}

/// The country, and what stands behind the check digits.
fn account(dice: &mut Dice) -> String {
    let pattern = dice.pick(&[
        "DE##################",
        "GBNWBK##############",
        "GBBARC##############",
        "FR#######################",
        "ES####################",
        "SE####################",
        "FI##############",
        "NO###########",
        "DK##############",
        "PL########################",
        "NLABNA##########",
        "NLINGB##########",
        "BE############",
        "IT@######################",
        "PT#####################",
        "ROBTRL################",
        "CZ####################",
        "SK####################",
        "BGUNCR##############",
        "IEAIBK##############",
        "TR#####0################",
        "UA#########################",
        "AT################",
        "CH#################",
    ]);
    dice.fill(pattern)
}
