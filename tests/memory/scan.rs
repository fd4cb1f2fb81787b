//! Looking for secrets in the memory of a process, as the kernel shows it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;

use aho_corasick::{AhoCorasick, MatchKind};
use rustix::process::Pid;

use crate::secrets::Secret;

/// Mappings that belong to the kernel, and can't be read so.
const KERNELS: [&str; 4] = ["[vvar]", "[vvar_vclock]", "[vsyscall]", "[vdso]"];
/// How mappings that are locked into memory are called here.
pub const LOCKED: &str = "locked memory";
/// Begins every age identity; followed by 58 of its digits, it is one: whosever, and from wherever.
const IDENTITY: &[u8] = b"AGE-SECRET-KEY-1";

/// One mapping's bytes.
pub struct Mapping {
    name: String,
    start: u64,
    bytes: Vec<u8>,
}

/// Every mapping of a process that can be read.
pub fn memory_of(process: Pid) -> io::Result<Vec<Mapping>> {
    let process = process.as_raw_nonzero();
    let maps = fs::read_to_string(format!("/proc/{process}/smaps"))?;
    let memory = File::open(format!("/proc/{process}/mem"))?;
    let mut mappings = Vec::new();
    // Of each mapping: the line that `maps` has too, lines of figures, and last its flags.
    for lines in maps.lines().collect::<Vec<_>>().split_inclusive(|line| line.starts_with("VmFlags:")) {
        let words: Vec<&str> = lines[0].split_whitespace().collect();
        let locked = lines.last().unwrap().split(' ').any(|flag| flag == "lo");
        let name = if locked { LOCKED } else { words.get(5).copied().unwrap_or("anonymous") };
        if !words[1].starts_with('r') || KERNELS.contains(&name) {
            continue;
        }
        let (start, end) = words[0].split_once('-').unwrap();
        let [start, end] = [start, end].map(|address| u64::from_str_radix(address, 16).unwrap());
        let mut bytes = vec![0; usize::try_from(end - start).unwrap()];
        memory.read_exact_at(&mut bytes, start)?;
        mappings.push(Mapping { name: name.to_owned(), start, bytes });
    }
    assert!(mappings.iter().any(|mapping| mapping.name == "[stack]"), "its stack was looked at");
    assert!(mappings.iter().any(|mapping| mapping.name == "[heap]"), "its heap was looked at");
    Ok(mappings)
}

/// Secrets, ready to be looked for.
pub struct Sought {
    automaton: AhoCorasick,
    /// Of each pattern, the secret's name and the encoding.
    names: Vec<(String, &'static str)>,
    /// The pattern that is no secret by itself.
    identity: usize,
}

/// What was found: of each secret and encoding, where.
#[derive(Debug, Default)]
pub struct Found(BTreeMap<(String, &'static str), Vec<String>>);

impl Sought {
    pub fn new(secrets: Vec<Secret>) -> Self {
        let (mut patterns, mut names) = (Vec::new(), Vec::new());
        for secret in secrets {
            for (encoding, pattern) in secret.needles() {
                patterns.push(pattern);
                names.push((secret.name.clone(), encoding));
            }
        }
        let identity = patterns.len();
        patterns.push(IDENTITY.to_vec());
        names.push(("an identity".to_owned(), "as it is"));
        let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(patterns).unwrap();
        Self { automaton, names, identity }
    }

    pub fn find(&self, memory: &[Mapping]) -> Found {
        let mut found = Found::default();
        for mapping in memory {
            for hit in self.automaton.find_overlapping_iter(&mapping.bytes) {
                let pattern = hit.pattern().as_usize();
                let follows = mapping.bytes[hit.end()..].iter().take(58);
                let is_key = follows.filter(|byte| byte.is_ascii_alphanumeric()).count() == 58;
                if pattern != self.identity || is_key {
                    let place = format!("{}+{:#x}", mapping.name, hit.start());
                    let address = mapping.start + hit.start() as u64;
                    found
                        .0
                        .entry(self.names[pattern].clone())
                        .or_default()
                        .push(format!("{place} ({address:#x})"));
                }
            }
        }
        found
    }
}

impl Found {
    /// Whether a secret of that name was.
    pub fn any(&self, name: &str) -> bool {
        self.0.keys().any(|(secret, _)| secret == name)
    }

    /// What was found elsewhere than in locked memory.
    pub fn not_locked(mut self) -> Self {
        self.0.values_mut().for_each(|places| places.retain(|place| !place.starts_with(LOCKED)));
        self.0.retain(|_, places| !places.is_empty());
        self
    }

    /// Fails if anything was.
    pub fn none(&self, when: &str) {
        let lines = self.0.iter().map(|((secret, encoding), places)| {
            let some = &places[..places.len().min(4)];
            format!("{secret}, {encoding}: {} times, as at {}\n", places.len(), some.join(", "))
        });
        assert!(self.0.is_empty(), "{when} there was in memory:\n{}", lines.collect::<String>());
    }
}

/// The scanner itself: what can't be recognised is never found.
pub fn recognises_every_encoding() {
    let text = "Zpfu qwmx vbnr tykd";
    let key: Vec<u8> = (100..132).collect();
    for (secret, is_text) in [(Secret::text("t", text), true), (Secret::binary("t", &key), false)] {
        let sought = Sought::new(vec![secret]);
        let bytes = if is_text { text.as_bytes() } else { &key[..] };
        let mut forms = vec![
            bytes.to_vec(),
            data_encoding::HEXLOWER.encode(bytes).into_bytes(),
            data_encoding::HEXUPPER.encode(bytes).into_bytes(),
            bytes[3..18].to_vec(),
        ];
        for before in 0..4 {
            let around = [&vec![7; before][..], bytes, b"after"].concat();
            forms.push(data_encoding::BASE64.encode(&around).into_bytes());
            forms.push(data_encoding::BASE64URL.encode(&around).into_bytes());
        }
        if is_text {
            forms.push(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
            forms.push(text.to_uppercase().into_bytes());
        }
        for form in forms {
            let bytes = [&b"before "[..], &form, b" after"].concat();
            let memory = [Mapping { name: "made up".to_owned(), start: 0, bytes }];
            assert!(sought.find(&memory).any("t"), "{:?}", String::from_utf8_lossy(&form));
        }
        let bytes = [b"AGE-SECRET-KEY-1 ".as_slice(), &bytes[..9]].concat();
        sought.find(&[Mapping { name: "made up".to_owned(), start: 0, bytes }]).none("in other text");
        let bytes = format!("AGE-SECRET-KEY-1{}", "Q".repeat(58)).into_bytes();
        let memory = [Mapping { name: "made up".to_owned(), start: 0, bytes }];
        assert!(sought.find(&memory).any("an identity"));
    }
}
