//! Bytes of a kind that are rare in a text, sought block by block.

use memchr::memchr_iter;

/// Bytes that are looked at together: as many as make the loop one without branches.
const BLOCK: usize = 64;

/// From one byte to another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub first: u8,
    pub last: u8,
}

impl Span {
    fn has(self, byte: u8) -> bool {
        byte.wrapping_sub(self.first) <= self.last.wrapping_sub(self.first)
    }
}

/// The first place from `from` on that has a wanted byte. Those that are wanted lie in a range that has few others.
pub(super) fn next(bytes: &[u8], from: usize, range: Span, wanted: impl Fn(u8) -> bool) -> Option<usize> {
    let mut from = from;
    loop {
        let rest = bytes.get(from..)?;
        let (blocks, last) = rest.as_chunks::<BLOCK>();
        let skipped = blocks.iter().position(|block| has_one(block, range)).unwrap_or(blocks.len()) * BLOCK;
        let block = rest.get(skipped..skipped + BLOCK).unwrap_or(last);
        if let Some(found) = block.iter().position(|byte| wanted(*byte)) {
            return Some(from + skipped + found);
        }
        from += skipped + block.len().max(1);
    }
}

/// Whether any place passes a test that is given the bytes from there on. Places that pass have a byte in the range.
pub(super) fn any(bytes: &[u8], range: Span, passes: impl Fn(&[u8]) -> bool) -> bool {
    let (blocks, last) = bytes.as_chunks::<BLOCK>();
    let passes = |number: usize, block: &[u8]| {
        block
            .iter()
            .enumerate()
            .any(|(at, byte)| range.has(*byte) && bytes.get(number * BLOCK + at..).is_some_and(&passes))
    };
    blocks.iter().enumerate().any(|(number, block)| has_one(block, range) && passes(number, block))
        || passes(blocks.len(), last)
}

/// Whether any byte of a block lies in a range: without branches, so that it is asked of many at once.
fn has_one(block: &[u8; BLOCK], range: Span) -> bool {
    let least = block.iter().fold(u8::MAX, |least, byte| least.min(byte.wrapping_sub(range.first)));
    least <= range.last.wrapping_sub(range.first)
}

/// How many lines end in a text.
pub(super) fn line_breaks(text: &str) -> u64 {
    memchr_iter(b'\n', text.as_bytes()).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_wherever_it_stands() {
        let next = |bytes: &[u8], from| {
            next(bytes, from, Span { first: b'0', last: b'@' }, |byte| matches!(byte, b'1' | b'@'))
        };
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
