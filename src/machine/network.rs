//! Whether a network reaches this machine, as far as the kernel tells.
//!
//! *Networked* means: an interface with `device`, `wireless` or `phy80211` under `/sys/class/net` and
//! `carrier` 1, or a default route that is neither on `lo` nor marked reject. Everything is read
//! below a root that the caller gives.

use std::fmt;
use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::told::{Untold, read_if_there};

/// `RTF_REJECT` of Linux's `route.h`: packets are refused, not sent.
const REJECT: u32 = 0x0200;

/// Why the machine counts as networked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
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
    /// A file of the kernel's could not be read, or is not in the known form.
    #[error(transparent)]
    Untold(#[from] Untold),
    /// Neither interfaces nor routes are there to be read.
    #[error("neither {} nor {} is there", interfaces.display(), routes.display())]
    NothingToRead {
        /// Where interfaces should be.
        interfaces: PathBuf,
        /// Where routes should be.
        routes: PathBuf,
    },
}

/// Looks for a network, and no further than to the first one. `root` is `/`, or a folder in place of it.
pub fn networked(root: &Path) -> Result<Option<Networked>, NetworkError> {
    let mut first = None;
    look(root, &mut |network| {
        first = Some(network);
        ControlFlow::Break(())
    })?;
    Ok(first)
}

/// All that makes the machine a networked one, and what kept the search from its end.
pub fn networks(root: &Path) -> (Vec<Networked>, Option<NetworkError>) {
    let mut all = Vec::new();
    let looked = look(root, &mut |network| {
        // A machine may have several routes by one interface.
        if !all.contains(&network) {
            all.push(network);
        }
        ControlFlow::Continue(())
    });
    all.sort();
    (all, looked.err())
}

/// Shows `found` each connected interface, then each default route, until it has enough.
fn look(root: &Path, found: &mut dyn FnMut(Networked) -> ControlFlow<()>) -> Result<(), NetworkError> {
    let interfaces = root.join("sys/class/net");
    let routes = root.join("proc/net/route");
    let routes6 = root.join("proc/net/ipv6_route");
    let unreadable = |source| Untold::Unreadable { path: interfaces.clone(), source };
    let names = match fs::read_dir(&interfaces) {
        Ok(entries) => Some(entries),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(source) => return Err(unreadable(source).into()),
    };
    let table = read_if_there(&routes)?;
    if names.is_none() && table.is_none() {
        return Err(NetworkError::NothingToRead { interfaces, routes });
    }
    for entry in names.into_iter().flatten() {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_connected(&entry.path())? && found(Networked::Interface { name }).is_break() {
            return Ok(());
        }
    }
    for line in table.iter().flat_map(|table| table.lines().skip(1)) {
        let way_out = route4(line).ok_or_else(|| Untold::unknown_form(&routes))?;
        if way_out.is_some_and(|way_out| found(way_out).is_break()) {
            return Ok(());
        }
    }
    // Missing where the kernel has no IPv6.
    let table6 = read_if_there(&routes6)?;
    for line in table6.iter().flat_map(|table| table.lines()) {
        let way_out = route6(line).ok_or_else(|| Untold::unknown_form(&routes6))?;
        if way_out.is_some_and(|way_out| found(way_out).is_break()) {
            return Ok(());
        }
    }
    Ok(())
}

fn is_connected(interface: &Path) -> Result<bool, Untold> {
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
        Err(source) => Err(Untold::Unreadable { path: carrier, source }),
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

#[cfg(test)]
mod tests {
    use super::super::told::Machine;
    use super::*;

    const HEADER: &str = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n";
    const LO6: &str = "00000000000000000000000000000000 00 00000000000000000000000000000000 00 \
                       00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n";

    fn offline() -> Machine {
        let machine = Machine::new();
        machine.write("sys/class/net/lo/carrier", "1\n");
        machine.write("proc/net/route", HEADER);
        machine.write("proc/net/ipv6_route", LO6);
        machine
    }

    impl Machine {
        fn networked(&self) -> Option<Networked> {
            networked(self.root()).unwrap()
        }
    }

    #[test]
    fn a_machine_with_a_loopback_alone_is_offline() {
        assert_eq!(offline().networked(), None);
    }

    #[test]
    fn a_connected_cable_or_radio_is_a_network_and_an_unplugged_one_is_not() {
        for mark in ["device", "wireless", "phy80211"] {
            let machine = offline();
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
        let machine = offline();
        machine.write("sys/class/net/docker0/carrier", "1\n");
        assert_eq!(machine.networked(), None);
    }

    #[test]
    fn a_default_route_is_a_network_unless_on_lo_or_rejected() {
        let route = |interface: &str, destination: &str, flags: &str| {
            let machine = offline();
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
        let machine = offline();
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
        let machine = offline();
        machine.write("proc/net/route", &format!("{HEADER}nonsense\n"));
        assert!(matches!(networked(machine.root()), Err(NetworkError::Untold(Untold::UnknownForm { .. }))));
    }

    #[test]
    fn every_network_is_told_once_where_the_guard_stops_at_the_first() {
        let machine = offline();
        let interface = |name: &str| Networked::Interface { name: name.into() };
        let route = |interface: &str| Networked::DefaultRoute { interface: interface.into() };
        assert_eq!(networks(machine.root()).0, []);
        for name in ["wlan0", "eth0"] {
            machine.write(&format!("sys/class/net/{name}/device/uevent"), "");
            machine.write(&format!("sys/class/net/{name}/carrier"), "1\n");
        }
        let line = "eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n";
        machine.write("proc/net/route", &format!("{HEADER}{line}"));
        machine.write("proc/net/ipv6_route", &LO6.replace("00200200       lo", "00000003     eth0"));
        let (all, trouble) = networks(machine.root());
        assert_eq!(all, [interface("eth0"), interface("wlan0"), route("eth0")]);
        assert!(trouble.is_none());
        // What stops the search takes nothing back, and hides nothing from the guard.
        machine.write("proc/net/route", &format!("{HEADER}nonsense\n"));
        let (all, trouble) = networks(machine.root());
        assert_eq!(all, [interface("eth0"), interface("wlan0")]);
        assert!(matches!(trouble, Some(NetworkError::Untold(Untold::UnknownForm { .. }))));
        assert!(matches!(machine.networked(), Some(Networked::Interface { .. })));
    }
}
