//! The process confines itself, before the first secret is typed: what it has no business with, the
//! kernel refuses from then on, whatever a fault or an intruder in this process may try.
//!
//! | file | what lives there |
//! | --- | --- |
//! | `calls` | system calls: no socket, no other program, no look into other processes (seccomp) |
//! | `files` | files: the store, the seen notes, what the command names (Landlock) |
//!
//! Nothing of it can be taken back, and every thread inherits it: call [`confine`] while there is one
//! thread.

mod calls;
mod files;

pub use self::files::{Allowed, Use};

/// What confines this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confinement {
    /// Its system calls.
    pub calls: Calls,
    /// Its files.
    pub files: Files,
}

/// Whether sockets, other programs and other processes are out of reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Calls {
    /// The kernel refuses them.
    Refused,
    /// It does not; why.
    Open(String),
}

/// Whether files that no command named are out of reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Files {
    /// The kernel refuses them.
    Refused,
    /// An older kernel refuses them but for details, such as commands to devices.
    Partly,
    /// It does not; why.
    Open(String),
}

/// Part of the confinement was refused.
#[derive(Debug, thiserror::Error)]
enum SandboxError {
    /// The filter of system calls does not fit this kernel or processor.
    #[error("this system filters no system calls: {0}")]
    Calls(String),
    /// Landlock failed.
    #[error("this system confines no files: {0}")]
    Files(String),
}

/// Confines this process to `allowed` and to harmless system calls, as far as the kernel can. It never
/// fails: what could not be had is told, and is the caller's to judge.
pub fn confine(allowed: &Allowed) -> Confinement {
    // Files first: the filter of system calls may stand in the way of nothing that this needs, and the
    // other way round that could change.
    let files = match files::confine(allowed) {
        Ok(files) => files,
        Err(error) => Files::Open(error.to_string()),
    };
    let calls = match calls::confine() {
        Ok(()) => Calls::Refused,
        Err(error) => Calls::Open(error.to_string()),
    };
    Confinement { calls, files }
}
