//! The text of an identity, and of a recipient.

use vault::sealed::identity::{Identity, Recipient};

use crate::engine::{Target, Verdict, seeds};

pub const TARGET: Target = Target {
    name: "identity",
    longest: 4 * 1024,
    words: &["AGE-SECRET-KEY-1", "age1", "# ", "\n", "\r\n", " ", "q", "p", "1", "\u{feff}", "# store: "],
    seeds: || {
        let vectors = seeds::Vector::of_kind("identity");
        let recipients: Vec<Vec<u8>> =
            vectors.iter().map(|vector| vector.get("recipient").as_bytes().to_vec()).collect();
        vectors.into_iter().map(|vector| vector.body).chain(recipients).collect()
    },
    mend: None,
    check,
};

fn check(input: &[u8]) -> Verdict {
    let Ok(text) = std::str::from_utf8(input) else { return Verdict::refused(&"no text") };
    if let Ok(recipient) = text.parse::<Recipient>() {
        let printed = recipient.to_string();
        assert_eq!(printed.parse::<Recipient>().as_ref().ok(), Some(&recipient));
        assert!(printed.eq_ignore_ascii_case(text), "{text} is printed {printed}");
        return Verdict::Taken;
    }
    let identity = match Identity::from_file_text(text) {
        Ok(identity) => identity,
        Err(error) => return Verdict::refused(&error),
    };
    // It is the only one in the text, whose other lines say nothing.
    let keys: Vec<&str> =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let printed = identity.to_text();
    assert!(keys.len() == 1 && keys[0].eq_ignore_ascii_case(&printed));
    let again = Identity::from_file_text(&printed).expect("what is printed is read");
    assert_eq!((again.recipient(), again.verifying_key()), (identity.recipient(), identity.verifying_key()));
    assert!(!format!("{identity:?}").contains("SECRET"));
    Verdict::Taken
}
