#!/usr/bin/python3
"""Tools that own a zone: they transfer it, work out what differs, and send that in batches (external-dns, octoDNS, dnscontrol).

They are written in Go and Python and are not in Debian; their messages are made here by dnspython as they make them.
"""
import unittest

import dns.message
import dns.name
import dns.query
import dns.rdata
import dns.rdatatype
import dns.zone

from dns_client import Tcp, algorithm_name, keyring_of, make_update, records, serial_of
from homing_server import ZONE, HomingServer, test_key

ZONE_NAME = "example.com."
BATCH = 50   # external-dns, --rfc2136-batch-change-size


class ProvisioningTest(unittest.TestCase):
    def setUp(self):
        self.key = test_key(name="provisioning.key.")
        self.server = HomingServer(zones={ZONE_NAME: ZONE}, keys=[(self.key, [ZONE_NAME])])
        self.addCleanup(self.server.close)
        self.server.start()

    def transfer(self):
        """{(name, type, rdata)}; dnspython refuses a transfer of which any message is not signed."""
        question = dns.message.make_query(ZONE_NAME, "AXFR")
        question.use_tsig(keyring_of(self.key), dns.name.from_text(self.key.name), algorithm=algorithm_name(self.key.algorithm))
        received = dns.zone.Zone(ZONE_NAME, relativize=False)
        dns.query.inbound_xfr(self.server.address, received, question, port=self.server.port, timeout=60)
        return {(str(owner), dns.rdatatype.to_text(rdata.rdtype), str(rdata)) for owner, _, rdata in received.iterate_rdatas()
                if rdata.rdtype != dns.rdatatype.SOA}

    def send(self, channel, update):
        reply = dns.message.from_wire(channel.exchange(update.to_wire(max_size=65535)), keyring=update.keyring, request_mac=update.mac)
        self.assertEqual(reply.rcode(), 0)

    def apply(self, wanted):
        """As external-dns does it: what is too much is removed and what lacks is inserted, so many changes in a message."""
        there = self.transfer()
        changes = [("remove", record) for record in sorted(there - wanted)] + [("insert", record) for record in sorted(wanted - there)]
        with Tcp(self.server) as channel:
            for at in range(0, len(changes), BATCH):
                update = make_update(ZONE_NAME, self.key)
                for what, (owner, rrtype, rdata) in changes[at:at + BATCH]:
                    data = dns.rdata.from_text("IN", rrtype, rdata)
                    if what == "remove":
                        update.delete(owner, data)
                    else:
                        update.add(owner, 300, data)
                self.send(channel, update)
        return len(changes)

    def test_a_cluster_comes_changes_and_goes(self):
        self.key = test_key(name="cluster.key.")
        self.server.add_key(self.key, [f"{ZONE_NAME} --preset external-dns"])
        base = self.transfer()
        def services(count, step):
            found = set()
            for i in range(count):
                found.add((f"s{i}.example.com.", "A", f"10.{step}.{i >> 8}.{i & 255}"))
                found.add((f"a-s{i}.example.com.", "TXT", f'"heritage=external-dns,external-dns/owner=cluster,external-dns/resource=service/s{i}"'))
            return found
        serial = serial_of(self.server, ZONE_NAME)
        for wanted in (base | services(400, 1), base | services(300, 2), base):
            changes = self.apply(wanted)
            self.assertEqual(self.transfer(), wanted)
            serial += -(-changes // BATCH)
            self.assertEqual(serial_of(self.server, ZONE_NAME), serial, "one step for each message")
            self.assertEqual(self.apply(wanted), 0, "nothing is left to be done")

    def test_a_thousand_changes_in_one_message(self):
        """octoDNS and dnscontrol."""
        update = make_update(ZONE_NAME, self.key)
        for i in range(1000):
            update.replace(f"n{i}", 300, "A", f"10.0.{i >> 8}.{i & 255}")
        with Tcp(self.server) as channel:
            self.send(channel, update)
        self.assertEqual(len(self.transfer() & {(f"n{i}.example.com.", "A", f"10.0.{i >> 8}.{i & 255}") for i in range(1000)}), 1000)

    def test_the_name_servers_change_whichever_way_it_is_said(self):
        """New ones before the old ones go, or all of them first, which RFC 2136 3.4.2.3 and 3.4.2.4 do not let happen."""
        before_and_after = make_update(ZONE_NAME, self.key)
        before_and_after.add("@", 300, "NS", "ns.example.net.")
        before_and_after.delete("@", "NS", "ns1.example.com.")
        before_and_after.delete("@", "NS", "ns2.example.com.")
        all_first = make_update(ZONE_NAME, self.key)
        all_first.delete("@", "NS")
        all_first.add("@", 300, "NS", "ns.example.org.")
        last = make_update(ZONE_NAME, self.key)
        last.delete("@", "NS", "ns.example.net.")
        last.delete("@", "NS", "ns.example.org.")
        with Tcp(self.server) as channel:
            for update, expected in ((before_and_after, ["ns.example.net."]), (all_first, ["ns.example.net.", "ns.example.org."]),
                                     (last, ["ns.example.org."])):
                self.send(channel, update)
                self.assertEqual(records(self.server, ZONE_NAME, "NS"), expected)

    def test_an_alias_over_data_is_passed_over_and_the_rest_is_done(self):
        update = make_update(ZONE_NAME, self.key)
        update.add("www", 300, "CNAME", "example.net.")
        update.add("alias", 300, "A", "192.0.2.9")
        update.add("new", 300, "A", "192.0.2.10")
        with Tcp(self.server) as channel:
            self.send(channel, update)
        self.assertEqual(records(self.server, "www.example.com", "A"), ["192.0.2.80"])
        self.assertEqual(records(self.server, "alias.example.com", "CNAME"), ["www.example.com."])
        self.assertEqual(records(self.server, "new.example.com", "A"), ["192.0.2.10"])

    def test_from_an_alias_to_an_address_in_one_message(self):
        """The order of the records counts: away with the one, then the other."""
        update = make_update(ZONE_NAME, self.key)
        update.delete("alias", "CNAME")
        update.add("alias", 300, "A", "192.0.2.9")
        update.delete("www", "A")
        update.delete("www", "AAAA")
        update.add("www", 300, "CNAME", "alias")
        with Tcp(self.server) as channel:
            self.send(channel, update)
        self.assertEqual(records(self.server, "alias.example.com", "A"), ["192.0.2.9"])
        self.assertEqual(records(self.server, "www.example.com", "CNAME"), ["alias.example.com."])

    def test_without_the_right_to_transfer_it_is_told(self):
        stranger = test_key(name="stranger.key.")
        self.server.add_key(stranger, ["example.net"])
        self.key = stranger
        with self.assertRaises(dns.exception.DNSException):
            self.transfer()


if __name__ == "__main__":
    unittest.main()
