//! Bytes of a kind that are rare in a text, sought block by block.

use memchr::memchr_iter;

/// Bytes that are looked at together: as many as make the loop one without branches.
const BLOCK: usize = 64;

/// The first place from `from` on that has a wanted byte. `wanted` is asked of every byte, and must have no branches.
pub(super) fn next(bytes: &[u8], from: usize, wanted: impl Fn(u8) -> bool) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let (blocks, last) = rest.as_chunks::<BLOCK>();
    let skipped = blocks.iter().position(|block| has_one(block, &wanted)).unwrap_or(blocks.len()) * BLOCK;
    let found = rest.get(skipped..).unwrap_or(last).iter().position(|byte| wanted(*byte))?;
    Some(from + skipped + found)
}

/// Whether any place passes a test that is given the bytes from there on. Places that pass have a wanted byte.
pub(super) fn any(bytes: &[u8], wanted: impl Fn(u8) -> bool, passes: impl Fn(&[u8]) -> bool) -> bool {
    let (blocks, last) = bytes.as_chunks::<BLOCK>();
    let passes = |from: usize, block: &[u8]| {
        let mut at = from;
        block.iter().any(|byte| {
            let passes = wanted(*byte) && bytes.get(at..).is_some_and(&passes);
            at += 1;
            passes
        })
    };
    let in_block =
        |(number, block): (usize, &[u8; BLOCK])| has_one(block, &wanted) && passes(number * BLOCK, block);
    blocks.iter().enumerate().any(in_block) || passes(blocks.len() * BLOCK, last)
}

/// Whether a block has a wanted byte. By itself, so that it is asked of many bytes at once: within another loop compilers
/// ask it of one after the other.
#[inline(never)]
fn has_one(block: &[u8; BLOCK], wanted: impl Fn(u8) -> bool) -> bool {
    block.iter().fold(0, |any, byte| any | u8::from(wanted(*byte))) != 0
}

/// How many lines end in a text.
pub(super) fn line_breaks(text: &[u8]) -> u64 {
    memchr_iter(b'\n', text).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_wherever_it_stands() {
        let next = |bytes: &[u8], from| next(bytes, from, |byte| matches!(byte, b'1' | b'@'));
        for filler in [b'x', b'5', b' ', 0xff] {
            let mut bytes = vec![filler; 3 * BLOCK + 5];
            assert_eq!(next(&bytes, 0), None);
            for (at, wanted) in (0..bytes.len()).flat_map(|at| [(at, b'1'), (at, b'@')]) {
                bytes.fill(filler);
                bytes[at] = wanted;
                for from in [0, 1, at] {
                    assert_eq!(next(&bytes, from), (from <= at).then_some(at));
                }
                assert_eq!(next(&bytes, at + 1), None);
            }
            assert_eq!(next(&bytes, bytes.len() + 1), None);
        }
    }
}
