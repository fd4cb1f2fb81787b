//! Addresses: percent-encoding, which hides digits and names, and which part a relationship leads to.

use zeroize::Zeroizing;

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Whether an attribute holds an address.
pub fn is_address(attribute: &str) -> bool {
    matches!(attribute, "Target" | "href" | "src")
}

/// An address with its percent-encoding resolved; none where there is none, or where it is no text.
pub fn decoded(address: &str) -> Option<Zeroizing<String>> {
    if !address.contains('%') {
        return None;
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(address.len()));
    let mut rest = address.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let pair = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        let byte = pair.filter(|_| *first == b'%').and_then(|pair| u8::from_str_radix(pair, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    // Some writers encode in Latin-1: its digits and letters are found as well.
    Some(Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned()))
}

/// The percent-encoded character that a text begins with, and how long it is written.
pub fn encoded_character(text: &str) -> Option<(usize, char)> {
    let byte =
        |place: usize| u8::from_str_radix(text.get(3 * place..3 * place + 3)?.strip_prefix('%')?, 16).ok();
    let bytes = Zeroizing::new((0..4).map_while(byte).collect::<Vec<_>>());
    let read = |length| std::str::from_utf8(bytes.get(..length)?).ok()?.chars().next();
    (1..=bytes.len()).find_map(|length| Some((3 * length, read(length)?)))
}

/// A text as an address may hold it: what no address may have, percent-encoded.
pub fn encoded(text: &str) -> Zeroizing<String> {
    let mut result = Zeroizing::new(String::with_capacity(text.len()));
    let mut bytes = [0; 4];
    for character in text.chars() {
        if character.is_ascii_alphanumeric() || "-._~:/?#@!$&()*+,;=%".contains(character) {
            result.push(character);
        } else {
            for byte in character.encode_utf8(&mut bytes).bytes() {
                result.push('%');
                result.extend([byte >> 4, byte & 15].map(|half| char::from(HEX[usize::from(half)])));
            }
        }
    }
    result
}

/// The part that a relationship of `relationships` leads to: `xl/worksheets/_rels/sheet1.xml.rels` and
/// `../comments1.xml` give `xl/comments1.xml`.
pub fn resolved(relationships: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let folder = relationships.rsplit_once("_rels/").map(|(folder, _)| folder).unwrap_or_default();
    let mut path = folder.split('/').filter(|step| !step.is_empty()).collect::<Vec<_>>();
    for step in target.split('/') {
        match step {
            "." | "" => {}
            ".." => {
                path.pop();
            }
            _ => path.push(step),
        }
    }
    path.join("/")
}

/// The part that holds a part's relationships.
pub fn relationships_of(part: &str) -> String {
    let (folder, name) = part.rsplit_once('/').map_or(("", part), |(folder, name)| (folder, name));
    let slash = if folder.is_empty() { "" } else { "/" };
    format!("{folder}{slash}_rels/{name}.rels")
}
