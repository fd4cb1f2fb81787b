//! Whether a network reaches this machine, as far as the kernel tells.
//!
//! *Networked* means: an interface with `device`, `wireless` or `phy80211` under `/sys/class/net` and
//! `carrier` 1, or a default route that is neither on `lo` nor marked reject. Everything is read
//! below a root that the caller gives.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// `RTF_REJECT` of Linux's `route.h`: packets are refused, not sent.
const REJECT: u32 = 0x0200;
/// The longest file of `/sys` or `/proc` that is read, in bytes.
const LIMIT: u64 = 16 * 1024 * 1024;

/// Why the machine counts as networked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Networked {
    /// A cable or radio is connected.
    Interface {
        /// The interface's name.
        name: String,
    },
    /// Packets would find a way out.
    DefaultRoute {
        /// The interface that they would leave by.
        interface: String,
    },
}

impl fmt::Display for Networked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interface { name } => write!(formatter, "interface {name} is connected"),
            Self::DefaultRoute { interface } => write!(formatter, "there is a default route by {interface}"),
        }
    }
}

/// It can't be told whether the machine is networked.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// A file of the kernel's could not be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A file of the kernel's is not in the known form.
    #[error("{} is not in the known form", path.display())]
    UnknownForm {
        /// The file.
        path: PathBuf,
    },
    /// Neither interfaces nor routes are there to be read.
    #[error("neither {} nor {} is there", interfaces.display(), routes.display())]
    NothingToRead {
        /// Where interfaces should be.
        interfaces: PathBuf,
        /// Where routes should be.
        routes: PathBuf,
    },
}

/// Looks for a network. `root` is `/`, or a folder in place of it.
pub fn networked(root: &Path) -> Result<Option<Networked>, NetworkError> {
    let interfaces = root.join("sys/class/net");
    let routes = root.join("proc/net/route");
    let routes6 = root.join("proc/net/ipv6_route");
    let names = match fs::read_dir(&interfaces) {
        Ok(entries) => Some(entries),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(source) => return Err(NetworkError::Unreadable { path: interfaces, source }),
    };
    let table = read(&routes)?;
    if names.is_none() && table.is_none() {
        return Err(NetworkError::NothingToRead { interfaces, routes });
    }
    for entry in names.into_iter().flatten() {
        let entry = entry.map_err(|source| NetworkError::Unreadable { path: interfaces.clone(), source })?;
        if is_connected(&entry.path())? {
            return Ok(Some(Networked::Interface { name: entry.file_name().to_string_lossy().into_owned() }));
        }
    }
    let unknown = |path: &Path| NetworkError::UnknownForm { path: path.to_owned() };
    for line in table.iter().flat_map(|table| table.lines().skip(1)) {
        if let Some(way_out) = route4(line).ok_or_else(|| unknown(&routes))? {
            return Ok(Some(way_out));
        }
    }
    // Missing where the kernel has no IPv6.
    let table6 = read(&routes6)?;
    for line in table6.iter().flat_map(|table| table.lines()) {
        if let Some(way_out) = route6(line).ok_or_else(|| unknown(&routes6))? {
            return Ok(Some(way_out));
        }
    }
    Ok(None)
}

fn is_connected(interface: &Path) -> Result<bool, NetworkError> {
    let is_hardware = ["device", "wireless", "phy80211"].iter().any(|mark| {
        // A dangling link still marks hardware.
        fs::symlink_metadata(interface.join(mark)).is_ok()
    });
    if !is_hardware {
        return Ok(false);
    }
    let carrier = interface.join("carrier");
    match fs::read_to_string(&carrier) {
        Ok(text) => Ok(text.trim() == "1"),
        // An interface that is switched off answers EINVAL; one unplugged meanwhile is gone.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::NotFound) => {
            Ok(false)
        }
        Err(source) => Err(NetworkError::Unreadable { path: carrier, source }),
    }
}

/// `Iface Destination Gateway Flags RefCnt Use Metric Mask …`; the outer `None` is an unknown form.
#[allow(clippy::option_option, reason = "no way out and an unknown form are two things")]
fn route4(line: &str) -> Option<Option<Networked>> {
    let columns: Vec<&str> = line.split_whitespace().collect();
    let [interface, destination, _, flags, _, _, _, mask, ..] = *columns else {
        return columns.is_empty().then_some(None);
    };
    let is_default = hex(destination)? == 0 && hex(mask)? == 0;
    Some(way_out(interface, is_default, hex(flags)?))
}

/// `destination length source length gateway metric references use flags interface`.
#[allow(clippy::option_option, reason = "as for route4")]
fn route6(line: &str) -> Option<Option<Networked>> {
    let columns: Vec<&str> = line.split_whitespace().collect();
    let [destination, length, _, _, _, _, _, _, flags, interface] = *columns else {
        return columns.is_empty().then_some(None);
    };
    let is_default = destination.bytes().all(|digit| digit == b'0') && hex(length)? == 0;
    Some(way_out(interface, is_default, hex(flags)?))
}

fn way_out(interface: &str, is_default: bool, flags: u32) -> Option<Networked> {
    (is_default && interface != "lo" && flags & REJECT == 0)
        .then(|| Networked::DefaultRoute { interface: interface.to_owned() })
}

fn hex(text: &str) -> Option<u32> {
    u32::from_str_radix(text, 16).ok()
}

/// Reads a file whose length the kernel does not tell; `None` when it is missing.
fn read(path: &Path) -> Result<Option<String>, NetworkError> {
    let unreadable = |source| NetworkError::Unreadable { path: path.to_owned(), source };
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    let mut text = String::new();
    io::Read::read_to_string(&mut io::Read::take(file, LIMIT), &mut text).map_err(unreadable)?;
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n";
    const LO6: &str = "00000000000000000000000000000000 00 00000000000000000000000000000000 00 \
                       00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n";

    struct Machine(tempfile::TempDir);

    impl Machine {
        fn new() -> Self {
            let machine = Self(tempfile::tempdir().unwrap());
            machine.write("sys/class/net/lo/carrier", "1\n");
            machine.write("proc/net/route", HEADER);
            machine.write("proc/net/ipv6_route", LO6);
            machine
        }

        fn write(&self, path: &str, text: &str) {
            let path = self.0.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        fn networked(&self) -> Option<Networked> {
            networked(self.0.path()).unwrap()
        }
    }

    #[test]
    fn a_machine_with_a_loopback_alone_is_offline() {
        assert_eq!(Machine::new().networked(), None);
    }

    #[test]
    fn a_connected_cable_or_radio_is_a_network_and_an_unplugged_one_is_not() {
        for mark in ["device", "wireless", "phy80211"] {
            let machine = Machine::new();
            machine.write(&format!("sys/class/net/eth0/{mark}/uevent"), "");
            assert_eq!(machine.networked(), None, "no carrier file");
            machine.write("sys/class/net/eth0/carrier", "0\n");
            assert_eq!(machine.networked(), None, "unplugged");
            machine.write("sys/class/net/eth0/carrier", "1\n");
            assert_eq!(machine.networked(), Some(Networked::Interface { name: "eth0".into() }));
        }
    }

    #[test]
    fn a_bridge_without_hardware_is_no_network() {
        let machine = Machine::new();
        machine.write("sys/class/net/docker0/carrier", "1\n");
        assert_eq!(machine.networked(), None);
    }

    #[test]
    fn a_default_route_is_a_network_unless_on_lo_or_rejected() {
        let route = |interface: &str, destination: &str, flags: &str| {
            let machine = Machine::new();
            let line = format!("{interface}\t{destination}\t0100000A\t{flags}\t0\t0\t0\t00000000\t0\t0\t0\n");
            machine.write("proc/net/route", &format!("{HEADER}{line}"));
            machine.networked()
        };
        assert_eq!(
            route("tun0", "00000000", "0003"),
            Some(Networked::DefaultRoute { interface: "tun0".into() })
        );
        assert_eq!(route("lo", "00000000", "0003"), None);
        assert_eq!(route("tun0", "00000000", "0201"), None);
        assert_eq!(route("tun0", "0000000A", "0003"), None);
    }

    #[test]
    fn an_ipv6_default_route_is_a_network() {
        let machine = Machine::new();
        let line = LO6.replace("00200200       lo", "00000003     eth0");
        machine.write("proc/net/ipv6_route", &format!("{LO6}{line}"));
        assert_eq!(machine.networked(), Some(Networked::DefaultRoute { interface: "eth0".into() }));
        machine.write("proc/net/ipv6_route", &LO6.replace("lo", "eth0"));
        assert_eq!(machine.networked(), None, "rejected");
    }

    #[test]
    fn a_machine_that_cannot_be_judged_is_an_error() {
        let empty = tempfile::tempdir().unwrap();
        assert!(matches!(networked(empty.path()), Err(NetworkError::NothingToRead { .. })));
        let machine = Machine::new();
        machine.write("proc/net/route", &format!("{HEADER}nonsense\n"));
        assert!(matches!(networked(machine.0.path()), Err(NetworkError::UnknownForm { .. })));
    }
}
