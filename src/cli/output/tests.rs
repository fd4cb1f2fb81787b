//! What is shown, in every form and to every kind of terminal.

use std::sync::{Arc, Mutex};

use unicode_width::UnicodeWidthStr;

use super::*;

#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What `write` puts on a page in a form.
fn page(form: Form, write: impl FnOnce(&mut Output)) -> String {
    let page = Page::default();
    let mut output = Output::new(form, Box::new(page.clone()));
    write(&mut output);
    output.finish().unwrap();
    let bytes = page.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

const DRAWN: Form = Form::Drawn { width: 80, decorated: false };

fn rows() -> Vec<Vec<String>> {
    let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
    vec![
        row(["4T-7K3M-Q9TD", "private", "Anna\tLind\u{1b}[2J"]),
        row(["4T-0000-0000", "private", &"東京都千代田区 ".repeat(20)]),
    ]
}

#[test]
fn a_table_fits_the_terminal_and_cuts_long_cells() {
    for width in [20, 40, 80, 132] {
        let drawn = page(Form::Drawn { width, decorated: false }, |output| {
            output.table(&["Code", "Group", "Name"], &rows()).unwrap();
        });
        assert_eq!(drawn.lines().count(), 4, "{drawn}");
        for line in drawn.lines() {
            assert!(line.width() <= usize::from(width), "{width}: {line}");
            assert_eq!(line, line.trim_end());
        }
        assert!(drawn.contains('…'), "{drawn}");
    }
}

#[test]
fn a_listing_fits_the_terminal_and_cuts_nothing() {
    let rows = [vec!["3".to_owned(), "iban".to_owned(), "too long for what is left of it".to_owned()]];
    let drawn = Form::Drawn { width: 32, decorated: false };
    let page = page(drawn, |output| output.listing(&["Line", "Field", "Reason"], &rows).unwrap());
    assert!(page.lines().all(|line| line.chars().count() <= 32), "{page}");
    let words: Vec<&str> = page.lines().skip(2).flat_map(str::split_whitespace).collect();
    assert_eq!(words.join(" "), "3 iban too long for what is left of it");
}

#[test]
fn headings_of_nothing_are_not_drawn() {
    for form in [DRAWN, Form::Plain, Form::Separated] {
        let page = page(form, |output| {
            output.table(&["Code", "Group"], &[]).unwrap();
            output.listing(&["Name", "Size"], &[]).unwrap();
        });
        assert_eq!(page, "");
    }
}

#[test]
fn what_names_a_row_is_cut_last() {
    let row =
        ["4T-7K3M-Q9TD", "private", "Anna Maria Lindqvist", "anna.maria@example.com"].map(str::to_owned);
    let drawn = page(Form::Drawn { width: 40, decorated: false }, |output| {
        output.table(&["Code", "Group", "Name", "E-mail"], &[row.to_vec()]).unwrap();
    });
    assert_eq!(drawn.lines().nth(2), Some(" 4T-7K3M-Q9TD  private  Anna M…  anna.…"), "{drawn}");
}

#[test]
fn stored_control_characters_never_reach_the_terminal() {
    for form in [DRAWN, Form::Plain, Form::Separated] {
        let table = page(form, |output| output.table(&["Code", "Group", "Name"], &rows()).unwrap());
        let card = page(form, |output| output.card("t\u{7}", &[("Name", "\u{9b}31m\u{202e}")]).unwrap());
        for character in (table + &card).chars() {
            assert!(!text::is_unsafe(character) || "\n\t".contains(character), "{character:?}");
        }
    }
}

#[test]
fn a_card_wraps_long_values_below_themselves() {
    let card = page(DRAWN, |output| {
        let address = "word ".repeat(30);
        output.card("4T-7K3M-Q9TD", &[("Name", "Anna"), ("Address", address.trim())]).unwrap();
    });
    let lines: Vec<&str> = card.lines().collect();
    assert_eq!(lines[0], "4T-7K3M-Q9TD");
    assert_eq!(lines[1], "  Name     Anna");
    assert!(lines[2].starts_with("  Address  word word"));
    assert!(lines[3].starts_with("           word"), "{card}");
}

#[test]
fn plain_records_are_labelled_lines_apart_by_an_empty_one() {
    let plain = page(Form::Plain, |output| {
        output
            .table(&["Code", "Group"], &[vec!["a".into(), "b".into()], vec!["c".into(), "d".into()]])
            .unwrap();
    });
    assert_eq!(plain, "Code: a\nGroup: b\n\nCode: c\nGroup: d\n");
}

#[test]
fn separated_text_has_one_record_a_line() {
    let separated = page(Form::Separated, |output| {
        output.table(&["Code", "Note"], &[vec!["a".into(), "x\ty\nz\\".into()]]).unwrap();
    });
    assert_eq!(separated, "a\tx\\ty\\nz\\\\\n");
}

#[test]
fn json_lines_carry_the_version_first_and_stay_json_when_escaped() {
    #[derive(Serialize)]
    struct Hit {
        name: &'static str,
    }
    let json = page(Form::Json, |output| output.object(&Hit { name: "a\u{9b}\u{202e}\u{1b}é" }).unwrap());
    assert_eq!(json, "{\"v\":1,\"name\":\"a\\u009b\\u202e\\u001bé\"}\n");
    let read: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(read["name"], "a\u{9b}\u{202e}\u{1b}é");
}

#[test]
fn a_closed_pipe_is_told_apart_from_other_failures() {
    struct Shut(io::ErrorKind);
    impl Write for Shut {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let to = |kind| Output::new(Form::Plain, Box::new(Shut(kind))).line("x");
    assert!(matches!(to(io::ErrorKind::BrokenPipe), Err(OutputError::Closed)));
    assert!(matches!(to(io::ErrorKind::StorageFull), Err(OutputError::Io(_))));
}
