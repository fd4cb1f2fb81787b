//! Signals that arrive while a prompt waits: they end the prompt, not the process, so that the
//! terminal's modes come back. Outside of prompts they do what they always do.

use std::io::{self, PipeReader, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::{flag, low_level};

use super::PromptError;

/// The signal that counts as Ctrl-C.
pub(super) const INTERRUPT: i32 = SIGINT;

const ENDING: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// One set of handlers: a second one would hold its signals to be outside of prompts while the first
/// one's prompt waits.
static SIGNALS: OnceLock<Signals> = OnceLock::new();

/// The process's handlers. They stay for the process's life.
#[derive(Debug)]
pub(super) struct Signals {
    outside_prompts: Arc<AtomicBool>,
    ending: Arc<AtomicUsize>,
    continued: Arc<AtomicBool>,
    wake: PipeReader,
}

/// A prompt is waiting; dropped when it no longer does.
#[derive(Debug)]
pub(super) struct Prompting<'signals>(&'signals Signals);

/// While it lives, a signal that would end the process is noted instead: whoever works on asks for it, tidies
/// up and ends by themself. For work without prompts.
#[derive(Debug)]
pub struct HeldSignals<'signals>(Prompting<'signals>);

impl HeldSignals<'_> {
    /// Why to end, if a signal came.
    pub fn ending(&self) -> Option<PromptError> {
        self.0.0.ending().map(PromptError::of_signal)
    }

    /// Waits until something can be read, or a signal asks to end: why, then.
    pub fn ending_before(&self, file: impl AsFd) -> io::Result<Option<PromptError>> {
        loop {
            if let Some(ending) = self.ending() {
                return Ok(Some(ending));
            }
            let wake = PollFd::from_borrowed_fd(self.0.0.wake(), PollFlags::IN);
            let mut both = [PollFd::new(&file, PollFlags::IN), wake];
            match poll(&mut both, None) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            if !both[0].revents().is_empty() {
                return Ok(None);
            }
        }
    }
}

impl Signals {
    /// From now on signals are noted: see [`HeldSignals`].
    pub(super) fn held(&self) -> HeldSignals<'_> {
        HeldSignals(self.prompting())
    }

    /// The process's handlers, registered when they are first asked for.
    pub(super) fn of_process() -> io::Result<&'static Self> {
        if let Some(signals) = SIGNALS.get() {
            return Ok(signals);
        }
        let signals = Self::register()?;
        Ok(SIGNALS.get_or_init(|| signals))
    }

    fn register() -> io::Result<Self> {
        let (wake, woken_by) = io::pipe()?;
        rustix::io::ioctl_fionbio(&wake, true)?;
        let signals = Self {
            outside_prompts: Arc::new(AtomicBool::new(true)),
            ending: Arc::default(),
            continued: Arc::default(),
            wake,
        };
        for signal in ENDING {
            flag::register_conditional_default(signal, Arc::clone(&signals.outside_prompts))?;
            flag::register_usize(signal, Arc::clone(&signals.ending), usize::try_from(signal).unwrap_or(0))?;
            low_level::pipe::register(signal, woken_by.try_clone()?)?;
        }
        flag::register(SIGCONT, Arc::clone(&signals.continued))?;
        low_level::pipe::register(SIGCONT, woken_by)?;
        Ok(signals)
    }

    /// From now on signals end the prompt.
    pub(super) fn prompting(&self) -> Prompting<'_> {
        // An interrupt ended one prompt and not the next, as Ctrl-C does; all others end the process.
        let interrupt = usize::try_from(INTERRUPT).unwrap_or(0);
        let _ = self.ending.compare_exchange(interrupt, 0, Ordering::SeqCst, Ordering::SeqCst);
        self.outside_prompts.store(false, Ordering::SeqCst);
        Prompting(self)
    }

    /// Becomes readable when a signal has arrived.
    pub(super) fn wake(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }

    /// The signal that asked the process to end, if one did.
    pub(super) fn ending(&self) -> Option<i32> {
        // Emptied, so that the next poll waits again; it never blocks.
        while (&self.wake).read(&mut [0; 16]).is_ok_and(|count| count > 0) {}
        i32::try_from(self.ending.load(Ordering::SeqCst)).ok().filter(|signal| *signal != 0)
    }

    /// Whether the process was stopped and goes on, since this was last asked.
    pub(super) fn continued(&self) -> bool {
        self.continued.swap(false, Ordering::SeqCst)
    }
}

impl Drop for Prompting<'_> {
    fn drop(&mut self) {
        self.0.outside_prompts.store(true, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_that_is_held_ends_nothing_and_is_told() {
        let held = Signals::of_process().unwrap().held();
        assert!(held.ending().is_none());
        low_level::raise(SIGINT).unwrap();
        assert!(matches!(held.ending(), Some(PromptError::Interrupted)));
    }
}
