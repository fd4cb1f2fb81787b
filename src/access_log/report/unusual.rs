//! Who read unusually many: the rule, in one place.
//!
//! A *person-day* is one person on one day, if at least one record was shown to them. It is unusual when at
//! least [`LEAST`] records were shown and more than [`TIMES`] times the median of all other person-days of
//! the report. The median, and of the others, because one enormous day must not hide itself, nor others, in
//! the measure that it is held against; [`LEAST`], because where three records a day are usual, a morning at
//! the counter is no suspicion. With fewer than [`OTHERS`] other person-days nothing can be called usual, so
//! nothing is called unusual either, and the report says so.

use jiff::civil::Date;

/// Fewer records than this are never unusual.
pub const LEAST: u64 = 20;
/// So many times the median of the others is still usual.
pub const TIMES: u64 = 3;
/// So many other person-days it takes to tell what is usual.
pub const OTHERS: usize = 5;

/// One person's day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonDay<'a> {
    /// Who.
    pub person: &'a str,
    /// When.
    pub date: Date,
    /// Records shown.
    pub shown: u64,
    /// Different customers.
    pub customers: u64,
    /// Twice the median of all other person-days, so that it is whole; nothing when these are too few.
    twice_median: Option<u64>,
}

impl PersonDay<'_> {
    /// By the rule of this module.
    pub fn is_unusual(&self) -> bool {
        let more = |twice: u64| self.shown.saturating_mul(2) > twice.saturating_mul(TIMES);
        self.shown >= LEAST && self.twice_median.is_some_and(more)
    }

    /// The median of all other person-days, in words: `7` or `7.5`.
    pub fn median_of_others(&self) -> Option<String> {
        let twice = self.twice_median?;
        Some(format!("{}{}", twice / 2, if twice % 2 == 1 { ".5" } else { "" }))
    }
}

/// All person-days, compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison<'a> {
    /// Those with the most records first, then the newest.
    pub days: Vec<PersonDay<'a>>,
}

impl<'a> Comparison<'a> {
    /// Whether there are enough person-days to tell what is usual.
    pub fn is_possible(&self) -> bool {
        self.days.len() > OTHERS
    }

    /// The unusual ones, in their order.
    pub fn unusual(&self) -> impl Iterator<Item = &PersonDay<'a>> {
        self.days.iter().filter(|day| day.is_unusual())
    }
}

/// Compares person-days: name, day, records shown, different customers.
pub fn compare<'a>(days: impl Iterator<Item = (&'a str, Date, u64, u64)>) -> Comparison<'a> {
    let shown_to = days.filter(|(_, _, shown, _)| *shown > 0);
    let mut days: Vec<PersonDay<'a>> = shown_to
        .map(|(person, date, shown, customers)| PersonDay {
            person,
            date,
            shown,
            customers,
            twice_median: None,
        })
        .collect();
    days.sort_by(|one, other| {
        (other.shown, other.date, one.person).cmp(&(one.shown, one.date, other.person))
    });
    let sorted: Vec<u64> = days.iter().map(|day| day.shown).collect();
    if sorted.len() > OTHERS {
        for (place, day) in days.iter_mut().enumerate() {
            day.twice_median = Some(twice_median_but(&sorted, place));
        }
    }
    Comparison { days }
}

/// Twice the median of sorted numbers, that at `place` left out.
fn twice_median_but(sorted: &[u64], place: usize) -> u64 {
    let others = sorted.len() - 1;
    let other = |index: usize| sorted[if index < place { index } else { index + 1 }];
    if others % 2 == 1 {
        other(others / 2).saturating_mul(2)
    } else {
        other(others / 2 - 1).saturating_add(other(others / 2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(days: &[(&'static str, i8, u64)]) -> Comparison<'static> {
        compare(
            days.iter()
                .map(|(person, day, shown)| (*person, jiff::civil::date(2026, 11, *day), *shown, *shown)),
        )
    }

    fn unusual(days: &[(&'static str, i8, u64)]) -> Vec<(&'static str, i8)> {
        compared(days).unusual().map(|day| (day.person, day.date.day())).collect()
    }

    #[test]
    fn a_day_of_more_than_three_times_the_others_median_is_unusual() {
        let mut days = vec![("ann", 1, 8), ("ann", 2, 9), ("ben", 1, 10), ("ben", 2, 7), ("ben", 3, 8)];
        days.push(("ann", 3, 24));
        assert_eq!(unusual(&days), [], "three times as many is still usual");
        days.pop();
        days.push(("ann", 3, 25));
        assert_eq!(unusual(&days), [("ann", 3)]);
        let compared = compared(&days);
        assert_eq!(compared.days[0].median_of_others().as_deref(), Some("8"));
    }

    #[test]
    fn nothing_is_unusual_where_there_is_too_little_to_compare() {
        for few in [&[][..], &[("ann", 1, 5000)], &[("ann", 1, 1), ("ann", 2, 1), ("ann", 3, 900)]] {
            assert!(!compared(few).is_possible() && unusual(few).is_empty());
        }
        let five = [("ann", 1, 1), ("ann", 2, 1), ("ann", 3, 1), ("ann", 4, 1), ("ann", 5, 900)];
        assert!(!compared(&five).is_possible() && unusual(&five).is_empty());
    }

    #[test]
    fn one_person_alone_is_held_against_their_own_days() {
        let days =
            [("ann", 1, 4), ("ann", 2, 5), ("ann", 3, 60), ("ann", 4, 4), ("ann", 5, 6), ("ann", 6, 5)];
        assert_eq!(unusual(&days), [("ann", 3)]);
    }

    #[test]
    fn days_that_are_all_alike_are_usual_however_busy() {
        let days: Vec<_> = (1..=20).map(|day| ("ann", day, 500)).collect();
        assert_eq!(unusual(&days), []);
        let median = compared(&days).days[7].median_of_others();
        assert_eq!(median.as_deref(), Some("500"));
    }

    #[test]
    fn a_few_records_are_usual_where_next_to_none_are() {
        let mut days: Vec<_> = (1..=8).map(|day| ("ann", day, 1)).collect();
        days.push(("ben", 9, 19));
        assert_eq!(unusual(&days), []);
        days.push(("ben", 10, 20));
        assert_eq!(unusual(&days), [("ben", 10)]);
    }

    #[test]
    fn days_on_which_nothing_was_shown_do_not_make_others_unusual() {
        let mut days: Vec<_> = (1..=20).map(|day| ("olga", day, 0)).collect();
        days.extend((1..=6).map(|day| ("ann", day, 30)));
        assert_eq!(unusual(&days), []);
        assert_eq!(compared(&days).days.len(), 6);
    }

    #[test]
    fn several_enormous_days_do_not_hide_one_another() {
        let mut days: Vec<_> = (1..=10).map(|day| ("ann", day, 10)).collect();
        days.extend((1..=4).map(|day| ("ben", day, 400)));
        assert_eq!(unusual(&days).len(), 4);
    }

    #[test]
    fn the_median_without_one_is_that_of_the_others() {
        let sorted = [9, 7, 6, 4, 2, 1];
        for place in 0..sorted.len() {
            let mut others = sorted.to_vec();
            others.remove(place);
            assert_eq!(twice_median_but(&sorted, place), 2 * others[2]);
        }
        assert_eq!(twice_median_but(&[9, 7, 6, 4, 1], 4), 13);
        let half = compared(&[
            ("a", 1, 9),
            ("a", 2, 7),
            ("a", 3, 6),
            ("a", 4, 4),
            ("a", 5, 4),
            ("a", 6, 4),
            ("a", 7, 1),
        ]);
        assert_eq!(half.days[6].median_of_others().as_deref(), Some("5"));
        assert_eq!(half.days[4].median_of_others().as_deref(), Some("5"));
        let huge = compared(&[("a", 1, u64::MAX); 7]);
        assert!(huge.days.iter().all(|day| !day.is_unusual()));
    }
}
