//! Files as an office program wrote them: `examples/letter.odt` and `examples/customers.xlsx`, by `LibreOffice`.

use super::*;

/// What identifies in them, without spaces and separators.
const IDENTIFYING: [&str; 11] = [
    CARD,
    "5500000000000004",
    "8112289874",
    "8002290008",
    "DE89370400440532013000",
    "536904399",
    "46701234567",
    "asa@example",
    "19811228",
    "29583",
    "29280",
];

/// The file that is written, and how many of each kind were found. Nothing of them is in any part, whether it stands
/// in one run or in several.
fn rewritten(source: &[u8]) -> (Vec<u8>, String) {
    let mut redactor = Redactor::default();
    let result = rewrite(source, &mut redactor, Keep::default()).unwrap();
    let counts = redactor.counts().iter().map(|(kind, count)| format!("{count} {}", kind.id));
    let counts = counts.collect::<Vec<_>>().join(", ");
    for (name, text) in parts_of(&result) {
        let within_tags = text.split('<').filter_map(|piece| piece.split_once('>')).map(|(_, text)| text);
        for read in [within_tags.collect::<String>(), text.clone()] {
            let dense = read.replace([' ', '-', '+', '\u{a0}'], "");
            for identifying in IDENTIFYING {
                assert!(!dense.contains(identifying), "{name} still has {identifying}: {text}");
            }
        }
    }
    let mut again = Redactor::default();
    rewrite(&result, &mut again, Keep::default()).unwrap();
    assert_eq!(again.findings(), []);
    (result.to_vec(), counts)
}

#[test]
fn a_letter_that_libreoffice_wrote_is_rewritten() {
    let source = include_bytes!("../../../../../examples/letter.odt");
    assert!(parts_of(source).iter().any(|(name, _)| name == "Thumbnails/thumbnail.png"));
    let (result, counts) = rewritten(source);
    assert_eq!(counts, "3 card, 2 email, 1 iban, 1 personnummer, 1 phone");
    assert!(part_of(&result, "styles.xml").contains("To Åsa Lindström, personnummer [personnummer ████]"));
    let content = part_of(&result, "content.xml");
    for kept in ["Your complaint", "for invoice 2026-0417", "125.50", "The other card is [card ████]."]
    {
        assert!(content.contains(kept), "{kept}");
    }
    // Who is shown the preview sees the letter as it was.
    assert!(parts_of(&result).iter().all(|(name, text)| !format!("{name}{text}").contains("thumbnail.png")));
}

#[test]
fn a_sheet_that_libreoffice_wrote_is_rewritten() {
    let (result, counts) = rewritten(include_bytes!("../../../../../examples/customers.xlsx"));
    assert_eq!(counts, "2 birth-date, 1 card, 1 email, 1 iban, 2 personnummer, 1 ssn");
    let sheet = part_of(&result, "xl/worksheets/sheet1.xml");
    for kept in ["E2*1.25", "<v>150.625</v>", "<v>99</v>"] {
        assert!(sheet.contains(kept), "{kept}: {sheet}");
    }
    assert!(part_of(&result, "xl/sharedStrings.xml").contains("Åsa Lindström"));
}
