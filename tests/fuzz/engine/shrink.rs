//! A failing input made small: pieces left out, then bytes made plain, for as long as it fails alike.

/// Leaves out what `fails` does not need, in at most so many tries.
pub fn shrunk(input: &[u8], mut tries: usize, mut fails: impl FnMut(&[u8]) -> bool) -> Vec<u8> {
    let mut smallest = input.to_vec();
    let mut attempt = |candidate: Vec<u8>, smallest: &mut Vec<u8>| {
        let better = tries > 0 && candidate != *smallest && {
            tries -= 1;
            fails(&candidate)
        };
        if better {
            *smallest = candidate;
        }
        better
    };
    let mut piece = smallest.len();
    while piece > 0 {
        let mut at = 0;
        while at < smallest.len() {
            let mut without = smallest.clone();
            without.drain(at..smallest.len().min(at + piece));
            if !attempt(without, &mut smallest) {
                at += piece;
            }
        }
        piece /= 2;
    }
    for at in 0..smallest.len() {
        let mut plain = smallest.clone();
        plain[at] = b'a';
        attempt(plain, &mut smallest);
    }
    smallest
}
