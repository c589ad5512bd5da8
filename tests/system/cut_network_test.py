#!/usr/bin/python3
"""A network that is cut while updates go on, and healed: the secondary catches up by itself, serial by serial. In a network of its own.

The cut takes away the address by which the two reach each other: nothing arrives and nothing can be sent, while 127.0.0.1 and the control sockets stay."""
import unittest

import own_namespace

own_namespace.enter("net")
own_namespace.run_or_skip("ip", "link", "set", "lo", "up")
own_namespace.run_or_skip("ip", "address", "add", "192.0.2.1/32", "dev", "lo")

from dns_client import records, serial_of  # noqa: E402
from followed_zone import KEY, follow, soa_of, started, update, wait_for_serial, zone_text  # noqa: E402
from homing_server import HomingServer  # noqa: E402

NAME = "example.com."


class Reached:
    """The primary at another of its addresses."""

    def __init__(self, address, port):
        self.address, self.port = address, port


def cut():
    own_namespace.run_or_skip("ip", "address", "del", "192.0.2.1/32", "dev", "lo")


def heal():
    own_namespace.run_or_skip("ip", "address", "add", "192.0.2.1/32", "dev", "lo")


class CutNetworkTest(unittest.TestCase):
    def test_cut_and_healed(self):
        # All addresses, so that the server outlives the cut of one.
        primary = HomingServer({NAME: zone_text(refresh=2, retry=1)}, [(KEY, ["*"])], listen=("0.0.0.0:0",))
        self.addCleanup(primary.close)
        started(primary)
        secondary = started(HomingServer(listen=("127.0.0.1:0",)))
        self.addCleanup(secondary.close)
        follow(secondary, NAME, Reached("192.0.2.1", primary.port))
        wait_for_serial(secondary, NAME, 1)
        cut()
        for i in range(20):
            self.assertEqual(update(primary, NAME, ("add", f"h{i}", 60, "A", f"192.0.2.{i + 10}")), "NOERROR")
        self.assertTrue(secondary.log.wait_for(r"zone example\.com\.: 192\.0\.2\.1:"))
        self.assertEqual(soa_of(secondary, NAME)[1], 1)         # it answers with what it has
        self.assertIn("192.0.2.1", secondary.cli("zone", "show", NAME))
        heal()
        wait_for_serial(secondary, NAME, serial_of(primary, NAME))
        self.assertEqual(records(secondary, f"h19.{NAME}", "A"), ["192.0.2.29"])
        self.assertTrue(secondary.log.wait_for("followed again"))


if __name__ == "__main__":
    unittest.main()
