//! Secrets, and the forms in which they may lie about in memory.

use data_encoding::{BASE64, BASE64URL, HEXLOWER, HEXUPPER, Specification};

/// Bech32's digits (BIP 173).
const BECH32: &str = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
/// Begins an age identity; the program's own text has these characters too.
const IDENTITY: &str = "AGE-SECRET-KEY-1";
/// The part of a secret that is sought by itself, as where its beginning was overwritten.
const PART: usize = 12;
/// How far one such part begins after another.
const STEP: usize = 4;

/// Something that must not be found.
#[derive(Debug, Clone)]
pub struct Secret {
    pub name: String,
    bytes: Vec<u8>,
    is_text: bool,
}

impl Secret {
    pub fn text(name: impl Into<String>, text: &str) -> Self {
        Self { name: name.into(), bytes: text.as_bytes().to_vec(), is_text: true }
    }

    pub fn binary(name: impl Into<String>, bytes: &[u8]) -> Self {
        Self { name: name.into(), bytes: bytes.to_vec(), is_text: false }
    }

    /// All that an age identity stands for: its text, its X25519 secret, and the Ed25519 key derived from
    /// it: seed, scalar and prefix.
    pub fn of_identity(owner: &str, text: &str) -> Vec<Self> {
        let digits = text.strip_prefix(IDENTITY).expect("an age identity");
        let mut bech32 = Specification::new();
        bech32.symbols.push_str(BECH32);
        bech32.check_trailing_bits = false;
        // The last six digits are a checksum.
        let secret = bech32.encoding().unwrap().decode(digits[..digits.len() - 6].to_lowercase().as_bytes());
        let mut seed = [0; 32];
        hkdf::Hkdf::<sha2::Sha256>::new(None, text.as_bytes()).expand(b"vault/v1/sign", &mut seed).unwrap();
        let signing = ed25519_dalek::SigningKey::from_bytes(&seed);
        let expanded: [u8; 64] = <sha2::Sha512 as sha2::Digest>::digest(seed).into();
        let named = |what: &str| format!("identity of {owner}: {what}");
        vec![
            Self::text(named("text"), digits),
            Self::text(named("text in small letters"), &digits.to_lowercase()),
            Self::binary(named("secret"), &secret.unwrap()),
            Self::binary(named("signing seed"), &seed),
            Self::binary(named("signing scalar"), &expanded[..32]),
            Self::binary(named("signing scalar, reduced"), signing.to_scalar().as_bytes()),
            Self::binary(named("signing prefix"), &expanded[32..]),
        ]
    }

    /// The byte strings that give it away, each with the name of its encoding.
    pub fn needles(&self) -> Vec<(&'static str, Vec<u8>)> {
        let bytes = &self.bytes;
        let mut needles = vec![("as it is", bytes.clone())];
        // X25519 and Ed25519 change bits in the first and the last byte of a key.
        let inner = if self.is_text { &bytes[..] } else { &bytes[1..bytes.len() - 1] };
        needles.extend(inner.windows(PART).step_by(STEP).map(|part| ("a part of it", part.to_vec())));
        if self.is_text {
            let text = std::str::from_utf8(bytes).unwrap();
            needles.push(("UTF-16", text.encode_utf16().flat_map(u16::to_le_bytes).collect()));
            needles.push(("UTF-32", text.chars().flat_map(|one| u32::from(one).to_le_bytes()).collect()));
            needles.push(("capitals", text.to_uppercase().into_bytes()));
        }
        needles.push(("hex", HEXLOWER.encode(inner).into_bytes()));
        needles.push(("hex in capitals", HEXUPPER.encode(inner).into_bytes()));
        for shift in 0..3 {
            let shifted = [&vec![0; shift][..], inner].concat();
            // Digits that other bytes have a share in are left out.
            let whole = (shift * 8).div_ceil(6)..shifted.len() * 8 / 6;
            for encoded in [BASE64.encode(&shifted), BASE64URL.encode(&shifted)] {
                needles.push(("Base64", encoded.as_bytes()[whole.clone()].to_vec()));
            }
        }
        needles
    }
}
