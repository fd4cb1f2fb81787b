//! `vault history`

/// Show what one customer's record was before, change by change.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault history 4T-7K3M-Q9TD\n  vault history 4T-7K3M-Q9TD --reveal iban --reason \"complaint 7\""
)]
pub struct HistoryArgs {
    /// The customer code.
    pub code: String,
    /// Sensitive fields to show; logged.
    #[arg(long, value_name = "F,F", value_delimiter = ',', requires = "reason")]
    pub reveal: Vec<String>,
    /// Why they are shown; logged.
    #[arg(long, value_name = "T", requires = "reveal")]
    pub reason: Option<String>,
    /// One JSON object a change.
    #[arg(long)]
    pub json: bool,
}
