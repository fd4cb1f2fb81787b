//! What must not be found, and the search for it: any 12 bytes of a secret, plain or in another form.

use std::collections::BTreeSet;

use aho_corasick::AhoCorasick;
use data_encoding::{BASE64, BASE64URL, HEXLOWER};

/// A stretch of a secret of so many bytes gives it away; of a shorter one, the whole.
const STRETCH: usize = 12;
/// The shortest secret that chance does not write: a date.
const SHORTEST: usize = 10;

/// What a secret is, which says where it may be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Typed at a hidden prompt; shown nowhere.
    Passphrase,
    /// An identity's secret, or what is derived from it; shown nowhere.
    Key,
    /// Of a customer, and words that were searched for.
    Record,
    /// What the access log keeps: reasons, codes, names of fields.
    Logged,
    /// What the program made and showed once: a recovery sheet, a generated passphrase.
    Shown,
    /// What an owner wrote about a person.
    StaffNote,
}

/// A secret.
#[derive(Debug, Clone)]
pub struct Canary {
    /// What it is.
    pub kind: Kind,
    /// What a transcript calls it; a message never holds the secret itself.
    pub name: String,
    bytes: Vec<u8>,
}

/// A secret that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// How it was written.
    pub form: &'static str,
}

/// Secrets that are searched for together.
pub struct Canaries {
    matcher: AhoCorasick,
    /// To whom each pattern belongs, and what form it has.
    patterns: Vec<(usize, &'static str)>,
    secrets: Vec<Canary>,
}

impl Canary {
    /// A secret of this kind, long enough that chance does not write it.
    pub fn new(kind: Kind, name: &str, secret: impl AsRef<[u8]>) -> Self {
        let bytes = secret.as_ref().to_vec();
        assert!(bytes.len() >= SHORTEST, "the canary {name} is too short");
        Self { kind, name: name.to_owned(), bytes }
    }

    /// Its stretches, as they stand and without what people put between signs.
    fn stretches(&self) -> BTreeSet<Vec<u8>> {
        let bare: Vec<u8> = self.bytes.iter().copied().filter(|byte| !matches!(byte, b' ' | b'-')).collect();
        let texts = [&self.bytes, &bare].into_iter().filter(|text| text.len() >= SHORTEST);
        texts.flat_map(|text| text.windows(STRETCH.min(text.len())).map(<[u8]>::to_vec)).collect()
    }
}

/// A stretch in every form that is looked for.
fn forms(stretch: &[u8]) -> Vec<(Vec<u8>, &'static str)> {
    let reversed = stretch.iter().rev().copied().collect();
    let wide = |zero_first: bool| {
        stretch.iter().flat_map(|byte| if zero_first { [0, *byte] } else { [*byte, 0] }).collect()
    };
    let mut forms = vec![
        (stretch.to_vec(), "plain"),
        (reversed, "reversed"),
        (wide(false), "UTF-16"),
        (wide(true), "UTF-16, big-endian"),
        (HEXLOWER.encode(stretch).into_bytes(), "hexadecimal"),
    ];
    // Within a longer text a stretch begins at any of three places; the signs at its ends hold others' bits.
    for before in 0..3 {
        let whole = [&vec![0; before], stretch].concat();
        let (from, to) = ((before * 8).div_ceil(6), whole.len() * 8 / 6);
        for (encoding, form) in [(BASE64, "Base64"), (BASE64URL, "Base64 of URLs")] {
            forms.push((encoding.encode(&whole).as_bytes()[from..to].to_vec(), form));
        }
    }
    forms
}

impl Canaries {
    /// Prepares the search.
    pub fn new(secrets: Vec<Canary>) -> Self {
        let (mut texts, mut patterns) = (Vec::new(), Vec::new());
        for (index, canary) in secrets.iter().enumerate() {
            for (text, form) in canary.stretches().iter().flat_map(|stretch| forms(stretch)) {
                texts.push(text);
                patterns.push((index, form));
            }
        }
        let matcher = AhoCorasick::builder().ascii_case_insensitive(true).build(&texts).unwrap();
        Self { matcher, patterns, secrets }
    }

    /// Which secrets stand in `bytes`, in any case of letters.
    pub fn find(&self, bytes: &[u8]) -> BTreeSet<Found> {
        let found = self.matcher.find_overlapping_iter(bytes).map(|hit| {
            let (index, form) = self.patterns[hit.pattern().as_usize()];
            let Canary { kind, name, .. } = &self.secrets[index];
            Found { kind: *kind, name: name.clone(), form }
        });
        found.collect()
    }

    /// How many secrets there are.
    pub fn len(&self) -> usize {
        self.secrets.len()
    }
}
