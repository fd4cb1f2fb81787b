//! Numbers of people in the north and west of Europe.

use super::checks::complete;
use super::dice::Dice;
use super::numbers::{born, spelt, whole};

/// A number of that kind, if it is one of these.
pub fn north(dice: &mut Dice, kind: &str) -> Option<String> {
    let number = match kind {
        "personnummer" => {
            let bare = whole(dice, kind, |dice| born(dice, "YMD") + &dice.fill("###"));
            personnummer(dice, &bare)
        }
        "hetu" => hetu(dice),
        "fodselsnummer" => {
            let bare = whole(dice, kind, |dice| {
                let birth = born(dice, "DMY");
                // Three digits that tell the century.
                let own = if birth[4..] < *"30" { dice.within(500, 999) } else { dice.within(0, 499) };
                format!("{birth}{own:03}")
            });
            spelt(dice, &bare, &["11", "6 5", "6 5"])
        }
        "cpr" => {
            let birth = born(dice, "DMY");
            let century = if birth[4..] < *"30" { dice.within(4, 7) } else { dice.within(0, 3) };
            let bare = dice.fill(&format!("{birth}{century}###"));
            spelt(dice, &bare, &["6-4", "6-4", "6 4"])
        }
        "nino" => {
            let prefix = dice.pick(&["AB", "CE", "JG", "NA", "PW", "SH", "TY", "WK", "JT", "LB", "OA", "RX"]);
            let suffix = dice.pick(&["A", "B", "C", "D"]);
            let bare = dice.fill(&format!("{prefix}######{suffix}"));
            spelt(dice, &bare, &["2 2 2 2 1", "2 2 2 2 1", "2-2-2-2-1", "9"])
        }
        "nhs" => {
            let bare = whole(dice, kind, |dice| {
                let region = dice.pick(&[4, 4, 6, 7]);
                dice.fill(&format!("{region}########"))
            });
            spelt(dice, &bare, &["3 3 4", "3 3 4", "3-3-4"])
        }
        "pps" => {
            let bare = whole(dice, kind, |dice| {
                let pattern = dice.pick(&["#######", "#######A"]);
                dice.fill(pattern)
            });
            let groups = if bare.len() == 9 { ["9", "7 2"] } else { ["8", "7 1"] };
            spelt(dice, &bare, &groups)
        }
        "bsn" => {
            let bare = whole(dice, kind, |dice| dice.fill("^#######"));
            spelt(dice, &bare, &["9", "4.2.3", "3 3 3"])
        }
        "rijksregisternummer" => {
            let bare = whole(dice, kind, |dice| {
                let birth = born(dice, "YMD");
                let point = if birth[..2] < *"30" { "." } else { "" };
                format!("{birth}{:03}{point}", dice.within(1, 997))
            });
            spelt(dice, &bare, &["2.2.2-3.2", "2.2.2-3.2", "2 2 2 3 2"])
        }
        "idnr" => {
            let bare = whole(dice, kind, ten_with_one_twice);
            spelt(dice, &bare, &["2 3 3 3", "2 3 3 3", "11"])
        }
        _ => return None,
    };
    Some(number)
}

/// With the century or without. Some have a coordination number: 60 is added to the day.
fn personnummer(dice: &mut Dice, bare: &str) -> String {
    let coordinated = dice.percent(8).then(|| {
        let day = bare[4..6].parse::<u64>().unwrap_or(1) + 60;
        complete("personnummer", &format!("{}{day}{}", &bare[..4], &bare[6..9])).unwrap_or_default()
    });
    let bare = coordinated.as_deref().unwrap_or(bare);
    let century = if bare[..2] < *"30" { "20" } else { "19" };
    let bare = if dice.percent(45) { format!("{century}{bare}") } else { bare.to_owned() };
    spelt(dice, &bare, if bare.len() == 12 { &["8-4", "8-4", "8 4"] } else { &["6-4", "6-4", "6 4"] })
}

/// With a sign for the century, which belongs to the number.
fn hetu(dice: &mut Dice) -> String {
    let birth = born(dice, "DMY");
    let signs: &[&str] =
        if birth[4..] < *"30" { &["A", "A", "A", "B", "C"] } else { &["-", "-", "-", "-", "Y", "X"] };
    let sign = dice.pick(signs);
    complete("hetu", &format!("{birth}{sign}{:03}", dice.within(2, 899))).unwrap_or_default()
}

/// Ten digits without repetition but for one, not in front a zero.
fn ten_with_one_twice(dice: &mut Dice) -> String {
    let mut left: Vec<u64> = (0..10).collect();
    let mut digits = Vec::new();
    while left.len() > 1 {
        digits.push(left.swap_remove(usize::try_from(dice.below(left.len() as u64)).unwrap_or(0)));
    }
    let place = usize::try_from(dice.below(9)).unwrap_or(0);
    digits.insert(place, dice.pick(&digits));
    if digits[0] == 0 {
        digits.reverse();
    }
    if digits[0] == 0 {
        digits.swap(0, 1);
    }
    digits.iter().map(u64::to_string).collect()
}
