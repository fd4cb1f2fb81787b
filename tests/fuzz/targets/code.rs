//! Customer codes as they are typed.

use vault::group::code::CustomerCode;

use crate::engine::{Target, Verdict, seeds};

pub const TARGET: Target = Target {
    name: "code",
    longest: 64,
    words: &["-", " ", "O", "I", "l", "u", "0", "Z", "4T-7K3M-Q9TD", "\u{a0}", "\u{ff14}"],
    seeds: || seeds::of_vectors("customer code"),
    mend: None,
    check,
};

fn check(input: &[u8]) -> Verdict {
    let Ok(text) = std::str::from_utf8(input) else { return Verdict::refused(&"no text") };
    let code = match CustomerCode::parse(text) {
        Ok(code) => code,
        Err(error) => return Verdict::refused(&error),
    };
    let printed = code.to_string();
    assert_eq!(printed.parse(), Ok(code), "what is printed is read again");
    assert_eq!(printed.len(), 12);
    assert!(printed.starts_with(&code.prefix().to_string()));
    // It is the only code within one slip of the pen: a wrong character, or two neighbours swapped.
    let symbols: Vec<u8> = printed.bytes().filter(|symbol| *symbol != b'-').collect();
    for place in 0..symbols.len() {
        for symbol in b"0123456789ABCDEFGHJKMNPQRSTVWXYZ" {
            let mut slip = symbols.clone();
            slip[place] = *symbol;
            let slip = String::from_utf8(slip).unwrap();
            assert!(
                CustomerCode::parse(&slip).is_ok() == (*symbol == symbols[place]),
                "{slip} is {printed} too"
            );
        }
        if place > 0 && symbols[place - 1] != symbols[place] {
            let mut slip = symbols.clone();
            slip.swap(place - 1, place);
            assert!(CustomerCode::parse(&String::from_utf8(slip).unwrap()).is_err(), "{printed}");
        }
    }
    Verdict::Taken
}
