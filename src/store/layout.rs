//! Where everything lies in a store. Within a group's folder, `sealed::group_file` names its files itself.

use std::path::{Path, PathBuf};

/// The paths of one store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The store at `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The store's folder, which also holds the roster's lock.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Who may do what.
    pub fn roster(&self) -> PathBuf {
        self.root.join("roster.jsonl")
    }

    /// Torn roster lines that were moved out of the way.
    pub fn aside(&self) -> PathBuf {
        self.root.join("aside")
    }

    /// The mark of a restored store that no owner has accepted yet.
    pub fn restored(&self) -> PathBuf {
        self.root.join("restored")
    }

    /// What that mark says.
    pub fn restored_mark(&self) -> PathBuf {
        self.restored().join("mark.json")
    }

    /// Identity files of the restored snapshot that are over by now: its groups' keys are sealed to them.
    pub fn restored_staff(&self) -> PathBuf {
        self.restored().join("staff")
    }

    /// The folder of erasure ledgers that go on from those of the restored snapshot.
    pub fn restored_ledgers(&self) -> PathBuf {
        self.restored().join("erased")
    }

    /// A group's, as the medium's newest snapshot has it.
    pub fn restored_ledger(&self, group: &str) -> PathBuf {
        self.restored_ledgers().join(format!("{group}.jsonl"))
    }

    /// The folder of identity files.
    pub fn staff(&self) -> PathBuf {
        self.root.join("staff")
    }

    /// A person's identity, sealed with their passphrase.
    pub fn identity(&self, name: &str, number: u32) -> PathBuf {
        self.staff().join(format!("{name}.{number}.age"))
    }

    /// The folder of groups.
    pub fn groups(&self) -> PathBuf {
        self.root.join("groups")
    }

    /// A group's folder, which also holds its lock.
    pub fn group(&self, group: &str) -> PathBuf {
        self.groups().join(group)
    }

    /// A group's head: its commit point.
    pub fn head(&self, group: &str) -> PathBuf {
        self.group(group).join("head")
    }

    /// A head that holds once the roster has the line that it names.
    pub fn next_head(&self, group: &str) -> PathBuf {
        self.group(group).join("head.next")
    }

    /// The SQLite database of a generation.
    pub fn base(&self, group: &str, generation: u64) -> PathBuf {
        self.group(group).join(format!("base.{generation}.age"))
    }

    /// The records of a generation.
    pub fn log(&self, group: &str, generation: u64) -> PathBuf {
        self.group(group).join(format!("log.{generation}"))
    }

    /// The key files of every epoch of a group.
    pub fn keys(&self, group: &str) -> PathBuf {
        self.group(group).join("keys")
    }

    /// The key files of one epoch of a group.
    pub fn epoch(&self, group: &str, epoch: u32) -> PathBuf {
        self.keys(group).join(epoch.to_string())
    }

    /// The group's identity of an epoch, sealed to one member.
    pub fn key(&self, group: &str, epoch: u32, member: &str) -> PathBuf {
        self.epoch(group, epoch).join(format!("{member}.age"))
    }

    /// The access log's folder, which also holds its lock.
    pub fn access_log(&self) -> PathBuf {
        self.root.join("log")
    }

    /// The access log's key files of every epoch.
    pub fn access_log_keys(&self) -> PathBuf {
        self.access_log().join("keys")
    }

    /// The access log's key files of one epoch.
    pub fn access_log_epoch(&self, epoch: u32) -> PathBuf {
        self.access_log_keys().join(epoch.to_string())
    }

    /// The access log's identity of an epoch, sealed to one auditor or owner.
    pub fn access_log_key(&self, epoch: u32, name: &str) -> PathBuf {
        self.access_log_epoch(epoch).join(format!("{name}.age"))
    }
}
