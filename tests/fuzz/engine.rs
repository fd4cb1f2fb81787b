//! The engine: what a target is, and what tries inputs on it.
//!
//! | file | what lives there |
//! | --- | --- |
//! | `random` | numbers out of a seed |
//! | `mutator` | inputs made of others |
//! | `coverage` | which parts of the program an input reached |
//! | `seeds` | where the first inputs come from |
//! | `play` | one target in a process of its own: the loop, and the bounds of one input |
//! | `watch` | the process that looks after that one, and makes a report of how it ended |
//! | `shrink` | a failing input made small |

pub mod coverage;
pub mod mutator;
pub mod play;
pub mod random;
pub mod seeds;
pub mod shrink;
pub mod watch;

use random::Random;

/// Makes a mutated input good again in the parts that would be refused before anything else is looked at.
pub type Mend = fn(&[u8], &mut Random) -> Vec<u8>;

/// Something that takes bytes which somebody else may have written.
pub struct Target {
    /// The name of its file, and of its folder in `corpus/`.
    pub name: &'static str,
    /// The longest input worth trying, in bytes.
    pub longest: usize,
    /// Pieces that its inputs are made of.
    pub words: &'static [&'static str],
    /// Seeds besides those in `corpus/`: the frozen vectors, as a rule.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Makes good again what a mutation broke and the target would only stumble over: signatures, hashes,
    /// lengths. So an input gets to what stands behind them, as that of an insider would.
    pub mend: Option<Mend>,
    /// Tries one input. Panics where a promise is broken.
    pub check: fn(&[u8]) -> Verdict,
}

/// What became of an input; both are fine.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It was taken, and held what its target promises.
    Taken,
    /// So it was, as one or more of the things that the target knows.
    TakenAs(String),
    /// It was refused, in these words.
    Refused(String),
}

impl Verdict {
    /// Refused with an error's words.
    pub fn refused(error: &impl ToString) -> Self {
        Self::Refused(error.to_string())
    }
}
