//! The day itself: what is done, typed and expected. Told by the example `office-day` and, as a test,
//! by `tests/office_day.rs`.

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::pty::{Session, Stream};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// How long a prompt or an end is waited for: a passphrase takes about a second.
const PATIENCE: Duration = Duration::from_mins(2);
/// The files' names within the day.
const GOOD: &str = "customers.csv";
const BAD: &str = "customers-bad.csv";
const SEALED: &str = "from-the-web.jsonl.age";
const SCAN: &str = "contract-2026.pdf";
const PASSPHRASE: &str = "green otters juggle violins";
const ASKED: &str = "Passphrase for olga: ";

/// Tells the day with the program `vault`, writing what a person at the terminal would see.
pub fn tell(vault: &Path, out: &mut dyn Write) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("office-day-").tempdir()?;
    let mut day = Day { vault, folder: folder.path().to_owned(), out };
    let customers = Customers::given();
    std::fs::copy(&customers.good, folder.path().join(GOOD))?;
    std::fs::copy(&customers.bad, folder.path().join(BAD))?;
    day.morning()?;
    day.import(&customers)?;
    let code = day.on_the_phone(&customers)?;
    day.sealed_elsewhere()?;
    day.papers(&code)?;
    day.who_leaves(&code)?;
    day.evening()?;
    day.say("The day is over; its store was a trial and is gone.")?;
    Ok(folder.close()?)
}

/// Two files of the same 91 customers, one of them broken, and a customer in them.
struct Customers {
    good: PathBuf,
    bad: PathBuf,
    /// Flags that say how each file's columns become fields, where their names don't tell.
    flags: [&'static str; 2],
    /// Words that find one of them.
    query: &'static str,
    name: &'static str,
    /// The beginning of a word that several have.
    prefix: &'static str,
}

impl Customers {
    /// The examples' own, or real ones where there are some.
    fn given() -> Self {
        let northwind = std::env::var_os("VAULT_TEST_DATA").map(|data| PathBuf::from(data).join("customers"));
        if let Some(folder) = northwind.filter(|folder| folder.join("northwind.csv").exists()) {
            return Self {
                good: folder.join("northwind.csv"),
                bad: folder.join("northwind-unquoted.csv"),
                flags: [
                    "--map CompanyName=name --map Address=street --map PostalCode=postcode \
                     --ignore CustomerID --ignore ContactName --ignore ContactTitle \
                     --ignore Region --ignore Fax",
                    "--map companyName=name --map address=street --map postalCode=postcode \
                     --ignore customerID --ignore contactName --ignore contactTitle \
                     --ignore region --ignore fax --null NULL",
                ],
                query: "lulea bergl",
                name: "Berglunds snabbköp",
                prefix: "la",
            };
        }
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
        Self {
            good: folder.join("customers.csv"),
            bad: folder.join("customers-bad.csv"),
            flags: ["", "--null NULL"],
            query: "torun luk",
            name: "Łukasz Wójcik",
            prefix: "an",
        }
    }
}

/// What is typed at a prompt.
enum Typed<'text> {
    /// Shown.
    Line(&'text str),
    /// Not shown.
    Secret(&'text str),
    /// What the recovery sheet says, not shown either.
    Sheet,
}

struct Day<'out> {
    vault: &'out Path,
    folder: PathBuf,
    out: &'out mut dyn Write,
}

impl Day<'_> {
    fn morning(&mut self) -> Result<()> {
        self.say(
            "Olga opens an office. Her trial store only warns of networks; a real one\n\
             refuses to open where there is one.",
        )?;
        let new = [
            ("New passphrase for olga: ", Typed::Secret(PASSPHRASE)),
            ("Repeat new passphrase: ", Typed::Secret(PASSPHRASE)),
            ("Recovery passphrase: ", Typed::Sheet),
        ];
        self.vault(&["init", "--network", "warn"], &new, 0)?;
        self.unlocked(&["group", "create", "private"], 0)?;
        Ok(())
    }

    fn import(&mut self, customers: &Customers) -> Result<()> {
        self.say("The old program's customers come in. The first file is broken: nothing is stored.")?;
        let [good, bad] = customers.flags;
        let import = |file, flags: &'static str| -> Vec<&str> {
            ["import", "private", file].into_iter().chain(flags.split_whitespace()).collect()
        };
        let shown = self.unlocked(&import(BAD, bad), 1)?;
        let uneven = shown.matches("the header has").count();
        expect(uneven == 24, "24 uneven rows are listed")?;
        expect(shown.contains("so none was"), "nothing was imported")?;
        self.say("The second one is whole.")?;
        let shown = self.unlocked(&import(GOOD, good), 0)?;
        expect(shown.contains("91 customers imported"), "91 customers were imported")
    }

    fn on_the_phone(&mut self, customers: &Customers) -> Result<String> {
        self.say("Somebody calls. Words in any order, without accents, find them.")?;
        let words: Vec<&str> = ["lookup"].into_iter().chain(customers.query.split(' ')).collect();
        let shown = self.unlocked(&words, 0)?;
        expect(shown.contains(customers.name), "the customer was found")?;
        let code = shown
            .lines()
            .find_map(|line| line.trim().strip_suffix("  private"))
            .ok_or("the card shows no code")?
            .to_owned();
        self.say("Several customers make a table.")?;
        let shown = self.unlocked(&["lookup", customers.prefix], 0)?;
        expect(shown.matches("private").count() > 2, "several customers were found")?;

        self.say("They moved, and leave their account's number; it is typed unseen.")?;
        let shown = self.edit(&code)?;
        expect(shown.contains("is changed: "), "the customer was changed")?;
        let shown = self.unlocked(&["lookup", &code], 0)?;
        expect(shown.contains("••••7466") && !shown.contains("SE4550"), "the account's number is masked")?;
        self.say("It is shown for a reason, which the access log keeps.")?;
        let reveal = ["lookup", &code, "--reveal", "iban", "--reason", "refund 118"];
        let shown = self.unlocked(&reveal, 0)?;
        expect(shown.contains("SE4550000000058398257466"), "the account's number was revealed")?;
        let shown = self.unlocked(&["history", &code], 0)?;
        expect(shown.contains("street") && !shown.contains("Kungsgatan"), "the history masks what it was")?;
        Ok(code)
    }

    fn sealed_elsewhere(&mut self) -> Result<()> {
        self.say(
            "The web server seals what people send, with stock age, to this recipient.\n\
             It opens nothing; a stick carries what it sealed to the office.",
        )?;
        let shown = self.unlocked(&["intake", "show", "private"], 0)?;
        let recipient = shown.lines().map(str::trim).find(|line| line.starts_with("age1"));
        let recipient: age::x25519::Recipient = recipient.ok_or("no recipient was shown")?.parse()?;
        let sent = "{\"name\":\"王小明\",\"email\":\"xiaoming@example.org\",\"city\":\"Lund\"}\n";
        std::fs::write(self.folder.join(SEALED), age::encrypt(&recipient, sent.as_bytes())?)?;
        let shown = self.unlocked(&["import", "private", SEALED], 0)?;
        expect(shown.contains("1 customer imported"), "what came sealed was imported")?;
        self.say("In any script, and from any word of a name.")?;
        let shown = self.unlocked(&["lookup", "小明"], 0)?;
        expect(shown.contains("王小明"), "the customer from the web was found")
    }

    fn papers(&mut self, code: &str) -> Result<()> {
        self.say("A signed contract is scanned, and kept with the customer.")?;
        let scan = b"%PDF-1.7 the contract, signed".repeat(4_000);
        std::fs::write(self.folder.join(SCAN), &scan)?;
        self.unlocked(&["document", "add", code, SCAN], 0)?;
        let shown = self.unlocked(&["document", "list", code], 0)?;
        expect(shown.contains(SCAN), "the document is listed")?;
        self.unlocked(&["document", "get", code, SCAN, "-o", "copy.pdf"], 0)?;
        expect(std::fs::read(self.folder.join("copy.pdf"))? == scan, "it comes out as it went in")
    }

    fn who_leaves(&mut self, code: &str) -> Result<()> {
        self.say("The customer asks what is kept of them, and who looked. All of it goes into one file.")?;
        let reason = ["--reason", "asked for in person"];
        let file = "for-the-customer.txt";
        self.unlocked(&[&["disclose", code, "-o", file][..], &reason[..]].concat(), 0)?;
        let disclosed = std::fs::read_to_string(self.folder.join(file))?;
        expect(disclosed.contains("SE4550000000058398257466"), "the file holds what is masked elsewhere")?;
        self.say("Then they ask to be forgotten. While a dispute lasts, that is refused.")?;
        self.unlocked(&["hold", code, "--reason", "unpaid invoice 118"], 0)?;
        let erase = [&["erase", code][..], &reason[..]].concat();
        let shown = self.unlocked(&erase, 6)?;
        expect(shown.contains("hold"), "the hold refuses")?;
        self.unlocked(&["hold", code, "--release"], 0)?;
        let prompt = format!("Type {code} to confirm: ");
        let typed = [(ASKED, Typed::Secret(PASSPHRASE)), (&prompt, Typed::Line(code))];
        self.vault(&erase, &typed, 0)?;
        let shown = self.unlocked(&["lookup", code], 4)?;
        expect(shown.contains("erased"), "the code alone is known")
    }

    /// Field by field: Enter keeps what is there.
    fn edit(&mut self, code: &str) -> Result<String> {
        let answers = [
            (ASKED, Typed::Secret(PASSPHRASE)),
            ("Name (required) [", Typed::Line("")),
            ("E-mail", Typed::Line("")),
            ("Phone", Typed::Line("")),
            ("Street", Typed::Line("Kungsgatan 1")),
            ("City", Typed::Line("")),
            ("Postcode", Typed::Line("")),
            ("Country", Typed::Line("")),
            ("Date of birth (not shown)", Typed::Secret("")),
            ("National ID (not shown)", Typed::Secret("")),
            ("IBAN (not shown)", Typed::Secret("SE45 5000 0000 0583 9825 7466")),
            ("Card (not shown)", Typed::Secret("")),
            ("Notes (ends with an empty line)", Typed::Line("")),
        ];
        self.vault(&["edit", code], &answers, 0)
    }

    fn evening(&mut self) -> Result<()> {
        self.say("A stranger tries the door.")?;
        let wrong = [(ASKED, Typed::Secret("open sesame, please"))];
        let shown = self.vault(&["lookup", "anna"], &wrong, 3)?;
        expect(shown.contains("wrong passphrase"), "the passphrase was refused")?;
        self.say("Before going home, every byte is checked.")?;
        let shown = self.unlocked(&["verify"], 0)?;
        // One came from the web, and one was erased.
        expect(shown.contains(" ok ") && shown.contains(" 91 "), "91 customers verify")?;
        self.say("What is kept, of how many, why and for how long.")?;
        self.unlocked(&["inventory", "private"], 0)?;
        self.vault(&["status"], &[], 0)?;
        Ok(())
    }

    fn say(&mut self, text: &str) -> Result<()> {
        for line in text.lines() {
            writeln!(self.out, "# {line}")?;
        }
        Ok(writeln!(self.out)?)
    }

    /// A command that asks for the passphrase and nothing else.
    fn unlocked(&mut self, words: &[impl AsRef<str>], exit: i32) -> Result<String> {
        self.vault(words, &[(ASKED, Typed::Secret(PASSPHRASE))], exit)
    }

    /// Plays one command; gives all that the terminal showed.
    fn vault(&mut self, words: &[impl AsRef<str>], typed: &[(&str, Typed<'_>)], exit: i32) -> Result<String> {
        self.show_command(words)?;
        let mut command = Command::new(self.vault);
        command.args(words.iter().map(AsRef::as_ref)).current_dir(&self.folder).env_clear();
        command.env("HOME", &self.folder).env("USER", "olga").env("LOGNAME", "olga");
        command.env("VAULT_STORE", self.folder.join("store"));
        command.env("TERM", "xterm").env("NO_COLOR", "1").env("TZ", "UTC");
        let mut session = Session::start(command, None, Stream::Terminal, Stream::Terminal)?;
        let mut told = 0;
        for (prompt, typed) in typed {
            session.expect(prompt, PATIENCE)?;
            // What stands in brackets and the colon.
            if !prompt.ends_with(": ") {
                session.expect(": ", PATIENCE)?;
            }
            let shown = session.shown();
            write!(self.out, "{}", &shown[told..])?;
            told = shown.len();
            let (text, secret) = match typed {
                Typed::Line(text) => ((*text).to_owned(), false),
                Typed::Secret(text) => ((*text).to_owned(), true),
                Typed::Sheet => (sheet(&shown)?, true),
            };
            if secret {
                expect(!session.echo()?, "the terminal does not echo a secret")?;
                write!(self.out, "{}", if text.is_empty() { "(Enter)" } else { "(typed, not shown)" })?;
            }
            self.out.flush()?;
            session.send(&format!("{text}\r"))?;
        }
        let finished = session.finish(PATIENCE)?;
        let shown = finished.terminal;
        writeln!(self.out, "{}", &shown[told..])?;
        if finished.status.code() != Some(exit) {
            return Err(format!("exit {exit} was expected, and it was {}", finished.status).into());
        }
        if exit != 0 {
            writeln!(self.out, "[exit {exit}]\n")?;
        }
        expect(!shown.contains(PASSPHRASE), "no passphrase was shown")?;
        Ok(shown)
    }

    /// As it would be typed, in lines of at most 78 columns.
    fn show_command(&mut self, words: &[impl AsRef<str>]) -> Result<()> {
        let mut line = "$ vault".to_owned();
        for word in words.iter().map(AsRef::as_ref) {
            let quoted = if word.contains(' ') { format!("'{word}'") } else { word.to_owned() };
            // A flag begins a new line when its value might not fit into this one.
            let room = if word.starts_with("--") { 48 } else { 76 };
            if line.chars().count() + quoted.chars().count() > room {
                writeln!(self.out, "{line} \\")?;
                "   ".clone_into(&mut line);
            }
            line = format!("{line} {quoted}");
        }
        Ok(writeln!(self.out, "{line}")?)
    }
}

/// The passphrase below the recovery sheet's title.
fn sheet(shown: &str) -> Result<String> {
    let mut lines = shown.lines().skip_while(|line| !line.starts_with("Recovery sheet for store "));
    Ok(lines.nth(1).ok_or("no recovery sheet was shown")?.to_owned())
}

fn expect(holds: bool, what: &str) -> Result<()> {
    if holds { Ok(()) } else { Err(format!("not so: {what}").into()) }
}
