//! What lies in `examples/nightly-backup` fits systemd and this program.
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_vault");
/// Where the units and the crontab have the program.
const INSTALLED: &str = "/usr/local/bin/vault";

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/nightly-backup")
}

/// The files of the example that end so, with their texts.
fn files(kind: &str) -> Vec<(String, String)> {
    let names = fs::read_dir(example()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let of_kind = names.filter(|name| name.ends_with(kind));
    of_kind.map(|name| (name.clone(), fs::read_to_string(example().join(name)).unwrap_or_default())).collect()
}

/// The arguments of every `vault` that the units and the crontab call.
fn commands() -> Vec<Vec<String>> {
    let units = files(".service");
    let units = units.iter().flat_map(|(_, text)| text.lines()).filter_map(|line| {
        line.strip_prefix("ExecStart=").and_then(|command| command.strip_prefix(INSTALLED)).map(str::to_owned)
    });
    let crontab = fs::read_to_string(example().join("crontab")).unwrap();
    let jobs = crontab.lines().filter(|line| !line.starts_with('#'));
    let jobs = jobs.filter_map(|line| {
        let (_, command) = line.split_once(" vault ")?;
        Some(command.split(">>").next().unwrap_or_default().to_owned())
    });
    let words = |command: String| command.split_whitespace().map(str::to_owned).collect();
    units.chain(jobs).map(words).collect()
}

#[test]
fn every_job_calls_the_program_as_it_wants_to_be_called() {
    let commands = commands();
    assert_eq!(commands.len(), 6, "{commands:?}");
    for command in commands {
        // Whatever stands before it is read before help is given.
        let output = Command::new(PROGRAM).args(&command).arg("--help").output().unwrap();
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn systemd_takes_the_units() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        println!("SKIPPED: the units of the nightly backup, because systemd-analyze is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut units = Vec::new();
    for (name, text) in files("").into_iter().filter(|(_, text)| !text.is_empty()) {
        // Neither the program nor its manual is installed where tests run.
        let text = text.replace(INSTALLED, PROGRAM);
        let text: Vec<&str> = text.lines().filter(|line| !line.starts_with("Documentation=man:")).collect();
        let path = folder.path().join(&name);
        fs::write(&path, text.join("\n") + "\n").unwrap();
        let kinds = [".service", ".timer", ".mount"];
        units.extend(kinds.iter().any(|kind| name.ends_with(kind)).then_some(path));
    }
    assert_eq!(units.len(), 7, "{units:?}");
    let common = "vault-backup-.service.d";
    fs::create_dir(folder.path().join(common)).unwrap();
    fs::copy(example().join(common).join("common.conf"), folder.path().join(common).join("common.conf"))
        .unwrap();

    let output = Command::new("systemd-analyze").arg("verify").args(&units).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
}
