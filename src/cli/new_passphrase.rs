//! A person's new passphrase and a new recovery sheet: asked for, shown and confirmed at the terminal.

use super::Context;
use super::error::{CommandError, Kind};
use super::terminal::Terminal;
use super::unlock::ask_passphrase;
use crate::sealed::passphrase::Passphrase;
use crate::store::{Name, diceware, strength};

/// How often somebody may try to type the same passphrase twice, or the recovery sheet's.
const TRIES: usize = 5;
const OFFER: &str = "An empty line shows a generated one, as `vault passphrase` makes them.\n";

/// Which recovery sheet it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sheet {
    /// The store's first one.
    First,
    /// One that takes an older one's place.
    Replaces,
}

/// A passphrase for `name` that is strong enough and was typed twice. `known` are further words that
/// a guesser would try, such as the parts of the full name; `refuse` is the passphrase until now.
///
/// An empty line shows a generated one, the same each time: it is typed like any other.
pub(in crate::cli) fn new_passphrase(
    context: &Context,
    terminal: &Terminal,
    name: &Name,
    known: &[&str],
    refuse: Option<&Passphrase>,
) -> Result<Passphrase, CommandError> {
    let known: Vec<&str> = known.iter().copied().chain([name.as_str()]).collect();
    let mut generated: Option<Passphrase> = None;
    for _ in 0..TRIES {
        let mut passphrase = ask_passphrase(terminal, &format!("New passphrase for {name}: "))?;
        if passphrase.is_empty() {
            let shown = match generated {
                Some(again) => again,
                None => draw(context, diceware::USUAL_WORDS.into())?,
            };
            terminal.show(&format!(
                "\n{}\n\nWrite it down, and keep it with you until you know it.\n\
                 Now type it, or one of your own.\n",
                shown.expose()
            ))?;
            generated = Some(shown);
            passphrase = ask_passphrase(terminal, &format!("New passphrase for {name}: "))?;
        }
        if let Some(reason) = refusal(&passphrase, &known, refuse) {
            terminal.tell(&format!("{reason}\n{OFFER}"))?;
            continue;
        }
        let repeated = ask_passphrase(terminal, "Repeat new passphrase: ")?;
        if repeated.expose() != passphrase.expose() {
            terminal.show("The two differ. Once more, from the beginning.\n")?;
            continue;
        }
        if generated.is_some_and(|shown| shown.expose() == passphrase.expose()) {
            terminal.show("It still stands on this screen: clear the screen before you leave it.\n")?;
        }
        return Ok(passphrase);
    }
    Err(CommandError::new(Kind::Failed, "no passphrase was chosen, so nothing was changed")
        .hint("four or more uncommon words make a good one; `vault passphrase` draws some"))
}

/// Why a new passphrase is not taken, if it is not.
fn refusal(passphrase: &Passphrase, known: &[&str], refuse: Option<&Passphrase>) -> Option<String> {
    if refuse.is_some_and(|old| old.expose() == passphrase.expose()) {
        return Some("The passphrase is not new: it is the old one".to_owned());
    }
    let weak = strength::check(passphrase, known).err()?;
    Some(format!("The passphrase is too weak: {weak}"))
}

/// Shows a recovery sheet's passphrase once and asks for it back.
pub(in crate::cli) fn recovery_sheet(
    context: &Context,
    terminal: &Terminal,
    store: &str,
    which: Sheet,
) -> Result<Passphrase, CommandError> {
    let sheet = draw(context, diceware::RECOVERY_WORDS)?;
    terminal.show(
        "\nWrite the eight words and the store's number on paper, and lock the paper away.\n\
         It is the only help when a passphrase is forgotten, and it opens everything.\n\
         The words are shown this once.\n",
    )?;
    if which == Sheet::Replaces {
        terminal.show("Once they are confirmed, the old sheet no longer works: destroy it then.\n")?;
    }
    terminal.show(&format!("\nRecovery sheet for store {store}\n{}\n\n", sheet.expose()))?;
    terminal.show("Now type it from the paper.\n")?;
    for _ in 0..TRIES {
        let typed = ask_passphrase(terminal, "Recovery passphrase: ")?;
        if diceware::as_generated(&typed).expose() == sheet.expose() {
            return Ok(sheet);
        }
        terminal.show("That is not what stands on the sheet.\n")?;
    }
    let mut message = "the recovery sheet was not confirmed, so nothing was changed".to_owned();
    if which == Sheet::Replaces {
        message += ": the old sheet is still the right one";
    }
    Err(CommandError::new(Kind::Failed, message))
}

/// Draws a passphrase of so many words.
pub(in crate::cli) fn draw(context: &Context, words: usize) -> Result<Passphrase, CommandError> {
    diceware::generate(words, &*context.surroundings.random)
        .map_err(|error| CommandError::new(Kind::Failed, format!("no randomness to draw words: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    fn passphrase(text: &str) -> Passphrase {
        Passphrase::new(Zeroizing::new(text.to_owned()))
    }

    #[test]
    fn the_old_passphrase_is_refused_however_strong() {
        let (old, other) =
            (passphrase("violet-harbour-engine-seventeen"), passphrase("granite parade oyster muffin"));
        let reason = refusal(&old, &[], Some(&old)).unwrap();
        assert_eq!(reason, "The passphrase is not new: it is the old one");
        assert_eq!(refusal(&other, &[], Some(&old)), None);
        assert_eq!(refusal(&old, &[], None), None);
    }

    #[test]
    fn names_of_the_person_do_not_make_it_stronger() {
        let names = passphrase("Aleksandra-Wojciechowska-K");
        assert_eq!(refusal(&names, &[], None), None);
        let reason = refusal(&names, &["aleksandra", "wojciechowska"], None).unwrap();
        assert!(reason.starts_with("The passphrase is too weak: it would be guessed: "), "{reason}");
    }
}
