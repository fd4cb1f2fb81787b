//! Small repeatable random numbers, and choices by them.

/// `SplitMix64` (Steele, Lea, Flood 2014): the same for a seed.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.roll() % bound
    }

    /// Both ends included.
    pub fn within(&mut self, first: u64, last: u64) -> u64 {
        first + self.below(last - first + 1)
    }

    pub fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(from.len() as u64)).unwrap_or(0)]
    }

    /// Of a pattern: `#` becomes a digit, `^` one that is not 0, `@` a letter, `~` a hexadecimal digit, `*` a letter
    /// or digit.
    pub fn fill(&mut self, pattern: &str) -> String {
        let consonants = b"BCDFGHJKLMNPRSTVWXZ";
        let one = |dice: &mut Self, from: &[u8]| char::from(dice.pick(from));
        pattern
            .chars()
            .map(|sign| match sign {
                '#' => one(self, b"0123456789"),
                '^' => one(self, b"123456789"),
                '@' => one(self, consonants),
                '~' => one(self, b"0123456789abcdef"),
                '*' => one(self, b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"),
                other => other,
            })
            .collect()
    }
}
