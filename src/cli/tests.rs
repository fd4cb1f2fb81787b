//! The command line as a whole: its tree, its help, its usage errors.

use clap::{Args, CommandFactory};

use super::*;

/// Every command's clap definition, by its words.
fn commands() -> Vec<(String, clap::Command)> {
    fn collect(command: &clap::Command, words: &str, found: &mut Vec<(String, clap::Command)>) {
        for child in command.get_subcommands() {
            let words = format!("{words} {}", child.get_name());
            if child.has_subcommands() {
                collect(child, &words, found);
            } else {
                found.push((words, child.clone()));
            }
        }
    }
    let mut found = Vec::new();
    collect(&Vault::command(), "vault", &mut found);
    found
}

fn parsed<A: Args>(arguments: &[&str]) -> Result<A, clap::Error> {
    let matches = A::augment_args(clap::Command::new("test").no_binary_name(true))
        .try_get_matches_from(arguments.iter().copied())?;
    A::from_arg_matches(&matches)
}

#[test]
fn the_tree_is_sound() {
    Vault::command().debug_assert();
    for (_, command) in commands() {
        command.debug_assert();
    }
}

#[test]
fn every_help_begins_with_one_line_and_ends_with_two_examples() {
    for (words, mut command) in commands() {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        assert!(!about.is_empty() && !about.contains('\n') && about.len() <= 80, "{words}: {about:?}");
        let help = command.render_long_help().to_string();
        assert!(help.starts_with(&about), "{words}");
        let (_, examples) = help.split_once("Examples:\n").expect("examples");
        assert_eq!(examples.trim_end().lines().count(), 2, "{words}");
        let name = words.rsplit(' ').next().unwrap();
        for example in examples.trim_end().lines() {
            assert!(example.starts_with("  vault ") && example.contains(name), "{words}: {example}");
        }
    }
}

#[test]
fn revealing_needs_a_reason_and_a_reason_something_to_reveal() {
    assert!(parsed::<lookup::LookupArgs>(&["anna", "--reveal", "iban"]).is_err());
    assert!(parsed::<lookup::LookupArgs>(&["anna", "--reason", "refund"]).is_err());
    let lookup: lookup::LookupArgs =
        parsed(&["anna", "lund", "--reveal", "iban,card", "--reason", "refund"]).unwrap();
    assert_eq!(lookup.query, ["anna", "lund"]);
    assert_eq!(lookup.reveal, ["iban", "card"]);
    assert_eq!(lookup.limit, 20);
}

#[test]
fn the_work_factor_of_a_store_is_never_cheap() {
    for (typed, valid) in [("16", false), ("17", true), ("20", true), ("21", false), ("x", false)] {
        assert_eq!(parsed::<init::InitArgs>(&["--work-factor", typed]).is_ok(), valid, "{typed}");
    }
}

#[test]
fn fields_come_one_by_one_or_from_a_file_and_not_from_both() {
    assert!(parsed::<add::AddArgs>(&["private", "--set", "name=A", "--from", "-"]).is_err());
    let add: add::AddArgs = parsed(&["private", "--set", "name=A", "--set", "city=Lund"]).unwrap();
    assert_eq!(add.set.len(), 2);
    assert_eq!(format!("{:?}", add.set[0]), "Assignment(name=…)");
    assert!(parsed::<edit::EditArgs>(&["4T-7K3M-Q9TD", "--unset", "phone", "--from", "-"]).is_err());
}

#[test]
fn global_flags_stand_before_or_after_the_command() {
    for arguments in
        [["vault", "--plain", "completions", "bash"], ["vault", "completions", "bash", "--plain"]]
    {
        assert!(Vault::try_parse_from(arguments).unwrap().everywhere.plain);
    }
}
