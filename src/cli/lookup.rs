//! `vault lookup`

/// Find customers by code or by words.
///
/// Words are matched against the searchable fields of every group that you may open; the last word may
/// be the beginning of one. One hit shows the whole card, several a table.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault lookup 4T-7K3M-Q9TD\n  vault lookup lindqvist lund --reveal iban --reason \"refund 118\""
)]
pub struct LookupArgs {
    /// A customer code, or words in any order and case; asked for when left out.
    pub query: Vec<String>,
    /// Only this group.
    #[arg(long, value_name = "G")]
    pub group: Option<String>,
    /// Whole words only, and accents count.
    #[arg(long)]
    pub exact: bool,
    /// The most hits to show.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: u32,
    /// Sensitive fields to show; logged.
    #[arg(long, value_name = "F,F", value_delimiter = ',', requires = "reason")]
    pub reveal: Vec<String>,
    /// Why they are shown; logged.
    #[arg(long, value_name = "TEXT", requires = "reveal")]
    pub reason: Option<String>,
    /// One JSON object a hit.
    #[arg(long)]
    pub json: bool,
}
