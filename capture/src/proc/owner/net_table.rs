//! `/proc/PID/net/{tcp,tcp6,udp,udp6}` (proc_pid_net(5)): the sockets of that process's network namespace, a line each; and its addresses, of
//! `fib_trie` and `if_inet6`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// One socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) local: SocketAddr,
    pub(super) remote: SocketAddr,
    /// As the kernel numbers it: 1 is connected, 7 a UDP socket that is not, 10 listens.
    pub(super) state: u8,
    /// Zero where nobody has it any more.
    pub(super) inode: u64,
}

/// All sockets of such a file, at most `max`; a line of another form is none, and neither is one without its end: the file was longer than what was
/// read of it, and half a number is another one.
pub(super) fn sockets(text: &[u8], max: usize) -> impl Iterator<Item = Entry> + '_ {
    text.split_inclusive(|byte| *byte == b'\n').filter_map(|line| entry(std::str::from_utf8(line.strip_suffix(b"\n")?).ok()?)).take(max)
}

/// `sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode …`
fn entry(line: &str) -> Option<Entry> {
    let mut fields = line.split_ascii_whitespace();
    let (_number, local, remote, state) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let inode = fields.nth(5)?.parse().ok()?;
    Some(Entry { local: end(local)?, remote: end(remote)?, state: u8::from_str_radix(state, 16).ok()?, inode })
}

/// An address in words of the machine's byte order, and a port.
fn end(text: &str) -> Option<SocketAddr> {
    let (addr, port) = text.split_once(':')?;
    let mut bytes = [0; 16];
    let words = addr.as_bytes().chunks(8).zip(bytes.chunks_mut(4));
    for (word, place) in words {
        let word = u32::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok()?;
        place.copy_from_slice(&word.to_ne_bytes());
    }
    let addr = match addr.len() {
        8 => IpAddr::V4(Ipv4Addr::from(*bytes.first_chunk::<4>()?)),
        32 => IpAddr::V6(Ipv6Addr::from(bytes)),
        _ => return None,
    };
    Some(SocketAddr::new(addr, u16::from_str_radix(port, 16).ok()?))
}

/// The namespace's own IPv4 addresses: in `fib_trie`, those before a line that says `host LOCAL`.
pub(super) fn local_v4(text: &str) -> impl Iterator<Item = IpAddr> + '_ {
    let mut leaf = None;
    text.lines().filter_map(move |line| {
        if let Some(addr) = line.trim_start().strip_prefix("|-- ") {
            leaf = addr.parse::<Ipv4Addr>().ok();
        }
        let local = line.contains("host LOCAL");
        if local { leaf.map(IpAddr::V4) } else { None }
    })
}

/// Its own IPv6 addresses: each line of `if_inet6` begins with one.
pub(super) fn local_v6(text: &str) -> impl Iterator<Item = IpAddr> + '_ {
    text.lines().filter_map(|line| u128::from_str_radix(line.split(' ').next()?, 16).ok()).map(|bits| Ipv6Addr::from(bits).into())
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, UdpSocket};

    use proptest::prelude::*;

    use super::*;

    fn file(name: &str) -> Vec<u8> {
        std::fs::read(format!("/proc/self/net/{name}")).unwrap()
    }

    #[test]
    fn the_sockets_of_this_machine_are_there() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let found = sockets(&file("tcp"), usize::MAX).find(|entry| entry.local == addr).unwrap();
        assert_eq!((found.state, found.remote), (10, "0.0.0.0:0".parse().unwrap()));
        assert!(found.inode > 0);
        let Ok(socket) = UdpSocket::bind("[::1]:0") else { return };
        let addr = socket.local_addr().unwrap();
        assert_eq!(sockets(&file("udp6"), usize::MAX).find(|entry| entry.local == addr).map(|entry| entry.state), Some(7));
    }

    #[test]
    fn the_addresses_of_this_machine_are_there() {
        let v4: Vec<IpAddr> = local_v4(&String::from_utf8(file("fib_trie")).unwrap()).collect();
        assert!(v4.contains(&IpAddr::V4(Ipv4Addr::LOCALHOST)) && !v4.contains(&"127.255.255.255".parse().unwrap()), "{v4:?}");
        let line = "fe800000000000000042acfffe110002 02 40 20 80     eth0\n";
        assert_eq!(local_v6(line).collect::<Vec<_>>(), ["fe80::42:acff:fe11:2".parse::<IpAddr>().unwrap()]);
    }

    #[test]
    fn only_so_many_are_taken_and_what_is_no_socket_is_none() {
        let line = "   0: 0100007F:1F90 0200007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 20 4 30 10 -1\n";
        let text = ["  sl  local_address rem_address   st\n", line, line, "   0: 0100007:1F90 x\n"].concat();
        assert_eq!(sockets(text.as_bytes(), usize::MAX).map(|entry| entry.inode).collect::<Vec<_>>(), [4711, 4711]);
        assert_eq!(sockets(text.as_bytes(), 1).count(), 1);
        for end in 0..line.len() {
            assert_eq!(sockets(&line.as_bytes()[..end], usize::MAX).count(), 0, "the end of {:?} is missing", &line[..end]);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_harm(bytes: Vec<u8>) {
            let _none = sockets(&bytes, 9).count();
            let text = String::from_utf8_lossy(&bytes);
            let _none = local_v4(&text).count() + local_v6(&text).count();
        }
    }
}
