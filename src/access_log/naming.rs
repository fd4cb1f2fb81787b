//! TEMPORARY
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Makes {
    Record(u64),
    Generation(u64),
    Roster(u64),
}
impl Makes {
    pub fn of(detail: &str) -> impl Iterator<Item = Self> + '_ {
        let head = detail.split("; records").next().unwrap_or_default();
        head.split([';', ',']).filter_map(|part| {
            let (what, number) = part.trim().split_once(' ')?;
            let number = number.parse().ok()?;
            match what {
                "record" => Some(Self::Record(number)),
                "generation" => Some(Self::Generation(number)),
                "roster" => Some(Self::Roster(number)),
                _ => None,
            }
        })
    }
}
pub fn taken_in(detail: &str) -> impl Iterator<Item = (u64, u64)> + '_ {
    let list = detail.split_once("; records ").map_or("", |(_, list)| list);
    list.split(' ').filter_map(|pair| {
        let (a, b) = pair.split_once('=')?;
        Some((a.parse().ok()?, b.parse().ok()?))
    })
}
