//! Formats of files: which one a file is in, how each is rewritten, and which are refused.
//!
//! | file | what lives there |
//! | --- | --- |
//! | `sniffing` | which format a file is in, by its name and its first bytes |
//! | `plain`, `table` | plain text and Markdown, window by window, and tables in them |
//! | `csv`, `json` | tables row by row, documents, JSON Lines line by line |
//! | `html`, `email` | pages, XML, messages |
//! | `office` | DOCX, XLSX and ODT |
//! | `segments`, `stream` | what they share: places and changes, reading line by line |

mod csv;
mod email;
mod html;
mod json;
pub mod office;
mod plain;
mod segments;
mod sniffing;
mod stream;
mod table;

use std::io::{BufRead, Read as _, Write};

use zeroize::Zeroizing;

use self::office::Keep;
pub use self::stream::Stopped;
use super::Redactor;

/// The largest file that is read into memory, in MiB: office files, pages, messages, JSON documents.
const LARGEST: u64 = 256;

/// A format that can be rewritten truly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Plain text and Markdown, of any size.
    Text,
    /// A table with commas, semicolons or tabs, of any size.
    Csv,
    /// A JSON document.
    Json,
    /// JSON Lines, of any size.
    JsonLines,
    /// A page.
    Html,
    /// XML, with pictures in SVG.
    Xml,
    /// A message.
    Email,
    /// DOCX, XLSX or ODT.
    Office,
}

impl Format {
    /// Each, by its name on the command line.
    pub const NAMES: [(&str, Self); 8] = [
        ("text", Self::Text),
        ("csv", Self::Csv),
        ("json", Self::Json),
        ("jsonl", Self::JsonLines),
        ("html", Self::Html),
        ("xml", Self::Xml),
        ("email", Self::Email),
        ("office", Self::Office),
    ];

    /// Whether a file is read in parts, and may be of any size.
    pub fn is_streamed(self) -> bool {
        matches!(self, Self::Text | Self::Csv | Self::JsonLines)
    }

    /// Which format a file is in that has this name, if it has one, and begins with these bytes.
    pub fn of(name: Option<&str>, first: &[u8]) -> Result<Self, Refused> {
        sniffing::format(name, first)
    }

    /// Rewrites a file. What identifies in the output is sought again before it is written: passage by passage
    /// where it is read in parts, else in the whole output. What was written before an error is to be thrown away.
    pub fn rewrite(
        self,
        input: &mut dyn BufRead,
        output: &mut dyn Write,
        redactor: &mut Redactor,
        keep: Keep,
    ) -> Result<(), Stopped> {
        let mut write = |bytes: &[u8]| output.write_all(bytes);
        match self {
            Self::Text => return plain::rewrite_text(input, output, redactor),
            Self::Csv => csv::rewrite_rows(input, &mut write, redactor)?,
            Self::JsonLines => json::rewrite_lines(input, &mut write, redactor)?,
            Self::Json | Self::Html | Self::Xml | Self::Email | Self::Office => {
                let mut source = Zeroizing::new(Vec::new());
                input.take((LARGEST << 20) + 1).read_to_end(&mut source)?;
                if source.len() as u64 > LARGEST << 20 {
                    return Err(Refused::TooLarge { limit: LARGEST }.into());
                }
                let written = self.rewrite_whole(&source, redactor, keep)?;
                let mut again = Redactor::new(redactor.options().clone());
                self.rewrite_whole(&written, &mut again, keep)?;
                if let Some(left) = again.findings().first() {
                    return Err(Stopped::Remains { line: left.place.line });
                }
                left_in(redactor)?;
                write(&written)?;
            }
        }
        left_in(redactor)
    }

    fn rewrite_whole(self, source: &[u8], redactor: &mut Redactor, keep: Keep) -> Rewritten {
        match self {
            Self::Html => html::rewrite(source, redactor),
            Self::Xml => html::rewrite_xml(source, redactor),
            Self::Email => email::rewrite(source, redactor),
            Self::Office => office::rewrite(source, redactor, keep),
            Self::Json | Self::JsonLines => json::rewrite(source, redactor),
            Self::Csv => csv::rewrite(source, redactor),
            Self::Text => plain::rewrite(source, redactor),
        }
    }
}

/// That nothing was left of what was found.
fn left_in(redactor: &Redactor) -> Result<(), Stopped> {
    let line = redactor.findings().last().map_or(1, |last| last.place.line);
    if redactor.remains() { Err(Stopped::Remains { line }) } else { Ok(()) }
}

/// Why a file is not rewritten. Nothing was written then.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Of a format that can't be rewritten truly, or with something in it that can't.
    #[error("{what} can't be rewritten truly")]
    Format {
        /// What it is: `a PDF file`, `a picture in it, word/media/image1.png,`.
        what: String,
    },
    /// Not what its format says that it is.
    #[error("it is no {format} file that can be read: {why}")]
    Damaged {
        /// The format.
        format: &'static str,
        /// What is wrong in it, and where; never what it says.
        why: String,
    },
    /// Larger than what is read into memory.
    #[error("it is larger than {limit} MiB, which is what is read of such a file")]
    TooLarge {
        /// In MiB.
        limit: u64,
    },
}

/// A whole file that was rewritten, in memory.
pub type Rewritten = Result<Zeroizing<Vec<u8>>, Refused>;
