//! What is no detector's: numbers that a label alone tells of, and customers who are known.

use std::ops::Range;
use std::sync::Arc;

use super::{ANY_NUMBER, Hit, LABELLED, NAMED, Scan};
use crate::redact::chain::Chain;
use crate::redact::finders::{account, birth, phone};
use crate::redact::kind::{CUSTOMER, Kind};
use crate::redact::{window, words};

/// A number that a label calls somebody's, and that fits no country's rule.
pub(in crate::redact) const ANY: Kind = Kind { id: "id-number", shown: "ID number" };

/// Digits that a label alone makes somebody's number, at least.
const LABELLED_DIGITS: usize = 7;
/// And at most.
const MOST_DIGITS: usize = 22;

impl Scan<'_> {
    /// Digits that a label calls an account's number, of whatever bank; letters and digits that one calls somebody's
    /// number, and that fit no rule: a digit too many, or too few, or another country's.
    pub(super) fn labelled_alone(&mut self, chain: &Chain) {
        for part in 0..self.parts.len() {
            let Some((first, last)) = self.parts.get(part).copied() else { break };
            let Some((range, digits)) = Self::part(chain, first, last) else { continue };
            let own = self.text.get(range.clone()).unwrap_or_default();
            let is_date = !own.bytes().all(|byte| byte.is_ascii_digit())
                && birth::at(self.text, range.start).is_some_and(|date| date.end + 1 >= range.end);
            let is_code = self.options.people.as_ref().is_some_and(|people| people.is_code(own));
            if digits < LABELLED_DIGITS || is_date || is_code {
                continue;
            }
            let said = self.said_around(chain, first, range.end).nearest;
            if said & words::IBAN != 0 {
                self.hit(range, account::ACCOUNT, LABELLED);
            } else if said & (words::NATIONAL | *words::NATIONAL_OWN) != 0 {
                self.hit(range, ANY, ANY_NUMBER);
            }
        }
    }

    /// A part's range with letters that belong to it, up to as many digits as a number has, and how many it has.
    fn part(chain: &Chain, first: usize, last: usize) -> Option<(Range<usize>, usize)> {
        let start = chain.groups.get(first)?.start;
        let (mut end, mut digits) = (start, 0);
        for group in chain.groups.get(first..=last)? {
            if digits > 0 && digits + group.digits > MOST_DIGITS {
                break;
            }
            digits += group.digits;
            end = group.end;
        }
        Some((start..end, digits))
    }

    pub(super) fn known_numbers(&mut self, chain: &Chain) {
        let Some(people) = self.options.people.clone().filter(|_| self.wants(CUSTOMER)) else { return };
        let first = self.hits.len();
        window::each_text(chain, self.text.as_bytes(), |range, compact| {
            let Some(code) = people.of_number(compact) else { return };
            let hit = Hit { range, kind: CUSTOMER, code, score: NAMED };
            // Of a phone number's beginnings the one with the zero, or else the first.
            match self
                .hits
                .get_mut(first..)
                .and_then(|own| own.iter_mut().find(|own| own.range.end == hit.range.end))
            {
                Some(known) if compact.starts_with('0') => *known = hit,
                Some(_) => {}
                None => self.hits.push(hit),
            }
        });
    }

    /// The code of the customer whose number or address it is.
    pub(super) fn code_of(&self, range: &Range<usize>, kind: Kind) -> Option<Arc<str>> {
        let people = self.options.people.as_ref()?;
        let own = self.text.get(range.clone())?;
        if kind == phone::KIND { people.of_phone(own) } else { people.of_text(own) }
    }

    /// Names and numbers of customers who are known, whether or not they look like what they are.
    pub(super) fn people(&mut self, part: Range<usize>) {
        let Some(people) = self.options.people.clone().filter(|_| self.wants(CUSTOMER)) else { return };
        for (range, code) in people.named_in(self.text.get(part.clone()).unwrap_or_default()) {
            let range = range.start + part.start..range.end + part.start;
            self.hits.push(Hit { range, kind: CUSTOMER, code, score: NAMED });
        }
    }
}
