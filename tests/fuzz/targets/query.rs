//! What is typed to look a customer up: nothing of it may become syntax of the search.

use std::cell::OnceCell;

use rusqlite::Connection;
use vault::group::field::Fields;
use vault::group::folding::fold;
use vault::group::query::{Query, Words, search_text};
use vault::group::record::Record;

use crate::engine::{Target, Verdict, seeds};

pub const TARGET: Target = Target {
    name: "query",
    longest: 4 * 1024,
    words: &[
        " ",
        "\"",
        "*",
        "^",
        "(",
        ")",
        "NEAR",
        "AND",
        "OR",
        "NOT",
        "-",
        "+",
        ":",
        "{",
        "4T-7K3M-Q9TD",
        "030",
        "0074321",
        "+49",
        "ana",
        "ß",
        "ﬁ",
        "İ",
        "é",
        "e\u{301}",
        "東京",
        "\u{200d}",
        "ﷺ",
        "ʼ",
        "'",
        "½",
    ],
    seeds: || seeds::of_vectors("search words"),
    mend: None,
    check,
};

thread_local! {
    static SEARCH: OnceCell<Connection> = const { OnceCell::new() };
}

fn check(input: &[u8]) -> Verdict {
    let Ok(text) = std::str::from_utf8(input) else { return Verdict::refused(&"no text") };
    let folded = fold(text);
    assert!(
        folded.iter().all(|word| !word.is_empty() && word.chars().all(char::is_alphanumeric)),
        "{folded:?}"
    );
    let again = fold(&folded.join(" "));
    assert_eq!(again, folded, "what is folded stays as it is");
    let words = match Query::parse(text) {
        Ok(Query::Words(words) | Query::CodeOrWords(_, words)) => words,
        Ok(_) => return Verdict::Taken,
        Err(error) => return Verdict::refused(&error),
    };
    for expression in [words.fts_expression(), words.exact_fts_expression()] {
        if let Err(error) = search(&expression) {
            panic!("{expression} is no search: {error}");
        }
    }
    // Whoever has that for a name is found by it.
    let fields = Fields::standard();
    if let Ok(record) = Record::check(&fields, [("name", text)]) {
        let indexed = search_text(&fields, &record);
        assert!(
            found(&indexed, &words.fts_expression()),
            "{indexed:?} is not found by {}",
            words.fts_expression()
        );
        assert!(found(&indexed, &words.exact_fts_expression()), "{indexed:?} is not found whole");
        let same = Words::parse(text).unwrap();
        assert!(same.matches_exactly(&fields, &record), "{indexed:?} does not match itself");
    }
    Verdict::Taken
}

fn with<T>(work: impl FnOnce(&Connection) -> T) -> T {
    SEARCH.with(|connection| {
        work(connection.get_or_init(|| {
            let connection = Connection::open_in_memory().unwrap();
            connection.execute_batch(TABLE).unwrap();
            connection
        }))
    })
}

/// As the program has it, but that its rows can be deleted.
const TABLE: &str =
    "CREATE VIRTUAL TABLE search USING fts5(words, detail=none, tokenize='ascii', prefix='1 2 3')";

fn search(expression: &str) -> rusqlite::Result<i64> {
    with(|search| {
        search.query_row("SELECT count(*) FROM search WHERE search MATCH ?1", [expression], |row| row.get(0))
    })
}

fn found(text: &str, expression: &str) -> bool {
    with(|search| {
        search.execute("INSERT INTO search(rowid, words) VALUES (1, ?1)", [text]).unwrap();
    });
    let count = search(expression).unwrap();
    with(|search| search.execute("DELETE FROM search", []).unwrap());
    count == 1
}
