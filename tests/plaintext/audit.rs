//! What a command may do to the disk and to the world, held against every call that it made.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

use super::canary::{Canaries, Found, Kind};
use super::strace::{Call, Descriptor, NotUnderstood};

/// What strace is told to show: whatever writes, names, maps or moves bytes, or reaches another process or
/// machine. `?` before those that not every machine has.
pub const TRACED: &str = "execve,execveat,%network,write,pwrite64,writev,pwritev,pwritev2,?sendfile,\
    copy_file_range,splice,tee,vmsplice,mmap,remap_file_pages,?open,openat,openat2,?creat,memfd_create,\
    ?rename,renameat,renameat2,?link,linkat,?symlink,symlinkat,?mkdir,mkdirat,?mknod,mknodat,?unlink,unlinkat,\
    ?rmdir,?chmod,fchmod,fchmodat,truncate,ftruncate,setxattr,lsetxattr,fsetxattr,io_uring_setup,\
    io_uring_enter,io_uring_register,process_vm_readv,process_vm_writev,ptrace,add_key,keyctl,pidfd_getfd,\
    mq_open,?shmget,msgget";

/// `%network`, by name.
const SOCKETS: [&str; 19] = [
    "socket",
    "socketpair",
    "connect",
    "bind",
    "listen",
    "accept",
    "accept4",
    "send",
    "sendto",
    "sendmsg",
    "sendmmsg",
    "recv",
    "recvfrom",
    "recvmsg",
    "recvmmsg",
    "shutdown",
    "getpeername",
    "getsockname",
    "setsockopt",
];
/// Calls whose second argument is what is written to the first.
const WRITES: [&str; 5] = ["write", "pwrite64", "writev", "pwritev", "pwritev2"];
/// Calls that move bytes from one descriptor to another unseen, and which argument is where to.
const COPIES: [(&str, usize); 5] =
    [("sendfile", 0), ("copy_file_range", 2), ("splice", 2), ("tee", 1), ("vmsplice", 0)];
/// Calls that the program has no use for.
const NEVER: [&str; 15] = [
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "process_vm_readv",
    "process_vm_writev",
    "ptrace",
    "add_key",
    "keyctl",
    "pidfd_getfd",
    "mq_open",
    "shmget",
    "msgget",
    "setxattr",
    "lsetxattr",
    "fsetxattr",
];
/// Calls that make a file or folder, and which argument is its path; the mode follows, behind the flags of an
/// open.
const MAKES: [(&str, usize, usize); 9] = [
    ("open", 0, 2),
    ("openat", 1, 3),
    ("openat2", 1, 2),
    ("creat", 0, 1),
    ("mkdir", 0, 1),
    ("mkdirat", 1, 2),
    ("mknod", 0, 1),
    ("mknodat", 1, 2),
    ("symlink", 1, 9),
];
/// Others that name one.
const NAMES: [(&str, usize); 8] = [
    ("rename", 1),
    ("renameat", 3),
    ("renameat2", 3),
    ("link", 1),
    ("linkat", 3),
    ("symlinkat", 2),
    ("truncate", 0),
    ("chmod", 0),
];

/// So many bytes before a write are searched together with it.
const TEAR: usize = 64;

/// Something that no command may do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// A secret in what was written to a file.
    Plaintext(PathBuf, Found),
    /// A passphrase or key in what the person reads.
    Told(Found),
    /// A secret in the name of a file.
    Named(String, Found),
    /// A file was opened for writing, made or named where the command has no business.
    Elsewhere(String, PathBuf),
    /// A file or folder for others' eyes.
    Mode(PathBuf, String),
    /// A file without a name, which nobody can look at.
    Nameless(String),
    /// A file that is written through memory, unseen.
    Mapped(PathBuf),
    /// Bytes that were moved from one file to another, unseen.
    Copied(String, PathBuf),
    /// A socket call that succeeded, or was tried.
    Socket(String),
    /// A program that was started.
    Exec(String),
    /// Another call that the program has no use for.
    Never(String),
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |found: &Found| format!("{:?} `{}` ({})", found.kind, found.name, found.form);
        match self {
            Self::Plaintext(path, found) => write!(formatter, "{} got {}", path.display(), show(found)),
            Self::Told(found) => write!(formatter, "shown: {}", show(found)),
            Self::Named(call, found) => write!(formatter, "a name in {call} holds {}", show(found)),
            Self::Elsewhere(call, path) => write!(formatter, "{call} of {}", path.display()),
            Self::Mode(path, mode) => write!(formatter, "{} is made with mode {mode}", path.display()),
            Self::Nameless(call) => write!(formatter, "{call} makes a file without a name"),
            Self::Mapped(path) => write!(formatter, "{} is mapped and shared", path.display()),
            Self::Copied(call, path) => write!(formatter, "{call} into {}", path.display()),
            Self::Socket(call) => write!(formatter, "a socket: {call}"),
            Self::Exec(program) => write!(formatter, "started {program}"),
            Self::Never(call) => write!(formatter, "called {call}"),
        }
    }
}

/// How much was looked at.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// Calls that strace showed.
    pub calls: u64,
    /// Buffers that were searched: those written to files, and to terminal and pipes.
    pub buffers: u64,
    /// Bytes in those that went to files.
    pub to_files: u64,
    /// Bytes in those that a person or program reads.
    pub to_people: u64,
    /// Empty sends to a pipe: how the crate that awaits signals asks whether it is a socket. They fail.
    pub no_sockets: u64,
}

impl Counts {
    /// Adds another command's.
    pub fn add(&mut self, other: Self) {
        self.calls += other.calls;
        self.buffers += other.buffers;
        self.to_files += other.to_files;
        self.to_people += other.to_people;
        self.no_sockets += other.no_sockets;
    }
}

/// Where one command may write.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// The folder in which it was started.
    pub here: PathBuf,
    /// The store's folder and the seen notes': what goes there is sealed.
    pub sealed: Vec<PathBuf>,
    /// The files that its arguments name.
    pub outputs: Vec<PathBuf>,
    /// Folders that its arguments name, for files that hold nothing secret and that everybody may read.
    pub folders: Vec<PathBuf>,
    /// What may stand in the files that its arguments name.
    pub shows: Vec<Kind>,
}

/// Whom a written buffer reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The terminal, a pipe, or standard output and error wherever they lead: whoever started it reads that.
    Person,
    /// The store, the seen notes.
    Sealed,
    /// A file that the arguments name, or what becomes it.
    Output,
    /// Within a folder that they name.
    Folder,
    /// Anything else.
    Elsewhere,
}

impl Places {
    fn of(&self, path: &Path) -> Place {
        let text = path.to_string_lossy();
        let is_ours = |name: &OsStr| name.to_string_lossy().starts_with(".vault-");
        let is_part = path.file_name().is_some_and(is_ours) && path.extension() == Some(OsStr::new("part"));
        let beside = |output: &PathBuf| is_part && output.parent() == path.parent();
        let manifest = |output: &Path| format!("{}.manifest.json", output.display()) == text;
        let within = |folders: &[PathBuf]| folders.iter().any(|folder| path.starts_with(folder));
        if text == "/dev/tty" || text.starts_with("/dev/pts/") || text.starts_with("pipe:[") {
            Place::Person
        } else if self.outputs.iter().any(|output| output == path || manifest(output) || beside(output)) {
            Place::Output
        } else if within(&self.folders) {
            Place::Folder
        } else if within(&self.sealed) || self.sealed.iter().any(|folder| becomes(path, folder)) {
            Place::Sealed
        } else {
            Place::Elsewhere
        }
    }

    /// Standard output and error are whoever started it to lead somewhere.
    fn of_descriptor(&self, descriptor: &Descriptor) -> Place {
        match descriptor.number {
            Some(1 | 2) => Place::Person,
            _ => self.of(&descriptor.path),
        }
    }

    /// Whether a folder is on the way to the store or the seen notes.
    fn leads_to_sealed(&self, path: &Path) -> bool {
        self.sealed.iter().any(|folder| folder.starts_with(path))
    }
}

/// Whether a path lies in the folder beside a store's in which `init` makes the store.
fn becomes(path: &Path, store: &Path) -> bool {
    let (Some(beside), Some(name)) = (store.parent(), store.file_name()) else { return false };
    let first = path.strip_prefix(beside).ok().and_then(|below| below.iter().next());
    first.is_some_and(|first| {
        first.to_string_lossy().starts_with(&format!(".{}.new-", name.to_string_lossy()))
    })
}

/// One command's calls, looked at one after the other.
pub struct Audit<'a> {
    places: &'a Places,
    canaries: &'a Canaries,
    started: bool,
    /// The ends of what each file got last: a secret may be torn between two writes.
    ends: BTreeMap<PathBuf, Vec<u8>>,
    /// What was found.
    pub findings: BTreeSet<Finding>,
    /// What was looked at.
    pub counts: Counts,
    /// What the files that the arguments name got.
    pub shown: BTreeMap<PathBuf, BTreeSet<Found>>,
}

impl<'a> Audit<'a> {
    /// Begins.
    pub fn new(places: &'a Places, canaries: &'a Canaries) -> Self {
        let (ends, findings, counts, shown) = Default::default();
        Self { places, canaries, started: false, ends, findings, counts, shown }
    }

    /// Looks at one call.
    pub fn look(&mut self, call: &Call<'_>) -> Result<(), NotUnderstood> {
        self.counts.calls += 1;
        let name = call.name;
        if WRITES.contains(&name) {
            return self.written(call);
        }
        if name == "execve" || name == "execveat" {
            // The first is strace's own; its arguments are what the person typed.
            if std::mem::replace(&mut self.started, true) {
                let program = call.path(usize::from(name == "execveat"), &self.places.here);
                let program = program.unwrap_or_default().display().to_string();
                self.findings.insert(Finding::Exec(program));
            }
            return Ok(());
        }
        self.names(call)?;
        if SOCKETS.contains(&name) {
            if asks_a_pipe(call) {
                self.counts.no_sockets += 1;
            } else {
                let call = format!("{name}({}) = {}", call.arguments.join(", "), call.result);
                self.findings.insert(Finding::Socket(call));
            }
        } else if NEVER.contains(&name) {
            self.findings.insert(Finding::Never(name.to_owned()));
        } else if name == "memfd_create" || call.has_flag("O_TMPFILE") {
            self.findings.insert(Finding::Nameless(name.to_owned()));
        } else if name == "mmap" && call.has_flag("MAP_SHARED") && !call.has_flag("MAP_ANONYMOUS") {
            let path = call.descriptor(4).map(|file| file.path).unwrap_or_default();
            self.findings.insert(Finding::Mapped(path));
        } else if let Some((_, to)) = COPIES.iter().find(|(copy, _)| *copy == name) {
            let to = call.descriptor(*to);
            if to.as_ref().is_none_or(|to| self.places.of_descriptor(to) != Place::Person) {
                let path = to.map(|to| to.path).unwrap_or_default();
                self.findings.insert(Finding::Copied(name.to_owned(), path));
            }
        } else if call.succeeded() {
            self.made(call);
        }
        Ok(())
    }

    fn written(&mut self, call: &Call<'_>) -> Result<(), NotUnderstood> {
        let Some(to) = call.descriptor(0) else {
            // A closed descriptor has no path, and takes nothing.
            return if call.succeeded() { Err(NotUnderstood::Unread(call.name.to_owned())) } else { Ok(()) };
        };
        let place = self.places.of_descriptor(&to);
        let end = self.ends.entry(to.path.clone()).or_default();
        let before = end.len();
        // Buffers one after the other, as they lie in the file.
        let bytes = [std::mem::take(end), call.written()?.concat()].concat();
        *end = bytes[bytes.len().saturating_sub(TEAR)..].to_vec();
        self.counts.buffers += 1;
        let count = u64::try_from(bytes.len() - before).unwrap_or(u64::MAX);
        let found = self.canaries.find(&bytes);
        match place {
            Place::Person => {
                self.counts.to_people += count;
                let told =
                    found.into_iter().filter(|found| matches!(found.kind, Kind::Passphrase | Kind::Key));
                self.findings.extend(told.map(Finding::Told));
            }
            Place::Output => {
                self.counts.to_files += count;
                let (may, must_not): (BTreeSet<_>, BTreeSet<_>) =
                    found.into_iter().partition(|found| self.places.shows.contains(&found.kind));
                self.shown.entry(to.path.clone()).or_default().extend(may);
                self.findings
                    .extend(must_not.into_iter().map(|found| Finding::Plaintext(to.path.clone(), found)));
            }
            Place::Sealed | Place::Folder | Place::Elsewhere => {
                self.counts.to_files += count;
                if place == Place::Elsewhere {
                    self.findings.insert(Finding::Elsewhere(call.name.to_owned(), to.path.clone()));
                }
                self.findings
                    .extend(found.into_iter().map(|found| Finding::Plaintext(to.path.clone(), found)));
            }
        }
        Ok(())
    }

    /// No name that the kernel is given holds a secret.
    fn names(&mut self, call: &Call<'_>) -> Result<(), NotUnderstood> {
        for text in call.strings()? {
            let named = self.canaries.find(&text).into_iter();
            self.findings.extend(named.map(|found| Finding::Named(call.name.to_owned(), found)));
        }
        Ok(())
    }

    /// What is made or named stands where it may, for this account alone.
    fn made(&mut self, call: &Call<'_>) {
        let name = call.name;
        if let Some((_, path, mode)) = MAKES.iter().find(|(make, ..)| *make == name) {
            let opens = name.starts_with("open");
            if opens && !["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"].iter().any(|flag| call.has_flag(flag)) {
                return;
            }
            let path = call.opened().map(|file| file.path).or_else(|| call.path(*path, &self.places.here));
            let path = path.unwrap_or_default();
            let mode = if opens && !call.has_flag("O_CREAT") { None } else { call.arguments.get(*mode) };
            self.belongs(call, &path, mode.copied());
        } else if let Some((_, path)) = NAMES.iter().find(|(other, _)| *other == name) {
            let path = call.path(*path, &self.places.here).unwrap_or_default();
            self.belongs(call, &path, None);
        } else if name == "fchmod" || name == "fchmodat" {
            let path = match name {
                "fchmod" => call.descriptor(0).map(|file| file.path),
                _ => call.path(1, &self.places.here),
            };
            self.belongs(
                call,
                &path.unwrap_or_default(),
                call.arguments.get(2 - usize::from(name == "fchmod")).copied(),
            );
        }
    }

    fn belongs(&mut self, call: &Call<'_>, path: &Path, mode: Option<&str>) {
        let place = self.places.of(path);
        let on_the_way = call.name.starts_with("mkdir") && self.places.leads_to_sealed(path);
        if place == Place::Elsewhere && !on_the_way {
            self.findings.insert(Finding::Elsewhere(call.name.to_owned(), path.to_owned()));
        }
        let Some(mode) = mode.filter(|_| !matches!(place, Place::Person | Place::Folder)) else { return };
        if u32::from_str_radix(mode, 8).map_or(true, |bits| bits & 0o077 != 0) {
            self.findings.insert(Finding::Mode(path.to_owned(), mode.to_owned()));
        }
    }
}

/// Whether it is an empty send to a pipe, which fails.
fn asks_a_pipe(call: &Call<'_>) -> bool {
    let to_pipe = call.descriptor(0).is_some_and(|to| to.path.to_string_lossy().starts_with("pipe:["));
    let empty = call.arguments.get(1) == Some(&"\"\"");
    call.name == "sendto" && to_pipe && empty && !call.succeeded()
}
