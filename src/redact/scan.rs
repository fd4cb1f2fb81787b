//! The scan: every number, account, address and date of a text that identifies, with the decision about each.

mod others;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::bytes;
use super::chain::Chain;
use super::detector::{Detector, Strength};
use super::detectors;
use super::digits;
use super::finders::{account, birth, email, phone, wrapped};
use super::kind::Kind;
use super::labels::{LABELS, Meaning, Said};
use super::options::Options;
use super::surroundings::Surroundings;
use super::window::{self, Candidate, Spelt, Window};
use super::words;

/// What is blacked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hit {
    pub range: Range<usize>,
    pub kind: Kind,
    /// Of a customer who is known: what is put in its place.
    pub code: Option<Arc<str>>,
    /// Of hits that overlap the one with the highest counts.
    score: u32,
}

/// Somebody who is known.
const NAMED: u32 = 500;
/// Fits, and a label says it.
const LABELLED_AND_FITS: u32 = 400;
/// What shows by itself what it is: an address, an IBAN that fits, a `+` number.
const EVIDENT: u32 = 350;
/// A label says it, and it is mistyped, with all its separators: what fits by chance within it is a part of it.
const LABELLED_AS_SPELT: u32 = 300;
/// Fits; its strength counts as well.
const FITS: u32 = 200;
/// A label says it, and it does not fit: mistyped.
const LABELLED: u32 = 150;
/// A label says that it is some country's number, and it fits one.
const ANY_THAT_FITS: u32 = 100;
/// A label says that it is some country's number, and it fits none.
const ANY_NUMBER: u32 = 50;
/// An official spelling goes before another.
const SPELT: u32 = 50;

/// Digits of a number that may be parted anywhere.
const SPACED: usize = 14;

pub(in crate::redact) use self::others::ANY;

/// A window as it is read.
struct Read<'w> {
    compact: &'w str,
    /// What the words before it say.
    said: Said,
    /// What the nearest label says, before it or behind.
    nearest: Meaning,
}

/// A scan of one text.
pub(super) struct Scan<'a> {
    options: &'a Options,
    surroundings: Surroundings<'a>,
    text: &'a str,
    hits: Vec<Hit>,
    /// What the words before each of a chain's groups say, where it was asked.
    said: Vec<Option<Said>>,
    /// And those behind.
    behind: Vec<Option<Said>>,
    /// The chain's parts.
    parts: Vec<(usize, usize)>,
}

/// Parts several headings of one text, each of which may tell what it is.
pub(super) const BESIDE: char = '\u{1f}';

/// What identifies in a text, from the first to the last; none overlaps another. `label` is what says from outside what
/// it is: one heading, or several with [`BESIDE`] between them; what is found under any of them counts.
pub(super) fn scan(text: &str, label: &str, options: &Options) -> Vec<Hit> {
    let mut headings = label.split(BESIDE);
    let mut hits = scan_within(text, headings.next().unwrap_or_default(), options, 0..text.len());
    for heading in headings {
        hits.extend(scan_within(text, heading, options, 0..text.len()));
        hits = apart(hits);
    }
    hits
}

/// Hits from the first to the last, those that overlap as one, which is what the best of them is: two places near each
/// other, or two headings, may show the same number, and each a part of it.
pub(super) fn apart(mut hits: Vec<Hit>) -> Vec<Hit> {
    hits.sort_by_key(|hit| hit.range.start);
    hits.dedup_by(|later, first| {
        let overlap = later.range.start < first.range.end;
        if overlap {
            let range = first.range.start..first.range.end.max(later.range.end);
            if later.score > first.score {
                std::mem::swap(first, later);
            }
            first.range = range;
        }
        overlap
    });
    hits
}

/// What of it begins in a part of the text: all around it is read for labels alone.
pub(super) fn scan_within(text: &str, label: &str, options: &Options, part: Range<usize>) -> Vec<Hit> {
    let Some(plain) = digits::Plain::of(text) else { return scan_plain(text, label, options, part) };
    let mut hits = scan_plain(plain.text(), label, options, plain.of_source(part));
    for hit in &mut hits {
        hit.range = plain.place(hit.range.start)..plain.place(hit.range.end);
    }
    hits
}

/// The same of a text whose digits are those of ASCII.
fn scan_plain(text: &str, label: &str, options: &Options, part: Range<usize>) -> Vec<Hit> {
    let surroundings = Surroundings::new(text, label, &LABELS);
    let mut scan = Scan {
        options,
        surroundings,
        text,
        hits: Vec::new(),
        said: Vec::new(),
        behind: Vec::new(),
        parts: Vec::new(),
    };
    scan.run(part.clone());
    scan.people(part);
    chosen(scan.hits)
}

/// Of hits that overlap, the best.
pub(super) fn chosen(mut hits: Vec<Hit>) -> Vec<Hit> {
    hits.sort_by_key(|hit| (std::cmp::Reverse(hit.score), hit.range.start));
    let mut chosen: BTreeMap<usize, Hit> = BTreeMap::new();
    for hit in hits {
        let Range { start, end } = hit.range;
        let before = chosen.range(..=start).next_back().is_some_and(|(_, known)| known.range.end > start);
        if !before && chosen.range(start..end).next().is_none() {
            chosen.insert(start, hit);
        }
    }
    chosen.into_values().collect()
}

/// Whether something may begin with the byte.
fn is_interesting(byte: u8) -> bool {
    u8::from(byte.is_ascii_digit()) | u8::from(byte == b'@') != 0
}

impl Scan<'_> {
    fn run(&mut self, part: Range<usize>) {
        let bytes = self.text.as_bytes();
        let mut chain = Chain::default();
        let mut from = part.start;
        while let Some(at) = bytes::next(bytes, from, is_interesting).filter(|at| *at < part.end) {
            if bytes.get(at) == Some(&b'@') {
                self.email(at);
                from = at + 1;
                continue;
            }
            let end = chain.take_up(self.text, at, from);
            from = end.max(at + 1);
            if !chain.groups.is_empty() {
                from = from.max(self.look_at_chain(&chain));
            }
        }
    }

    fn wants(&self, kind: Kind) -> bool {
        self.options.wants(kind)
    }

    fn hit(&mut self, range: Range<usize>, kind: Kind, score: u32) {
        if self.wants(kind) {
            let code = self.code_of(&range, kind);
            let score = if code.is_some() { NAMED + 2 } else { score };
            self.hits.push(Hit { range, kind, code, score });
        }
    }

    fn email(&mut self, at: usize) {
        if let Some(range) = email::around(self.text, at) {
            // A name within it is a part of it.
            self.hit(range, email::KIND, NAMED + 1);
        }
    }

    /// Looks for everything in the chain that was taken up. Gives where the next may begin.
    fn look_at_chain(&mut self, chain: &Chain) -> usize {
        self.said.clear();
        self.said.resize(chain.groups.len(), None);
        self.part_chain(chain);
        self.behind.clear();
        self.behind.resize(chain.groups.len(), None);
        let mut end = chain.groups.last().map_or(0, |group| group.end);
        end = end.max(self.phones(chain));
        end = end.max(self.accounts(chain));
        end = end.max(self.cards_over_lines(chain));
        self.birth_dates(chain);
        if chain.digits >= 5 {
            self.known_numbers(chain);
            self.numbers(chain);
            self.labelled_alone(chain);
        }
        end
    }

    fn said_before(&mut self, chain: &Chain, group: usize) -> Said {
        let Some(start) = chain.groups.get(group).map(|group| group.start) else {
            return Said::default();
        };
        match self.said.get_mut(group) {
            Some(Some(known)) => *known,
            Some(unknown) => *unknown.insert(self.surroundings.before(start)),
            None => Said::default(),
        }
    }

    /// What the words before a group say, or, where they say nothing, those behind a place.
    fn said_around(&mut self, chain: &Chain, group: usize, end: usize) -> Said {
        let said = self.said_before(chain, group);
        if said == Said::default() { self.surroundings.behind(end) } else { said }
    }

    /// Finds the chain's parts, from the first to the last group of each: letters alone part them, as in
    /// `12 tel 08-123 456`.
    fn part_chain(&mut self, chain: &Chain) {
        self.parts.clear();
        for (number, group) in chain.groups.iter().enumerate() {
            match self.parts.last_mut() {
                _ if group.digits == 0 => {}
                Some((_, last)) if *last + 1 == number => *last = number,
                _ => self.parts.push((number, number)),
            }
        }
    }

    fn phones(&mut self, chain: &Chain) -> usize {
        let mut end = 0;
        if !self.wants(phone::KIND) {
            return end;
        }
        for part in 0..self.parts.len() {
            let Some((number, _)) = self.parts.get(part).copied() else { break };
            let Some(first) = chain.groups.get(number).copied() else { continue };
            let is_plus = first.start > 0 && self.text.as_bytes().get(first.start - 1) == Some(&b'+');
            if first.digits != first.end - first.start && !is_plus {
                continue;
            }
            let Some(dialled) = phone::at(self.text, first.start) else { continue };
            let until = dialled.range.end;
            if dialled.is_international {
                end = end.max(until);
                self.hit(dialled.range, phone::KIND, EVIDENT);
            } else if self.said_around(chain, number, until).nearest & words::PHONE != 0
                && birth::at(self.text, first.start).is_none_or(|date| date.end < until)
            {
                end = end.max(until);
                self.hit(dialled.range, phone::KIND, LABELLED);
            }
        }
        end
    }

    fn accounts(&mut self, chain: &Chain) -> usize {
        let mut end = 0;
        for number in 0..chain.groups.len() {
            let Some(group) = chain.groups.get(number).copied() else { break };
            let own = self.text.as_bytes().get(group.start..group.end).unwrap_or_default();
            let begins = match own {
                [one, two, three, four, ..] => {
                    one.is_ascii_alphabetic()
                        && two.is_ascii_alphabetic()
                        && three.is_ascii_digit()
                        && four.is_ascii_digit()
                }
                // "DE 89 3704 …"
                [one, two] => one.is_ascii_uppercase() && two.is_ascii_uppercase(),
                _ => false,
            };
            let written = if begins { account::iban_at(self.text, group.start) } else { None };
            if let Some(written) = written {
                if written.fits {
                    end = end.max(written.range.end);
                    self.hit(written.range, account::IBAN, LABELLED_AND_FITS);
                } else if self.said_around(chain, number, written.range.end).nearest & words::IBAN != 0 {
                    end = end.max(written.range.end);
                    self.hit(written.range, account::IBAN, EVIDENT);
                }
            }
        }
        end
    }

    /// A card's number that a line's end parts.
    fn cards_over_lines(&mut self, chain: &Chain) -> usize {
        let mut end = 0;
        for number in 0..chain.groups.len() {
            let Some(group) = chain.groups.get(number).copied() else { break };
            if let Some(range) = wrapped::card_at(self.text, group.start) {
                end = end.max(range.end);
                self.hit(range, wrapped::KIND, EVIDENT);
            }
        }
        end
    }

    fn birth_dates(&mut self, chain: &Chain) {
        if !self.wants(birth::KIND) {
            return;
        }
        for number in 0..chain.groups.len() {
            let Some(group) = chain.groups.get(number).copied() else { break };
            if !matches!(group.digits, 1 | 2 | 4 | 6 | 8)
                || group.digits < group.end - group.start && group.digits > 2
            {
                continue;
            }
            let Some(range) = birth::at(self.text, group.start) else { continue };
            let said = self.surroundings.directly_before(range.start);
            let said = if said == Said::default() { self.surroundings.behind(range.end) } else { said };
            if said.nearest & words::BIRTH != 0 {
                self.hit(range, birth::KIND, LABELLED_AND_FITS);
                break;
            }
        }
    }

    fn numbers(&mut self, chain: &Chain) {
        for first in 0..chain.groups.len() {
            window::each(chain, first, self.text.as_bytes(), |window| self.number(chain, window));
        }
    }

    /// Judges a window as a number of each detector that knows numbers written so.
    fn number(&mut self, chain: &Chain, window: &Window) {
        let Some(range) = chain.range(window.first..=window.last) else { return };
        let length = u32::try_from(window.len()).unwrap_or_default();
        let mut read = None;
        for candidate in window.candidates() {
            let detector =
                detectors::ALL.get(candidate.detector).filter(|detector| self.wants(detector.kind));
            let Some(detector) = detector else { continue };
            let read = read.get_or_insert_with(|| Read {
                compact: window.compact(),
                said: self.said_before(chain, window.first),
                nearest: self.said_around_window(chain, window, &range),
            });
            if let Some(score) = self.judge(chain, window, candidate, &range, read) {
                self.hit(range.clone(), detector.kind, score + length);
            }
        }
    }

    /// Whether a window counts as a number of a detector, and how much.
    fn judge(
        &self,
        chain: &Chain,
        window: &Window,
        candidate: Candidate,
        range: &Range<usize>,
        read: &Read<'_>,
    ) -> Option<u32> {
        let detector = detectors::ALL.get(candidate.detector)?;
        let own: Meaning = 1 << candidate.detector;
        let spelt = u32::from(candidate.spelt != Spelt::Otherwise) * SPELT;
        let Read { said, nearest, .. } = *read;
        // The rule is asked last: of most numbers less tells that they are none.
        let fits = || (detector.fits)(read.compact);
        let has_check = matches!(candidate.spelt, Spelt::As(strength) if strength > Strength::Shape);
        if nearest & own != 0 || (has_check && said.any & own != 0 && fits()) {
            if fits() {
                return Some(LABELLED_AND_FITS + spelt);
            }
            // What is mistyped is at least written in one piece.
            let whole = window.first == 0 && window.last + 1 == chain.groups.len();
            return match candidate.spelt {
                Spelt::As(_) if window.is_separated() && !chain.goes_on(window.first, window.last) => {
                    Some(LABELLED_AS_SPELT)
                }
                _ => (spelt > 0 || window.is_uniform() || whole).then_some(LABELLED + spelt),
            };
        }
        if detector.is_national
            && nearest & words::NATIONAL != 0
            && spelt > 0
            && !chain.goes_on(window.first, window.last)
        {
            return fits().then_some(ANY_THAT_FITS + spelt);
        }
        let (strength, is_separated) = strength(detector, candidate.spelt, window)?;
        let counts = strength == Strength::Strong
            || self.counts_unlabelled(chain, window, range, said, strength, is_separated);
        (counts && fits()).then_some(FITS + spelt / 5 + strength as u32 * 20)
    }

    /// Whether a number that fits counts, though no label says what it is.
    fn counts_unlabelled(
        &self,
        chain: &Chain,
        window: &Window,
        range: &Range<usize>,
        said: Said,
        strength: Strength,
        is_separated: bool,
    ) -> bool {
        let is_glued = chain.groups.get(window.first).is_some_and(|group| group.is_glued);
        let is_alone = || self.surroundings.is_alone(&chain.whole());
        let is_something_else =
            || said.nearest & words::SOMETHING_ELSE != 0 || self.surroundings.is_amount(range);
        let strict = self.options.strict;
        let may = match strength {
            Strength::Strong | Strength::Medium => true,
            Strength::Weak => (strict && is_separated) || is_alone(),
            Strength::Shape => is_separated && (strict || is_alone()),
        };
        may && !is_glued && !is_something_else() && !self.is_part_of_a_code(chain, window, range)
    }

    /// What the nearest label says of a window; what stands behind is asked for once.
    fn said_around_window(&mut self, chain: &Chain, window: &Window, range: &Range<usize>) -> Meaning {
        let said = self.said_before(chain, window.first);
        if said != Said::default() {
            return said.nearest;
        }
        let behind = match self.behind.get(window.last).copied().flatten() {
            Some(known) => known,
            None => self.surroundings.behind(range.end),
        };
        if let Some(place) = self.behind.get_mut(window.last) {
            *place = Some(behind);
        }
        behind.nearest
    }

    /// Whether other letters or digits stand directly before or behind, as in `2024-0012345678` or a UUID.
    fn is_part_of_a_code(&self, chain: &Chain, window: &Window, range: &Range<usize>) -> bool {
        if window.len() >= SPACED && window.is_all_digits() {
            // Behind a card's number its last month and its code stand.
            return window.is_separated() && chain.goes_on(window.first, window.last);
        }
        let tight = |separator: Option<usize>, neighbour: Option<usize>| {
            let separator = separator.and_then(|number| chain.separators.get(number));
            let neighbour = neighbour.and_then(|number| chain.groups.get(number));
            match separator {
                None | Some(b' ') => false,
                // A sentence's end, or that of a file's name.
                Some(b'.' | b':' | b'/') => neighbour.is_some_and(|group| group.digits > 0),
                Some(_) => true,
            }
        };
        tight(window.first.checked_sub(1), window.first.checked_sub(1))
            || tight(Some(window.last), window.last.checked_add(1))
            || self.surroundings.is_tight(range)
            || (window.is_separated() && chain.goes_on(window.first, window.last))
    }
}

/// What a number that fits is worth as it is written, and whether its separators say so. Nothing if others are written
/// so as well.
fn strength(detector: &Detector, spelt: Spelt, window: &Window) -> Option<(Strength, bool)> {
    // Cards' numbers are parted anywhere.
    let is_card = !detector.is_national && window.is_loose() && window.len() >= SPACED;
    match spelt {
        // Times in seconds look like days of birth.
        Spelt::As(strength) if window.is_time() => Some((strength.min(Strength::Weak), false)),
        Spelt::As(strength) => Some((strength, window.is_separated())),
        Spelt::Partly | Spelt::Otherwise if is_card => Some((Strength::Medium, true)),
        Spelt::Partly if window.is_uniform() => Some((Strength::Shape, true)),
        Spelt::Partly | Spelt::Otherwise => None,
    }
}
