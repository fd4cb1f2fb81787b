//! A terminal for programs under test: a pty that shows what they write and types what a person
//! would, while stdout and stderr may go elsewhere.
#![allow(unsafe_code, dead_code, reason = "a test's process surgery; each user takes what it needs")]

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, OptionalActions, Winsize, tcgetattr, tcsetattr, tcsetwinsize};

/// Where one of a program's streams leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// To the terminal.
    Terminal,
    /// Captured apart through a pipe.
    Pipe,
}

/// Bytes that a thread collects as they come.
#[derive(Debug, Clone, Default)]
struct Collected(Arc<(Mutex<Vec<u8>>, Condvar)>);

impl Collected {
    fn from(mut source: impl Read + Send + 'static) -> (Self, JoinHandle<()>) {
        let collected = Self::default();
        let shared = collected.clone();
        let thread = std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            // A pty whose last user has closed it reads as EIO.
            while let Ok(count) = source.read(&mut chunk) {
                if count == 0 {
                    break;
                }
                shared.bytes().extend_from_slice(&chunk[..count]);
                shared.0.1.notify_all();
            }
        });
        (collected, thread)
    }

    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).replace("\r\n", "\n")
    }

    /// Waits for more, or for `until`.
    fn wait(&self, known: usize, until: Instant) {
        let bytes = self.bytes();
        let patience = until.saturating_duration_since(Instant::now());
        drop(self.0.1.wait_timeout_while(bytes, patience, |bytes| bytes.len() == known));
    }

    fn len(&self) -> usize {
        self.bytes().len()
    }
}

/// What a finished program left.
#[derive(Debug)]
pub struct Finished {
    /// How it ended: with a code, or by a signal.
    pub status: ExitStatus,
    /// All that the terminal showed, with newlines as the program wrote them.
    pub terminal: String,
    /// Standard output, when it was a pipe.
    pub stdout: String,
    /// Standard error, when it was a pipe.
    pub stderr: String,
    /// Whether the terminal echoes and edits lines afterwards.
    pub echo: bool,
}

/// A program at its own terminal of 80 by 24.
#[derive(Debug)]
pub struct Session {
    child: Child,
    master: File,
    /// Held open, so that the terminal outlives the program and can be looked at.
    terminal: OwnedFd,
    shown: Collected,
    stdout: Collected,
    stderr: Collected,
    threads: Vec<JoinHandle<()>>,
    expected: usize,
}

/// The terminal never showed what was waited for.
#[derive(Debug)]
pub struct NotShown {
    /// What was waited for.
    pub expected: String,
    /// All that it showed.
    pub shown: String,
}

impl std::fmt::Display for NotShown {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "waited for {:?}; the terminal shows {:?}", self.expected, self.shown)
    }
}

impl std::error::Error for NotShown {}

impl Session {
    /// Starts `command` in a session of its own whose controlling terminal is a new pty. Its stdin
    /// is the terminal, or a pipe that delivers `stdin` and ends.
    pub fn start(
        mut command: Command,
        stdin: Option<Vec<u8>>,
        stdout: Stream,
        stderr: Stream,
    ) -> io::Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&master, size)?;
        let name = std::ffi::OsString::from_vec(ptsname(&master, Vec::new())?.into_bytes());
        let mut open = OpenOptions::new();
        open.read(true).write(true);
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut open, 0o400 /* O_NOCTTY */);
        let terminal: OwnedFd = open.open(name)?.into();

        let to = |stream| match stream {
            Stream::Terminal => terminal.try_clone().map(Stdio::from),
            Stream::Pipe => Ok(Stdio::piped()),
        };
        command.stdin(if stdin.is_some() { Stdio::piped() } else { to(Stream::Terminal)? });
        command.stdout(to(stdout)?).stderr(to(stderr)?);
        let controlling = terminal.try_clone()?;
        // SAFETY: between fork and exec only two system calls are made, both async-signal-safe.
        unsafe {
            command.pre_exec(move || {
                rustix::process::setsid()?;
                Ok(rustix::process::ioctl_tiocsctty(controlling.as_fd())?)
            });
        }
        let mut child = command.spawn()?;
        drop(command);

        let master = File::from(master);
        let (shown, thread) = Collected::from(master.try_clone()?);
        let mut threads = vec![thread];
        let mut collect = |source: Option<Box<dyn Read + Send>>| match source {
            Some(source) => {
                let (collected, thread) = Collected::from(source);
                threads.push(thread);
                collected
            }
            None => Collected::default(),
        };
        let stdout = collect(child.stdout.take().map(|pipe| Box::new(pipe) as Box<_>));
        let stderr = collect(child.stderr.take().map(|pipe| Box::new(pipe) as Box<_>));
        if let (Some(bytes), Some(mut pipe)) = (stdin, child.stdin.take()) {
            // A program that does not read to the end closes the pipe: its right.
            threads.push(std::thread::spawn(move || drop(pipe.write_all(&bytes))));
        }
        Ok(Self { child, master, terminal, shown, stdout, stderr, threads, expected: 0 })
    }

    /// All that the terminal has shown so far.
    pub fn shown(&self) -> String {
        self.shown.text()
    }

    /// Waits until `is_there` is content with all that was shown; gives up when the program has
    /// ended without it, or the time is up.
    pub fn wait_until(&mut self, patience: Duration, mut is_there: impl FnMut(&str) -> bool) -> bool {
        let until = Instant::now() + patience;
        let mut ended = false;
        loop {
            let known = self.shown.len();
            if is_there(&self.shown.text()) {
                return true;
            }
            if ended || Instant::now() >= until {
                return false;
            }
            ended = !matches!(self.child.try_wait(), Ok(None));
            // What an ended program has written may still be on its way.
            self.shown.wait(known, until.min(Instant::now() + Duration::from_millis(100)));
        }
    }

    /// Waits until the terminal shows `text` beyond what was expected before, and gives all that
    /// came up to its end.
    pub fn expect(&mut self, text: &str, patience: Duration) -> Result<String, NotShown> {
        let from = self.expected;
        let mut end = None;
        self.wait_until(patience, |shown| {
            end = shown.get(from..).and_then(|new| new.find(text)).map(|place| from + place + text.len());
            end.is_some()
        });
        let shown = self.shown();
        let Some(end) = end else { return Err(NotShown { expected: text.to_owned(), shown }) };
        self.expected = end;
        Ok(shown[from..end].to_owned())
    }

    /// Types `text`.
    pub fn send(&mut self, text: &str) -> io::Result<()> {
        self.send_bytes(text.as_bytes())
    }

    /// Types bytes that may be no text.
    pub fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.master.write_all(bytes)
    }

    /// Presses Ctrl-C.
    pub fn send_ctrl_c(&mut self) -> io::Result<()> {
        self.send("\u{3}")
    }

    /// Presses Ctrl-D.
    pub fn send_ctrl_d(&mut self) -> io::Result<()> {
        self.send("\u{4}")
    }

    /// Whether the terminal echoes now.
    pub fn echo(&self) -> io::Result<bool> {
        Ok(tcgetattr(&self.terminal)?.local_modes.contains(LocalModes::ECHO))
    }

    /// Whether the program gets every key at once and echoes it, or not, by itself.
    pub fn sends_keys(&self) -> io::Result<bool> {
        Ok(!tcgetattr(&self.terminal)?.local_modes.contains(LocalModes::ICANON))
    }

    /// Gives the terminal another width.
    pub fn set_columns(&self, columns: u16) -> io::Result<()> {
        let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        Ok(tcsetwinsize(&self.terminal, size)?)
    }

    /// Sets the terminal's echo, as a shell may while the program is stopped.
    pub fn set_echo(&self, echo: bool) -> io::Result<()> {
        let mut modes = tcgetattr(&self.terminal)?;
        modes.local_modes.set(LocalModes::ECHO, echo);
        Ok(tcsetattr(&self.terminal, OptionalActions::Now, &modes)?)
    }

    /// The program's process id.
    pub fn pid(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.child)
    }

    /// Waits for the program's end; one that does not end in time is killed and reported.
    pub fn finish(mut self, patience: Duration) -> io::Result<Finished> {
        let until = Instant::now() + patience;
        let status = loop {
            if let Some(status) = self.child.try_wait()? {
                break status;
            }
            if Instant::now() >= until {
                self.child.kill()?;
                self.child.wait()?;
                let shown = self.shown();
                return Err(io::Error::other(format!("did not end; the terminal shows {shown:?}")));
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        let echo = self.echo()? && !self.sends_keys()?;
        // The last user goes, so that the collecting threads come to their end.
        drop(self.terminal);
        for thread in self.threads {
            thread.join().map_err(|_| io::Error::other("a collecting thread failed"))?;
        }
        let [terminal, stdout, stderr] = [self.shown, self.stdout, self.stderr].map(|stream| stream.text());
        Ok(Finished { status, terminal, stdout, stderr, echo })
    }
}
