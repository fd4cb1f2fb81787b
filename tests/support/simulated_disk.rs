//! A disk in memory that keeps apart what a running program sees and what a power cut would leave,
//! and that fails on demand.
//!
//! What it assumes of a medium, and all that the program may assume:
//!
//! - A file's bytes, length included, are durable once `sync_data` or `sync_all` of that file has
//!   returned. Until then each write is kept or lost by sectors of 512 bytes, each by itself and whatever
//!   became of writes before or after it, also of other files: that is every order in which a medium may
//!   write. A lost sector reads as what was there before, as zeroes, or is missing from the file's end. A
//!   sector is never half written.
//! - A cut (`set_len`) is kept or lost by itself, like a write.
//! - A name (created, renamed, removed) is durable once `sync_dir` of its folder has returned, and not
//!   because the file was flushed. Until then each change is kept or lost by itself; only changes of
//!   one name keep their order, and a rename is atomic. (ext4 and XFS promise more: all changes of
//!   names keep their order.)
//! - After a failed flush of a file, its unflushed bytes are lost for good although the program still
//!   reads them (until the system forgets what it holds of the file in memory), and another flush would
//!   say yes: that is Linux's behaviour, and asking again is noted as a violation. After a failed flush of a folder, its names are as undecided as before; asking
//!   again is a violation unless its names were changed meanwhile, as by whoever undoes the change.
//! - A full disk refuses new bytes and names and still cuts and removes. A write that it refuses
//!   may have put down a part.
//! - One attempt to read or write may do less than it was asked to, or be interrupted; a flush that is
//!   interrupted has failed like any other.
//!
//! Lock files are real ones in a temporary folder, because the standard library's locks need them;
//! they don't show up in `list`.
#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    reason = "test support; each binary uses its own part"
)]

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use vault::sealed::disk::{Disk, DiskFile, RealDisk};
use vault::sealed::signed::Digest;

#[path = "simulated_disk/chance.rs"]
pub mod chance;
#[path = "simulated_disk/fault.rs"]
pub mod fault;
#[path = "simulated_disk/tree.rs"]
pub mod tree;

use chance::Chance;
use fault::{Call, Fault, Plan, Verdict};
use tree::{Change, ROOT, Tree};

/// The disk at one moment.
#[derive(Clone, Default)]
pub struct Moment {
    /// What a running program sees.
    pub live: Tree,
    /// What surely survives.
    durable: Tree,
    /// What may survive, in the order in which it was done.
    pending: Vec<Arc<Change>>,
}

/// What a power cut leaves of what was not flushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Nothing.
    AllLost,
    /// Everything.
    AllKept,
    /// Whatever chance leaves.
    Torn,
}

impl Moment {
    /// The disk after a power cut at this moment.
    pub fn after_power_cut(&self, cut: Cut, chance: &mut Chance) -> Tree {
        let mut left = self.durable.clone();
        match cut {
            Cut::AllLost => {}
            Cut::AllKept => self.pending.iter().for_each(|change| left.apply(change)),
            Cut::Torn => self.tear(&mut left, chance),
        }
        left
    }

    /// The disk after a medium that is mounted at `folder` was pulled out and plugged in again; the machine
    /// went on.
    pub fn after_pull(&self, folder: &Path, cut: Cut, chance: &mut Chance) -> Tree {
        self.live.with(folder, &self.after_power_cut(cut, chance))
    }

    fn tear(&self, left: &mut Tree, chance: &mut Chance) {
        // Mostly kept, mostly lost, or evenly: an even coin alone seldom reaches the corners.
        let (names, bytes) = (chance.odds(), chance.odds());
        let mut lost = BTreeSet::new();
        for change in &self.pending {
            match &**change {
                Change::Write { file, at, bytes: written } => left.tear(*file, *at, written, bytes, chance),
                Change::Length { .. } if chance.happens(bytes) => left.apply(change),
                Change::Length { .. } => {}
                Change::Link { .. } | Change::Unlink { .. } | Change::Rename { .. } => {
                    let touched = change.names();
                    if touched.iter().any(|name| lost.contains(name)) || !chance.happens(names) {
                        lost.extend(touched);
                    } else {
                        left.apply(change);
                    }
                }
            }
        }
    }
}

#[derive(Default)]
struct State {
    now: Moment,
    /// Every moment since the recording began; `None` when nothing is recorded.
    film: Option<Vec<Moment>>,
    plan: Plan,
    /// Files and folders of which a flush failed in the program that runs now.
    failed: BTreeSet<u64>,
    violations: Vec<String>,
    /// Flushes say yes and do nothing.
    lies: bool,
}

impl State {
    fn change(&mut self, change: Change) {
        if let Some(folder) = change.folder() {
            // A later flush is of other names: whoever undoes what was not flushed removes it.
            self.failed.remove(&folder);
        }
        self.now.live.apply(&change);
        self.now.pending.push(Arc::new(change));
        self.frame();
    }

    /// Takes the disk's picture after a change.
    fn frame(&mut self) {
        if let Some(film) = &mut self.film {
            film.push(self.now.clone());
        }
    }

    fn settle(&mut self, belongs: impl Fn(&Change) -> bool) {
        if self.lies {
            return self.frame();
        }
        let (settled, open): (Vec<_>, Vec<_>) =
            self.now.pending.drain(..).partition(|change| belongs(change));
        for change in &settled {
            self.now.durable.apply(change);
        }
        self.now.pending = open;
        self.frame();
    }
}

/// A disk in memory.
#[derive(Clone)]
pub struct SimulatedDisk {
    state: Arc<Mutex<State>>,
    locks: Arc<tempfile::TempDir>,
}

impl SimulatedDisk {
    pub fn new() -> Self {
        let locks = Arc::new(tempfile::tempdir().unwrap());
        let disk = Self { state: Arc::default(), locks };
        disk.state().now = Moment { live: Tree::new(), durable: Tree::new(), pending: Vec::new() };
        disk
    }

    /// A folder of the root's, whose name is durable.
    pub fn create_dir_durable(&self, folder: &str) {
        self.create_dir_all(Path::new(folder)).unwrap();
        self.sync_dir(Path::new("/")).unwrap();
    }

    /// Another disk that holds `tree`, all of it durable: a machine that was started again.
    pub fn restarted(&self, tree: Tree) -> Self {
        self.resumed(Moment { live: tree.clone(), durable: tree, pending: Vec::new() })
    }

    /// Another disk as it was at `moment`, nothing lost: the program was killed, the machine was not.
    pub fn resumed(&self, moment: Moment) -> Self {
        let state = State { now: moment, ..State::default() };
        Self { state: Arc::new(Mutex::new(state)), locks: Arc::clone(&self.locks) }
    }

    pub fn now(&self) -> Moment {
        self.state().now.clone()
    }

    /// Takes a picture now and after every change from now on.
    pub fn record(&self) {
        let mut state = self.state();
        state.film = Some(vec![state.now.clone()]);
    }

    /// How many changes were recorded.
    pub fn recorded(&self) -> usize {
        self.state().film.as_ref().map_or(0, |film| film.len() - 1)
    }

    /// The moments before, between and after the recorded changes.
    pub fn film(&self) -> Vec<Moment> {
        self.state().film.take().unwrap_or_default()
    }

    /// Counts calls anew, and makes one fail.
    pub fn plan(&self, fault: Option<Fault>) {
        self.state().plan = Plan::new(fault);
    }

    /// The calls since [`SimulatedDisk::plan`], in their order.
    pub fn calls(&self) -> Vec<Call> {
        self.state().plan.calls().to_vec()
    }

    /// Which kind of call failed, once the planned fault has happened.
    pub fn failed_call(&self) -> Option<Call> {
        self.state().plan.happened()
    }

    /// From here on another program runs: it knows nothing of a flush that failed.
    pub fn next_program(&self) {
        let mut state = self.state();
        state.plan = Plan::default();
        state.failed.clear();
    }

    /// From here on flushes say yes and do nothing: no medium that anybody may have.
    pub fn lie(&self) {
        self.state().lies = true;
    }

    /// What no program may do, and this one did.
    pub fn violations(&self) -> Vec<String> {
        self.state().violations.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the plan whether this call works.
    fn call(&self, call: Call) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.state();
        match state.plan.judge(call) {
            Verdict::Works | Verdict::Short => Ok(state),
            Verdict::Fails(error) => Err(error),
        }
    }
}

fn not_found() -> io::Error {
    io::Error::from(io::ErrorKind::NotFound)
}

struct SimulatedFile {
    disk: SimulatedDisk,
    file: u64,
}

impl SimulatedFile {
    fn sync(&self) -> io::Result<()> {
        let judged = self.disk.call(Call::Sync).map(drop);
        let mut state = self.disk.state();
        if state.failed.contains(&self.file) {
            state.violations.push(format!("file {} was flushed again after a failed flush", self.file));
        }
        if let Err(error) = judged {
            state.failed.insert(self.file);
            let file = self.file;
            state.now.pending.retain(|change| change.file() != Some(file));
            state.frame();
            return Err(error);
        }
        let file = self.file;
        state.settle(|change| change.file() == Some(file));
        Ok(())
    }
}

impl DiskFile for SimulatedFile {
    fn read_once(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut state = self.disk.state();
        let wanted = match state.plan.judge(Call::Read) {
            Verdict::Works => buffer.len(),
            // Never nothing: that would mean the end of the file.
            Verdict::Short => buffer.len().div_ceil(2),
            Verdict::Fails(error) => return Err(error),
        };
        let bytes = state.now.live.bytes(self.file);
        let rest = usize::try_from(offset).ok().and_then(|offset| bytes.get(offset..)).unwrap_or(&[]);
        let count = rest.len().min(wanted);
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn write_once(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let mut state = self.disk.state();
        let (count, failed) = match state.plan.judge(Call::Write) {
            Verdict::Works => (bytes.len(), None),
            Verdict::Short if state.plan.takes_nothing() => (0, None),
            Verdict::Short => (bytes.len().div_ceil(2), None),
            Verdict::Fails(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            // A write that fails has put down a part.
            Verdict::Fails(error) => (bytes.len() / 2, Some(error)),
        };
        if count > 0 || failed.is_some() {
            let at = usize::try_from(offset).unwrap();
            state.change(Change::Write { file: self.file, at, bytes: bytes[..count].into() });
        }
        failed.map_or(Ok(count), Err)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.disk.call(Call::Ask)?.now.live.bytes(self.file).len() as u64)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).unwrap();
        self.disk.call(Call::Cut)?.change(Change::Length { file: self.file, length });
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.sync()
    }

    fn sync_all(&self) -> io::Result<()> {
        self.sync()
    }

    fn forget_cached(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        let Moment { live, durable, pending } = &mut state.now;
        let mut file = durable.only(self.file);
        let unflushed = pending.iter().filter(|change| change.file() == Some(self.file));
        unflushed.for_each(|change| file.apply(change));
        live.take(self.file, &file);
        Ok(())
    }
}

impl SimulatedDisk {
    fn open_file(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = self.call(Call::Open)?.now.live.file(path)?;
        Ok(Box::new(SimulatedFile { disk: self.clone(), file }))
    }
}

impl Disk for SimulatedDisk {
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.open_file(path)
    }

    fn open_for_writing(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.open_file(path)
    }

    fn create_new(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.call(Call::Create)?;
        let (folder, name) = state.now.live.place(path)?;
        if state.now.live.child(folder, &name)?.is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let file = state.now.live.next_node();
        // The nodes are on both sides from the start; names decide what of them can be found.
        state.now.live.add_file(file);
        state.now.durable.add_file(file);
        state.change(Change::Link { folder, name, node: file });
        drop(state);
        Ok(Box::new(SimulatedFile { disk: self.clone(), file }))
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        let mut state = self.call(Call::Create)?;
        let mut folder = ROOT;
        for name in tree::parts(path) {
            folder = if let Some(child) = state.now.live.child(folder, &name)? {
                child
            } else {
                let node = state.now.live.next_node();
                state.now.live.add_folder(node);
                state.now.durable.add_folder(node);
                state.change(Change::Link { folder, name, node });
                node
            };
        }
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.call(Call::Rename)?;
        let (folder, from) = state.now.live.place(from)?;
        let (other, to) = state.now.live.place(to)?;
        assert_eq!(folder, other, "a rename into another folder is not atomic on every file system");
        state.now.live.child(folder, &from)?.ok_or_else(not_found)?;
        state.change(Change::Rename { folder, from, to });
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let mut state = self.call(Call::Remove)?;
        state.now.live.file(path)?;
        let (folder, name) = state.now.live.place(path)?;
        state.change(Change::Unlink { folder, name });
        Ok(())
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        let mut state = self.call(Call::Remove)?;
        let (parent, name) = state.now.live.place(path)?;
        let folder = state.now.live.child(parent, &name)?.ok_or_else(not_found)?;
        for (folder, name) in state.now.live.names_below(folder) {
            state.change(Change::Unlink { folder, name });
        }
        state.change(Change::Unlink { folder: parent, name });
        Ok(())
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let judged = self.call(Call::SyncFolder).map(drop);
        let mut state = self.state();
        let folder = state.now.live.folder(path)?;
        if state.failed.contains(&folder) {
            let violation = format!("{} was flushed again after a failed flush", path.display());
            state.violations.push(violation);
        }
        if let Err(error) = judged {
            state.failed.insert(folder);
            return Err(error);
        }
        state.settle(|change| change.folder() == Some(folder));
        Ok(())
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        let state = self.call(Call::Ask)?;
        let folder = state.now.live.folder(path)?;
        Ok(state.now.live.names(folder))
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        self.call(Call::Ask)?.now.live.exists(path)
    }

    fn open_lock(&self, path: &Path) -> io::Result<File> {
        let state = self.call(Call::Lock)?;
        state.now.live.place(path)?;
        let name = Digest::of(path.as_os_str().as_encoded_bytes()).to_string();
        RealDisk.open_lock(&self.locks.path().join(name))
    }

    fn filesystem(&self, path: &Path) -> io::Result<u64> {
        // Whatever lies below a folder of that name is another file system.
        Ok(u64::from(path.components().any(|part| part.as_os_str() == "medium")))
    }
}
