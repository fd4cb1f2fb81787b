//! The example `office-day` as a test: the real program at full work factor, with no entry point of a
//! test's.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/pty.rs"]
mod pty;
#[path = "../examples/office-day/story.rs"]
mod story;

use std::path::Path;

#[test]
fn an_offices_day_goes_as_it_is_told() {
    let mut told = Vec::new();
    let ended = story::tell(Path::new(env!("CARGO_BIN_EXE_vault")), &mut told);
    assert!(ended.is_ok(), "{}\n{ended:?}", String::from_utf8_lossy(&told));
}
