//! Locked memory: a few pages that are neither swapped out nor dumped, for secrets that live as long as a
//! session. What the kernel refuses stops nothing: it is told by [`unlocked_because`].
#![allow(unsafe_code, reason = "pages are mapped and locked through system calls, and given out in parts")]

use std::mem::MaybeUninit;
use std::ops::Deref;
use std::ptr::{self, NonNull};
use std::sync::{Mutex, OnceLock, PoisonError};

use rustix::io::Errno;
use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mlock, mmap_anonymous};
use zeroize::Zeroize;

/// Secrets are placed in whole slots of so many bytes, and aligned to them.
const SLOT: usize = 256;
/// As many as there are bits that say which are taken.
const SLOTS: usize = u64::BITS as usize;
/// The region's size in bytes: within the 64 KiB that the smallest customary `RLIMIT_MEMLOCK` allows.
pub const REGION: usize = SLOT * SLOTS;

/// The pages.
struct Region {
    start: NonNull<u8>,
    taken: Mutex<u64>,
    /// Why they are not locked, if they are not.
    refused: Option<Errno>,
}

// SAFETY: `start` never changes, and whoever holds a slot's bit in `taken` alone uses the slot.
unsafe impl Send for Region {}
// SAFETY: as above; the bits are behind a mutex.
unsafe impl Sync for Region {}

/// Slots that lie side by side.
struct Slots {
    region: &'static Region,
    first: usize,
    count: usize,
}

/// A value in locked memory, wiped when it is dropped. Where the region has no room left (more keys than
/// any office has), in a box of the wiping heap.
pub struct Locked<T: ?Sized>(Home<T>);

enum Home<T: ?Sized> {
    Region { value: NonNull<T>, slots: Slots },
    Heap(Box<T>),
}

/// Why the region is not locked, if it is not: then its secrets may be swapped out. [`Errno::NOMEM`] and
/// [`Errno::PERM`] mean that `RLIMIT_MEMLOCK` is too low.
pub fn unlocked_because() -> Option<Errno> {
    match region() {
        Ok(region) => region.refused,
        Err(error) => Some(error),
    }
}

fn region() -> Result<&'static Region, Errno> {
    static THE_REGION: OnceLock<Result<Region, Errno>> = OnceLock::new();
    THE_REGION.get_or_init(Region::map).as_ref().map_err(|error| *error)
}

impl Region {
    fn map() -> Result<Self, Errno> {
        let protection = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new mapping at an address of the kernel's choice touches no other memory.
        let start = unsafe { mmap_anonymous(ptr::null_mut(), REGION, protection, MapFlags::PRIVATE) }?;
        // SAFETY: the range is the mapping made above; neither call changes what can be seen in it.
        let refused = unsafe {
            // Beside PR_SET_DUMPABLE, and nothing forks here: a second fence, which may be missing.
            let _ = madvise(start, REGION, Advice::LinuxDontDump);
            let _ = madvise(start, REGION, Advice::LinuxWipeOnFork);
            mlock(start, REGION).err()
        };
        let start = NonNull::new(start.cast()).ok_or(Errno::NOMEM)?;
        Ok(Self { start, taken: Mutex::new(0), refused })
    }

    /// Takes free slots, side by side, for so many bytes.
    fn take(&'static self, bytes: usize) -> Option<Slots> {
        let count = bytes.div_ceil(SLOT).max(1);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let first = (0..=SLOTS.checked_sub(count)?).find(|first| bits(*first, count) & *taken == 0)?;
        *taken |= bits(first, count);
        Some(Slots { region: self, first, count })
    }
}

/// The bits of `count` slots from `first` on.
fn bits(first: usize, count: usize) -> u64 {
    (u64::MAX >> (SLOTS - count)) << first
}

impl Slots {
    fn start(&self) -> NonNull<u8> {
        // SAFETY: `take` gave slots within the region alone.
        unsafe { self.region.start.add(self.first * SLOT) }
    }

    fn wipe_and_give_back(&self) {
        let length = self.count * SLOT;
        // SAFETY: the slots are within the mapping, and nobody else's until their bits are given back.
        let bytes = unsafe {
            std::slice::from_raw_parts_mut(self.start().cast::<MaybeUninit<u8>>().as_ptr(), length)
        };
        bytes.zeroize();
        *self.region.taken.lock().unwrap_or_else(PoisonError::into_inner) &= !bits(self.first, self.count);
    }
}

impl<T> Locked<T> {
    /// Moves a value there. What it leaves behind on the stack is [`super::stack`]'s to wipe.
    pub fn new(value: T) -> Self {
        Self::new_in(region().ok(), value)
    }

    fn new_in(region: Option<&'static Region>, value: T) -> Self {
        const { assert!(align_of::<T>() <= SLOT) }
        let Some(slots) = region.and_then(|region| region.take(size_of::<T>())) else {
            return Self(Home::Heap(Box::new(value)));
        };
        let place = slots.start().cast::<T>();
        // SAFETY: the slots are writable, this value's alone, long enough, and aligned as asserted.
        unsafe { place.write(value) };
        Self(Home::Region { value: place, slots })
    }
}

impl Locked<[u8]> {
    /// Copies bytes there.
    pub fn copy_of(bytes: &[u8]) -> Self {
        Self::copy_in(region().ok(), bytes)
    }

    fn copy_in(region: Option<&'static Region>, bytes: &[u8]) -> Self {
        let Some(slots) = region.and_then(|region| region.take(bytes.len())) else {
            return Self(Home::Heap(bytes.into()));
        };
        let place = slots.start();
        // SAFETY: the slots are writable, this value's alone and long enough; they can't overlap `bytes`.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), place.as_ptr(), bytes.len()) };
        Self(Home::Region { value: NonNull::slice_from_raw_parts(place, bytes.len()), slots })
    }
}

// SAFETY: it owns its value, as a box does.
unsafe impl<T: ?Sized + Send> Send for Locked<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Sync> Sync for Locked<T> {}

impl<T: ?Sized> Deref for Locked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match &self.0 {
            // SAFETY: the value was written there by `new` or `copy_of` and is dropped by `drop` alone.
            Home::Region { value, .. } => unsafe { value.as_ref() },
            Home::Heap(value) => value,
        }
    }
}

impl<T: Clone> Clone for Locked<T> {
    fn clone(&self) -> Self {
        Self::new(T::clone(self))
    }
}

impl<T: ?Sized> Drop for Locked<T> {
    fn drop(&mut self) {
        if let Home::Region { value, slots } = &self.0 {
            // SAFETY: it is dropped once, here, before its slots are somebody else's.
            unsafe { value.drop_in_place() };
            slots.wipe_and_give_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A region that no other test has a key in.
    fn own() -> &'static Region {
        Box::leak(Box::new(Region::map().unwrap()))
    }

    fn taken(region: &Region) -> u32 {
        region.taken.lock().unwrap().count_ones()
    }

    #[test]
    fn slots_are_taken_given_back_and_wiped() {
        let region = own();
        let key = Locked::new_in(Some(region), [0x5A_u8; 32]);
        let passphrase = Locked::copy_in(Some(region), &[b'p'; SLOT + 1]);
        assert_eq!(taken(region), 3);
        assert_eq!((*key, &*passphrase), ([0x5A; 32], &[b'p'; SLOT + 1][..]));
        drop((key, passphrase));
        assert_eq!(taken(region), 0);
        // SAFETY: the region is mapped for good, and its slots are nobody's.
        let bytes = unsafe { std::slice::from_raw_parts(region.start.as_ptr(), REGION) };
        assert!(bytes.iter().all(|byte| *byte == 0));
    }

    #[test]
    fn what_does_not_fit_lives_on_the_heap() {
        let region = own();
        let many: Vec<_> = (0..=SLOTS).map(|number| Locked::new_in(Some(region), [number; 32])).collect();
        assert!(matches!(many[SLOTS].0, Home::Heap(_)) && matches!(many[SLOTS - 1].0, Home::Region { .. }));
        assert!(many.iter().enumerate().all(|(number, held)| held[31] == number));
        drop(many);
        assert!(matches!(Locked::copy_in(Some(region), &vec![1; REGION]).0, Home::Region { .. }));
        assert!(matches!(Locked::copy_in(Some(region), &vec![1; REGION + 1]).0, Home::Heap(_)));
        assert_eq!((taken(region), *Locked::new_in(None, 7)), (0, 7));
    }

    #[test]
    fn a_copy_of_a_key_is_another_one_and_what_is_locked_is_known() {
        let key = Locked::new([0x5A_u8; 32]);
        let twin = key.clone();
        drop(key);
        assert_eq!(*twin, [0x5A; 32]);
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let locked = status.lines().find_map(|line| line.strip_prefix("VmLck:")).unwrap();
        assert!(unlocked_because().is_some() || locked.trim() != "0 kB", "{locked}");
    }
}
