//! What the process's environment says, and the real surroundings made from it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::error::{CommandError, Kind};
use crate::access_log::reserve;
use crate::sealed::disk::RealDisk;
use crate::sealed::passphrase::WorkFactor;
use crate::surroundings::{Clock, Random, Surroundings};

/// How long a lock is waited for unless `--wait` tells.
pub const PATIENCE: Duration = Duration::from_secs(10);

const MINUTE: Duration = Duration::from_mins(1);

/// The variables that the program heeds; it reads no others.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    store: Option<OsString>,
    staff: Option<String>,
    home: Option<OsString>,
    data_home: Option<OsString>,
    state_home: Option<OsString>,
    login: Option<String>,
    terminal: Option<OsString>,
    no_color: Option<OsString>,
}

impl Environment {
    /// The process's own. An empty variable counts as unset.
    pub fn of_process() -> Self {
        Self::from_variables(|name| std::env::var_os(name))
    }

    fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let variable = |name| variable(name).filter(|value| !value.is_empty());
        let text = |name| variable(name).and_then(|value| value.into_string().ok());
        Self {
            store: variable("VAULT_STORE"),
            staff: text("VAULT_AS"),
            home: variable("HOME"),
            data_home: variable("XDG_DATA_HOME"),
            state_home: variable("XDG_STATE_HOME"),
            login: text("LOGNAME").or_else(|| text("USER")),
            terminal: variable("TERM"),
            no_color: variable("NO_COLOR"),
        }
    }

    /// The store's folder: `--store`, else `VAULT_STORE`, else `vault` in the user's data folder.
    pub fn store_folder(&self, flag: Option<&Path>) -> Result<PathBuf, CommandError> {
        match (flag, &self.store) {
            (Some(folder), _) => Ok(folder.to_owned()),
            (None, Some(folder)) => Ok(folder.into()),
            (None, None) => {
                Ok(self.xdg("XDG_DATA_HOME", self.data_home.as_ref(), ".local/share")?.join("vault"))
            }
        }
    }

    /// Who acts according to `--as`, else `VAULT_AS`.
    pub fn staff(&self, flag: Option<&str>) -> Option<String> {
        flag.map(str::to_owned).or_else(|| self.staff.clone())
    }

    /// Whether the terminal can't move its cursor: no boxes, bars or clearing.
    pub fn dumb_terminal(&self) -> bool {
        self.terminal.as_ref().is_some_and(|terminal| terminal == "dumb")
    }

    /// Whether the user wants no colour (<https://no-color.org>).
    pub fn no_colour(&self) -> bool {
        self.no_color.is_some()
    }

    /// The real surroundings: the machine's disk, clock and randomness.
    pub fn surroundings(&self) -> Result<Surroundings, CommandError> {
        let uid = rustix::process::getuid().as_raw();
        Ok(Surroundings {
            disk: Arc::new(RealDisk),
            time_zone: jiff::tz::TimeZone::system(),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            os_user: self.login.clone().unwrap_or_else(|| format!("uid-{uid}")),
            state: self.xdg("XDG_STATE_HOME", self.state_home.as_ref(), ".local/state")?.join("vault"),
            system_root: PathBuf::from("/"),
            lowest_work_factor: WorkFactor::LOWEST,
            work_factor: WorkFactor::STANDARD,
            patience: PATIENCE,
            log_reserve: reserve::FULL,
            idle_minute: MINUTE,
        })
    }

    /// A base folder of the XDG specification, which says that relative ones are to be ignored.
    fn xdg(&self, name: &str, value: Option<&OsString>, below_home: &str) -> Result<PathBuf, CommandError> {
        if let Some(folder) = value.map(Path::new).filter(|folder| folder.is_absolute()) {
            return Ok(folder.to_owned());
        }
        match &self.home {
            Some(home) => Ok(Path::new(home).join(below_home)),
            None => Err(CommandError::new(Kind::Failed, format!("neither HOME nor {name} is set"))
                .hint("set HOME to your home folder")),
        }
    }
}

struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> std::io::Result<()> {
        getrandom::fill(bytes).map_err(std::io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment::from_variables(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into())
        })
    }

    #[test]
    fn the_flag_wins_over_the_variable_over_the_data_folder() {
        let all = environment(&[("VAULT_STORE", "/b"), ("XDG_DATA_HOME", "/c"), ("HOME", "/d")]);
        assert_eq!(all.store_folder(Some(Path::new("/a"))).unwrap(), Path::new("/a"));
        assert_eq!(all.store_folder(None).unwrap(), Path::new("/b"));
        let data = environment(&[("VAULT_STORE", ""), ("XDG_DATA_HOME", "/c"), ("HOME", "/d")]);
        assert_eq!(data.store_folder(None).unwrap(), Path::new("/c/vault"));
        let home = environment(&[("XDG_DATA_HOME", "relative"), ("HOME", "/d")]);
        assert_eq!(home.store_folder(None).unwrap(), Path::new("/d/.local/share/vault"));
    }

    #[test]
    fn a_process_without_home_is_told_so() {
        assert_eq!(environment(&[]).store_folder(None).unwrap_err().kind(), Kind::Failed);
        assert!(environment(&[]).surroundings().is_err());
    }
}
