//! What was found, told without what it says.

use std::io::{self, Write};
use std::sync::mpsc::Receiver;

use serde::Serialize;

use super::RedactArgs;
use super::source::Failure;
use crate::cli::Context;
use crate::cli::error::{CommandError, Kind as ErrorKind};
use crate::cli::output::{Output, OutputError};
use crate::redact::{Finding, Redactor};

#[derive(Serialize)]
struct JsonFinding<'a> {
    kind: &'static str,
    part: Option<&'a str>,
    line: u64,
    column: u64,
}

impl<'a> From<&'a Finding> for JsonFinding<'a> {
    fn from(finding: &'a Finding) -> Self {
        let place = &finding.place;
        Self { kind: finding.kind.id, part: place.part.as_deref(), line: place.line, column: place.column }
    }
}

/// Where a file goes that is only looked at: what was found in each part of it is told before the next is read, so that a
/// file of any size and full of hits takes no more memory.
pub(super) struct Telling<'a> {
    pub findings: Receiver<Finding>,
    pub output: Output,
    pub is_json: bool,
    pub failed: &'a Failure,
}

impl Telling<'_> {
    fn tell(&mut self) -> Result<(), OutputError> {
        for finding in self.findings.try_iter() {
            if self.is_json {
                self.output.object(&JsonFinding::from(&finding))?;
            } else {
                listing(&mut self.output, &[finding])?;
            }
        }
        Ok(())
    }

    /// Tells the last of them.
    pub fn finish(mut self) -> Result<(), CommandError> {
        self.tell()?;
        Ok(self.output.finish()?)
    }
}

impl Write for Telling<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.tell().map_err(|error| self.failed.keep(error.into()))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl RedactArgs {
    /// Tells what was found, or blacked out.
    pub(super) fn tell(&self, context: &Context, redactor: &Redactor) -> Result<(), CommandError> {
        let findings = redactor.findings();
        if self.json {
            let mut output = context.output(true);
            for finding in findings {
                output.object(&JsonFinding::from(finding))?;
            }
            output.finish()?;
        } else if self.check && !findings.is_empty() {
            let mut output = context.output(false);
            listing(&mut output, findings)?;
            output.finish()?;
        }
        let name = self.named();
        if self.check {
            if redactor.counts().is_empty() {
                context.say(&format!("{name}: nothing that identifies somebody was found"));
                return Ok(());
            }
            let message = format!("{name}: {} found", told(redactor));
            return Err(CommandError::new(ErrorKind::Failed, message)
                .hint("`vault redact` without --check blacks out what is listed"));
        }
        if let Some(target) = self.target() {
            let file = target.display();
            if redactor.counts().is_empty() {
                context.warn(&format!(
                    "nothing that identifies somebody was found: {file} says what {name} says"
                ));
            } else {
                context.say(&format!("{} blacked out in {file}", told(redactor)));
            }
            if self.keep_pictures {
                context.warn("pictures are as they were: look at each");
            }
        }
        Ok(())
    }
}

fn listing(output: &mut Output, findings: &[Finding]) -> Result<(), OutputError> {
    let has_parts = findings.iter().any(|finding| finding.place.part.is_some());
    let rows: Vec<Vec<String>> = findings
        .iter()
        .map(|finding| {
            let place = &finding.place;
            let part = has_parts.then(|| place.part.clone().unwrap_or_default());
            let own = [place.line.to_string(), place.column.to_string(), finding.kind.shown.to_owned()];
            part.into_iter().chain(own).collect()
        })
        .collect();
    let headings: &[&str] =
        if has_parts { &["Part", "Line", "Column", "Kind"] } else { &["Line", "Column", "Kind"] };
    output.listing(headings, &rows)
}

/// `3 values (2 card, 1 IBAN) were`
fn told(redactor: &Redactor) -> String {
    let mut kinds: Vec<_> = redactor.counts().iter().map(|(kind, count)| (kind.shown, count)).collect();
    kinds.sort_unstable();
    let each: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let each = each.join(", ");
    match redactor.counts().values().sum() {
        1_u64 => format!("1 value ({each}) was"),
        count => format!("{count} values ({each}) were"),
    }
}
