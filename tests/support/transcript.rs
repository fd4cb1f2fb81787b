//! Transcripts as they are written; `tests/sessions/README.md` describes the form.

use std::collections::BTreeMap;

/// Values that a transcript has seen, by the names that it gave them.
pub type Values = BTreeMap<String, String>;

/// One thing that a transcript does.
#[derive(Debug)]
pub enum Act {
    /// Writes a file before what follows.
    Write { line: usize, name: String, content: String },
    /// Starts a command.
    Run(Run),
    /// Goes on with the command that a terminal was left at.
    GoOn { line: usize, terminal: String, screen: bool, expected: Expected, left_open: bool },
    /// Names a file, or a folder ending in `/`, that it leaves behind.
    Leave { line: usize, name: String },
}

/// One command.
#[derive(Debug)]
pub struct Run {
    /// The transcript's line.
    pub line: usize,
    /// The terminal's name; empty for the only one.
    pub terminal: String,
    /// Whether stdout and stderr lead to the terminal as well.
    pub screen: bool,
    /// What the shell is given.
    pub command: String,
    /// What stands on stdin; the terminal if nothing does.
    pub stdin: Option<String>,
    /// What it should write.
    pub expected: Expected,
    /// Whether a later `(goes on)` returns to it.
    pub left_open: bool,
}

/// What a command should write, and its exit code.
#[derive(Debug, Default, Clone)]
pub struct Expected {
    pub terminal: Vec<Line>,
    pub stdout: Vec<Line>,
    pub stderr: Vec<Line>,
    pub exit: i32,
}

/// A line of the transcript.
#[derive(Debug, Clone)]
pub struct Line {
    pub number: usize,
    pub text: String,
}

/// Part of an expected line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    /// `[..]`: anything within the line.
    Any,
    /// `...` alone on a line: any number of lines.
    AnyLines,
    /// `⟨name⟩`: anything within the line when it is first seen, the same ever after.
    Value(String),
    /// `⟨types: text⟩`, `⟨hidden: text⟩`: typed with Enter, echoed or not. `⟨keys: text⟩`: typed
    /// without Enter, echoed.
    Types {
        text: String,
        hidden: bool,
        enter: bool,
    },
    /// `⟨ctrl-c⟩`, `⟨up⟩` and the like.
    Key {
        name: String,
        sends: String,
    },
    /// `⟨cleared⟩`: the screen and what scrolled off it are cleared.
    Cleared,
}

/// Reads a transcript. Errors name the line.
pub fn read(text: &str) -> Result<Vec<Act>, String> {
    let mut acts = Vec::new();
    let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    while let Some((number, line)) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let mut block = Vec::new();
        loop {
            match lines.next() {
                Some((_, "```")) => break,
                Some((number, text)) => block.push(Line { number, text: text.to_owned() }),
                None => return Err(format!("{number}: this block has no end")),
            }
        }
        match info.split_once(' ').unwrap_or((info, "")) {
            ("console", "") => console(block, &mut acts)?,
            ("file", name) if !name.is_empty() => {
                let content = block.iter().flat_map(|line| [line.text.as_str(), "\n"]).collect();
                acts.push(Act::Write { line: number, name: name.to_owned(), content });
            }
            ("leaves", "") => {
                acts.extend(block.into_iter().map(|line| Act::Leave { line: line.number, name: line.text }));
            }
            ("text", "") => {}
            _ => {
                return Err(format!("{number}: a block is console, file NAME, leaves or text, not {info:?}"));
            }
        }
    }
    Ok(acts)
}

fn console(block: Vec<Line>, acts: &mut Vec<Act>) -> Result<(), String> {
    let mut lines = block.into_iter().peekable();
    while let Some(Line { number, text }) = lines.next() {
        if let Some(command) = text.strip_prefix("$ ") {
            let (options, command) = match command.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
                Some((options, command)) => (options, command),
                None => ("", command),
            };
            let screen = options.split(' ').any(|option| option == "screen");
            let terminal = options.split(' ').find(|option| *option != "screen").unwrap_or("").to_owned();
            if command == "(goes on)" {
                let screen =
                    leave_open(acts, &terminal).ok_or_else(|| format!("{number}: nothing to go on with"))?;
                let expected = Expected::default();
                acts.push(Act::GoOn { line: number, terminal, screen, expected, left_open: false });
                continue;
            }
            let mut command = command.to_owned();
            while command.ends_with('\\') {
                let Some(next) = lines.next() else { break };
                command.push('\n');
                command.push_str(&next.text);
            }
            let expected = Expected::default();
            let run =
                Run { line: number, terminal, screen, command, stdin: None, expected, left_open: false };
            acts.push(Act::Run(run));
        } else {
            let act = acts.last_mut().ok_or_else(|| format!("{number}: no command stands before"))?;
            expectation(&Line { number, text }, act)?;
        }
    }
    Ok(())
}

/// Marks the terminal's last command as left open, and says whether it writes to the terminal.
fn leave_open(acts: &mut [Act], name: &str) -> Option<bool> {
    let (open, screen) = acts.iter_mut().rev().find_map(|act| match act {
        Act::Run(Run { terminal, left_open, screen, .. }) | Act::GoOn { terminal, left_open, screen, .. } => {
            (terminal == name).then_some((left_open, *screen))
        }
        Act::Write { .. } | Act::Leave { .. } => None,
    })?;
    *open = true;
    Some(screen)
}

fn expectation(line: &Line, act: &mut Act) -> Result<(), String> {
    let number = line.number;
    let (expected, screen, stdin) = match act {
        Act::Run(run) => (&mut run.expected, run.screen, Some(&mut run.stdin)),
        Act::GoOn { expected, screen, .. } => (expected, *screen, None),
        Act::Write { .. } | Act::Leave { .. } => {
            return Err(format!("{number}: no command stands before"));
        }
    };
    let Line { text, .. } = line;
    if let Some(code) = text.strip_prefix("[exit ").and_then(|rest| rest.strip_suffix(']')) {
        expected.exit = code.parse().map_err(|_| format!("{number}: {code:?} is no exit code"))?;
        return Ok(());
    }
    let marked = |mark: &str| {
        let rest = text.strip_prefix(mark)?;
        Some(rest.strip_prefix(' ').unwrap_or(rest).to_owned())
    };
    if let Some(text) = marked("in|") {
        let stdin = stdin.ok_or_else(|| format!("{number}: stdin was given before"))?;
        let stdin = stdin.get_or_insert_default();
        stdin.push_str(&text);
        stdin.push('\n');
    } else if let Some(text) = marked("tty|") {
        expected.terminal.push(Line { number, text });
    } else if let Some(text) = marked("err|") {
        expected.stderr.push(Line { number, text });
    } else if let Some(text) = marked("out|") {
        expected.stdout.push(Line { number, text });
    } else if screen {
        expected.terminal.push(line.clone());
    } else {
        expected.stdout.push(line.clone());
    }
    Ok(())
}

/// An expected line in its pieces.
pub fn pieces(line: &Line) -> Result<Vec<Piece>, String> {
    if line.text == "..." {
        return Ok(vec![Piece::AnyLines]);
    }
    let mut pieces = Vec::new();
    let mut rest = line.text.as_str();
    while let Some(place) = [rest.find('⟨'), rest.find("[..]")].into_iter().flatten().min() {
        pieces.push(Piece::Text(rest[..place].to_owned()));
        rest = &rest[place..];
        if let Some(after) = rest.strip_prefix("[..]") {
            pieces.push(Piece::Any);
            rest = after;
        } else {
            let end = closing(rest).ok_or_else(|| format!("{}: ⟨ without ⟩", line.number))?;
            pieces.push(special(&rest['⟨'.len_utf8()..end]));
            rest = &rest[end + '⟩'.len_utf8()..];
        }
    }
    pieces.push(Piece::Text(rest.to_owned()));
    Ok(pieces)
}

/// Where the bracket that opens `text` closes.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (place, character) in text.char_indices() {
        match character {
            '⟨' => depth += 1,
            '⟩' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(place);
        }
    }
    None
}

fn special(inside: &str) -> Piece {
    let typed = |prefix: &str| {
        let text = inside.strip_prefix(prefix)?;
        Some(text.strip_prefix(' ').unwrap_or(text).to_owned())
    };
    if let Some(sends) = key(inside) {
        return Piece::Key { name: inside.to_owned(), sends };
    }
    let piece = |text, hidden, enter| Piece::Types { text, hidden, enter };
    match (typed("types:"), typed("hidden:"), typed("keys:")) {
        (Some(text), _, _) => piece(text, false, true),
        (_, Some(text), _) => piece(text, true, true),
        (_, _, Some(text)) => piece(text, false, false),
        _ if inside == "enter" => piece(String::new(), false, true),
        _ if inside == "cleared" => Piece::Cleared,
        _ => Piece::Value(inside.to_owned()),
    }
}

/// What a key sends.
fn key(name: &str) -> Option<String> {
    let sends = match name {
        "up" => "\u{1b}[A",
        "down" => "\u{1b}[B",
        "right" => "\u{1b}[C",
        "left" => "\u{1b}[D",
        "home" => "\u{1b}[H",
        "end" => "\u{1b}[F",
        "delete" => "\u{1b}[3~",
        "backspace" => "\u{7f}",
        _ => {
            let mut letter = name.strip_prefix("ctrl-")?.chars();
            let (letter, None) = (letter.next().filter(char::is_ascii_lowercase)?, letter.next()) else {
                return None;
            };
            return Some(char::from(letter as u8 & 0x1f).to_string());
        }
    };
    Some(sends.to_owned())
}

/// Text with every `⟨name⟩` that was seen replaced by what it stands for.
pub fn filled(text: &str, values: &Values) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("⟨{name}⟩"), value))
}
