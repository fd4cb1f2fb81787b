//! What was typed at the shell's prompt: words as a shell splits them, and which command they are.

use std::ffi::OsString;

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches};

use crate::cli::error::{CommandError, Kind};
use crate::cli::{Command, Everywhere, Vault, usage};

const IN_THE_SHELL: &str = "In the shell:\n  \
    lock              wipe keys and records, clear the screen, ask again\n  \
    exit, quit        leave the shell, as Ctrl-D does\n  \
    help, COMMAND -h  this list, or a command's help";

/// Those that are about no unlocked person, or would be two shells in one.
const OUTSIDE: [(&str, &str); 3] = [
    ("init", "`init` makes another store"),
    ("recover", "`recover` is for who can't unlock"),
    ("shell", "this is the shell"),
];

/// A line in words.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// Nothing was typed.
    Nothing,
    /// `lock`.
    Lock,
    /// `exit` or `quit`.
    Exit,
    /// A command, with the program's name before it.
    Command(Vec<OsString>),
}

/// Splits a line. A leading `vault`, typed by habit, is dropped.
pub fn split(line: &str) -> Result<Line, CommandError> {
    if let Some(mark) = shell_mark(line) {
        let (without, hint) = if mark == '#' {
            ("no comments", "put it in quotes: '#12'")
        } else {
            ("no pipes and no redirection", "leave the shell for that, or put the sign in quotes")
        };
        let message = format!("this shell has {without}: {mark} was not understood");
        return Err(CommandError::new(Kind::Usage, message).hint(hint));
    }
    let Some(mut words) = shlex::split(line) else {
        return Err(CommandError::new(
            Kind::Usage,
            "a quotation mark or a backslash at the end has no partner",
        )
        .hint("put what belongs together between two: --reason \"refund 118\""));
    };
    if words.first().is_some_and(|first| first == "vault") {
        words.remove(0);
    }
    if words == ["?"] {
        words = vec!["help".to_owned()];
    }
    let mut own = words.iter().map(String::as_str);
    match (own.next(), own.next()) {
        (None, _) => return Ok(Line::Nothing),
        (Some("lock"), None) => return Ok(Line::Lock),
        (Some("exit" | "quit"), None) => return Ok(Line::Exit),
        (Some(word @ ("lock" | "exit" | "quit")), Some(_)) => {
            return Err(CommandError::new(Kind::Usage, format!("`{word}` stands alone")));
        }
        _ => {}
    }
    let arguments = std::iter::once(OsString::from("vault")).chain(words.into_iter().map(OsString::from));
    Ok(Line::Command(usage::help_asked_in_words(arguments.collect())))
}

/// What another shell would act on, outside of quotes; some signs only where a word begins.
fn shell_mark(line: &str) -> Option<char> {
    let mut quote = None;
    let mut begins = true;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (None, '|' | ';') => return Some(character),
            (None, '>' | '<' | '&' | '#') if begins => return Some(character),
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), close) if open == close => quote = None,
            (None | Some('"'), '\\') => drop(characters.next()),
            _ => {}
        }
        begins = quote.is_none() && character.is_whitespace();
    }
    None
}

/// A command that may be run in the shell.
#[derive(Debug)]
pub struct Understood {
    /// The flags of every command, the shell's own where none were given.
    pub everywhere: Everywhere,
    pub(in crate::cli) command: Command,
}

/// Why a line is none.
pub enum NotUnderstood {
    /// Help was asked for, or clap has something to say.
    Clap(clap::Error),
    /// It is not for the shell.
    Refused(CommandError),
}

/// Parses a command as outside; `--plain`, `--color` and `--wait` are the shell's unless given.
pub fn parse(arguments: &[OsString], shell: &Everywhere) -> Result<Understood, NotUnderstood> {
    let matches = grammar().try_get_matches_from(arguments).map_err(NotUnderstood::Clap)?;
    let refused = |what: String| {
        let hint = "leave the shell for that: `exit`";
        Err(NotUnderstood::Refused(CommandError::new(Kind::Usage, what).hint(hint)))
    };
    for (id, flag) in [("store", "--store"), ("staff", "--as")] {
        if given(&matches, id) {
            return refused(format!("{flag} can't be given in the shell: it has one store and one person"));
        }
    }
    let name = matches.subcommand_name().unwrap_or_default();
    if let Some((_, why)) = OUTSIDE.iter().find(|(outside, _)| *outside == name) {
        return refused(format!("{why}, so it can't be run in one"));
    }
    let Vault { mut everywhere, command } = Vault::from_arg_matches(&matches).map_err(NotUnderstood::Clap)?;
    everywhere.store.clone_from(&shell.store);
    everywhere.staff.clone_from(&shell.staff);
    everywhere.plain |= shell.plain;
    if !given(&matches, "color") {
        everywhere.color = shell.color;
    }
    if !given(&matches, "wait") {
        everywhere.wait = shell.wait;
    }
    Ok(Understood { everywhere, command })
}

fn given(matches: &ArgMatches, id: &str) -> bool {
    matches.value_source(id) == Some(ValueSource::CommandLine)
}

/// The commands, and in the list of them those of the shell's own.
fn grammar() -> clap::Command {
    let mut grammar = Vault::command().after_help(IN_THE_SHELL).override_usage("COMMAND [OPTIONS]");
    for name in ["store", "staff"] {
        grammar = grammar.mut_arg(name, |argument| argument.hide(true));
    }
    for (name, _) in OUTSIDE {
        if grammar.find_subcommand(name).is_some() {
            grammar = grammar.mut_subcommand(name, |command| command.hide(true));
        }
    }
    grammar
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::ColourChoice;

    fn words(line: &str) -> String {
        match split(line) {
            Ok(Line::Command(words)) => {
                words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join("·")
            }
            Ok(line) => format!("{line:?}"),
            Err(error) => error.message().to_owned(),
        }
    }

    fn everywhere() -> Everywhere {
        Everywhere { store: None, staff: None, plain: true, color: ColourChoice::Never, wait: 3 }
    }

    fn parsed(line: &str) -> Result<Understood, String> {
        let Ok(Line::Command(words)) = split(line) else { return Err("no command".to_owned()) };
        parse(&words, &everywhere()).map_err(|wrong| match wrong {
            NotUnderstood::Clap(error) => error.to_string(),
            NotUnderstood::Refused(error) => error.render(false),
        })
    }

    #[test]
    fn a_line_is_split_as_a_shell_does_and_nothing_in_it_is_replaced() {
        assert_eq!(words("lookup anna 'zoë b'"), "vault·lookup·anna·zoë b");
        assert_eq!(
            words(r#" vault add private --set name="Anna \"A\"""#),
            r#"vault·add·private·--set·name=Anna "A""#
        );
        assert_eq!(words("lookup $HOME * ~"), "vault·lookup·$HOME·*·~");
        assert_eq!(words("help group create"), "vault·group·create·--help");
        assert_eq!((words("?"), words("lookup ?")), ("vault·--help".to_owned(), "vault·lookup·?".to_owned()));
        assert!(words("lookup 'anna").contains("quotation mark"));
    }

    #[test]
    fn the_shells_own_words_stand_alone() {
        for (line, meant) in [
            ("", "Nothing"),
            ("  ", "Nothing"),
            ("vault", "Nothing"),
            ("lock", "Lock"),
            (" exit ", "Exit"),
            ("quit", "Exit"),
            ("vault exit", "Exit"),
        ] {
            assert_eq!(words(line), meant, "{line:?}");
        }
        assert_eq!(words("lock now"), "`lock` stands alone");
    }

    #[test]
    fn what_only_other_shells_understand_is_told_and_may_be_quoted() {
        for line in
            ["lookup anna | head", "lookup anna >file", "status; status", "status & lock", "lookup #12"]
        {
            assert!(words(line).ends_with("was not understood"), "{line}: {}", words(line));
        }
        assert_eq!(words(r#"lookup "| b" '#12' a#b \# x>y"#), "vault·lookup·| b·#12·a#b·#·x>y");
    }

    #[test]
    fn the_shells_flags_hold_unless_others_are_given() {
        let all = parsed("lookup anna").unwrap().everywhere;
        assert_eq!((all.plain, all.color, all.wait), (true, ColourChoice::Never, 3));
        let all = parsed("lookup anna --wait 7 --color always").unwrap().everywhere;
        assert_eq!((all.color, all.wait), (ColourChoice::Always, 7));
        assert_eq!(parsed("--wait 7 lookup anna").unwrap().everywhere.wait, 7);
    }

    #[test]
    fn another_store_another_person_and_another_shell_are_refused() {
        for line in ["--store /x status", "lookup anna --as bob", "shell", "init", "init --owner bob"] {
            let wrong = parsed(line).unwrap_err();
            assert!(wrong.contains("hint: leave the shell"), "{line}: {wrong}");
        }
    }

    #[test]
    fn help_lists_the_shells_own_words_and_not_what_it_refuses() {
        let help = parsed("help").unwrap_err();
        assert!(help.contains("lock ") && help.contains("exit, quit") && help.contains("lookup"), "{help}");
        assert!(!help.contains("  init") && !help.contains("--store"), "{help}");
        assert!(IN_THE_SHELL.lines().all(|line| line.len() <= 80), "{IN_THE_SHELL}");
        let help = parsed("lookup -h").unwrap_err();
        assert!(help.contains("Examples:") && !help.contains("exit, quit"), "{help}");
        let help = parsed("group").unwrap_err();
        assert!(help.contains("create"), "{help}");
    }
}
