//! A program that does everything wrong, and the trial that all of it is found out: what finds nothing in the
//! real program would find something.
#![allow(unsafe_code, reason = "it writes a file through memory, to be found out")]

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, IoSlice, Write};
use std::net::UdpSocket;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::ptr;

use data_encoding::{BASE64, HEXLOWER};
use libtest_mimic::Failed;
use rustix::fs::{CWD, MemfdFlags, Mode, OFlags, XattrFlags};
use rustix::mm::{MapFlags, ProtFlags};

use super::audit::Finding;
use super::canary::{Canaries, Canary, Kind};
use super::strace::NotUnderstood;
use super::traced::Stage;

/// The variable that makes the test's `vault` careless, and the secret that it spreads.
pub const SECRET: &str = "PLAINTEXT_SECRET";
/// Where it should be careful, seen from its home.
const STORE: &str = ".local/share/vault";

/// Spreads the secret.
pub fn run(secret: &OsStr) -> ExitCode {
    let secret = secret.to_string_lossy();
    match spread(secret.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the careless program failed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn spread(secret: &[u8]) -> io::Result<()> {
    let store = Path::new(STORE);
    let create =
        |name: &str| OpenOptions::new().write(true).create_new(true).mode(0o600).open(store.join(name));
    let wide: Vec<u8> = secret.iter().flat_map(|byte| [*byte, 0]).collect();
    let reversed: Vec<u8> = secret.iter().rev().copied().collect();
    create("plain")?.write_all(secret)?;
    create("upper")?.write_all(&secret.to_ascii_uppercase())?;
    create("wide")?.write_all(&wide)?;
    create("reversed")?.write_all(&reversed)?;
    create("hex")?.write_all(HEXLOWER.encode(secret).as_bytes())?;
    for before in 0..3 {
        let text = [&b"x".repeat(before), secret, b"y"].concat();
        create(&format!("base64-{before}"))?.write_all(BASE64.encode(&text).as_bytes())?;
    }
    create("stretch")?.write_all_at(&[b"..", &secret[7..19], b".."].concat(), 4096)?;
    let (one, other) = secret.split_at(11);
    let halves = [IoSlice::new(one), IoSlice::new(&other[..11])];
    if create("halves")?.write_vectored(&halves)? < 22 {
        return Err(io::ErrorKind::WriteZero.into());
    }
    let mut torn = create("torn")?;
    torn.write_all(&secret[..10])?;
    torn.write_all(&secret[10..20])?;
    let named = String::from_utf8_lossy(secret);
    fs::DirBuilder::new().mode(0o700).create(store.join(format!("of-{named}")))?;
    fs::rename(store.join("wide"), store.join(format!("was-{named}")))?;

    OpenOptions::new().write(true).create_new(true).mode(0o644).open(store.join("for-all"))?;
    fs::create_dir(store.join("folder-for-all"))?;
    fs::write("elsewhere", "nothing secret")?;
    rustix::fs::memfd_create("nameless", MemfdFlags::CLOEXEC)?;
    rustix::fs::openat(CWD, store, OFlags::TMPFILE | OFlags::RDWR, Mode::RUSR | Mode::WUSR)?;
    // Not every file system has any; that it is tried is found.
    let _ = rustix::fs::setxattr(store.join("plain"), "user.note", b"x", XattrFlags::empty());
    fs::copy(store.join("plain"), store.join("copied"))?;
    map(&OpenOptions::new().read(true).write(true).open(store.join("plain"))?)?;
    drop(UnixStream::pair()?);
    drop(UdpSocket::bind("127.0.0.1:0"));
    Command::new("true").stdout(Stdio::null()).status()?;
    io::stdout().write_all(secret)
}

fn map(file: &File) -> io::Result<()> {
    // SAFETY: a new mapping at a place of the kernel's choice; it is neither read nor written.
    unsafe {
        let whole = rustix::mm::mmap(ptr::null_mut(), 8, ProtFlags::WRITE, MapFlags::SHARED, file, 0)?;
        rustix::mm::munmap(whole, 8)?;
    }
    Ok(())
}

/// Starts what is called `vault` on a stage of its own.
fn started(stage: &Stage, arguments: &[&str]) -> io::Result<Command> {
    let home = stage.play().join("home");
    fs::create_dir_all(home.join(STORE))?;
    fs::create_dir_all(home.join(".local/state/vault"))?;
    let mut command = Command::new(stage.wrapper());
    command.args(arguments).current_dir(&home).env("HOME", &home).stdin(Stdio::null());
    Ok(command)
}

/// Why nothing can be traced here, if it can't.
pub fn why_not() -> Option<String> {
    let probe = || -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let stage = Stage::new(&std::env::current_exe()?)?;
        let done = started(&stage, &["passphrase"])?.output()?;
        if !done.status.success() {
            let said = String::from_utf8_lossy(&done.stderr).into_owned();
            return Err(format!("strace is missing or may not trace ({})", said.trim()).into());
        }
        stage.look(&stage.commands()?, &Canaries::new(Vec::new())).map(drop)
    };
    let error = probe().err()?;
    match error.downcast_ref::<NotUnderstood>() {
        // A process that forbids it is read by root's strace alone.
        Some(NotUnderstood::Unread(_)) => {
            Some("strace may not read the program's memory here, as root's may".into())
        }
        // Whatever else it does not understand has to be looked into, not passed over.
        Some(_) => None,
        None => Some(error.to_string()),
    }
}

/// All that it does is found.
pub fn trial() -> Result<(), Failed> {
    let secret = "thequickbrownfoxjumpsover";
    let stage = Stage::new(&std::env::current_exe()?)?;
    let done = started(&stage, &[])?.env(SECRET, secret).output()?;
    if !done.status.success() {
        return Err(String::from_utf8_lossy(&done.stderr).into_owned().into());
    }
    let canaries = Canaries::new(vec![Canary::new(Kind::Passphrase, "the secret", secret)]);
    let seen = stage.look(&stage.commands()?, &canaries)?;
    let found = &seen[0].findings;
    let plaintext = |file: &str, form: &str| {
        found.iter().any(|finding| match finding {
            Finding::Plaintext(path, secret) => path.ends_with(file) && secret.form == form,
            _ => false,
        })
    };
    let elsewhere = |call: &str, file: &str| {
        found.iter().any(|finding| match finding {
            Finding::Elsewhere(by, path) => by.starts_with(call) && path.ends_with(file),
            _ => false,
        })
    };
    let mode = |file: &str| {
        found.iter().any(|finding| matches!(finding, Finding::Mode(path, _) if path.ends_with(file)))
    };
    let named = |call: &str| {
        found.iter().any(|finding| matches!(finding, Finding::Named(by, _) if by.starts_with(call)))
    };
    let nameless = |call: &str| found.contains(&Finding::Nameless(call.to_owned()));
    let socket = |call: &str| {
        found.iter().any(|finding| matches!(finding, Finding::Socket(by) if by.starts_with(call)))
    };
    let checks = [
        ("plain", plaintext("plain", "plain")),
        ("in capitals", plaintext("upper", "plain")),
        ("as UTF-16", plaintext("wide", "UTF-16")),
        ("reversed", plaintext("reversed", "reversed")),
        ("as hexadecimal", plaintext("hex", "hexadecimal")),
        ("as Base64", plaintext("base64-0", "Base64")),
        ("as Base64, after one byte", plaintext("base64-1", "Base64")),
        ("as Base64, after two", plaintext("base64-2", "Base64")),
        ("a stretch of it at an offset", plaintext("stretch", "plain")),
        ("in two buffers", plaintext("halves", "plain")),
        ("in two writes", plaintext("torn", "plain")),
        ("in a folder's name", named("mkdir")),
        ("in a new name", named("rename")),
        ("a file that others may read", mode("for-all")),
        ("a folder that others may enter", mode("folder-for-all")),
        ("a file elsewhere, opened", elsewhere("open", "elsewhere")),
        ("a file elsewhere, written", elsewhere("write", "elsewhere")),
        ("a file in memory", nameless("memfd_create")),
        ("a file without a name", nameless("openat")),
        ("an extended attribute", found.contains(&Finding::Never("setxattr".to_owned()))),
        ("a copy", found.iter().any(|finding| matches!(finding, Finding::Copied(..)))),
        ("a shared mapping", found.iter().any(|finding| matches!(finding, Finding::Mapped(_)))),
        ("a pair of sockets", socket("socketpair(")),
        ("a socket", socket("socket(")),
        ("a program started", found.iter().any(|finding| matches!(finding, Finding::Exec(_)))),
        ("a secret shown", found.iter().any(|finding| matches!(finding, Finding::Told(_)))),
    ];
    let missed: Vec<&str> = checks.iter().filter(|(_, found)| !found).map(|(what, _)| *what).collect();
    if !missed.is_empty() {
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        return Err(format!("not found out: {}\nfound:\n{}", missed.join(", "), found.join("\n")).into());
    }
    // And in what it leaves behind.
    let (_, _, left) = stage.left(&canaries)?;
    let stays =
        left.iter().any(|finding| matches!(finding, Finding::Plaintext(path, _) if path.ends_with("plain")));
    if stays { Ok(()) } else { Err("what was left was not found".into()) }
}
