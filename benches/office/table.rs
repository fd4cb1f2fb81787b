//! The table of figures, in Markdown.

use std::time::Duration;

/// Durations or sizes of many runs, sorted.
pub struct Many<T>(Vec<T>);

impl<T: Copy + Ord> Many<T> {
    pub fn of(mut all: Vec<T>) -> Self {
        all.sort_unstable();
        Self(all)
    }

    pub fn median(&self) -> T {
        self.0[self.0.len() / 2]
    }

    pub fn max(&self) -> T {
        self.0[self.0.len() - 1]
    }
}

/// A measured figure.
#[derive(Debug, Clone, Copy)]
pub enum Amount {
    Time(Duration),
    Bytes(u64),
    Ratio(f64),
}

impl std::fmt::Display for Amount {
    #[allow(clippy::cast_precision_loss, reason = "three digits are shown")]
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Time(time) if time.as_secs() >= 1 => write!(formatter, "{:.2} s", time.as_secs_f64()),
            Self::Time(time) => write!(formatter, "{:.2} ms", time.as_secs_f64() * 1e3),
            Self::Bytes(bytes) if *bytes >= 1 << 20 => {
                write!(formatter, "{:.1} MiB", *bytes as f64 / f64::from(1 << 20))
            }
            Self::Bytes(bytes) => write!(formatter, "{:.1} KiB", *bytes as f64 / 1024.0),
            Self::Ratio(ratio) => write!(formatter, "{ratio:.2} ×"),
        }
    }
}

impl Amount {
    fn exceeds(self, bound: Self) -> bool {
        match (self, bound) {
            (Self::Time(is), Self::Time(bound)) => is > bound,
            (Self::Bytes(is), Self::Bytes(bound)) => is > bound,
            (Self::Ratio(is), Self::Ratio(bound)) => is > bound,
            _ => false,
        }
    }
}

/// The figures of one size.
pub struct Table {
    /// Whether the wanted figures hold: they are for a million customers.
    bounded: bool,
    lines: Vec<String>,
}

impl Table {
    pub fn new(bounded: bool) -> Self {
        Self { bounded, lines: Vec::new() }
    }

    /// A figure; `wanted` is an upper bound, `note` stands behind what was measured.
    pub fn put(
        &mut self,
        figure: &str,
        wanted: Option<Amount>,
        is: Amount,
        note: &str,
        plain: Option<Amount>,
    ) {
        let wanted = wanted.filter(|_| self.bounded);
        let miss = if wanted.is_some_and(|bound| is.exceeds(bound)) { "**MISS** " } else { "" };
        let wanted = wanted.map_or("–".to_owned(), |bound| format!("≤ {bound}"));
        let plain = plain.map_or("–".to_owned(), |plain| plain.to_string());
        let note = if note.is_empty() { String::new() } else { format!(" ({note})") };
        self.lines.push(format!("| {figure} | {wanted} | {miss}{is}{note} | {plain} |"));
        eprintln!("  {figure}: {miss}{is}{note}; plain SQLite {plain}");
    }

    /// A share that is to be reached; `note` stands behind what was measured.
    pub fn put_least(&mut self, figure: &str, wanted: f64, is: f64, note: &str) {
        let miss = if self.bounded && is < wanted { "**MISS** " } else { "" };
        let (wanted, is) = (wanted * 100.0, is * 100.0);
        self.lines.push(format!("| {figure} | ≥ {wanted:.0} % | {miss}{is:.0} % ({note}) | – |"));
        eprintln!("  {figure}: {miss}{is:.0} % ({note})");
    }

    pub fn print(&self, title: &str) {
        println!("\n### {title}\n\n| figure | wanted | measured | plain SQLite |\n| --- | --- | --- | --- |");
        for line in &self.lines {
            println!("{line}");
        }
    }
}

pub fn ms(milliseconds: u64) -> Amount {
    Amount::Time(Duration::from_millis(milliseconds))
}

pub fn mib(mebibytes: u64) -> Amount {
    Amount::Bytes(mebibytes << 20)
}

pub fn ratio(one: Duration, other: Duration) -> Amount {
    Amount::Ratio(one.as_secs_f64() / other.as_secs_f64())
}
