//! What an office does to a record when its time comes: hold, review, erasure.

use vault::access_log::Action;
use vault::group::code::CustomerCode;
use vault::sealed::lock::Mode;

use super::deeds::Act;
use super::model::Model;
use super::{Failure, RETAIL, TrialOffice};

/// The customer to whom it happens.
fn first(model: &Model) -> String {
    model.groups[RETAIL].cities.keys().next().unwrap().clone()
}

/// The one who is held: not whom documents are attached to, which could then not be removed.
fn last(model: &Model) -> String {
    model.groups[RETAIL].cities.keys().next_back().unwrap().clone()
}

pub fn one_less(model: &mut Model, _: u64) {
    let code = first(model);
    model.retail().cities.remove(&code);
    model.retail().marks.retain(|mark| !mark.starts_with(&code));
    model.retail().documents.retain(|document, _| !document.starts_with(&code));
    model.log(Action::Erase, code);
}

pub fn erase(act: &mut Act<'_>) -> Result<(), Failure> {
    let code = CustomerCode::parse(&first(act.before))?;
    let session = act.at_work()?;
    let group = TrialOffice::group(&session, RETAIL, Mode::Exclusive)?;
    let now = session.surroundings().clock.now();
    let erased = group.erase(&[code], "asked for", session.log(), now, &|_, _| ())?;
    // Erased it is; only an answer without a word about what is left means every byte.
    act.answer();
    Ok(erased.left?)
}

/// Held, or released if they are.
pub fn held_or_not(model: &mut Model, _: u64) {
    let code = last(model);
    let mark = format!("{code} held");
    if !model.retail().marks.remove(&mark) {
        model.retail().marks.insert(mark);
    }
    model.log(Action::Hold, code);
}

pub fn hold(act: &mut Act<'_>) -> Result<(), Failure> {
    let code = CustomerCode::parse(&last(act.before))?;
    let session = act.at_work()?;
    let mut group = TrialOffice::group(&session, RETAIL, Mode::Exclusive)?;
    if act.before.groups[RETAIL].marks.contains(&format!("{code} held")) {
        group.release(code, session.log())?;
    } else {
        group.hold(code, "a dispute", session.log(), session.surroundings().clock.now())?;
    }
    Ok(())
}

pub fn one_reviewed(model: &mut Model, _: u64) {
    let code = first(model);
    model.retail().marks.insert(format!("{code} reviewed"));
    model.log(Action::Review, code);
}

pub fn review(act: &mut Act<'_>) -> Result<(), Failure> {
    let code = CustomerCode::parse(&first(act.before))?;
    let session = act.at_work()?;
    let mut group = TrialOffice::group(&session, RETAIL, Mode::Exclusive)?;
    group.reviewed(code, session.log(), session.surroundings().clock.now())?;
    Ok(())
}
