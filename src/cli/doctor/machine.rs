//! What the machine is asked: networks, what memory is written to, limits, the sandbox.

use std::path::Path;

use indicatif::HumanBytes;

use super::check::Check;
use crate::cli::Context;
use crate::cli::error::{CommandError, Kind};
use crate::machine::core_dumps::{self, CoreDumps};
use crate::machine::crashes::{Dumped, dumped};
use crate::machine::limits::{self, Limits};
use crate::machine::locked;
use crate::machine::memory;
use crate::machine::network::networks;
use crate::machine::sandbox::{Calls, Confinement, Files};
use crate::machine::swap::{Kept, hibernation, swaps};
use crate::machine::told::Untold;
use crate::machine::umask::umask;
use crate::store::Store;

/// Bytes that the program may reserve besides what scrypt needs: its text, its threads' stacks and heaps.
const PROGRAM: u64 = 256 * 1024 * 1024;

/// Looks at the machine. What the store's identities cost tells the memory that it needs.
pub(super) fn checks(context: &Context, store: Option<&Store>) -> Vec<Check> {
    let surroundings = &context.surroundings;
    let dearest = store.and_then(Store::dearest_work_factor);
    let need = dearest.unwrap_or(surroundings.work_factor).memory();
    let own = Own {
        confinement: context.confinement.clone(),
        unlocked: locked::unlocked_because().map(|error| error.to_string()),
        dumps: core_dumps::state(),
    };
    checks_below(&surroundings.system_root, need, &own)
}

/// What the kernel does for this very process, as it does for every command's.
pub(super) struct Own {
    pub confinement: Confinement,
    /// Why its keys can't be kept out of swap, if they can't.
    pub unlocked: Option<String>,
    pub dumps: CoreDumps,
}

/// The same of a machine whose unlocks need `need` bytes of memory.
pub(super) fn checks_below(root: &Path, need: u64, own: &Own) -> Vec<Check> {
    vec![
        network(root),
        swap(root),
        hibernating(root),
        crashes(root),
        keys(own),
        new_files(root),
        enough_memory(root, need),
        enough_allowed(root, need),
        sandbox(&own.confinement),
    ]
}

/// A check of what the kernel does not tell.
fn untold(id: &'static str, error: &Untold) -> Check {
    let found = format!("cannot be told: {}", with_causes(error));
    Check::unknown(id, found, "ask whoever set up this machine about it")
}

/// An error with its causes, in one line.
pub(super) fn with_causes(error: &dyn std::error::Error) -> String {
    CommandError::of(Kind::Failed, error).message().to_owned()
}

fn network(root: &Path) -> Check {
    let id = "network";
    let (found, trouble) = networks(root);
    let mut found: Vec<String> = found.iter().map(ToString::to_string).collect();
    if let Some(trouble) = trouble {
        found.push(format!(
            "what else there is cannot be told, and counts as a network: {}",
            with_causes(&trouble)
        ));
    }
    if found.is_empty() {
        return Check::ok(id, "no network reaches this machine");
    }
    let advice = "pull the network cable out, switch wireless and phone links off, and look again";
    Check::advice(id, found.join("; "), advice)
}

fn swap(root: &Path) -> Check {
    let id = "swap";
    let swaps = match swaps(root) {
        Ok(swaps) => swaps,
        Err(error) => return untold(id, &error),
    };
    let names = |kept: &dyn Fn(Kept) -> bool| {
        let swaps = swaps.iter().filter(|swap| kept(swap.kept));
        swaps.map(|swap| swap.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let plain = names(&|kept| kept == Kept::Plain);
    if !plain.is_empty() {
        let advice = "ask whoever set up this machine to encrypt the swap, or to switch it off for good (`swapoff -a`, \
                      and its line in /etc/fstab)";
        return Check::advice(id, format!("memory may be written to the disk as it is: {plain}"), advice);
    }
    match names(&|_| true) {
        none if none.is_empty() => Check::ok(id, "there is no swap"),
        all => Check::ok(id, format!("swap is encrypted, or in memory: {all}")),
    }
}

fn hibernating(root: &Path) -> Check {
    let id = "hibernation";
    match hibernation(root) {
        Ok(None | Some(Kept::InMemory)) => Check::ok(id, "no disk but the swap is set for hibernation"),
        Ok(Some(Kept::Encrypted)) => Check::ok(id, "this machine hibernates to an encrypted disk"),
        Ok(Some(Kept::Plain)) => Check::advice(
            id,
            "if this machine hibernates, all memory is written to the disk as it is",
            "shut the machine down, never let it hibernate, and ask whoever set it up to switch that off",
        ),
        Err(error) => untold(id, &error),
    }
}

fn crashes(root: &Path) -> Check {
    let id = "core_dumps";
    let parent = rustix::process::getppid().map(rustix::process::Pid::as_raw_pid);
    let kept = match dumped(root, parent) {
        Ok(Dumped::Nowhere) => {
            return Check::ok(id, "the memory of a program that crashes is kept nowhere");
        }
        Ok(Dumped::File { pattern }) => {
            format!("the memory of a program that crashes is kept in a file: {pattern}")
        }
        Ok(Dumped::Piped { program }) => {
            format!("the memory of a program that crashes is given to {program}")
        }
        Err(error) => return untold(id, &error),
    };
    let advice = "ask whoever set up this machine to write `kernel.core_pattern=|/bin/false` into \
                  /etc/sysctl.d/99-vault.conf";
    Check::advice(id, kept, advice)
}

fn keys(own: &Own) -> Check {
    let id = "keys";
    if !own.dumps.are_off() {
        let found = "the memory of this program can be looked into, and kept when it crashes";
        return Check::advice(id, found, "ask whoever set up this machine why it refuses PR_SET_DUMPABLE");
    }
    match &own.unlocked {
        None => Check::ok(id, "keys are kept out of swap, and nobody can look into this program's memory"),
        Some(why) => Check::advice(
            id,
            format!("keys can't be kept out of swap: {why}"),
            "ask whoever set up this machine to let your account lock 64 KiB of memory (`ulimit -l 64`)",
        ),
    }
}

fn new_files(root: &Path) -> Check {
    let id = "umask";
    match umask(root) {
        Ok(mask) if mask & 0o077 == 0o077 => {
            Check::ok(id, format!("files that you make are yours alone (umask {mask:04o})"))
        }
        Ok(mask) => Check::advice(
            id,
            format!("files that you make are open to others (umask {mask:04o})"),
            "write the line `umask 077` into the file .profile in your home folder, and log in anew",
        ),
        Err(error) => untold(id, &error),
    }
}

fn enough_memory(root: &Path, need: u64) -> Check {
    let id = "memory";
    let needed = format!("each unlocking needs {} of memory", HumanBytes(need));
    match memory::available(root) {
        Some(free) if free >= need => {
            Check::ok(id, format!("{needed}, and {} are to spare", HumanBytes(free)))
        }
        Some(free) => Check::advice(
            id,
            format!("{needed}, and {} are to spare", HumanBytes(free)),
            "close other programs before you unlock, or have more memory put into this machine",
        ),
        None => Check::unknown(
            id,
            format!("{needed}; what is to spare cannot be told"),
            "ask whoever set up this machine about it",
        ),
    }
}

fn enough_allowed(root: &Path, need: u64) -> Check {
    let id = "limits";
    let limits = match Limits::own(root) {
        Ok(limits) => limits,
        Err(error) => return untold(id, &error),
    };
    let reserved = need.saturating_add(PROGRAM);
    let narrow = [
        ("memory that a program of this account may reserve", limits.address_space, reserved),
        ("memory that this session may use", limits::control_group(root), need),
    ];
    let narrow: Vec<String> = narrow
        .into_iter()
        .filter_map(|(what, limit, need)| {
            let limit = limit.filter(|limit| *limit < need)?;
            Some(format!("{what}: {}, and {} are needed", HumanBytes(limit), HumanBytes(need)))
        })
        .collect();
    if narrow.is_empty() {
        return Check::ok(id, "this account may have the memory that it needs");
    }
    let advice = "ask whoever set up this machine to raise these limits for your account";
    Check::advice(id, narrow.join("; "), advice)
}

/// What the kernel refuses this process.
pub(super) fn sandbox(confinement: &Confinement) -> Check {
    let id = "sandbox";
    let newer =
        "ask whoever set up this machine for a newer Linux kernel, with seccomp and Landlock switched on";
    match (&confinement.calls, &confinement.files) {
        (Calls::Open(why), _) => {
            let found = format!("nothing keeps this program from networks and other programs: {why}");
            Check::advice(id, found, newer)
        }
        (Calls::Refused, Files::Open(why)) => {
            let found =
                format!("networks and other programs are out of reach, and other files are not: {why}");
            Check::advice(id, found, newer)
        }
        (Calls::Refused, Files::Partly) => Check::ok(
            id,
            "networks, other programs and other files are out of reach, as far as this older kernel can",
        ),
        (Calls::Refused, Files::Refused) => {
            Check::ok(id, "networks, other programs and other files are out of this program's reach")
        }
    }
}
