//! Bytes as a terminal sends them: decoded into keys, and the keys pressed on a line.

use vault::cli::terminal::History;
use vault::cli::terminal::editor::Editor;
use vault::cli::terminal::keys::{Decoder, Key};
use vault::cli::text::is_unsafe;

use crate::engine::{Target, Verdict, seeds};

pub const TARGET: Target = Target {
    name: "keys",
    longest: 4 * 1024,
    words: &[
        "\u{1b}[A",
        "\u{1b}[B",
        "\u{1b}[C",
        "\u{1b}[D",
        "\u{1b}[H",
        "\u{1b}[F",
        "\u{1b}[3~",
        "\u{1b}[1;5C",
        "\u{1b}[1;5D",
        "\u{1b}[200~",
        "\u{1b}[201~",
        "\u{1b}OA",
        "\u{1b}Od",
        "\u{1b}[[A",
        "\u{1b}]0;title\u{7}",
        "\u{1b}P1$r\u{1b}\\",
        "\u{1b}b",
        "\u{1b}f",
        "\u{1b}\u{7f}",
        "\u{1}",
        "\u{2}",
        "\u{3}",
        "\u{4}",
        "\u{5}",
        "\u{6}",
        "\u{8}",
        "\u{b}",
        "\u{c}",
        "\u{e}",
        "\u{10}",
        "\u{15}",
        "\u{17}",
        "\r",
        "\t",
        "é",
        "e\u{301}",
        "東京",
        "😀",
        "👩\u{200d}👩\u{200d}👧",
        "\u{301}",
        "\u{85}",
    ],
    seeds: seeds::none,
    mend: None,
    check,
};

fn check(input: &[u8]) -> Verdict {
    let (mut decoder, mut editor, mut history) = (Decoder::default(), Editor::new(), History::default());
    let mut pressed = 0;
    for byte in input {
        let Some(key) = decoder.key(*byte) else { continue };
        pressed += 1;
        if let Key::Character(character) = key {
            assert!(character == '\t' || !character.is_control(), "{character:?} is no text");
        }
        match key {
            Key::Enter => {
                history.keep(editor.text());
                editor = Editor::new();
            }
            Key::Interrupt => editor = Editor::new(),
            key => editor.press(key, &history),
        }
        let (text, cursor) = (editor.text(), editor.cursor());
        assert!(text.is_char_boundary(cursor), "the cursor stands at {cursor} in {text:?}");
        assert!(text.len() <= 8 * 1024);
        assert!(!text.contains(is_unsafe), "{text:?}");
    }
    assert!(pressed <= input.len());
    // Whatever came before, Ctrl-C is heard: at once, or after what a sequence or character still wants.
    let heard = [3; 3].iter().any(|byte| decoder.key(*byte) == Some(Key::Interrupt));
    assert!(heard, "Ctrl-C is not heard");
    let text = std::str::from_utf8(input);
    if text.is_ok() {
        assert!(!decoder.saw_no_text() || input.contains(&0x1b), "text was taken for none");
    }
    if decoder.saw_no_text() { Verdict::refused(&"no text") } else { Verdict::Taken }
}
