//! `tests/hazards.md` names a test for each hazard; here is checked that it is there.
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::fs;
use std::path::Path;

/// A test that the page names: a file, and where given a function in it.
struct Reference<'page> {
    file: &'page str,
    function: Option<&'page str>,
}

/// What stands between backticks and begins like a path of the project's.
fn references(page: &str) -> Vec<Reference<'_>> {
    let quoted = page.split('`').skip(1).step_by(2);
    let paths = quoted.filter(|text| text.starts_with("tests/") || text.starts_with("src/"));
    paths
        .map(|text| match text.split_once("::") {
            Some((file, function)) => Reference { file, function: Some(function) },
            None => Reference { file: text, function: None },
        })
        .collect()
}

/// Why a reference leads nowhere, if it does.
fn dangling(root: &Path, reference: &Reference<'_>) -> Option<String> {
    let Reference { file, function } = reference;
    let Ok(text) = fs::read_to_string(root.join(file)) else {
        return Some(format!("there is no {file}"));
    };
    let function = (*function)?;
    let begins = [format!("fn {function}("), format!("\"{function}\"")];
    let found = begins.iter().any(|begin| text.contains(begin));
    (!found).then(|| format!("{file} has no test {function}"))
}

#[test]
fn every_hazard_names_tests_that_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("tests/hazards.md")).unwrap();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ")).collect();
    assert!(rows.len() > 40, "{} rows", rows.len());
    for row in rows.iter().filter(|row| !row.contains(" --- ") && !row.ends_with("| shown by |")) {
        assert!(!references(row).is_empty(), "no test: {row}");
    }
    let wrong: Vec<String> = references(&page).iter().filter_map(|found| dangling(root, found)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_test_that_is_gone_would_be_noticed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dangling = |text: &str| references(text).iter().filter_map(|found| dangling(root, found)).count();
    assert_eq!(
        dangling("`tests/hazards.rs::a_test_that_is_gone_would_be_noticed` and `tests/hazards.rs`"),
        0
    );
    assert_eq!(dangling("`tests/hazards.rs::no_such_test`, `tests/no_such_file.rs`"), 2);
}
