//! Writes the first inputs of every target into `corpus/`: packets of this project's own making, one of each kind that a
//! fuzzer would need long to find.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use wire::connect;
use wire::netlink::conntrack;
use wire::netlink::process::{self, Comm, Event, Events, Subscription, Task};
use wire::netlink::sock_diag::{BY_FAMILY, Family, Request, Socket, SocketId, State, States, TCP, UDP};
use wire::netlink::{Attribute, End, header};
use wire::packet::dns::{Response, reverse_name};
use wire::packet::emit::{Emit, stack};
use wire::packet::link::{ethernet, mpls, ppp, pppoe, vlan};
use wire::packet::network::{arp, ipv4, ipv6};
use wire::packet::quic;
use wire::packet::tls::{self, ClientHello, ServerHello, Version};
use wire::packet::transport::{icmp, tcp, udp};
use wire::packet::tunnel::{geneve, gre, gtp, vxlan};
use wire::packet::{Mac, TcpFlags};
use wire_fuzz::{ETHERNETS, OTHERS, SERIALS, SYSTEMS, WIRELESS};

const A: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const B: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);

fn main() -> io::Result<()> {
    let ethernets = ethernet_frames();
    let packets = ip_packets();
    seed("dissect", ethernets.iter().map(|frame| [&[1, 0, 0, 0, 0, 0], &frame[..]].concat()))?;
    seed("ethernets", behind(ETHERNETS, &[&[], &[0; 4], b"MGC\0"], &ethernets))?;
    seed("serials", behind(SERIALS, &[&[0xff, 3, 0, 0x21], &[0x0f, 0, 8, 0], &[0x18, 0x41, 3, 0xcc]], &packets))?;
    seed("wireless", behind(WIRELESS, &WLAN_HEADERS, &packets))?;
    seed("systems", behind(SYSTEMS, &[&[], &[2, 0, 0, 0], &SLL, &NFLOG, &PKTAP], &packets))?;
    seed("others", behind(OTHERS, &[&SNAP, &TOKEN_RING, &FDDI, &[0; 16], &[0; 18], &[1, 2, 0xf0]], &packets))?;
    seed("ipv4", behind(&[228], &[&[]], &packets))?;
    seed("ipv6", behind(&[229], &[&[]], &packets))?;
    seed("transport", transports())?;
    seed("tunnels", tunnels())?;
    seed("names", messages())?;
    seed("questions", messages().into_iter().map(|message| message.get(1..).unwrap_or_default().to_vec()))?;
    seed("tls", hellos().into_iter().map(|hello| tls::record(&hello)))?;
    seed("quic", hellos().iter().filter_map(|hello| initial(hello)))?;
    seed("http", HTTP.map(<[u8]>::to_vec))?;
    seed("ssh", [b"welcome\r\nSSH-2.0-OpenSSH_9.2 Debian\r\n".to_vec()])?;
    seed("dhcp", DHCP.map(<[u8]>::to_vec))?;
    seed("netbios", [netbios()])?;
    seed("stream", [[&[0, 5, 3][..], b"fgh", &[0, 0, 6], b"abcdef"].concat()])?;
    seed("fragments", [fragments()])?;
    seed("connect", connects())?;
    seed("glouglou", golden())?;
    seed("netlink_process", netlink_events())?;
    seed("netlink_diag", netlink_sockets())?;
    seed("netlink_conntrack", netlink_connections())?;
    seed("eve", eve_lines())?;
    seed("netlink_header", netlink_events().into_iter().chain(netlink_sockets()))
}

/// A connection whose source is translated, in a dump and as it goes, and a ping.
fn netlink_connections() -> Vec<Vec<u8>> {
    let tuple = |src, dst, ports| conntrack::Tuple {
        src: IpAddr::V4(src),
        dst: IpAddr::V4(dst),
        protocol: 6,
        ports: Some(ports),
        icmp: None,
        zone: None,
    };
    let counters = conntrack::Counters { packets: 3, bytes: 300 };
    let entry = conntrack::Entry {
        original: tuple(A, B, (4000, 80)),
        reply: tuple(B, Ipv4Addr::new(192, 0, 2, 1), (80, 4001)),
        id: Some(7),
        zone: 5,
        counters: Some([counters; 2]),
        times: Some(conntrack::Times { start_ns: 1, stop_ns: Some(2) }),
        tcp: Some(conntrack::TcpState::Finished),
    };
    let ping = conntrack::Tuple { protocol: 1, ports: None, icmp: Some((7, 8, 0)), ..entry.original };
    let ping = conntrack::Entry { original: ping, reply: ping, tcp: None, ..entry };
    let messages = [(entry, conntrack::NEW, header::MULTI), (entry, conntrack::DELETE, 0), (ping, conntrack::NEW, 0)];
    messages.iter().filter_map(|(entry, kind, flags)| entry.message(*kind, *flags, 1).ok()).collect()
}

/// A record of each shape.
fn eve_lines() -> Vec<Vec<u8>> {
    let ends = r#""timestamp":"2019-08-07T21:08:34.743443+0000","flow_id":5,"src_ip":"192.0.2.1","src_port":4000,"dest_ip":"2001:db8::1","dest_port":53,"proto":"UDP""#;
    let says = [
        r#""event_type":"alert","alert":{"signature":"x","severity":1,"category":"y","action":"allowed"},"app_proto":"tls""#,
        r#""event_type":"tls","tls":{"sni":"a.example","version":"TLSv1","client_alpns":["h2"],"ja3":{"hash":"e7"},"ja4":"t13"}"#,
        r#""event_type":"http","http":{"hostname":"a.example","url":"/x?y","http_method":"GET","status":200}"#,
        r#""event_type":"dns","dns":{"type":"answer","rrname":"a.example","rrtype":"A","ttl":60,"rdata":"192.0.2.1"}"#,
        r#""event_type":"dns","dns":{"version":3,"type":"response","rcode":"NOERROR","queries":[{"rrname":"a.example","rrtype":"A"}],"answers":[{"rrtype":"A","rdata":"192.0.2.1"}]}"#,
        r#""event_type":"fileinfo","fileinfo":{"filename":"/x"},"ssh":{"client":{"software_version":"OpenSSH"}}"#,
    ];
    says.iter().map(|says| format!("{{{ends},{says}}}\n").into_bytes()).collect()
}

const SNAP: [u8; 8] = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0];
const TOKEN_RING: [u8; 22] = [0x10, 0x40, 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0];
const FDDI: [u8; 21] = [0x50, 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0];
const SLL: [u8; 16] = [0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0];
const NFLOG: [u8; 8] = [2, 0, 0, 42, 40, 0, 9, 0];
const PKTAP: [u8; 12] = [12, 0, 0, 0, 1, 0, 0, 0, 101, 0, 0, 0];
const DATA: [u8; 32] = [0x08, 0x02, 0, 0, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 3, 0, 0, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0];
const QOS: [u8; 34] = [0x88, 0x02, 0, 0, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0];
const RADIOTAP: [u8; 41] = [
    0, 0, 9, 0, 2, 0, 0, 0, 0x10, 0x08, 0x02, 0, 0, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 3, 0, 0, 0xaa, 0xaa, 3, 0, 0, 0, 8,
    0,
];
const WLAN_HEADERS: [&[u8]; 3] = [&DATA, &QOS, &RADIOTAP];

fn behind(links: &[u32], headers: &[&[u8]], packets: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut inputs = Vec::new();
    for which in 0..links.len() as u8 {
        for (header, packet) in headers.iter().zip(packets.iter().cycle()) {
            inputs.push([&[which, 0], *header, packet].concat());
        }
    }
    inputs.extend(packets.iter().map(|packet| [&[0, 0], &packet[..]].concat()));
    inputs
}

fn v4(proto: u8) -> ipv4::Repr<'static> {
    ipv4::Repr::new(A, B, proto)
}

fn v6(next_header: u8) -> ipv6::Repr {
    ipv6::Repr::new(Ipv6Addr::LOCALHOST, Ipv6Addr::LOCALHOST, next_header)
}

fn udp(dst_port: u16) -> udp::Repr {
    udp::Repr { src_port: 40_000, dst_port }
}

fn tcp() -> tcp::Repr<'static> {
    let options = &[2, 4, 5, 180];
    tcp::Repr { src_port: 40_000, dst_port: 443, seq: 1, ack: 2, flags: TcpFlags::SYN, window: 3, options }
}

fn echo(version: icmp::Version) -> icmp::Repr {
    icmp::Repr { version, ty: if version == icmp::Version::V4 { 8 } else { 128 }, code: 0 }
}

fn frame(ethertype: u16) -> ethernet::Repr {
    ethernet::Repr { dst: Mac([2; 6]), src: Mac([4; 6]), ethertype }
}

fn ip_packets() -> Vec<Vec<u8>> {
    let options = ipv4::Repr { options: &[0x94, 4, 0, 0], ..v4(6) };
    let extensions = [[6, 0, 1, 4, 0, 0, 0, 0], [44, 0, 0, 0, 0, 0, 0, 0], [6, 0, 0, 1, 0, 0, 0, 9]].concat();
    vec![
        stack(&[&v4(17), &udp(53)], b"payload"),
        stack(&[&v4(6), &tcp()], b"payload"),
        stack(&[&options, &tcp()], b""),
        stack(&[&v4(1), &echo(icmp::Version::V4)], &[0, 1, 0, 2]),
        stack(&[&v6(17), &udp(53)], b"payload"),
        stack(&[&v6(58), &echo(icmp::Version::V6)], &[0, 1, 0, 2]),
        stack(&[&v6(0)], &[&extensions[..], &stack(&[&tcp()], b"")].concat()),
        stack(&[&v6(51)], &[&[17, 4], &[0; 22][..], &stack(&[&udp(53)], b"")].concat()),
    ]
}

fn ethernet_frames() -> Vec<Vec<u8>> {
    let arp = arp::Repr { operation: arp::Operation::Request, sender_mac: Mac([2; 6]), sender: A, target_mac: Mac([0; 6]), target: B };
    let tag = |ethertype| vlan::Repr { id: 7, priority: 1, drop_eligible: false, ethertype };
    let label = |bottom| mpls::Repr { label: 20, traffic_class: 0, bottom, ttl: 64 };
    let (pppoe, ppp) = (pppoe::Repr { session: 1 }, ppp::Repr { protocol: ppp::IPV4 });
    let headers: [&[&dyn Emit]; 7] = [
        &[&frame(0x0806), &arp],
        &[&frame(0x88a8), &tag(0x8100), &tag(0x0800), &v4(6), &tcp()],
        &[&frame(0x8847), &label(false), &label(true), &v4(6), &tcp()],
        &[&frame(0x8864), &pppoe, &ppp, &v4(17), &udp(53)],
        &[&frame(0x86dd), &v6(6), &tcp()],
        &[&frame(0x6558), &frame(0x0800), &v4(17), &udp(53)],
        &[&frame(0x88e7)],
    ];
    let mut frames: Vec<_> = headers.iter().map(|headers| stack(headers, b"payload")).collect();
    frames.push([&stack(&[&frame(30)], &[])[..], &SNAP, &stack(&[&v4(17), &udp(53)], b"")].concat());
    frames.push([&stack(&[&frame(0x894f)], &[0, 2, 2, 1, 0, 0, 1, 2])[..], &stack(&[&v4(6), &tcp()], b"")].concat());
    frames
}

fn transports() -> Vec<Vec<u8>> {
    let icmp = stack(&[&echo(icmp::Version::V4)], &[0, 1, 0, 2]);
    let ports = [0x0b, 0x59, 0x0b, 0x5a, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    let contents = [(6, stack(&[&tcp()], b"x")), (17, stack(&[&udp(53)], b"x")), (1, icmp.clone()), (58, icmp)];
    let plain = [132, 33, 136].map(|proto| (proto, ports.to_vec()));
    contents.into_iter().chain(plain).map(|(proto, bytes)| [&[proto, 0], &bytes[..]].concat()).collect()
}

/// In the order of the target's protocols, then its ports.
fn tunnels() -> Vec<Vec<u8>> {
    let inner = stack(&[&v4(6), &tcp()], b"x");
    let inner_v6 = stack(&[&v6(17), &udp(53)], b"x");
    let inner_frame = stack(&[&frame(0x0800), &v4(6), &tcp()], b"x");
    let gre = |protocol, sequence| gre::Repr { protocol, key: Some(1), sequence, acknowledgment: None, version: 0 };
    let join = |header: &[u8], inner: &[u8]| [header, inner].concat();
    let erspan = join(&stack(&[&gre(0x88be, Some(1))], &[0x10, 1, 0, 2, 0, 0, 0, 0]), &inner_frame);
    let erspan_3 = join(&stack(&[&gre(0x22eb, Some(1))], &[0x20, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0]), &inner_frame);
    let pptp = gre::Repr { version: 1, ..gre(0x880b, Some(1)) };
    let inputs = [
        (0, inner.clone()),
        (1, inner_v6.clone()),
        (2, stack(&[&gre(0x0800, None)], &inner)),
        (2, stack(&[&pptp, &ppp::Repr { protocol: ppp::IPV4 }], &inner)),
        (2, erspan),
        (2, erspan_3),
        (4, join(&[0x30, 0], &inner_frame)),
        (5, join(&[0x21, 0, 0, 0, 0, 0, 0, 0], &inner)),
        (6, join(&[0, 0, 0, 1], &inner_frame)),
        (7, join(&[0, 1, 1, 64], &inner)),
        (9, join(&[0, 2, 0, 1, 0, 1, 0xff, 3, 0, 0x21], &inner)),
        (10, stack(&[&gtp::Repr { endpoint: 1 }], &inner)),
        (10, join(&[0x34, 255, 0, 61, 0, 0, 0, 1, 0, 0, 0, 0x85, 1, 0, 9, 0], &inner)),
        (12, join(&[0, 0, 1, 2, 1, 2, 3, 4], &inner_v6)),
        (13, join(&[0x80, 0, 0, 0, 0, 0, 0, 1], &inner)),
        (15, stack(&[&vxlan::Repr { network: 1, protocol: None }], &inner_frame)),
        (16, stack(&[&vxlan::Repr { network: 1, protocol: Some(1) }], &inner)),
        (17, stack(&[&geneve::Repr { protocol: 0x6558, network: 1, options: &[0; 8] }], &inner_frame)),
    ];
    inputs.into_iter().map(|(which, payload)| join(&[which], &payload)).collect()
}

fn messages() -> Vec<Vec<u8>> {
    let addrs: [IpAddr; 2] = [A.into(), Ipv6Addr::LOCALHOST.into()];
    let reverse = reverse_name(A.into());
    let plain = Response { id: 1, question: "a.example", aliases: &["b.example", "c.example"], addrs: &addrs, pointer: None, ttl_secs: 60 };
    let pointer = Response { question: &reverse, aliases: &[], addrs: &[], pointer: Some("a.example"), ..plain.clone() };
    let messages = [plain, pointer].iter().filter_map(|response| response.emit().ok()).collect::<Vec<_>>();
    let compressed = [0, 1, 0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, b'a', 0, 0, 1, 0, 1, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7];
    let udp = messages.iter().map(Vec::as_slice).chain([&compressed[..]]);
    let mut inputs: Vec<_> = (0..3).flat_map(|which| udp.clone().map(move |bytes| [&[which], bytes].concat())).collect();
    inputs.extend(messages.iter().map(|bytes| [&[3, 0, bytes.len() as u8], &bytes[..]].concat()));
    inputs
}

const HTTP: [&[u8]; 3] = [
    b"GET /a?b=c HTTP/1.1\r\nHost: a.example\r\nUser-Agent: curl/8\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 2\r\n\r\nok",
    b"NOTIFY * HTTP/1.1\r\nLOCATION: http://10.0.0.1/\r\nSERVER: a\r\n\r\n",
];
/// Options of version 4, and a message of version 6; what chooses stands before.
const DHCP: [&[u8]; 2] = [
    b"\0\x35\x01\x03\x0c\x06laptop\x32\x04\x0a\0\0\x09\x51\x0b\x04\0\0\x06laptop\0\xff",
    b"\x01\x03\0\0\x01\0\x27\0\x08\0\x06laptop\0\x03\0\x0c\0\0\0\x01\0\0\0\0\0\0\0\0",
];

fn hellos() -> Vec<Vec<u8>> {
    let client = ClientHello {
        legacy_version: Version::TLS_1_2,
        versions: [Version::TLS_1_3, Version::TLS_1_2].into_iter().collect(),
        ciphers: [0x1301, 0xc02f].into_iter().collect(),
        server_name: Some(b"a.example"),
        alpn: [&b"h2"[..], b"http/1.1"].into_iter().collect(),
        signature_algorithms: [0x0403].into_iter().collect(),
        ..ClientHello::default()
    };
    let server = ServerHello { version: Version::TLS_1_3, cipher: 0x1301, is_retry: false };
    vec![client.emit(), [server.emit(), vec![14, 0, 0, 0]].concat()]
}

fn initial(hello: &[u8]) -> Option<Vec<u8>> {
    let client = quic::Client { version: quic::Version::V1, destination: &[1, 2, 3, 4, 5, 6, 7, 8] };
    let frame = [&[6, 0, 0x40, hello.len() as u8][..], hello].concat();
    quic::Keys::of(client)?.seal(client, 0, &frame)
}

fn netbios() -> Vec<u8> {
    let name: Vec<u8> = b"DESK           \0".iter().flat_map(|byte| [b'A' + (byte >> 4), b'A' + (byte & 15)]).collect();
    let record = [0xc0, 12, 0, 0x20, 0, 1, 0, 0, 0, 60, 0, 6, 0, 0, 10, 0, 0, 7];
    [&[0, 1, 0x29, 0x10, 0, 1, 0, 0, 0, 0, 0, 1, 32][..], &name, &[0, 0, 0x20, 0, 1], &record].concat()
}

fn fragments() -> Vec<u8> {
    let mut capture = Vec::new();
    for (offset, more) in [(0, true), (16, true), (32, false)] {
        let ip = ipv4::Repr { id: 7, more_fragments: more, fragment_offset: offset, ..v4(17) };
        let packet = if offset == 0 { stack(&[&ip, &udp(53)], &[0; 8]) } else { stack(&[&ip], &[0; 16]) };
        capture.extend([packet.len() as u8, 1]);
        capture.extend(packet);
    }
    capture
}

/// The vectors that the protocol's layouts are held to.
fn golden() -> Vec<Vec<u8>> {
    let byte = |pair: &[u8]| std::str::from_utf8(pair).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok()).expect("hexadecimal");
    let vector = |line: &str| line.split_once(' ').expect("a name and bytes").1.as_bytes().chunks(2).map(byte).collect();
    include_str!("../../src/glouglou/golden.txt").lines().map(vector).collect()
}

/// Records of our eBPF program.
fn connects() -> [Vec<u8>; 2] {
    [("10.0.0.1:40000", "10.0.0.2:443"), ("[2001:db8::1]:40000", "[2001:db8::2]:443")].map(|(local, remote)| {
        let end = |text: &str| text.parse().expect("an address and a port");
        connect::Repr { pid: 812, start_ns: 5_000_000_000, local: end(local), remote: end(remote), lost: 0 }.record()
    })
}

fn netlink_events() -> Vec<Vec<u8>> {
    let (task, thread) = (Task { tid: 7, pid: 7 }, Task { tid: 8, pid: 7 });
    let events = [
        Event::Acknowledged { errno: 22 },
        Event::Fork { parent: task, child: thread },
        Event::Exec { task },
        Event::Uid { task, real: 1, effective: 2 },
        Event::Gid { task, real: 1, effective: 2 },
        Event::Sid { task },
        Event::Ptrace { task, tracer: Some(thread) },
        Event::Comm { task: thread, comm: Comm::new(*b"a name\0\0\0\0\0\0\0\0\0\0") },
        Event::CoreDump { task, parent: None },
        Event::Exit { task, code: 0x300, signal: 17, parent: Some(thread) },
        Event::Other { what: 0x400 },
    ];
    let told = (0_u32..).zip(events).map(|(seq, event)| {
        let repr = process::Repr { seq, ack: 0, cpu: seq % 2, timestamp_ns: 1 << 40, event };
        stack(&[&process::header(seq), &repr], &[])
    });
    let masked = Subscription { events: Some(Events::ALL), ..Subscription::listen(1) };
    let asked = [Subscription::listen(1).message(), Subscription::ignore(1).message(), masked.message()];
    let mut inputs: Vec<_> = told.chain(asked).collect();
    inputs.push(inputs.concat());
    inputs
}

fn netlink_sockets() -> Vec<Vec<u8>> {
    let header = header::Repr { kind: BY_FAMILY, flags: header::MULTI, seq: 1, port: 2 };
    let mapped = SocketId::new((A.to_ipv6_mapped(), 1).into(), (B.to_ipv6_mapped(), 2).into());
    let inputs = [SocketId::new((A, 1).into(), (B, 2).into()), mapped, SocketId::any(Family::V6)].map(|id| {
        let socket = Socket {
            state: State::Listen,
            timer: 0,
            retransmits: 0,
            id,
            expires_ms: 0,
            receive_queue: 0,
            send_queue: 128,
            uid: 1000,
            inode: 1 << 20,
            v6_only: Some(true),
            cgroup_id: Some(1),
        };
        let mut more = Vec::new();
        let _fits = Attribute::new(8, &[1]).emit(&mut more);
        stack(&[&header, &socket], &more)
    });
    let id = SocketId { cookie: Some(1 << 40), ..mapped };
    let ends = [End::Dump { errno: 0 }, End::Dump { errno: 2 }, End::Request { errno: 22, request: header }];
    let ends = ends.map(|end| stack(&[&header::Repr { kind: end.kind(), ..header }, &end], &[]));
    let asked = [Request::look_up(TCP, id, 1), Request::look_up(UDP, id, 1), Request::dump(Family::V4, TCP, States::ALL, 1)];
    let mut inputs: Vec<_> = inputs.into_iter().chain(ends).chain(asked).collect();
    inputs.push(inputs.concat());
    inputs
}

fn seed(target: &str, inputs: impl IntoIterator<Item = Vec<u8>>) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    fs::create_dir_all(&folder)?;
    for (number, input) in inputs.into_iter().enumerate() {
        fs::write(folder.join(format!("seed-{number}")), input)?;
    }
    Ok(())
}
