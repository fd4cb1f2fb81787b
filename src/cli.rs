//! The command line.

/// Runs the program on the process's own arguments and terminal.
pub fn run() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
