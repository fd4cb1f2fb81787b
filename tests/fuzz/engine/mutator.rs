//! Inputs made of others: bytes, numbers, lines and characters changed, pieces moved, doubled, dropped,
//! and taken from other inputs or from the target's words.

use super::random::Random;

/// Characters that programs trip over: of no width, of two, that change length with their case, that turn
/// the direction of writing, that end a line, that no terminal shows.
const CHARACTERS: [char; 18] = [
    '\0',
    '\u{1b}',
    '\u{7f}',
    '\u{85}',
    '\u{a0}',
    'ß',
    'İ',
    'ſ',
    '\u{301}',
    '\u{200d}',
    '\u{202e}',
    '\u{2028}',
    '\u{feff}',
    'ﷺ',
    '가',
    '\u{fffd}',
    '😀',
    '\u{10ffff}',
];
/// Numbers at the edges.
const NUMBERS: [&str; 14] = [
    "0",
    "1",
    "-1",
    "255",
    "256",
    "65535",
    "65536",
    "2147483648",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
];
const BYTES: [u8; 14] = [0, 1, 9, b'\n', b'\r', b' ', b'"', b'\'', b'\\', b'-', b',', 0x7f, 0x80, 0xff];

/// Makes a new input of `from`; the result is no longer than `longest`.
pub fn mutated(
    from: &[u8],
    others: &[Vec<u8>],
    words: &[&str],
    longest: usize,
    random: &mut Random,
) -> Vec<u8> {
    let mut input = from.to_vec();
    let times = 1 << random.below(4);
    for _ in 0..times {
        change(&mut input, others, words, longest, random);
        input.truncate(longest);
    }
    input
}

fn change(input: &mut Vec<u8>, others: &[Vec<u8>], words: &[&str], longest: usize, random: &mut Random) {
    let at = random.below(input.len() + 1);
    match random.below(16) {
        0 if !input.is_empty() => {
            let place = at % from_one(input.len());
            input[place] ^= 1 << random.below(8);
        }
        1 if !input.is_empty() => {
            let place = at % from_one(input.len());
            input[place] = if random.once_in(2) { *random.pick(&BYTES) } else { random.byte() };
        }
        2 => drop(input.drain(stretch(input.len(), random))),
        3 => input.truncate(at),
        4 => {
            let piece = input[stretch(input.len(), random)].to_vec();
            insert(input, at, &piece);
        }
        5 => {
            let piece = input[stretch(input.len(), random)].to_vec();
            overwrite(input, at, &piece);
        }
        6 => insert(input, at, &[*random.pick(&BYTES)]),
        7 | 8 if !words.is_empty() => {
            let word = random.pick(words).as_bytes();
            if random.once_in(3) { overwrite(input, at, word) } else { insert(input, at, word) }
        }
        9 => insert(input, at, random.pick(&CHARACTERS).to_string().as_bytes()),
        10 | 11 => change_number(input, random),
        12 => change_lines(input, random),
        13 if !others.is_empty() => {
            let other = random.pick(others);
            input.truncate(at);
            input.extend_from_slice(&other[random.below(other.len() + 1)..]);
        }
        14 if !others.is_empty() => {
            let other = random.pick(others);
            insert(input, at, &other[stretch(other.len(), random)]);
        }
        // Now and then one piece over and over: what takes the square of its length to read shows it.
        15 if random.once_in(64) => {
            let piece = input[stretch(input.len(), random)].to_vec();
            let times = longest.saturating_sub(input.len()) / from_one(piece.len());
            insert(input, at, &piece.repeat(times));
        }
        _ => insert(input, at, &[random.byte()]),
    }
}

fn from_one(length: usize) -> usize {
    length.max(1)
}

/// A stretch of so many bytes: a short one, as a rule.
fn stretch(length: usize, random: &mut Random) -> std::ops::Range<usize> {
    let from = random.below(length + 1);
    let most = if random.once_in(4) { length - from } else { (length - from).min(16) };
    from..from + random.below(most + 1)
}

fn insert(input: &mut Vec<u8>, at: usize, piece: &[u8]) {
    input.splice(at..at, piece.iter().copied());
}

fn overwrite(input: &mut Vec<u8>, at: usize, piece: &[u8]) {
    let end = input.len().min(at + piece.len());
    input.splice(at..end, piece.iter().copied());
}

/// Puts another number in the place of one of the numbers.
fn change_number(input: &mut Vec<u8>, random: &mut Random) {
    let is_digit = |place: usize| input.get(place).is_some_and(u8::is_ascii_digit);
    let starts: Vec<usize> =
        (0..input.len()).filter(|place| is_digit(*place) && (*place == 0 || !is_digit(place - 1))).collect();
    if starts.is_empty() {
        return;
    }
    let from = *random.pick(&starts);
    let to = (from..input.len()).find(|place| !is_digit(*place)).unwrap_or(input.len());
    let old = std::str::from_utf8(&input[from..to]).ok().and_then(|digits| digits.parse::<u64>().ok());
    let new = match (random.below(3), old) {
        (0, Some(old)) => old.wrapping_add(1).to_string(),
        (1, Some(old)) => old.wrapping_sub(1).to_string(),
        _ => (*random.pick(&NUMBERS)).to_owned(),
    };
    input.splice(from..to, new.into_bytes());
}

/// Drops, doubles or swaps whole lines.
fn change_lines(input: &mut Vec<u8>, random: &mut Random) {
    let mut lines: Vec<Vec<u8>> = input.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    if lines.is_empty() {
        return;
    }
    let (one, other) = (random.below(lines.len()), random.below(lines.len()));
    match random.below(3) {
        0 => drop(lines.remove(one)),
        1 => {
            let line = lines[one].clone();
            lines.insert(other, line);
        }
        _ => lines.swap(one, other),
    }
    *input = lines.concat();
}
