//! Wiping the stack: what a function that returned has left there is neither freed nor overwritten by
//! anybody.

use std::hint::black_box;

use rustix::process::{Resource, getrlimit};

/// How much of the stack is wiped, in bytes. `tests/memory.rs` shows that no command goes deeper; a thread
/// that std starts has twice as much.
pub const DEPTH: usize = 1 << 20;

/// It is wiped in so many pieces, so that a small stack is wiped as far as it goes.
const PIECES: usize = 16;

/// Does `work`, then wipes the stack that it used. For work that has keys or records in hand and is
/// followed by a wait, or by the end of its thread: the kernel's threads keep a stack for the next one.
pub fn wiped_after<T>(work: impl FnOnce() -> T) -> T {
    let done = in_a_frame_of_its_own(work);
    wipe(pieces(getrlimit(Resource::Stack).current));
    done
}

/// As many pieces as leave half of the stack that the kernel allows.
fn pieces(limit: Option<u64>) -> usize {
    let allowed = limit.and_then(|limit| usize::try_from(limit / 2).ok()).unwrap_or(usize::MAX);
    (allowed / (DEPTH / PIECES)).clamp(1, PIECES)
}

/// All frames of `work` lie below the caller's, where [`wipe`] reaches them.
#[inline(never)]
fn in_a_frame_of_its_own<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[inline(never)]
#[allow(clippy::large_stack_arrays, reason = "this one is to lie where other frames were")]
fn wipe(pieces: usize) {
    let mut piece = [0_u8; DEPTH / PIECES];
    // Somebody might look at it, so it can't be left out.
    black_box(&mut piece);
    if pieces > 1 {
        wipe(pieces - 1);
        // Nor can the next one take its place.
        black_box(&mut piece);
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::unix::fs::FileExt;

    use super::*;

    /// Leaves a pattern deep in the stack and tells where.
    #[inline(never)]
    fn leaves_a_trace() -> u64 {
        let mut block = [0_u8; 4096];
        black_box(&mut block).fill(0xA7);
        black_box(&block).as_ptr().addr() as u64
    }

    /// Whether the trace is there, whole or in part, as the kernel sees this process's memory.
    #[inline(never)]
    fn is_left(address: u64) -> bool {
        let mut bytes = vec![0; 4096];
        File::open("/proc/self/mem").unwrap().read_exact_at(&mut bytes, address).unwrap();
        bytes.contains(&0xA7)
    }

    #[inline(never)]
    fn deep<T>(levels: usize, work: fn() -> T) -> T {
        let mut room = [0_u8; 16 * 1024];
        black_box(&mut room);
        if levels == 0 { work() } else { deep(levels - 1, work) }
    }

    #[test]
    fn what_a_function_left_on_the_stack_is_wiped() {
        let left = deep(20, leaves_a_trace);
        assert!(is_left(left), "it stays there unless it is wiped");
        let left = wiped_after(|| deep(20, leaves_a_trace));
        assert!(!is_left(left));
    }
    #[test]
    fn a_small_stack_is_wiped_by_half_and_never_overflown() {
        let mebibyte = 1 << 20;
        let wiped = |limit| pieces(limit) * (DEPTH / PIECES);
        assert_eq!(wiped(None), DEPTH);
        assert_eq!(wiped(Some(8 * mebibyte)), DEPTH);
        assert_eq!(wiped(Some(mebibyte)), DEPTH / 2);
        assert_eq!(wiped(Some(1)), DEPTH / PIECES);
    }
}
