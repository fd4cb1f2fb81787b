//! SQLite's memory: from the program's own allocator, which wipes what is freed or moved. SQLite takes
//! that only before it is started, so every connection of the program is opened in this file or in
//! `vfs.rs`, by way of [`wipe_when_freed`].
#![allow(unsafe_code, reason = "SQLite takes an allocator through its C interface")]

use std::alloc::{Layout, alloc, dealloc};
use std::ffi::{c_int, c_void};
use std::ptr;
use std::sync::OnceLock;

use rusqlite::{Connection, ffi};

/// Lies before each block, and keeps it aligned as C's `malloc` does.
#[repr(align(16))]
struct Header {
    /// The size that was asked for.
    bytes: usize,
}

/// SQLite rounds what it asks for up to a multiple of so many bytes, as with its own allocator.
const ROUNDED_TO: c_int = 8;

/// Gives SQLite the program's allocator. It fails where something else in this process has started SQLite
/// before: then its memory would not be wiped, and nothing is to be opened.
pub fn wipe_when_freed() -> rusqlite::Result<()> {
    static CODE: OnceLock<c_int> = OnceLock::new();
    let methods = ffi::sqlite3_mem_methods {
        xMalloc: Some(allocate),
        xFree: Some(free),
        xRealloc: Some(reallocate),
        xSize: Some(size),
        xRoundup: Some(rounded),
        xInit: Some(begin),
        xShutdown: Some(end),
        pAppData: ptr::null_mut(),
    };
    // SAFETY: this option takes a pointer to the methods, which SQLite copies; a started SQLite refuses, and
    // nothing starts it meanwhile: whoever opens a connection waits here first.
    let code =
        *CODE.get_or_init(|| unsafe { ffi::sqlite3_config(ffi::SQLITE_CONFIG_MALLOC, &raw const methods) });
    if code == ffi::SQLITE_OK {
        return Ok(());
    }
    let why = "SQLite was started before it was told to wipe its memory".to_owned();
    Err(rusqlite::Error::SqliteFailure(ffi::Error::new(code), Some(why)))
}

/// A database in memory.
pub fn open_in_memory() -> rusqlite::Result<Connection> {
    wipe_when_freed()?;
    Connection::open_in_memory()
}

/// The layout of a block for so many bytes, its header included.
fn layout(bytes: usize) -> Option<Layout> {
    Layout::from_size_align(bytes.checked_add(size_of::<Header>())?, align_of::<Header>()).ok()
}

unsafe extern "C" fn allocate(bytes: c_int) -> *mut c_void {
    let sized = usize::try_from(bytes).ok().and_then(|bytes| Some((bytes, layout(bytes)?)));
    let Some((bytes, layout)) = sized else { return ptr::null_mut() };
    // SAFETY: with its header the layout is never empty.
    let block = unsafe { alloc(layout) }.cast::<c_void>();
    if block.is_null() {
        return ptr::null_mut();
    }
    // SAFETY: the header is within the block, and aligned by its layout.
    unsafe {
        block.cast::<Header>().write(Header { bytes });
        block.cast::<Header>().add(1).cast()
    }
}

/// Where a block's header lies.
///
/// # Safety
/// `given` came from [`allocate`] and was not freed.
unsafe fn header(given: *mut c_void) -> *mut Header {
    // SAFETY: `allocate` put it right before what it gave.
    unsafe { given.cast::<Header>().sub(1) }
}

/// The size that was asked for.
///
/// # Safety
/// As for [`header`].
unsafe fn size_of_block(given: *mut c_void) -> usize {
    // SAFETY: `allocate` wrote the header.
    unsafe { (*header(given)).bytes }
}

unsafe extern "C" fn free(given: *mut c_void) {
    // C's free takes nothing for an answer; SQLite does not ask it.
    if given.is_null() {
        return;
    }
    // SAFETY: SQLite hands back what `allocate` gave, once; the layout is the one it was given with.
    unsafe {
        if let Some(layout) = layout(size_of_block(given)) {
            dealloc(header(given).cast(), layout);
        }
    }
}

unsafe extern "C" fn reallocate(given: *mut c_void, bytes: c_int) -> *mut c_void {
    // SAFETY: a new block, and an old one that SQLite says is from here; a failure leaves the old one.
    unsafe {
        let moved = allocate(bytes);
        if !moved.is_null() && !given.is_null() {
            let kept = size_of_block(given).min(size_of_block(moved));
            ptr::copy_nonoverlapping(given.cast::<u8>(), moved.cast(), kept);
            free(given);
        }
        moved
    }
}

unsafe extern "C" fn size(given: *mut c_void) -> c_int {
    if given.is_null() {
        return 0;
    }
    // SAFETY: SQLite asks only about blocks from here.
    let bytes = unsafe { size_of_block(given) };
    c_int::try_from(bytes).unwrap_or(c_int::MAX)
}

unsafe extern "C" fn rounded(bytes: c_int) -> c_int {
    bytes.checked_add(ROUNDED_TO - 1).map_or(bytes, |up| up - up % ROUNDED_TO)
}

unsafe extern "C" fn begin(_: *mut c_void) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn end(_: *mut c_void) {}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::unix::fs::FileExt;

    use super::*;

    /// What stands in this process's memory, as the kernel sees it: a freed block may be looked at so.
    fn memory_at(block: usize, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        File::open("/proc/self/mem").unwrap().read_exact_at(&mut bytes, block as u64).unwrap();
        bytes
    }

    /// A block of SQLite's, filled with a pattern.
    fn filled(length: u16) -> *mut c_void {
        wipe_when_freed().unwrap();
        // SAFETY: SQLite gives a block of that length or none, and none fails the test.
        unsafe {
            assert_eq!(ffi::sqlite3_initialize(), ffi::SQLITE_OK);
            let block = ffi::sqlite3_malloc(length.into());
            assert!(!block.is_null());
            block.cast::<u8>().write_bytes(0xA7, length.into());
            block
        }
    }

    #[test]
    fn what_sqlite_frees_is_wiped() {
        // So short that, once freed, it is kept for this thread: no other test writes to it.
        let block = filled(512);
        assert_eq!(memory_at(block.addr(), 512), [0xA7; 512]);
        // SAFETY: it came from SQLite, and is freed once.
        unsafe { ffi::sqlite3_free(block) };
        assert!(!memory_at(block.addr(), 512).contains(&0xA7));
    }

    #[test]
    fn what_sqlite_moves_is_kept_and_wiped_where_it_was() {
        let block = filled(1000);
        // SAFETY: it came from SQLite; the old address is only compared and looked at from outside.
        let moved = unsafe { ffi::sqlite3_realloc(block, 5000) };
        assert!(!moved.is_null() && moved != block);
        assert_eq!(memory_at(moved.addr(), 1000), [0xA7; 1000]);
        assert!(!memory_at(block.addr(), 1000).contains(&0xA7));
        // SAFETY: it came from SQLite, and is freed once.
        unsafe {
            assert_eq!(ffi::sqlite3_msize(moved), 5000);
            ffi::sqlite3_free(moved);
        }
    }

    #[test]
    fn a_started_sqlite_keeps_the_allocator_that_it_has() {
        let connection = open_in_memory().unwrap();
        let other = ffi::sqlite3_mem_methods {
            xMalloc: None,
            xFree: None,
            xRealloc: None,
            xSize: None,
            xRoundup: None,
            xInit: None,
            xShutdown: None,
            pAppData: ptr::null_mut(),
        };
        // SAFETY: the option takes a pointer to methods, which SQLite does not look at once it is started.
        let code = unsafe { ffi::sqlite3_config(ffi::SQLITE_CONFIG_MALLOC, &raw const other) };
        assert_eq!(code, ffi::SQLITE_MISUSE);
        assert_eq!(connection.query_row("SELECT 7", [], |row| row.get(0)), Ok(7));
        open_in_memory().unwrap();
    }

    #[test]
    fn sizes_that_c_may_pass_are_answered() {
        // SAFETY: these are the methods that SQLite gets, called as it calls them.
        unsafe {
            assert!(allocate(-1).is_null());
            free(ptr::null_mut());
            assert_eq!(size(ptr::null_mut()), 0);
            assert_eq!([rounded(0), rounded(1), rounded(8), rounded(c_int::MAX)], [0, 8, 8, c_int::MAX]);
            let block = reallocate(ptr::null_mut(), 3);
            assert_eq!((size(block), block.addr() % align_of::<Header>()), (3, 0));
            free(block);
        }
    }
}
