//! The kinds that `--only` names.

use crate::group::field::edit_distance;
use crate::redact::kind::Kind;

/// What `--help` says of `--only`: all of them.
pub(super) fn help() -> String {
    format!("Look for these kinds alone: {}", ids().join(", "))
}

/// The kind of that name. Of one that there is not, the error says which is nearest, and where all are listed.
pub(super) fn named(text: &str) -> Result<Kind, String> {
    let wanted = text.to_lowercase();
    Kind::named(&wanted).ok_or_else(|| {
        let what = "there is no such kind; --help lists all";
        let near = nearest(&wanted).map(|near| format!("\n\n  tip: did you mean {}?", near.id));
        format!("{what}{}", near.unwrap_or_default())
    })
}

fn ids() -> Vec<&'static str> {
    Kind::all().iter().map(|kind| kind.id).collect()
}

/// The kind that is called nearly so, or that replacements show so.
fn nearest(wanted: &str) -> Option<Kind> {
    let all = Kind::all();
    let shown = all.iter().find(|kind| kind.shown.to_lowercase() == wanted).copied();
    let near = || {
        let distances = all.iter().map(|kind| (edit_distance(wanted, kind.id), *kind));
        let near = distances.filter(|(distance, kind)| *distance <= 2 && distance * 3 <= kind.id.len());
        near.min_by_key(|(distance, _)| *distance).map(|(_, kind)| kind)
    };
    shown.or_else(near)
}
