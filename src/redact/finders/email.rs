//! E-mail addresses (RFC 5322, 3.4.1; RFC 6531 for letters of all scripts).

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use crate::redact::kind::Kind;

pub(in crate::redact) const KIND: Kind = Kind { id: "email", shown: "e-mail" };

/// Longest domain, in bytes (RFC 5321, 4.5.3.1.2).
const DOMAIN: usize = 255;

/// The address around an `@`.
pub(in crate::redact) fn around(text: &str, at: usize) -> Option<Range<usize>> {
    let (local, domain) = (local_part(text.get(..at)?), domain(text.get(at + 1..)?));
    (local > 0).then_some(())?;
    Some(at - local..at + 1 + domain?)
}

/// How long the local part is that ends there. However long it is, all of it goes.
fn local_part(before: &str) -> usize {
    let of_one = |c: char| c.is_alphanumeric() || is_combining_mark(c) || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let taken: usize = before.chars().rev().take_while(|c| of_one(*c)).map(char::len_utf8).sum();
    let local = before.get(before.len() - taken..).unwrap_or_default();
    // What is before it in a path, a query or a quotation.
    let local = local.rsplit(['/', '=', '?', '&', '|', '\'', '`']).next().unwrap_or_default();
    let local = local.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '_' && c != '+');
    if local.ends_with('.') { 0 } else { local.len() }
}

/// How long a domain with a top-level one is that stands there.
fn domain(behind: &str) -> Option<usize> {
    let of_one = |c: char| c.is_alphanumeric() || is_combining_mark(c) || c == '-';
    let (mut length, mut longest) = (0, None);
    for label in behind.split('.') {
        let end = label.find(|c| !of_one(c)).unwrap_or(label.len());
        let own = label.get(..end)?.trim_end_matches('-');
        if own.is_empty() || own.starts_with('-') || length > DOMAIN {
            break;
        }
        // "org-2" ends with what is no more of it.
        let top = if own.starts_with("xn--") { own } else { own.split('-').next().unwrap_or_default() };
        let is_top = own.starts_with("xn--")
            || (top.chars().nth(1).is_some()
                && top.chars().all(|c| c.is_alphabetic() || is_combining_mark(c)));
        if length > 0 && is_top {
            longest = Some(length + top.len());
        }
        if own.len() < label.len() {
            break;
        }
        length += label.len() + 1;
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<&str> {
        text.get(around(text, text.find('@')?)?)
    }

    #[test]
    fn a_long_local_part_goes_whole_and_nothing_with_it() {
        let local = "é".repeat(33) + "a";
        assert_eq!(
            found(&format!("Hello {local}@example.org")),
            Some(format!("{local}@example.org").as_str())
        );
    }

    #[test]
    fn an_address_is_found_without_what_stands_around_it() {
        for (text, address) in [
            ("to <anna.lind+x@mail.example.org>, please", "anna.lind+x@mail.example.org"),
            ("Write to info@example.com.", "info@example.com"),
            ("'olena@пошта.укр'", "olena@пошта.укр"),
            ("user@xn--80ak6aa92e.com", "user@xn--80ak6aa92e.com"),
            ("anna@example.org...thanks", "anna@example.org"),
            ("anna@example.org-2", "anna@example.org"),
            ("user=anna@example.org", "anna@example.org"),
            ("name='o@example.org'", "o@example.org"),
            ("mailto:a@b.se?subject=x", "a@b.se"),
        ] {
            assert_eq!(found(text), Some(address), "{text}");
        }
        for none in ["info@presidio.", "@home", "a @ b.se", "x@localhost", "5 @ 3.50", "a.@b..se"] {
            assert_eq!(found(none), None, "{none}");
        }
    }
}
