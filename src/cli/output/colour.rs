//! Colour: decoration only, never meaning.

use super::super::environment::Environment;

/// `--color`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ColourChoice {
    /// On a terminal that can show it, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl ColourChoice {
    /// Whether a stream is decorated.
    pub fn decorates(self, terminal: bool, environment: &Environment) -> bool {
        match self {
            Self::Auto => terminal && !environment.no_colour() && !environment.dumb_terminal(),
            Self::Always => true,
            Self::Never => false,
        }
    }
}
