//! Folding: the words of a text in any script, without what people type differently.
//!
//! Words are folded here, on the way into the index and on the way to it, and not by SQLite: FTS5's
//! `ascii` tokenizer then sees exactly our words, in every version of SQLite.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::{canonical_combining_class, decompose_compatible, is_combining_mark};
use zeroize::Zeroizing;

/// Lengthens an Arabic word on paper.
const TATWEEL: char = '\u{640}';
/// The zeroes of the decimal digits that compatibility decomposition leaves: Arabic-Indic, its Eastern
/// form, and those of South and Southeast Asia.
const ZEROES: [char; 20] = [
    '\u{660}', '\u{6f0}', '\u{7c0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{b66}', '\u{be6}',
    '\u{c66}', '\u{ce6}', '\u{d66}', '\u{e50}', '\u{ed0}', '\u{f20}', '\u{1040}', '\u{17e0}', '\u{1810}',
    '\u{19d0}', '\u{1b50}',
];

/// The words of a text without case and accents: letters and digits only, so that FTS5's `ascii`
/// tokenizer leaves each as it is. Folding a folded word changes nothing.
pub fn fold(text: &str) -> Vec<String> {
    let mut words = Zeroizing::new(String::with_capacity(text.len()));
    fold_into(text, &mut words);
    words.split_ascii_whitespace().map(str::to_owned).collect()
}

/// Appends folded words, each after a space but the first.
pub(super) fn fold_into(text: &str, words: &mut String) {
    let mut between = true;
    for character in text.chars() {
        if character.is_ascii() {
            push_folded(character.to_ascii_lowercase(), &mut between, words);
        } else {
            decompose_compatible(character, |part| {
                for lower in part.to_lowercase() {
                    push_folded(lower, &mut between, words);
                }
            });
        }
    }
}

fn push_folded(character: char, between: &mut bool, words: &mut String) {
    if is_dropped(character) {
        return;
    }
    if !character.is_alphanumeric() {
        *between = true;
        return;
    }
    let character = same_letter(character);
    let turns = words.chars().next_back().is_some_and(|last| is_unspaced(last) != is_unspaced(character));
    if (std::mem::take(between) || turns) && !words.is_empty() {
        words.push(' ');
    }
    match character {
        'ß' => words.push_str("ss"),
        'æ' => words.push_str("ae"),
        'œ' => words.push_str("oe"),
        'þ' => words.push_str("th"),
        'ø' => words.push('o'),
        'ł' => words.push('l'),
        'đ' | 'ð' => words.push('d'),
        'ħ' => words.push('h'),
        'ı' => words.push('i'),
        'ŧ' => words.push('t'),
        'ŋ' => words.push('n'),
        other => words.push(other),
    }
}

/// Accents, and characters that only tell how to draw their neighbours. Vowel signs of scripts that
/// write vowels as marks are letters and stay.
fn is_dropped(character: char) -> bool {
    !character.is_ascii()
        && (canonical_combining_class(character) != 0
            || (is_combining_mark(character) && !character.is_alphanumeric())
            || matches!(character, '\u{ad}' | TATWEEL | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}'))
}

/// The words of a text in Unicode's form NFC and lower case.
pub(super) fn exact_words(text: &str) -> Vec<String> {
    let composed: Zeroizing<String> = Zeroizing::new(text.nfc().flat_map(char::to_lowercase).collect());
    composed
        .split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c))
        .filter(|word| word.contains(char::is_alphanumeric))
        .map(str::to_owned)
        .collect()
}

/// Letters that are written for one another, digits of all scripts, and Katakana as Hiragana.
fn same_letter(character: char) -> char {
    match character {
        '\0'..='\u{3c1}' => character,
        'ς' => 'σ',
        // Alef wasla; with hamza or madda it decomposes.
        'ٱ' => 'ا',
        'ة' | 'ہ' | 'ە' | 'ھ' => 'ه',
        'ى' | 'ی' => 'ي',
        'ک' => 'ك',
        'ァ'..='ヶ' => char::from_u32(u32::from(character) - 0x60).unwrap_or(character),
        _ => {
            let zero = ZEROES.iter().find(|zero| (**zero..).take(10).any(|digit| digit == character));
            let digit = zero.map(|zero| u32::from(character) - u32::from(*zero));
            digit.and_then(|digit| char::from_digit(digit, 10)).unwrap_or(character)
        }
    }
}

/// Han, Kana, Bopomofo and Hangul: written without spaces where others have them, or with a given name
/// joined to the family's.
pub(super) fn is_unspaced(character: char) -> bool {
    matches!(character,
        '\u{1100}'..='\u{11ff}'
        | '\u{3005}'..='\u{3007}'
        | '\u{3031}'..='\u{318f}'
        | '\u{31a0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{a960}'..='\u{a97f}'
        | '\u{ac00}'..='\u{d7ff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

/// The characters of a folded word of an unspaced script, Hangul in syllables again; of another script
/// nothing.
pub(super) fn unspaced(word: &str) -> Option<Vec<char>> {
    word.starts_with(is_unspaced).then(|| word.nfc().collect())
}

/// What the index holds for a run of unspaced characters: each with the one after it, so that what is
/// typed without spaces is found within, and the last alone.
pub(super) fn push_pairs(run: &[char], words: &mut String) {
    for start in 0..run.len() {
        if !words.is_empty() {
            words.push(' ');
        }
        words.extend(run[start..].iter().take(2));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_without_case_and_accents() {
        let cases = [
            ("Frédérique CITEAUX", "frederique citeaux"),
            ("Straße Øresund Łódź Đorđe", "strasse oresund lodz dorde"),
            ("Þór Æsir Œuvre ısı İzmir", "thor aesir oeuvre isi izmir"),
            ("C/ Moralzarzal, 86 (5ª)", "c moralzarzal 86 5a"),
            ("L'Aquila—\u{feff}O\u{ad}slo", "l aquila oslo"),
            ("Ελλάς ΕΛΛΆΣ", "ελλασ ελλασ"),
            ("Чайковский Ёлка", "чаиковскии елка"),
            ("ﬁn Ｔｏｋｙｏ", "fin tokyo"),
            ("\"; DROP -- \u{0}", "drop"),
        ];
        for (text, folded) in cases {
            assert_eq!(fold(text).join(" "), folded, "{text}");
        }
        assert_eq!(fold("हिन्दी").len(), 1);
        assert!(fold(" -\u{301}\u{fe0f} ").is_empty());
    }

    #[test]
    fn letters_written_for_one_another_are_the_same_in_every_script() {
        let pairs = [
            ("Παπαδόπουλος", "ΠΑΠΑΔΟΠΟΥΛΟΣ"),
            ("Σταύρος", "σταυρος"),
            ("Фёдор Йованович", "федор ЙОВАНОВИЧ"),
            ("أحمد إبراهيم آل", "احمد ابراهيم ال"),
            ("فاطمة", "فاطمه"),
            ("مصطفى", "مصطفي"),
            ("کریمی", "كريمي"),
            ("مُحَمَّد", "محمد"),
            ("محـــمد", "محمد"),
            ("ﻣﺤﻤﺪ", "محمد"),
            ("شارع ١٢٣", "شارع 123"),
            ("۴۵۶ ०७ ๘", "456 07 8"),
            ("タナカ", "たなか"),
            ("ﾀﾅｶ", "タナカ"),
            ("김민수", "김민수"),
        ];
        for (one, other) in pairs {
            assert_eq!(fold(one), fold(other), "{one}");
        }
        assert_eq!(fold("김민수"), fold(&"김민수".nfd().to_string()));
    }

    #[test]
    fn unspaced_scripts_part_from_others_and_stay_in_one_run() {
        assert_eq!(fold("ABC王小明12号").join(" "), "abc 王小明 12 号");
        assert_eq!(fold("中山北路二段").len(), 1);
        let pairs = |word: &str| {
            let mut words = String::new();
            push_pairs(&unspaced(&fold(word)[0]).unwrap(), &mut words);
            words
        };
        assert_eq!(pairs("王小明"), "王小 小明 明");
        assert_eq!(pairs("王"), "王");
        assert_eq!(pairs("김민수"), "김민 민수 수");
        assert_eq!(unspaced("anna"), None);
    }
}
