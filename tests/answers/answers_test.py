#!/usr/bin/python3
"""Asks a server every query of the *.case files and compares the answers.

  answers_test.py                            homing, the binary that HOMING_BIN names
  answers_test.py --server knot              the same queries against BIND, Knot, NSD or PowerDNS (bind, knot, nsd, pdns)
  answers_test.py --case dname --case any    only these files
"""
import argparse
import glob
import os
import re
import socket
import struct
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))

import dns.message  # noqa: E402
import dns.zone  # noqa: E402

import case_file  # noqa: E402
import homing_server  # noqa: E402
import peer_servers  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
SERVER = "homing"
PROBE_ID = 0xFFFE


def start_server(zones):
    if SERVER == "homing":
        server = homing_server.HomingServer()
        server.import_zones(zones)
    else:
        server = peer_servers.make_peer(SERVER, zones)
    try:
        return server.start()
    except BaseException:
        server.close()
        raise


class Asker:
    """Sends queries, each from a socket of its own. Silence is proved by a second, good query on the same socket whose
    answer comes first, not by waiting."""

    def __init__(self, server, origin):
        self.address = (server.address, server.port)
        self.patience = homing_server.PATIENCE if SERVER == "homing" else 3
        probe = dns.message.make_query(origin, "SOA")
        probe.id = PROBE_ID
        self.probe = probe.to_wire()

    def ask(self, query):
        return (self.ask_tcp if query.tcp else self.ask_udp)(query)

    def ask_udp(self, query):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(self.patience)
            sock.connect(self.address)
            sock.send(query.wire)
            try:
                if not query.silence:
                    return sock.recv(65536)
                sock.send(self.probe)
                reply = sock.recv(65536)
                return None if reply[:2] == self.probe[:2] else reply
            except socket.timeout:
                return None

    def ask_tcp(self, query):
        with socket.create_connection(self.address, self.patience) as sock:
            sock.sendall(struct.pack(">H", len(query.wire)) + query.wire)
            if query.silence:
                sock.sendall(struct.pack(">H", len(self.probe)) + self.probe)
            try:
                reply = self.receive(sock)
            except (socket.timeout, ConnectionResetError):
                return None
            if query.silence and reply and reply[:2] == self.probe[:2]:
                return None
            return reply

    @staticmethod
    def receive(sock):
        data = b""
        while len(data) < 2 or len(data) < 2 + struct.unpack(">H", data[:2])[0]:
            chunk = sock.recv(65536)
            if not chunk:
                return None
            data += chunk
        return data[2:]


def records_of_zones(zones):
    """Every record of the zones, or None where dnspython can't read one of them."""
    known = set()
    try:
        for origin, text in zones.items():
            zone = dns.zone.from_text(text, origin, relativize=False, check_origin=False)
            for name, node in zone.items():
                for rdataset in node:
                    known.update(case_file.make_record(name, 1, rdataset.ttl, rdata) for rdata in rdataset)
    except Exception:   # a zone that is odd on purpose
        return None
    return known


def show(wire):
    if wire is None:
        return "  (no reply)"
    try:
        text = dns.message.from_wire(wire).to_text()
    except Exception as error:   # whatever dnspython finds
        text = f"{wire.hex()}\n({error})"
    return "\n".join("  " + line for line in text.split("\n"))


class AnswersTest(unittest.TestCase):
    """One test per case file; its methods are made below."""

    maxDiff = None

    def check_file(self, path):
        case = case_file.read(path)
        if SERVER in case.without:
            self.skipTest(case.without[SERVER])
        known = records_of_zones(case.zones)
        with start_server(case.zones) as server:
            asker = Asker(server, case.origin)
            for query in case.queries:
                with self.subTest(query=f"{os.path.basename(path)}:{query.line}: {query.heading}"):
                    self.check_query(asker, query, case.apexes, known)
            if SERVER == "homing":
                self.assertEqual(server.stop(), 0, server.log.text())

    def check_query(self, asker, query, apexes, known):
        if query.expectation_line is None:
            self.fail("the case does not say which answer is right")
        if SERVER in query.differs and query.differs[SERVER].startswith("never answers"):
            return
        wire = asker.ask(query)
        faults = case_file.faults_of(query, wire, apexes, known, SERVER == "homing")
        if SERVER in query.differs:
            if not faults:
                print(f"note: {SERVER} no longer differs: {query.where}", file=sys.stderr)
        elif faults:
            self.fail("\n  " + "\n  ".join(faults) + "\nThe reply:\n" + show(wire))


def add_test(path):
    name = os.path.splitext(os.path.basename(path))[0]
    setattr(AnswersTest, "test_" + re.sub(r"\W", "_", name), lambda self: self.check_file(path))
    return name


def main():
    global SERVER
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default="homing", choices=["homing", *peer_servers.PEERS])
    parser.add_argument("--case", action="append", default=[])
    options, rest = parser.parse_known_args()
    SERVER = options.server
    names = [add_test(path) for path in sorted(glob.glob(os.path.join(HERE, "*.case")))
             if not options.case or os.path.splitext(os.path.basename(path))[0] in options.case]
    if not names:
        parser.error("no such case")
    start = time.monotonic()
    outcome = unittest.main(argv=[sys.argv[0], *rest], exit=False).result
    queries = sum(len(case_file.read(os.path.join(HERE, name + ".case")).queries) for name in names)
    print(f"{queries} queries in {len(names)} files, {time.monotonic() - start:.1f} s", file=sys.stderr)
    sys.exit(not outcome.wasSuccessful())


if __name__ == "__main__":
    main()
