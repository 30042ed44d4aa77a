#!/usr/bin/env python3
"""A probe: tells a `glouglou --listen 127.0.0.1:4430 --plain` of a flow that grows. No library is needed. probe.py [HOST [PORT]]"""
import socket, struct, sys, time

FLOW = struct.pack(">BBHHH4s4s", 4, 6, 50000, 443, 0, socket.inet_aton("192.0.2.10"), socket.inet_aton("198.51.100.20")) + struct.pack(">I", 1)

def record(kind, body): return struct.pack(">BBHi", 0, kind, len(body), 0) + body
def newconn(start_us): return record(1, FLOW + struct.pack(">QI", start_us, 0))
def data(packets, size): return record(3, FLOW + struct.pack(">II4Q", size, size, packets * size, packets * size, packets, packets))
def plain(probe, seq, now_us, first_event, *records):
    head = struct.pack(">4BIQ", 3, 0xFF, 0x31, 0, probe, seq) + struct.pack(">QQHHI", now_us, first_event, len(records), 0, 1)
    return head + b"".join(records)

if __name__ == "__main__":
    to = (sys.argv[1:2] or ["127.0.0.1"])[0], int((sys.argv[2:3] or ["4430"])[0])
    line, n = socket.socket(socket.AF_INET6 if ":" in to[0] else socket.AF_INET, socket.SOCK_DGRAM), 0
    while True:
        now = int(time.time() * 1e6)
        line.sendto(plain(42, n, now, n, newconn(now) if n == 0 else data(n, 1000)), to)
        n += 1
        time.sleep(0.25)
