//! Windows of a chain: groups that together may be one number, and which detectors' spellings they have.

use std::ops::Range;
use std::sync::LazyLock;

use zeroize::Zeroizing;

use super::chain::Chain;
use super::detector::Strength;
use super::detectors;

/// The longest number that detectors know, in letters and digits.
const LONGEST: usize = 20;
/// Groups of a number: those of a NIR, and one more.
const GROUPS: usize = 9;
/// The longest number of a customer who is known: an IBAN.
const LONGEST_KNOWN: usize = 34;
/// The shortest.
const SHORTEST: usize = 6;

/// A window's letters and digits in upper case, and what stands between them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    /// Numbers of its first and last group.
    pub first: usize,
    pub last: usize,
    compact: [u8; LONGEST],
    length: usize,
    /// A bit for each place that has a letter.
    letters: u32,
    digits: usize,
    separators: [(u8, u8); LONGEST],
    separated: usize,
    /// A bit for each place before which a separator stands.
    parted: u32,
}

impl Window {
    fn new(first: usize) -> Self {
        Self {
            first,
            last: first,
            compact: [0; LONGEST],
            length: 0,
            letters: 0,
            digits: 0,
            separators: [(0, 0); LONGEST],
            separated: 0,
            parted: 0,
        }
    }

    /// Appends a group; nothing where it grows too long.
    fn push(&mut self, separator: Option<u8>, group: &[u8]) -> Option<()> {
        if let Some(separator) = separator {
            *self.separators.get_mut(self.separated)? = (u8::try_from(self.length).ok()?, separator);
            self.separated += 1;
            self.parted |= 1 << self.length;
        }
        for byte in group {
            *self.compact.get_mut(self.length)? = byte.to_ascii_uppercase();
            if byte.is_ascii_digit() {
                self.digits += 1;
            } else {
                self.letters |= 1 << self.length;
            }
            self.length += 1;
        }
        Some(())
    }

    pub fn compact(&self) -> &str {
        self.compact.get(..self.length).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }

    /// Whether all its separators are spaces and dashes, or points between fours.
    pub fn is_loose(&self) -> bool {
        self.separators().iter().all(|(place, separator)| match separator {
            b'.' => place % 4 == 0 && self.separated == 3,
            separator => b" -\t".contains(separator),
        })
    }

    /// Whether it is written as a time in seconds since 1970 is, of 2014 to 2033.
    pub fn is_time(&self) -> bool {
        self.separated == 0
            && self.length == 10
            && self.letters == 0
            && matches!(self.compact, [b'1', b'4'..=b'9', ..])
    }

    /// Whether it has no letter.
    pub fn is_all_digits(&self) -> bool {
        self.letters == 0
    }

    /// Whether it has separators.
    pub fn is_separated(&self) -> bool {
        self.separated > 0
    }

    /// Its letters and digits.
    pub fn len(&self) -> usize {
        self.length
    }

    /// The detectors whose number it may be.
    pub fn candidates(&self) -> impl Iterator<Item = Candidate> {
        let fits = |shape: &&Shape| self.letters & shape.digits == 0 && !self.letters & shape.letters == 0;
        let shapes = SHAPES.get(self.length).into_iter().flatten().filter(fits);
        shapes.map(|shape| Candidate { detector: shape.detector, spelt: shape.spelt(self) })
    }

    fn separators(&self) -> &[(u8, u8)] {
        self.separators.get(..self.separated).unwrap_or_default()
    }

    /// Whether all its separators are the same.
    pub fn is_uniform(&self) -> bool {
        self.separators().windows(2).all(|pair| matches!(pair, [one, other] if one.1 == other.1))
    }
}

/// What detectors' spellings come to without their separators.
struct Shape {
    detector: usize,
    /// A bit for each place that must be a letter, and that must be a digit.
    letters: u32,
    digits: u32,
    spellings: Vec<Spelling>,
}

/// Where which separator stands, and what a number is worth so.
struct Spelling {
    separators: Vec<(u8, u8)>,
    /// A bit for each place before which one stands.
    parted: u32,
    strength: Strength,
}

impl Shape {
    fn spelt(&self, window: &Window) -> Spelt {
        let own = window.separators();
        let same = |spelling: &&Spelling| spelling.parted == window.parted && spelling.separators == own;
        if let Some(spelling) = self.spellings.iter().find(same) {
            return Spelt::As(spelling.strength);
        }
        let is_part = |spelling: &Spelling| {
            window.parted & !spelling.parted == 0 && own.iter().all(|one| spelling.separators.contains(one))
        };
        let is_plain = own.iter().all(|(_, separator)| matches!(separator, b' ' | b'-'));
        if !own.is_empty() && is_plain && self.spellings.iter().any(is_part) {
            Spelt::Partly
        } else {
            Spelt::Otherwise
        }
    }
}

/// A detector whose number a window may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Candidate {
    pub detector: usize,
    pub spelt: Spelt,
}

/// How a window is spelt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelt {
    /// Officially: what it is worth if it fits.
    As(Strength),
    /// Officially, but with some of the separators left out.
    Partly,
    /// Otherwise.
    Otherwise,
}

/// The shapes by length.
static SHAPES: LazyLock<[Vec<Shape>; LONGEST + 1]> = LazyLock::new(|| {
    let mut shapes: [Vec<Shape>; LONGEST + 1] = Default::default();
    for (number, detector) in detectors::ALL.iter().enumerate() {
        for (spelling, strength) in detector.spellings {
            let (mut letters, mut digits, mut length) = (0, 0, 0_usize);
            let mut separators = Vec::new();
            for mark in spelling.bytes() {
                match mark {
                    b'9' => digits |= 1 << length,
                    b'A' => letters |= 1 << length,
                    b'*' => {}
                    separator => {
                        separators.push((u8::try_from(length).unwrap_or(u8::MAX), separator));
                        continue;
                    }
                }
                length += 1;
            }
            let Some(of_length) = shapes.get_mut(length) else { continue };
            let known = of_length
                .iter_mut()
                .find(|known| (known.detector, known.letters, known.digits) == (number, letters, digits));
            let parted = separators.iter().fold(0, |parted, (place, _)| parted | 1 << *place);
            let spelling = Spelling { separators, parted, strength: *strength };
            match known {
                Some(known) => known.spellings.push(spelling),
                None => {
                    of_length.push(Shape { detector: number, letters, digits, spellings: vec![spelling] });
                }
            }
        }
    }
    shapes
});

/// Hands over each window of a chain that has five digits or more: where it stands, and its letters and digits.
pub(super) fn each_text(chain: &Chain, bytes: &[u8], mut found: impl FnMut(Range<usize>, &str)) {
    for (first, begin) in chain.groups.iter().enumerate() {
        let mut compact = Zeroizing::new(String::new());
        let mut digits = 0;
        for group in chain.groups.iter().skip(first) {
            let own = bytes.get(group.start..group.end).unwrap_or_default();
            compact.extend(own.iter().map(|byte| char::from(byte.to_ascii_uppercase())));
            digits += group.digits;
            if compact.len() > LONGEST_KNOWN {
                break;
            }
            if digits >= 5 {
                found(begin.start..group.end, &compact);
            }
        }
    }
}

/// Hands over each window that begins with a group of a chain and may be a number.
pub(super) fn each(chain: &Chain, first: usize, bytes: &[u8], mut found: impl FnMut(&Window)) {
    let mut window = Window::new(first);
    for (last, group) in chain.groups.iter().enumerate().skip(first) {
        let separator = if last == first { None } else { chain.separators.get(last - 1).copied() };
        let Some(own) = bytes.get(group.start..group.end) else { break };
        if last - first >= GROUPS || window.push(separator, own).is_none() {
            break;
        }
        window.last = last;
        if window.length >= SHORTEST && window.digits >= 5 {
            found(&window);
        }
    }
}
