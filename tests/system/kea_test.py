#!/usr/bin/python3
"""Kea's D2, which writes DHCP leases into the DNS (RFC 4703): the server's answers drive its state machine.

It is told of leases as Kea's DHCP servers would tell it: by NameChangeRequests over UDP.
"""
import json
import shutil
import socket
import struct
import unittest

from dns_client import make_update, records, send_update, serial_of
from foreign_daemon import ForeignDaemon
from homing_server import ZONE, HomingServer, test_key
from peer_servers import copied

FORWARD, REVERSE, REVERSE6 = "example.com.", "2.0.192.in-addr.arpa.", "8.b.d.0.1.0.0.2.ip6.arpa."
REVERSE_ZONE = """\
$TTL 3600
@   SOA ns1.example.com. hostmaster.example.com. 1 7200 3600 1209600 300
    NS  ns1.example.com.
"""
ONE, OTHER = "00010101" + "11" * 32, "00010101" + "22" * 32   # the DHCIDs of two clients
HOST = "laptop.example.com."


class D2(ForeignDaemon):
    name, ready = "kea", "DHCP_DDNS_QUEUE_MGR_(STARTED|START_ERROR)"

    def __init__(self, server, key):
        super().__init__()
        self.server, self.key = server, key

    def environment(self):
        return {"KEA_PIDFILE_DIR": self.directory, "KEA_LOCKFILE_DIR": self.directory, "KEA_LOGGER_DESTINATION": "stdout"}

    def command(self):
        def zones(*names):
            servers = [{"ip-address": self.server.address, "port": self.server.port}]
            return {"ddns-domains": [{"name": name, "key-name": self.key.name, "dns-servers": servers} for name in names]}
        config = {"ip-address": "127.0.0.1", "port": self.ports[0],
                  "tsig-keys": [{"name": self.key.name, "algorithm": self.key.algorithm.upper(), "secret": self.key.secret}],
                  "forward-ddns": zones(FORWARD), "reverse-ddns": zones(REVERSE, REVERSE6),
                  "loggers": [{"name": "kea-dhcp-ddns", "severity": "DEBUG", "debuglevel": 99,
                               "output_options": [{"output": "stdout", "flush": True}]}]}
        return [copied("kea-dhcp-ddns", self.directory), "-c", self.write("d2.json", json.dumps({"DhcpDdns": config}))]

    def is_up(self):
        return not self.log.find("START_ERROR")   # somebody else had the port

    def request(self, change_type, address, dhcid, host=HOST, forward=True, reverse=True):
        """Tells it of a lease, and waits for what becomes of it: its last word on the request."""
        text = json.dumps({"change-type": change_type, "forward-change": forward, "reverse-change": reverse, "fqdn": host,
                           "ip-address": address, "dhcid": dhcid, "lease-expires-on": "20390101000000", "lease-length": 600,
                           "use-conflict-resolution": True}).encode()
        ended = r"DHCP_DDNS_(ADD|REMOVE)_(SUCCEEDED|FAILED)"
        before = len(self.log.find(ended))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(struct.pack(">H", len(text)) + text, ("127.0.0.1", self.ports[0]))
        return self.log.wait_for_another(ended, before)[2]

    def add(self, address, dhcid, **options):
        return self.request(0, address, dhcid, **options)

    def remove(self, address, dhcid, **options):
        return self.request(1, address, dhcid, **options)


@unittest.skipUnless(shutil.which("kea-dhcp-ddns"), "needs kea-dhcp-ddns-server")
class KeaTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.key = test_key(name="kea.key.")
        cls.server = HomingServer(zones={FORWARD: ZONE, REVERSE: REVERSE_ZONE, REVERSE6: REVERSE_ZONE},
                                  keys=[(cls.key, [f"{zone} --preset dhcp" for zone in (FORWARD, REVERSE, REVERSE6)])])
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        cls.d2 = D2(cls.server, cls.key)
        cls.addClassCleanup(cls.d2.close)
        cls.d2.start()

    def setUp(self):
        """Each test begins without the host."""
        for zone, names in ((FORWARD, ["laptop"]), (REVERSE, ["7", "8"]), (REVERSE6, ["7." + "0." * 22 + "0"])):
            update = make_update(zone, self.key)
            for name in names:
                update.delete(name)
            self.assertEqual(send_update(self.server, update).rcode(), 0)

    def assert_host(self, address, dhcid, host=HOST):
        self.assertEqual(records(self.server, host, "A"), [address] if address else [])
        found = records(self.server, host, "DHCID")
        self.assertEqual(len(found), 1 if dhcid else 0)
        return found

    def pointer(self, last):
        return records(self.server, f"{last}.{REVERSE}", "PTR")

    def test_a_new_name(self):
        self.assertEqual(self.d2.add("192.0.2.7", ONE), "SUCCEEDED")
        self.assert_host("192.0.2.7", ONE)
        self.assertEqual(self.pointer(7), [HOST])
        self.assertEqual(len(records(self.server, f"7.{REVERSE}", "DHCID")), 1)

    def test_the_same_client_moves(self):
        """The first try ends with YXDOMAIN, the second, with its DHCID, replaces the address."""
        self.assertEqual(self.d2.add("192.0.2.7", ONE), "SUCCEEDED")
        self.assertEqual(self.d2.add("192.0.2.8", ONE), "SUCCEEDED")
        self.assert_host("192.0.2.8", ONE)
        self.assertEqual(self.pointer(8), [HOST])

    def test_the_same_client_again_at_the_same_address(self):
        for _ in range(2):
            self.assertEqual(self.d2.add("192.0.2.7", ONE), "SUCCEEDED")
        self.assert_host("192.0.2.7", ONE)
        self.assertEqual(self.pointer(7), [HOST])

    def test_another_client_does_not_get_the_name(self):
        """YXDOMAIN, then NXRRSET: the name has another DHCID."""
        self.assertEqual(self.d2.add("192.0.2.7", ONE), "SUCCEEDED")
        serials = [serial_of(self.server, zone) for zone in (FORWARD, REVERSE)]
        self.assertEqual(self.d2.add("192.0.2.8", OTHER), "FAILED")
        self.assert_host("192.0.2.7", ONE)
        self.assertEqual(self.pointer(8), [])
        self.assertEqual([serial_of(self.server, zone) for zone in (FORWARD, REVERSE)], serials)
        self.assertEqual(self.server.log.find(r"YXDOMAIN|NXRRSET|warning|error"), [], "that is no error")

    def test_a_name_that_is_in_use_without_a_dhcid_stays(self):
        self.assertEqual(self.d2.add("192.0.2.8", ONE, host="www.example.com."), "FAILED")
        self.assertEqual(records(self.server, "www.example.com", "A"), ["192.0.2.80"])
        self.assertEqual(self.pointer(8), [])

    def test_the_lease_ends(self):
        self.assertEqual(self.d2.add("192.0.2.7", ONE), "SUCCEEDED")
        self.assertEqual(self.d2.remove("192.0.2.7", ONE), "SUCCEEDED")
        self.assert_host(None, None)
        self.assertEqual(self.pointer(7), [])
        self.assertEqual(records(self.server, f"7.{REVERSE}", "DHCID"), [])

    def test_the_lease_of_another_client_ends(self):
        self.assertEqual(self.d2.add("192.0.2.7", ONE), "SUCCEEDED")
        self.d2.remove("192.0.2.7", OTHER, reverse=False)
        self.assert_host("192.0.2.7", ONE)

    def test_a_lease_that_ends_twice(self):
        self.assertEqual(self.d2.add("192.0.2.7", ONE), "SUCCEEDED")
        for _ in range(2):
            self.assertEqual(self.d2.remove("192.0.2.7", ONE), "SUCCEEDED")
        self.assert_host(None, None)

    def test_both_families_at_one_name(self):
        """When one lease ends, the other's address and the DHCID stay."""
        self.assertEqual(self.d2.add("192.0.2.7", ONE), "SUCCEEDED")
        self.assertEqual(self.d2.add("2001:db8::7", ONE), "SUCCEEDED")
        self.assert_host("192.0.2.7", ONE)
        self.assertEqual(records(self.server, HOST, "AAAA"), ["2001:db8::7"])
        self.assertEqual(records(self.server, "7." + "0." * 23 + REVERSE6, "PTR"), [HOST])
        self.d2.remove("192.0.2.7", ONE)   # Kea 2.2 takes the YXRRSET that says "it has an AAAA" (RFC 4703 5.5) for a failure
        self.assert_host(None, ONE)
        self.assertEqual(records(self.server, HOST, "AAAA"), ["2001:db8::7"])
        self.assertEqual(self.d2.remove("2001:db8::7", ONE), "SUCCEEDED")
        self.assert_host(None, None)

    def test_only_one_direction(self):
        self.assertEqual(self.d2.add("192.0.2.7", ONE, reverse=False), "SUCCEEDED")
        self.assertEqual(self.pointer(7), [])
        self.assertEqual(self.d2.add("192.0.2.8", ONE, forward=False), "SUCCEEDED")
        self.assert_host("192.0.2.7", ONE)
        self.assertEqual(self.pointer(8), [HOST])


if __name__ == "__main__":
    unittest.main()
