//! A stage on which everything called `vault` runs under strace, and what its commands were seen doing.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::SystemTime;

use clap::CommandFactory;
use vault::cli::Vault;

use super::audit::{Audit, Counts, Finding, Places, TRACED};
use super::canary::{Canaries, Found, Kind};
use super::keys::is_key_file;
use super::strace::{self, Call};

/// A buffer longer than this would be cut off, and is an error.
const LONGEST_BUFFER: usize = 64 << 20;
/// A line of a trace that is longer holds no key file.
const LONGEST_KEY_LINE: usize = 1 << 16;
/// How an age file begins.
const AGE: &[u8] = b"age-encryption.org/v1\n";

/// Commands with folders among their arguments, which get files for everybody, and the argument's name.
const FOLDERS: [(&str, &str); 1] = [("man", "dir")];
/// The media and new stores that arguments name, where all is sealed, as in the store.
const MEDIA: [(&str, &str); 4] =
    [("backup enroll", "dir"), ("backup create", "dir"), ("backup prune", "dir"), ("backup restore", "into")];
/// What the files may show that a command's arguments name.
const SHOWS: [(&str, &[Kind]); 5] = [
    ("log export", &[Kind::Logged]),
    ("log report", &[Kind::Logged]),
    ("document get", &[Kind::Record]),
    ("export", &[Kind::Record, Kind::Logged]),
    ("disclose", &[Kind::Record, Kind::Logged]),
];
/// Commands whose files show nothing unless they are told not to seal them, and the argument's name.
const SEALED_UNLESS: [(&str, &str); 1] = [("export", "plaintext")];

/// Why a stage could not be looked at.
type Trouble = Box<dyn std::error::Error + Send + Sync>;

/// Where transcripts are played.
pub struct Stage {
    folder: tempfile::TempDir,
    /// The same, without symbolic links.
    root: PathBuf,
    /// Where the commands' stores and seen notes are.
    sealed: Vec<PathBuf>,
}

/// One command that was traced.
pub struct Traced {
    /// As it was typed, the program's name first.
    pub arguments: Vec<OsString>,
    /// Its threads' and children's traces; the one that began it first.
    files: Vec<PathBuf>,
}

/// What was seen of one command.
pub struct Seen {
    /// The command, as `log export`; none where the arguments were not understood.
    pub leaf: Option<String>,
    /// What it may not do and did.
    pub findings: BTreeSet<Finding>,
    /// How much was looked at.
    pub counts: Counts,
    /// What secrets stand in the files that it names, as they may.
    pub shown: BTreeMap<PathBuf, BTreeSet<Found>>,
}

impl Stage {
    /// A folder where `program` runs under strace when `wrapper` is called. Nothing is masked there, so that
    /// files have the modes that the program asks for.
    pub fn new(program: &Path) -> Result<Self, Trouble> {
        let folder = tempfile::tempdir()?;
        let root = folder.path().canonicalize()?;
        let sealed =
            [".local/share/vault", ".local/state/vault"].map(|name| root.join("play/home").join(name));
        let stage = Self { folder, root, sealed: sealed.to_vec() };
        for name in ["play", "traces", "real"] {
            fs::create_dir(stage.root.join(name))?;
        }
        let real = stage.root.join("real").join("vault");
        symlink(program, &real)?;
        let traces = stage.root.join("traces");
        let script = format!(
            "#!/bin/sh\numask 0\nexec strace -ff -qq -y -xx -s {LONGEST_BUFFER} -e signal=none -e trace='{TRACED}' \
             -o '{}/'$$ '{}' \"$@\"\n",
            traces.display(),
            real.display(),
        );
        fs::write(stage.wrapper(), script)?;
        fs::set_permissions(stage.wrapper(), fs::Permissions::from_mode(0o755))?;
        Ok(stage)
    }

    /// The script that starts the program under strace.
    pub fn wrapper(&self) -> PathBuf {
        self.root.join("traced")
    }

    /// Where transcripts have their home.
    pub fn play(&self) -> PathBuf {
        self.root.join("play")
    }

    fn home(&self) -> PathBuf {
        self.play().join("home")
    }

    /// From now on stores and seen notes may be anywhere in the home.
    pub fn stores_anywhere(&mut self) {
        self.sealed = vec![self.home()];
    }

    /// Every command that ran, in the order of their beginnings.
    pub fn commands(&self) -> Result<Vec<Traced>, Trouble> {
        let mut files: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
        for entry in fs::read_dir(self.root.join("traces"))? {
            let path = entry?.path();
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            files.entry(name).or_default().push(path);
        }
        let mut commands = Vec::new();
        for mut files in files.into_values() {
            files.sort_by_cached_key(|file| began(file));
            let line = first_line(&files[0])?;
            let call = strace::read(line.trim_end())?.filter(|call| call.name == "execve");
            let call = call.ok_or("a trace without its beginning")?;
            let words = call.strings()?.into_iter().skip(1);
            let arguments = words.map(OsString::from_vec).collect();
            commands.push(Traced { arguments, files });
        }
        commands.sort_by_cached_key(|command| began(&command.files[0]));
        Ok(commands)
    }

    /// Where a command may write.
    fn places(&self, arguments: &[OsString]) -> (Option<String>, Places) {
        let home = self.home();
        let mut places = Places { here: home.clone(), sealed: self.sealed.clone(), ..Places::default() };
        let Ok(matches) = Vault::command().try_get_matches_from(arguments) else { return (None, places) };
        let (mut command, mut matches, mut leaf) = (&Vault::command(), &matches, Vec::new());
        while let Some((name, below)) = matches.subcommand() {
            leaf.push(name);
            matches = below;
            command = command.find_subcommand(name).unwrap_or(command);
        }
        let leaf = leaf.join(" ");
        let given = |id: &str| {
            matches.try_get_raw(id).ok().flatten().into_iter().flatten().map(|name| home.join(name))
        };
        places.sealed.extend(given("store"));
        for (_, id) in MEDIA.iter().filter(|(name, _)| *name == leaf) {
            places.sealed.extend(given(id));
        }
        for output in command.get_arguments().filter(|argument| argument.get_short() == Some('o')) {
            places.outputs.extend(given(output.get_id().as_str()));
        }
        for (_, id) in FOLDERS.iter().filter(|(name, _)| *name == leaf) {
            places.folders.extend(given(id));
        }
        places.shows =
            SHOWS.iter().filter(|(name, _)| *name == leaf).flat_map(|(_, kinds)| kinds.to_vec()).collect();
        if SEALED_UNLESS.iter().any(|(name, id)| *name == leaf && !matches.get_flag(id)) {
            places.shows.clear();
        }
        (Some(leaf), places)
    }

    /// Looks at all that the commands did, two at a time.
    pub fn look(&self, commands: &[Traced], canaries: &Canaries) -> Result<Vec<Seen>, Trouble> {
        let (queue, seen) = (Mutex::new(commands.iter().enumerate()), Mutex::new(BTreeMap::new()));
        let work = || -> Result<(), Trouble> {
            loop {
                let next = queue.lock().map_err(|_| "another thread failed")?.next();
                let Some((index, command)) = next else { return Ok(()) };
                let one = self.look_at(command, canaries)?;
                seen.lock().map_err(|_| "another thread failed")?.insert(index, one);
            }
        };
        std::thread::scope(|scope| {
            let threads = [scope.spawn(work), scope.spawn(work)];
            threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a thread failed")?)
        })?;
        Ok(seen.into_inner().map_err(|_| "a thread failed")?.into_values().collect())
    }

    fn look_at(&self, command: &Traced, canaries: &Canaries) -> Result<Seen, Trouble> {
        let (leaf, places) = self.places(&command.arguments);
        let mut audit = Audit::new(&places, canaries);
        each_call(command, usize::MAX, |call| Ok(audit.look(call)?))?;
        let Audit { findings, counts, shown, .. } = audit;
        Ok(Seen { leaf, findings, counts, shown })
    }

    /// What lies in the store and the seen notes when all is done: files, bytes, and what is wrong with them.
    pub fn left(&self, canaries: &Canaries) -> Result<(usize, u64, BTreeSet<Finding>), Trouble> {
        let (mut files, mut bytes, mut findings) = (0, 0, BTreeSet::new());
        let mut folders = self.sealed.clone();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                let mode = path.symlink_metadata()?.permissions().mode() & 0o777;
                if mode & 0o077 != 0 {
                    findings.insert(Finding::Mode(path.clone(), format!("{mode:o}")));
                }
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let content = fs::read(&path)?;
                files += 1;
                bytes += u64::try_from(content.len())?;
                findings.extend(
                    canaries.find(&content).into_iter().map(|found| Finding::Plaintext(path.clone(), found)),
                );
            }
        }
        Ok((files, bytes, findings))
    }

    /// Keeps the stage for whoever looks into what went wrong.
    pub fn keep(self) -> PathBuf {
        self.folder.keep()
    }
}

/// Every file of keys that was written, be it there still or not.
pub fn key_files(commands: &[Traced]) -> Result<Vec<(PathBuf, Vec<u8>)>, Trouble> {
    let mut files = BTreeSet::new();
    for command in commands {
        each_call(command, LONGEST_KEY_LINE, |call| {
            let Some(to) = call.descriptor(0).filter(|to| is_key_file(&to.path)) else { return Ok(()) };
            if ["write", "pwrite64"].contains(&call.name) {
                let bytes = call.written()?.concat();
                if bytes.starts_with(AGE) {
                    files.insert((to.path, bytes));
                }
            }
            Ok(())
        })?;
    }
    Ok(files.into_iter().collect())
}

/// Reads a command's calls up to lines of `longest` bytes.
fn each_call(
    command: &Traced,
    longest: usize,
    mut look: impl FnMut(&Call<'_>) -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    for file in &command.files {
        let mut reader = BufReader::with_capacity(1 << 20, File::open(file)?);
        let mut line = String::new();
        while reader.read_line(&mut line)? > 0 {
            if line.len() <= longest
                && let Some(call) = strace::read(line.trim_end_matches('\n'))?
            {
                look(&call)?;
            }
            line.clear();
        }
    }
    Ok(())
}

/// When a trace was begun.
fn began(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|metadata| metadata.created()).ok()
}

fn first_line(file: &Path) -> std::io::Result<String> {
    let mut line = String::new();
    BufReader::new(File::open(file)?).read_line(&mut line)?;
    Ok(line)
}
