#!/usr/bin/python3
"""Primaries that lie and stall: the old version stays, the log says why, and other zones are followed all the while."""
import socket
import struct
import threading
import unittest

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rrset
import dns.tsig

from dns_client import algorithm_name, keyring_of, records, rcode_of, serial_of
from followed_zone import KEY, follow, secondary_server, started, update, wait_for_serial, zone_text
from homing_server import HomingServer

NAME = "example.com."


def soa(serial, owner=NAME):
    return dns.rrset.from_text(owner, 60, "IN", "SOA", f"ns.example.net. h.example.net. {serial} 1 1 100000 60")


NS = dns.rrset.from_text(NAME, 60, "IN", "NS", "ns.example.net.")


def a(label, address="192.0.2.1"):
    return dns.rrset.from_text(f"{label}.{NAME}" if not label.endswith(".") else label, 60, "IN", "A", address)


class FakePrimary:
    """Answers SOA questions with `serial`, and transfers with the lists of records that `transfer(question)` yields, one message each. None
    in their place: nothing more comes, and the connection stays open."""

    def __init__(self, serial, transfer):
        self.serial, self.transfer = serial, transfer
        self.address, self.sockets = "127.0.0.1", []
        while True:
            self.tcp = socket.create_server(("127.0.0.1", 0))
            self.port = self.tcp.getsockname()[1]
            self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                self.udp.bind(("127.0.0.1", self.port))
                break
            except OSError:
                self.udp.close()
                self.tcp.close()
        self.asked = threading.Semaphore(0)
        for target in (self.serve_udp, self.serve_tcp):
            threading.Thread(target=target, daemon=True).start()

    def close(self):
        for s in (self.udp, self.tcp, *self.sockets):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()

    def reply(self, question, rrsets, multi=None, tsig=None):
        """The wire of one signed message; the context of the next."""
        r = dns.message.make_response(question)
        r.flags |= dns.flags.AA
        r.answer = rrsets
        r.use_tsig(question.keyring, KEY.name, algorithm=algorithm_name(KEY.algorithm))
        r.request_mac = question.mac if multi is None else b""
        wire = r.to_wire(max_size=65535, multi=multi is not False, tsig_ctx=tsig)
        return wire, r.tsig_ctx

    def read(self, wire):
        return dns.message.from_wire(wire, keyring=keyring_of(KEY))

    def serve_udp(self):
        try:
            while True:
                wire, peer = self.udp.recvfrom(4096)
                question = self.read(wire)
                self.udp.sendto(self.reply(question, [soa(self.serial, question.question[0].name.to_text())], multi=None)[0], peer)
        except (OSError, dns.exception.DNSException):   # the end: what is shut down reads as an empty datagram
            pass

    def serve_tcp(self):
        try:
            while True:
                connection, _ = self.tcp.accept()
                self.sockets.append(connection)
                threading.Thread(target=self.serve_one, args=(connection,), daemon=True).start()
        except OSError:
            pass

    def serve_one(self, connection):
        try:
            head = connection.recv(2, socket.MSG_WAITALL)
            question = self.read(connection.recv(struct.unpack("!H", head)[0], socket.MSG_WAITALL))
            self.asked.release()
            context = None
            for rrsets in self.transfer(question):
                if rrsets is None:
                    return
                wire, context = self.reply(question, rrsets, multi=context, tsig=context)
                connection.sendall(struct.pack("!H", len(wire)) + wire)
            connection.close()
        except (OSError, struct.error, dns.exception.DNSException):   # the other side, or the test, has ended it
            pass


class LyingPrimaryTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.secondary = secondary_server()

    @classmethod
    def tearDownClass(cls):
        cls.secondary.close()

    def fake(self, serial, transfer):
        primary = FakePrimary(serial, transfer)
        self.addCleanup(primary.close)
        return primary

    def is_refused(self, messages, reason):
        """A zone that was received with serial 1 does not change by what these say."""
        state = {"messages": [[soa(1), NS, a("www"), soa(1)]]}
        primary = self.fake(1, lambda question: state["messages"])
        follow(self.secondary, NAME, primary)
        self.addCleanup(self.secondary.cli, "zone", "remove", NAME)
        wait_for_serial(self.secondary, NAME, 1)
        known = len(self.secondary.log.find(reason))
        state["messages"], primary.serial = messages, 9
        self.secondary.log.wait_for_another(reason, known)
        self.assertEqual(serial_of(self.secondary, NAME), 1)
        self.assertEqual(records(self.secondary, f"www.{NAME}", "A"), ["192.0.2.1"])
        self.assertEqual(rcode_of(self.secondary, f"evil.{NAME}"), "NXDOMAIN")

    def test_out_of_zone(self):
        self.is_refused([[soa(9), NS, a("evil"), a("www.example.net."), soa(9)]], r"record 4: www\.example\.net\. A is not in the zone")

    def test_other_serial_at_the_end(self):
        self.is_refused([[soa(9), NS, a("evil"), soa(10)]], r"began with serial 9 and ends with 10")

    def test_removes_what_is_not_there(self):
        self.is_refused([[soa(9), soa(1), a("gone"), soa(9), a("evil"), soa(9)]], r"it answers another question|gone\.example\.com\. A is to be removed")

    def test_serial_goes_back(self):
        self.is_refused([[soa(9), soa(1), soa(0), a("evil"), soa(9)]], r"the serial goes back from 1 to 0")

    def test_says_more_than_it_has(self):
        self.is_refused([[soa(1)]], r"says that it has serial 9, and transfers 1|no records|it closes")

    def test_a_cname_with_company(self):
        cname = dns.rrset.from_text(f"www.{NAME}", 60, "IN", "CNAME", "evil.example.")
        self.is_refused([[soa(9), NS, a("evil"), a("www"), cname, soa(9)]], r"www\.example\.com\. has a CNAME beside")

    def test_cut_short(self):
        self.is_refused([[soa(9), NS, a("evil")]], r"closes the connection")

    def test_one_that_hangs_holds_up_no_other(self):
        hanging = self.fake(9, lambda question: [None])
        for i in range(40):
            follow(self.secondary, f"z{i}.example.", hanging)
            self.addCleanup(self.secondary.cli, "zone", "remove", f"z{i}.example.")
        good = started(HomingServer({"good.example.": zone_text(refresh=1)}, [(KEY, ["*"])]))
        self.addCleanup(good.close)
        self.assertTrue(hanging.asked.acquire(timeout=60))
        follow(self.secondary, "good.example.", good)
        self.addCleanup(self.secondary.cli, "zone", "remove", "good.example.")
        wait_for_serial(self.secondary, "good.example.", 1)
        update(good, "good.example.", ("add", "new", 60, "A", "192.0.2.7"))
        wait_for_serial(self.secondary, "good.example.", 2)


if __name__ == "__main__":
    unittest.main()
