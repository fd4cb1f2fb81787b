//! Office files, built here and rewritten: what all of them share, and what is refused.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

mod docx;
mod odt;
mod real;
mod revisions;
mod xlsx;

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::super::Refused;
use super::{Keep, package, rewrite};
use crate::redact::Redactor;

/// A card's number that fits.
pub const CARD: &str = "4111111111111111";

/// An archive of these parts.
pub fn package_of(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        let method =
            if *name == "mimetype" { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The names and texts of an archive's parts.
pub fn parts_of(archive: &[u8]) -> Vec<(String, String)> {
    let parts = package::read(archive).unwrap();
    parts.iter().map(|part| (part.name.clone(), String::from_utf8_lossy(&part.bytes).into_owned())).collect()
}

/// What one part says.
pub fn part_of(archive: &[u8], name: &str) -> String {
    parts_of(archive).into_iter().find(|(other, _)| other == name).unwrap().1
}

/// What was found: `sheet!2:1`, and the file that was written. That one is read again: nothing is found in it, and
/// nothing of the card is in any part.
pub fn redacted(source: &[u8]) -> (Vec<String>, Vec<u8>) {
    let mut redactor = Redactor::default();
    let result = rewrite(source, &mut redactor, Keep::default()).unwrap();
    let mut again = Redactor::default();
    let twice = rewrite(&result, &mut again, Keep::default()).unwrap();
    assert_eq!(again.findings(), []);
    assert_eq!(parts_of(&twice), parts_of(&result));
    for (name, text) in parts_of(&result) {
        let digits = text.chars().filter(char::is_ascii_digit).collect::<String>();
        assert!(!digits.contains(CARD), "{name} still has it: {text}");
    }
    let found = redactor.findings().iter().map(|finding| {
        let place = &finding.place;
        format!("{}!{}:{}", place.part.as_deref().unwrap(), place.line, place.column)
    });
    (found.collect(), result.to_vec())
}

/// That nothing is found in a file, and every part comes back as it was.
pub fn assert_untouched(source: &[u8]) {
    let mut redactor = Redactor::default();
    let result = rewrite(source, &mut redactor, Keep::default()).unwrap();
    assert_eq!(redactor.findings(), []);
    assert_eq!(parts_of(&result), parts_of(source));
}

/// Why a file is refused.
pub fn refusal(source: &[u8]) -> String {
    match rewrite(source, &mut Redactor::default(), Keep::default()) {
        Ok(_) => panic!("it is not refused"),
        Err(refused) => refused.to_string(),
    }
}

/// A text in Office Open XML with this body, and with these parts besides.
pub fn docx_of(body: &str, more: &[(&str, &[u8])]) -> Vec<u8> {
    let types = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/docProps/thumbnail.jpeg" ContentType="image/jpeg"/></Types>"#;
    let relationships = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/thumbnail" Target="docProps/thumbnail.jpeg"/></Relationships>"#;
    let document = format!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{body}</w:body></w:document>"#
    );
    let mut parts: Vec<(&str, &[u8])> = vec![
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", relationships.as_bytes()),
        ("word/document.xml", document.as_bytes()),
    ];
    parts.extend(more);
    package_of(&parts)
}

/// The kind of refusal, for files that are damaged.
fn is_damaged(source: &[u8]) -> bool {
    matches!(
        rewrite(source, &mut Redactor::default(), Keep::default()),
        Err(Refused::Damaged { format: "office", .. })
    )
}

#[test]
fn a_picture_is_refused_unless_it_may_stay() {
    let source = docx_of("<w:p/>", &[("word/media/image1.png", b"\x89PNG")]);
    assert_eq!(refusal(&source), "a picture in it, word/media/image1.png, can't be rewritten truly");
    let kept = rewrite(&source, &mut Redactor::default(), Keep { pictures: true }).unwrap();
    assert!(parts_of(&kept).iter().any(|(name, _)| name == "word/media/image1.png"));
}

#[test]
fn what_is_in_no_known_format_is_refused_by_its_name() {
    for (name, sentence) in [
        ("word/vbaProject.bin", "a macro in it, word/vbaProject.bin, can't be rewritten truly"),
        ("_xmlsignatures/sig1.xml", "a signature in it, _xmlsignatures/sig1.xml, can't be rewritten truly"),
        (
            "word/embeddings/oleObject1.bin",
            "an embedded object in it, word/embeddings/oleObject1.bin, can't be rewritten truly",
        ),
        ("word/media/voice.mp3", "word/media/voice.mp3 in it can't be rewritten truly"),
        ("word/afchunk.rtf", "word/afchunk.rtf in it can't be rewritten truly"),
        ("no-end", "no-end in it can't be rewritten truly"),
    ] {
        assert_eq!(refusal(&docx_of("<w:p/>", &[(name, b"<x/>")])), sentence);
    }
}

#[test]
fn a_part_whose_name_identifies_is_refused_without_saying_it() {
    let source = docx_of("<w:p/>", &[("word/4111111111111111.xml", b"<x/>")]);
    assert_eq!(refusal(&source), "a part whose name identifies, in it, can't be rewritten truly");
}

#[test]
fn other_archives_and_presentations_are_refused() {
    assert!(refusal(&package_of(&[("a.txt", b"a")])).starts_with("an archive that is no office file"));
    let types = b"<Types><x y='presentationml.presentation.main+xml'/></Types>";
    assert!(refusal(&package_of(&[("[Content_Types].xml", types)])).starts_with("a presentation"));
    let sheet = b"application/vnd.oasis.opendocument.spreadsheet";
    assert!(refusal(&package_of(&[("mimetype", sheet)])).starts_with("an OpenDocument file other than"));
    let old = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0, 0];
    assert!(refusal(&old).contains("with a password"));
}

#[test]
fn a_cut_file_is_damaged_wherever_it_is_cut() {
    let source = docx_of("<w:p><w:r><w:t>Hello</w:t></w:r></w:p>", &[]);
    for length in 0..source.len() {
        assert!(is_damaged(&source[..length]), "cut at {length}");
    }
}

#[test]
fn any_byte_may_be_wrong() {
    let source = docx_of("<w:p><w:r><w:t>Card 4111 1111 1111 1111</w:t></w:r></w:p>", &[]);
    for at in 0..source.len() {
        for change in [0xff, 0x01, 0x80] {
            let mut broken = source.clone();
            broken[at] ^= change;
            drop(rewrite(&broken, &mut Redactor::default(), Keep::default()));
        }
    }
}

#[test]
fn any_byte_of_a_part_may_be_wrong() {
    let rows = r#"<row r="1"><c r="A1" s="1" t="n"><f t="shared" si="0">1+1</f><v>4.1E3</v></c><c r="B1" t="s"><v>0</v></c></row>"#;
    let whole = xlsx::xlsx_of(rows, &["<si><r><t>Card &amp; 4111</t></r><rPh><t>x</t></rPh></si>"], &[]);
    let parts = parts_of(&whole);
    for (changed, (name, text)) in parts.iter().enumerate().filter(|(_, (name, _))| name.starts_with("xl/")) {
        for at in 0..text.len() {
            for byte in *b"<>&\"/ 9" {
                let mut bytes = text.clone().into_bytes();
                bytes[at] = byte;
                let broken = parts.iter().enumerate().map(|(index, (name, text))| {
                    (name.as_str(), if index == changed { bytes.as_slice() } else { text.as_bytes() })
                });
                // Whatever comes of it: it does not panic, and what is written can be read.
                let broken = package_of(&broken.collect::<Vec<_>>());
                if let Ok(result) = rewrite(&broken, &mut Redactor::default(), Keep::default()) {
                    assert!(
                        rewrite(&result, &mut Redactor::default(), Keep::default()).is_ok(),
                        "{name} {at}"
                    );
                }
            }
        }
    }
}

#[test]
fn an_encrypted_archive_is_refused() {
    let mut source = docx_of("<w:p/>", &[]);
    // The flag of each entry, in its own header and in the directory.
    for (signature, offset) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
        for at in 0..source.len() - 4 {
            if &source[at..at + 4] == signature {
                source[at + offset] |= 1;
            }
        }
    }
    assert_eq!(refusal(&source), "a file with a password can't be rewritten truly");
}

#[test]
fn a_bomb_is_not_unpacked() {
    let zeros = vec![b' '; 32 << 20];
    let sentence = refusal(&docx_of("<w:p/>", &[("word/bomb.xml", &zeros)]));
    assert!(sentence.ends_with("entry 4 unpacks to more than 500 times its size"), "{sentence}");
}

#[test]
fn too_many_entries_are_refused() {
    let names = (0..10_001).map(|index| format!("word/x{index}.xml")).collect::<Vec<_>>();
    let parts = names.iter().map(|name| (name.as_str(), b"<x/>".as_slice())).collect::<Vec<_>>();
    assert!(refusal(&package_of(&parts)).ends_with("it has more than 10000 entries"));
}

#[test]
fn names_that_are_the_same_or_lead_out_are_refused() {
    let same = docx_of("<w:p/>", &[("WORD/Document.xml", b"<x/>")]);
    assert!(refusal(&same).ends_with("two of its entries have the same name"));
    let mut twice = docx_of("<w:p/>", &[("word/documenz.xml", b"<x/>")]);
    for at in 0..twice.len() - 17 {
        if &twice[at..at + 17] == b"word/documenz.xml" {
            twice[at + 12] = b't';
        }
    }
    assert!(refusal(&twice).ends_with("two of its entries have the same name"));
    for name in ["../x.xml", "/x.xml", "word//x.xml", "C:/x.xml", "word\\x.xml"] {
        assert!(
            refusal(&docx_of("<w:p/>", &[(name, b"<x/>")])).contains("leads out of the archive"),
            "{name}"
        );
    }
}

#[test]
fn nothing_outside_of_the_entries_is_carried_over() {
    let source = docx_of("<w:p/>", &[]);
    let with_text = [b"4111 1111 1111 1111".as_slice(), &source].concat();
    assert!(refusal(&with_text).contains("something stands before the archive"));
    let mut writer = ZipWriter::new_append(Cursor::new(source)).unwrap();
    writer.set_comment("Card 4111 1111 1111 1111").unwrap();
    let (found, result) = redacted(&writer.finish().unwrap().into_inner());
    assert!(found.is_empty());
    assert!(!result.windows(4).any(|window| window == b"4111"));
}

#[test]
fn hostile_xml_is_refused() {
    let part = |text: &[u8]| refusal(&docx_of("<w:p/>", &[("word/x.xml", text)]));
    assert!(part(b"<!DOCTYPE x [<!ENTITY a '4'>]><x>&a;</x>").contains("a document type in it, word/x.xml,"));
    assert!(part(b"<x>&a;</x>").ends_with("word/x.xml, line 1: an entity that XML itself does not have"));
    assert!(part(b"<x>\n<y></x>").ends_with("word/x.xml, line 2: it is no valid XML"));
    assert!(part(b"<x>\n<y>").ends_with("word/x.xml, line 2: it ends too early"));
    assert!(part(b"<x/>4111111111111111").ends_with("text outside of all elements"));
    assert!(part(b"<x a=1/>").ends_with("word/x.xml, line 1: a tag that is no valid XML"));
    assert!(part(b"<x>\xff</x>").ends_with("word/x.xml is no valid UTF-8"));
    assert!(part(b"\xff\xfe<\0x\0/\0>\0").contains("another encoding than UTF-8 in it, word/x.xml,"));
    assert!(part(b"<?xml version='1.0' encoding='utf-16'?><x/>").contains("another encoding than UTF-8"));
    let deep = [b"<x>".repeat(600), b"</x>".repeat(600)].concat();
    assert!(part(&deep).ends_with("its elements are nested too deeply"));
    let declarations = [b"<?xml version='1.0'?>".repeat(50_000).as_slice(), b"<x/>"].concat();
    drop(rewrite(&docx_of("", &[("word/x.xml", &declarations)]), &mut Redactor::default(), Keep::default()));
    assert!(part(b"<x><w:binData>iVBORw0KGgo</w:binData></x>").contains("a picture or an object in it"));
}

#[test]
fn all_entries_have_the_same_time_and_their_order() {
    let source = docx_of("<w:p/>", &[("docProps/", b""), ("docProps/app.xml", b"<x/>")]);
    let (_, result) = redacted(&source);
    let names = parts_of(&result).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    let wanted = ["[Content_Types].xml", "_rels/.rels", "word/document.xml", "docProps/", "docProps/app.xml"];
    assert_eq!(names, wanted);
    let mut archive = zip::ZipArchive::new(Cursor::new(result)).unwrap();
    for index in 0..archive.len() {
        assert_eq!(archive.by_index(index).unwrap().last_modified(), Some(zip::DateTime::DEFAULT));
    }
}
