#!/usr/bin/python3
"""A file system of a few megabytes that really fills up, in a mount namespace of the test's own."""
import os
import subprocess
import tempfile
import unittest

import own_namespace
from dns_client import Tcp, records, serial_of
from homing_server import ZONE, HomingServer, test_key
from tsig_wire import sign
from update_wire import IN, message, rr

ZONE_NAME = "example.com."
KEY = test_key()
NOERROR, SERVFAIL = 0, 2
BALLAST = "ballast"


class FullDiskTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="homing-small-")
        self.mount("-t", "tmpfs", "-o", "size=8m", "none", self.directory)
        self.addCleanup(self.unmount)
        self.server = HomingServer(zones={}, keys=[], data=os.path.join(self.directory, "data"))
        self.addCleanup(self.server.close)
        self.server.import_zone(ZONE_NAME, ZONE)
        self.server.add_key(KEY)

    def mount(self, *arguments):
        done = subprocess.run(["mount", *arguments], stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def unmount(self):
        subprocess.run(["umount", "--lazy", self.directory], check=True)
        os.rmdir(self.directory)

    def fill(self, leave=0):
        """To the last page, but for so many octets."""
        path = os.path.join(self.directory, BALLAST)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            while True:
                os.write(file, bytes(4096))
        except OSError:
            os.truncate(path, os.path.getsize(path) - leave)
        finally:
            os.close(file)

    def make_room(self):
        os.remove(os.path.join(self.directory, BALLAST))

    def update(self, channel, host, octets=0):
        records_of_it = [rr(host, ZONE_NAME, "A", IN, 60, "192.0.2.7")]
        if octets:
            records_of_it.append(rr(host, ZONE_NAME, "TXT", IN, 60, b"\xff" + b"x" * 255 + (b"\xff" + b"y" * 255) * (octets // 256)))
        return channel.exchange(sign(message(ZONE_NAME, (), records_of_it), KEY)[0])[3] & 15

    def addresses(self, host):
        return records(self.server, f"{host}.{ZONE_NAME}", "A")

    def assert_full(self, channel):
        self.assertEqual(self.update(channel, "new", 16000), SERVFAIL)
        self.assertIsNotNone(self.server.log.wait_for(r"error update failed.*no room to write"), self.server.log.text())
        self.assertEqual(self.addresses("new"), [])
        self.assertEqual(self.addresses("www"), ["192.0.2.80"])

    def test_updates_fill_the_disk_and_go_on_when_there_is_room(self):
        """The file system becomes full by updates alone, at whatever moment of a commit or of the log's copying that is."""
        self.server.start()
        self.fill(leave=1 << 20)
        serial = serial_of(self.server, ZONE_NAME)
        with Tcp(self.server) as channel:
            outcomes = [self.update(channel, f"h{i}", 16000) for i in range(150)]
            done = outcomes.count(NOERROR)
            self.assertEqual(set(outcomes), {NOERROR, SERVFAIL})
            self.assertEqual(serial_of(self.server, ZONE_NAME), serial + done)
            self.fill()
            self.assert_full(channel)
            self.make_room()
            self.assertEqual(self.update(channel, "new", 16000), NOERROR)
        for end in (self.server.kill, self.server.stop):
            end()
            self.server.start()
            self.assertEqual(self.addresses("new"), ["192.0.2.7"])
            self.assertEqual([i for i, rcode in enumerate(outcomes) if bool(self.addresses(f"h{i}")) != (rcode == NOERROR)], [])
            self.assertEqual(serial_of(self.server, ZONE_NAME), serial + done + 1)

    def test_a_kill_on_a_full_disk(self):
        self.server.start()
        with Tcp(self.server) as channel:
            self.assertEqual(self.update(channel, "kept"), NOERROR)
            self.fill()
            self.assert_full(channel)
        self.server.kill()
        self.make_room()
        self.server.start()
        self.assertEqual(self.addresses("kept"), ["192.0.2.7"])
        self.assertEqual(self.addresses("new"), [])


if __name__ == "__main__":
    own_namespace.enter("mount")
    own_namespace.run_or_skip("mount", "-t", "tmpfs", "-o", "size=1m", "none", "/mnt")
    subprocess.run(["umount", "/mnt"], check=True)
    unittest.main()
