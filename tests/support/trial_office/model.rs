//! What a store must hold: the office's side of every comparison.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use vault::access_log::Action;
use vault::store::Roster;

use super::backups::Backups;
use super::{OWNER, RETAIL};

/// What a group must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Customers whose codes are known, and the city that each has.
    pub cities: BTreeMap<String, String>,
    /// How many more there are: imported ones, and those whose code was never told.
    pub others: u64,
    /// SHA-256 of each document, by its customer's code, a slash and its name.
    pub documents: BTreeMap<String, String>,
    /// `CODE held`, `CODE reviewed`.
    pub marks: BTreeSet<String>,
}

/// What the roster says of somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Which of their identities is in force.
    pub number: u32,
    /// The groups that they can open.
    pub groups: BTreeSet<String>,
    pub notes: usize,
    /// The version of the agreement that they signed.
    pub agreed: u32,
}

/// Who is in, which keys are in force, and what was decided.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct People {
    pub staff: BTreeMap<String, Person>,
    /// Each group's key epoch.
    pub epochs: BTreeMap<String, u32>,
    /// The access log's.
    pub log: u32,
    /// The recovery sheet's number.
    pub sheet: u32,
    /// The agreement's version.
    pub agreement: u32,
    pub backup_days: u16,
}

impl People {
    pub fn of(roster: &Roster) -> Self {
        let staff = roster.staff().map(|person| {
            let known = Person {
                number: person.member.number,
                groups: roster.opened_by(person).0.iter().map(ToString::to_string).collect(),
                notes: person.notes.len(),
                agreed: person.agreed.last().map_or(0, |agreed| agreed.version),
            };
            (person.member.name.to_string(), known)
        });
        Self {
            staff: staff.collect(),
            epochs: roster.groups().iter().map(|group| (group.name.to_string(), group.epoch)).collect(),
            log: roster.log_key().epoch,
            sheet: roster.recovery().map_or(0, |sheet| sheet.number),
            agreement: roster.agreement().map_or(0, |agreement| agreement.version),
            backup_days: roster.policy().backup_days,
        }
    }

    /// Gives new keys to all that somebody can open; of owners the log's as well.
    pub fn rekey(&mut self, person: &str) {
        for group in self.staff[person].groups.clone() {
            *self.epochs.get_mut(&group).unwrap() += 1;
        }
        self.log += u32::from(person == OWNER);
    }

    pub fn owner(&mut self) -> &mut Person {
        self.staff.get_mut(OWNER).unwrap()
    }

    /// The clerk who is in.
    pub fn clerk(&self) -> String {
        self.staff.keys().find(|name| *name != OWNER).unwrap().clone()
    }

    /// Whether these are the people of a model. Who had to sign an agreement to go on with their work has
    /// signed it by now, whatever the model says.
    fn are(&self, model: &Self) -> bool {
        let mut same = self.clone();
        for (name, person) in &mut same.staff {
            let Some(known) = model.staff.get(name) else { return false };
            if person.agreed == self.agreement && known.agreed < person.agreed {
                person.agreed = known.agreed;
            }
        }
        same == *model
    }
}

/// What the store must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    pub groups: BTreeMap<String, Held>,
    pub people: People,
    /// Which passphrase the owner has.
    pub passphrase: u64,
    /// What the access log must hold an entry for: the action, and its customer, its group or its detail.
    pub logged: Vec<(Action, String)>,
    pub backups: Backups,
}

/// A group's number of customers; of those asked for the cities, the documents, and who is held or was reviewed.
pub type Found = (u64, BTreeMap<String, String>, BTreeMap<String, String>, BTreeSet<String>);
/// What was found in each group.
pub type Seen = BTreeMap<String, Found>;

impl Model {
    pub fn retail(&mut self) -> &mut Held {
        self.groups.get_mut(RETAIL).unwrap()
    }

    /// A group that the clerk may not open.
    pub fn kept_from_clerk(&self) -> Option<&String> {
        let granted = &self.people.staff[&self.people.clerk()].groups;
        self.groups.keys().find(|group| !granted.contains(*group))
    }

    pub fn log(&mut self, action: Action, subject: impl Into<String>) {
        self.logged.push((action, subject.into()));
    }

    /// How the store differs from what it should be; empty when it doesn't.
    pub fn missing(
        &self,
        seen: &Seen,
        people: &People,
        passphrase: u64,
        snapshots: Option<&BTreeSet<String>>,
    ) -> String {
        let mut differences = Vec::new();
        differences.extend(Some(self.backups.missing(snapshots)).filter(|missing| !missing.is_empty()));
        if passphrase != self.passphrase {
            differences.push(format!("passphrase {passphrase}, not {}", self.passphrase));
        }
        if !people.are(&self.people) {
            differences.push(format!("{people:?}, not {:?}", self.people));
        }
        if !seen.keys().eq(self.groups.keys()) {
            differences.push(format!("groups {:?}, not {:?}", seen.keys(), self.groups.keys()));
        }
        for (name, held) in &self.groups {
            let Some((customers, cities, documents, marks)) = seen.get(name) else { continue };
            let expected = held.cities.len() as u64 + held.others;
            if *customers != expected {
                differences.push(format!("{name} has {customers} customers, not {expected}"));
            }
            if *documents != held.documents {
                differences.push(format!("{name} has documents {documents:?}, not {:?}", held.documents));
            }
            if *marks != held.marks {
                differences.push(format!("{name} has {marks:?}, not {:?}", held.marks));
            }
            for (code, city) in &held.cities {
                if cities.get(code) != Some(city) {
                    differences.push(format!("{code} has {:?}, not {city:?}", cities.get(code)));
                }
            }
        }
        differences.join(", ")
    }

    /// What `after` has of `retail` and of the log beyond `before`.
    pub fn difference(before: &Self, after: &Self) -> Self {
        let old = &before.groups[RETAIL].cities;
        let mut cities = after.groups[RETAIL].cities.clone();
        cities.retain(|code, _| !old.contains_key(code));
        let logged = after.logged[before.logged.len()..].to_vec();
        let groups = BTreeMap::from([(RETAIL.to_owned(), Held { cities, ..Held::default() })]);
        Self { groups, logged, ..Self::default() }
    }

    /// Adds what [`Model::difference`] found.
    pub fn take_in(&mut self, news: &Self) {
        self.retail().cities.extend(news.groups[RETAIL].cities.clone());
        self.logged.extend_from_slice(&news.logged);
    }
}
