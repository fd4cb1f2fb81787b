//! One target in a process of its own: the loop that makes inputs and tries them, and the bounds that one
//! input is held to. Whoever started the process finds the last input in a file, however it ended.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit};
use rustix::time::{ClockId, clock_gettime};

use super::coverage::Coverage;
use super::random::Random;
use super::{Target, Verdict, mutator, seeds};

/// What an input may take of the processor, and so much more for each of its bytes. Far more than is needed
/// in an unoptimised build, far less than anything takes that grows with the square of 64 KiB.
const TIME: Duration = Duration::from_millis(300);
const TIME_A_BYTE: Duration = Duration::from_micros(10);
/// After so long an input hangs.
const HANGS: Duration = Duration::from_secs(20);
/// The address space of the process: a length that an input only claims must not be allocated.
const MEMORY: u64 = 2 << 30;
/// The file in which the input stands that is being tried, its length before it.
pub const CURRENT: &str = "current";
/// What the line begins with that says how an input failed.
pub const FAILED: &str = "failed: ";

/// The last panic's words.
static PANIC: Mutex<String> = Mutex::new(String::new());
/// When the input that is being tried began, in milliseconds since the process did; 0 when none is.
static BEGUN: AtomicU64 = AtomicU64::new(0);

/// Bounds the process.
fn prepare() {
    let limit = Rlimit { current: Some(MEMORY), maximum: Some(MEMORY) };
    rustix::process::setrlimit(Resource::As, limit).unwrap();
    let no_core = Rlimit { current: Some(0), maximum: Some(0) };
    rustix::process::setrlimit(Resource::Core, no_core).unwrap();
    panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        let payload = panic.payload();
        let words = payload.downcast_ref::<&str>().map(ToString::to_string);
        let words = words.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
        *PANIC.lock().unwrap() = format!("panicked at {location}: {words}");
    }));
    let start = Instant::now();
    std::thread::spawn(move || {
        let (mut watched, mut since) = (0, Instant::now());
        loop {
            std::thread::sleep(Duration::from_millis(100));
            let now = BEGUN.load(Ordering::Relaxed);
            if now != watched || now == 0 {
                (watched, since) = (now, Instant::now());
            } else if since.elapsed() > HANGS {
                println!("{FAILED}it hangs: more than {HANGS:?}, {:?} after the start", start.elapsed());
                std::process::exit(1);
            }
        }
    });
}

/// Tries one input. Words say how it failed.
fn attempt(target: &Target, input: &[u8], number: u64) -> Result<Verdict, String> {
    let allowed = TIME + TIME_A_BYTE * u32::try_from(input.len()).unwrap_or(u32::MAX);
    let mut least = Duration::MAX;
    // A machine that is busy makes an input slow once, not three times.
    for _ in 0..3 {
        BEGUN.store(number + 1, Ordering::Relaxed);
        Coverage::begin();
        let before = processor_time();
        let tried = panic::catch_unwind(AssertUnwindSafe(|| (target.check)(input)));
        least = least.min(processor_time().saturating_sub(before));
        BEGUN.store(0, Ordering::Relaxed);
        let verdict = tried.map_err(|_| PANIC.lock().unwrap().clone())?;
        if least <= allowed {
            return Ok(verdict);
        }
    }
    Err(format!("it is slow: {} bytes take more than {allowed:?}", input.len()))
}

/// What this thread has taken of the processor.
pub fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Tries a file's contents once.
pub fn replay(target: &Target, file: &Path) -> ExitCode {
    prepare();
    let input = std::fs::read(file).unwrap();
    match attempt(target, &input, 0) {
        Ok(verdict) => {
            println!("{verdict:?}");
            ExitCode::SUCCESS
        }
        Err(words) => {
            println!("{FAILED}{words}");
            ExitCode::FAILURE
        }
    }
}

/// All seeds, and then what is made of them, for so long.
pub fn play(target: &Target, scratch: &Path, time: Duration, seed: u64) -> ExitCode {
    prepare();
    let mut play = Play {
        target,
        current: File::create(scratch.join(CURRENT)).unwrap(),
        coverage: Coverage::default(),
        kept: Vec::new(),
        tried: 0,
        taken: 0,
    };
    let mut random = Random::new(seed);
    match play.run(time, &mut random) {
        Ok(words) => {
            println!("{words}");
            ExitCode::SUCCESS
        }
        Err(words) => {
            println!("{FAILED}{words}");
            ExitCode::FAILURE
        }
    }
}

struct Play<'a> {
    target: &'a Target,
    current: File,
    coverage: Coverage,
    /// Seeds, and inputs that reached something new.
    kept: Vec<Vec<u8>>,
    tried: u64,
    taken: u64,
}

impl Play<'_> {
    fn run(&mut self, time: Duration, random: &mut Random) -> Result<String, String> {
        let seeds = seeds::all(self.target);
        assert!(!seeds.is_empty(), "{} has no seeds", self.target.name);
        for seed in &seeds {
            self.attempt(seed)?;
            self.kept.push(seed.clone());
        }
        let (seeded, taken) = (self.coverage.reached(), self.taken);
        let start = Instant::now();
        while start.elapsed() < time {
            let input = self.next(random);
            if self.attempt(&input)? {
                self.kept.push(input);
            }
        }
        let seconds = start.elapsed().as_secs_f64();
        let mutated = self.tried - seeds.len() as u64;
        #[allow(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = mutated as f64 / seconds.max(0.001);
        let what = if Coverage::COUNTS { "branches" } else { "verdicts" };
        Ok(format!(
            "{} seeds ({taken} taken), {mutated} inputs ({} taken) in {seconds:.1} s, {rate:.0} a second; \
             {what} {seeded} -> {}, {} inputs kept",
            seeds.len(),
            self.taken - taken,
            self.coverage.reached(),
            self.kept.len(),
        ))
    }

    /// Whether it reached anything new.
    fn attempt(&mut self, input: &[u8]) -> Result<bool, String> {
        let mut noted = (input.len() as u64).to_le_bytes().to_vec();
        noted.extend_from_slice(input);
        self.current.write_all_at(&noted, 0).unwrap();
        self.tried += 1;
        let verdict = attempt(self.target, input, self.tried)?;
        self.taken += u64::from(!matches!(verdict, Verdict::Refused(_)));
        Ok(self.coverage.take(&verdict))
    }

    fn next(&self, random: &mut Random) -> Vec<u8> {
        // Half of the time one of the newest, which may lead further.
        let newest = self.kept.len().div_ceil(4);
        let from = if random.once_in(2) { self.kept.len() - newest } else { 0 };
        let parent = random.pick(&self.kept[from..]);
        let input = mutator::mutated(parent, &self.kept, self.target.words, self.target.longest, random);
        match self.target.mend {
            Some(mend) if !random.once_in(4) => mend(&input, random),
            _ => input,
        }
    }
}
