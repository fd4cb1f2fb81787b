//! `vault lookup`

use super::Context;
use super::customer::{JsonCard, Wanted, show_card, show_table};
use super::error::{CommandError, Kind, MISTYPED};
use super::output::Output;
use super::unlock::{Unlocked, known_group};
use super::values;
use crate::access_log::{Action, Event, Outcome};
use crate::group::NoSuchCustomer;
use crate::group::lookup::{Answer, Hits, Options, Reach, answer};
use crate::group::query::Query;
use crate::group::view::Reveal;
use crate::sealed::lock::Mode;

/// Find customers by code or by words.
///
/// Words are matched against the searchable fields of every group that you may open; the last word may
/// be the beginning of one. One hit shows the whole card, several a table.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault lookup 4T-7K3M-Q9TD\n  vault lookup lindqvist lund --reveal iban --reason \"refund 118\""
)]
pub struct LookupArgs {
    /// A customer code, or words in any order and case; asked for when left out.
    pub query: Vec<String>,
    /// Only this group.
    #[arg(long, value_name = "G")]
    pub group: Option<String>,
    /// Whole words only, and accents count.
    #[arg(long)]
    pub exact: bool,
    /// The most hits to show.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: u32,
    /// Sensitive fields to show; logged.
    #[arg(long, value_name = "F,F", value_delimiter = ',', value_parser = values::field, requires = "reason")]
    pub reveal: Vec<String>,
    /// Why they are shown; logged.
    #[arg(long, value_name = "TEXT", value_parser = values::reason, requires = "reveal")]
    pub reason: Option<String>,
    /// One JSON object a hit.
    #[arg(long)]
    pub json: bool,
}

impl LookupArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let typed = if self.query.is_empty() { None } else { Some(understood(&self.query.join(" "))?) };
        let store = context.store()?;
        if let Some(name) = &self.group {
            known_group(&store, name)?;
        }
        let unlocked = context.unlock(store)?;
        let query = match typed {
            Some(query) => query,
            None => understood(&unlocked.terminal.line("Search: ")?)?,
        };
        let (answer, erased) = self.find(&unlocked, &query)?;
        if answer.close && !answer.cards.is_empty() {
            context.say("nothing matches what was typed; these are one typing mistake away");
        }
        if answer.cards.is_empty() {
            return Err(
                erased.map_or_else(|| none_found(&query), |erased| CommandError::of(Kind::NotFound, &erased))
            );
        }
        let mut output = context.output(self.json);
        self.show(&mut output, &answer)?;
        output.finish()?;
        if answer.more {
            let shown = answer.cards.len();
            context
                .say(&format!("more customers match than the {shown} shown; add a word, or give --limit N"));
        }
        Ok(())
    }

    /// Searches all groups, and reaches further only when none has what was typed. Where a code finds nobody,
    /// tells whether somebody who had it was erased.
    fn find(
        &self,
        unlocked: &Unlocked<'_>,
        query: &Query,
    ) -> Result<(Answer, Option<NoSuchCustomer>), CommandError> {
        let mut searched = self.search(unlocked, query, Reach::default())?;
        for reach in Reach::ALL.into_iter().skip(1) {
            if !searched.found.iter().all(Hits::is_empty) || matches!(query, Query::Code(_)) {
                break;
            }
            let erased = searched.erased;
            searched = Searched { erased, ..self.search(unlocked, query, reach)? };
        }
        let Searched { found, reveal, erased } = searched;
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let unlogged = answer(found, limit, &reveal, self.reason.as_deref());
        let (answer, receipt) = unlocked.session.log().release(unlogged)?;
        unlocked.tell_receipt(&receipt);
        Ok((answer, erased))
    }

    /// Searches the groups one after the other, in the order of their names.
    fn search(&self, unlocked: &Unlocked<'_>, query: &Query, reach: Reach) -> Result<Searched, CommandError> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let mut wanted = Wanted::new(&self.reveal);
        let mut last_fields = None;
        let mut found = Vec::new();
        let mut erased = None;
        for name in self.groups(unlocked, query)? {
            let group = unlocked.open(&name, Mode::Shared)?;
            let reveal = wanted.of(group.fields())?;
            let options = Options { exact: self.exact, reach, limit, reveal };
            let hits = group.find(query, &options);
            let hits = hits.map_err(|error| CommandError::from(error).in_group(&name))?;
            if let (true, Query::Code(code) | Query::CodeOrWords(code, _)) = (hits.is_empty(), query)
                && code.prefix() == group.prefix()
            {
                erased = erased.or_else(|| Some(group.no_such(*code)).filter(|none| none.erased.is_some()));
            }
            found.push(hits);
            last_fields = Some(group.fields().clone());
        }
        Ok(Searched { found, reveal: wanted.finish(last_fields.as_ref())?, erased })
    }

    /// The groups in which the query may find something. One that is named, or that a code belongs to, is
    /// among them even when the person may not open it: they are refused there, whoever the code is of.
    fn groups(&self, unlocked: &Unlocked<'_>, query: &Query) -> Result<Vec<String>, CommandError> {
        let prefix = match query {
            Query::Code(code) => Some(code.prefix().to_string()),
            _ => None,
        };
        let candidates = if prefix.is_some() || self.group.is_some() {
            unlocked.session.roster().groups().to_vec()
        } else {
            let mine = unlocked.session.groups();
            if mine.is_empty() && !unlocked.session.roster().groups().is_empty() {
                return Err(opens_nothing(unlocked)?);
            }
            mine
        };
        let mut names: Vec<String> = candidates
            .into_iter()
            .filter(|group| prefix.as_ref().is_none_or(|prefix| group.prefix == *prefix))
            .map(|group| group.name.to_string())
            .filter(|name| self.group.as_ref().is_none_or(|wanted| wanted == name))
            .collect();
        names.sort();
        Ok(names)
    }

    fn show(&self, output: &mut Output, answer: &Answer) -> Result<(), CommandError> {
        if self.json {
            for card in &answer.cards {
                output.object(&JsonCard::of(card, answer.close))?;
            }
            return Ok(());
        }
        match answer.cards.as_slice() {
            [card] => show_card(output, card),
            cards => show_table(output, cards),
        }
    }
}

/// What a search came to.
struct Searched {
    found: Vec<Hits>,
    reveal: Reveal,
    /// Somebody who had the code that was sought.
    erased: Option<NoSuchCustomer>,
}

/// Somebody who may open no group looks for customers: logged.
fn opens_nothing(unlocked: &Unlocked<'_>) -> Result<CommandError, CommandError> {
    let mut event = Event::new(Action::Search, Outcome::Denied);
    event.detail = Some("no grant".to_owned());
    unlocked.tell_receipt(&unlocked.session.log().append(&event)?);
    let person = &unlocked.session.person().name;
    Ok(CommandError::new(Kind::NotAllowed, format!("{person} may open no group"))
        .hint("an owner grants one with `vault staff grant NAME --group G`; auditors open no group"))
}

/// A mistyped code is refused here, before a passphrase is asked for.
fn understood(typed: &str) -> Result<Query, CommandError> {
    match Query::parse(typed)? {
        Query::Mistyped => Err(crate::group::code::CodeError::Mistyped.into()),
        query => Ok(query),
    }
}

/// Says nothing of what was searched for.
fn none_found(query: &Query) -> CommandError {
    let error = |what: &str| CommandError::new(Kind::NotFound, what);
    match query {
        Query::Code(code) => error(&format!("there is no customer {code}")),
        Query::Words(words) if words.may_be_a_mistyped_code() => {
            error("no customer found").hint(format!("if it is a customer code, it is mistyped: {MISTYPED}"))
        }
        _ => error("no customer found").hint("try fewer words, or the beginning of one"),
    }
}
