//! The `vault` binary; the program itself is the library's `cli` room.

fn main() -> std::process::ExitCode {
    vault::cli::run()
}
