#!/usr/bin/python3
"""NOTIFY (RFC 1996) as it leaves: to a secondary that this test plays itself, so that it sees every datagram."""
import json
import socket
import threading
import time
import unittest

import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdatatype
import dns.rrset

from dns_client import keyring_of, make_update, send_update, serial_of
from homing_server import PATIENCE, ZONE, HomingServer, test_key
from peer_servers import lasting_port

ZONE_NAME = "example.com."
KEY = test_key()
SPACING = 0.15   # between two NOTIFY for a zone


class PlayedSecondary:
    """Notes each NOTIFY with its time; answers as it is told. It has the serials that `serials` says."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.keyring, self.serials, self.answers, self.signs = None, {}, True, True
        self.changed = threading.Condition()
        self.notifies, self.questions = [], 0   # (time, message)
        self.is_over = False
        self.thread = threading.Thread(target=self.run, daemon=True)

    def follow(self, primary, label):
        """From now on it is a secondary, whose key is returned; what has come before it is known by which key waits in the socket."""
        primary.cli("secondary", "add", label, f"127.0.0.1:{self.port}")
        line = next(s for s in primary.cli("key", "show", label).splitlines() if "hmac-sha256:" in s)
        key = test_key(name=label + ".", secret=line.split()[-1].strip("'\"").split(":")[2])
        self.keyring = keyring_of(key)
        self.thread.start()
        return key

    def run(self):
        while True:
            try:
                wire, sender = self.socket.recvfrom(4096)
            except OSError:
                return
            if self.is_over:
                return
            arrived = time.monotonic()
            message = dns.message.from_wire(wire, keyring=self.keyring)   # raises, and the test fails, if it is wrongly signed
            with self.changed:
                if message.opcode() == dns.opcode.NOTIFY:
                    self.notifies.append((arrived, message))
                else:
                    self.questions += 1
                answers = self.answers
                self.changed.notify_all()
            if answers:
                self.answer(message, sender)

    def answer(self, message, sender):
        zone = message.question[0].name.to_text()
        if not self.signs:
            plain = dns.message.make_query(zone, "SOA", flags=0, id=message.id)
            plain.set_opcode(message.opcode())
            message = plain
        reply = dns.message.make_response(message)
        reply.flags |= dns.flags.AA
        if message.opcode() != dns.opcode.NOTIFY and zone in self.serials:
            reply.answer.append(dns.rrset.from_text(zone, 60, "IN", "SOA", f"ns. h. {self.serials[zone]} 1 2 3 4"))
        wire = reply.to_wire()
        try:
            self.socket.sendto(wire, sender)
        except OSError:
            pass

    def of_zone(self, zone=ZONE_NAME):
        return [(when, m) for when, m in list(self.notifies) if m.question[0].name.to_text() == zone]

    def wait_for(self, condition, what):
        with self.changed:
            if not self.changed.wait_for(condition, PATIENCE):
                raise AssertionError(f"never: {what}; {len(self.notifies)} NOTIFY, {self.questions} questions")

    def close(self):
        self.is_over = True
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.sendto(b"end", ("127.0.0.1", self.port))
        if self.thread.is_alive():
            self.thread.join(PATIENCE)
        self.socket.close()


class NotifyTest(unittest.TestCase):
    def setUp(self):
        self.primary = HomingServer(zones={ZONE_NAME: ZONE}, keys=[(KEY, ["*"])], listen=(f"127.0.0.1:{lasting_port()}",))
        self.addCleanup(self.primary.close)
        self.primary.start()
        self.secondary = PlayedSecondary()
        self.addCleanup(self.secondary.close)

    def follow(self):
        """Adds the secondary; returns when it was told of the catalog, and the first round has found it as it is to be."""
        self.secondary.serials[ZONE_NAME] = serial_of(self.primary, ZONE_NAME)
        self.secondary.follow(self.primary, "played")
        self.secondary.wait_for(lambda: any(m.question[0].name.to_text() == "catalog.invalid." for _, m in self.secondary.notifies)
                                and self.secondary.questions > 0, "the catalog is told, and a question comes")

    def update(self, address="192.0.2.9"):
        update = make_update(ZONE_NAME, KEY)
        update.replace("moving", 60, "A", address)
        self.assertEqual(send_update(self.primary, update).rcode(), 0)
        return time.monotonic()

    def state(self):
        return json.loads(self.primary.cli("status", "--json"))["secondaries"][0]

    def wait_for_state(self, condition):
        deadline = time.monotonic() + PATIENCE
        while not condition(self.state()):
            self.assertLess(time.monotonic(), deadline, self.state())

    def test_what_it_says(self):
        self.follow()
        self.update()
        self.secondary.wait_for(lambda: self.secondary.of_zone(), "a NOTIFY")
        _, message = self.secondary.of_zone()[0]
        self.assertTrue(message.had_tsig)
        self.assertEqual(message.keyname.to_text(), "played.")
        self.assertTrue(message.flags & dns.flags.AA)
        self.assertEqual(message.question[0].rdtype, dns.rdatatype.SOA)
        self.assertEqual(message.answer[0][0].serial, serial_of(self.primary, ZONE_NAME))

    def test_at_once_after_each_change(self):
        """The median is what matters; a loaded machine may be slow at times."""
        self.follow()
        delays = []
        for i in range(20):
            known = len(self.secondary.of_zone())
            sent = self.update(f"10.0.0.{i + 1}")
            self.secondary.serials[ZONE_NAME] = serial_of(self.primary, ZONE_NAME)
            self.secondary.wait_for(lambda: len(self.secondary.of_zone()) > known, "another NOTIFY")
            delays.append(self.secondary.of_zone()[known][0] - sent)
            while time.monotonic() <= self.secondary.of_zone()[-1][0] + SPACING:   # then the next one may leave at once again
                self.primary.cli("version")
        delays.sort()
        print(f"NOTIFY after the reply to the update: median {delays[10] * 1000:.1f} ms, most {delays[-1] * 1000:.1f} ms")
        self.assertLess(delays[10], 1)

    def test_many_changes_are_few_notifies_and_the_last_one_is_told(self):
        self.follow()
        begin = time.monotonic()
        for i in range(300):
            last = self.update(f"10.0.{i // 250}.{i % 250 + 1}")
        serial = serial_of(self.primary, ZONE_NAME)
        self.secondary.wait_for(lambda: any(m.answer[0][0].serial == serial for _, m in self.secondary.of_zone()), "the last change")
        told = self.secondary.of_zone()
        self.assertLessEqual(len(told), (last - begin) / SPACING + 10)
        serials = [m.answer[0][0].serial for _, m in told]
        self.assertEqual(serials, sorted(serials))

    def test_without_an_answer_it_comes_again_and_then_it_is_behind(self):
        self.follow()
        self.secondary.answers = False
        self.update()
        self.secondary.wait_for(lambda: len(self.secondary.of_zone()) >= 3, "it comes again")
        times = [when for when, _ in self.secondary.of_zone()]
        self.assertGreater(times[1] - times[0], 0.5)   # a second, unless the first was late here
        self.assertGreater(times[2] - times[0], 1.5)
        state = self.state()
        self.assertEqual(state["behind"], 1)
        self.assertIsNotNone(state["behind_since"])
        self.secondary.serials[ZONE_NAME] = serial_of(self.primary, ZONE_NAME)
        self.secondary.answers = True
        self.wait_for_state(lambda s: s["behind"] == 0)

    def test_an_answer_that_is_not_signed_is_none(self):
        self.follow()
        self.secondary.signs = False
        self.secondary.serials[ZONE_NAME] = serial_of(self.primary, ZONE_NAME) + 1
        self.update()
        self.secondary.wait_for(lambda: len(self.secondary.of_zone()) >= 2, "it comes again")
        self.assertEqual(self.state()["behind"], 1)

    def test_a_serial_that_stays_old_is_behind(self):
        self.follow()
        self.update()
        self.secondary.wait_for(lambda: self.secondary.questions > 3, "it is asked again")
        self.wait_for_state(lambda s: s["behind"] == 1 and s["some_behind"][0]["serial_there"] == self.secondary.serials[ZONE_NAME])
        self.secondary.serials[ZONE_NAME] = serial_of(self.primary, ZONE_NAME)
        self.wait_for_state(lambda s: s["behind"] == 0)

    def test_never_to_itself(self):
        self.primary.cli("secondary", "add", "self", f"127.0.0.1:{self.primary.port}")
        self.update()
        state = self.state()
        self.assertTrue(state["is_this_server"])
        self.assertEqual((state["notifies"], state["answers"]), (0, 0))
        self.assertIn("an address of this server", self.primary.cli("status"))

    def test_after_a_kill_it_finds_who_is_behind(self):
        self.follow()
        self.secondary.answers = False
        self.update()
        self.primary.kill()
        self.secondary.answers = True
        known = len(self.secondary.of_zone())
        self.primary.start()
        self.secondary.wait_for(lambda: len(self.secondary.of_zone()) > known, "it is told after the start")

    def test_a_secondary_that_is_removed_is_told_nothing(self):
        self.follow()
        self.primary.cli("secondary", "remove", "played")
        known = len(self.secondary.notifies)
        other = PlayedSecondary()
        self.addCleanup(other.close)
        other.follow(self.primary, "other")
        self.update()
        other.wait_for(lambda: other.of_zone(), "another one is told")
        self.assertEqual(len([m for _, m in self.secondary.notifies[known:] if m.question[0].name.to_text() == ZONE_NAME]), 0)


if __name__ == "__main__":
    unittest.main()
