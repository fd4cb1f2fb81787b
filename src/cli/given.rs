//! Field values that come by `--set`, `--unset` and `--from`.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

use super::error::{CommandError, Kind};
use super::values::Assignment;
use crate::group::field::Fields;
use crate::group::flat_json::{self, Members};

/// The longest file of fields that is read, in bytes.
const LIMIT: u64 = 1 << 20;

/// Reads a file, or standard input for `-`.
pub(super) fn read(path: &Path) -> Result<Zeroizing<String>, CommandError> {
    let name = if path == Path::new("-") { "standard input".into() } else { path.display().to_string() };
    let failed = |what: &str| CommandError::new(Kind::Failed, format!("cannot read {name}: {what}"));
    let source: io::Result<Box<dyn Read>> = if path == Path::new("-") {
        // Not `io::stdin`, whose buffer keeps what passed through it until the process ends.
        rustix::stdio::stdin().try_clone_to_owned().map(|stdin| Box::new(File::from(stdin)) as _)
    } else {
        File::open(path).map(|file| Box::new(file) as _)
    };
    let mut bytes = Zeroizing::new(Vec::new());
    source
        .and_then(|source| source.take(LIMIT + 1).read_to_end(&mut bytes))
        .map_err(|error| failed(&error.to_string()))?;
    if bytes.len() as u64 > LIMIT {
        return Err(failed(&format!("it is longer than {LIMIT} bytes")));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| failed("it is not UTF-8 text"))?;
    // What an editor puts in front of UTF-8.
    Ok(Zeroizing::new(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned()))
}

/// Reads one flat JSON object of fields.
pub(super) fn members(path: &Path) -> Result<Members, CommandError> {
    let text = read(path)?;
    flat_json::read(&text).map_err(|error| {
        CommandError::of(Kind::Failed, &error)
            .hint(r#"write one object of fields, as {"name":"Anna Lindqvist","city":"Lund"}"#)
    })
}

/// Fields named on the command line must exist and, where their values stand there, not be sensitive:
/// arguments stay in the shell's history.
pub(super) fn check_arguments(
    fields: &Fields,
    set: &[Assignment],
    unset: &[String],
) -> Result<(), CommandError> {
    for name in unset {
        fields.get(name)?;
    }
    for assignment in set {
        let field = fields.get(&assignment.field)?;
        if field.sensitive && !assignment.value.trim().is_empty() {
            let name = &field.name;
            let message = format!("{name} is sensitive, and what follows --set stays in the shell's history");
            return Err(CommandError::new(Kind::Usage, message)
                .hint("without --set each field is asked for; --from - reads them from standard input"));
        }
    }
    Ok(())
}
