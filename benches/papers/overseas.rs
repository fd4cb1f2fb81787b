//! Numbers of people elsewhere in the world.

use super::dice::Dice;
use super::numbers::{born, spelt, whole};

/// A number of that kind, if it is one of these.
pub fn overseas(dice: &mut Dice, kind: &str) -> Option<String> {
    let number = match kind {
        "ssn" => {
            let area = match dice.within(1, 898) {
                area @ ..666 => area,
                area => area + 1,
            };
            let bare = format!("{area:03}{:02}{:04}", dice.within(1, 99), dice.within(1, 9_999));
            spelt(dice, &bare, &["3-2-4", "3-2-4", "3 2 4"])
        }
        "itin" => {
            let group = dice.pick(&[50, 58, 65, 70, 71, 74, 77, 80, 85, 88, 90, 92, 94, 97, 99]);
            let bare = dice.fill(&format!("9##{group}####"));
            spelt(dice, &bare, &["3-2-4", "3-2-4", "3 2 4"])
        }
        "sin" => {
            let bare = whole(dice, kind, |dice| {
                let province = dice.pick(&[1, 2, 3, 4, 5, 6, 7, 9]);
                dice.fill(&format!("{province}#######"))
            });
            spelt(dice, &bare, &["3 3 3", "3-3-3"])
        }
        "nik" => {
            let place =
                dice.pick(&["3171", "3273", "3578", "1271", "5171", "7371", "3374", "3471", "6472", "9171"]);
            let birth = born(dice, "DMY");
            let day = birth[..2].parse::<u64>().unwrap_or(1) + 40 * dice.below(2);
            let district = dice.within(1, 20);
            let bare = format!("{place}{district:02}{day:02}{}{:04}", &birth[2..], dice.within(1, 60));
            spelt(dice, &bare, &["16", "16", "4 4 4 4", "6 6 4"])
        }
        "aadhaar" => {
            let bare = whole(dice, kind, |dice| format!("{}{}", dice.within(2, 9), dice.fill("##########")));
            spelt(dice, &bare, &["4 4 4", "4 4 4", "4-4-4"])
        }
        "kimlik" => {
            let bare = whole(dice, kind, |dice| dice.fill("^########"));
            spelt(dice, &bare, &["11", "11", "3 3 3 2"])
        }
        "sa-id" => {
            let bare = whole(dice, kind, |dice| {
                let (birth, foreign) = (born(dice, "YMD"), dice.below(2));
                dice.fill(&format!("{birth}####{foreign}8"))
            });
            spelt(dice, &bare, &["13", "6 4 2 1", "6 4 3"])
        }
        "rrn" => {
            let bare = whole(dice, kind, |dice| {
                let birth = born(dice, "YMD");
                let sex = dice.within(1, 2) + if birth[..2] < *"30" { 2 } else { 0 };
                format!("{birth}{sex}{}", dice.fill("#####"))
            });
            spelt(dice, &bare, &["6-7", "6-7", "6 7"])
        }
        "resident-id" => {
            let bare = whole(dice, kind, |dice| {
                let place = dice
                    .pick(&["110105", "310104", "440106", "330102", "510107", "420106", "320102", "610113"]);
                let birth = born(dice, "YMD");
                let century = if birth[..2] < *"30" { 20 } else { 19 };
                format!("{place}{century}{birth}{:03}", dice.within(1, 499))
            });
            spelt(dice, &bare, &["18", "18", "6 8 4"])
        }
        _ => return None,
    };
    Some(number)
}
