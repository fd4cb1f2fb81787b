//! The transcripts of `tests/sessions` under strace: what is typed unseen there is secret.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use libtest_mimic::{Failed, Trial};

use super::canary::{Canaries, Canary, Kind};
use super::report::Report;
use super::support::player::play_in;
use super::support::transcript::{self, Act, Piece, Run, Values, filled, pieces};
use super::traced::Stage;
use super::{PATIENCE, read};

/// The shortest answer that the other transcripts' hidden prompts count as a secret, in bytes.
const SHORTEST_TYPED: usize = 12;

/// What has a guest in `vault` who tries all that the audit looks for, and is refused it.
const GUEST: &str = "SESSION_PROBE";

/// One trial for each.
pub fn all() -> Vec<Trial> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sessions");
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    names
        .map(|name| format!("tests/sessions/{}", name.to_string_lossy()))
        .filter(|name| Path::new(name).extension().is_some_and(|kind| kind == "md"))
        .filter(|name| !name.ends_with("/README.md") && !read(name).contains(GUEST))
        .map(|name| Trial::test(name.clone(), move || trace(&name)))
        .collect()
}

fn trace(transcript: &str) -> Result<(), Failed> {
    let begun = Instant::now();
    let text = read(transcript);
    let mut stage = Stage::new(&std::env::current_exe()?)?;
    stage.stores_anywhere();
    let values = play_in(&stage.play(), &stage.wrapper(), &text, PATIENCE, Values::new())
        .map_err(|wrong| format!("{transcript}:{wrong}"))?;
    let played = begun.elapsed();
    let canaries = Canaries::new(typed_unseen(&text, &values)?);
    let report = Report::of(&stage, &stage.commands()?, &canaries)?;
    report.print(transcript, played, begun.elapsed());
    report.verdict(stage)
}

/// What is typed at hidden prompts, unless its longest word stands on a command line: a full name is no secret,
/// even if somebody tries it as a passphrase.
fn typed_unseen(text: &str, values: &Values) -> Result<Vec<Canary>, String> {
    let (mut typed, mut commands) = (BTreeSet::new(), String::new());
    for act in transcript::read(text)? {
        let expected = match act {
            Act::Run(Run { expected, command, .. }) => {
                commands += &command.to_lowercase();
                expected
            }
            Act::GoOn { expected, .. } => expected,
            Act::Write { .. } | Act::Leave { .. } => continue,
        };
        for line in &expected.terminal {
            let hidden = pieces(line)?.into_iter().filter_map(|piece| match piece {
                Piece::Types { text, hidden: true, .. } => Some(filled(&text, values).trim().to_owned()),
                _ => None,
            });
            typed.extend(hidden.filter(|text| text.len() >= SHORTEST_TYPED));
        }
    }
    let longest = |text: &str| {
        let words = text.split(|sign: char| !sign.is_alphanumeric());
        words.max_by_key(|word| word.len()).unwrap_or_default().to_lowercase()
    };
    let unseen = typed.iter().filter(|text| !commands.contains(&longest(text))).enumerate();
    Ok(unseen.map(|(index, text)| Canary::new(Kind::Record, &format!("typed {index}"), text)).collect())
}
