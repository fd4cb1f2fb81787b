//! Keys out of the bytes that a terminal sends, one byte at a time, so that it makes no difference
//! how they arrive.

/// A key of a command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "keys are called as they are on a keyboard")]
pub enum Key {
    /// A character that is no control character, or a tab.
    Character(char),
    Enter,
    Left,
    Right,
    WordLeft,
    WordRight,
    Home,
    End,
    Backspace,
    Delete,
    /// ^D.
    EndOfInput,
    /// ^U.
    EraseToStart,
    /// ^K.
    EraseToEnd,
    /// ^W.
    EraseWord,
    Older,
    Newer,
    /// ^L.
    Clear,
    /// ^C.
    Interrupt,
}

const ESCAPE: u8 = 0x1b;
const INTERRUPT: u8 = 3;
/// The longest parameters of a sequence that is known.
const PARAMETERS: usize = 8;

/// Where in a sequence the last byte was.
#[derive(Debug, Default)]
enum State {
    #[default]
    Ground,
    /// Within a character of several bytes.
    Character {
        bytes: [u8; 4],
        read: usize,
        length: usize,
    },
    Escape,
    /// `ESC [`; parameters that are too long for a known sequence are counted only.
    Csi {
        parameters: [u8; PARAMETERS],
        read: usize,
    },
    /// `ESC O`.
    Ss3,
    /// `ESC [ [`: a function key of the Linux console, one byte more.
    ConsoleKey,
    /// A terminal's answer in words (OSC, DCS and the like), up to BEL or `ESC \`.
    Words {
        escape: bool,
    },
}

/// Makes keys of bytes. Sequences of no known key are swallowed whole.
#[derive(Debug, Default)]
pub struct Decoder {
    state: State,
    /// Between the marks of a bracketed paste, where no line ends and no key is a command.
    pasting: bool,
    not_text: bool,
}

impl Decoder {
    /// Whether bytes came that are no UTF-8; they were dropped.
    pub fn saw_no_text(&self) -> bool {
        self.not_text
    }

    /// The key that this byte ends, if it ends one.
    pub fn key(&mut self, byte: u8) -> Option<Key> {
        let key = self.any_key(byte);
        let may = |key: &Key| !self.pasting || matches!(key, Key::Character(_) | Key::Interrupt);
        key.filter(may)
    }

    fn any_key(&mut self, byte: u8) -> Option<Key> {
        match std::mem::take(&mut self.state) {
            State::Ground => self.ground(byte),
            State::Character { bytes, read, length } => self.character(bytes, read, length, byte),
            State::Escape => self.escaped(byte),
            State::Csi { parameters, read } => self.csi(parameters, read, byte),
            State::Ss3 => match byte {
                b'0'..=b'9' | b';' => {
                    self.state = State::Ss3;
                    None
                }
                b'c' => Some(Key::WordRight),
                b'd' => Some(Key::WordLeft),
                _ if byte.is_ascii_control() => self.broken_off(byte),
                _ => arrow(byte, false),
            },
            State::ConsoleKey => None,
            State::Words { escape: true } if byte == b'\\' => None,
            State::Words { .. } => {
                if !byte.is_ascii_control() || byte == ESCAPE {
                    self.state = State::Words { escape: byte == ESCAPE };
                    return None;
                }
                // Whoever pressed Alt-] by mistake is not kept here for ever.
                (byte == INTERRUPT).then_some(Key::Interrupt)
            }
        }
    }

    fn ground(&mut self, byte: u8) -> Option<Key> {
        if self.pasting && byte != ESCAPE && byte != INTERRUPT && byte.is_ascii_control() {
            // A pasted line waits for a person's Enter.
            return matches!(byte, b'\r' | b'\n' | b'\t').then_some(Key::Character(' '));
        }
        match byte {
            ESCAPE => {
                self.state = State::Escape;
                None
            }
            b'\t' | b' '..=b'~' => Some(Key::Character(char::from(byte))),
            0..=0x1f | 0x7f => {
                let key = control(byte);
                if key == Some(Key::Interrupt) {
                    self.pasting = false;
                }
                key
            }
            _ => {
                let length = match byte {
                    0xc2..=0xdf => 2,
                    0xe0..=0xef => 3,
                    0xf0..=0xf4 => 4,
                    _ => {
                        self.not_text = true;
                        return None;
                    }
                };
                self.state = State::Character { bytes: [byte, 0, 0, 0], read: 1, length };
                None
            }
        }
    }

    fn character(&mut self, mut bytes: [u8; 4], read: usize, length: usize, byte: u8) -> Option<Key> {
        if byte & 0xc0 != 0x80 {
            self.not_text = true;
            return self.ground(byte);
        }
        bytes[read] = byte;
        if read + 1 < length {
            self.state = State::Character { bytes, read: read + 1, length };
            return None;
        }
        let Ok(text) = std::str::from_utf8(&bytes[..length]) else {
            self.not_text = true;
            return None;
        };
        text.chars().next().filter(|character| !character.is_control()).map(Key::Character)
    }

    fn escaped(&mut self, byte: u8) -> Option<Key> {
        self.state = match byte {
            ESCAPE => State::Escape,
            b'[' => State::Csi { parameters: [0; PARAMETERS], read: 0 },
            b'O' => State::Ss3,
            b']' | b'P' | b'X' | b'^' | b'_' => State::Words { escape: false },
            _ => State::Ground,
        };
        match byte {
            b'b' | b'B' => Some(Key::WordLeft),
            b'f' | b'F' => Some(Key::WordRight),
            8 | 0x7f => Some(Key::EraseWord),
            ESCAPE => None,
            _ if byte.is_ascii_control() => self.broken_off(byte),
            _ => None,
        }
    }

    fn csi(&mut self, mut parameters: [u8; PARAMETERS], read: usize, byte: u8) -> Option<Key> {
        match byte {
            b'[' if read == 0 => {
                self.state = State::ConsoleKey;
                None
            }
            b' '..=b'?' => {
                if let Some(place) = parameters.get_mut(read) {
                    *place = byte;
                }
                self.state = State::Csi { parameters, read: (read + 1).min(PARAMETERS + 1) };
                None
            }
            b'@'..=b'~' => self.csi_key(parameters.get(..read)?, byte),
            _ => self.broken_off(byte),
        }
    }

    fn csi_key(&mut self, parameters: &[u8], last: u8) -> Option<Key> {
        match (parameters, last) {
            (b"1" | b"7", b'~') => Some(Key::Home),
            (b"4" | b"8", b'~') => Some(Key::End),
            (b"3", b'~') => Some(Key::Delete),
            (b"200", b'~') => {
                self.pasting = true;
                None
            }
            (b"201", b'~') => {
                self.pasting = false;
                None
            }
            // 3 is Alt, 5 is Ctrl; 2, which is Shift, changes nothing.
            (b"1;3" | b"1;5", _) => arrow(last, true),
            (b"" | b"1;2", _) => arrow(last, false),
            _ => None,
        }
    }

    /// A byte that can't stand in a sequence ends it and counts for itself.
    fn broken_off(&mut self, byte: u8) -> Option<Key> {
        self.state = State::Ground;
        self.ground(byte)
    }
}

fn control(byte: u8) -> Option<Key> {
    Some(match byte {
        b'\r' | b'\n' => Key::Enter,
        0x01 => Key::Home,
        0x02 => Key::Left,
        INTERRUPT => Key::Interrupt,
        0x04 => Key::EndOfInput,
        0x05 => Key::End,
        0x06 => Key::Right,
        0x08 | 0x7f => Key::Backspace,
        0x0b => Key::EraseToEnd,
        0x0c => Key::Clear,
        0x0e => Key::Newer,
        0x10 => Key::Older,
        0x15 => Key::EraseToStart,
        0x17 => Key::EraseWord,
        _ => return None,
    })
}

fn arrow(last: u8, by_word: bool) -> Option<Key> {
    Some(match (last, by_word) {
        (b'A', _) => Key::Older,
        (b'B', _) => Key::Newer,
        (b'C', false) => Key::Right,
        (b'C', true) => Key::WordRight,
        (b'D', false) => Key::Left,
        (b'D', true) => Key::WordLeft,
        (b'H', _) => Key::Home,
        (b'F', _) => Key::End,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keys(bytes: &[u8]) -> Vec<Key> {
        let mut decoder = Decoder::default();
        bytes.iter().filter_map(|byte| decoder.key(*byte)).collect()
    }

    fn text(bytes: &[u8]) -> String {
        let character = |key| if let Key::Character(character) = key { character } else { '#' };
        keys(bytes).into_iter().map(character).collect()
    }

    #[test]
    fn characters_of_any_length_are_put_together() {
        assert_eq!(text("aë東🙂".as_bytes()), "aë東🙂");
    }

    #[test]
    fn bytes_that_are_no_text_are_dropped_and_remembered() {
        for bytes in [&b"a\xffb"[..], b"a\xc3b", b"a\xe0\x80\x80b", b"a\xed\xa0\x80b"] {
            let mut decoder = Decoder::default();
            let read: Vec<_> = bytes.iter().filter_map(|byte| decoder.key(*byte)).collect();
            assert_eq!(read, [Key::Character('a'), Key::Character('b')], "{bytes:x?}");
            assert!(decoder.saw_no_text());
        }
        // A control character of two bytes is text, and no character of a line.
        assert_eq!(text("a\u{9b}b".as_bytes()), "ab");
    }

    #[test]
    fn arrows_are_known_in_the_forms_that_terminals_send() {
        assert_eq!(keys(b"\x1b[D\x1bOD\x02"), [Key::Left; 3]);
        assert_eq!(keys(b"\x1b[C\x1bOC\x06\x1b[1;2C"), [Key::Right; 4]);
        assert_eq!(keys(b"\x1b[A\x1bOA\x10"), [Key::Older; 3]);
        assert_eq!(keys(b"\x1b[B\x1bOB\x0e"), [Key::Newer; 3]);
        assert_eq!(keys(b"\x1b[1;5D\x1b[1;3D\x1bb\x1bOd"), [Key::WordLeft; 4]);
        assert_eq!(keys(b"\x1b[1;5C\x1b[1;3C\x1bf\x1bOc"), [Key::WordRight; 4]);
        assert_eq!(keys(b"\x1b[H\x1bOH\x1b[1~\x1b[7~\x01"), [Key::Home; 5]);
        assert_eq!(keys(b"\x1b[F\x1bOF\x1b[4~\x1b[8~\x05"), [Key::End; 5]);
    }

    #[test]
    fn erasing_keys_are_known() {
        assert_eq!(keys(b"\x7f\x08"), [Key::Backspace; 2]);
        assert_eq!(keys(b"\x1b[3~"), [Key::Delete]);
        assert_eq!(keys(b"\x17\x1b\x7f"), [Key::EraseWord; 2]);
        assert_eq!(keys(b"\x15\x0b"), [Key::EraseToStart, Key::EraseToEnd]);
        assert_eq!(
            keys(b"\r\n\x0c\x03\x04"),
            [Key::Enter, Key::Enter, Key::Clear, Key::Interrupt, Key::EndOfInput]
        );
    }

    #[test]
    fn unknown_sequences_are_swallowed_whole() {
        for unknown in [
            &b"\x1b[15~"[..],
            b"\x1b[24;5~",
            b"\x1b[?1;2c",
            b"\x1b[38;2;255;100;100m",
            b"\x1b[[A",
            b"\x1bOP",
            b"\x1bO2P",
            b"\x1bz",
            b"\x1b]11;rgb:0000/0000/0000\x07",
            b"\x1b]11;rgb:0000/0000/0000\x1b\\",
            b"\x1bP1$r0m\x1b\\",
            b"\x1b\x1b[15~",
            b"\x00\x07\x12\x13\x16\x1a",
        ] {
            let bytes = [b"a", unknown, b"b"].concat();
            assert_eq!(text(&bytes).replace('#', ""), "ab", "{}", unknown.escape_ascii());
        }
    }

    #[test]
    fn ctrl_c_gets_out_of_any_half_sequence() {
        for begun in [&b"\x1b"[..], b"\x1b[", b"\x1b[1;", b"\x1bO", b"\x1b]0;", b"\x1b[200~x", b"\xc3"] {
            let bytes = [begun, b"\x03"].concat();
            assert_eq!(keys(&bytes).last(), Some(&Key::Interrupt), "{}", begun.escape_ascii());
        }
    }

    #[test]
    fn a_bracketed_paste_ends_no_line_and_presses_no_key() {
        assert_eq!(text(b"\x1b[200~remove x\r\nadd\ty\x04\x15\x1b[D\x1b[201~!"), "remove x  add y!");
        assert_eq!(keys(b"\x1b[200~x\x1b[201~\r"), [Key::Character('x'), Key::Enter]);
    }

    proptest! {
        #[test]
        fn whatever_arrives_no_control_character_gets_through(bytes: Vec<u8>) {
            for key in keys(&bytes) {
                if let Key::Character(character) = key {
                    prop_assert!(!character.is_control() || character == '\t');
                }
            }
        }

        #[test]
        fn text_comes_through_as_it_is(typed in "[^\\p{Cc}]{0,40}") {
            prop_assert_eq!(text(typed.as_bytes()), typed);
        }
    }
}
