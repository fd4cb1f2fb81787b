//! `docs/commands.md` is what the program's own definitions say. After a change of the command line
//! `VAULT_UPDATE=1 cargo test --test commands_page` writes it anew.
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::fmt::Write as _;

use clap::{Arg, Command, CommandFactory};
use vault::cli::Vault;

const HEAD: &str = "# The commands

Made from the program's own definitions by `VAULT_UPDATE=1 cargo test --test commands_page`; every command
says the same under `--help`. Passphrases have no place here: they are typed at the terminal, and there is no
flag, variable, file or pipe for them.

## Exit codes

| code | meaning |
| --- | --- |
| 0 | done |
| 1 | failed: the message says what, and what to do next; also `doctor` with advice, and `import` of a sealed file that is another's, cut or damaged: that is the sender's file, not the store |
| 2 | wrong usage |
| 3 | wrong passphrase, or this person's role or grant does not allow it |
| 4 | no such customer, group or person |
| 5 | tampering or damage found |
| 6 | refused by policy: networked machine, no terminal |
| 7 | the access log can't be written, so nothing was shown |
| 8 | busy, or somebody changed the record meanwhile |
| 9 | partly done, and what was not is listed |
| 130 | interrupted; 128 and the number of another signal that ended a prompt |

## JSON

`--json` prints one object a line, each beginning with `\"v\":1`. Times are RFC 3339, UTC; a sensitive field that was
not revealed holds its mask and stands in `masked`.

| command | object |
| --- | --- |
| `status` | `{\"v\":1,\"store\":ID,\"groups\":[{\"name\":…,\"bytes\":N}],\"log\":{\"seq\":N,\"head\":H},\"last_backup\":T\\|null,\"last_drill\":T\\|null,\"networked\":bool,\"last_backup_on\":LABEL\\|null,\"last_drill_on\":LABEL\\|null}` |
| `doctor` | `{\"v\":1,\"check\":…,\"state\":\"ok\"\\|\"advice\"\\|\"unknown\",\"found\":…,\"advice\":…\\|null}` a check; the checks are `network` `swap` `hibernation` `core_dumps` `umask` `memory` `limits` `sandbox`, then `store` and, where there is one, `clock` `permissions` `folders` `space` `backup` `drill` `policy` `owners` |
| `group list` | `{\"v\":1,\"name\":…,\"codes\":…,\"bytes\":N}` a group; `codes` is how its customer codes begin |
| `group fields` | `{\"v\":1,\"name\":…,\"kind\":…,\"label\":…,\"required\":bool,\"sensitive\":bool,\"searchable\":bool,\"purpose\":…\\|null,\"keep_months\":N\\|null}` a field |
| `staff list` | `{\"v\":1,\"name\":…,\"role\":…,\"full_name\":…\\|null,\"groups\":[…],\"signed\":N\\|null,\"to_sign\":N\\|null,\"screening\":DATE\\|null,\"training\":DATE\\|null}` a person; `groups` are those that they may open, `to_sign` is the agreement's version that they still have to sign, the dates are the last days on which the newest hold |
| `staff show` | the same with `\"enrolled\":T,\"identity\":…,\"agreed\":[{\"version\":N,\"at\":T}],\"notes\":[{\"kind\":…,\"on\":DATE,\"expires\":DATE\\|null,\"by\":…,\"text\":…}]`; `text` for owners and auditors |
| `policy show` | `{\"v\":1,\"network\":…,\"sandbox\":…,\"screening\":…,\"training\":…,\"backup_days\":N,\"drill_days\":N,\"idle_minutes\":N,\"office_hours\":…}` |
| `add` | `{\"v\":1,\"code\":…,\"group\":…}` |
| `lookup` | `{\"v\":1,\"code\":…,\"group\":…,\"record\":{FIELD:VALUE,…},\"masked\":[FIELD,…],\"documents\":N,\"created\":T,\"updated\":T}` a hit; empty fields are left out |
| `history` | `{\"v\":1,\"code\":…,\"group\":…,\"version\":N,\"time\":T,\"staff\":…,\"changes\":[{\"field\":…,\"old\":…\\|null,\"new\":…\\|null}],\"masked\":[FIELD,…]}` a version, oldest first |
| `backup create` | `{\"v\":1,\"snapshot\":…,\"new_bytes\":N,\"total_bytes\":N,\"verified\":true,\"medium\":LABEL}` |
| `backup list` | `{\"v\":1,\"snapshot\":…,\"time\":T,\"bytes\":N,\"verified\":bool,\"checked\":T\\|null,\"line\":N}` a whole snapshot, oldest first; `checked` is when every byte was last checked, and good |
| `import` | `{\"v\":1,\"imported\":N,\"skipped\":[{\"line\":L,\"field\":F,\"reason\":R}]}`; the field is `-` where the whole row is meant |
| `intake show` | `{\"v\":1,\"group\":…,\"recipient\":\"age1…\"}` |
| `disclose`, into its file | `{\"v\":1,\"code\":…,\"group\":…,\"created\":T,\"created_by\":…,\"updated\":T,\"record\":[{\"field\":F,\"label\":…,\"value\":…,\"purpose\":…\\|null,\"keep_months\":N\\|null,\"gone\":bool}],\"history\":[{\"time\":T,\"staff\":…,\"changes\":[{\"field\":F,\"label\":…,\"old\":…\\|null,\"new\":…\\|null}]}],\"documents\":[{\"name\":…,\"type\":…,\"bytes\":N,\"sha256\":H,\"added\":T,\"staff\":…}],\"hold\":{\"time\":T,\"staff\":…,\"reason\":…}\\|null,\"review\":{\"time\":T,\"staff\":…}\\|null,\"access\":[{\"seq\":N,\"time\":T,\"staff\":…,\"role\":…,\"action\":…,\"fields\":[F],\"reason\":…\\|null,\"outcome\":…,\"whole_group\":bool}],\"access_up_to\":N}`; `gone` is a field that the group has no longer, `whole_group` an export of all its customers |
| `export`, into its file | `{\"customer_code\":CODE,FIELD:VALUE,…}` a customer, without `v`, so that `import --ignore customer_code` of another store takes it |

Without `--json`, and when standard output is no terminal, the same comes as tab-separated text, in which a tab, a
newline and a backslash are written `\\t`, `\\n`, `\\\\`.
";

fn page() -> String {
    let mut vault = Vault::command();
    vault.build();
    let mut page = HEAD.to_owned();
    page.push_str("\n## Everywhere\n\n");
    for argument in vault.get_arguments().filter(|argument| argument.is_global_set()) {
        describe(argument, &mut page);
    }
    section(&vault, &mut page);
    page
}

/// A command without subcommands, or the sections of those it has.
fn section(command: &Command, page: &mut String) {
    if command.has_subcommands() {
        command.get_subcommands().filter(|child| !child.is_hide_set()).for_each(|child| section(child, page));
        return;
    }
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    let usage = command.clone().render_usage().to_string();
    let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage);
    write!(page, "\n## {name}\n\n{}\n\n```\n{}\n```\n", about.trim(), usage.trim()).unwrap();
    let own =
        || command.get_arguments().filter(|argument| !argument.is_global_set() && !argument.is_hide_set());
    let own = || own().filter(|argument| argument.get_id() != "help" && argument.get_id() != "version");
    if own().next().is_some() {
        page.push('\n');
    }
    own().for_each(|argument| describe(argument, page));
    let after = command.get_after_long_help().or(command.get_after_help()).map(ToString::to_string);
    if let Some(after) = after {
        let lines: Vec<&str> = after.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        if let Some((title, examples)) = lines.split_first() {
            write!(page, "\n{title}\n\n```sh\n{}\n```\n", examples.join("\n")).unwrap();
        }
    }
}

fn describe(argument: &Arg, page: &mut String) {
    let names = argument.get_value_names().unwrap_or_default();
    let values: Vec<String> = names.iter().map(ToString::to_string).collect();
    let takes_values = argument.get_action().takes_values() && !values.is_empty();
    let flag = match (argument.get_short(), argument.get_long()) {
        (Some(short), Some(long)) => format!("-{short}, --{long}"),
        (None, Some(long)) => format!("--{long}"),
        (Some(short), None) => format!("-{short}"),
        (None, None) => String::new(),
    };
    let form = match (flag.is_empty(), takes_values) {
        (true, _) => values.join(" "),
        (false, true) => format!("{flag} {}", values.join(" ")),
        (false, false) => flag,
    };
    let help = argument.get_long_help().or(argument.get_help()).map(ToString::to_string).unwrap_or_default();
    writeln!(page, "- `{form}`: {}", help.split_whitespace().collect::<Vec<_>>().join(" ")).unwrap();
}

#[test]
fn the_commands_page_is_what_the_program_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/commands.md");
    let page = page();
    if std::env::var_os("VAULT_UPDATE").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    let differs = page.lines().zip(written.lines()).position(|(now, then)| now != then);
    assert!(
        page == written,
        "docs/commands.md is out of date from line {}; run: VAULT_UPDATE=1 cargo test --test commands_page",
        differs.unwrap_or_default() + 1
    );
}

#[test]
fn every_command_says_what_it_does_and_shows_examples() {
    fn check(command: &Command) {
        let name = command.get_bin_name().unwrap_or_else(|| command.get_name()).to_owned();
        assert!(command.get_about().is_some(), "{name} does not say what it does");
        if !command.has_subcommands() {
            assert!(command.get_after_help().is_some(), "{name} has no examples");
        }
        command.get_subcommands().for_each(check);
    }
    let mut vault = Vault::command();
    vault.build();
    check(&vault);
}
