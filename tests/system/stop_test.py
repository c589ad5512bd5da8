#!/usr/bin/python3
"""SIGTERM stops the server cleanly, whatever it is doing, and loses nothing."""
import signal
import socket
import sqlite3
import threading
import unittest

from dns_client import Tcp, Udp, make_update, query, records
from homing_server import PATIENCE, ZONE, HomingServer, test_key
from update_load import UpdateLoad

import dns.message

ZONE_NAME = "example.com."
KEY = test_key()


class StopTest(unittest.TestCase):
    def setUp(self):
        self.server = HomingServer(zones={ZONE_NAME: ZONE}, keys=[(KEY, ["*"])])
        self.addCleanup(self.server.close)

    def test_stops_when_idle(self):
        self.server.start()
        self.assertEqual(self.server.stop(), 0, self.server.log.text())

    def test_stops_at_once_after_it_is_ready(self):
        for _ in range(5):
            self.server.start()
            self.assertEqual(self.server.stop(), 0, self.server.log.text())

    def test_an_interrupt_from_the_terminal_stops_it_too(self):
        self.server.start()
        self.server.process.send_signal(signal.SIGINT)
        self.assertEqual(self.server.process.wait(PATIENCE), 0)

    def test_under_the_load_of_updates_nothing_is_lost(self):
        loads = []
        for turn in range(3):
            self.server.start()
            load = UpdateLoad(self.server, ZONE_NAME, KEY, f"t{turn}-", clients=6, tcp_clients=3, in_flight=8).start()
            load.wait_for_acknowledged(200)
            self.assertEqual(self.server.stop(), 0, self.server.log.text())
            load.abandon()
            loads.append(load)
        self.server.start()
        for load in loads:
            load.check(self)

    def test_a_slow_last_commit_costs_no_client_its_reply(self):
        """The disk (here: somebody who holds the database) keeps the last update waiting for longer than slow clients get."""
        self.server.start()
        update = make_update(ZONE_NAME, KEY)
        update.add("late", 60, "A", "192.0.2.7")
        with Tcp(self.server, patience=3.5) as connection:
            database = sqlite3.connect(f"{self.server.data}/homing.db", isolation_level=None)
            self.addCleanup(database.close)
            database.execute("BEGIN IMMEDIATE")
            connection.send(update.to_wire())
            self.server.process.send_signal(signal.SIGTERM)
            with self.assertRaises(socket.timeout):   # and not: the connection ends
                connection.receive()
            database.execute("ROLLBACK")
            self.assertEqual(connection.receive()[3] & 15, 0)
            self.assertIsNone(connection.receive())
        self.assertEqual(self.server.process.wait(PATIENCE), 0)

    def test_with_open_connections(self):
        """Idle ones, one with half a message, and one that never reads its answers."""
        self.server.start()
        question = dns.message.make_query("www.example.com", "A").to_wire()
        with Tcp(self.server) as idle, Tcp(self.server) as half, Tcp(self.server) as deaf:
            self.assertIsNotNone(idle.exchange(question))
            half.send_octets(b"\x00\x40\x12\x34")
            deaf.send(*[question] * 1000)
            self.assertEqual(self.server.stop(), 0, self.server.log.text())

    def test_under_the_load_of_queries(self):
        self.server.start()
        question = dns.message.make_query("www.example.com", "A").to_wire()
        answered, stopping = threading.Semaphore(0), threading.Event()

        def ask():
            try:
                with Udp(self.server) as udp:
                    udp.socket.settimeout(5)
                    while not stopping.is_set():
                        udp.exchange(question)
                        answered.release()
            except OSError:
                pass   # it has stopped

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(200):
            self.assertTrue(answered.acquire(timeout=PATIENCE))
        self.assertEqual(self.server.stop(), 0, self.server.log.text())
        stopping.set()
        for thread in threads:
            thread.join(PATIENCE)

    def test_goes_on_with_the_same_store(self):
        self.server.start()
        self.server.cli("record", "set", "www.example.com", "60", "A", "192.0.2.99")
        self.server.restart()
        self.assertEqual(records(self.server, "www.example.com", "A"), ["192.0.2.99"])
        self.assertEqual(query(self.server, "www.example.com", "A").answer[0].ttl, 60)


if __name__ == "__main__":
    unittest.main()
