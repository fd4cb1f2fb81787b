//! Which parts of the program an input reached: the counters that `-C instrument-coverage` puts into every
//! branch, read in the process itself. Without them an input is told from others by what was said of it.
#![allow(unsafe_code, reason = "the counters belong to the compiler's runtime")]

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::Verdict;

/// Some refusals quote their input without quotes: so many are told apart, and no more.
const WORDS: usize = 256;

/// What inputs have reached so far.
#[derive(Default)]
pub struct Coverage {
    /// Of each counter, the magnitudes that it has had, one bit each.
    #[cfg_attr(not(fuzz_coverage), allow(dead_code, reason = "without counters nothing is reached"))]
    magnitudes: Vec<u8>,
    words: HashSet<u64>,
    reached: usize,
}

impl Coverage {
    /// Whether the build has counters.
    pub const COUNTS: bool = cfg!(fuzz_coverage);

    /// Keeps the compiler's runtime from writing its counters into a file when the process ends.
    pub fn keep_to_itself() {
        #[cfg(fuzz_coverage)]
        counters::write_nowhere();
    }

    /// Before an input.
    pub fn begin() {
        #[cfg(fuzz_coverage)]
        counters::reset();
    }

    /// After it: whether it reached anything new.
    pub fn take(&mut self, verdict: &Verdict) -> bool {
        let counted = self.take_counters();
        self.take_words(verdict) || counted
    }

    /// Branches reached so far; without counters, different verdicts.
    pub fn reached(&self) -> usize {
        if Self::COUNTS { self.reached } else { self.words.len() }
    }

    /// The words up to the first that is the input's own, which stands in quotes; without numbers.
    fn take_words(&mut self, verdict: &Verdict) -> bool {
        let words = match verdict {
            Verdict::Taken => "",
            Verdict::TakenAs(words) | Verdict::Refused(words) => {
                words.split(['"', '`']).next().unwrap_or_default()
            }
        };
        let mut hash = DefaultHasher::new();
        words.bytes().filter(|byte| !byte.is_ascii_hexdigit()).for_each(|byte| byte.hash(&mut hash));
        self.words.len() < WORDS && self.words.insert(hash.finish())
    }

    #[cfg(not(fuzz_coverage))]
    #[allow(clippy::unused_self, reason = "it has counters in the other build")]
    fn take_counters(&mut self) -> bool {
        false
    }

    #[cfg(fuzz_coverage)]
    fn take_counters(&mut self) -> bool {
        let counters = counters::all();
        self.magnitudes.resize(counters.len(), 0);
        let mut new = false;
        for (counter, seen) in counters.iter().zip(&mut self.magnitudes) {
            let count = counter.load(std::sync::atomic::Ordering::Relaxed);
            if count == 0 {
                continue;
            }
            // 1, 2, 3, 4 to 7, 8 to 15, and so on up to 64 and more.
            let magnitude = match count {
                1..=3 => count - 1,
                more => (u64::from(more.ilog2()) + 1).min(7),
            };
            let bit = 1 << magnitude;
            if *seen & bit == 0 {
                self.reached += usize::from(*seen == 0);
                *seen |= bit;
                new = true;
            }
        }
        new
    }
}

#[cfg(fuzz_coverage)]
mod counters {
    use std::sync::atomic::AtomicU64;

    unsafe extern "C" {
        safe fn __llvm_profile_begin_counters() -> *const AtomicU64;
        safe fn __llvm_profile_end_counters() -> *const AtomicU64;
        safe fn __llvm_profile_reset_counters();
        fn __llvm_profile_set_filename(name: *const std::ffi::c_char);
    }

    pub(super) fn write_nowhere() {
        // SAFETY: the name is static, and ends with its zero.
        unsafe { __llvm_profile_set_filename(c"/dev/null".as_ptr()) }
    }

    pub(super) fn all() -> &'static [AtomicU64] {
        let (begin, end) = (__llvm_profile_begin_counters(), __llvm_profile_end_counters());
        let length = (end.addr() - begin.addr()) / size_of::<AtomicU64>();
        // SAFETY: the linker lays the counters of all modules out in one section, 8 bytes each and aligned;
        // they live as long as the process.
        unsafe { std::slice::from_raw_parts(begin, length) }
    }

    pub(super) fn reset() {
        __llvm_profile_reset_counters();
    }
}
