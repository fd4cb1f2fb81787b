//! The program's commands, and those of a transcript.

use std::collections::BTreeSet;

use clap::CommandFactory;
use vault::cli::Vault;

use super::support::transcript::{self, Act, Values, filled};

/// The transcript's commands, as far as they can be understood without playing it.
pub fn of(transcript: &str) -> BTreeSet<String> {
    // A code has to look like one.
    let named = (1..9).map(|number| format!("code {number}")).chain(["gone".to_owned()]);
    let codes: Values = named.map(|name| (name, "4T-7K3M-Q9TD".to_owned())).collect();
    let mut leaves = BTreeSet::new();
    for act in transcript::read(transcript).unwrap() {
        let Act::Run(run) = act else { continue };
        let words = shlex::split(&filled(&run.command, &codes)).unwrap_or_default();
        let words = words.into_iter().skip_while(|word| word != "vault").take_while(|word| word != "|");
        let Ok(matches) = Vault::command().try_get_matches_from(words) else { continue };
        let (mut at, mut leaf) = (&matches, Vec::new());
        while let Some((name, below)) = at.subcommand() {
            leaf.push(name);
            at = below;
        }
        leaves.insert(leaf.join(" "));
    }
    leaves
}

/// Every command of the program.
pub fn all() -> BTreeSet<String> {
    fn below(command: &clap::Command, name: &str, leaves: &mut BTreeSet<String>) {
        for child in command.get_subcommands() {
            let name = format!("{name} {}", child.get_name());
            if child.has_subcommands() {
                below(child, &name, leaves);
            } else {
                leaves.insert(name.trim().to_owned());
            }
        }
    }
    let mut leaves = BTreeSet::new();
    below(&Vault::command(), "", &mut leaves);
    leaves
}
