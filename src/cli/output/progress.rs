//! A progress bar on stderr for work that takes more than a second.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work shorter than this shows no bar.
const PATIENCE: Duration = Duration::from_secs(1);
/// Drawings a second.
const RATE: u8 = 10;

/// How far a piece of work has come. Cleared when dropped.
#[derive(Debug)]
pub struct Progress {
    bar: Option<ProgressBar>,
    begun: Instant,
    shown: bool,
}

impl Progress {
    /// Work of `total` steps. `quiet` (plain output) or a stderr that is no terminal shows nothing.
    pub fn begin(what: &'static str, total: u64, quiet: bool) -> Self {
        let bar = (!quiet && io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
            // The template is a constant; the default style stands in for a mistake in it.
            let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_message(what);
            bar
        });
        Self { bar, begun: Instant::now(), shown: false }
    }

    /// `done` steps of the total are done.
    pub fn reached(&mut self, done: u64) {
        let Some(bar) = &self.bar else { return };
        if !self.shown && self.begun.elapsed() >= PATIENCE {
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(RATE));
            self.shown = true;
        }
        bar.set_position(done);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
