//! A whole database as text: its schema, every row of every table, and what SQLite thinks of it.
#![allow(dead_code, missing_docs, reason = "test support; each binary uses its own part")]

use std::fmt::Write as _;

use rusqlite::{Connection, types::ValueRef};

/// The database. Tables in the order of their names, rows sorted, so that the text says what is there and
/// not how it came.
pub fn of(connection: &Connection) -> rusqlite::Result<String> {
    let check: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    let mut text = format!("integrity: {check}\n");
    let mut tables = Vec::new();
    let mut schema = connection.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name")?;
    let mut rows = schema.query([])?;
    while let Some(row) = rows.next()? {
        let (kind, name, sql): (String, String, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let sql = sql.unwrap_or_default();
        let _ = writeln!(text, "{kind} {name}: {sql}");
        // A virtual table keeps its rows in tables of its own, which are listed as well.
        if kind == "table" && !sql.starts_with("CREATE VIRTUAL") {
            tables.push(name);
        }
    }
    for table in tables {
        let _ = writeln!(text, "rows of {table}:");
        let mut found = rows_of(connection, &table)?;
        found.sort_unstable();
        for row in found {
            text.extend([row.as_str(), "\n"]);
        }
    }
    Ok(text)
}

fn rows_of(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(&format!("SELECT * FROM \"{table}\""))?;
    let columns = statement.column_count();
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let mut line = String::new();
        for column in 0..columns {
            let _ = match row.get_ref(column)? {
                ValueRef::Null => write!(line, "NULL|"),
                ValueRef::Integer(number) => write!(line, "{number}|"),
                ValueRef::Real(number) => write!(line, "{number:?}|"),
                ValueRef::Text(bytes) => write!(line, "{:?}|", String::from_utf8_lossy(bytes)),
                ValueRef::Blob(bytes) => write!(line, "x'{}'|", data_encoding::HEXLOWER.encode(bytes)),
            };
        }
        found.push(line);
    }
    Ok(found)
}
