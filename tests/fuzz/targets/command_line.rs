//! A line typed at the shell's prompt: split into words, and understood as a command.

use vault::cli::Everywhere;
use vault::cli::output::ColourChoice;
use vault::cli::shell::line::{Line, NotUnderstood, parse, split};

use crate::engine::{Target, Verdict, seeds};

pub const TARGET: Target = Target {
    name: "command_line",
    longest: 8 * 1024,
    words: &[
        " ",
        "'",
        "\"",
        "\\",
        "|",
        ";",
        "&",
        ">",
        "#",
        "=",
        "--",
        "-",
        "vault ",
        "lookup ",
        "add ",
        "edit ",
        "history ",
        "import ",
        "group ",
        "create ",
        "fields ",
        "rekey ",
        "staff ",
        "grant ",
        "revoke ",
        "remove ",
        "note ",
        "log ",
        "show ",
        "export ",
        "verify ",
        "report ",
        "head ",
        "policy ",
        "set ",
        "agreement ",
        "passwd ",
        "lock",
        "exit",
        "help ",
        "?",
        "status ",
        "checkpoint ",
        "--set ",
        "name=",
        "--reveal ",
        "--reason ",
        "--since ",
        "--until ",
        "--limit ",
        "--json",
        "--plain",
        "--color ",
        "--wait ",
        "--store ",
        "--as ",
        "-h",
        "--help",
        "--version",
        "2026-11-24",
        "7d",
    ],
    seeds: seeds::none,
    mend: None,
    check,
};

fn everywhere() -> Everywhere {
    Everywhere {
        store: Some("/the/store".into()),
        staff: Some("olga".to_owned()),
        plain: true,
        color: ColourChoice::Never,
        wait: 3,
    }
}

fn check(input: &[u8]) -> Verdict {
    let Ok(line) = std::str::from_utf8(input) else { return Verdict::refused(&"no text") };
    let arguments = match split(line) {
        Ok(Line::Command(arguments)) => arguments,
        Ok(other) => return Verdict::refused(&format!("{other:?}")),
        Err(error) => {
            harmless(&error.render(false));
            return Verdict::refused(&error.message());
        }
    };
    assert_eq!(arguments[0], "vault");
    assert!(arguments.len() > 1, "a command has words");
    // Nothing is replaced or made up: quoted again, the words are the words.
    let words: Vec<&str> = arguments[1..].iter().map(|word| word.to_str().unwrap()).collect();
    if words.iter().all(|word| !word.contains('\0')) && words.last() != Some(&"--help") {
        let quoted = shlex::try_join(words.iter().copied()).unwrap();
        match split(&format!("vault {quoted}")) {
            Ok(Line::Command(again)) => assert_eq!(again, arguments, "{quoted}"),
            other => panic!("{quoted} was a command: {other:?}"),
        }
    }
    let shell = everywhere();
    match parse(&arguments, &shell) {
        Ok(understood) => {
            // Another store and another person can't be named, in whatever way that was tried.
            assert_eq!(
                (understood.everywhere.store, understood.everywhere.staff),
                (shell.store, shell.staff)
            );
            assert!(understood.everywhere.plain);
            Verdict::Taken
        }
        Err(NotUnderstood::Refused(error)) => {
            harmless(&error.render(false));
            Verdict::refused(&error.message())
        }
        Err(NotUnderstood::Clap(error)) => Verdict::refused(&format!("{:?}", error.kind())),
    }
}

/// What is said of a line drives no terminal.
fn harmless(said: &str) {
    let unsafe_one = said.chars().find(|c| *c != '\n' && vault::cli::text::is_unsafe(*c));
    assert_eq!(unsafe_one, None, "{said:?}");
}
