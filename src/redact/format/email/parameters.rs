//! Fields that have parameters: `text/plain; charset=utf-8`, `attachment; filename*=utf-8''%C3%A9.csv`.

use data_encoding::HEXUPPER;
use zeroize::Zeroizing;

use super::{charset, words};
use crate::redact::format::segments::Cursor;
use crate::redact::{Piece, Redactor};

/// How long a piece of an encoded value may be, so that it fits into a line.
const PIECE: usize = 48;
/// The longest line.
const LINE: usize = 76;
/// The most parameters of a field.
const PARAMETERS: usize = 100;
/// Parameters that say how a part is to be read; they hold nothing that somebody wrote.
const TECHNICAL: [&str; 3] = ["boundary", "charset", "protocol"];

/// A field's value, taken apart.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    /// What stands before the parameters, in the small letters of a type.
    pub value: Zeroizing<String>,
    list: Vec<Parameter>,
    /// Whether it is to be written anew.
    pub changed: bool,
}

#[derive(Debug)]
struct Parameter {
    /// In small letters, without stars and numbers.
    name: String,
    /// Decoded.
    value: Zeroizing<String>,
    at: usize,
}

/// One that may be only a section of a longer one.
struct Section {
    name: String,
    number: Option<usize>,
    encoded: bool,
    value: Zeroizing<String>,
    at: usize,
}

impl Parameters {
    /// Reads a field's value, which may be folded; places are told from `begin` on.
    pub(super) fn read(text: &str, begin: usize) -> Result<Self, &'static str> {
        let mut rest = text.get(begin..).unwrap_or_default();
        let end = rest.find(';').unwrap_or(rest.len());
        let value = Zeroizing::new(rest.get(..end).unwrap_or_default().trim().to_ascii_lowercase());
        let mut sections = Vec::new();
        rest = rest.get(end..).unwrap_or_default();
        while let Some(after) = rest.strip_prefix(';') {
            let after = after.trim_start();
            if after.is_empty() || after.starts_with(';') {
                rest = after;
                continue;
            }
            let (name, after) = after.split_once('=').ok_or("a parameter of a header has no value")?;
            let after = after.trim_start();
            let at = text.len() - after.strip_prefix('"').unwrap_or(after).len();
            let (value, after) = one_value(after)?;
            sections.push(section(name.trim(), value, at));
            rest = after;
            if sections.len() > PARAMETERS {
                return Err("a header has more than 100 parameters");
            }
        }
        if rest.trim().is_empty() {
            Ok(Self { value, list: joined(sections)?, changed: false })
        } else {
            Err("something follows a header's parameter")
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.list.iter().find(|one| one.name == name).map(|one| one.value.as_str())
    }

    /// Sets a parameter, if it does not say so already.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        let known = self.list.iter_mut().find(|one| one.name == name);
        match known {
            Some(known) if known.value.eq_ignore_ascii_case(value) => return,
            Some(known) => known.value = Zeroizing::new(value.to_owned()),
            None => {
                let (name, value) = (name.to_owned(), Zeroizing::new(value.to_owned()));
                self.list.push(Parameter { name, value, at: 0 });
            }
        }
        self.changed = true;
    }

    /// Redacts what it says, each parameter as a text of its own.
    pub(super) fn redact(
        &mut self,
        redactor: &mut Redactor,
        field: &str,
        cursor: &mut Cursor<'_>,
        begin: usize,
    ) {
        let mut one = |text: &mut Zeroizing<String>, at: usize, label: &str| {
            let (line, column) = cursor.place(at);
            let mut pieces = [Piece::new(text, line, column)];
            redactor.passage(&mut pieces, label, None);
            let [piece] = pieces;
            if piece.changed {
                *text = piece.text;
                self.changed = true;
            }
        };
        one(&mut self.value, begin, field);
        for parameter in self.list.iter_mut().filter(|one| !TECHNICAL.contains(&one.name.as_str())) {
            one(&mut parameter.value, parameter.at, &parameter.name);
        }
    }

    /// What follows a field's colon. `used` is the length of the name with its colon.
    pub(super) fn written(&self, used: usize, line_end: &str) -> Zeroizing<String> {
        let mut written = words::written(&self.value, used, line_end);
        let mut column = used + written.len();
        for item in self.list.iter().flat_map(Parameter::written) {
            written.push(';');
            if column + 2 + item.len() > LINE {
                written.push_str(line_end);
                column = 0;
            }
            written.push(' ');
            written.push_str(&item);
            column += 2 + item.len();
        }
        written
    }
}

impl Parameter {
    fn written(&self) -> Vec<Zeroizing<String>> {
        let is_token = |byte: u8| byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=*'%".contains(&byte);
        let (name, value) = (&self.name, &*self.value);
        if !value.is_empty() && value.bytes().all(is_token) {
            return vec![Zeroizing::new(format!("{name}={value}"))];
        }
        if value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') && !value.contains("=?") {
            let escaped = Zeroizing::new(value.replace('\\', "\\\\").replace('"', "\\\""));
            return vec![Zeroizing::new(format!("{name}=\"{}\"", &*escaped))];
        }
        let mut pieces = vec![Zeroizing::new(String::new())];
        for byte in value.bytes() {
            let text = if is_token(byte) {
                char::from(byte).into()
            } else {
                format!("%{}", HEXUPPER.encode(&[byte]))
            };
            match pieces.last_mut() {
                Some(piece) if piece.len() + text.len() <= PIECE => piece.push_str(&text),
                _ => pieces.push(Zeroizing::new(text)),
            }
        }
        let alone = pieces.len() == 1;
        let number = |place: usize| if alone { String::new() } else { format!("*{place}") };
        let begin = |place: usize| if place == 0 { "utf-8''" } else { "" };
        let numbered = pieces.iter().enumerate();
        numbered
            .map(|(place, piece)| {
                Zeroizing::new(format!("{name}{}*={}{}", number(place), begin(place), &**piece))
            })
            .collect()
    }
}

/// A token or a text in quotes, and what follows it.
fn one_value(text: &str) -> Result<(Zeroizing<String>, &str), &'static str> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return Ok((Zeroizing::new(value.trim().to_owned()), rest));
    };
    let mut value = Zeroizing::new(String::new());
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Ok((value, quoted.get(at + 1..).unwrap_or_default().trim_start())),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            '\r' | '\n' => {}
            _ => value.push(character),
        }
    }
    Err("a quote in a header is never closed")
}

/// `name*1*` is the second section of `name`, encoded.
fn section(name: &str, value: Zeroizing<String>, at: usize) -> Section {
    let name = name.to_ascii_lowercase();
    let (rest, encoded) = name.strip_suffix('*').map_or((name.as_str(), false), |rest| (rest, true));
    let numbered = rest.split_once('*').and_then(|(rest, number)| Some((rest, number.parse().ok()?)));
    let (name, number) = numbered.map_or((rest, None), |(rest, number)| (rest, Some(number)));
    Section { name: name.to_owned(), number, encoded, value, at }
}

/// Puts sections together and decodes them.
fn joined(mut sections: Vec<Section>) -> Result<Vec<Parameter>, &'static str> {
    // Sections may stand in any order.
    sections.sort_by_key(|section| section.number);
    let mut parameters = Vec::new();
    while let Some(first) = sections.first() {
        let (name, at, is_long) = (first.name.clone(), first.at, first.number.is_some());
        let mut bytes = Zeroizing::new(Vec::new());
        let mut set = None;
        let mut rest = Vec::new();
        let mut is_first = true;
        for section in sections {
            if section.name != name || !(is_first || is_long && section.number.is_some()) {
                rest.push(section);
                continue;
            }
            let mut value = section.value.as_str();
            if section.encoded && is_first {
                let mut parts = value.splitn(3, '\'');
                if let (Some(named), Some(_), Some(text)) = (parts.next(), parts.next(), parts.next()) {
                    set = Some(named.to_owned());
                    value = text;
                }
            }
            if section.encoded {
                bytes.extend_from_slice(&percent_decoded(value));
            } else {
                bytes.extend_from_slice(value.as_bytes());
            }
            is_first = false;
        }
        let text = charset::decoded(&bytes, set.as_deref())?;
        // Not allowed there, and common.
        let value = words::read(&text, 0, &mut Cursor::new(&text, 1))?.text();
        parameters.push(Parameter { name, value, at });
        sections = rest;
    }
    parameters.sort_by_key(|parameter| parameter.at);
    Ok(parameters)
}

fn percent_decoded(text: &str) -> Zeroizing<Vec<u8>> {
    let mut decoded = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.as_bytes();
    while let Some((first, others)) = rest.split_first() {
        let digits = others.get(..2).filter(|_| *first == b'%').map(<[u8]>::to_ascii_uppercase);
        if let Some(byte) = digits.and_then(|digits| HEXUPPER.decode(&digits).ok()) {
            decoded.extend_from_slice(&byte);
            rest = others.get(2..).unwrap_or_default();
        } else {
            decoded.push(*first);
            rest = others;
        }
    }
    decoded
}
