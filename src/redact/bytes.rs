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

/// Whether three bytes that follow one another pass a test anywhere; behind the end stand zeroes. Those that pass begin with
/// a wanted byte. Both tests are asked of every byte of some blocks, and must have no branches.
pub(super) fn any_three(bytes: &[u8], wanted: impl Fn(u8) -> bool, passes: impl Fn([u8; 3]) -> bool) -> bool {
    let (blocks, _) = bytes.as_chunks::<BLOCK>();
    let begins_in = |number: usize| {
        let rest = bytes.get(number * BLOCK..).unwrap_or_default();
        if let Some(block) = rest.first_chunk() {
            return has_three(block, &passes);
        }
        let mut padded = [0; BLOCK + 2];
        padded.iter_mut().zip(rest).for_each(|(place, byte)| *place = *byte);
        has_three(&padded, &passes)
    };
    blocks.iter().enumerate().any(|(number, block)| has_one(block, &wanted) && begins_in(number))
        || begins_in(blocks.len())
}

/// Whether a block has a wanted byte. By itself, so that it is asked of many bytes at once: within another loop compilers
/// ask it of one after the other.
#[inline(never)]
fn has_one(block: &[u8; BLOCK], wanted: impl Fn(u8) -> bool) -> bool {
    block.iter().fold(0, |any, byte| any | u8::from(wanted(*byte))) != 0
}

/// Whether three bytes that begin in a block pass a test. By itself for the same reason.
#[inline(never)]
fn has_three(block: &[u8; BLOCK + 2], passes: impl Fn([u8; 3]) -> bool) -> bool {
    let [_, from_second @ ..] = block;
    let [_, from_third @ ..] = from_second;
    let threes = block.iter().zip(from_second).zip(from_third);
    threes.fold(0, |any, ((one, two), three)| any | u8::from(passes([*one, *two, *three]))) != 0
}

/// How many lines end in a text.
pub(super) fn line_breaks(text: &[u8]) -> u64 {
    memchr_iter(b'\n', text).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_are_found_wherever_they_stand() {
        let any = |bytes: &[u8]| any_three(bytes, |byte| byte == b'1', |three| three == *b"123");
        for length in [3, 4, 63, 64, 65, 66, 67, 128, 130, 200] {
            let mut bytes = vec![b'1'; length];
            assert!(!any(&bytes));
            for at in 0..length - 2 {
                bytes.fill(b'1');
                bytes[at..at + 3].copy_from_slice(b"123");
                assert!(any(&bytes), "{length} {at}");
                assert!(!any(&bytes[..at + 2]));
            }
        }
        assert!(any_three(b"1", |byte| byte == b'1', |three| three == [b'1', 0, 0]));
    }

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
