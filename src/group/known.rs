//! What a group's customers are known by: names, addresses and numbers, for whoever replaces them by codes.

use super::code::CustomerCode;
use super::database::Customer;
use super::kind::Kind;
use super::{DatabaseError, Group};
use crate::access_log::{Action, Event, Outcome, Unlogged};

/// All customers of a group, who may be read for redaction: it is logged.
pub struct Everybody<'group> {
    group: &'group Group,
    count: u64,
}

impl Group {
    /// Readies what all customers are known by.
    pub fn everybody(&self) -> Result<Unlogged<Everybody<'_>>, DatabaseError> {
        let count = self.customers()?;
        let mut event = Event::new(Action::Redact, Outcome::Success);
        event.group = Some(self.name().to_owned());
        event.fields = self.known_by().map(|(name, _)| name.to_owned()).collect();
        event.count = Some(count);
        Ok(Unlogged::new(Everybody { group: self, count }, vec![event]))
    }

    /// The fields by which somebody is known.
    fn known_by(&self) -> impl Iterator<Item = (&str, Kind)> {
        let telling = |kind| match kind {
            Kind::Name | Kind::Email | Kind::Phone | Kind::Iban | Kind::Card | Kind::NationalId => true,
            Kind::Text | Kind::Date | Kind::Country | Kind::Note => false,
        };
        let fields = self.fields().iter().map(|field| (field.name.as_str(), field.kind));
        fields.filter(move |(_, kind)| telling(*kind))
    }
}

impl Everybody<'_> {
    /// How many they are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Hands over each value by which somebody is known, with the customer's code. In memory is one customer at a time.
    pub fn each(&self, mut visit: impl FnMut(CustomerCode, Kind, &str)) -> Result<(), DatabaseError> {
        let fields: Vec<(&str, Kind)> = self.group.known_by().collect();
        let read = Customer::for_each(self.group.file.connection(), |customer| {
            for (name, kind) in &fields {
                if let Some(value) = customer.record.get(name) {
                    visit(customer.code, *kind, value.expose());
                }
            }
            Ok(())
        });
        read.map_err(|error| self.group.blame(error))
    }
}
