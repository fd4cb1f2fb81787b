//! The secret keys of a store, from the sealed files that its commands wrote: whoever knows the passphrases
//! opens them, one after the other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hkdf::Hkdf;
use sha2::Sha256;
use vault::sealed::identity::Identity;
use vault::sealed::passphrase::{Passphrase, WorkFactor, open};
use zeroize::Zeroizing;

use super::canary::{Canary, Kind};

/// How age's identities begin.
const IDENTITY: &str = "AGE-SECRET-KEY-1";
/// The letters of Bech32 (BIP 173), each five bits.
const BECH32: &[u8] = b"QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L";
/// The letters at its end that are a checksum.
const CHECKSUM: usize = 6;

/// Whether a file holds keys and nothing else: `staff/NAME.N.age` and `…/keys/EPOCH/NAME.age`.
pub fn is_key_file(path: &Path) -> bool {
    let folders: Vec<&str> = path.iter().rev().skip(1).filter_map(|name| name.to_str()).collect();
    let in_keys = folders.get(1) == Some(&"keys") || folders.first() == Some(&"staff");
    in_keys && path.to_string_lossy().contains(".age")
}

/// Opens every key file that was written, and gives the secrets in them; names a file that does not open.
pub fn secrets(files: &[(PathBuf, Vec<u8>)], passphrases: &[String]) -> Result<Vec<Canary>, String> {
    let mut known: BTreeMap<String, PathBuf> = BTreeMap::new();
    let (staff, mut closed): (Vec<_>, Vec<_>) =
        files.iter().partition(|(path, _)| path.parent().is_some_and(|folder| folder.ends_with("staff")));
    for (path, sealed) in staff {
        let opened = passphrases.iter().find_map(|passphrase| {
            let passphrase = Passphrase::new(Zeroizing::new(passphrase.clone()));
            open(&passphrase, WorkFactor::for_tests(1), sealed).ok()
        });
        let text = opened.ok_or_else(|| format!("no passphrase opens {}", path.display()))?;
        note(path, &text, &mut known);
    }
    // An identity opens key files, which hold identities.
    let mut before = 0;
    while known.len() > before {
        before = known.len();
        let identities: Vec<Identity> =
            known.keys().map(|text| Identity::from_file_text(text).unwrap()).collect();
        closed.retain(|(path, sealed)| {
            let opened = identities.iter().find_map(|identity| identity.open(sealed).ok());
            opened.inspect(|text| note(path, text, &mut known)).is_none()
        });
    }
    if let Some((path, _)) = closed.first() {
        return Err(format!("no identity opens {}", path.display()));
    }
    Ok(known.iter().flat_map(|(text, path)| canaries(text, path)).collect())
}

fn note(path: &Path, text: &[u8], known: &mut BTreeMap<String, PathBuf>) {
    let text = String::from_utf8_lossy(text);
    let identities = text.lines().filter(|line| line.starts_with(IDENTITY));
    known.extend(identities.map(|line| (line.to_owned(), path.to_owned())));
}

/// An identity as text and as bytes, and the seed of the signing key that is derived from it.
fn canaries(text: &str, path: &Path) -> [Canary; 3] {
    let mut seed = [0; 32];
    Hkdf::<Sha256>::new(None, text.as_bytes()).expand(b"vault/v1/sign", &mut seed).unwrap();
    let letters = &text[IDENTITY.len()..];
    let name = |what: &str| format!("{what} in {}", path.display());
    [
        Canary::new(Kind::Key, &name("the identity"), letters),
        Canary::new(Kind::Key, &name("the identity's bytes"), bytes(letters)),
        Canary::new(Kind::Key, &name("the signing seed of the identity"), seed),
    ]
}

/// The 32 bytes that an identity's letters stand for.
fn bytes(letters: &str) -> Vec<u8> {
    let (mut held, mut bits, mut bytes) = (0_u32, 0, Vec::new());
    for letter in &letters.as_bytes()[..letters.len() - CHECKSUM] {
        let value = BECH32.iter().position(|known| known == letter).unwrap();
        held = (held << 5 | u32::try_from(value).unwrap()) & 0xfff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits & 0xff) as u8);
        }
    }
    bytes
}
