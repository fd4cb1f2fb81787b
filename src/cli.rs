//! The command line: one file a command, the terminal, the output, exit codes.
//!
//! [`run`] plays the process's own arguments; [`run_with`] is the same with surroundings of the
//! caller's making, and the way in for tests.

pub mod add;
pub mod agreement;
pub mod backup;
mod bar;
pub mod checkpoint;
mod circumstances;
pub mod completions;
mod confine;
mod customer;
pub mod disclose;
pub mod doctor;
pub mod document;
pub mod edit;
pub mod environment;
pub mod erase;
pub mod error;
pub mod export;
mod folders;
mod form;
mod given;
pub mod group;
pub mod history;
pub mod hold;
pub mod import;
pub mod init;
pub mod intake;
pub mod inventory;
pub mod log;
pub mod lookup;
pub mod man;
mod named;
pub mod new_passphrase;
mod out_file;
pub mod output;
pub mod passphrase;
pub mod passwd;
pub mod policy;
mod precautions;
pub mod recover;
pub mod redact;
mod rekeying;
pub mod review;
pub mod shell;
pub mod staff;
pub mod status;
pub mod terminal;
pub mod text;
mod unlock;
mod usage;
pub mod values;
pub mod verify;

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

use self::environment::Environment;
use self::error::CommandError;
use self::output::{ColourChoice, Output, Progress};
use crate::machine;
use crate::machine::sandbox::{self, Allowed, Confinement};
use crate::surroundings::Surroundings;

/// Keep an office's customer records sealed, on a machine that no network reaches.
#[derive(Debug, Parser)]
#[command(name = "vault", version, disable_help_subcommand = true)]
#[command(after_help = "Examples:\n  vault init --owner olga\n  vault lookup anna lindqvist")]
pub struct Vault {
    #[command(flatten)]
    everywhere: Everywhere,
    #[command(subcommand)]
    command: Command,
}

/// The flags that every command takes.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Everywhere")]
pub struct Everywhere {
    /// The store's folder [default: `VAULT_STORE`, else vault in your data folder].
    #[arg(long, global = true, value_name = "DIR")]
    pub store: Option<PathBuf>,
    /// Who you are [default: `VAULT_AS`, else your login name, else the only one enrolled].
    #[arg(long = "as", global = true, value_name = "NAME")]
    pub staff: Option<String>,
    /// One `label: value` a line, without boxes, bars or clearing.
    #[arg(long, global = true)]
    pub plain: bool,
    /// Decorate the output: auto, always or never.
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value_t,
        hide_possible_values = true
    )]
    pub color: ColourChoice,
    /// How long to wait when another process holds a lock.
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = environment::PATIENCE.as_secs())]
    pub wait: u64,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::InitArgs),
    Status(status::StatusArgs),
    Doctor(doctor::DoctorArgs),
    /// Make, list and describe customer groups.
    #[command(subcommand)]
    Group(group::GroupCommand),
    /// Show or set what the store's owners decided.
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// Enrol people, say what they may open, record screenings, let them go.
    #[command(subcommand)]
    Staff(staff::StaffCommand),
    Add(add::AddArgs),
    Lookup(lookup::LookupArgs),
    Edit(edit::EditArgs),
    History(history::HistoryArgs),
    Erase(erase::EraseArgs),
    Hold(hold::HoldArgs),
    Review(review::ReviewArgs),
    /// Attach documents to a customer, list them, take them out, remove them.
    #[command(subcommand)]
    Document(document::DocumentCommand),
    Import(import::ImportArgs),
    Export(export::ExportArgs),
    Disclose(disclose::DiscloseArgs),
    Inventory(inventory::InventoryArgs),
    /// Take in what others seal for a group.
    #[command(subcommand)]
    Intake(intake::IntakeCommand),
    Redact(redact::RedactArgs),
    Checkpoint(checkpoint::CheckpointArgs),
    Verify(verify::VerifyArgs),
    Passphrase(passphrase::PassphraseArgs),
    /// The confidentiality agreement that everybody signs.
    #[command(subcommand)]
    Agreement(agreement::AgreementCommand),
    /// Show, export, check and sum up who did what, when, to which customer.
    #[command(subcommand)]
    Log(log::LogCommand),
    /// Keep snapshots on media, prove that they restore, and restore them.
    #[command(subcommand)]
    Backup(backup::BackupCommand),
    Passwd(passwd::PasswdArgs),
    Recover(recover::RecoverArgs),
    Shell(shell::ShellArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

/// What a command is given besides its own arguments.
pub struct Context {
    /// The flags of every command.
    pub everywhere: Everywhere,
    /// The process's variables.
    pub environment: Environment,
    /// Disk, clock, randomness; the patience is that of `--wait`.
    pub surroundings: Surroundings,
    /// What the kernel refuses this process.
    confinement: Confinement,
    /// In a shell: whoever is unlocked.
    held: Option<unlock::Held>,
}

impl Context {
    /// The store's folder.
    pub fn store_folder(&self) -> Result<PathBuf, CommandError> {
        self.environment.store_folder(self.everywhere.store.as_deref())
    }

    /// Who acts, if `--as` or `VAULT_AS` says so.
    pub fn staff(&self) -> Option<String> {
        self.environment.staff(self.everywhere.staff.as_deref())
    }

    /// Standard output, for a command with or without `--json`.
    pub fn output(&self, json: bool) -> Output {
        Output::stdout(json, self.everywhere.plain, self.everywhere.color, &self.environment)
    }

    /// A progress bar for `total` steps, where one may be shown.
    pub fn progress(&self, what: &'static str, total: u64) -> Progress {
        let quiet = self.everywhere.plain || self.environment.dumb_terminal();
        Progress::begin(what, total, quiet)
    }

    /// Says on stderr what was done.
    pub fn say(&self, what: &str) {
        output::tell(&format!("vault: {}\n", text::visible(what)));
    }

    /// Says on stderr what the person should know, and what stopped nothing.
    pub fn warn(&self, what: &str) {
        let decorated = self.everywhere.color.decorates(io::stderr().is_terminal(), &self.environment);
        let warning = if decorated { "\u{1b}[1;33mwarning:\u{1b}[0m" } else { "warning:" };
        output::tell(&format!("vault: {warning} {}\n", text::visible(what)));
    }
}

/// Runs the program on the process's own arguments, environment, terminal and machine.
pub fn run() -> ExitCode {
    run_with(std::env::args_os(), &Environment::of_process(), Environment::surroundings)
}

/// Runs the program. `surround` makes the surroundings, once the arguments are understood. The process is
/// confined for good: it is the caller's last act.
pub fn run_with(
    arguments: impl IntoIterator<Item = OsString>,
    environment: &Environment,
    surround: impl FnOnce(&Environment) -> Result<Surroundings, CommandError>,
) -> ExitCode {
    run_confined(arguments, environment, surround, sandbox::confine)
}

/// The same where `confining` confines the process, or can't.
pub fn run_confined(
    arguments: impl IntoIterator<Item = OsString>,
    environment: &Environment,
    surround: impl FnOnce(&Environment) -> Result<Surroundings, CommandError>,
    confining: impl FnOnce(&Allowed) -> Confinement,
) -> ExitCode {
    machine::keep_memory_off_the_disk();
    let arguments = usage::help_asked_in_words(arguments.into_iter().collect());
    let vault = match Vault::try_parse_from(&arguments) {
        Ok(vault) => vault,
        Err(stopped) => return ExitCode::from(usage::answer(stopped, &arguments, environment)),
    };
    let colour = vault.everywhere.color;
    let done = surround(environment).and_then(|mut surroundings| {
        surroundings.patience = Duration::from_secs(vault.everywhere.wait);
        let store = environment.store_folder(vault.everywhere.store.as_deref());
        // Whoever needs a store and has none is told so by the command.
        let store = store.as_deref().ok();
        // Before any thread, and before anything secret is typed.
        let confinement = confining(&confine::allowed(&vault.command, store, &surroundings));
        let context = Context {
            everywhere: vault.everywhere,
            environment: environment.clone(),
            surroundings,
            confinement,
            held: None,
        };
        dispatch(vault.command, &context)
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => ExitCode::from(error.report(colour, environment)),
    }
}

fn dispatch(command: Command, context: &Context) -> Result<(), CommandError> {
    match command {
        Command::Init(arguments) => arguments.run(context),
        Command::Status(arguments) => arguments.run(context),
        Command::Doctor(arguments) => arguments.run(context),
        Command::Group(command) => command.run(context),
        Command::Policy(command) => command.run(context),
        Command::Staff(command) => command.run(context),
        Command::Add(arguments) => arguments.run(context),
        Command::Lookup(arguments) => arguments.run(context),
        Command::Edit(arguments) => arguments.run(context),
        Command::History(arguments) => arguments.run(context),
        Command::Erase(arguments) => arguments.run(context),
        Command::Hold(arguments) => arguments.run(context),
        Command::Review(arguments) => arguments.run(context),
        Command::Document(command) => command.run(context),
        Command::Import(arguments) => arguments.run(context),
        Command::Export(arguments) => arguments.run(context),
        Command::Disclose(arguments) => arguments.run(context),
        Command::Inventory(arguments) => arguments.run(context),
        Command::Intake(command) => command.run(context),
        Command::Redact(arguments) => arguments.run(context),
        Command::Checkpoint(arguments) => arguments.run(context),
        Command::Verify(arguments) => arguments.run(context),
        Command::Passphrase(arguments) => arguments.run(context),
        Command::Agreement(command) => command.run(context),
        Command::Log(command) => command.run(context),
        Command::Backup(command) => command.run(context),
        Command::Passwd(arguments) => arguments.run(context),
        Command::Recover(arguments) => arguments.run(context),
        Command::Shell(arguments) => arguments.run(context),
        Command::Completions(arguments) => arguments.run(context),
        Command::Man(arguments) => arguments.run(),
    }
}

#[cfg(test)]
mod tests;
