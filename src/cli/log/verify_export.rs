//! `vault log verify --export`: an exported file and its manifest, on a machine that has no store.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use serde::Serialize;

use super::super::Context;
use super::super::bar::Bar;
use super::super::error::{CommandError, Kind};
use super::export::manifest_of;
use crate::access_log::Role;
use crate::access_log::export::{Format, Manifest, Range, check, manifest};
use crate::access_log::reading::Filter;
use crate::sealed::signed::{Digest, Mark, StoreId};
use crate::store::Vouched;

const NOT_PROVEN: &str = "that the store's id above is the office's: compare it with `vault status` there; and that the rows are the log's own entries, for which the signer's word stands: hold the manifest against the store with `vault log verify --against`";

#[derive(Serialize)]
struct JsonExport<'manifest> {
    verdict: &'static str,
    store: StoreId,
    made: jiff::Timestamp,
    by: &'manifest str,
    role: Role,
    file: &'manifest str,
    format: Format,
    bytes: u64,
    sha256: Digest,
    entries: u64,
    unsigned: u64,
    range: Range,
    filtered: bool,
    filter: &'manifest Filter,
    left_out: u64,
    roster: Mark,
}

/// Holds `file` against the manifest beside it and tells what that shows, and what not.
pub(super) fn run(file: &Path, json: bool, context: &Context) -> Result<(), CommandError> {
    let beside = manifest_of(file);
    if file.to_string_lossy().ends_with(".manifest.json") && !beside.exists() {
        let message = format!("{} is a manifest, not what was exported", file.display());
        return Err(CommandError::new(Kind::Usage, message).hint("name the file that it lies beside"));
    }
    let opened = open(file, "`--export` names the file; its manifest must lie beside it")?;
    let vouched =
        read_manifest(&beside, "without its manifest an exported file proves nothing: ask for it too")?;
    let manifest = vouched.manifest();
    let bar = Bar::new(context);
    let progress = |done, total| bar.reached("checking", done, total);
    let known = |name: &str| vouched.ever_knew(name);
    let checked = check::check(manifest, &known, opened, &progress);
    bar.clear();
    checked.map_err(|error| CommandError::from(error).in_file(file))?;
    if json { show_json(context, &vouched) } else { show(context, file, &vouched) }
}

fn open(path: &Path, hint: &str) -> Result<File, CommandError> {
    let failed = |error: &io::Error| {
        let missing = error.kind() == io::ErrorKind::NotFound;
        let kind = if missing { Kind::NotFound } else { Kind::Failed };
        let error = CommandError::new(kind, format!("cannot open {}: {error}", path.display()));
        if missing { error.hint(hint) } else { error }
    };
    let file = File::open(path).map_err(|error| failed(&error))?;
    if !file.metadata().map_err(|error| failed(&error))?.is_file() {
        return Err(CommandError::new(Kind::Failed, format!("{} is not a file", path.display())));
    }
    Ok(file)
}

/// Reads a manifest's file and verifies it with the roster that it carries. The hint is for one that isn't
/// there.
pub(super) fn read_manifest(path: &Path, hint: &str) -> Result<Vouched, CommandError> {
    let file = open(path, hint)?;
    let mut bytes = Vec::new();
    // One byte more than any manifest has, which then is refused as too long.
    file.take(manifest::LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| CommandError::new(Kind::Failed, format!("cannot read it: {error}")).in_file(path))?;
    Vouched::read(&bytes).map_err(|error| CommandError::from(error).in_file(path))
}

fn show_json(context: &Context, vouched: &Vouched) -> Result<(), CommandError> {
    let Manifest { store, made, by, file, format, bytes, sha256, entries, unsigned, range, .. } =
        vouched.manifest();
    let Manifest { filtered, filter, left_out, roster, .. } = vouched.manifest();
    let mut output = context.output(true);
    output.object(&JsonExport {
        verdict: "sound",
        store: *store,
        made: *made,
        by,
        role: vouched.signer().role,
        file,
        format: *format,
        bytes: *bytes,
        sha256: *sha256,
        entries: *entries,
        unsigned: *unsigned,
        range: *range,
        filtered: *filtered,
        filter,
        left_out: *left_out,
        roster: *roster,
    })?;
    Ok(output.finish()?)
}

fn show(context: &Context, file: &Path, vouched: &Vouched) -> Result<(), CommandError> {
    let manifest = vouched.manifest();
    let Manifest { store, made, by, range, entries, unsigned, left_out, .. } = manifest;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let name = match &manifest.file {
        exported if *exported == name => name.into_owned(),
        exported => format!("{name} (exported as {exported})"),
    };
    let signer = vouched.signer();
    let by = format!("{} ({}), with the log-in {by}", signer.name, signer.role);
    let entries = match unsigned {
        0 => entries.to_string(),
        unsigned => format!("{entries}, of which nobody signed {unsigned}"),
    };
    let range = format!("{} to {}", range.first.seq, range.last.seq);
    let filter = manifest.filter.in_words();
    let filter =
        if manifest.filtered { filter } else { "none: every entry of the range is there".to_owned() };
    let lines = [
        ("File", name.as_str()),
        ("Store", &store.to_string()),
        ("Made", &made.to_string()),
        ("By", &by),
        ("Entries", &entries),
        ("Range", &range),
        ("Filter", &filter),
        ("Left out", &left_out.to_string()),
        ("Verdict", "sound: the file is, byte for byte, the one that was exported and signed"),
        ("Not proven", NOT_PROVEN),
    ];
    let mut output = context.output(false);
    output.card("Exported file", &lines)?;
    Ok(output.finish()?)
}
