#!/usr/bin/python3
"""Disks that are full, that may only be read, and that fail: updates end with SERVFAIL and a line that says why, queries go on, and
when the disk is well again, so are updates. Nothing that was acknowledged is lost, nothing else is seen."""
import errno
import os
import threading
import unittest

from dns_client import Tcp, exchange, make_update, records, send_update, serial_of
from failing_disk import LIBRARY, FailingDisk
from homing_server import ZONE, HomingServer, test_key
from tsig_wire import sign
from update_wire import ALL_TYPES, IN, NONE, message, rr

ZONE_NAME = "example.com."
KEY = test_key()
NOERROR, SERVFAIL, YXDOMAIN = 0, 2, 6
DISEASES = {"full": ("fail_writes", errno.ENOSPC, "no room to write to .*full"),
            "over quota": ("fail_writes", errno.EDQUOT, "no room to write to .*Disk quota exceeded"),
            "read only": ("fail_writes", errno.EROFS, "cannot be written .*Read-only file system"),
            "broken for writes": ("fail_writes", errno.EIO, "writing .* failed .*Input/output error"),
            "broken for syncs": ("fail_syncs", errno.EIO, "writing .* failed .*Input/output error"),
            "full at a sync": ("fail_syncs", errno.ENOSPC, "no room to write to .*No space left on device")}


@unittest.skipUnless(os.path.exists(LIBRARY), f"needs {LIBRARY}")
class DiskTest(unittest.TestCase):
    def setUp(self):
        self.disk = FailingDisk()
        self.addCleanup(self.disk.close)
        self.server = self.disk.server({ZONE_NAME: ZONE}, [(KEY, ["*"])])
        self.addCleanup(self.server.close)
        self.server.start()
        self.serial = serial_of(self.server, ZONE_NAME)

    def update(self, host, tcp=False):
        update = make_update(ZONE_NAME, KEY)
        update.replace(host, 60, "A", "192.0.2.7")
        return send_update(self.server, update, tcp).rcode()

    def addresses(self, host):
        return records(self.server, f"{host}.{ZONE_NAME}", "A")

    def fall_ill(self, name):
        how, error, _ = DISEASES[name]
        getattr(self.disk, how)(error)

    def assert_ill(self, name):
        """Updates fail and say so; queries do not."""
        line = f"error update failed: .*rcode=SERVFAIL.*{DISEASES[name][2]}"
        known = len(self.server.log.find(line))
        for tcp in (False, True):
            self.assertEqual(self.update("new", tcp), SERVFAIL)
        self.assertIsNotNone(self.server.log.wait_for_another(line, known))
        self.assertEqual(self.addresses("new"), [])
        self.assertEqual(self.addresses("www"), ["192.0.2.80"])
        self.assertEqual(serial_of(self.server, ZONE_NAME), self.serial)

    def assert_well(self):
        self.assertEqual(self.update("new"), NOERROR)
        self.assertEqual(self.addresses("new"), ["192.0.2.7"])
        self.assertEqual(serial_of(self.server, ZONE_NAME), self.serial + 1)

    def test_every_disease_and_recovery(self):
        for name in DISEASES:
            with self.subTest(disease=name):
                self.fall_ill(name)
                self.assert_ill(name)
                self.disk.mend()
                self.assert_well()
                self.assertEqual(send_update(self.server, self.removal("new")).rcode(), NOERROR)
                self.serial = serial_of(self.server, ZONE_NAME)
        for end in (self.server.kill, self.server.stop):
            end()
            self.server.start()
            self.assertEqual(serial_of(self.server, ZONE_NAME), self.serial)
            self.assertEqual(self.addresses("new"), [])

    def removal(self, host):
        update = make_update(ZONE_NAME, KEY)
        update.delete(host)
        return update

    def test_one_sync_that_fails_is_not_taken_for_done(self):
        """A second try of the same sync would say that all is well, and the data would be gone: what it was for failed."""
        for turn in range(3):
            self.disk.fail_syncs(errno.EIO, 1)
            self.assertEqual(self.update(f"lost{turn}"), SERVFAIL)
            self.assertEqual(self.disk.syncs_left_to_fail(), 0)
            self.assertEqual(self.addresses(f"lost{turn}"), [])
            self.assertEqual(self.update(f"kept{turn}"), NOERROR)
        self.server.kill()
        self.server.start()
        for turn in range(3):
            self.assertEqual(self.addresses(f"kept{turn}"), ["192.0.2.7"])
            self.assertEqual(self.addresses(f"lost{turn}"), [])
        self.assertEqual(serial_of(self.server, ZONE_NAME), self.serial + 3)

    def test_what_failed_may_be_sent_again_octet_for_octet(self):
        unused = rr("new", ZONE_NAME, ALL_TYPES, NONE, 0)
        wire, _ = sign(message(ZONE_NAME, [unused], [rr("new", ZONE_NAME, "A", IN, 60, "192.0.2.7")]), KEY)
        self.disk.fail_writes()
        for _ in range(2):
            self.assertEqual(exchange(self.server, wire)[3] & 15, SERVFAIL)
        self.disk.mend()
        for _ in range(2):
            self.assertEqual(exchange(self.server, wire)[3] & 15, NOERROR)
        self.assertEqual(serial_of(self.server, ZONE_NAME), self.serial + 1)

    def test_an_outcome_that_cannot_be_remembered_is_not_told(self):
        """Else somebody could have it executed after a crash."""
        wire, _ = sign(message(ZONE_NAME, [rr("www", ZONE_NAME, ALL_TYPES, NONE, 0)], ()), KEY)
        self.disk.fail_writes()
        self.assertEqual(exchange(self.server, wire)[3] & 15, SERVFAIL)
        self.disk.mend()
        self.assertEqual(exchange(self.server, wire)[3] & 15, YXDOMAIN)

    def test_many_clients_while_it_falls_ill_and_gets_well(self):
        """What was acknowledged is there after the next start, and nothing else."""
        acknowledged, failed, lock = set(), set(), threading.Lock()

        def client(number):
            with Tcp(self.server) as channel:
                for turn in range(60):
                    host = f"c{number}-{turn}"
                    wire = sign(message(ZONE_NAME, (), [rr(host, ZONE_NAME, "A", IN, 60, "192.0.2.7")]), KEY)[0]
                    rcode = channel.exchange(wire)[3] & 15
                    with lock:
                        (acknowledged if rcode == NOERROR else failed).add((host, rcode))

        threads = [threading.Thread(target=client, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for times in (1, 3, 1, 5, 20):
            self.disk.fail_syncs(errno.EIO, times)
            while self.disk.syncs_left_to_fail() and any(thread.is_alive() for thread in threads):
                self.assertEqual(self.addresses("www"), ["192.0.2.80"])
        for thread in threads:
            thread.join()
        self.disk.mend()
        self.assertEqual({rcode for _, rcode in failed}, {SERVFAIL})
        for restart in (False, True):
            if restart:
                self.server.kill()
                self.server.start()
            self.assertEqual([host for host, _ in acknowledged if not self.addresses(host)], [])
            self.assertEqual([host for host, _ in failed if self.addresses(host)], [])
            self.assertEqual(serial_of(self.server, ZONE_NAME), self.serial + len(acknowledged))

    def test_commands_of_the_operator_are_told_why(self):
        self.disk.fail_writes()
        for command in (("record", "set", "new.example.com", "60", "A", "192.0.2.7"), ("key", "add", "late.key", "--grant", "*"),
                        ("zone", "remove", "example.com")):
            done = self.server.run(*command, environment={"LD_PRELOAD": ""})
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn("no room to write", done.stderr)
        self.disk.mend()
        self.assert_well()

    def test_stopping_on_a_disk_that_is_full(self):
        self.assertEqual(self.update("new"), NOERROR)
        self.disk.fail_writes()
        self.assertEqual(self.server.stop(), 0)
        self.disk.mend()
        self.server.start()
        self.assertEqual(self.addresses("new"), ["192.0.2.7"])


if __name__ == "__main__":
    unittest.main()
