#!/usr/bin/python3
"""A signed UPDATE is executed once at the most: again by another way, by many at the same moment, after a crash."""
import threading
import unittest

from dns_client import Tcp, Udp, exchange, make_update, query, records, send_update, serial_of
from homing_server import PATIENCE, ZONE, HomingServer, test_key
from tsig_wire import is_signed_for, sign
from update_wire import ALL_TYPES, ANY, IN, NONE, message, rr

ZONE_NAME = "example.com."
KEY = test_key()
OLD, NEW = "192.0.2.7", "192.0.2.8"
NOERROR, YXDOMAIN = 0, 6
CHANNELS = {"udp": Udp, "tcp": Tcp}


class AtMostOnceTest(unittest.TestCase):
    def setUp(self):
        self.server = HomingServer(zones={ZONE_NAME: ZONE}, keys=[(KEY, ["*"])])
        self.addCleanup(self.server.close)
        self.server.start()
        self.serial = serial_of(self.server, ZONE_NAME)

    def claim(self, host="new"):
        """Adds the host if the name is not in use."""
        unused = rr(host, ZONE_NAME, ALL_TYPES, NONE, 0)
        return sign(message(ZONE_NAME, [unused], [rr(host, ZONE_NAME, "A", IN, 60, OLD)]), KEY)

    def move(self, address, host="new"):
        update = make_update(ZONE_NAME, KEY)
        update.replace(host, 60, "A", address)
        self.assertEqual(send_update(self.server, update).rcode(), NOERROR)

    def addresses(self, host="new"):
        return records(self.server, f"{host}.{ZONE_NAME}", "A")

    def lose_the_reply(self, channel, wire):
        """Sends, and is gone before the answer; returns when the change is in force."""
        with channel(self.server) as gone:
            gone.send(wire)
            with Udp(self.server) as other:
                self.wait_for_serial(other, self.serial + 1)

    def wait_for_serial(self, channel, serial):
        """The update is on its way when this begins; every answer is another look, so nothing is hurried."""
        for _ in range(100_000):
            if serial_of(self.server, ZONE_NAME) == serial:
                return
        self.fail(f"the serial never became {serial}")

    def assert_once(self, wire, tsig, channel):
        """The same octets are answered NOERROR and signed, and change nothing."""
        with channel(self.server) as connection:
            reply = connection.exchange(wire)
        self.assertEqual(reply[3] & 15, NOERROR)
        self.assertTrue(is_signed_for(reply, KEY, tsig.mac))
        self.assertEqual(serial_of(self.server, ZONE_NAME), self.serial + 1, "more than one change")
        self.assertEqual(self.addresses(), [OLD])

    def test_a_reply_is_lost_and_the_client_sends_again(self):
        """Over each of UDP and TCP, and again over the other."""
        for first in CHANNELS:
            for second in CHANNELS:
                with self.subTest(first=first, second=second):
                    wire, tsig = self.claim()
                    self.lose_the_reply(CHANNELS[first], wire)
                    self.assert_once(wire, tsig, CHANNELS[second])
                    self.assertEqual(exchange(self.server, self.claim()[0])[3] & 15, YXDOMAIN, "it is another message")
                    self.remove("new")

    def remove(self, host):
        update = make_update(ZONE_NAME, KEY)
        update.delete(host)
        self.assertEqual(send_update(self.server, update).rcode(), NOERROR)
        self.serial = serial_of(self.server, ZONE_NAME)

    def test_again_after_a_crash_and_after_a_stop(self):
        for end in (self.server.kill, self.server.stop):
            wire, tsig = self.claim()
            self.lose_the_reply(Udp, wire)
            end()
            self.server.start()
            for channel in CHANNELS.values():
                self.assert_once(wire, tsig, channel)
            self.remove("new")

    def test_twice_on_one_connection_before_the_first_is_answered(self):
        with Tcp(self.server) as connection:
            wire, _ = self.claim()
            connection.send(wire, wire, wire)
            self.assertEqual([connection.receive()[3] & 15 for _ in range(3)], [NOERROR] * 3)
        self.assertEqual(serial_of(self.server, ZONE_NAME), self.serial + 1)

    def test_many_at_the_same_moment(self):
        """Whichever workers they come to: one change, and all hear of it."""
        rounds, clients = 20, [Udp, Tcp] * 8
        messages = [self.claim(f"r{number}")[0] for number in range(rounds)]
        start, lock, rcodes = threading.Barrier(len(clients), timeout=PATIENCE), threading.Lock(), []

        def send_all(channel_class):
            with channel_class(self.server) as channel:
                for wire in messages:
                    start.wait()
                    rcode = channel.exchange(wire)[3] & 15
                    with lock:
                        rcodes.append(rcode)

        threads = [threading.Thread(target=send_all, args=(channel,)) for channel in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(rcodes, [NOERROR] * (rounds * len(clients)))
        self.assertEqual(serial_of(self.server, ZONE_NAME), self.serial + rounds)

    # --- somebody recorded it ---------------------------------------------------------------------------------------

    def assert_replays_in_vain(self, replayed):
        """Each of the recorded messages is answered as it was before, and the new address stays."""
        for wire, rcode in replayed:
            for channel in CHANNELS.values():
                with channel(self.server) as connection:
                    self.assertEqual(connection.exchange(wire)[3] & 15, rcode)
                self.assertEqual(self.addresses(), [NEW], "an old address is back")

    def recorded(self):
        """A move to the old address, the same again, which changes nothing, and one whose prerequisite fails."""
        away = rr("new", ZONE_NAME, "A", ANY, 0)
        here = rr("new", ZONE_NAME, "A", IN, 60, OLD)
        messages = [message(ZONE_NAME, (), [away, here]), message(ZONE_NAME, (), [away, here]),
                    message(ZONE_NAME, [rr("later", ZONE_NAME, ALL_TYPES, ANY, 0)], [away, here])]
        wires = [sign(wire, KEY)[0] for wire in messages]
        return [(wire, exchange(self.server, wire)[3] & 15) for wire in wires]

    def test_no_replay_brings_an_old_address_back(self):
        for end in (lambda: None, self.server.kill, self.server.stop):
            replayed = self.recorded()
            self.assertEqual([rcode for _, rcode in replayed], [0, 0, 3])
            end()
            if not self.server.is_running():
                self.server.start()
            self.move(NEW)
            self.move(NEW, "later")
            self.assert_replays_in_vain(replayed)
            self.remove("later")

    def test_a_refusal_stays_one_after_a_crash_though_the_key_may_do_it_then(self):
        narrow = test_key(name="narrow.key.")
        self.server.add_key(narrow, ["www.example.com"])
        wire, _ = sign(message(ZONE_NAME, (), [rr("new", ZONE_NAME, "A", IN, 60, OLD)]), narrow)
        self.assertEqual(exchange(self.server, wire)[3] & 15, 5)
        self.server.kill()
        self.server.cli("key", "remove", narrow.name)
        self.server.add_key(narrow, ["*"])
        self.server.start()
        self.assertEqual(exchange(self.server, wire)[3] & 15, 5)
        self.assertEqual(self.addresses(), [])


if __name__ == "__main__":
    unittest.main()
