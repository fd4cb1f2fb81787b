//! A person's identity file, sealed with a passphrase; the sealed text, where the input is no age file.

use vault::sealed::age_file::{self, HEADER_LIMIT};
use vault::sealed::passphrase::{self, Passphrase, WorkFactor};
use vault::store::staff_file::{self, StaffFileError};
use zeroize::Zeroizing;

use crate::engine::seeds::Vector;
use crate::engine::{Target, Verdict, seeds};

pub const TARGET: Target = Target {
    name: "identity_file",
    longest: HEADER_LIMIT + 4096,
    words: &[
        "-> scrypt ",
        " 2\n",
        " 02\n",
        " +2\n",
        " 12\n",
        "-> X25519 ",
        "-> x-grease a\n\n",
        "\n--- ",
        "age-encryption.org/v1\n",
        "\n",
        "# store: ",
    ],
    seeds: || {
        let good = Vector::named("identity-file-good");
        let alice = Vector::named("identity-alice").body;
        let text =
            [b"# vault identity of alice (1)\n# store: ", good.get("store").as_bytes(), b"\n", &alice, b"\n"]
                .concat();
        seeds::of_vectors("identity file").into_iter().chain([text]).collect()
    },
    mend: None,
    check,
};

/// No seed asks for more, and what takes seconds by right would look slow.
const HIGHEST: u8 = 8;

fn check(input: &[u8]) -> Verdict {
    let vector = Vector::named("identity-file-good");
    let passphrase = Passphrase::new(Zeroizing::new(vector.get("passphrase").to_owned()));
    let store = vector.get("store").parse().unwrap();
    let lowest = WorkFactor::for_tests(2);
    let sealed = match std::str::from_utf8(input) {
        Ok(text) if !text.starts_with("age-") => passphrase::seal(&passphrase, lowest, input).unwrap(),
        _ => input.to_vec(),
    };
    let factor = age_file::scrypt_work_factor(&sealed);
    if factor.as_ref().is_ok_and(|factor| *factor > HIGHEST && *factor <= WorkFactor::HIGHEST.log_n()) {
        return Verdict::refused(&"a work factor that takes long");
    }
    match staff_file::open(&sealed, &store, &passphrase, lowest) {
        Ok(identity) => {
            assert!(
                factor.is_ok_and(|factor| factor >= lowest.log_n()),
                "opened at a work factor that is too cheap"
            );
            let opened = passphrase::open(&passphrase, lowest, &sealed).unwrap();
            let text = std::str::from_utf8(&opened).unwrap();
            assert_eq!(text.lines().filter(|line| *line == format!("# store: {store}")).count(), 1);
            assert!(text.to_ascii_uppercase().contains(identity.to_text().as_str()));
            Verdict::Taken
        }
        Err(StaffFileError::Unlock(error)) => Verdict::refused(&error),
        Err(error) => Verdict::refused(&error),
    }
}
