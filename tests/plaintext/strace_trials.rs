//! The parser on lines that strace wrote, and on lines that it must not take.

use libtest_mimic::Trial;

use super::canary::{Canaries, Canary, Kind};
use super::keys::is_key_file;
use super::strace::{Descriptor, NotUnderstood, read};

/// All of them.
pub fn all() -> Vec<Trial> {
    let trials: [(&str, fn()); 7] = [
        ("a_write_is_read_exactly", a_write_is_read_exactly),
        ("buffers_in_a_row_are_all_read", buffers_in_a_row_are_all_read),
        ("paths_and_flags_are_read", paths_and_flags_are_read),
        ("signals_and_ends_are_no_calls", signals_and_ends_are_no_calls),
        ("what_is_cut_off_or_unread_is_an_error", what_is_cut_off_or_unread_is_an_error),
        (
            "a_secret_is_found_in_every_form_and_chance_is_not",
            a_secret_is_found_in_every_form_and_chance_is_not,
        ),
        ("key_files_are_known_by_their_place", key_files_are_known_by_their_place),
    ];
    trials
        .into_iter()
        .map(|(name, trial)| {
            Trial::test(name, move || {
                trial();
                Ok(())
            })
        })
        .collect()
}

fn a_write_is_read_exactly() {
    let line = r#"pwrite64(4<\x2f\x61\x20\x62>, "\x00\x22\x2c\x29\xff", 5, 4096) = 5"#;
    let call = read(line).unwrap().unwrap();
    assert_eq!((call.name, call.arguments.len(), call.result), ("pwrite64", 4, "5"));
    assert_eq!(call.descriptor(0), Some(Descriptor { number: Some(4), path: "/a b".into() }));
    assert_eq!(call.written().unwrap(), [b"\x00\",)\xff"]);
    let pipe = read(r#"write(1<pipe:[8837]>, "\x61", 1)      = -1 EPIPE (Broken pipe)"#).unwrap().unwrap();
    assert_eq!(pipe.descriptor(0).unwrap().path.to_str(), Some("pipe:[8837]"));
    assert!(!pipe.succeeded());
}

fn buffers_in_a_row_are_all_read() {
    let line = r#"writev(3<\x2f\x61>, [{iov_base="\x61\x62", iov_len=2}, {iov_base="", iov_len=0}], 2) = 2"#;
    let call = read(line).unwrap().unwrap();
    assert_eq!(call.written().unwrap().concat(), b"ab");
    assert_eq!(call.arguments.len(), 3);
}

fn paths_and_flags_are_read() {
    let line = concat!(
        r#"openat(AT_FDCWD<\x2f\x68>, "\x61", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3<\x2f\x68\x2f\x61>"#,
        "(deleted)"
    );
    let call = read(line).unwrap().unwrap();
    assert_eq!(call.opened().unwrap().path.to_str(), Some("/h/a"));
    assert_eq!(call.path(1, "/elsewhere".as_ref()).unwrap().to_str(), Some("/h/a"));
    assert!(call.has_flag("O_CREAT") && !call.has_flag("O_RDWR") && call.succeeded());
    let line =
        r"mmap(NULL, 8192, PROT_READ, MAP_PRIVATE|MAP_HUGETLB|21<<MAP_HUGE_SHIFT, 3<\x2f\x61>, 0) = 0x7f91";
    assert_eq!(read(line).unwrap().unwrap().descriptor(4).unwrap().path.to_str(), Some("/a"));
    let line = r#"execve("\x61", ["\x61", "\x62\x2c"], 0x562d /* 35 vars, all unset) */) = 0"#;
    assert_eq!(read(line).unwrap().unwrap().strings().unwrap(), [&b"a"[..], b"a", b"b,"]);
    let line = r#"rename("\x61", "\x2f\x62") = 0"#;
    assert_eq!(read(line).unwrap().unwrap().path(1, "/h".as_ref()).unwrap().to_str(), Some("/b"));
}

fn signals_and_ends_are_no_calls() {
    for line in [
        "--- SIGWINCH {si_signo=SIGWINCH, si_code=SI_KERNEL} ---",
        "+++ exited with 0 +++",
        "+++ killed by SIGKILL +++",
        "",
    ] {
        assert_eq!(read(line), Ok(None));
    }
}

fn what_is_cut_off_or_unread_is_an_error() {
    let written = |line: &'static str| read(line).map(|call| call.unwrap().written());
    assert!(matches!(written(r#"write(3, "\x61"..., 900) = 900"#), Ok(Err(NotUnderstood::CutOff(_)))));
    assert!(matches!(written(r#"write(3, "a", 1) = 1"#), Ok(Err(NotUnderstood::Letters(_)))));
    assert!(matches!(written(r#"write(3, "\x6", 1) = 1"#), Ok(Err(NotUnderstood::Letters(_)))));
    assert!(matches!(written("write(3, 0x7ffe0, 900) = 900"), Ok(Err(NotUnderstood::Unread(_)))));
    let vectors = "writev(3, [{iov_base=0x7ffe0, iov_len=2}], 1) = 2";
    assert!(matches!(written(vectors), Ok(Err(NotUnderstood::Unread(_)))));
    for line in [r#"write(3, "\x61", 1"#, "write(3", "strace: Process 12 attached", r#"write(3, "\x61) = 1"#]
    {
        assert!(matches!(read(line), Err(NotUnderstood::Form(_))), "{line}");
    }
}

fn a_secret_is_found_in_every_form_and_chance_is_not() {
    let canaries = Canaries::new(vec![Canary::new(Kind::Shown, "words", "atlas-bagel-cone-drift")]);
    let found = |text: &[u8]| canaries.find(text).into_iter().map(|found| found.form).next();
    assert_eq!(found(b"..atlas-bagel-c.."), Some("plain"));
    assert_eq!(found(b"..ATLAS-BAGEL-C.."), Some("plain"));
    assert_eq!(found(b"..atlasbagelcon.."), Some("plain"));
    assert_eq!(found(b"..tfird-enoc-le.."), Some("reversed"));
    assert_eq!(found(b"..atlas-bagel-"), Some("plain"));
    assert_eq!(found(b"..atlas-bagel"), None);
    assert_eq!(found(b"cone drift bagel atlas"), None);
    let noise: Vec<u8> =
        (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 16 & 0xff) as u8).collect();
    assert_eq!(found(&noise), None);
}

fn key_files_are_known_by_their_place() {
    let is = |path: &str| is_key_file(path.as_ref());
    assert!(is("/s/staff/olga.1.age") && is("/s/log/keys/1/olga.age") && is("/s/groups/g/keys/2/olga.age"));
    assert!(!is("/s/groups/g/base.2.age") && !is("/s/roster.jsonl") && !is("/s/log/2026-11.jsonl"));
}
