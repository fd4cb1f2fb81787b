//! Dates behind a label of birth: in digits, or with the month's name in any language.
//!
//! A typing mistake still tells the day: the calendar is not asked.

use std::ops::Range;

use crate::redact::kind::Kind;

pub(in crate::redact) const KIND: Kind = Kind { id: "birth-date", shown: "birth date" };

/// A date is no longer, in bytes: `12 de septiembre de 1980` in letters of three bytes.
const LONGEST: usize = 80;
/// So many words stand between the day and the year: `de marzo de`.
const WORDS: usize = 3;

/// What is left of a text while it is read.
#[derive(Clone, Copy)]
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    /// The next digits, if they are as many.
    fn digits(&mut self, count: std::ops::RangeInclusive<usize>) -> Option<usize> {
        let found = self.0.bytes().take_while(u8::is_ascii_digit).count();
        count.contains(&found).then_some(())?;
        self.0 = self.0.get(found..)?;
        Some(found)
    }

    fn skip(&mut self, of: impl Fn(char) -> bool) -> &'a str {
        let end = self.0.find(|c| !of(c)).unwrap_or(self.0.len());
        let (skipped, rest) = self.0.split_at_checked(end).unwrap_or((self.0, ""));
        self.0 = rest;
        skipped
    }

    /// What parts a date's numbers, with spaces around it: one of `.`, `/`, `-`, or spaces.
    fn separator(&mut self) -> Option<()> {
        let of_one =
            |c: char| c.is_whitespace() && c != '\n' || "./-\u{2010}\u{2011}\u{2012}\u{2013}".contains(c);
        let between = self.skip(of_one);
        (!between.is_empty() && between.chars().count() <= 3).then_some(())
    }
}

/// Reads a date of one form to its end.
type Form = fn(&mut Rest<'_>) -> Option<()>;

/// The date whose first digit stands there. A month's name before it belongs to it.
pub(in crate::redact) fn at(text: &str, first: usize) -> Option<Range<usize>> {
    let end = text.floor_char_boundary(first.saturating_add(LONGEST).min(text.len()));
    let rest = text.get(first..end)?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if let Some(range) = (digits <= 2).then(|| after_month(text, first, rest)).flatten() {
        return Some(range);
    }
    let forms: &[Form] = match digits {
        1 | 2 => &[numeric, with_words],
        4 => &[year_first, by_signs],
        _ => &[in_one],
    };
    let length = forms.iter().find_map(|form| {
        let mut left = Rest(rest);
        form(&mut left)?;
        Some(rest.len() - left.0.len())
    })?;
    ends(text, first + length).then_some(first..first + length)
}

/// `March 12, 1980`, with its month: that goes before a word behind the day.
fn after_month(text: &str, first: usize, rest: &str) -> Option<Range<usize>> {
    let mut left = Rest(rest);
    month_first(&mut left)?;
    let before = text.get(..first)?.trim_end_matches([' ', '.', '\u{a0}']);
    let name = before.chars().rev().take_while(|c| c.is_alphabetic()).take(LONGEST);
    let name = name.map(char::len_utf8).sum::<usize>();
    let end = first + rest.len() - left.0.len();
    (name > 2 && ends(text, end)).then_some(before.len() - name..end)
}

/// Whether a number ends there.
fn ends(text: &str, at: usize) -> bool {
    !text.get(at..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// `12.03.1980`, `12. 3. 80`, `12 / 03 / 1980`.
fn numeric(rest: &mut Rest<'_>) -> Option<()> {
    rest.digits(1..=2)?;
    rest.separator()?;
    rest.digits(1..=2)?;
    rest.separator()?;
    let year = rest.digits(2..=4)?;
    (year != 3).then_some(())
}

/// `1980-03-12`, `1980. március 12`.
fn year_first(rest: &mut Rest<'_>) -> Option<()> {
    rest.digits(4..=4)?;
    rest.separator()?;
    if rest.digits(1..=2).is_none() {
        let name = rest.skip(char::is_alphabetic);
        (name.chars().count() > 2).then_some(())?;
    }
    rest.separator()?;
    rest.digits(1..=2)?;
    Some(())
}

/// `1980年3月12日`, `1980년 3월 12일`.
fn by_signs(rest: &mut Rest<'_>) -> Option<()> {
    let sign = |rest: &mut Rest<'_>, signs: [char; 2]| {
        rest.0 = rest.0.strip_prefix(signs)?.trim_start_matches(' ');
        Some(())
    };
    rest.digits(4..=4)?;
    sign(rest, ['年', '년'])?;
    rest.digits(1..=2)?;
    sign(rest, ['月', '월'])?;
    rest.digits(1..=2)?;
    rest.0 = rest.0.strip_prefix(['日', '일'])?;
    Some(())
}

/// `12 March 1980`, `12th of March, 80`, `12. března 1980`, `12-Mar-1980`, `12 de marzo de 1980`.
fn with_words(rest: &mut Rest<'_>) -> Option<()> {
    rest.digits(1..=2)?;
    let between = |c: char| " .,-/\u{a0}\u{ba}".contains(c);
    let mut words = 0;
    loop {
        if rest.skip(between).chars().count() > 3 || words > WORDS {
            return None;
        }
        if rest.digits(4..=4).or_else(|| rest.digits(2..=2)).is_some() {
            return (words > 0).then_some(());
        }
        let word = rest.skip(char::is_alphabetic);
        (!word.is_empty()).then_some(())?;
        // "12th" has its word, which is no month.
        words += 1;
    }
}

/// `19800312`, `800312`.
fn in_one(rest: &mut Rest<'_>) -> Option<()> {
    rest.digits(8..=8).or_else(|| rest.digits(6..=6)).map(|_| ())
}

/// What follows a month: `12, 1980`, `12th, 1980`.
fn month_first(rest: &mut Rest<'_>) -> Option<()> {
    rest.digits(1..=2)?;
    rest.skip(|c| c.is_ascii_lowercase());
    let between = rest.skip(|c| " ,.\u{a0}".contains(c));
    (!between.is_empty() && between.chars().count() <= 3).then_some(())?;
    rest.digits(4..=4)?;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<&str> {
        let digits = text.match_indices(|c: char| c.is_ascii_digit()).map(|(at, _)| at);
        let mut first = digits.filter(|at| !text[..*at].ends_with(|c: char| c.is_ascii_digit()));
        first.find_map(|first| text.get(at(text, first)?))
    }

    #[test]
    fn a_date_is_found_in_digits_and_with_a_months_name() {
        for date in [
            "1980-03-12",
            "12/03/1980",
            "12.3.80",
            "12 03 1980",
            "19800312",
            "800312",
            "12 March 1980",
            "12 March 80",
            "March 12, 1980",
            "March 12th, 1980",
            "12 de marzo de 1980",
            "12 березня 1980",
            "12. března 1980",
            "12. 3. 1980",
            "12-Mar-1980",
            "12/Mar/1980",
            "12Mar1980",
            "12 / 03 / 1980",
            "1980. március 12",
            "1980年3月12日",
            "1980년 3월 12일",
            "12th of March 1980",
            "8989-08-06",
        ] {
            assert_eq!(found(&format!("x: {date}, y")), Some(date));
        }
        for none in ["1980", "in Kyiv 1980", "7 12", "1234567", "12 of them", "1.5"] {
            assert_eq!(found(none), None, "{none}");
        }
    }

    #[test]
    fn a_text_of_many_years_is_read_in_time_that_grows_with_its_length() {
        assert_eq!(found(&"1980年 ".repeat(20_000)), None);
    }
}
