//! Numbers of people in the south and east of Europe.

use super::checks::complete;
use super::dice::Dice;
use super::numbers::{born, spelt, whole};

/// A number of that kind, if it is one of these.
pub fn south(dice: &mut Dice, kind: &str) -> Option<String> {
    let number = match kind {
        "dni" if dice.percent(35) => {
            let first = dice.pick(&["X", "Y", "Z"]);
            let body = dice.fill(&format!("{first}#######"));
            spelt(dice, &complete(kind, &body).unwrap_or_default(), &["9", "1-7-1", "8-1", "1 7 1"])
        }
        "dni" => {
            let bare = whole(dice, kind, |dice| dice.fill("########"));
            spelt(dice, &bare, &["9", "8-1", "2.3.3-1", "8 1"])
        }
        "nir" => {
            let bare = whole(dice, kind, |dice| {
                let department =
                    dice.pick(&["75", "13", "69", "33", "59", "31", "44", "06", "35", "92", "2A", "2B"]);
                let (sex, month) = (dice.within(1, 2), dice.within(1, 12));
                let year = (1935 + dice.below(72)) % 100;
                let (place, order) = (dice.within(1, 480), dice.within(1, 560));
                format!("{sex}{year:02}{month:02}{department}{place:03}{order:03}")
            });
            spelt(dice, &bare, &["1 2 2 2 3 3 2", "1 2 2 2 3 3 2", "13 2"])
        }
        "codice-fiscale" => {
            let bare = whole(dice, kind, |dice| {
                let birth = born(dice, "YMD");
                let month = birth[2..4].parse::<usize>().unwrap_or(1) - 1;
                let day = birth[4..].parse::<u64>().unwrap_or(1) + 40 * dice.below(2);
                let place =
                    dice.pick(&["H501", "F205", "F839", "L219", "D612", "A944", "D969", "G273", "Z404"]);
                let month = &"ABCDEHLMPRST"[month..=month];
                format!("{}{}{month}{day:02}{place}", dice.fill("@@@@@@"), &birth[..2])
            });
            spelt(dice, &bare, &["16", "16", "3 3 5 5"])
        }
        "nif" => {
            let bare = whole(dice, kind, |dice| {
                let first = dice.pick(&[1, 2, 2, 2, 3]);
                dice.fill(&format!("{first}#######"))
            });
            spelt(dice, &bare, &["3 3 3", "9"])
        }
        "pesel" => {
            let bare = whole(dice, kind, |dice| shifted(dice, 20) + &dice.fill("####"));
            spelt(dice, &bare, &["11", "11", "6 5"])
        }
        "rodne-cislo" => {
            let bare = whole(dice, kind, |dice| {
                loop {
                    let birth = born(dice, "YMD");
                    // Until 1953 there were nine digits.
                    if !("30".."54").contains(&&birth[..2]) {
                        let month = birth[2..4].parse::<u64>().unwrap_or(1) + 50 * dice.below(2);
                        break format!("{}{month:02}{}{}", &birth[..2], &birth[4..], dice.fill("###"));
                    }
                }
            });
            spelt(dice, &bare, &["6/4", "6/4", "6 4"])
        }
        "cnp" => {
            let bare = whole(dice, kind, |dice| {
                let birth = born(dice, "YMD");
                let sex = dice.within(1, 2) + if birth[..2] < *"30" { 4 } else { 0 };
                format!("{sex}{birth}{:02}{:03}", dice.within(1, 46), dice.within(1, 999))
            });
            spelt(dice, &bare, &["13", "13", "1 6 6"])
        }
        "egn" => {
            let bare = whole(dice, kind, |dice| shifted(dice, 40) + &dice.fill("###"));
            spelt(dice, &bare, &["10", "10", "6 4"])
        }
        "rnokpp" => {
            let bare =
                whole(dice, kind, |dice| format!("{:05}{}", dice.within(16_000, 40_500), dice.fill("####")));
            spelt(dice, &bare, &["10", "10", "3 3 4"])
        }
        _ => return None,
    };
    Some(number)
}

/// YYMMDD, with so much added to the month since 2000.
fn shifted(dice: &mut Dice, by: u64) -> String {
    let birth = born(dice, "YMD");
    let month = birth[2..4].parse::<u64>().unwrap_or(1) + if birth[..2] < *"30" { by } else { 0 };
    format!("{}{month:02}{}", &birth[..2], &birth[4..])
}
