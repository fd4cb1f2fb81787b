//! Account numbers: IBANs (ISO 13616-1, SWIFT IBAN Registry) wherever they stand, others by a label.

use std::ops::Range;

use zeroize::Zeroizing;

use crate::identifier::iban;
use crate::redact::chain::separator;
use crate::redact::kind::Kind;

pub(in crate::redact) const IBAN: Kind = Kind { id: "iban", shown: "IBAN" };
pub(in crate::redact) const ACCOUNT: Kind = Kind { id: "account", shown: "account" };

/// An IBAN that was begun and not ended is one from so many characters on, where a label says so.
const MISTYPED: usize = 12;

/// What may be an IBAN that begins there.
#[derive(Debug)]
pub(in crate::redact) struct Written {
    pub range: Range<usize>,
    /// Whether it is as long as its country's numbers are, built like them, and its check digits fit.
    pub fits: bool,
}

/// What begins with a country and two digits there. A line may break within it.
pub(in crate::redact) fn iban_at(text: &str, start: usize) -> Option<Written> {
    let bytes = text.as_bytes();
    let mut compact = Zeroizing::new(String::with_capacity(40));
    let (mut at, mut end, mut last_group) = (start, start, None);
    let wanted = |compact: &str| compact.get(..2).and_then(iban::length);
    let mut length = None;
    while let Some(byte) = bytes.get(at) {
        if byte.is_ascii_alphanumeric() {
            compact.push(char::from(byte.to_ascii_uppercase()));
            at += 1;
            end = at;
            match compact.len() {
                2 => length = Some(wanted(&compact)?),
                4 if !compact.get(2..)?.bytes().all(|byte| byte.is_ascii_digit()) => return None,
                _ => {}
            }
            if Some(compact.len()) == length {
                break;
            }
            continue;
        }
        // Between groups: where what was read might end if the number is mistyped.
        last_group = Some((end, compact.len()));
        let Some(gap) = bytes.get(at..).and_then(gap) else { break };
        at += gap;
        if !bytes.get(at).is_some_and(u8::is_ascii_alphanumeric) {
            break;
        }
    }
    let ends = !bytes.get(end).is_some_and(u8::is_ascii_alphanumeric);
    if ends && Some(compact.len()) == length {
        let fits = iban::is_of_its_country(&compact) && iban::fits(&compact);
        return Some(Written { range: start..end, fits });
    }
    let (end, length) = if ends { (end, compact.len()) } else { last_group? };
    (length >= MISTYPED).then_some(Written { range: start..end, fits: false })
}

/// How long what parts two groups is: one separator, or a line's end with what indents the next.
pub(super) fn gap(rest: &[u8]) -> Option<usize> {
    if let Some((b' ' | b'-' | b'.' | b'/', length)) = separator(rest) {
        let behind = rest.get(length..)?;
        return Some(length + if behind.starts_with(b"\n") { gap(behind)? } else { 0 });
    }
    let behind = rest.strip_prefix(b"\r").unwrap_or(rest).strip_prefix(b"\n")?;
    let indent = behind.iter().take_while(|byte| **byte == b' ' || **byte == b'\t' || **byte == b'>').count();
    Some(rest.len() - behind.len() + indent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<(&str, bool)> {
        let written = iban_at(text, 0)?;
        Some((text.get(written.range)?, written.fits))
    }

    #[test]
    fn an_iban_ends_where_its_countrys_length_does() {
        assert_eq!(found("GB82 WEST 1234 5698 7654 32 GBP"), Some(("GB82 WEST 1234 5698 7654 32", true)));
        assert_eq!(found("de89370400440532013000, x"), Some(("de89370400440532013000", true)));
        assert_eq!(
            found("SE45 5000 0000\n  0583 9825 7466"),
            Some(("SE45 5000 0000\n  0583 9825 7466", true))
        );
        assert_eq!(found("DE8937040044053201300099"), None);
        assert_eq!(found("XX12 3456"), None);
        assert_eq!(found("DEAR 1234"), None);
    }

    #[test]
    fn a_mistyped_one_is_told_from_what_follows() {
        assert_eq!(found("DE88 3704 0044 0532 0130 00"), Some(("DE88 3704 0044 0532 0130 00", false)));
        assert_eq!(found("DE89 3704 0044 0532 013, now"), Some(("DE89 3704 0044 0532 013", false)));
    }
}
