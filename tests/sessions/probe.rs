//! Tries, from inside a `vault` that is at work, whatever an intruder in it would try, and says what came
//! of each on standard error. It enters as the process's randomness, which is asked for once somebody is
//! unlocked; the released program has no such door.
#![allow(unsafe_code, reason = "an intruder would not ask the standard library")]

use std::fs::{self, File, OpenOptions};
use std::io;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Once};
use std::thread;

use vault::surroundings::Random;

/// Numbers of address families that Linux knows, and a few more: `AF_MAX` is 46.
const FAMILIES: libc::c_int = 48;
const KINDS: [libc::c_int; 5] =
    [libc::SOCK_STREAM, libc::SOCK_DGRAM, libc::SOCK_RAW, libc::SOCK_SEQPACKET, libc::SOCK_RDM];
/// On x86-64 the bit of the second set of numbers.
const X32: libc::c_long = 0x4000_0000;

/// Randomness that looks round first: at everything, or where nothing is refused only at what does no
/// harm there.
pub struct Probe {
    pub random: Arc<dyn Random>,
    pub harmless: bool,
}

impl Random for Probe {
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()> {
        static ONCE: Once = Once::new();
        ONCE.call_once(if self.harmless { glance } else { look_round });
        self.random.fill(bytes)
    }
}

fn glance() {
    say("the standard library's sockets", &library_sockets());
    say("a file of the system", &[outcome("/etc/passwd", File::open("/etc/passwd"))]);
}

fn look_round() {
    say("sockets", &sockets());
    let in_a_thread = thread::spawn(sockets).join().unwrap_or_default();
    say("sockets in another thread", &in_a_thread);
    say("the standard library's sockets", &library_sockets());
    say("calls on sockets", &calls(&SOCKET_CALLS));
    say("rings", &calls(&RINGS));
    say("other programs", &programs());
    say("other processes", &calls(&PROCESSES));
    say("ways round names", &calls(&MOUNTS));
    say("memory and messages for others", &calls(&SHARED));
    say("what is beside a file's bytes", &calls(&ATTRIBUTES));
    let open_to_all = fs::set_permissions("other.txt", std::os::unix::fs::PermissionsExt::from_mode(0o777));
    say("a file's permissions", &[outcome("other.txt", open_to_all)]);
    say("typing into the terminal", &typing());
    for (what, path) in [("a file in the home", "other.txt"), ("a file of the system", "/etc/passwd")] {
        say(what, &[outcome(path, File::open(path))]);
    }
    say("a folder", &[outcome("/", fs::read_dir("/")), outcome(".", fs::read_dir("."))]);
    let new = OpenOptions::new().write(true).create(true).truncate(false).open("stolen");
    say("a new file", &[outcome("stolen", new), outcome("/tmp/stolen", fs::write("/tmp/stolen", "x"))]);
    let changed = [
        outcome("write", OpenOptions::new().append(true).open("other.txt")),
        outcome("cut", rustix::fs::open("other.txt", rustix::fs::OFlags::TRUNC, rustix::fs::Mode::empty())),
        outcome("rename", fs::rename("other.txt", "renamed.txt")),
        outcome("link", fs::hard_link("other.txt", ".local/share/vault/linked")),
        outcome("remove", fs::remove_file("other.txt")),
    ];
    say("a change of a file", &changed);
    let store = Path::new(".local/share/vault/roster.jsonl");
    eprintln!("probe: the store: {}", if File::open(store).is_ok() { "open" } else { "REFUSED" });
}

/// What one attempt came to.
struct Tried {
    what: String,
    refused: bool,
    answer: String,
}

fn outcome<T>(what: &str, done: Result<T, impl Into<io::Error>>) -> Tried {
    let done = done.map_err(Into::into);
    let code = done.as_ref().err().and_then(io::Error::raw_os_error);
    let refused = matches!(code, Some(libc::EPERM | libc::EACCES | libc::EXDEV));
    let answer = done.err().map_or_else(|| "it worked".to_owned(), |error| error.to_string());
    Tried { what: what.to_owned(), refused, answer }
}

fn say(what: &str, tried: &[Tried]) {
    let open: Vec<String> = tried
        .iter()
        .filter(|tried| !tried.refused)
        .map(|tried| format!("{}: {}", tried.what, tried.answer))
        .collect();
    match (tried.len(), open.is_empty()) {
        (0, _) => eprintln!("probe: {what}: NOT TRIED"),
        (tried, true) => eprintln!("probe: {what}: {tried} tried, all refused"),
        (_, false) => eprintln!("probe: {what}: NOT REFUSED: {}", open.join(", ")),
    }
}

/// A system call with arguments that could do no harm.
fn call(what: &str, number: libc::c_long, first: libc::c_long) -> Tried {
    // SAFETY: null pointers, lengths of zero and descriptors that are none: the kernel answers with an error.
    let answer = unsafe { libc::syscall(number, first, 0, 0, 0, 0, 0) };
    outcome(what, if answer < 0 { Err(io::Error::last_os_error()) } else { Ok(()) })
}

fn calls(numbers: &[(&str, libc::c_long)]) -> Vec<Tried> {
    numbers.iter().map(|(what, number)| call(what, *number, -1)).collect()
}

fn sockets() -> Vec<Tried> {
    let made = |what: String, descriptor: libc::c_int| {
        outcome(&what, if descriptor < 0 { Err(io::Error::last_os_error()) } else { Ok(()) })
    };
    let mut tried = Vec::new();
    for family in 0..FAMILIES {
        for kind in KINDS {
            // SAFETY: takes numbers and gives one.
            tried.push(made(format!("family {family}"), unsafe { libc::socket(family, kind, 0) }));
        }
    }
    let mut pair = [0; 2];
    // SAFETY: two numbers have room for two.
    tried.push(made("a pair".into(), unsafe {
        libc::socketpair(libc::AF_UNIX, libc::SOCK_STREAM, 0, pair.as_mut_ptr())
    }));
    #[cfg(target_arch = "x86_64")]
    tried.push(call("an x32 one", X32 | libc::SYS_socket, libc::AF_INET.into()));
    tried
}

fn library_sockets() -> Vec<Tried> {
    vec![
        outcome("listen", TcpListener::bind("127.0.0.1:0")),
        outcome("connect", TcpStream::connect("127.0.0.1:9")),
        outcome("udp", UdpSocket::bind("[::1]:0")),
        outcome("unix", UnixStream::pair()),
        outcome("to a path", UnixStream::connect("/run/systemd/notify")),
    ]
}

const SOCKET_CALLS: [(&str, libc::c_long); 16] = [
    ("bind", libc::SYS_bind),
    ("connect", libc::SYS_connect),
    ("listen", libc::SYS_listen),
    ("accept", libc::SYS_accept),
    ("accept4", libc::SYS_accept4),
    ("sendto", libc::SYS_sendto),
    ("sendmsg", libc::SYS_sendmsg),
    ("sendmmsg", libc::SYS_sendmmsg),
    ("recvfrom", libc::SYS_recvfrom),
    ("recvmsg", libc::SYS_recvmsg),
    ("recvmmsg", libc::SYS_recvmmsg),
    ("getsockname", libc::SYS_getsockname),
    ("getpeername", libc::SYS_getpeername),
    ("getsockopt", libc::SYS_getsockopt),
    ("setsockopt", libc::SYS_setsockopt),
    ("shutdown", libc::SYS_shutdown),
];

const RINGS: [(&str, libc::c_long); 3] = [
    ("io_uring_setup", libc::SYS_io_uring_setup),
    ("io_uring_enter", libc::SYS_io_uring_enter),
    ("io_uring_register", libc::SYS_io_uring_register),
];

const PROCESSES: [(&str, libc::c_long); 8] = [
    ("ptrace", libc::SYS_ptrace),
    ("process_vm_readv", libc::SYS_process_vm_readv),
    ("process_vm_writev", libc::SYS_process_vm_writev),
    ("pidfd_open", libc::SYS_pidfd_open),
    ("pidfd_getfd", libc::SYS_pidfd_getfd),
    ("kcmp", libc::SYS_kcmp),
    ("bpf", libc::SYS_bpf),
    ("perf_event_open", libc::SYS_perf_event_open),
];

/// What is beside a file's bytes.
const ATTRIBUTES: [(&str, libc::c_long); 9] = [
    ("setxattr", libc::SYS_setxattr),
    ("lsetxattr", libc::SYS_lsetxattr),
    ("fsetxattr", libc::SYS_fsetxattr),
    ("setxattrat", 463),
    ("fchmod", libc::SYS_fchmod),
    ("fchmodat", libc::SYS_fchmodat),
    ("fchmodat2", 452),
    ("fchownat", libc::SYS_fchownat),
    ("utimensat", libc::SYS_utimensat),
];

/// What other programs can reach, and is no file.
const SHARED: [(&str, libc::c_long); 7] = [
    ("shmget", libc::SYS_shmget),
    ("shmat", libc::SYS_shmat),
    ("msgget", libc::SYS_msgget),
    ("msgsnd", libc::SYS_msgsnd),
    ("semget", libc::SYS_semget),
    ("mq_open", libc::SYS_mq_open),
    ("mq_timedsend", libc::SYS_mq_timedsend),
];

const MOUNTS: [(&str, libc::c_long); 6] = [
    ("open_by_handle_at", libc::SYS_open_by_handle_at),
    ("mount", libc::SYS_mount),
    ("unshare", libc::SYS_unshare),
    ("setns", libc::SYS_setns),
    ("chroot", libc::SYS_chroot),
    ("memfd_create", libc::SYS_memfd_create),
];

fn programs() -> Vec<Tried> {
    let mut tried = vec![
        outcome("spawn", Command::new("/bin/true").spawn()),
        call("execve", libc::SYS_execve, 0),
        call("execveat", libc::SYS_execveat, -1),
        // Flags without `CLONE_THREAD`: another process.
        call("clone", libc::SYS_clone, libc::SIGCHLD.into()),
    ];
    #[cfg(target_arch = "x86_64")]
    tried.extend([call("fork", libc::SYS_fork, 0), call("vfork", libc::SYS_vfork, 0)]);
    tried
}

fn typing() -> Vec<Tried> {
    let Ok(terminal) = OpenOptions::new().read(true).write(true).open("/dev/tty") else { return Vec::new() };
    let letter = b'x';
    // SAFETY: `TIOCSTI` reads one byte, which is there.
    let typed =
        unsafe { libc::ioctl(std::os::fd::AsRawFd::as_raw_fd(&terminal), libc::TIOCSTI, &raw const letter) };
    vec![outcome("TIOCSTI", if typed < 0 { Err(io::Error::last_os_error()) } else { Ok(()) })]
}

/// Whether Landlock is there in the form that the program was tried with: ABI 6.
pub fn kernel_confines_in_full() -> bool {
    const VERSION: libc::c_long = 1;
    // SAFETY: asked for its version, the call takes no ruleset and makes none.
    unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, 0, 0, VERSION) >= 6 }
}
