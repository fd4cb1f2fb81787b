//! A store opened anew, as the next program finds it, and held against what it may hold.

use std::collections::hash_map::Entry as Slot;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use vault::access_log::naming::for_people;
use vault::access_log::{Action, Entry, Outcome};
use vault::group::code::CustomerCode;
use vault::sealed::disk::read_small;
use vault::sealed::group_file::GroupFile;
use vault::sealed::lock::Mode;
use vault::sealed::signed::Digest;
use vault::store::{Name, Roster, Session};

use super::model::{Found, Model, People, Seen};
use super::{Failure, OWNER, TrialOffice, chain};
use crate::dump;

impl TrialOffice {
    /// Opens everything as a fresh program and finds which of `models` the store holds.
    pub fn which(&self, models: &[&Model], mode: Mode) -> Result<usize, Failure> {
        let passphrase = self.in_force(&passphrases(models))?;
        let session = self.at_work(OWNER, &[passphrase])?;
        if mode == Mode::Exclusive {
            session.finish_pending()?;
        }
        let mut seen = Seen::new();
        for name in session.groups().iter().map(|group| group.name.to_string()) {
            let held = models.iter().filter_map(|model| model.groups.get(&name));
            let codes: BTreeSet<_> = held.flat_map(|held| held.cities.keys()).collect();
            let found = Self::verified(&session, &name, codes.into_iter(), mode);
            seen.insert(name.clone(), found.map_err(|error| format!("{name}: {}", chain(&*error)))?);
        }
        let people = People::of(&session.roster());
        let snapshots = self.snapshots().map_err(|failure| format!("the medium: {}", chain(&*failure)))?;
        let missing: Vec<String> = models
            .iter()
            .map(|model| model.missing(&seen, &people, passphrase, snapshots.as_ref()))
            .collect();
        let found = missing
            .iter()
            .position(String::is_empty)
            .ok_or_else(|| format!("the store holds none of what it may hold: {}", missing.join("; or ")))?;
        self.logged(&session, &models[found].logged)?;
        self.others_open(&people, mode).map_err(|failure| format!("another person: {}", chain(&*failure)))?;
        if mode == Mode::Exclusive {
            self.nothing_left_over(&session.roster())?;
        }
        Ok(found)
    }

    /// As [`TrialOffice::which`]; the whole access log is verified as well, as an auditor does it.
    pub fn which_audited(&self, models: &[&Model], mode: Mode) -> Result<usize, Failure> {
        let found = self.which(models, mode)?;
        let verified = self.verify_log(&passphrases(models));
        verified.map_err(|failure| format!("the auditor finds: {}", chain(&*failure)))?;
        Ok(found)
    }

    /// Every row of every table of every group, as one hash a group.
    pub fn dumps(&self, models: &[&Model]) -> Result<BTreeMap<String, Digest>, Failure> {
        let session = self.at_work(OWNER, &passphrases(models))?;
        let groups = session.groups();
        let dumped = groups.iter().map(|group| {
            let file = GroupFile::open(Arc::new(session.access(group.name.as_str())?), Mode::Shared)?;
            Ok((group.name.to_string(), Digest::of(dump::of(file.connection())?.as_bytes())))
        });
        dumped.collect()
    }

    /// How many customers a group has, as a fresh program verifies it, and the cities of some.
    fn verified<'a>(
        session: &Session,
        name: &str,
        codes: impl Iterator<Item = &'a String>,
        mode: Mode,
    ) -> Result<Found, Failure> {
        let group = Self::group(session, name, mode)?;
        let cities = Self::cities(session, &group, codes)?;
        let mut documents = BTreeMap::new();
        for code in cities.keys() {
            let (listed, _) = session.log().release(group.list_documents(CustomerCode::parse(code)?)?)?;
            for document in listed {
                documents.insert(format!("{code}/{}", document.name), document.sha256.to_string());
            }
        }
        if mode == Mode::Exclusive {
            group.sweep_documents()?;
        }
        let verified = group.verify(session.log(), &|_, _| ())?;
        let there = (verified.documents, if mode == Mode::Exclusive { verified.strays } else { 0 });
        if there != (documents.len() as u64, 0) {
            return Err(format!("{verified:?} with documents {documents:?}").into());
        }
        let standings = group.review(false, session.surroundings().clock.now())?;
        let (standings, _) = session.log().release(standings)?;
        let marks = standings.iter().flat_map(|standing| {
            let mark = |what: &str| format!("{} {what}", standing.code);
            let reviewed = standing.reviewed.map(|_| mark("reviewed"));
            standing.held.then(|| mark("held")).into_iter().chain(reviewed)
        });
        let marks = marks.collect();
        Ok((verified.customers, cities, documents, marks))
    }

    /// Everybody else who is in opens all that they may.
    fn others_open(&self, people: &People, mode: Mode) -> Result<(), Failure> {
        for (name, person) in people.staff.iter().filter(|(name, _)| *name != OWNER) {
            let session = self.at_work(name, &[])?;
            for group in &person.groups {
                Self::group(&session, group, mode)?;
            }
        }
        Ok(())
    }

    /// Once the store was put in order and every group opened to be changed, nothing stands there that
    /// is over.
    fn nothing_left_over(&self, roster: &Roster) -> Result<(), Failure> {
        let disk = &*self.surroundings.disk;
        let file = |name: &Name| format!("{name}.age");
        for group in roster.groups() {
            let name = group.name.as_str();
            let members: Vec<String> = roster.members(name).iter().map(|member| file(&member.name)).collect();
            self.only_keys(&self.layout.keys(name), group.epoch, members)?;
            let whole = disk.list(&self.layout.group(name))?;
            let whole: Vec<_> = whole
                .iter()
                .filter(|file| ["head", "base.", "log."].iter().any(|stem| file.starts_with(stem)))
                .collect();
            if whole.len() != 3 {
                return Err(format!("{name} has {whole:?}").into());
            }
        }
        let readers: Vec<String> = roster.log_readers().iter().map(|member| file(&member.name)).collect();
        self.only_keys(&self.layout.access_log_keys(), roster.log_key().epoch, readers)
    }

    /// No key file of an earlier epoch is there, and of the one in force just these.
    fn only_keys(&self, keys: &Path, epoch: u32, mut files: Vec<String>) -> Result<(), Failure> {
        let disk = &*self.surroundings.disk;
        let epochs = disk.list(keys)?;
        let mut found = disk.list(&keys.join(epoch.to_string()))?;
        found.sort();
        files.sort();
        if epochs.iter().any(|found| found.parse::<u32>().unwrap() < epoch) || found != files {
            return Err(format!("{} has {epochs:?}, and {found:?}, not {files:?}", keys.display()).into());
        }
        Ok(())
    }

    /// The access log's chain holds, and it has an entry for each of `expected`.
    fn logged(&self, session: &Session, expected: &[(Action, String)]) -> Result<(), Failure> {
        let identities = session.log_identities()?;
        let disk = &*self.surroundings.disk;
        let store = self.store()?;
        let folder = self.layout.access_log();
        let (mut seq, mut prev) = (0, Digest::ZERO);
        let mut there: HashMap<(Action, String), usize> = HashMap::new();
        for name in disk.list(&folder)?.iter().filter(|name| name.starts_with("20")) {
            let bytes = read_small(disk, &folder.join(name), 1 << 30)?;
            for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                let line = line.strip_suffix(b"\n").ok_or("a torn line is left in the access log")?;
                let hash = Digest::of(line);
                let mut opened = self.opened.borrow_mut();
                let entry = match opened.entry(hash) {
                    Slot::Occupied(known) => known.into_mut(),
                    Slot::Vacant(slot) => {
                        let outer: serde_json::Value = serde_json::from_slice(line)?;
                        let epoch = usize::try_from(outer["epoch"].as_u64().unwrap())?;
                        let identity = &identities[identities.len() - epoch];
                        let key = |signer: &str| store.roster().key_of(signer);
                        slot.insert(Entry::open(line, identity, &store.store_id(), key)?.entry)
                    }
                };
                seq += 1;
                if (entry.seq, entry.prev) != (seq, prev) {
                    return Err(format!("entry {seq} does not continue the chain").into());
                }
                prev = hash;
                let detail = || entry.detail.as_deref().and_then(for_people);
                let subject = entry.customer.clone().or_else(|| entry.group.clone()).or_else(detail);
                if let Some(subject) = subject.filter(|_| entry.outcome == Outcome::Success) {
                    *there.entry((entry.action, subject)).or_default() += 1;
                }
            }
        }
        let mut wanted: BTreeMap<String, ((Action, String), usize)> = BTreeMap::new();
        for entry in expected {
            wanted.entry(format!("{entry:?}")).or_insert_with(|| (entry.clone(), 0)).1 += 1;
        }
        for (entry, wanted) in wanted.values() {
            if there.get(entry).copied().unwrap_or(0) < *wanted {
                return Err(format!("the access log has no entry for {entry:?}").into());
            }
        }
        Ok(())
    }
}

fn passphrases(models: &[&Model]) -> Vec<u64> {
    models.iter().map(|model| model.passphrase).collect()
}
