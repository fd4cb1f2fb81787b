//! The files and folders that a command line names: all that its process may still reach besides the
//! store, and what a shell holds against its folders.

use std::path::{Path, PathBuf};

use super::Command;
use super::agreement::AgreementCommand;
use super::backup::BackupCommand;
use super::document::DocumentCommand;
use super::group::GroupCommand;
use super::log::LogCommand;
use super::log::export::manifest_of;
use super::redact::{RedactArgs, STANDARD};

/// A path that a command line names, by what the command does with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    /// A file, or a folder of them, is read.
    Read(PathBuf),
    /// A new file is made.
    Make(PathBuf),
    /// A folder is filled with files.
    Fill(PathBuf),
    /// A folder is read and changed, as a medium is.
    Change(PathBuf),
}

impl Command {
    /// What it names. A path that is missing here can't be reached by the command that names it.
    pub(super) fn named(&self) -> Vec<Named> {
        let read = |path: &Option<PathBuf>| path.iter().cloned().map(Named::Read).collect();
        match self {
            Self::Add(arguments) => read(&arguments.from),
            Self::Edit(arguments) => read(&arguments.from),
            Self::Import(arguments) => vec![Named::Read(arguments.file.clone())],
            Self::Group(GroupCommand::Create(arguments)) => read(&arguments.fields),
            Self::Group(GroupCommand::Fields(arguments)) => read(&arguments.set),
            Self::Agreement(AgreementCommand::Set(arguments)) => vec![Named::Read(arguments.file.clone())],
            Self::Log(command) => named_by_log(command),
            Self::Backup(command) => named_by_backup(command),
            Self::Document(DocumentCommand::Add(arguments)) => vec![Named::Read(arguments.file.clone())],
            Self::Document(DocumentCommand::Get(arguments)) => vec![Named::Make(arguments.output.clone())],
            Self::Export(arguments) => vec![Named::Make(arguments.output.clone())],
            Self::Redact(arguments) => named_by_redact(arguments),
            Self::Disclose(arguments) => vec![Named::Make(arguments.output.clone())],
            Self::Man(arguments) => vec![Named::Fill(arguments.dir.clone())],
            Self::Shell(arguments) => arguments.folders().into_iter().map(Named::Fill).collect(),
            Self::Init(_)
            | Self::Status(_)
            | Self::Doctor(_)
            | Self::Group(GroupCommand::List(_) | GroupCommand::Rekey(_))
            | Self::Policy(_)
            | Self::Staff(_)
            | Self::Lookup(_)
            | Self::History(_)
            | Self::Erase(_)
            | Self::Hold(_)
            | Self::Review(_)
            | Self::Document(DocumentCommand::List(_) | DocumentCommand::Remove(_))
            | Self::Inventory(_)
            | Self::Intake(_)
            | Self::Checkpoint(_)
            | Self::Verify(_)
            | Self::Passphrase(_)
            | Self::Agreement(
                AgreementCommand::Show(_) | AgreementCommand::Sign(_) | AgreementCommand::Status(_),
            )
            | Self::Passwd(_)
            | Self::Recover(_)
            | Self::Completions(_) => Vec::new(),
        }
    }
}

fn named_by_redact(arguments: &RedactArgs) -> Vec<Named> {
    let is_file = |path: &&PathBuf| path.as_os_str() != STANDARD;
    let read = [&arguments.file].into_iter().filter(is_file).cloned().map(Named::Read);
    read.chain(arguments.output.iter().filter(is_file).cloned().map(Named::Make)).collect()
}

fn named_by_log(command: &LogCommand) -> Vec<Named> {
    match command {
        LogCommand::Export(arguments) => {
            vec![Named::Make(arguments.output.clone()), Named::Make(manifest_of(&arguments.output))]
        }
        LogCommand::Report(arguments) => arguments.output.iter().cloned().map(Named::Make).collect(),
        LogCommand::Verify(arguments) => {
            let exported = arguments.export.iter().flat_map(|file| [file.clone(), manifest_of(file)]);
            exported.chain(arguments.against.iter().cloned()).map(Named::Read).collect()
        }
        LogCommand::Show(_) | LogCommand::Head(_) => Vec::new(),
    }
}

fn named_by_backup(command: &BackupCommand) -> Vec<Named> {
    match command {
        BackupCommand::Enroll(arguments) => vec![Named::Change(arguments.dir.clone())],
        BackupCommand::Create(arguments) => vec![Named::Change(arguments.dir.clone())],
        BackupCommand::Prune(arguments) => vec![Named::Change(arguments.dir.clone())],
        BackupCommand::List(arguments) => vec![Named::Read(arguments.dir.clone())],
        BackupCommand::Verify(arguments) => vec![Named::Read(arguments.dir.clone())],
        BackupCommand::Drill(arguments) => {
            let scratch = arguments.scratch.iter().cloned().map(Named::Change);
            scratch.chain([Named::Read(arguments.dir.clone())]).collect()
        }
        // A new store is built beside its place.
        BackupCommand::Restore(arguments) => {
            let beside = folder_of(&arguments.into).to_owned();
            vec![Named::Read(arguments.dir.clone()), Named::Change(beside)]
        }
        BackupCommand::Accept(_) => Vec::new(),
    }
}

/// The folder in which a file is to be made.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
