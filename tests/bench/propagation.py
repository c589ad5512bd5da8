#!/usr/bin/python3
"""How soon a change at the primary is at its secondaries: propagation.py [knot|bind|nsd|homing] [SECONDARIES [UPDATES [ZONES]]].

All on this machine, over 127.0.0.1. From the reply to an UPDATE (the change is on disk and visible at the primary) to the first answer of each
secondary with the new serial, asked again and again. HOMING_BIN names the binary.
"""
import os
import select
import socket
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))

import dns.message

import secondary_servers
from dns_client import make_update, send_update, serial_of
from homing_server import ZONE, HomingServer, test_key

KEY = test_key()


class Follower:
    """Asks one secondary for a zone's SOA until the serial is the one that is waited for."""

    def __init__(self, secondary):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect((secondary.address, secondary.port))
        self.socket.setblocking(False)

    def ask(self, wire):
        try:
            self.socket.send(wire)
        except OSError:
            pass

    def serial(self):
        try:
            reply = dns.message.from_wire(self.socket.recv(4096))
        except OSError:
            return None
        return reply.answer[0][0].serial if reply.answer else None


def measure(followers, zone, serial, begin):
    """Milliseconds until each has the serial."""
    wire = dns.message.make_query(zone, "SOA", flags=0).to_wire()
    waiting, done = set(followers), []
    asked = 0
    while waiting:
        now = time.monotonic()
        if now - asked > 0.002:
            for f in waiting:
                f.ask(wire)
            asked = now
        ready, _, _ = select.select([f.socket for f in waiting], [], [], 0.002)
        by_socket = {f.socket: f for f in waiting}
        for s in ready:
            found = by_socket[s].serial()
            if found is not None and found >= serial:
                done.append((time.monotonic() - begin) * 1000)
                waiting.discard(by_socket[s])
    return done


def main():
    kind = sys.argv[1] if len(sys.argv) > 1 else "knot"
    count, updates, zones = (int(sys.argv[i]) if len(sys.argv) > i else usual for i, usual in ((2, 1), (3, 100), (4, 1)))
    names = [f"zone{i}.example." for i in range(zones)]
    primary = HomingServer(keys=[(KEY, ["*"])])
    secondaries = []
    try:
        primary.import_zones({name: ZONE for name in names})
        primary.start()
        begin = time.monotonic()
        make = {"knot": secondary_servers.Knot, "bind": secondary_servers.Bind,
                "nsd": lambda p, label: secondary_servers.Nsd(p, names, label),
                "homing": getattr(secondary_servers, "Homing", None)}[kind]
        for i in range(count):
            secondaries.append(make(primary, f"s{i}"))
            secondaries[-1].start()
        for s in secondaries:
            s.wait_for_serial(names[-1], serial_of(primary, names[-1]), 600)
        print(f"{count} {kind} have {zones} zones {time.monotonic() - begin:.1f} s after the first was started")
        followers = [Follower(s) for s in secondaries]
        first, last = [], []
        for n in range(updates):
            zone = names[n % len(names)]
            update = make_update(zone, KEY)
            update.replace("moving", 60, "A", f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}")
            send_update(primary, update)
            begin = time.monotonic()
            times = measure(followers, zone, serial_of(primary, zone), begin)
            first.append(times[0])
            last.append(times[-1])
            while time.monotonic() < begin + 0.2:   # not what several changes in a row are like
                select.select([], [], [], 0.02)
        for name, values in (("the first", first), ("the last", last)):
            values.sort()
            print(f"{name:9} of {count} {kind}: median {statistics.median(values):.1f} ms, "
                  f"p99 {values[int(len(values) * 0.99) - 1]:.1f} ms, most {values[-1]:.1f} ms, {updates} updates")
    finally:
        for s in secondaries:
            s.close()
        primary.close()


if __name__ == "__main__":
    main()
