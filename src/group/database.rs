//! A group's SQLite schema, and one customer's rows in it. `docs/format.md` describes it for readers
//! without this program; it must stay readable by the sqlite3 of long-term distributions.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use zeroize::Zeroizing;

use super::DatabaseError;
use super::code::{CustomerCode, GroupPrefix};
use super::duplicate::duplicate_keys;
use super::field::Fields;
use super::query::search_text;
use super::record::Record;
use crate::sealed::identity::Identity;
use crate::sealed::sqlite_memory;

/// The schema's version, SQLite's `user_version`.
pub const VERSION: u32 = 2;
/// Bytes a page: at 4,096 an add writes about 49 KiB, at 1,024 about 16 (`docs/performance.md`).
const PAGE_SIZE: u32 = 1024;

/// Customers a transaction where all or many are written: bounds what SQLite keeps of it in memory.
pub(super) const ROWS_A_TRANSACTION: u32 = 20_000;

/// Begins the keys in table meta of the intake identities.
const INTAKE: &str = "intake.";

/// Times are seconds since 1970 in UTC. `search` holds folded words only (`contentless`): its rows are
/// those of `customer`. `duplicate_key` holds the keys of [`super::duplicate`].
const SCHEMA: &str = "
    CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE customer(
        id INTEGER PRIMARY KEY,
        code TEXT NOT NULL,
        version INTEGER NOT NULL,
        created INTEGER NOT NULL,
        created_by TEXT NOT NULL,
        updated INTEGER NOT NULL,
        record TEXT NOT NULL);
    CREATE TABLE history(
        customer INTEGER NOT NULL,
        version INTEGER NOT NULL,
        at INTEGER NOT NULL,
        staff TEXT NOT NULL,
        old TEXT NOT NULL,
        PRIMARY KEY(customer, version)) WITHOUT ROWID;
    CREATE TABLE duplicate_key(
        key INTEGER NOT NULL,
        customer INTEGER NOT NULL,
        PRIMARY KEY(key, customer)) WITHOUT ROWID;
    CREATE VIRTUAL TABLE search USING fts5(
        words, content='', columnsize=0, detail=none, tokenize='ascii', prefix='1 2 3');";
/// What version 2 added: documents, holds, reviews, and the distinct words of names and streets, forwards and
/// backwards, among which mistyped ones are sought. A group of version 1 that is only read gets them empty and
/// in memory.
const ADDED: [(&str, &str); 5] = [
    (
        "document",
        "(id INTEGER PRIMARY KEY,
        customer INTEGER NOT NULL,
        name TEXT NOT NULL,
        type TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        file TEXT NOT NULL,
        sealed TEXT NOT NULL,
        added INTEGER NOT NULL,
        staff TEXT NOT NULL,
        UNIQUE(customer, name))",
    ),
    (
        "hold",
        "(customer INTEGER PRIMARY KEY, since INTEGER NOT NULL, staff TEXT NOT NULL, reason TEXT NOT NULL)",
    ),
    ("review", "(customer INTEGER PRIMARY KEY, at INTEGER NOT NULL, staff TEXT NOT NULL)"),
    ("word", "(word TEXT PRIMARY KEY) WITHOUT ROWID"),
    ("word_backwards", "(word TEXT PRIMARY KEY) WITHOUT ROWID"),
];
/// Customer codes are unique. An import into an empty group builds this index last.
pub(super) const CODE_INDEX: &str = "CREATE UNIQUE INDEX customer_code ON customer(code)";

/// The database of a new group, as one image in write-ahead mode.
pub fn new_image(
    fields: &Fields,
    prefix: GroupPrefix,
    intake: &Identity,
) -> Result<Zeroizing<Vec<u8>>, DatabaseError> {
    let mut connection = sqlite_memory::open_in_memory()?;
    connection.execute_batch(&format!("PRAGMA page_size = {PAGE_SIZE}; {SCHEMA} {CODE_INDEX};"))?;
    upgrade(&connection)?;
    let meta = Meta { fields: fields.clone(), prefix, version: VERSION };
    meta.write(&connection)?;
    put_meta(&connection, &intake_key(1), &intake.to_text())?;
    let image = connection.serialize("main")?;
    let mut image = Zeroizing::new(image.to_vec());
    // Bytes 18 and 19 of the header, both 2, say that the database uses a write-ahead log; a database
    // in memory can't be switched by a pragma.
    for byte in image.iter_mut().skip(18).take(2) {
        *byte = 2;
    }
    Ok(image)
}

/// Gives an older database what later versions added, empty, within the caller's transaction.
pub(super) fn upgrade(connection: &Connection) -> Result<(), DatabaseError> {
    for (table, columns) in ADDED {
        connection.execute_batch(&format!(
            "DROP TABLE IF EXISTS temp.{table}; CREATE TABLE main.{table}{columns}"
        ))?;
    }
    Ok(connection.execute_batch(&format!("PRAGMA user_version = {VERSION}"))?)
}

/// Lets an older database be read as if it had what later versions added: nothing of it is written.
pub(super) fn pretend_newest(connection: &Connection) -> Result<(), DatabaseError> {
    for (table, columns) in ADDED {
        connection.execute_batch(&format!("CREATE TEMP TABLE {table}{columns}"))?;
    }
    Ok(())
}

/// What a group knows of itself.
#[derive(Debug, Clone)]
pub struct Meta {
    /// Its fields.
    pub fields: Fields,
    /// The two characters that its customers' codes begin with.
    pub prefix: GroupPrefix,
    /// The schema's version.
    pub version: u32,
}

impl Meta {
    pub(super) fn read(connection: &Connection) -> Result<Self, DatabaseError> {
        let found: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if found > VERSION {
            return Err(DatabaseError::Newer { found });
        }
        let get = |key: &str| -> Result<String, DatabaseError> {
            connection
                .query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0))
                .optional()?
                .ok_or(DatabaseError::Damaged("a row of table meta is missing"))
        };
        let fields = Fields::from_json(&get("fields")?)
            .map_err(|_| DatabaseError::Damaged("its fields do not read"))?;
        let prefix =
            get("prefix")?.parse().map_err(|_| DatabaseError::Damaged("its code prefix does not read"))?;
        Ok(Self { fields, prefix, version: found })
    }

    pub(super) fn write(&self, connection: &Connection) -> Result<(), DatabaseError> {
        let fields = serde_json::to_string(&self.fields)
            .map_err(|_| DatabaseError::Damaged("its fields can't be written"))?;
        put_meta(connection, "fields", &fields)?;
        put_meta(connection, "prefix", &self.prefix.to_string())
    }
}

/// The key in table meta of the `number`th intake identity, counted from 1.
fn intake_key(number: u32) -> String {
    format!("{INTAKE}{number}")
}

/// Stores `intake` after the intake identities that are there.
pub(super) fn add_intake(connection: &Connection, intake: &Identity) -> Result<(), DatabaseError> {
    let mut statement = connection.prepare("SELECT key FROM meta")?;
    let mut newest = None;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let key: String = row.get(0)?;
        newest = newest.max(key.strip_prefix(INTAKE).and_then(|number| number.parse::<u32>().ok()));
    }
    let next = newest
        .and_then(|newest| newest.checked_add(1))
        .ok_or(DatabaseError::Damaged("a row of table meta is missing"))?;
    put_meta(connection, &intake_key(next), &intake.to_text())
}

/// The intake identities, the newest first.
pub(super) fn intake_identities(connection: &Connection) -> Result<Vec<Identity>, DatabaseError> {
    let mut statement = connection.prepare("SELECT key, value FROM meta")?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let key: String = row.get(0)?;
        let Some(number) = key.strip_prefix(INTAKE).and_then(|number| number.parse::<u32>().ok()) else {
            continue;
        };
        let text = Zeroizing::new(row.get::<_, String>(1)?);
        let identity = Identity::from_file_text(&text)
            .map_err(|_| DatabaseError::Damaged("a stored intake key does not read"))?;
        found.push((number, identity));
    }
    found.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    Ok(found.into_iter().map(|(_, identity)| identity).collect())
}

fn put_meta(connection: &Connection, key: &str, value: &str) -> Result<(), DatabaseError> {
    connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES(?1, ?2)", params![key, value])?;
    Ok(())
}

/// One customer, as stored.
#[derive(Debug)]
pub(super) struct Customer {
    pub id: i64,
    pub code: CustomerCode,
    /// Counted from 1; each edit has the next.
    pub version: i64,
    /// Seconds since 1970.
    pub created: i64,
    pub created_by: String,
    /// Seconds since 1970.
    pub updated: i64,
    pub record: Record,
}

const COLUMNS: &str = "id, code, version, created, created_by, updated, record";

impl Customer {
    pub fn by_code(connection: &Connection, code: &CustomerCode) -> Result<Option<Self>, DatabaseError> {
        Self::one(connection, "code", code.to_string())
    }

    pub fn by_id(connection: &Connection, id: i64) -> Result<Option<Self>, DatabaseError> {
        Self::one(connection, "id", id)
    }

    fn one(
        connection: &Connection,
        column: &str,
        value: impl rusqlite::ToSql,
    ) -> Result<Option<Self>, DatabaseError> {
        let sql = format!("SELECT {COLUMNS} FROM customer WHERE {column} = ?1");
        let row = connection.prepare_cached(&sql)?.query_row([value], Stored::read).optional()?;
        row.map(Stored::check).transpose()
    }

    /// Up to `count` customers after the one of that id, in order of entry.
    pub fn after(connection: &Connection, id: i64, count: u32) -> Result<Vec<Self>, DatabaseError> {
        let sql = format!("SELECT {COLUMNS} FROM customer WHERE id > ?1 ORDER BY id LIMIT ?2");
        let mut statement = connection.prepare_cached(&sql)?;
        let rows = statement.query_map(params![id, count], Stored::read)?;
        rows.map(|row| row?.check()).collect()
    }

    /// Every customer in order of entry.
    pub fn for_each(
        connection: &Connection,
        mut visit: impl FnMut(Self) -> Result<(), DatabaseError>,
    ) -> Result<(), DatabaseError> {
        let mut statement = connection.prepare(&format!("SELECT {COLUMNS} FROM customer ORDER BY id"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            visit(Stored::read(row)?.check()?)?;
        }
        Ok(())
    }
}

/// A customer's row whose code and record were not read yet.
struct Stored {
    row: (i64, i64, i64, String, i64),
    code: String,
    record: Zeroizing<String>,
}

impl Stored {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            row: (row.get(0)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?),
            code: row.get(1)?,
            record: Zeroizing::new(row.get(6)?),
        })
    }

    fn check(self) -> Result<Customer, DatabaseError> {
        let code = CustomerCode::parse(&self.code)
            .map_err(|_| DatabaseError::Damaged("a stored customer code does not read"))?;
        let record = Record::from_json(&self.record)
            .map_err(|_| DatabaseError::Damaged("a stored record does not read"))?;
        let (id, version, created, created_by, updated) = self.row;
        Ok(Customer { id, code, version, created, created_by, updated, record })
    }
}

/// Stores a new customer with its search words; its duplicate keys are the caller's to store.
pub(super) fn insert(
    connection: &Connection,
    fields: &Fields,
    code: &CustomerCode,
    record: &Record,
    staff: &str,
    at: i64,
) -> Result<i64, DatabaseError> {
    connection
        .prepare_cached(
            "INSERT INTO customer(code, version, created, created_by, updated, record)
             VALUES(?1, 1, ?2, ?3, ?2, ?4)",
        )?
        .execute(params![code.to_string(), at, staff, record.to_json().as_str()])?;
    let id = connection.last_insert_rowid();
    index_words(connection, fields, id, record)?;
    Ok(id)
}

pub(super) fn index_words(
    connection: &Connection,
    fields: &Fields,
    id: i64,
    record: &Record,
) -> Result<(), DatabaseError> {
    change_words(connection, "INSERT INTO search(rowid, words) VALUES(?1, ?2)", fields, id, record)
}

/// Takes a record's words out of the index; they must be the ones that were put in.
pub(super) fn unindex_words(
    connection: &Connection,
    fields: &Fields,
    id: i64,
    record: &Record,
) -> Result<(), DatabaseError> {
    let sql = "INSERT INTO search(search, rowid, words) VALUES('delete', ?1, ?2)";
    change_words(connection, sql, fields, id, record)
}

fn change_words(
    connection: &Connection,
    sql: &str,
    fields: &Fields,
    id: i64,
    record: &Record,
) -> Result<(), DatabaseError> {
    connection.prepare_cached(sql)?.execute(params![id, search_text(fields, record).as_str()])?;
    Ok(())
}

pub(super) fn insert_keys(
    connection: &Connection,
    keys: impl IntoIterator<Item = i64>,
    id: i64,
) -> Result<(), DatabaseError> {
    let mut statement =
        connection.prepare_cached("INSERT OR IGNORE INTO duplicate_key(key, customer) VALUES(?1, ?2)")?;
    for key in keys {
        statement.execute([key, id])?;
    }
    Ok(())
}

pub(super) fn remove_keys(
    connection: &Connection,
    fields: &Fields,
    id: i64,
    record: &Record,
) -> Result<(), DatabaseError> {
    let mut statement =
        connection.prepare_cached("DELETE FROM duplicate_key WHERE key = ?1 AND customer = ?2")?;
    for key in duplicate_keys(fields, record) {
        statement.execute([key.key, id])?;
    }
    Ok(())
}

/// The field and the customer that a record would double, if any; `but` is not counted.
pub(super) fn find_duplicate(
    connection: &Connection,
    fields: &Fields,
    record: &Record,
    but: Option<i64>,
) -> Result<Option<(String, CustomerCode)>, DatabaseError> {
    let mut statement = connection.prepare_cached(
        "SELECT c.code FROM duplicate_key AS d JOIN customer AS c ON c.id = d.customer
         WHERE d.key = ?1 AND c.id IS NOT ?2 LIMIT 1",
    )?;
    for key in duplicate_keys(fields, record) {
        let code: Option<String> = statement.query_row(params![key.key, but], |row| row.get(0)).optional()?;
        if let Some(code) = code {
            let code = CustomerCode::parse(&code)
                .map_err(|_| DatabaseError::Damaged("a stored customer code does not read"))?;
            return Ok(Some((key.field, code)));
        }
    }
    Ok(None)
}
