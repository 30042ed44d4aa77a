//! What sort of interface one is, as far as the kernel lets on.

use std::fmt;
use std::fs;
use std::path::Path;

use nix::net::if_::InterfaceFlags;

use super::ANY;

/// What an interface is, the ones that users look for first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A wired network card.
    Ethernet,
    /// A wireless network card.
    Wifi,
    /// A mobile network's modem.
    Mobile,
    /// The near end of a tunnel or a VPN.
    Tunnel,
    /// A bridge.
    Bridge,
    /// The near end of a container's or a virtual machine's cable.
    Container,
    /// Something else that software made: a VLAN, a bond, a dummy.
    Virtual,
    /// The interface that leads back to this computer.
    Loopback,
    /// All interfaces together.
    Any,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Kind::Ethernet => "Ethernet",
            Kind::Wifi => "Wi-Fi",
            Kind::Mobile => "mobile",
            Kind::Tunnel => "tunnel",
            Kind::Bridge => "bridge",
            Kind::Container => "container",
            Kind::Virtual => "virtual",
            Kind::Loopback => "loopback",
            Kind::Any => "all",
        })
    }
}

/// Guesses what the interface of that name is.
pub(super) fn of(name: &str, flags: InterfaceFlags) -> Kind {
    if name == ANY {
        Kind::Any
    } else if flags.contains(InterfaceFlags::IFF_LOOPBACK) {
        Kind::Loopback
    } else if let Some(facts) = Facts::read(Path::new("/sys/class/net"), name) {
        facts.kind(name)
    } else if flags.contains(InterfaceFlags::IFF_POINTOPOINT) {
        Kind::Tunnel
    } else {
        by_name(name).unwrap_or(Kind::Virtual)
    }
}

/// The alias that somebody gave the interface (`ip link set NAME alias WORDS`).
pub(super) fn alias(name: &str) -> Option<String> {
    let text = fs::read_to_string(Path::new("/sys/class/net").join(name).join("ifalias")).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.chars().filter(|c| !c.is_control()).take(80).collect())
}

/// What sysfs says of an interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Facts {
    /// The link layer, one of the kernel's ARPHRD numbers.
    link_type: u32,
    /// `uevent`'s DEVTYPE, which the driver may give.
    device_type: String,
    /// Whether there is hardware behind it.
    device: bool,
    wireless: bool,
    bridge: bool,
    tun: bool,
    /// Whether its other end is another interface.
    paired: bool,
}

impl Facts {
    fn read(base: &Path, name: &str) -> Option<Facts> {
        let folder = base.join(name);
        let text = |file: &str| fs::read_to_string(folder.join(file)).unwrap_or_default();
        let has = |file: &str| folder.join(file).exists();
        let link_type = text("type").trim().parse().ok()?;
        Some(Facts {
            link_type,
            device_type: text("uevent").lines().find_map(|l| l.strip_prefix("DEVTYPE=")).unwrap_or_default().to_owned(),
            device: has("device"),
            wireless: has("wireless") || has("phy80211"),
            bridge: has("bridge"),
            tun: has("tun_flags"),
            paired: text("iflink") != text("ifindex"),
        })
    }

    fn kind(&self, name: &str) -> Kind {
        const TUNNELS: [&str; 9] = ["wireguard", "vxlan", "geneve", "gre", "ip6gre", "ipip", "sit", "ppp", "vti"];
        // Linux if_arp.h: PPP, IPIP, IP6IP6, SIT, GRE over IPv4, GRE over IPv6, none.
        const TUNNEL_TYPES: [u32; 7] = [512, 768, 769, 776, 778, 823, 65534];
        match self.device_type.as_str() {
            "wlan" => Kind::Wifi,
            "wwan" => Kind::Mobile,
            "bridge" => Kind::Bridge,
            "vlan" | "bond" | "macvlan" | "ipvlan" | "team" => Kind::Virtual,
            made if TUNNELS.contains(&made) => Kind::Tunnel,
            _ if self.wireless => Kind::Wifi,
            _ if self.bridge => Kind::Bridge,
            _ if self.tun || TUNNEL_TYPES.contains(&self.link_type) => by_name(name).unwrap_or(Kind::Tunnel),
            _ if self.device => Kind::Ethernet,
            _ if self.paired => Kind::Container,
            _ => by_name(name).unwrap_or(Kind::Virtual),
        }
    }
}

/// What common programs call the interfaces that they make.
fn by_name(name: &str) -> Option<Kind> {
    const NAMES: [(&str, Kind); 14] = [
        ("docker", Kind::Bridge),
        ("br-", Kind::Bridge),
        ("virbr", Kind::Bridge),
        ("lxcbr", Kind::Bridge),
        ("cni", Kind::Bridge),
        ("veth", Kind::Container),
        ("vnet", Kind::Container),
        ("cali", Kind::Container),
        ("lxc", Kind::Container),
        ("wl", Kind::Wifi),
        ("en", Kind::Ethernet),
        ("eth", Kind::Ethernet),
        ("tun", Kind::Tunnel),
        ("wg", Kind::Tunnel),
    ];
    NAMES.iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sysfs_says_decides() {
        let ethernet = Facts { link_type: 1, device: true, ..Facts::default() };
        assert_eq!(ethernet.kind("x"), Kind::Ethernet);
        assert_eq!(Facts { wireless: true, ..ethernet.clone() }.kind("x"), Kind::Wifi);
        assert_eq!(Facts { device_type: "wireguard".into(), link_type: 65534, ..Facts::default() }.kind("home"), Kind::Tunnel);
        assert_eq!(Facts { link_type: 1, tun: true, ..Facts::default() }.kind("vnet3"), Kind::Container);
        assert_eq!(Facts { link_type: 1, bridge: true, ..Facts::default() }.kind("lan"), Kind::Bridge);
        assert_eq!(Facts { link_type: 1, paired: true, ..Facts::default() }.kind("x"), Kind::Container);
        assert_eq!(Facts { link_type: 1, ..Facts::default() }.kind("dummy0"), Kind::Virtual);
    }

    #[test]
    fn a_folder_that_is_not_there_says_nothing() {
        assert_eq!(Facts::read(Path::new("/nonexistent"), "eth0"), None);
    }

    #[test]
    fn the_link_type_and_the_driver_are_read() {
        let base = std::env::temp_dir().join(format!("glouglou-kind-{}", std::process::id()));
        let folder = base.join("wlan0");
        fs::create_dir_all(folder.join("phy80211")).unwrap();
        fs::write(folder.join("type"), "1\n").unwrap();
        fs::write(folder.join("uevent"), "DEVTYPE=wlan\nINTERFACE=wlan0\n").unwrap();
        let facts = Facts::read(&base, "wlan0");
        fs::remove_dir_all(&base).unwrap();
        assert_eq!(facts, Some(Facts { link_type: 1, device_type: "wlan".into(), wireless: true, ..Facts::default() }));
    }
}
