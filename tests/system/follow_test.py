#!/usr/bin/python3
"""homing as a secondary of BIND, Knot and homing: NOTIFY, IXFR, a chain, restarts, wrong keys, expiry, forwarded updates."""
import json
import os
import re
import unittest

import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.query
import dns.rcode
import dns.tsig
import dns.zone

from dns_client import algorithm_name, keyring_of, make_update, records, rcode_of, send_update, serial_of
from followed_zone import (KEY, NotifyingBind, NotifyingKnot, follow, secondary_server, soa_of, started, update, wait_for_rcode, wait_for_serial,
                           wait_until, zone_text)
from homing_server import HomingServer, Key, test_key

NAME = "example.com."


def transfer(server, zone, key=KEY):
    received = dns.zone.Zone(zone, relativize=False)
    question = dns.message.make_query(zone, "AXFR")
    question.use_tsig(keyring_of(key), dns.name.from_text(key.name), algorithm=algorithm_name(key.algorithm))
    dns.query.inbound_xfr(server.address, received, question, port=server.port, timeout=60)
    return received


def history_of(server, zone):
    return server.cli("history", zone, "--limit", "all")


def secondary_serials(server):
    """Those that the journal leads to, newest first."""
    return [json.loads(line)["serial_to"] for line in server.cli("history", NAME, "--json").splitlines()]


class FollowTest(unittest.TestCase):
    def secondary(self):
        server = secondary_server()
        self.addCleanup(server.close)
        return server

    def bind(self, *notified, **options):
        server = started(NotifyingBind({NAME: zone_text(**options)}, notified=notified))
        self.addCleanup(server.close)
        return server

    def homing(self, text=None, keys=((KEY, ["*"]),)):
        server = started(HomingServer({NAME: text or zone_text()}, keys))
        self.addCleanup(server.close)
        return server

    def follows_updates(self, primary, secondary, count=10):
        """Updates at the primary come by NOTIFY, each as a step of its own."""
        wait_for_serial(secondary, NAME, 1)
        first = serial_of(primary, NAME)
        for i in range(count):
            self.assertEqual(update(primary, NAME, ("add", f"h{i}", 60, "A", f"192.0.2.{i}")), "NOERROR")
            wait_for_serial(secondary, NAME, first + i + 1)
            self.assertEqual(records(secondary, f"h{i}.{NAME}", "A"), [f"192.0.2.{i}"])
        self.assertEqual(update(primary, NAME, ("delete", "www")), "NOERROR")
        wait_for_serial(secondary, NAME, first + count + 1)
        self.assertEqual(rcode_of(secondary, f"www.{NAME}"), "NXDOMAIN")
        self.assertEqual(transfer(primary, NAME), transfer(secondary, NAME))

    def test_bind(self):
        secondary = self.secondary()
        primary = self.bind(secondary.port)
        follow(secondary, NAME, primary)
        secondary.cli("key", "grant", KEY.name, NAME, "--may", "transfer")
        self.follows_updates(primary, secondary)
        self.assertIn("by shared.key. from 127.0.0.1#", history_of(secondary, NAME))

    def test_knot(self):
        secondary = self.secondary()
        primary = started(NotifyingKnot({NAME: zone_text()}, notified=[secondary.port]))
        self.addCleanup(primary.close)
        follow(secondary, NAME, primary)
        secondary.cli("key", "grant", KEY.name, NAME, "--may", "transfer")
        self.follows_updates(primary, secondary, count=3)   # it sends a NOTIFY a second after a change

    def test_a_chain_of_homings(self):
        """The second follows the first, the third the second; each journal has every serial."""
        many = zone_text() + "".join(f"other{i} A 192.0.2.{i}\n" for i in range(60))   # the whole would cost more than what changed
        first, second, third = self.homing(many), self.secondary(), self.secondary()
        follow(second, NAME, first)
        second.cli("key", "grant", KEY.name, NAME, "--may", "transfer")
        wait_for_serial(second, NAME, 1)
        follow(third, NAME, second)
        wait_for_serial(third, NAME, 1)
        serial = None
        for i in range(3):
            self.assertEqual(update(first, NAME, ("add", f"h{i}", 60, "A", f"192.0.2.{i}")), "NOERROR")
            serial = serial_of(first, NAME)
        for server, from_key in ((second, KEY), (third, KEY)):
            self.notify(server)
            wait_for_serial(server, NAME, serial)
        self.assertEqual(records(third, f"h2.{NAME}", "A"), ["192.0.2.2"])
        # Every serial is a step at the secondary, too.
        steps = secondary_serials(second)
        self.assertEqual(steps, list(range(serial, 0, -1)))
        self.assertEqual(secondary_serials(third), steps)

    def notify(self, server, key=KEY, zone=NAME):
        """As a primary says that a zone has changed (RFC 1996); returns the reply."""
        message = dns.message.make_query(zone, "SOA", flags=dns.flags.AA)
        message.set_opcode(dns.opcode.NOTIFY)
        if key:
            message.use_tsig(keyring_of(key), dns.name.from_text(key.name), algorithm=algorithm_name(key.algorithm))
        return dns.query.udp(message, server.address, port=server.port, timeout=20)

    def test_who_may_notify(self):
        primary, secondary = self.homing(), self.secondary()
        follow(secondary, NAME, primary)
        wait_for_serial(secondary, NAME, 1)
        good = self.notify(secondary)
        self.assertEqual(good.rcode(), dns.rcode.NOERROR)
        self.assertTrue(good.flags & dns.flags.AA)
        self.assertTrue(good.had_tsig)
        self.assertEqual(self.notify(secondary, key=None).rcode(), dns.rcode.REFUSED)
        self.assertEqual(self.notify(secondary, zone="other.example.").rcode(), dns.rcode.NOTAUTH)
        other = test_key(name="other.key.")
        secondary.add_key(other)
        self.assertEqual(self.notify(secondary, key=other).rcode(), dns.rcode.REFUSED)
        self.assertTrue(secondary.log.wait_for(r"notify.*not signed with the key shared\.key"))

    def test_primary_killed_and_started_again(self):
        primary, secondary = self.homing(zone_text(refresh=1, retry=1)), self.secondary()
        follow(secondary, NAME, primary)
        wait_for_serial(secondary, NAME, 1)
        update(primary, NAME, ("add", "before", 60, "A", "192.0.2.1"))
        port = primary.port
        primary.kill()
        primary.listen = (f"127.0.0.1:{port}",)
        self.assertTrue(secondary.log.wait_for(rf"zone {NAME}: 127.0.0.1:{port}"))
        self.assertEqual(rcode_of(secondary, f"www.{NAME}"), "NOERROR")
        primary.start()
        update(primary, NAME, ("add", "after", 60, "A", "192.0.2.2"))
        wait_for_serial(secondary, NAME, serial_of(primary, NAME))
        self.assertEqual(records(secondary, f"after.{NAME}", "A"), ["192.0.2.2"])

    def test_wrong_secret_and_no_right(self):
        primary, secondary = self.homing(), self.secondary()
        wrong = Key(KEY.name, KEY.algorithm, "d3Jvbmcgd3Jvbmcgd3Jvbmcgd3Jvbmcgd3Jvbmcgd3I=")
        follow(secondary, NAME, primary, key=wrong)
        self.assertTrue(secondary.log.wait_for(r"BADSIG"))
        self.assertEqual(soa_of(secondary, NAME), ("SERVFAIL", None))
        self.assertIn("no contents yet", secondary.cli("zone", "list"))
        shown = secondary.cli("zone", "show", NAME)
        self.assertIn("BADSIG", shown)
        self.assertIn("SERVFAIL", shown)

    def test_a_stale_first_primary(self):
        """The freshest wins, whichever comes first."""
        stale, fresh, secondary = self.homing(), self.homing(), self.secondary()
        for i in range(3):
            update(fresh, NAME, ("add", f"h{i}", 60, "A", f"192.0.2.{i}"))
        follow(secondary, NAME, stale, fresh)
        wait_for_serial(secondary, NAME, serial_of(fresh, NAME))
        self.assertEqual(records(secondary, f"h2.{NAME}", "A"), ["192.0.2.2"])

    def test_expiry(self):
        """Without its primary it is SERVFAIL in the end, also after a restart, and comes back with it."""
        primary, secondary = self.homing(zone_text(refresh=1, retry=1, expire=3)), self.secondary()
        follow(secondary, NAME, primary)
        wait_for_serial(secondary, NAME, 1)
        port = primary.port
        primary.kill()
        self.assertTrue(secondary.log.wait_for("has expired"))
        wait_for_rcode(secondary, NAME, "SERVFAIL")
        self.assertEqual(rcode_of(secondary, f"www.{NAME}"), "SERVFAIL")
        self.assertIn("expired", secondary.cli("zone", "list"))
        secondary.restart()
        self.assertEqual(soa_of(secondary, NAME), ("SERVFAIL", None))
        primary.listen = (f"127.0.0.1:{port}",)
        primary.start()
        wait_for_serial(secondary, NAME, 1)
        self.assertEqual(rcode_of(secondary, f"www.{NAME}"), "NOERROR")

    def test_updates_are_forwarded(self):
        primary, secondary = self.homing(), self.secondary()
        client = test_key(name="client.key.")
        primary.add_key(client, [NAME])   # the secondary does not know it
        follow(secondary, NAME, primary)
        wait_for_serial(secondary, NAME, 1)
        for tcp in (False, True):
            message = make_update(NAME, client)
            message.add(f"new{int(tcp)}", 60, "A", "192.0.2.9")
            reply = send_update(secondary, message, tcp=tcp)
            self.assertEqual(reply.rcode(), dns.rcode.NOERROR)
            self.assertTrue(reply.had_tsig)
            self.assertEqual(records(primary, f"new{int(tcp)}.{NAME}", "A"), ["192.0.2.9"])
        self.notify(secondary)
        wait_for_serial(secondary, NAME, 3)
        stranger = make_update(NAME, test_key(name="stranger.key."))
        stranger.add("bad", 60, "A", "192.0.2.9")
        with self.assertRaises(dns.tsig.PeerBadKey):   # the primary's own words
            send_update(secondary, stranger, tcp=True)
        unsigned = make_update(NAME)
        unsigned.add("bad", 60, "A", "192.0.2.9")
        self.assertEqual(send_update(secondary, unsigned).rcode(), dns.rcode.REFUSED)
        self.assertEqual(rcode_of(primary, f"bad.{NAME}"), "NXDOMAIN")
        primary.kill()
        message = make_update(NAME, KEY)
        message.add("late", 60, "A", "192.0.2.9")
        self.assertEqual(send_update(secondary, message, tcp=True).rcode(), dns.rcode.SERVFAIL)

    def test_a_secondary_is_not_changed_here(self):
        primary, secondary = self.homing(), self.secondary()
        follow(secondary, NAME, primary)
        wait_for_serial(secondary, NAME, 1)
        refused = secondary.run("record", "set", f"www.{NAME}", "60", "A", "192.0.2.99")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("is a secondary", refused.stderr)
        self.assertEqual(secondary.run("zone", "add", NAME).returncode, 1)
        secondary.cli("zone", "remove", NAME)
        self.assertEqual(soa_of(secondary, NAME)[0], "REFUSED")

    def test_the_document(self):
        """Its commands, with addresses and secrets that are there."""
        primary, secondary = self.homing(), self.secondary()
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "following.md"), encoding="utf-8") as file:
            commands = re.findall(r"^    homing (.+)$", file.read(), re.M)
        self.assertGreaterEqual(len(commands), 4)
        for command in commands:
            command = command.replace("192.0.2.1", f"127.0.0.1:{primary.port}").replace("c2VjcmV0...", KEY.secret)
            secondary.cli(*command.replace(":secondary:", f":{KEY.name.rstrip('.')}:").split())
        wait_for_serial(secondary, NAME, 1)


if __name__ == "__main__":
    unittest.main()
