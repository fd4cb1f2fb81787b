//! An office whose every secret is made at run time, and its owner's shell at a terminal.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use rustix::process::Pid;
use vault::sealed::identity::Identity;
use vault::sealed::passphrase::{self, Passphrase};
use zeroize::Zeroizing;

use crate::PATIENCE;
use crate::program::{CHEAP, MACHINE, MINUTE};
use crate::pty::{Session, Stream};
use crate::scan::{Found, Sought, memory_of};
use crate::secrets::Secret;

/// The user that owns nothing, on most machines.
const NOBODY: u32 = 65_534;

/// What no other text has in it: so many small letters.
fn word(length: usize) -> String {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).unwrap();
    bytes.into_iter().map(|byte| char::from(b'a' + byte % 26)).collect()
}

/// A German IBAN of a random account, its check digits right.
fn iban() -> String {
    let account: String = word(18).bytes().map(|letter| char::from(b'0' + letter % 10)).collect();
    let remainder = format!("{account}131400")
        .bytes()
        .fold(0_u32, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97);
    format!("DE{:02}{account}", 98 - remainder)
}

/// What the files say of customers, and what is typed.
pub struct Record {
    pub name: String,
    pub city: String,
    pub moved_to: String,
    pub iban: String,
    pub email: String,
    pub notes: String,
    /// Searched for, and not there.
    pub missed: String,
    /// Why a field was revealed.
    pub reason: String,
    /// The name of one of many.
    pub imported: String,
    imported_street: String,
}

impl Record {
    fn new() -> Self {
        Self {
            name: word(18),
            city: word(18),
            moved_to: word(18),
            iban: iban(),
            email: format!("{}@{}.example", word(16), word(16)),
            notes: format!("{} {}", word(16), word(16)),
            missed: word(18),
            reason: word(18),
            imported: word(18),
            imported_street: word(18),
        }
    }

    /// All of it.
    pub fn secrets(&self) -> Vec<Secret> {
        let typed = [
            ("name", &self.name),
            ("missed", &self.missed),
            ("reason", &self.reason),
            ("imported", &self.imported),
        ];
        let typed = typed.map(|(what, text)| Secret::text(what, text));
        [self.never_typed(), typed.to_vec()].concat()
    }

    /// What came from files alone.
    pub fn never_typed(&self) -> Vec<Secret> {
        let grouped = self.iban.as_bytes().chunks(4).map(|four| std::str::from_utf8(four).unwrap());
        vec![
            Secret::text("city", &self.city),
            Secret::text("moved to", &self.moved_to),
            Secret::text("iban", &self.iban),
            Secret::text("iban in groups", &grouped.collect::<Vec<_>>().join(" ")),
            Secret::text("email", &self.email),
            Secret::text("notes", &self.notes),
            Secret::text("imported street", &self.imported_street),
        ]
    }
}

/// A home with a store, its owner olga and the group private.
pub struct Office {
    home: tempfile::TempDir,
    passphrase: String,
    /// As whom the program runs, if not as whoever runs this test.
    user: Option<u32>,
    pub record: Record,
}

impl Office {
    pub fn new() -> Self {
        Self::of(None)
    }

    /// The same, of somebody who is not root.
    pub fn of_an_ordinary_user() -> Self {
        Self::of(rustix::process::getuid().is_root().then_some(NOBODY))
    }

    fn of(user: Option<u32>) -> Self {
        let passphrase = format!("{} {} {}", word(9), word(9), word(9));
        let home = tempfile::tempdir().unwrap();
        std::os::unix::fs::chown(home.path(), user, user).unwrap();
        let office = Self { home, passphrase, user, record: Record::new() };
        let record = &office.record;
        fs::create_dir_all(office.path("machine/sys/class/net/lo")).unwrap();
        let new = serde_json::json!({
            "name": record.name, "city": record.city, "iban": record.iban,
            "email": record.email, "notes": record.notes,
        });
        fs::write(office.path("new.json"), new.to_string()).unwrap();
        fs::write(office.path("change.json"), serde_json::json!({ "city": record.moved_to }).to_string())
            .unwrap();
        let rows = (0..299).map(|_| format!("{},{}\n", word(12), word(12)));
        let last = format!("{},{}\n", record.imported, record.imported_street);
        fs::write(office.path("many.csv"), format!("name,street\n{}{last}", rows.collect::<String>()))
            .unwrap();
        office.done(&["init", "--no-recovery"], &["New passphrase for olga: ", "Repeat new passphrase: "]);
        office.done(&["group", "create", "private"], &["Passphrase for olga: "]);
        office
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn start(&self, arguments: &[&str], minute: u32) -> Session {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg0("vault").args(arguments).current_dir(self.home.path()).env_clear();
        command.env("HOME", self.home.path()).env("USER", "olga").env("TZ", "UTC").env("TERM", "xterm");
        command.env("NO_COLOR", "1").env(MACHINE, self.path("machine")).env(MINUTE, minute.to_string());
        self.owned_by_its_user(&mut command);
        let session = Session::start(command, None, Stream::Terminal, Stream::Terminal).unwrap();
        // Wide enough that no line that is typed scrolls.
        session.set_columns(300).unwrap();
        session
    }

    /// As whom the program runs, another one is to run.
    pub fn owned_by_its_user<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        match self.user {
            Some(user) => command.uid(user).gid(user),
            None => command,
        }
    }

    /// Runs a command that asks for the passphrase so, and ends well.
    fn done(&self, arguments: &[&str], prompts: &[&str]) {
        let mut session = self.start(arguments, 60_000);
        for prompt in prompts {
            session.expect(prompt, PATIENCE).unwrap();
            session.send(&format!("{}\r", self.passphrase)).unwrap();
        }
        let finished = session.finish(PATIENCE).unwrap();
        assert_eq!(finished.status.code(), Some(0), "{arguments:?}: {}", finished.terminal);
    }

    /// Olga's shell, unlocked and at its prompt.
    pub fn shell(&self, minute: u32) -> Shell {
        let mut session = self.start(&["shell", "--idle", "1"], minute);
        session.expect("Passphrase for olga: ", PATIENCE).unwrap();
        session.send(&format!("{}\r", self.passphrase)).unwrap();
        let mut shell = Shell { session };
        shell.at_prompt();
        shell
    }

    fn sealed(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(".local/share/vault").join(name)).unwrap()
    }

    fn olgas_identity(&self) -> Identity {
        let passphrase = Passphrase::new(Zeroizing::new(self.passphrase.clone()));
        let opened = passphrase::open(&passphrase, CHEAP, &self.sealed("staff/olga.1.age")).unwrap();
        Identity::from_file_text(std::str::from_utf8(&opened).unwrap()).unwrap()
    }

    /// What the passphrase opens, and itself.
    pub fn keys(&self) -> Vec<Secret> {
        let mut keys = Secret::of_identity("olga", &self.olgas_identity().to_text());
        keys.push(Secret::text("passphrase", &self.passphrase));
        keys.extend(self.keys_of_commands());
        keys
    }

    /// The keys that are opened for one command: the group's and the access log's.
    pub fn keys_of_commands(&self) -> Vec<Secret> {
        let olga = self.olgas_identity();
        let files = [("the group", "groups/private/keys/1/olga.age"), ("the log", "log/keys/1/olga.age")];
        let opened = files.map(|(owner, file)| {
            let text = olga.open(&self.sealed(file)).unwrap();
            Secret::of_identity(owner, std::str::from_utf8(&text).unwrap().trim())
        });
        opened.concat()
    }
}

/// A running shell.
pub struct Shell {
    session: Session,
}

impl Shell {
    pub fn process(&self) -> Pid {
        self.session.pid()
    }

    fn at_prompt(&mut self) -> String {
        self.expect("olga@vault> ")
    }

    pub fn expect(&mut self, text: &str) -> String {
        self.session.expect(text, PATIENCE).unwrap()
    }

    pub fn types(&mut self, line: &str) {
        self.session.send(&format!("{line}\r")).unwrap();
    }

    /// What a command shows up to the next prompt.
    pub fn shows(&mut self, line: &str) -> String {
        self.types(line);
        self.at_prompt()
    }

    /// Presses Ctrl-C in a form.
    pub fn interrupts(&mut self) {
        self.session.send_ctrl_c().unwrap();
        self.at_prompt();
    }

    pub fn locks(&mut self) {
        self.types("lock");
        self.expect("Locked. Passphrase for olga: ");
    }

    pub fn unlocks(&mut self, office: &Office) {
        self.types(&office.passphrase);
        self.at_prompt();
    }

    /// Ctrl-D where the passphrase is asked for.
    pub fn gives_up(mut self) {
        self.session.send_ctrl_d().unwrap();
        assert_eq!(self.session.finish(PATIENCE).unwrap().status.code(), Some(0));
    }

    pub fn leave(mut self) {
        self.types("exit");
        assert_eq!(self.session.finish(PATIENCE).unwrap().status.code(), Some(0));
    }

    /// What of it is in the shell's memory now.
    pub fn finds(&self, sought: &Sought) -> Found {
        sought.find(&memory_of(self.process()).unwrap())
    }

    /// How far the main thread's stack has ever grown, in bytes.
    pub fn deepest_stack(&self) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process().as_raw_nonzero())).unwrap();
        let stack = status.lines().find_map(|line| line.strip_prefix("VmStk:")).unwrap();
        stack.trim().strip_suffix(" kB").unwrap().parse::<usize>().unwrap() * 1024
    }
}
