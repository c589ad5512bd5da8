#!/usr/bin/python3
"""An agent with the public address: what `ip addr` changes at home is what the server answers, at once."""
import os
import re
import statistics
import subprocess
import time
import unittest

from own_namespace import enter, run_or_skip

enter("net")

from agent_network import HOST, AgentTest, Question, agent_alone, change_address, give_address, outer, prepare_vps  # noqa: E402
from dns_client import records  # noqa: E402
from homing_server import PATIENCE, write_private  # noqa: E402

prepare_vps()

CHANGES = int(os.environ.get("HOMING_TEST_ROUNDS", "200"))


def mac_of(shown):
    return re.search(r"link/ether (\S+)", shown)[1]


class PublicAddressTest(AgentTest):
    def test_a_change_is_seen_at_once(self):
        home = self.home()
        give_address(home, 100)
        agent = self.agent(home)
        agent.wait_for(f"is at {outer(100)}")
        times = []
        with Question(self.server) as question:
            old = 100
            for i in range(CHANGES):
                new = 1 + (old + i % 3) % 250
                change_address(home, old, new)
                times.append(question.wait_for(outer(new)))
                old = new
        times.sort()
        told = ", ".join(f"{name} {1000 * times[min(int(len(times) * part), len(times) - 1)]:.2f} ms"
                         for name, part in (("median", .5), ("p90", .9), ("p99", .99), ("longest", 1)))
        print(f"from ip addr to the first answer with the new address, {len(times)} changes: {told}")
        self.assertLess(statistics.median(times), 2)
        self.assertLess(times[-1], 30)
        self.assertEqual(self.changes(), len(times) + 1)   # each once
        self.assertEqual(agent.end(), 0)

    def test_nothing_is_sent_that_the_server_has(self):
        home = self.home()
        give_address(home, 7)
        for round_number in range(2):
            agent = self.agent(home)
            agent.wait_for(outer(7))
            with open(f"/proc/{agent.process.pid}/cmdline", "rb") as file:
                self.assertNotIn(self.token.encode(), file.read())   # everybody can read it
            agent.wait_for(f"is at {outer(7)}" if round_number == 0 else f"the server has {outer(7)} already")
            agent.end()
        self.assertEqual(self.changes(), 1)

    def test_no_wakeups_while_nothing_happens(self):
        home = self.home()
        give_address(home, 7)
        for program in filter(None, (None, agent_alone())):
            agent = self.agent(home, "--ipv4", program=program)
            agent.wait_for(f"{outer(7)}")
            before, calm = agent.status("voluntary_ctxt_switches"), 0
            deadline = time.monotonic() + PATIENCE
            # It may still be on its way into its wait at first. Every look is a second after the one before, and three in a row
            # must have seen it sleep through.
            while calm < 3 and time.monotonic() < deadline:
                try:
                    agent.process.wait(1)
                except Exception:   # it has not ended, as it should
                    pass
                now = agent.status("voluntary_ctxt_switches")
                calm, before = calm + 1 if now == before else 0, now
            self.assertEqual(calm, 3)
            self.assertEqual(agent.end(), 0)

    def test_ipv6_waits_until_the_address_is_good(self):
        home = self.home()
        give_address(home, 7)
        agent = self.agent(home)
        agent.wait_for(f"is at {outer(7)}")
        home.ip("addr add fd00::7/64 dev wan0 nodad", "addr add 2600:7::7/64 dev wan0")
        agent.wait_for("is at 2600:7::7")
        self.assertEqual(records(self.server, HOST, "AAAA"), ["2600:7::7"])
        self.assertEqual(records(self.server, HOST, "A"), [outer(7)])
        # The other one is not taken: this one is good, and stays.
        home.ip("addr add 2600:7::1/64 dev wan0 nodad", "addr del 2600:7::7/64 dev wan0")
        agent.wait_for("is at 2600:7::1")
        self.assertEqual(self.changes(), 3)

    def test_each_family_is_asked_for_by_itself(self):
        """As behind a NAT, but that there is none: the server sees what the machine has."""
        home = self.home()
        give_address(home, 7)
        home.run("ip", "addr", "add", "2600:7::7/64", "dev", "wan0", "nodad")
        run_or_skip("ip", "-6", "route", "replace", "2600:7::/64", "dev", "cust1")
        # Neighbours without asking: the link-local addresses of this link are still tentative.
        run_or_skip("ip", "-6", "neigh", "replace", "2600:7::7", "lladdr", mac_of(home.run("ip", "link", "show", "wan0")), "dev", "cust1")
        here = subprocess.run(["ip", "link", "show", "cust1"], stdout=subprocess.PIPE, text=True, check=True).stdout
        home.run("ip", "-6", "route", "replace", "default", "via", "2600:7::53", "dev", "wan0")
        home.run("ip", "-6", "neigh", "replace", "2600:7::53", "lladdr", mac_of(here), "dev", "wan0")
        by_ipv6 = next(f"{a}:{p}" for kind, a, p in self.server.listeners if kind == "udp" and ":" in a)
        agent = self.agent(home, "--server", by_ipv6, "--ask", "--interval", "1h")
        agent.wait_for(f"is at {outer(7)}")
        agent.wait_for("is at 2600:7::7")
        self.assertEqual(records(self.server, HOST, "A"), [outer(7)])
        self.assertEqual(records(self.server, HOST, "AAAA"), ["2600:7::7"])
        only = self.agent(home, "--server", by_ipv6, "--ask", "--ipv6", "--once")
        self.assertEqual(only.process.wait(PATIENCE), 0)

    def test_a_family_that_vanished_is_left_alone_or_removed(self):
        home = self.home()
        give_address(home, 7)
        home.ip("addr add 2600:7::7/64 dev wan0 nodad")
        for words, left in ((), ["2600:7::7"]), (("--remove-lost",), []):
            home.ip("addr replace 2600:7::7/64 dev wan0 nodad")
            agent = self.agent(home, *words)
            agent.wait_for("2600:7::7")
            home.ip("addr del 2600:7::7/64 dev wan0")
            if words:
                agent.wait_for("has no IPv6 address any more")
            change = 8 if words else 9
            home.ip(f"addr add {outer(change)}/32 dev wan0", f"addr del {outer(7)}/32 dev wan0")
            agent.wait_for(f"is at {outer(change)}")
            self.assertEqual(records(self.server, HOST, "AAAA"), left)
            home.ip(f"addr add {outer(7)}/32 dev wan0", f"addr del {outer(change)}/32 dev wan0")
            agent.wait_for(f"is at {outer(7)}, as")
            agent.end()

    def test_without_a_network_at_first(self):
        home = self.home()
        agent = self.agent(home)
        give_address(home, 50)
        agent.wait_for(f"is at {outer(50)}")
        self.assertEqual(records(self.server, HOST, "A"), [outer(50)])

    def test_small(self):
        alone = agent_alone()
        if alone is None:
            self.skipTest("homing-agent is not built here")
        self.assertLessEqual(os.path.getsize(alone), 2 << 20)
        with open(alone, "rb") as file:
            self.assertNotIn(b"ld-linux", file.read(4096))   # static
        home = self.home()
        give_address(home, 7)
        agent = self.agent(home, program=alone)
        agent.wait_for(f"is at {outer(7)}")
        change_address(home, 7, 8)
        agent.wait_for(f"is at {outer(8)}")
        with open(f"/proc/{agent.process.pid}/cmdline", "rb") as file:
            self.assertNotIn(self.token.encode(), file.read())   # everybody can read it
        print(f"homing-agent: {os.path.getsize(alone)} octets, {agent.status('VmHWM')} kB resident at most")
        self.assertLessEqual(agent.status("VmHWM"), 4096)
        self.assertEqual(agent.end(), 0)

    def test_the_refresh_that_a_lease_needs(self):
        home = self.home()
        give_address(home, 7)
        state = os.path.join(self.directory, "state")
        words = ("--refresh", "10d", "--state", state)
        first = self.agent(home, *words)
        first.wait_for(f"is at {outer(7)}")
        first.end()
        again = self.agent(home, *words)
        again.wait_for(f"the server has {outer(7)} already")
        again.end()
        with open(state, encoding="ascii") as file:
            text = file.read().split()
        self.assertEqual(text[:2], ["homing-agent-1", HOST + "."])
        text[2] = str(int(text[2]) - 864001)
        write_private(self.directory, "state", " ".join(text) + "\n")
        late = self.agent(home, *words)
        late.wait_for(f"is at {outer(7)}, as")
        late.end()
        self.assertEqual(self.changes(), 1)   # a refresh changes nothing
        self.assertNotIn("confirmed  never", self.server.cli("host", "show", HOST))


if __name__ == "__main__":
    unittest.main()
