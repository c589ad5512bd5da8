#!/usr/bin/python3
"""An agent whose network, or server, is bad for a while: it always ends right, and no update is executed twice."""
import unittest

from own_namespace import enter

enter("net")

from agent_network import SERVER, AgentTest, Question, change_address, give_address, outer, prepare_vps  # noqa: E402
from homing_server import PATIENCE  # noqa: E402

prepare_vps()

LOSS = """
table inet loss {
  chain out { type filter hook output priority 0; oifname "wan0" numgen random mod 100 < 30 drop; }
  chain in { type filter hook input priority 0; iifname "wan0" numgen random mod 100 < 30 drop; }
}
"""


class TroubleTest(AgentTest):
    def test_a_third_of_all_packets_is_lost(self):
        home = self.home()
        give_address(home, 100)
        agent = self.agent(home)
        agent.wait_for(f"is at {outer(100)}")
        home.nft(LOSS)
        with Question(self.server) as question:
            for number in range(101, 107):
                change_address(home, number - 1, number)
                question.wait_for(outer(number), 3 * PATIENCE)
        self.assertEqual(self.changes(), 7)
        home.nft("")

    def test_the_server_is_killed_and_comes_back(self):
        home = self.home()
        give_address(home, 100)
        agent = self.agent(home)
        agent.wait_for(f"is at {outer(100)}")
        for number in (101, 102):
            self.server.kill()
            change_address(home, number - 1, number)
            self.server.start()
            with Question(self.server) as question:
                question.wait_for(outer(number), 3 * PATIENCE)
        agent.wait_for(f"is at {outer(102)}")
        self.assertEqual(self.changes(), 3)

    def test_the_network_is_away_for_a_while(self):
        home = self.home()
        give_address(home, 100)
        agent = self.agent(home)
        agent.wait_for(f"is at {outer(100)}")
        home.ip("link set wan0 down")
        change_address(home, 100, 101)
        agent.wait_for("not told yet")
        change_address(home, 101, 102)
        home.ip("link set wan0 up", f"route replace default via {SERVER} dev wan0 onlink")
        with Question(self.server) as question:
            print(f"after the network came back: {question.wait_for(outer(102), 3 * PATIENCE):.2f} s")
        agent.wait_for(f"is at {outer(102)}")
        self.assertEqual(self.changes(), 2)


if __name__ == "__main__":
    unittest.main()
