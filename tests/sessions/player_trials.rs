//! The player of transcripts, tried on transcripts that should fail as well as on some that should not.

use std::time::Duration;

use libtest_mimic::Trial;

use crate::PATIENCE;
use crate::support::player::play;

/// A transcript of one console block, which begins in line 4.
fn transcript(block: &str) -> String {
    format!("# Trial\n\n```console\n{block}\n```\n")
}

fn console(block: &str) -> Result<(), String> {
    play(&transcript(block), PATIENCE)
}

fn fails(block: &str, saying: &str) {
    let wrong = play(&transcript(block), Duration::from_secs(2)).expect_err(block);
    assert!(wrong.contains(saying), "{wrong}");
}

fn trial(name: &'static str, check: fn()) -> Trial {
    Trial::test(format!("player::{name}"), move || {
        check();
        Ok(())
    })
}

pub(crate) fn all() -> Vec<Trial> {
    vec![
        trial("a_wrong_line_fails_and_both_lines_are_shown", || {
            fails("$ echo one; echo two\none\nthree", "-   6 | three\n  +     | two");
        }),
        trial("stray_output_fails", || {
            fails("$ echo stray", "stdout:");
            fails("$ echo stray >&2", "stderr:");
            fails("$ echo stray > /dev/tty", "terminal:");
        }),
        trial("missing_output_fails", || fails("$ true\nhello", "-   5 | hello")),
        trial("a_wrong_exit_code_fails", || {
            fails("$ exit 3", "exit 0 was expected, and it was exit 3");
            fails("$ true\n[exit 1]", "it was exit 0");
            fails("$ kill -9 $$\n[exit 137]", "death by signal 9");
        }),
        trial("streams_are_told_apart", || {
            console("$ echo o; echo e >&2; echo t > /dev/tty; exit 2\no\nerr| e\ntty| t\n[exit 2]").unwrap();
            console("$ [screen] echo o; echo e >&2\no\ne").unwrap();
        }),
        trial("stdin_is_what_is_given", || {
            console("$ cat\nin| one\nin|\nin| two\none\n\ntwo").unwrap();
            console("$ test -t 0; echo $?\n0").unwrap();
        }),
        trial("wildcards_stand_for_parts_and_for_lines", || {
            console("$ seq 1 9; date\n1\n2\n...\n9\n[..]:[..]").unwrap();
            fails("$ echo a; echo b\na[..]b", "stdout");
        }),
        trial("a_value_is_the_same_ever_after", || {
            console("$ echo code 7-Q\ncode ⟨code⟩\n$ echo ⟨code⟩\n7-Q").unwrap();
            console("$ echo 7 and 7\n⟨n⟩ and ⟨n⟩").unwrap();
            fails("$ echo 7 and 8\n⟨n⟩ and ⟨n⟩", "stdout");
            fails("$ echo 7\n⟨n⟩\n$ echo 8\n⟨n⟩", "-   7 | 7");
        }),
        trial("what_is_typed_is_shown_or_hidden_as_it_says", || {
            let ask = "$ stty -echo; printf 'Secret: '; read x; stty echo; echo; echo $x\n";
            fails(&format!("{ask}tty| Secret: ⟨hidden: s3⟩\ns3"), "does not get this far");
            let ask = "$ [screen] stty -echo; printf 'Secret: '; read x; stty echo; echo; echo $x\n";
            console(&format!("{ask}Secret: ⟨hidden: s3⟩\ns3")).unwrap();
            fails(&format!("{ask}Secret: ⟨types: s3⟩\ns3"), "does not echo");
            let ask = "$ [screen] printf 'Name: '; read x; echo $x\n";
            console(&format!("{ask}Name: ⟨types: Zoë⟩\nZoë")).unwrap();
            fails(&format!("{ask}Name: ⟨hidden: Zoë⟩\nZoë"), "echoes");
        }),
        trial("a_command_line_is_a_terminal_to_type_at", || {
            let block = "$ command-line\n\
                         tty| olga> ⟨types: lookup Zoë⟩\n\"lookup Zoë\"\n\
                         tty| olga> ⟨types: unlock⟩\ntty| Passphrase: ⟨hidden: s3cret⟩\n\"s3cret\"\n\
                         tty| olga> ⟨keys: half⟩⟨ctrl-c⟩\ninterrupted\n\
                         tty| olga> ⟨up⟩⟨up⟩lookup Zoë⟨enter⟩\n\"lookup Zoë\"\n\
                         tty| olga> ⟨types: clear⟩\ntty| ⟨cleared⟩Cleared.\n\
                         tty| olga> ⟨ctrl-d⟩\n\
                         err| vault: error: the input ended at a prompt, so nothing was done\n[exit 1]";
            console(block).unwrap();
            fails(&block.replace("Zoë⟨enter⟩", "Zoe⟨enter⟩"), "does not get this far");
        }),
        trial("a_secret_that_a_program_echoes_by_itself_is_found", || {
            let block = "$ command-line\ntty| olga> ⟨hidden: s3cret⟩\n\"s3cret\"\ntty| olga> ⟨types: exit⟩";
            fails(block, "olga> s3cret");
            let block = "$ command-line idle=60000 passphrase\ntty| ? ⟨hidden: s3⟩\n\"s3\"\n\
                         tty| olga> ⟨types: exit⟩";
            console(block).unwrap();
            fails(&block.replace("hidden", "types"), "does not get this far");
        }),
        trial("two_terminals_take_turns", || {
            let block = "$ [anna] printf 'Go? ' > /dev/tty; read x; cat note\ntty| Go?\n\
                         $ [ben] echo ben was here > note\n\
                         $ [anna] (goes on)\ntty| Go? ⟨types: yes⟩\nben was here\n\
                         $ rm note";
            console(block).unwrap();
            fails(&block.replace("tty| Go?\n", "tty| Stay?\n"), "does not get this far");
        }),
        trial("a_file_that_nobody_named_is_found", || {
            fails("$ echo x > stray.txt", "left behind: stray.txt");
            play(
                "```file a/b.csv\nx\n```\n```console\n$ cat a/b.csv; echo y > c\nx\n```\n```leaves\nc\n```\n",
                PATIENCE,
            )
            .unwrap();
        }),
        trial("a_block_that_means_nothing_is_refused", || {
            assert!(play("```consloe\n$ false\n```\n", PATIENCE).is_err());
            assert!(play("```console\n$ true\n", PATIENCE).is_err());
        }),
    ]
}
