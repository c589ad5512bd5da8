"""Clients that send updates as fast as they are answered, and remember which were acknowledged.

Each update adds two records of one new name, so that a half of it would show. A client that loses its connection stops,
and what it had in flight is in doubt: it may be there whole, or not at all.
"""
import itertools
import os
import select
import threading

from dns_client import Tcp, Udp, query
from homing_server import PATIENCE
from tsig_wire import sign
from update_wire import IN, message, rr


class UpdateLoad:
    def __init__(self, server, zone, key, prefix, clients=4, tcp_clients=2, in_flight=1):
        self.server, self.zone, self.key, self.prefix = server, zone, key, prefix
        self.acknowledged, self.in_doubt, self.failures = [], set(), []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._stopping = False
        self._gone, self._tell_gone = os.pipe()
        self._threads = [threading.Thread(target=self._run, args=(Tcp if i < tcp_clients else Udp, in_flight))
                         for i in range(clients)]

    def start(self):
        for thread in self._threads:
            thread.start()
        return self

    def wait_for_acknowledged(self, count, patience=60):
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.acknowledged) >= count or self.failures, patience):
                raise TimeoutError(f"{len(self.acknowledged)} of {count} updates acknowledged")
        if self.failures:
            raise AssertionError(self.failures[0])

    def finish(self, patience=60):
        """Sends nothing new and waits for the clients to end: for their answers, or the loss of their connections."""
        with self._changed:
            self._stopping = True
        for thread in self._threads:
            thread.join(patience)
            if thread.is_alive():
                raise TimeoutError("a client still waits for an answer")

    def abandon(self):
        """The server is gone: takes what it still sent, and ends the clients that wait for more."""
        with self._changed:
            self._stopping = True
        os.close(self._tell_gone)
        self.finish()
        os.close(self._gone)

    def name(self, number):
        return f"{self.prefix}{number}.{self.zone}"

    def update(self, number):
        records = [rr(self.name(number), self.zone, "A", IN, 60, f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"),
                   rr(self.name(number), self.zone, "TXT", IN, 60, f'"update {number}"')]
        return sign(message(self.zone, (), records, ident=number & 0xFFFF), self.key)[0]

    def _run(self, channel_class, in_flight):
        waiting = {}
        try:
            with channel_class(self.server) as channel:
                while self._fill(channel, waiting, in_flight):
                    reply = self._receive(channel)
                    if reply is None:
                        break
                    self._take(waiting, reply)
        except OSError:
            pass   # the server is gone, as the test wants it
        with self._changed:
            self.in_doubt.update(waiting.values())

    def _receive(self, channel):
        """The next answer, or None when there won't be one. Nobody tells a UDP client that its server is gone but we."""
        if isinstance(channel, Udp) and channel.socket not in select.select([channel.socket, self._gone], [], [], PATIENCE)[0]:
            return None
        return channel.receive()

    def _fill(self, channel, waiting, in_flight):
        while len(waiting) < in_flight and not self._stopping:
            number = next(self._numbers)
            waiting[number & 0xFFFF] = number
            channel.send(self.update(number))
        return waiting

    def _take(self, waiting, reply):
        number = waiting.pop(int.from_bytes(reply[:2], "big"))
        with self._changed:
            if reply[3] & 15:
                self.failures.append(f"update {number} failed: {reply.hex()}")
                self._stopping = True
            else:
                self.acknowledged.append(number)
            self._changed.notify_all()

    def state(self, number):
        """whole, absent or half"""
        a = query(self.server, self.name(number), "A").answer
        txt = query(self.server, self.name(number), "TXT").answer
        return "whole" if a and txt else "half" if a or txt else "absent"

    def check(self, test):
        """Every acknowledged update is there, and no half of any other."""
        lost = [number for number in self.acknowledged if self.state(number) != "whole"]
        test.assertEqual(lost, [], "acknowledged updates that are not there")
        halves = [number for number in self.in_doubt if self.state(number) == "half"]
        test.assertEqual(halves, [], "updates of which one half is there")
