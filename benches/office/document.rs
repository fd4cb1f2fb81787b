//! A document of 500 MB in and out, beside the age crate alone with the same bytes, from file to file and flushed.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use vault::group::code::CustomerCode;
use vault::group::document::{BadDocument, DocumentName, NewDocument};
use vault::group::record::Record;
use vault::sealed::lock::Mode;

use crate::desk::{Desk, SystemRandom};
use crate::errand;
use crate::table::{Amount, Many, Table, mib};

/// Bytes of the document.
const BYTES: u64 = 500_000_000;
const ROUNDS: usize = 3;
const PIECE: usize = 1 << 16;
/// The first argument of errands of this file begins so.
pub const ERRAND: &str = "document-";

/// The figures.
pub fn measure() {
    eprintln!("document:");
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let desk = Desk::found(folder.path());
    let mut visit = desk.visit(Mode::Exclusive);
    let record = Record::check(visit.group.fields(), [("name", "Anna Lindqvist")]).unwrap();
    let code = visit.group.add(&record, false, &visit.log, &SystemRandom, Timestamp::now()).unwrap();
    drop(visit);
    fs::write(desk.folder.join("code"), code.to_string()).unwrap();
    write_scan(&desk.folder.join("scan"));

    let mut took: [Vec<Duration>; 4] = Default::default();
    let mut memory = 0;
    for _ in 0..ROUNDS {
        for (errand, took) in
            ["document-in", "document-seal", "document-out", "document-open"].iter().zip(&mut took)
        {
            let cost = errand::at(&desk.folder, errand);
            took.push(cost.whole);
            if matches!(*errand, "document-in" | "document-out") {
                memory = memory.max(cost.memory);
            }
        }
        for made in ["sealed", "out", "opened"] {
            fs::remove_file(desk.folder.join(made)).unwrap();
        }
        let mut visit = desk.visit(Mode::Exclusive);
        visit.group.remove_document(code, &name(), &visit.log).unwrap();
    }
    let [put, sealed, got, opened] = took.map(|took| Many::of(took).median());
    let mut table = Table::new(true);
    for (figure, ours, alone) in [
        ("in, share of sealing with age alone", put, sealed),
        ("out, share of opening with age alone", got, opened),
    ] {
        let note = format!("{} against {}", Amount::Time(ours), Amount::Time(alone));
        table.put_least(&format!("document {figure}"), 0.7, alone.as_secs_f64() / ours.as_secs_f64(), &note);
    }
    table.put("document in and out, peak memory", Some(mib(64)), Amount::Bytes(memory), "", None);
    table.print("a document of 500 MB");
}

fn name() -> DocumentName {
    "scan.tif".parse().unwrap()
}

/// Bytes that nothing compresses, flushed.
fn write_scan(path: &Path) {
    let mut file = File::create(path).unwrap();
    let mut state = crate::SEED;
    let mut piece = vec![0; 1 << 20];
    let mut left = usize::try_from(BYTES).unwrap();
    while left > 0 {
        for word in piece.chunks_exact_mut(8) {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            word.copy_from_slice(&(state ^ state >> 33).to_le_bytes());
        }
        let count = left.min(piece.len());
        file.write_all(&piece[..count]).unwrap();
        left -= count;
    }
    file.sync_all().unwrap();
}

/// What an errand in a process of its own does.
pub fn run(folder: &Path, errand: &str) {
    let desk = Desk::at(folder);
    match errand {
        "document-in" => add(&desk),
        "document-out" => get(&desk),
        "document-seal" => seal_alone(&desk),
        _ => open_alone(&desk),
    }
}

fn code(desk: &Desk) -> CustomerCode {
    CustomerCode::parse(&fs::read_to_string(desk.folder.join("code")).unwrap()).unwrap()
}

/// As `vault document add` does.
fn add(desk: &Desk) {
    let source = File::open(desk.folder.join("scan")).unwrap();
    let documents = desk.visit(Mode::Shared).group.documents();
    let new = NewDocument::seal(name(), &documents, &SystemRandom, |piece, offset| {
        Ok(source.read_at(piece, offset).unwrap())
    });
    let mut visit = desk.visit(Mode::Exclusive);
    visit.group.attach(code(desk), new.unwrap(), &visit.log, Timestamp::now()).unwrap();
}

/// As `vault document get` does.
fn get(desk: &Desk) {
    let visit = desk.visit(Mode::Shared);
    let opened = visit.group.open_document(code(desk), &name()).unwrap();
    let (reading, _) = visit.log.release(opened).unwrap();
    let mut file = BufWriter::with_capacity(PIECE, File::create(desk.folder.join("out")).unwrap());
    reading
        .read(|piece, _| {
            file.write_all(piece).unwrap();
            Ok::<_, BadDocument>(())
        })
        .unwrap();
    file.into_inner().unwrap().sync_all().unwrap();
}

/// The age crate alone.
fn seal_alone(desk: &Desk) {
    let mut source = BufReader::with_capacity(PIECE, File::open(desk.folder.join("scan")).unwrap());
    let file = BufWriter::with_capacity(PIECE, File::create(desk.folder.join("sealed")).unwrap());
    let recipient = desk.age_identity().to_public();
    let encryptor =
        age::Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient)).unwrap();
    let mut writer = encryptor.wrap_output(file).unwrap();
    copy(&mut source, &mut writer);
    writer.finish().unwrap().into_inner().unwrap().sync_all().unwrap();
}

fn open_alone(desk: &Desk) {
    let file = BufReader::with_capacity(PIECE, File::open(desk.folder.join("sealed")).unwrap());
    let identity = desk.age_identity();
    let decryptor = age::Decryptor::new_buffered(file).unwrap();
    let mut reader = decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity)).unwrap();
    let mut out = BufWriter::with_capacity(PIECE, File::create(desk.folder.join("opened")).unwrap());
    copy(&mut reader, &mut out);
    out.into_inner().unwrap().sync_all().unwrap();
}

fn copy(from: &mut impl std::io::Read, to: &mut impl std::io::Write) {
    let mut piece = vec![0; PIECE];
    loop {
        match from.read(&mut piece).unwrap() {
            0 => return,
            count => to.write_all(&piece[..count]).unwrap(),
        }
    }
}
