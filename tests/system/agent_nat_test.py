#!/usr/bin/python3
"""An agent behind a NAT router: it asks the server which address it comes from, and hears of a change within an interval, or as soon as the link flaps."""
import unittest

from own_namespace import enter

enter("net")

from agent_network import HOST, SERVER, AgentTest, Question, attach, change_address, give_address, outer, prepare_vps  # noqa: E402
from dns_client import records  # noqa: E402

prepare_vps()

NAT = 'table ip nat { chain out { type nat hook postrouting priority 100; oifname "wan0" masquerade; } \n}\n'


class NatTest(AgentTest):
    def setUp(self):
        super().setUp()
        self.router = self.home()
        give_address(self.router, 100)
        self.router.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
        self.router.nft(NAT)
        self.inside = self.namespace()
        self.router.run("ip", "link", "add", "lan0", "type", "veth", "peer", "name", "lan0", "netns", str(self.inside.pid))
        self.router.run("ip", "addr", "add", "192.168.1.1/24", "dev", "lan0")
        self.router.run("ip", "link", "set", "lan0", "up")
        self.inside.run("ip", "addr", "add", "192.168.1.2/24", "dev", "lan0")
        self.inside.run("ip", "link", "set", "lan0", "up")
        self.inside.run("ip", "route", "add", "default", "via", "192.168.1.1")

    def test_within_an_interval(self):
        agent = self.agent(self.inside, "--ask", "--interval", "1s")
        agent.wait_for(f"is at {outer(100)}")
        with Question(self.server) as question:
            for number in (101, 102):
                change_address(self.router, number - 1, number)
                took = question.wait_for(outer(number))
                print(f"after {took:.2f} s of an interval of 1 s")
        self.assertEqual(self.changes(), 3)
        self.assertEqual(records(self.server, HOST, "AAAA"), [])   # there is no way to ask by IPv6
        self.assertEqual(agent.end(), 0)

    def test_when_the_link_flaps(self):
        """With a long interval only the flap can have told."""
        agent = self.agent(self.inside, "--ask", "--interval", "1d")
        agent.wait_for(f"is at {outer(100)}")
        times = []
        with Question(self.server) as question:
            for number in range(101, 111):
                change_address(self.router, number - 1, number)
                self.router.ip("link set lan0 down", "link set lan0 up")
                times.append(question.wait_for(outer(number)))
        print("after the link flapped: " + ", ".join(f"{1000 * t:.0f}" for t in sorted(times)) + " ms")
        self.assertEqual(self.changes(), len(times) + 1)

    def test_once(self):
        agent = self.agent(self.inside, "--ask", "--once")
        self.assertEqual(agent.process.wait(60), 0)
        self.assertEqual(records(self.server, HOST, "A"), [outer(100)])

    def test_private_addresses_are_not_told(self):
        agent = self.agent(self.inside)
        change_address(self.router, 100, 101)
        self.inside.run("ip", "addr", "add", "192.168.1.3/24", "dev", "lan0")
        told = self.agent(self.inside, "--site")   # by now the other one has seen its address, too
        told.wait_for("is at 192.168.1.2")
        self.assertEqual(agent.log.text(), "")
        self.assertEqual(agent.end(), 0)


if __name__ == "__main__":
    unittest.main()
