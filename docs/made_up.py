"""Writes recordings of networks that do not exist: made_up.py star|many FILE. The same every time."""

import random
import socket
import struct
import sys


def write(path, talks):
    """A pcap file (Ethernet) with a TCP packet for each (from, to, port, bytes), a millisecond apart."""
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for nth, (src, dst, port, size) in enumerate(talks):
            ip = struct.pack(">BBHHHBBH", 0x45, 0, 40 + size, 1, 0, 64, 6, 0) + socket.inet_aton(src) + socket.inet_aton(dst)
            tcp = struct.pack(">HHIIBBHHH", 40_000 + nth % 20_000, port, 1, 1, 0x50, 0x18, 1000, 0, 0)
            packet = bytes(12) + b"\x08\x00" + ip + tcp + bytes(size)
            out.write(struct.pack("<IIII", 1_700_000_000 + nth // 1000, nth % 1000 * 1000, len(packet), len(packet)) + packet)


def star():
    """3,000 clients of one server."""
    return [(f"10.1.{n // 250}.{n % 250 + 1}", "10.0.0.1", 443, random.randint(10, 1000)) for n in range(3000)]


def many():
    """9,700 clients in 97 subnets, 300 servers in 7: most of them ask few."""
    servers = [f"203.0.{n % 7}.{n // 7 + 1}" for n in range(300)]
    for n in range(9700):
        client = f"10.{n // 2500}.{n // 100 % 25}.{n % 100 + 1}"
        for _ in range(random.choice([1, 1, 1, 2, 2])):
            server = servers[int(300 * random.random() ** 3)]
            yield client, server, random.choice([443, 443, 443, 80, 53, 993]), random.randint(10, 1200)


random.seed(4)
write(sys.argv[2], {"star": star, "many": many}[sys.argv[1]]())
