//! The doctor's judgement, where no machine is needed for it.

use jiff::Timestamp;

use super::machine::{Own, checks_below, sandbox};
use super::store::{clock_against, owners_check, policy, precaution};
use super::*;
use crate::machine::clock::Trace;
use crate::machine::core_dumps::CoreDumps;
use crate::machine::sandbox::{Calls, Confinement, Files};
use crate::store::roster::Policy;
use crate::store::{Precaution, Strictness};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn only_what_is_well_has_no_next_step() {
    let json = |check: &Check| serde_json::to_string(check).unwrap();
    assert_eq!(
        json(&Check::ok("swap", "none")),
        r#"{"check":"swap","state":"ok","found":"none","advice":null}"#
    );
    assert_eq!(
        json(&Check::advice("swap", "plain", "encrypt it")),
        r#"{"check":"swap","state":"advice","found":"plain","advice":"encrypt it"}"#
    );
    let unknown = Check::unknown("swap", "untold", "ask");
    assert_eq!(
        (unknown.state(), unknown.what_to_do(), unknown.has_advice()),
        ("unknown", Some("ask"), false)
    );
}

#[test]
fn a_clock_that_went_back_is_told_with_both_times() {
    let log = Trace { what: "log/2026-12.jsonl".to_owned(), at: at("2026-12-01T00:00:00Z") };
    let early = clock_against(at("2026-11-20T08:15:00Z"), vec![Trace::program(), log.clone()]);
    assert_eq!(
        early.found(),
        "it shows 2026-11-20 08:15 UTC, and log/2026-12.jsonl is of 2026-12-01 00:00 UTC"
    );
    assert!(early.has_advice());
    assert!(!clock_against(at("2026-12-01T00:00:00Z"), vec![log]).has_advice());
}

#[test]
fn a_backup_is_well_until_the_policys_days_are_over() {
    let check = |now| {
        let backup = Precaution::new(Some(at("2026-11-20T08:00:00Z")), 1);
        precaution("backup", &backup, at(now), "make one")
    };
    assert_eq!(check("2026-11-21T20:00:00Z"), Check::ok("backup", "yesterday"));
    let overdue = Check::advice("backup", "2 days ago; the policy asks for one every day", "make one");
    assert_eq!(check("2026-11-22T08:00:00Z"), overdue);
}

#[test]
fn a_policy_that_opens_up_is_told_with_the_way_back() {
    assert!(!policy(&Policy::default()).has_advice());
    let open = Policy { network: Strictness::Warn, sandbox: Strictness::Warn, ..Policy::default() };
    let check = policy(&open);
    assert_eq!(check.found(), "it only warns: network=warn sandbox=warn");
    let advice = "an owner makes it strict again: `vault policy set network=refuse sandbox=refuse`";
    assert_eq!(check.what_to_do(), Some(advice));
}

#[test]
fn one_owner_without_a_sheet_is_one_too_few() {
    assert!(owners_check(&["olga"], false).has_advice());
    assert!(!owners_check(&["olga"], true).has_advice());
    assert!(!owners_check(&["olga", "anna"], false).has_advice());
}

#[test]
fn what_to_do_is_drawn_below_what_was_found() {
    let rows = drawn(&[Check::ok("swap", "none"), Check::advice("umask", "open", "close it")]);
    assert_eq!(rows, [["swap", "ok", "none"], ["umask", "advice", "open"], ["", "", "→ close it"]]);
}

/// A process for which the kernel does nothing.
fn own() -> Own {
    let old = || "an old kernel".to_owned();
    Own {
        confinement: Confinement { calls: Calls::Open(old()), files: Files::Open(old()) },
        unlocked: Some(old()),
        dumps: CoreDumps { limited: true, undumpable: false },
    }
}

#[test]
fn keys_that_can_be_swapped_out_or_dumped_are_told() {
    let told = |unlocked: Option<&str>, undumpable| {
        let dumps = CoreDumps { limited: true, undumpable };
        let own = Own { unlocked: unlocked.map(str::to_owned), dumps, ..own() };
        let checks = checks_below(std::path::Path::new("/nowhere"), 1 << 28, &own);
        let check = checks.into_iter().find(|check| check.id() == "keys").unwrap();
        (check.state(), check.found().to_owned())
    };
    assert_eq!(told(None, true).0, "ok");
    assert_eq!(told(Some("no room"), true), ("advice", "keys can't be kept out of swap: no room".into()));
    assert_eq!(told(None, false).0, "advice");
}

#[test]
fn an_older_kernel_confines_what_it_can_and_one_that_cannot_is_told() {
    let told = |calls, files| {
        let check = sandbox(&Confinement { calls, files });
        (check.state(), check.found().to_owned())
    };
    let old = || "an old kernel".to_owned();
    assert_eq!(told(Calls::Refused, Files::Refused).0, "ok");
    assert_eq!(told(Calls::Refused, Files::Partly).0, "ok");
    let (state, found) = told(Calls::Refused, Files::Open(old()));
    assert_eq!((state, found.ends_with("other files are not: an old kernel")), ("advice", true), "{found}");
    let (state, found) = told(Calls::Open(old()), Files::Refused);
    assert_eq!(
        (state, found.starts_with("nothing keeps this program from networks")),
        ("advice", true),
        "{found}"
    );
}

#[test]
fn a_machine_that_tells_nothing_counts_as_networked_and_is_unknown_otherwise() {
    let nothing = tempfile::tempdir().unwrap();
    let checks = checks_below(nothing.path(), 1 << 28, &own());
    let states: Vec<_> = checks.iter().map(|check| (check.id(), check.state())).collect();
    let expected = [
        ("network", "advice"),
        ("swap", "unknown"),
        ("hibernation", "unknown"),
        ("core_dumps", "unknown"),
        ("keys", "advice"),
        ("umask", "unknown"),
        ("memory", "unknown"),
        ("limits", "unknown"),
        ("sandbox", "advice"),
    ];
    assert_eq!(states, expected);
    assert!(checks.iter().all(|check| check.what_to_do().is_some_and(|advice| !advice.is_empty())));
}

#[test]
fn limits_that_are_too_narrow_for_an_unlock_are_told_one_by_one() {
    let machine = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = machine.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let found = || {
        let checks = checks_below(machine.path(), 1 << 28, &own());
        checks.into_iter().find(|check| check.id() == "limits").unwrap().found().to_owned()
    };
    write("proc/self/limits", "Max address space  536870912  unlimited\n");
    write("proc/self/cgroup", "0::/desk\n");
    write("sys/fs/cgroup/desk/memory.max", "268435456\n");
    assert_eq!(found(), "this account may have the memory that it needs");
    write("proc/self/limits", "Max address space  268435456  unlimited\n");
    write("sys/fs/cgroup/desk/memory.max", "134217728\n");
    assert_eq!(
        found(),
        "memory that a program of this account may reserve: 256.00 MiB, and 512.00 MiB are needed; memory that this \
         session may use: 128.00 MiB, and 256.00 MiB are needed"
    );
}
