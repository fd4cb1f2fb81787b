//! Realistic customers of eight countries, always the same for a seed: for benchmarks and tests, which
//! include this file by its path.
//!
//! Names are as unevenly spread as in life (Zipf), streets are many, and e-mail addresses, phones,
//! accounts, cards and personal numbers are each customer's own. A few share name and date of birth.

use std::io::{self, Write};

/// The columns of [`csv`]: the standard fields.
pub const FIELDS: [&str; 12] = [
    "name",
    "email",
    "phone",
    "street",
    "city",
    "postcode",
    "country",
    "birth_date",
    "national_id",
    "iban",
    "card",
    "notes",
];

struct Country {
    name: &'static str,
    code: &'static str,
    /// `#` stands for a digit.
    phone: &'static str,
    postcode: &'static str,
    /// The part of an IBAN after the check digits, if the country has IBANs.
    account: Option<&'static str>,
    /// `*` stands for the street's own name, `#` for the house.
    street: &'static str,
    first: &'static [&'static str],
    last: &'static [&'static str],
    /// Beginnings and ends of rarer surnames, and of streets.
    beginnings: &'static [&'static str],
    ends: &'static [&'static str],
    cities: &'static [&'static str],
}

#[rustfmt::skip]
const COUNTRIES: [Country; 8] = [
    Country {
        name: "Germany", code: "DE", phone: "0##-########", postcode: "#####", account: Some("##################"),
        street: "*straße #",
        first: &["Anna", "Peter", "Jürgen", "Sabine", "Michael", "Ursula", "Jörg", "Käthe", "Lukas", "Leonie", "Thomas", "Heike", "Björn", "Mia", "Günther", "Renate", "Felix", "Emma", "Klaus", "Bärbel", "Stefan", "Frieda", "Uwe", "Hannah"],
        last: &["Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Meyer", "Wagner", "Becker", "Schulz", "Hoffmann", "Schäfer", "Koch", "Bauer", "Richter", "Klein", "Wolf", "Schröder", "Neumann", "Schwarz", "Zimmermann", "Braun", "Krüger", "Hofmann", "Hartmann", "Lange", "Weiß", "Jäger", "Groß", "Böhm", "Köhler"],
        beginnings: &["Linden", "Berg", "Eichen", "Mühl", "Rosen", "Stein", "Garten", "Kirch", "Brunn", "Wald", "Acker", "Sonnen", "Schloß", "Grün", "Birken", "Feld", "Hasel", "Königs", "Neu", "Ritter"],
        ends: &["mann", "bauer", "thal", "hof", "bach", "burg", "berger", "weg", "brück", "wald", "au", "feld"],
        cities: &["Berlin", "Hamburg", "München", "Köln", "Frankfurt am Main", "Stuttgart", "Düsseldorf", "Leipzig", "Bremen", "Nürnberg", "Münster", "Lübeck", "Göttingen", "Würzburg"],
    },
    Country {
        name: "France", code: "FR", phone: "0#.##.##.##.##", postcode: "#####", account: Some("#######################"),
        street: "#, rue de *",
        first: &["Marie", "Jean", "Éloïse", "Pierre", "Chloé", "François", "Camille", "Léa", "Hélène", "Antoine", "Zoé", "René", "Noémie", "Jérôme", "Manon", "Gaëlle", "Luc", "Amélie", "Benoît", "Inès"],
        last: &["Martin", "Bernard", "Thomas", "Petit", "Robert", "Richard", "Durand", "Dubois", "Moreau", "Laurent", "Simon", "Michel", "Lefèvre", "Leroy", "Roux", "David", "Bertrand", "Morel", "Fournier", "Girard", "Bonnet", "Dupont", "Lambert", "Fontaine", "Rousseau", "Garçon", "Mercier", "Boyer", "Guérin", "Noël"],
        beginnings: &["Beau", "Mont", "Cham", "Val", "Roche", "Font", "Clair", "Haute", "Bois", "Saint-", "Grand", "Bel", "Mar", "Vert", "Pré", "Chât", "Vau", "Rivi", "Neuf", "Aub"],
        ends: &["fort", "mont", "court", "ville", "marais", "vallon", "rivage", "pierre", "brune", "lac", "ier", "elle"],
        cities: &["Paris", "Marseille", "Lyon", "Toulouse", "Nice", "Nantes", "Montpellier", "Strasbourg", "Bordeaux", "Lille", "Rennes", "Saint-Étienne", "Besançon", "Orléans"],
    },
    Country {
        name: "Spain", code: "ES", phone: "(9##) ### ###", postcode: "#####", account: Some("####################"),
        street: "C/ *, #",
        first: &["María", "José", "Lucía", "Antonio", "Carmen", "Íñigo", "Begoña", "Javier", "Ángela", "Martín", "Sofía", "Jesús", "Núria", "Raúl", "Inés", "Álvaro", "Paula", "Andrés", "Elena", "Iván"],
        last: &["García", "Rodríguez", "González", "Fernández", "López", "Martínez", "Sánchez", "Pérez", "Gómez", "Martín", "Jiménez", "Ruiz", "Hernández", "Díaz", "Moreno", "Muñoz", "Álvarez", "Romero", "Alonso", "Gutiérrez", "Navarro", "Torres", "Domínguez", "Vázquez", "Ramos", "Gil", "Ramírez", "Serrano", "Núñez", "Peña"],
        beginnings: &["Monte", "Villa", "Campo", "Casta", "Río", "Fuente", "Peña", "Torre", "Valle", "Oliva", "Sierra", "Puerto", "Mira", "Prado", "Santa", "Alba", "Cabre", "Roble", "Arroyo", "Maza"],
        ends: &["negro", "verde", "flores", "nueva", "mayor", "alta", "seca", "real", "rubia", "clara", "ñez", "ra"],
        cities: &["Madrid", "Barcelona", "Valencia", "Sevilla", "Zaragoza", "Málaga", "Murcia", "Bilbao", "Córdoba", "Valladolid", "Vigo", "Gijón", "A Coruña", "Cádiz"],
    },
    Country {
        name: "Sweden", code: "SE", phone: "0##-### ## ###", postcode: "S-### ##", account: Some("####################"),
        street: "*gatan #",
        first: &["Åsa", "Lars", "Anna", "Göran", "Märta", "Erik", "Karin", "Björn", "Elin", "Örjan", "Maja", "Sören", "Ebba", "Nils", "Kerstin", "Håkan", "Linnéa", "Olof"],
        last: &["Andersson", "Johansson", "Karlsson", "Nilsson", "Eriksson", "Larsson", "Olsson", "Persson", "Svensson", "Gustafsson", "Pettersson", "Jonsson", "Jansson", "Hansson", "Bengtsson", "Jönsson", "Lindberg", "Jakobsson", "Magnusson", "Lindström", "Öberg", "Åkesson", "Sjögren", "Söderberg"],
        beginnings: &["Lind", "Berg", "Sjö", "Ek", "Björk", "Gran", "Hög", "Strand", "Söder", "Norr", "Väster", "Öster", "Dal", "Äng", "Ström", "Ceder", "Hägg", "Blom", "Lund", "Sund"],
        ends: &["kvist", "gren", "ström", "blad", "lund", "dahl", "mark", "stedt", "man", "vall", "fors", "borg"],
        cities: &["Stockholm", "Göteborg", "Malmö", "Uppsala", "Västerås", "Örebro", "Linköping", "Helsingborg", "Jönköping", "Norrköping", "Umeå", "Luleå"],
    },
    Country {
        name: "UK", code: "GB", phone: "+44 1### ### ###", postcode: "XX# #XX", account: Some("NWBK##############"),
        street: "# * Road",
        first: &["Olivia", "James", "Siân", "Harry", "Amelia", "Rhys", "Grace", "Oliver", "Zoë", "Thomas", "Chloe", "William", "Niamh", "Hamish", "Charlotte", "Priya", "Mohammed", "Agnes", "Ewan", "Beth"],
        last: &["Smith", "Jones", "Taylor", "Brown", "Williams", "Wilson", "Johnson", "Davies", "Patel", "Robinson", "Wright", "Thompson", "Evans", "Walker", "White", "Roberts", "Green", "Hall", "Wood", "Jackson", "Clarke", "Khan", "O'Neill", "MacDonald", "Hughes", "Edwards", "Begum", "Lewis", "Bennett", "Cooper"],
        beginnings: &["Ash", "Whit", "Brad", "Had", "Thorn", "Pem", "Wood", "Stan", "Lang", "Kings", "Black", "Hol", "Mill", "Green", "North", "Fair", "Hart", "Oak", "Rad", "Elm"],
        ends: &["ford", "ley", "worth", "ton", "field", "by", "combe", "bridge", "well", "brook", "hurst", "croft"],
        cities: &["London", "Birmingham", "Leeds", "Glasgow", "Sheffield", "Manchester", "Edinburgh", "Liverpool", "Bristol", "Cardiff", "Leicester", "Belfast", "York", "Exeter"],
    },
    Country {
        name: "USA", code: "US", phone: "(###) ###-####", postcode: "#####", account: None,
        street: "# * Ave.",
        first: &["James", "Mary", "José", "Patricia", "Robert", "Jennifer", "Michael", "Linda", "DeShawn", "Renée", "David", "Barbara", "Wei", "Sarah", "Daniel", "Guadalupe", "Karen", "Zach", "Emily", "Joshua"],
        last: &["Smith", "Johnson", "Williams", "Brown", "Jones", "Garcia", "Miller", "Davis", "Rodriguez", "Martinez", "Hernandez", "Lopez", "Gonzalez", "Wilson", "Anderson", "Thomas", "Taylor", "Moore", "Jackson", "Martin", "Lee", "Nguyen", "Thompson", "White", "Harris", "Clark", "Lewis", "Robinson", "Young", "King"],
        beginnings: &["Cedar", "Maple", "Lake", "River", "Sun", "Stone", "Pine", "Clear", "Spring", "Eagle", "Red", "Silver", "Summer", "West", "East", "Bear", "Fox", "Willow", "High", "Rock"],
        ends: &["wood", "view", "dale", "land", "ridge", "side", "creek", "grove", "crest", "haven", "man", "son"],
        cities: &["New York", "Los Angeles", "Chicago", "Houston", "Phoenix", "Philadelphia", "San Antonio", "San Diego", "Dallas", "San José", "Austin", "Portland", "Boise", "Albuquerque"],
    },
    Country {
        name: "Italy", code: "IT", phone: "0##-#######", postcode: "#####", account: Some("X######################"),
        street: "Via *, #",
        first: &["Giulia", "Marco", "Niccolò", "Francesca", "Luca", "Chiara", "Andrea", "Sara", "Matteo", "Elena", "Davide", "Alice", "Giosuè", "Martina", "Paolo", "Beatrice", "Simone", "Rosa"],
        last: &["Rossi", "Russo", "Ferrari", "Esposito", "Bianchi", "Romano", "Colombo", "Ricci", "Marino", "Greco", "Bruno", "Gallo", "Conti", "De Luca", "Mancini", "Costa", "Giordano", "Rizzo", "Lombardi", "Moretti", "Barbieri", "Fontana", "Santoro", "D'Angelo", "Caruso", "Ferrara", "Galli", "Martini", "Leone", "Longo"],
        beginnings: &["Monte", "Castel", "Fiore", "Bella", "Val", "Campo", "Sasso", "Rocca", "Pietra", "Serra", "Torre", "Bosco", "Acqua", "Buon", "Passa", "Tagli", "Mala", "Capo", "Ponte", "Fonte"],
        ends: &["vecchi", "franco", "bianco", "rossa", "verde", "ferro", "luce", "mare", "alto", "nuovo", "etti", "ini"],
        cities: &["Roma", "Milano", "Napoli", "Torino", "Palermo", "Genova", "Bologna", "Firenze", "Bari", "Catania", "Venezia", "Forlì", "Cantù", "L'Aquila"],
    },
    Country {
        name: "Poland", code: "PL", phone: "+48 ### ### ###", postcode: "##-###", account: Some("########################"),
        street: "ul. * #",
        first: &["Anna", "Piotr", "Małgorzata", "Krzysztof", "Agnieszka", "Łukasz", "Zofia", "Michał", "Żaneta", "Paweł", "Joanna", "Grażyna", "Tomasz", "Świętosława", "Marek", "Elżbieta", "Wojciech", "Ewa"],
        last: &["Nowak", "Kowalski", "Wiśniewski", "Wójcik", "Kowalczyk", "Kamiński", "Lewandowski", "Zieliński", "Szymański", "Woźniak", "Dąbrowski", "Kozłowski", "Jankowski", "Mazur", "Kwiatkowski", "Krawczyk", "Kaczmarek", "Piotrowski", "Grabowski", "Zając", "Pawłowski", "Król", "Michalski", "Wróbel"],
        beginnings: &["Brzoz", "Lip", "Dęb", "Sosn", "Kwiat", "Zamk", "Mazur", "Górn", "Wod", "Las", "Jesion", "Słoń", "Kamien", "Młyn", "Rzecz", "Cis", "Jarzęb", "Krak", "Star", "Wierzb"],
        ends: &["owska", "iński", "owa", "ny", "ecki", "ański", "ewicz", "ak", "ów", "iak", "yński", "arz"],
        cities: &["Warszawa", "Kraków", "Łódź", "Wrocław", "Poznań", "Gdańsk", "Szczecin", "Bydgoszcz", "Lublin", "Białystok", "Toruń", "Rzeszów"],
    },
];

const NOTES: [&str; 16] = [
    "Prefers to be called in the morning.",
    "Asked for the invoice on paper.",
    "Moved last year; the old address is no longer valid.",
    "Pays by bank transfer within a week.",
    "Came by recommendation of a neighbour.",
    "Wants no advertising of any kind.",
    "Speaks French and a little English.",
    "The doorbell does not work, please knock.",
    "Complained about a late delivery; settled with a voucher.",
    "Sends her son to pick up what she ordered.",
    "Interested in the spring collection.",
    "Deliveries only on Thursdays after four.",
    "Holds a loyalty card since the shop opened.",
    "Guarantee for the repair runs until next summer.",
    "Agreed by telephone to a yearly reminder.",
    "Allergic to nuts, which the kitchen must know.",
];

/// `SplitMix64` (Steele, Lea, Flood 2014).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.roll() % bound
    }

    fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(from.len() as u64)).unwrap_or(0)]
    }

    /// The first is about twice as frequent as the second, thrice as the third, and so on.
    fn pick_zipf<T: Copy>(&mut self, from: &[T]) -> T {
        let weights = || (1..=from.len() as u64).map(|rank| 1_000_000 / rank);
        let mut left = self.below(weights().sum());
        let place = weights().position(|weight| {
            let here = left < weight;
            left = left.saturating_sub(weight);
            here
        });
        from[place.unwrap_or(0)]
    }

    /// Fills the `#` of a pattern: the last ones with `own`, so that no two customers' are alike, and
    /// those before by chance; `X` becomes a letter.
    fn fill(&mut self, pattern: &str, mut own: u64) -> String {
        let backwards = pattern.chars().rev().map(|sign| match sign {
            '#' => {
                let digit = if own > 0 { own % 10 } else { 1 + self.below(9) };
                own /= 10;
                char::from(b'0' + u8::try_from(digit).unwrap_or(0))
            }
            'X' => self.pick(&['A', 'B', 'C', 'E', 'G', 'H', 'K', 'L', 'M', 'P', 'R', 'S', 'W', 'Z']),
            other => other,
        });
        backwards.collect::<Vec<_>>().into_iter().rev().collect()
    }
}

/// The customer of that index: pairs of a standard field and its value, 200 to 250 bytes of values on
/// average. Different below an index of ten millions.
pub fn customer(index: u64, seed: u64) -> Vec<(&'static str, String)> {
    let mut dice = Dice(seed ^ index.wrapping_mul(0xD134_2543_DE82_EF95));
    let country = dice.pick_zipf(&COUNTRIES.each_ref());
    // 48,271 has no divisor in common with 10⁷: every index has its own seven digits.
    let own = 10_000_000 + index * 48_271 % 10_000_000;
    let first = dice.pick_zipf(country.first);
    let rare = |dice: &mut Dice| format!("{}{}", dice.pick(country.beginnings), dice.pick(country.ends));
    let last = if dice.percent(60) { dice.pick_zipf(country.last).to_owned() } else { rare(&mut dice) };
    let host = dice.pick(&["example.org", "example.com", "example.net", "mail.example.org"]);
    let house = dice.below(140) + 1;
    let way = rare(&mut dice);
    let mut values = vec![("name", format!("{first} {last}"))];
    if dice.percent(85) {
        values.push(("email", format!("{}.{}{index}@{host}", ascii(first), ascii(&last))));
    }
    if dice.percent(90) {
        values.push(("phone", dice.fill(country.phone, own % 10_000_000 + 10_000_000)));
    }
    values.push(("street", country.street.replace('*', &way).replace('#', &house.to_string())));
    values.push(("city", dice.pick_zipf(country.cities).to_owned()));
    values.push(("postcode", dice.fill(country.postcode, 0)));
    values.push(("country", country.name.to_owned()));
    if dice.percent(60) {
        let (year, month, day) = (1930 + dice.below(77), 1 + dice.below(12), 1 + dice.below(28));
        values.push(("birth_date", format!("{year}-{month:02}-{day:02}")));
    }
    if dice.percent(30) {
        values.push(("national_id", national_id(&mut dice, country.code, own - 10_000_000)));
    }
    if let Some(account) = country.account.filter(|_| dice.percent(55)) {
        values.push(("iban", iban(country.code, &dice.fill(account, own))));
    }
    if dice.percent(25) {
        values.push(("card", card(&dice.fill("4##############", own))));
    }
    if dice.percent(80) {
        let sentences: Vec<_> = (0..2 + dice.below(3)).map(|_| dice.pick(&NOTES)).collect();
        values.push(("notes", sentences.join(" ")));
    }
    values
}

/// Writes a CSV file of the first `count` customers, header included.
pub fn csv(count: u64, seed: u64, to: &mut impl Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(to);
    writer.write_record(FIELDS)?;
    for index in 0..count {
        let values = customer(index, seed);
        let cell =
            |field: &&str| values.iter().find(|(name, _)| name == field).map_or("", |(_, value)| value);
        writer.write_record(FIELDS.iter().map(cell))?;
    }
    writer.flush()
}

/// Small Latin letters of a name, for an e-mail address.
fn ascii(name: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    let letters = name.nfkd().flat_map(char::to_lowercase).filter_map(|c| match c {
        'ł' => Some('l'),
        'ß' => Some('s'),
        'a'..='z' => Some(c),
        _ => None,
    });
    letters.collect()
}

/// A personal number of that country that fits its rules; of seven digits `own`, each has its own.
fn national_id(dice: &mut Dice, country: &str, own: u64) -> String {
    let fits = |number: &String| vault::identifier::national::check(country, number).is_ok();
    let (serial, days) = (own % 1_000, own / 1_000);
    let (day, month, year) = (1 + days % 28, 1 + days / 28 % 12, 50 + days / 336);
    let digit = 1 + dice.below(9);
    let checked = |body: String| (0..10).map(|check| format!("{body}{check}")).find(fits);
    let lettered = |body: String| ('A'..='Z').map(|check| format!("{body}{check}")).find(fits);
    let number = match country {
        "DE" => checked(ten_of_nine_digits(own)),
        "FR" => {
            let body = format!("{} {year} {month:02} {:02} {serial:03} {day:03}", 1 + digit % 2, 10 * digit);
            (1..=97).map(|check| format!("{body} {check:02}")).find(fits)
        }
        "ES" => lettered(format!("{digit}{own:07}-")),
        "SE" => checked(format!("{year}{month:02}{day:02}-{serial:03}")),
        "IT" => {
            let name = dice.fill("XXXXXX", 0);
            let month = ["A", "B", "C", "D", "E", "H", "L", "M", "P", "R", "S", "T"]
                [usize::try_from(month - 1).unwrap_or(0)];
            lettered(format!("{name}{year}{month}{day:02}H{serial:03}"))
        }
        "PL" => checked(format!("{year}{month:02}{day:02}{serial:03}{digit}")),
        "US" => {
            let area = 101 + 11 * dice.below(50) + own / 989_901;
            Some(format!("{area}-{:02}-{:04}", 1 + own % 99, 1 + own / 99 % 9_999))
        }
        // Of some nine digits the tenth would be a ten.
        _ => (40..50).find_map(|begin| {
            checked(format!("{begin}{} {:03} {:03}", own / 1_000_000, days % 1_000, serial))
        }),
    };
    number.unwrap_or_default()
}

/// Ten digits without 0, one of them twice: a different order for each number below ten millions.
fn ten_of_nine_digits(own: u64) -> String {
    let index = |number: u64| usize::try_from(number).unwrap_or(0);
    let (twice, rank) = (1 + own % 9, own / 9);
    let mut left: Vec<u64> = (1..=9).filter(|digit| *digit != twice).collect();
    let mut order = rank / 45;
    let mut digits = Vec::new();
    while !left.is_empty() {
        let count = left.len() as u64;
        digits.push(left.remove(index(order % count)));
        order /= count;
    }
    let pairs = (0..10).flat_map(|second| (0..second).map(move |first| (first, second)));
    if let Some((first, second)) = pairs.clone().nth(index(rank % 45)) {
        digits.insert(first, twice);
        digits.insert(second, twice);
    }
    digits.iter().map(u64::to_string).collect()
}

fn iban(country: &str, account: &str) -> String {
    let remainder = format!("{account}{country}00").bytes().fold(0, |sum: u32, byte| match byte {
        b'0'..=b'9' => (sum * 10 + u32::from(byte - b'0')) % 97,
        _ => (sum * 100 + u32::from(byte - b'A') + 10) % 97,
    });
    format!("{country}{:02}{account}", 98 - remainder)
}

fn card(digits: &str) -> String {
    let doubled = digits.bytes().rev().zip([true, false].into_iter().cycle());
    let sum: u32 = doubled
        .map(|(digit, doubled)| match u32::from(digit - b'0') * if doubled { 2 } else { 1 } {
            large if large > 9 => large - 9,
            small => small,
        })
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}
