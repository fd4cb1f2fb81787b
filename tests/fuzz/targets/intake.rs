//! What others sealed for the group, with and without armor, opened from its beginning to its end.

use std::io::Read as _;
use std::sync::{Arc, LazyLock};

use vault::group::intake::{IntakeKeys, Opened};
use vault::sealed::age_file::{ARMOR_BEGIN, HEADER_LIMIT};
use vault::sealed::identity::Identity;

use crate::engine::seeds::Vector;
use crate::engine::{Target, Verdict};
use crate::support::{Sheet, identity};

pub const TARGET: Target = Target {
    name: "intake",
    longest: 3 * HEADER_LIMIT,
    words: &[
        "age-encryption.org/v1\n",
        "-> X25519 ",
        "-> scrypt ",
        "\n--- ",
        "-----BEGIN AGE ENCRYPTED FILE-----\n",
        "-----BEGIN AGE ENCRYPTED FILE-----\r\n",
        "-----END AGE ENCRYPTED FILE-----",
        "\r\n",
        "\n",
        "=",
        "==\n",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
    ],
    seeds,
    mend: None,
    check,
};

static IDENTITY: LazyLock<Identity> =
    LazyLock::new(|| identity(Vector::named("log-good").get("group identity")));

/// What the seeds hold: nobody without a key can make others, nor does anybody who knows them.
static PLAINTEXTS: [&[u8]; 2] = [b"{\"name\":\"Ana\"}\n", b""];

fn seeds() -> Vec<Vec<u8>> {
    let sealed = PLAINTEXTS.map(|plaintext| IDENTITY.recipient().seal(plaintext).unwrap());
    let armored = sealed.clone().map(|sealed| armored(&sealed));
    sealed.into_iter().chain(armored).chain([Vector::named("identity-file-good").body]).collect()
}

fn armored(bytes: &[u8]) -> Vec<u8> {
    let text = data_encoding::BASE64.encode(bytes);
    let lines: Vec<u8> = text.as_bytes().chunks(64).flat_map(|line| [line, b"\n"].concat()).collect();
    [ARMOR_BEGIN, b"\n", &lines, b"-----END AGE ENCRYPTED FILE-----\n"].concat()
}

fn check(input: &[u8]) -> Verdict {
    let keys = IntakeKeys::of(vec![Identity::generate(), IDENTITY.clone()]);
    let mut opened = match Opened::open(Arc::new(Sheet::new(input)), &keys) {
        Ok(opened) => opened,
        Err(error) => return Verdict::refused(&error),
    };
    assert!(opened.length() <= input.len() as u64, "{} bytes of {}", opened.length(), input.len());
    let mut plaintext = Vec::new();
    match opened.read_to_end(&mut plaintext) {
        Ok(_) => {
            assert!(PLAINTEXTS.contains(&&*plaintext), "something else opened than was sealed");
            Verdict::Taken
        }
        Err(error) => Verdict::refused(&error),
    }
}
