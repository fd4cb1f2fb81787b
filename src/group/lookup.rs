//! Looking customers up. What is found can be seen only through the access log.

use std::collections::HashSet;

use jiff::Timestamp;
use rusqlite::Connection;

use super::code::CustomerCode;
use super::database::Customer;
use super::document::Document;
use super::hold::Hold;
use super::query::{Query, Words};
use super::view::{Reveal, View};
use super::vocabulary::Seeking;
use super::{DatabaseError, Group};
use crate::access_log::{Action, Event, Outcome, Unlogged};

/// Codes that one entry of the access log lists.
const CODES_AN_ENTRY: usize = 100;

/// Customers found in one group, not to be seen yet.
pub struct Hits {
    group: String,
    cards: Vec<Card>,
    more: bool,
    close: bool,
}

impl Hits {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.cards.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.cards.is_empty()
    }
}

/// One customer as it may be shown.
#[derive(Debug, Clone)]
pub struct Card {
    /// The customer's code.
    pub code: CustomerCode,
    /// The group.
    pub group: String,
    /// The values, masked where they are sensitive and not revealed.
    pub view: View,
    /// How many documents are attached.
    pub documents: u64,
    /// Why the customer is not erased for now.
    pub hold: Option<Hold>,
    /// When the customer was entered.
    pub created: Timestamp,
    /// When the record was last changed.
    pub updated: Timestamp,
    /// Which version this is, counted from 1.
    pub version: i64,
}

/// What a lookup shows.
#[derive(Debug)]
pub struct Answer {
    /// The customers, in the order of their groups' names; the latest entered first.
    pub cards: Vec<Card>,
    /// Whether there are more than were asked for.
    pub more: bool,
    /// Whether nothing matched, and these are one typing mistake away.
    pub close: bool,
}

/// How far to reach for customers who were not found by what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// The words as they were typed, each as the beginning of one.
    #[default]
    Words,
    /// Also words that end with what was typed.
    Parts,
    /// Words that are one typing mistake away: to be offered, and not to be passed for what was meant.
    Close,
}

impl Reach {
    /// Each in its turn.
    pub const ALL: [Self; 3] = [Self::Words, Self::Parts, Self::Close];
}

/// How to look up.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whole words, and accents count.
    pub exact: bool,
    /// How far to reach for them.
    pub reach: Reach,
    /// How many customers at most.
    pub limit: usize,
    /// Sensitive fields to show.
    pub reveal: Reveal,
}

pub(super) fn time(seconds: i64) -> Result<Timestamp, DatabaseError> {
    Timestamp::from_second(seconds).map_err(|_| DatabaseError::Damaged("a stored time does not read"))
}

impl Group {
    /// Finds customers by code or words; a mistyped code finds nothing.
    pub fn find(&self, query: &Query, options: &Options) -> Result<Hits, DatabaseError> {
        let (customers, more) = match query {
            Query::Code(_) if options.reach != Reach::Words => (Vec::new(), false),
            Query::Code(code) => (self.by_code(code)?, false),
            Query::Mistyped => (Vec::new(), false),
            Query::Words(words) => self.by_words(words, options)?,
            Query::CodeOrWords(code, words) => match self.by_code(code)? {
                found if found.is_empty() => self.by_words(words, options)?,
                found => (found, false),
            },
        };
        let close = options.reach == Reach::Close;
        let cards = customers.into_iter().map(|customer| self.card(&customer, &options.reveal));
        Ok(Hits { group: self.name().to_owned(), cards: cards.collect::<Result<_, _>>()?, more, close })
    }

    fn by_code(&self, code: &CustomerCode) -> Result<Vec<Customer>, DatabaseError> {
        if code.prefix() != self.prefix() {
            return Ok(Vec::new());
        }
        let found = Customer::by_code(self.file.connection(), code).map_err(|error| self.blame(error))?;
        Ok(found.into_iter().collect())
    }

    fn by_words(&self, words: &Words, options: &Options) -> Result<(Vec<Customer>, bool), DatabaseError> {
        self.search(words, options).map_err(|error| self.blame(error))
    }

    fn search(&self, words: &Words, options: &Options) -> Result<(Vec<Customer>, bool), DatabaseError> {
        match options.reach {
            Reach::Words if options.exact => {
                self.matching(&words.exact_fts_expression(), Some(words), options)
            }
            Reach::Words => self.whole_words_first(words, options),
            _ if options.exact => Ok((Vec::new(), false)),
            // Words that nobody has are what was mistyped. Only where each is somebody's, others stand for all:
            // those of many customers cost most.
            reach => match self.reaching(words, reach, true, options)? {
                (found, _) if found.is_empty() => self.reaching(words, reach, false, options),
                found => Ok(found),
            },
        }
    }

    /// Whole words, of which the last may be a beginning; then, where those do not fill the page, beginnings of all:
    /// gathering everybody who has any word that begins so is what costs most.
    fn whole_words_first(
        &self,
        words: &Words,
        options: &Options,
    ) -> Result<(Vec<Customer>, bool), DatabaseError> {
        let Some(whole) = words.whole_words_first() else {
            return self.matching(&words.fts_expression(), None, options);
        };
        let (mut found, mut more) = self.matching(&whole, None, options)?;
        if more {
            return Ok((found, more));
        }
        let (others, beyond) = self.matching(&words.fts_expression(), None, options)?;
        let known: HashSet<i64> = found.iter().map(|customer| customer.id).collect();
        found.extend(others.into_iter().filter(|customer| !known.contains(&customer.id)));
        more |= beyond || found.len() > options.limit;
        found.truncate(options.limit);
        Ok((found, more))
    }

    /// Searches with other words beside those that were typed, or only beside those that nobody has.
    fn reaching(
        &self,
        words: &Words,
        reach: Reach,
        only_unknown: bool,
        options: &Options,
    ) -> Result<(Vec<Customer>, bool), DatabaseError> {
        let connection = self.file.connection();
        let seeking = Seeking::new(connection);
        let expression = words.expression_with(|word| match reach {
            _ if only_unknown && somebody_has(connection, word)? => Ok(Vec::new()),
            Reach::Words => Ok(Vec::new()),
            Reach::Parts => seeking.ending_with(word),
            Reach::Close => seeking.close_to(word),
        })?;
        let Some(expression) = expression else { return Ok((Vec::new(), false)) };
        let (found, more) = self.matching(&expression, None, options)?;
        Ok((found, more || seeking.was_cut()))
    }

    /// Those that the index gives, the latest entered first; `exactly` as the words were typed.
    fn matching(
        &self,
        expression: &str,
        exactly: Option<&Words>,
        options: &Options,
    ) -> Result<(Vec<Customer>, bool), DatabaseError> {
        let connection = self.file.connection();
        let mut statement = connection
            .prepare_cached("SELECT rowid FROM search WHERE search MATCH ?1 ORDER BY rowid DESC")?;
        let mut rows = statement.query([expression])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let customer = Customer::by_id(connection, row.get(0)?)?
                .ok_or(DatabaseError::Damaged("the search index names a customer who is not there"))?;
            if exactly.is_some_and(|words| !words.matches_exactly(self.fields(), &customer.record)) {
                continue;
            }
            if found.len() == options.limit {
                return Ok((found, true));
            }
            found.push(customer);
        }
        Ok((found, false))
    }

    pub(super) fn card(&self, customer: &Customer, reveal: &Reveal) -> Result<Card, DatabaseError> {
        Ok(Card {
            code: customer.code,
            group: self.name().to_owned(),
            view: customer.record.view(self.fields(), reveal),
            documents: Document::count(self.file.connection(), customer.id)
                .map_err(|error| self.blame(error))?,
            hold: Hold::of(self.file.connection(), customer.id)?,
            created: time(customer.created)?,
            updated: time(customer.updated)?,
            version: customer.version,
        })
    }
}

/// Whether any customer has a word that begins so.
fn somebody_has(connection: &Connection, word: &str) -> Result<bool, DatabaseError> {
    let Ok(words) = Words::parse(word) else { return Ok(false) };
    let sql = "SELECT EXISTS(SELECT 1 FROM search WHERE search MATCH ?1)";
    Ok(connection.prepare_cached(sql)?.query_row([words.fts_expression()], |row| row.get(0))?)
}

/// Joins what was found in all groups into one answer, with the entries that showing it takes: one
/// that names the customer for a single hit, else one a group that lists the codes. Those say so when the
/// customers are only close to what was sought.
pub fn answer(found: Vec<Hits>, limit: usize, reveal: &Reveal, reason: Option<&str>) -> Unlogged<Answer> {
    let close = found.iter().any(|hits| hits.close);
    let event = |action, group: &str, codes: Option<String>, count| {
        let mut event = Event::new(action, Outcome::Success);
        event.detail = (close && count > 0).then(|| "close".to_owned());
        event.group = (!group.is_empty()).then(|| group.to_owned());
        event.customer = codes;
        event.fields = reveal.names().map(str::to_owned).collect();
        event.reason = reason.map(str::to_owned);
        event.count = Some(count);
        event
    };
    let mut more = found.iter().any(|hits| hits.more);
    let mut cards = Vec::new();
    let mut events = Vec::new();
    let total: usize = found.iter().map(Hits::len).sum();
    for hits in found {
        let room = limit - cards.len().min(limit);
        more |= hits.len() > room;
        let shown: Vec<Card> = hits.cards.into_iter().take(room).collect();
        for part in shown.chunks(CODES_AN_ENTRY) {
            let action = if total == 1 { Action::Lookup } else { Action::Search };
            let codes: Vec<String> = part.iter().map(|card| card.code.to_string()).collect();
            events.push(event(action, &hits.group, Some(codes.join(" ")), part.len() as u64));
        }
        cards.extend(shown);
    }
    if events.is_empty() {
        events.push(event(Action::Search, "", None, 0));
    }
    Unlogged::new(Answer { cards, more, close }, events)
}
