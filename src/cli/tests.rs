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

/// What a command leaves in the access log.
enum Leaves {
    /// An entry of this action, besides that of the unlock.
    Entry(&'static str),
    /// None, because it shows and changes nothing that a passphrase guards.
    Nothing(&'static str),
}

/// Every command, by its words. `tests/sessions/every-command.md` plays those that leave an entry.
const LEAVES: &[(&str, Leaves)] = {
    use Leaves::{Entry, Nothing};
    &[
        ("init", Entry("staff")),
        ("status", Nothing("counts and marks that anybody with the store's folder can read")),
        ("doctor", Nothing("the machine, and what anybody with the store's folder can read")),
        ("group create", Entry("group")),
        ("group list", Nothing("the roster's names, which are not sealed")),
        ("group fields", Entry("group")),
        ("group rekey", Entry("group")),
        ("policy show", Nothing("the roster's policy, which is not sealed")),
        ("policy set", Entry("policy")),
        ("staff add", Entry("staff")),
        ("staff list", Nothing("the roster's names, which are not sealed")),
        ("staff show", Entry("staff")),
        ("staff grant", Entry("staff")),
        ("staff revoke", Entry("staff")),
        ("staff note", Entry("staff")),
        ("staff reset", Entry("staff")),
        ("staff remove", Entry("staff")),
        ("add", Entry("add")),
        ("lookup", Entry("lookup or search")),
        ("edit", Entry("edit")),
        ("history", Entry("history")),
        ("erase", Entry("erase")),
        ("hold", Entry("hold")),
        ("review", Entry("review")),
        ("document add", Entry("document")),
        ("document list", Entry("document")),
        ("document get", Entry("document")),
        ("document remove", Entry("document")),
        ("import", Entry("import")),
        ("export", Entry("export")),
        ("disclose", Entry("disclose")),
        ("inventory", Entry("group")),
        ("intake show", Entry("intake")),
        ("checkpoint", Entry("checkpoint")),
        ("verify", Entry("verify")),
        ("passphrase", Nothing("words by chance; it knows no store")),
        ("agreement set", Entry("agreement")),
        ("agreement show", Nothing("the roster's text, which is not sealed")),
        ("agreement sign", Entry("agreement")),
        ("agreement status", Nothing("the roster's signatures, which are not sealed")),
        ("log show", Entry("log")),
        ("log export", Entry("log")),
        ("log verify", Entry("log")),
        ("log report", Entry("log")),
        ("log head", Nothing("count and hash, that anybody with the store's folder can read")),
        ("backup enroll", Entry("backup")),
        ("backup create", Entry("backup")),
        ("backup list", Nothing("manifests, that anybody with the medium can read")),
        ("backup verify", Entry("backup, where the store is")),
        ("backup drill", Entry("drill")),
        ("backup restore", Entry("restore, in the restored store")),
        ("backup accept", Entry("accept")),
        ("backup prune", Entry("backup")),
        ("passwd", Entry("passwd")),
        ("recover", Entry("recover")),
        ("redact", Entry("redact")),
        ("shell", Entry("unlock")),
        ("completions", Nothing("the program's own words")),
        ("man", Nothing("the program's own words")),
    ]
};

#[test]
fn every_command_is_logged_or_has_a_reason_not_to_be() {
    let story = include_str!("../../tests/sessions/every-command.md");
    let known: Vec<String> = LEAVES.iter().map(|(words, _)| format!("vault {words}")).collect();
    let mut unknown: Vec<String> = commands().into_iter().map(|(words, _)| words).collect();
    unknown.retain(|words| !known.contains(words));
    assert!(unknown.is_empty(), "does it show or change what a passphrase guards? {unknown:?}");
    for ((words, leaves), full) in LEAVES.iter().zip(&known) {
        assert!(commands().iter().any(|(there, _)| there == full), "{words} is no command any more");
        match leaves {
            Leaves::Entry(action) => {
                let told = story.lines().any(|line| line.starts_with(&format!("$ {full}")));
                assert!(told, "every-command.md does not play {words}, which leaves `{action}`");
            }
            Leaves::Nothing(why) => assert!(!why.is_empty()),
        }
    }
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
