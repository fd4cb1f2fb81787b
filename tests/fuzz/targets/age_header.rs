//! A sealed file: the scan of its header, opening it whole, and opening it to be read at any place.

use std::sync::{Arc, LazyLock};

use vault::sealed::age_file::{self, HEADER_LIMIT, OpenError, SealedReader};
use vault::sealed::identity::Identity;
use vault::sealed::record;

use crate::engine::seeds::Vector;
use crate::engine::{Target, Verdict};
use crate::support::{Sheet, identity};

pub const TARGET: Target = Target {
    name: "age_header",
    longest: 3 * HEADER_LIMIT,
    words: &[
        "age-encryption.org/v1\n",
        "-> X25519 ",
        "-> scrypt ",
        "-> x-grease ",
        "\n--- ",
        "\n-> ",
        "-",
        "\n\n",
        "\n",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
        "=",
        " 18446744073709551615",
    ],
    seeds,
    mend: None,
    check,
};

static IDENTITY: LazyLock<(Identity, age::x25519::Identity)> = LazyLock::new(|| {
    let text = Vector::named("log-good").get("group identity").to_owned();
    (identity(&text), text.parse().unwrap())
});

/// What the seeds that open hold: nobody without a key can make others.
static PLAINTEXTS: LazyLock<Vec<Vec<u8>>> =
    LazyLock::new(|| seeds().iter().filter_map(|seed| Some(IDENTITY.0.open(seed).ok()?.to_vec())).collect());

/// The sealed parts of the records in the vector, and files sealed with a passphrase.
fn seeds() -> Vec<Vec<u8>> {
    let log = Vector::named("log-good").body;
    let marks: Vec<usize> = log
        .windows(record::MARK.len())
        .enumerate()
        .filter(|(_, bytes)| bytes == record::MARK)
        .map(|(at, _)| at)
        .chain([log.len()])
        .collect();
    let sealed = marks.windows(2).map(|ends| {
        let record = &log[ends[0]..ends[1]];
        record[record::parse(record).unwrap().length..].to_vec()
    });
    sealed.chain([Vector::named("identity-file-good").body]).collect()
}

fn check(input: &[u8]) -> Verdict {
    let factor = age_file::scrypt_work_factor(input);
    let whole = IDENTITY.0.open(input);
    let sheet = Sheet::new(input);
    let read = SealedReader::open(Arc::new(sheet.clone()), &IDENTITY.1, 2);
    // All three ways refuse a header for the same reason, and none reads on where it is too long.
    let too_long = |error: Option<&OpenError>| matches!(error, Some(OpenError::HeaderTooLong));
    let not_age = |error: Option<&OpenError>| matches!(error, Some(OpenError::NotAge));
    for refused in [too_long, not_age] {
        assert_eq!(refused(factor.as_ref().err()), refused(whole.as_ref().err()));
        assert_eq!(refused(factor.as_ref().err()), refused(read.as_ref().err()));
    }
    if too_long(whole.as_ref().err()) || not_age(whole.as_ref().err()) {
        assert!(sheet.furthest() <= HEADER_LIMIT as u64, "read up to {}", sheet.furthest());
    }
    let plaintext = match whole {
        Ok(plaintext) => plaintext,
        Err(error) => {
            if let Ok(mut reader) = read {
                let mut bytes = vec![0; usize::try_from(reader.length()).unwrap()];
                assert!(reader.read_at(&mut bytes, 0).is_err(), "what does not open whole was read: {error}");
            }
            return Verdict::refused(&error);
        }
    };
    assert!(PLAINTEXTS.contains(&plaintext), "something else opened than was sealed");
    let mut reader = read.expect("what opens whole opens to be read");
    assert_eq!(reader.length(), plaintext.len() as u64);
    for at in [0, plaintext.len() / 2, plaintext.len(), usize::MAX] {
        let mut bytes = [0; 7];
        let count = reader.read_at(&mut bytes, at as u64).expect("what opens whole is read at any place");
        assert_eq!(&bytes[..count], plaintext.get(at..).map_or(&[][..], |rest| &rest[..count]));
    }
    Verdict::Taken
}
