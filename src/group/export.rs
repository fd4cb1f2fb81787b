//! A group's customers as JSON Lines for somebody else, unmasked, in constant memory.

use std::io::{self, Write};
use std::ops::ControlFlow;

use super::code::CustomerCode;
use super::database::Customer;
use super::{DatabaseError, Group, NoSuchCustomer, flat_json};
use crate::access_log::{Action, Event, Outcome, Unlogged};

/// The key of a customer's code, unless a field has its name.
const CODE: &str = "customer_code";
/// Codes that one entry of the access log lists: what a line of it has room for.
const CODES_AN_ENTRY: usize = 1_000;
/// Customers read at once.
const BATCH: u32 = 500;

/// Customers can't be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Nobody has that code.
    #[error(transparent)]
    NoSuchCustomer(#[from] NoSuchCustomer),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// What they were to be written into failed.
    #[error("cannot write: {0}")]
    Write(#[from] io::Error),
    /// Whoever watches stopped it.
    #[error("stopped")]
    Stopped,
}

/// Customers who may be written out: it is logged.
pub struct Export<'group> {
    group: &'group Group,
    codes: Option<Vec<CustomerCode>>,
    count: u64,
}

impl Group {
    /// Readies an export of the customers of these codes, or of all when there is none. `begun` is the entry
    /// about it, in which group, fields, codes and count are filled in.
    pub fn export(&self, codes: &[CustomerCode], begun: &Event) -> Result<Unlogged<Export<'_>>, ExportError> {
        let mut chosen: Vec<CustomerCode> = Vec::new();
        for code in codes {
            if chosen.contains(code) {
                continue;
            }
            self.existing(*code)??;
            chosen.push(*code);
        }
        let codes = (!chosen.is_empty()).then_some(chosen);
        let count = match &codes {
            Some(codes) => codes.len() as u64,
            None => self.customers()?,
        };
        let export = Export { group: self, codes, count };
        let events = export.events(begun);
        Ok(Unlogged::new(export, events))
    }
}

impl Export<'_> {
    /// How many customers.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// `event` for the access log, once for each part of the codes.
    pub fn events(&self, event: &Event) -> Vec<Event> {
        let mut event = event.clone();
        event.action = Action::Export;
        event.outcome = Outcome::Success;
        event.group = Some(self.group.name().to_owned());
        event.fields = self.group.fields().iter().map(|field| field.name.clone()).collect();
        event.count = Some(self.count);
        let Some(codes) = &self.codes else { return vec![event] };
        let parts = codes.chunks(CODES_AN_ENTRY).map(|part| Event {
            customer: Some(part.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")),
            count: Some(part.len() as u64),
            ..event.clone()
        });
        parts.collect()
    }

    /// Writes a line for each customer. `watch` is told how many are done.
    pub fn write(
        &self,
        output: &mut dyn Write,
        watch: &dyn Fn(u64, u64) -> ControlFlow<()>,
    ) -> Result<(), ExportError> {
        let connection = self.group.file.connection();
        let mut done = 0;
        let mut step = |customer: &Customer| {
            self.line(customer, output)?;
            done += 1;
            match watch(done, self.count) {
                ControlFlow::Continue(()) => Ok(()),
                ControlFlow::Break(()) => Err(ExportError::Stopped),
            }
        };
        let blame = |error: DatabaseError| self.group.blame(error);
        let Some(codes) = &self.codes else {
            let mut last = i64::MIN;
            loop {
                let batch = Customer::after(connection, last, BATCH).map_err(blame)?;
                let Some(end) = batch.last() else { return Ok(()) };
                last = end.id;
                batch.iter().try_for_each(&mut step)?;
            }
        };
        for code in codes {
            step(&self.group.existing(*code)??)?;
        }
        Ok(())
    }

    /// One customer: the code, then the group's fields. Values of fields that are gone are nobody's to read.
    fn line(&self, customer: &Customer, output: &mut dyn Write) -> io::Result<()> {
        let fields = self.group.fields();
        let code = customer.code.to_string();
        let of_code = fields.get(CODE).is_err().then_some((CODE, Some(code.as_str())));
        let values = customer.record.present(fields);
        let values = values.map(|(field, value)| (field.name.as_str(), Some(value.expose())));
        output.write_all(flat_json::write(of_code.into_iter().chain(values)).as_bytes())?;
        output.write_all(b"\n")
    }
}
