//! Bytes of a kind that are rare in a text, sought block by block.

/// Bytes that are looked at together: as many as make the loop one without branches.
const BLOCK: usize = 64;

/// The first place from `from` on that has one of the wanted bytes. `wanted` must be cheap: it is asked of every byte.
pub(super) fn next(bytes: &[u8], from: usize, wanted: impl Fn(u8) -> bool) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let (blocks, last) = rest.as_chunks::<BLOCK>();
    let has_one = |block: &[u8; BLOCK]| block.iter().fold(false, |any, byte| any | wanted(*byte));
    let skipped = BLOCK * blocks.iter().position(has_one).unwrap_or(blocks.len());
    let found = rest.get(skipped..).unwrap_or(last).iter().position(|byte| wanted(*byte))?;
    Some(from + skipped + found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_wherever_it_stands() {
        let mut bytes = vec![b'x'; 3 * BLOCK + 5];
        assert_eq!(next(&bytes, 0, |byte| byte == b'1'), None);
        for at in 0..bytes.len() {
            bytes.fill(b'x');
            bytes[at] = b'1';
            for from in [0, 1, at] {
                assert_eq!(next(&bytes, from, |byte| byte == b'1'), (from <= at).then_some(at));
            }
            assert_eq!(next(&bytes, at + 1, |byte| byte == b'1'), None);
        }
        assert_eq!(next(&bytes, bytes.len() + 1, |_| true), None);
    }
}
