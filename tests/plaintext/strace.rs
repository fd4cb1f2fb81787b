//! What `strace -ff -y -xx` wrote, line by line, exactly: whatever is not understood is an error, so that
//! nothing is passed over.
//!
//! `-xx` writes every string and every descriptor's path as `\x2f\x74…`; `-ff` gives every thread a file of
//! its own, so that no call is interrupted by another's line.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// A line that is none of strace's, or that does not hold all that was written.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotUnderstood {
    /// Not of the form `name(arguments) = result`.
    #[error("no call of strace's: {0}")]
    Form(String),
    /// A string that strace cut off.
    #[error("a string is cut off: {0}")]
    CutOff(String),
    /// A string that is not all hexadecimal.
    #[error("a string that is not written as -xx does: {0}")]
    Letters(String),
    /// A buffer that strace could not read and shows as an address.
    #[error("strace could not read what was written: {0}")]
    Unread(String),
}

impl NotUnderstood {
    fn shorter(line: &str) -> String {
        line.chars().take(200).collect()
    }
}

/// One system call.
#[derive(Debug, PartialEq, Eq)]
pub struct Call<'line> {
    /// Its name.
    pub name: &'line str,
    /// Its arguments as strace wrote them.
    pub arguments: Vec<&'line str>,
    /// What stands behind `=`.
    pub result: &'line str,
}

/// A file or the like, as `-y` names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    /// Its number; none for `AT_FDCWD`.
    pub number: Option<u32>,
    /// The path, or something like `pipe:[123]`.
    pub path: PathBuf,
}

/// Reads one line: a call, or none where it tells of a signal or of the end.
pub fn read(line: &str) -> Result<Option<Call<'_>>, NotUnderstood> {
    if line.starts_with("--- ") || line.starts_with("+++ ") || line.is_empty() {
        return Ok(None);
    }
    let wrong = || NotUnderstood::Form(NotUnderstood::shorter(line));
    let (name, rest) = line.split_once('(').ok_or_else(wrong)?;
    if name.is_empty() || !name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric()) {
        return Err(wrong());
    }
    let (arguments, end) = split(rest).ok_or_else(wrong)?;
    let result = rest[end..].trim_start().strip_prefix("= ").ok_or_else(wrong)?;
    Ok(Some(Call { name, arguments, result: result.trim() }))
}

/// The arguments up to the closing parenthesis, and the place behind that.
fn split(text: &str) -> Option<(Vec<&str>, usize)> {
    let bytes = text.as_bytes();
    let find = |from: usize, what: &str| text.get(from..)?.find(what).map(|place| from + place + what.len());
    let mut arguments = Vec::new();
    let (mut depth, mut begins, mut place) = (0_usize, 0, 0);
    loop {
        let rest = &bytes[place..];
        match *rest.first()? {
            b'"' => place = find(place + 1, "\"")?,
            b'<' if rest.starts_with(b"<<") => place += 2,
            b'<' => place = find(place, ">")?,
            b'/' if rest.starts_with(b"/*") => place = find(place, "*/")?,
            b')' if depth == 0 => break,
            b',' if depth == 0 => {
                arguments.push(text[begins..place].trim());
                place += 1;
                begins = place;
            }
            byte => {
                match byte {
                    b'(' | b'[' | b'{' => depth += 1,
                    b')' | b']' | b'}' => depth = depth.checked_sub(1)?,
                    _ => {}
                }
                place += 1;
            }
        }
    }
    let last = text[begins..place].trim();
    if !last.is_empty() {
        arguments.push(last);
    }
    Some((arguments, place + 1))
}

impl Call<'_> {
    /// What it gave back, if it succeeded.
    pub fn succeeded(&self) -> bool {
        self.result.starts_with(|first: char| first.is_ascii_digit())
    }

    /// The file that it opened, or that it is about.
    pub fn opened(&self) -> Option<Descriptor> {
        descriptor(self.result)
    }

    /// The descriptor that is its argument number `index`.
    pub fn descriptor(&self, index: usize) -> Option<Descriptor> {
        descriptor(self.arguments.get(index)?)
    }

    /// Whether a flag stands in one of its arguments, be it within a structure.
    pub fn has_flag(&self, flag: &str) -> bool {
        self.arguments.iter().any(|argument| !argument.contains('"') && argument.contains(flag))
    }

    /// The strings among its arguments, also those within arrays and structures.
    pub fn strings(&self) -> Result<Vec<Vec<u8>>, NotUnderstood> {
        self.arguments.iter().try_fold(Vec::new(), |mut all, argument| {
            all.extend(strings(argument)?);
            Ok(all)
        })
    }

    /// The buffers of a call of write's family: there must be one.
    pub fn written(&self) -> Result<Vec<Vec<u8>>, NotUnderstood> {
        let unread = || NotUnderstood::Unread(format!("{}({})", self.name, self.arguments.join(", ")));
        let buffer = self.arguments.get(1).ok_or_else(unread)?;
        if buffer.contains("iov_base=0x") || !buffer.starts_with(['"', '[']) {
            return Err(unread());
        }
        strings(buffer)
    }

    /// A path that it is given at `index`, seen from the folder of the argument before it or from `here`.
    pub fn path(&self, index: usize, here: &Path) -> Option<PathBuf> {
        let text = strings(self.arguments.get(index)?).ok()?.into_iter().next()?;
        let folder = index.checked_sub(1).and_then(|before| self.descriptor(before));
        let base = folder.map_or_else(|| here.to_owned(), |folder| folder.path);
        Some(base.join(path_of(text)))
    }
}

/// The strings within one argument.
fn strings(argument: &str) -> Result<Vec<Vec<u8>>, NotUnderstood> {
    let mut found = Vec::new();
    let mut rest = argument;
    while let Some(begin) = rest.find('"') {
        let text = &rest[begin + 1..];
        let end = text.find('"').ok_or_else(|| NotUnderstood::Form(NotUnderstood::shorter(argument)))?;
        rest = &text[end + 1..];
        if rest.starts_with("...") {
            return Err(NotUnderstood::CutOff(NotUnderstood::shorter(argument)));
        }
        let bytes = unescaped(&text[..end]);
        found.push(bytes.ok_or_else(|| NotUnderstood::Letters(NotUnderstood::shorter(argument)))?);
    }
    Ok(found)
}

/// `\x2f\x74` as bytes.
fn unescaped(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (each, rest) = text.as_bytes().as_chunks::<4>();
    if !rest.is_empty() {
        return None;
    }
    each.iter()
        .map(|[slash, x, high, low]| {
            (*slash == b'\\' && *x == b'x').then_some(())?;
            Some(digit(*high)? << 4 | digit(*low)?)
        })
        .collect()
}

fn descriptor(text: &str) -> Option<Descriptor> {
    let (number, rest) = text.split_once('<')?;
    let number = if number == "AT_FDCWD" { None } else { Some(number.parse().ok()?) };
    let path = &rest[..rest.find('>')?];
    // Only paths are hexadecimal, not what stands for pipes and the like.
    let path = unescaped(path).unwrap_or_else(|| path.as_bytes().to_vec());
    Some(Descriptor { number, path: path_of(path) })
}

fn path_of(bytes: Vec<u8>) -> PathBuf {
    OsString::from_vec(bytes).into()
}
