//! `vault passphrase`

use indicatif::HumanCount;

use super::Context;
use super::error::CommandError;
use super::new_passphrase::draw;
use crate::store::diceware;

/// Print a generated passphrase and its strength.
///
/// The words come from a list that everybody may know; what makes them strong is that each is drawn
/// by chance. Nothing is kept: write them down until you know them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault passphrase\n  vault passphrase --words 8")]
pub struct PassphraseArgs {
    /// How many words, from 4 to 12.
    #[arg(long, value_name = "N", default_value_t = diceware::USUAL_WORDS,
          value_parser = clap::value_parser!(u8).range(4..=12))]
    pub words: u8,
}

impl PassphraseArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let passphrase = draw(context, self.words.into())?;
        let mut output = context.output(false);
        output.line(passphrase.expose())?;
        output.finish()?;
        context.say(&strength(self.words));
        Ok(())
    }
}

/// What it takes to guess so many drawn words, rounded down.
fn strength(words: u8) -> String {
    let list = HumanCount(diceware::LIST.into());
    let (guesses, bits) = (diceware::guesses_log10(words.into()), diceware::bits(words.into()));
    format!("{words} words drawn from {list}: 10^{guesses} guesses ({bits} bits)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strength_is_that_of_the_draw() {
        assert_eq!(strength(4), "4 words drawn from 7,776: 10^15 guesses (51 bits)");
        assert_eq!(strength(6), "6 words drawn from 7,776: 10^23 guesses (77 bits)");
        assert_eq!(strength(12), "12 words drawn from 7,776: 10^46 guesses (155 bits)");
    }
}
