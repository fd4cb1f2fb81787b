//! One progress bar for work of several stages.

use std::cell::RefCell;
use std::io::{self, Read};

use super::Context;
use super::output::Progress;

/// The stage that is going on, if any.
pub(super) struct Bar<'context> {
    context: &'context Context,
    stage: RefCell<Option<(&'static str, u64, Progress)>>,
}

impl<'context> Bar<'context> {
    pub fn new(context: &'context Context) -> Self {
        Self { context, stage: RefCell::new(None) }
    }

    /// Another stage, or another total, begins a bar anew.
    pub fn reached(&self, what: &'static str, done: u64, total: u64) {
        let mut stage = self.stage.borrow_mut();
        if stage.as_ref().is_none_or(|(known, size, _)| (*known, *size) != (what, total)) {
            // The old bar is cleared before the new one is drawn.
            *stage = None;
            *stage = Some((what, total, self.context.progress(what, total)));
        }
        if let Some((_, _, progress)) = &mut *stage {
            progress.reached(done);
        }
    }

    /// Clears it, so that something can be written.
    pub fn clear(&self) {
        *self.stage.borrow_mut() = None;
    }
}

/// A file that tells how much of it was read.
pub(super) struct Watched<'bar, R> {
    pub inner: R,
    pub bar: &'bar Bar<'bar>,
    pub done: u64,
    pub total: u64,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.done += count as u64;
        self.bar.reached("reading", self.done, self.total);
        Ok(count)
    }
}
