//! Arguments that ask for help or that can't be understood, answered in the program's own form.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::environment::Environment;
use super::error::{CommandError, Kind};
use super::output::ColourChoice;

/// Shows the help or the error, and gives the exit code.
pub(super) fn answer(mut stopped: clap::Error, arguments: &[OsString], environment: &Environment) -> u8 {
    // What follows --set may be a customer's: it is not repeated.
    if stopped.kind() == ErrorKind::ValueValidation && names_set(&stopped) {
        stopped.insert(ContextKind::InvalidValue, ContextValue::String("…".to_owned()));
    }
    let colour = wanted_colour(arguments);
    match stopped.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let stdout = io::stdout();
            let text = styled(&stopped, colour.decorates(stdout.is_terminal(), environment));
            match stdout.lock().write_all(text.as_bytes()).and_then(|()| stdout.lock().flush()) {
                Ok(()) => 0,
                Err(error) => {
                    CommandError::from(super::output::OutputError::from(error)).report(colour, environment)
                }
            }
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let stderr = io::stderr();
            let text = styled(&stopped, colour.decorates(stderr.is_terminal(), environment));
            // Nobody is left to tell when stderr is closed.
            let _ = stderr.lock().write_all(text.as_bytes());
            Kind::Usage.exit_code()
        }
        kind => usage_error(&stopped.render().to_string(), kind).report(colour, environment),
    }
}

/// `vault help lookup` is understood as `vault lookup --help`.
pub(super) fn help_asked_in_words(mut arguments: Vec<OsString>) -> Vec<OsString> {
    if arguments.get(1).is_some_and(|first| first == "help") {
        arguments.remove(1);
        arguments.push("--help".into());
    }
    arguments
}

/// `--color` among arguments that were not understood, or that ask for help.
fn wanted_colour(arguments: &[OsString]) -> ColourChoice {
    let texts: Vec<&str> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
    let apart = texts.windows(2).find(|pair| pair[0] == "--color").map(|pair| pair[1]);
    let joined = || texts.iter().find_map(|text| text.strip_prefix("--color="));
    apart.or_else(joined).and_then(|when| ColourChoice::from_str(when, false).ok()).unwrap_or_default()
}

fn names_set(stopped: &clap::Error) -> bool {
    matches!(stopped.get(ContextKind::InvalidArg),
        Some(ContextValue::String(argument)) if argument.starts_with("--set"))
}

fn styled(stopped: &clap::Error, decorated: bool) -> String {
    let rendered = stopped.render();
    if decorated { rendered.ansi().to_string() } else { rendered.to_string() }
}

/// clap writes an error in paragraphs: what is wrong (more lines belong to it, indented), `tip:`
/// lines, `Usage:`, and where to find more.
fn usage_error(rendered: &str, kind: ErrorKind) -> CommandError {
    let mut message = String::new();
    let mut hints = Vec::new();
    for line in rendered.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(what) = line.strip_prefix("error: ") {
            message.push_str(what);
        } else if let Some(tip) = line.strip_prefix("tip: ") {
            hints.push(tip.to_owned());
        } else if let Some(usage) = line.strip_prefix("Usage: ") {
            hints.push(format!("usage: {usage}"));
        } else if line.starts_with("For more information") {
            // After a command that there is not, --help would only be the same mistake again.
            let unknown = kind == ErrorKind::InvalidSubcommand;
            hints.push(
                if unknown { "--help in its place lists the commands" } else { "for more, add --help" }
                    .to_owned(),
            );
        } else {
            message.push(' ');
            message.push_str(line);
        }
    }
    hints.into_iter().fold(CommandError::new(Kind::Usage, message), CommandError::hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_heeded_even_when_the_rest_is_not_understood() {
        let wanted = |text: &str| wanted_colour(&text.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert_eq!(wanted("vault --color never --bogus"), ColourChoice::Never);
        assert_eq!(wanted("vault --help --color=always"), ColourChoice::Always);
        assert_eq!(wanted("vault --color purple"), ColourChoice::Auto);
    }

    #[test]
    fn help_may_be_asked_for_in_words() {
        let asked = |text: &str| {
            help_asked_in_words(text.split(' ').map(OsString::from).collect()).join(" ".as_ref())
        };
        assert_eq!(asked("vault help"), "vault --help");
        assert_eq!(asked("vault help group create"), "vault group create --help");
        assert_eq!(asked("vault lookup help"), "vault lookup help");
    }

    #[test]
    fn claps_paragraphs_become_an_error_and_hints() {
        let rendered = "error: the following required arguments were not provided:\n  <GROUP>\n  <FILE>\n\n\
                        Usage: vault import <GROUP> <FILE>\n\nFor more information, try '--help'.\n";
        assert_eq!(
            usage_error(rendered, ErrorKind::MissingRequiredArgument).render(false),
            "vault: error: the following required arguments were not provided: <GROUP> <FILE>\n\
             vault: hint: usage: vault import <GROUP> <FILE>\nvault: hint: for more, add --help\n"
        );
    }
}
