//! Plain SQLite beside it: the group's own schema in an ordinary file, at SQLite's best settings.

use std::collections::HashSet;
use std::path::PathBuf;

use rusqlite::{Connection, params};
use vault::group::code::{CustomerCode, GroupPrefix};
use vault::group::duplicate::duplicate_keys;
use vault::group::field::Fields;
use vault::group::query::search_text;
use vault::group::record::Record;

use crate::desk::{Desk, SystemRandom};

/// Rows a transaction, as in the group's import.
const ROWS_A_TRANSACTION: u64 = 20_000;

/// A customer as both databases store it.
pub struct Row {
    code: String,
    record: String,
    words: String,
    keys: Vec<i64>,
}

impl Row {
    pub fn of(fields: &Fields, code: CustomerCode, record: &Record) -> Self {
        Self {
            code: code.to_string(),
            record: record.to_json().to_string(),
            words: search_text(fields, record).to_string(),
            keys: duplicate_keys(fields, record).into_iter().map(|key| key.key).collect(),
        }
    }
}

/// Codes that no other customer has.
pub struct Codes {
    prefix: GroupPrefix,
    drawn: HashSet<CustomerCode>,
}

impl Codes {
    pub fn of(prefix: GroupPrefix) -> Self {
        Self { prefix, drawn: HashSet::new() }
    }

    pub fn draw(&mut self) -> CustomerCode {
        loop {
            let code = CustomerCode::random(self.prefix, &SystemRandom).unwrap();
            if self.drawn.insert(code) {
                return code;
            }
        }
    }
}

pub struct Plain {
    path: PathBuf,
}

impl Plain {
    pub fn at(desk: &Desk) -> Self {
        Self { path: desk.folder.join("plain.db") }
    }

    /// As an ordinary program opens it; a commit is durable.
    pub fn open(&self) -> Connection {
        let connection = Connection::open(&self.path).unwrap();
        connection.execute_batch("PRAGMA synchronous = FULL").unwrap();
        connection
    }

    /// Begins an import into a new file of SQLite's own page size, nothing flushed.
    pub fn import(&self, desk: &Desk) -> PlainImport {
        let connection = Connection::open(&self.path).unwrap();
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY;
                 PRAGMA cache_size = -65536; PRAGMA locking_mode = EXCLUSIVE;",
            )
            .unwrap();
        let mut code_index = String::new();
        for (name, sql) in schema(desk) {
            if name == "customer_code" {
                code_index = sql;
            } else {
                connection.execute_batch(&sql).unwrap();
            }
        }
        connection.execute_batch("BEGIN").unwrap();
        PlainImport { connection, code_index, keys: Vec::new(), rows: 0 }
    }

    /// One durable add by one opening.
    pub fn add(&self, row: &Row) {
        let connection = self.open();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        let id = insert(&connection, row);
        for key in &row.keys {
            insert_key(&connection, *key, id);
        }
        connection.execute_batch("COMMIT").unwrap();
    }

    /// Opens the database and reads the record of one customer.
    pub fn by_code(&self, code: &str) -> String {
        self.open()
            .query_row("SELECT record FROM customer WHERE code = ?1", [code], |row| row.get(0))
            .unwrap()
    }

    /// Opens the database and reads the records of the latest `limit` customers with these words.
    pub fn by_words(&self, expression: &str, limit: u32) -> usize {
        let connection = self.open();
        let mut found = connection
            .prepare("SELECT rowid FROM search WHERE search MATCH ?1 ORDER BY rowid DESC LIMIT ?2")
            .unwrap();
        let ids = found.query_map(params![expression, limit + 1], |row| row.get::<_, i64>(0)).unwrap();
        let mut by_id = connection.prepare("SELECT record FROM customer WHERE id = ?1").unwrap();
        ids.map(|id| by_id.query_row([id.unwrap()], |row| row.get::<_, String>(0)).unwrap()).count()
    }

    pub fn integrity_check(&self) {
        let connection = self.open();
        connection.execute_batch("PRAGMA cache_size = -65536").unwrap();
        let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).unwrap();
        assert_eq!(found, "ok");
    }
}

/// Names and statements of the group's tables and indexes.
fn schema(desk: &Desk) -> Vec<(String, String)> {
    let mut image = desk.empty_image();
    // In memory there is no write-ahead log.
    image[18..20].fill(1);
    let mut connection = vault::sealed::sqlite_memory::open_in_memory().unwrap();
    connection.deserialize_read_exact("main", &*image, image.len(), false).unwrap();
    let mut statement = connection
        .prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'search\\_%' ESCAPE '\\'")
        .unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// An import in the order in which the group's goes: duplicate keys, index of codes and order of
/// words last.
pub struct PlainImport {
    connection: Connection,
    code_index: String,
    keys: Vec<(i64, i64)>,
    rows: u64,
}

impl PlainImport {
    pub fn store(&mut self, row: &Row) {
        let id = insert(&self.connection, row);
        self.keys.extend(row.keys.iter().map(|key| (*key, id)));
        self.rows += 1;
        if self.rows.is_multiple_of(ROWS_A_TRANSACTION) {
            self.connection.execute_batch("COMMIT; BEGIN").unwrap();
        }
    }

    pub fn finish(mut self) {
        self.keys.sort_unstable();
        for (place, (key, customer)) in self.keys.iter().enumerate() {
            insert_key(&self.connection, *key, *customer);
            if (place as u64 + 1).is_multiple_of(ROWS_A_TRANSACTION * 10) {
                self.connection.execute_batch("COMMIT; BEGIN").unwrap();
            }
        }
        self.connection.execute_batch(&self.code_index).unwrap();
        if self.rows >= 10_000 {
            self.connection
                .execute_batch("COMMIT; BEGIN; INSERT INTO search(search) VALUES('optimize')")
                .unwrap();
        }
        self.connection.execute_batch("COMMIT").unwrap();
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    }
}

fn insert(connection: &Connection, row: &Row) -> i64 {
    connection
        .prepare_cached(
            "INSERT INTO customer(code, version, created, created_by, updated, record)
             VALUES(?1, 1, ?2, ?3, ?2, ?4)",
        )
        .unwrap()
        .execute(params![row.code, 1_790_000_000, "dana", row.record])
        .unwrap();
    let id = connection.last_insert_rowid();
    connection
        .prepare_cached("INSERT INTO search(rowid, words) VALUES(?1, ?2)")
        .unwrap()
        .execute(params![id, row.words])
        .unwrap();
    id
}

fn insert_key(connection: &Connection, key: i64, customer: i64) {
    connection
        .prepare_cached("INSERT OR IGNORE INTO duplicate_key(key, customer) VALUES(?1, ?2)")
        .unwrap()
        .execute([key, customer])
        .unwrap();
}
