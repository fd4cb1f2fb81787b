//! `vault shell`: one unlock, then the same commands without the passphrase, until it is locked or left.
//!
//! Between two commands it holds the person's keys, the lines typed, and no lock: every command opens the
//! store and its groups anew, and the roster is read on before each. Locking drops all of it.

pub mod line;

use std::ffi::OsString;
use std::path::PathBuf;
use std::rc::Rc;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use self::line::{Line, NotUnderstood};
use super::circumstances::{refused_for_network, unconfined};
use super::error::{CommandError, Kind};
use super::folders::Folders;
use super::output::ColourChoice;
use super::terminal::{History, PromptError, Screen, Terminal, in_words};
use super::unlock::{Held, Locked, ask_passphrase};
use super::{Context, text, usage};
use crate::access_log::{Action, Event, LogError, Outcome};
use crate::machine::sandbox::Calls;
use crate::machine::stack;
use crate::store::{Ended, Name, Session, Strictness};

/// The most columns that the store's name takes in the prompt.
const NAME_COLUMNS: usize = 24;

/// Unlock once and type commands without the passphrase; `lock` locks, `exit` ends.
///
/// The same commands, without `vault`; each is logged as outside. It locks by itself when no key was
/// pressed for some minutes, and when the terminal goes away: keys, records and the lines typed are wiped,
/// screen and scrollback cleared. Files that commands name must lie in its folders; the kernel refuses
/// others to the shell's process.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault shell\n  vault shell --idle 5 --folder /media/office/incoming")]
pub struct ShellArgs {
    /// Lock after so many minutes without a key, if the policy does not lock sooner.
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u16).range(1..=480))]
    pub idle: Option<u16>,
    /// A folder in which files may lie that commands name [default: the current one].
    #[arg(long, value_name = "DIR")]
    pub folder: Vec<PathBuf>,
}

/// What goes on while one person sits at it.
struct Shell<'context> {
    context: &'context Context,
    terminal: Rc<Terminal>,
    screen: Screen,
    folders: Folders,
    person: Name,
    prompt: String,
    /// `--idle`, in minutes.
    idle: Option<u16>,
    history: History,
    /// Whether it was said that the machine is networked.
    network_told: bool,
}

/// Why it is not unlocked any more.
enum Stop {
    /// `lock`.
    Asked,
    /// `exit`, or Ctrl-D.
    Left,
    /// Nobody pressed a key.
    Idle,
    /// What was unlocked is not in force any more.
    Ended(Ended),
    /// The shell can't go on: a signal, a network, a terminal that fails.
    Over(CommandError),
}

impl ShellArgs {
    /// The folders given, or the current one when none is.
    pub(super) fn folders(&self) -> Vec<PathBuf> {
        if self.folder.is_empty() { vec![PathBuf::from(".")] } else { self.folder.clone() }
    }

    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let folders = Folders::new(&self.folders())?;
        let store = context.store()?;
        let root = context.store_folder()?;
        let root = root.canonicalize().unwrap_or(root);
        let unlocked = stack::wiped_after(|| context.unlock_for_the_office(store))?;
        let (session, terminal) = (Rc::clone(&unlocked.session), Rc::clone(&unlocked.terminal));
        drop(unlocked);
        let allowed = session.roster().policy().idle_minutes;
        if self.idle.is_some_and(|idle| idle > allowed) {
            context.warn(&format!(
                "the office's policy locks after {allowed} minutes without a key; --idle can only make it sooner"
            ));
        }
        let person = session.person().name.clone();
        let dumb = context.everywhere.plain || context.environment.dumb_terminal();
        let shell = Shell {
            prompt: format!(
                "{person}@{}> ",
                shortened(&root.file_name().unwrap_or_default().to_string_lossy())
            ),
            context,
            terminal,
            screen: if dumb { Screen::Plain } else { Screen::Full },
            folders,
            person,
            idle: self.idle,
            history: History::default(),
            network_told: context.network().is_some(),
        };
        shell.run(session)
    }
}

impl Shell<'_> {
    fn run(mut self, mut session: Rc<Session>) -> Result<(), CommandError> {
        loop {
            let stop = stack::wiped_after(|| self.work(&session));
            let goes_on = matches!(stop, Stop::Asked | Stop::Idle | Stop::Ended(_));
            stack::wiped_after(|| self.lock(session, stop))?;
            if !goes_on {
                return Ok(());
            }
            match stack::wiped_after(|| self.unlock())? {
                Some(unlocked) => session = unlocked,
                None => return Ok(()),
            }
        }
    }

    /// Reads commands and runs them until something stops it.
    fn work(&mut self, session: &Rc<Session>) -> Stop {
        loop {
            self.count_idle_time(session);
            let typed = match self.terminal.command_line(&self.prompt, &mut self.history, self.screen) {
                Ok(typed) => typed,
                Err(PromptError::Interrupted) => continue,
                Err(PromptError::End) => return Stop::Left,
                Err(PromptError::Idle { .. }) => return Stop::Idle,
                Err(
                    error @ (PromptError::TooLong { .. } | PromptError::NotText | PromptError::ControlKey),
                ) => {
                    self.report(error);
                    continue;
                }
                Err(error) => return Stop::Over(error.into()),
            };
            let done = match line::split(&typed) {
                Ok(Line::Nothing) => Ok(()),
                Ok(Line::Lock) => return Stop::Asked,
                Ok(Line::Exit) => return Stop::Left,
                // Every one opens keys and records, and a person may look at the next prompt for long.
                Ok(Line::Command(arguments)) => {
                    match stack::wiped_after(|| self.command(session, &arguments)) {
                        Err(stop) => return stop,
                        Ok(done) => done,
                    }
                }
                Err(error) => Err(error),
            };
            if let Err(error) = done {
                if error.kind() == Kind::Usage && typed.contains("--set") {
                    // It may hold a value that no history is to keep.
                    self.history.forget(&typed);
                }
                self.report(error);
            }
        }
    }

    /// Runs one command as outside, but for the passphrase.
    fn command(
        &mut self,
        session: &Rc<Session>,
        arguments: &[OsString],
    ) -> Result<Result<(), CommandError>, Stop> {
        let understood = match line::parse(arguments, &self.context.everywhere) {
            Ok(understood) => understood,
            Err(NotUnderstood::Refused(error)) => return Ok(Err(error)),
            Err(NotUnderstood::Clap(stopped)) => {
                let mut arguments = arguments.to_vec();
                arguments.extend(self.colour_flag());
                usage::answer(stopped, &arguments, &self.context.environment);
                return Ok(Ok(()));
            }
        };
        self.look_round(session)?;
        if let Err(elsewhere) = self.folders.check_command(&understood.command) {
            return Ok(Err(elsewhere));
        }
        let mut surroundings = self.context.surroundings.clone();
        surroundings.patience = std::time::Duration::from_secs(understood.everywhere.wait);
        let context = Context {
            everywhere: understood.everywhere,
            environment: self.context.environment.clone(),
            surroundings,
            confinement: self.context.confinement.clone(),
            held: Some(Held { session: Rc::clone(session), terminal: Rc::clone(&self.terminal) }),
        };
        let done = super::dispatch(understood.command, &context);
        match done {
            Err(error) if error.kind() == Kind::Idle => Err(Stop::Idle),
            Err(error) if matches!(error.kind(), Kind::Terminated(_)) => Err(Stop::Over(error)),
            done => {
                // `passwd --new-key` ends its own session: better known now than at the next command.
                if let Err(ended @ Ended::Identity { .. }) = session.refresh() {
                    return Err(Stop::Ended(ended));
                }
                Ok(done)
            }
        }
    }

    /// What every unlock looks at, looked at before every command: the roster, the sandbox and the network.
    fn look_round(&mut self, session: &Session) -> Result<(), Stop> {
        session.refresh().map_err(Stop::Ended)?;
        if let (Calls::Open(why), Strictness::Refuse) =
            (&self.context.confinement.calls, session.roster().policy().sandbox)
        {
            return Err(Stop::Over(unconfined(why)));
        }
        let Some(network) = self.context.network() else { return Ok(()) };
        match session.roster().policy().network {
            Strictness::Refuse => Err(Stop::Over(refused_for_network(&network))),
            Strictness::Warn if self.network_told => Ok(()),
            Strictness::Warn => {
                self.network_told = true;
                self.context.warn(&format!("this machine is networked: {network}"));
                let mut event = Event::new(Action::Policy, Outcome::Success);
                event.detail = Some("networked machine; the policy only warns".to_owned());
                session.log().append(&event).map(drop).map_err(|error| Stop::Over(error.into()))
            }
        }
    }

    /// Forgets everything, and says why. What stops the shell for good is handed on.
    fn lock(&mut self, session: Rc<Session>, stop: Stop) -> Result<(), CommandError> {
        if !matches!(stop, Stop::Left) {
            // First: whoever stands behind the chair reads while the log is written. A terminal that
            // went away has nothing left to clear.
            let _ = self.terminal.clear(self.screen);
        }
        self.history.wipe();
        let idle = self.idle_minutes(&session);
        let (detail, said, over) = match stop {
            Stop::Asked => ("shell locked: by hand", None, Ok(())),
            Stop::Left => ("shell ended", None, Ok(())),
            Stop::Idle => {
                let after = in_words(std::time::Duration::from_secs(60 * u64::from(idle)));
                ("shell locked: idle", Some(format!("locked after {after} without a key")), Ok(()))
            }
            Stop::Ended(ended) => {
                let why = CommandError::from(ended);
                ("shell locked: log-in ended", Some(format!("locked: {}", why.message())), Ok(()))
            }
            Stop::Over(error) if matches!(error.kind(), Kind::Terminated(_)) => {
                ("shell ended: signal", None, Err(error))
            }
            Stop::Over(error) if error.kind() == Kind::Refused => {
                ("shell ended: refused by the policy", None, Err(error))
            }
            Stop::Over(error) => ("shell ended: failure", None, Err(error)),
        };
        self.log_end(&session, detail);
        debug_assert_eq!(Rc::strong_count(&session), 1, "a command kept the keys");
        drop(session);
        if let Some(said) = said {
            self.context.say(&said);
        }
        over
    }

    /// An auditor is to see until when somebody was unlocked. Whose log-in ended can't sign that any more:
    /// the change that ended it is in the log.
    fn log_end(&self, session: &Session, detail: &str) {
        if session.refresh().is_err() {
            return;
        }
        let mut event = Event::new(Action::Unlock, Outcome::Success);
        event.detail = Some(detail.to_owned());
        match session.log().append(&event) {
            // Between the look and the entry.
            Ok(_) | Err(LogError::LoginOver { .. }) => {}
            Err(error) => self.context.warn(CommandError::from(error).message()),
        }
    }

    /// Asks for the passphrase until it is right; nothing when the shell is left instead.
    fn unlock(&mut self) -> Result<Option<Rc<Session>>, CommandError> {
        self.terminal.set_idle(None);
        loop {
            let store = self.context.store()?;
            let Some(person) = store.roster().person(self.person.as_str()).cloned() else {
                let message = format!("{} is not in this store any more", self.person);
                return Err(CommandError::new(Kind::NotAllowed, message));
            };
            let network = self.context.network();
            let refused = store.roster().policy().network == Strictness::Refuse;
            if let Some(network) = network.as_ref().filter(|_| refused || !self.network_told) {
                self.context.heed_network(&store, &person, network)?;
                self.network_told = true;
            }
            if store.roster().policy().sandbox == Strictness::Refuse {
                // A policy that only warns has warned when the shell began.
                self.context.heed_sandbox(&store, &person)?;
            }
            let asked = self.context.slow_down(&store, &person, &self.terminal);
            let prompt = format!("Locked. Passphrase for {}: ", person.name);
            let passphrase = match asked.and_then(|()| ask_passphrase(&self.terminal, &prompt)) {
                Ok(passphrase) => passphrase,
                Err(PromptError::End) => return Ok(None),
                Err(PromptError::Interrupted) => continue,
                Err(error @ (PromptError::TooLong { .. } | PromptError::NotText)) => {
                    self.report(error);
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let circumstances = self.context.circumstances(network.is_some());
            let locked = Locked { store, person, circumstances };
            match self.context.unlock_with(locked, &passphrase, Rc::clone(&self.terminal)) {
                Ok(unlocked) => return Ok(Some(Rc::clone(&unlocked.session))),
                Err(error) if matches!(error.kind(), Kind::NotAllowed | Kind::Busy) => self.report(error),
                Err(error) => return Err(error),
            }
        }
    }

    fn idle_minutes(&self, session: &Session) -> u16 {
        let allowed = session.roster().policy().idle_minutes;
        self.idle.map_or(allowed, |idle| idle.min(allowed))
    }

    fn count_idle_time(&self, session: &Session) {
        let minute = self.context.surroundings.idle_minute;
        self.terminal.set_idle(Some(minute * u32::from(self.idle_minutes(session))));
    }

    fn report(&self, error: impl Into<CommandError>) {
        error.into().report(self.context.everywhere.color, &self.context.environment);
    }

    /// The shell's `--color`, as an argument; one of the command's own stands before it.
    fn colour_flag(&self) -> Option<OsString> {
        match self.context.everywhere.color {
            ColourChoice::Auto => None,
            ColourChoice::Always => Some("--color=always".into()),
            ColourChoice::Never => Some("--color=never".into()),
        }
    }
}

/// The store's name, cut where it grows too long for a prompt.
fn shortened(name: &str) -> String {
    let name = text::visible(name);
    if name.width() <= NAME_COLUMNS {
        return name.into_owned();
    }
    let mut used = 1;
    let fits = name.chars().take_while(|character| {
        used += character.width().unwrap_or(0);
        used <= NAME_COLUMNS
    });
    fits.chain(std::iter::once('…')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_to_the_prompts_columns() {
        assert_eq!(shortened("office"), "office");
        assert_eq!(shortened(&"x".repeat(24)), "x".repeat(24));
        assert_eq!(shortened(&"x".repeat(25)), format!("{}…", "x".repeat(23)));
        assert_eq!(shortened(&"東".repeat(13)), format!("{}…", "東".repeat(11)));
        assert_eq!(shortened("a\nb"), "a\\nb");
    }
}
