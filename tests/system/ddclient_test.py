#!/usr/bin/python3
"""ddclient with its nsupdate protocol: what a computer at home runs when its address moves."""
import os
import shutil
import tempfile
import unittest

from dns_client import has_tool, records, run_tool, serial_of
from homing_server import ZONE, HomingServer, Key, test_key, write_private

ZONE_NAME = "example.com."
HOSTS = ["home.example.com", "camera.home.example.com"]


@unittest.skipUnless(has_tool("ddclient"), "needs ddclient")
class DdclientTest(unittest.TestCase):
    def setUp(self):
        self.key = test_key(name="home.key.")
        self.server = HomingServer(zones={ZONE_NAME: ZONE}, keys=[(self.key, [f"{host} --preset host" for host in HOSTS])])
        self.addCleanup(self.server.close)
        self.server.start()
        self.directory = tempfile.mkdtemp(prefix="homing-ddclient-")
        self.addCleanup(shutil.rmtree, self.directory, True)

    def write(self, name, text):
        return write_private(self.directory, name, text)

    def ddclient(self, address, hosts=HOSTS, tcp=False, key=None):
        key_file = self.write("key", (key or self.key).file_text)
        config = self.write("ddclient.conf", f"""
ssl=no, min-interval=0, min-error-interval=0
use=ip, ip={address}
protocol=nsupdate \\
server=127.0.0.1:{self.server.port} \\
password={key_file} \\
zone=example.com \\
ttl=60 \\
tcp={"yes" if tcp else "no"} \\
{",".join(hosts)}
""")
        return run_tool("ddclient", "-daemon=0", "-file", config, "-cache", os.path.join(self.directory, "cache"), "-verbose", "-noquiet")

    def assert_moved(self, address, rrtype="A", **options):
        done = self.ddclient(address, **options)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("SUCCESS", done.stdout + done.stderr)
        for host in HOSTS:
            self.assertEqual(records(self.server, host, rrtype), [address], done.stdout + done.stderr)

    def test_an_address_moves(self):
        """All hosts in one message, each time; nothing is sent when nothing moved."""
        serial = serial_of(self.server, ZONE_NAME)
        for step, address in enumerate(("192.0.2.101", "192.0.2.102"), 1):
            self.assert_moved(address)
            self.assertEqual(serial_of(self.server, ZONE_NAME), serial + step)
        self.assertEqual(self.ddclient("192.0.2.102").returncode, 0)
        self.assertEqual(serial_of(self.server, ZONE_NAME), serial + 2)

    def test_by_tcp(self):
        self.assert_moved("192.0.2.103", tcp=True)

    def test_an_ipv6_address(self):
        self.assert_moved("2001:db8::7", "AAAA")

    def assert_fails(self, done, *words):
        said = done.stdout + done.stderr
        self.assertIn("FAILED", said)
        for word in words:
            self.assertIn(word, said)
        self.assertNotIn("SUCCESS", said)

    def test_a_host_that_the_key_may_not_change(self):
        self.assert_fails(self.ddclient("192.0.2.104", [HOSTS[0], "www.example.com"]), "REFUSED")
        self.assertEqual(records(self.server, HOSTS[0], "A"), [], "one of two in the message")
        self.assertEqual(records(self.server, "www.example.com", "A"), ["192.0.2.80"])
        self.assertTrue(self.server.log.find(r"refused.*home\.key.*www\.example\.com"), self.server.log.text())

    def test_another_secret(self):
        self.assert_fails(self.ddclient("192.0.2.105", key=Key(self.key.name, self.key.algorithm, "d3Jvbmc=")), "BADSIG")


if __name__ == "__main__":
    unittest.main()
