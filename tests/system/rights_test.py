#!/usr/bin/python3
"""What keys may do, as an operator says it and as clients find it: grants, presets, rotation, expiry, and who is told why not."""
import json
import os
import random
import re
import shlex
import time
import unittest

import dns.edns
import dns.exception
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.tsig
import dns.zone

from dns_client import (KeyFile, algorithm_name, exchange, keyring_of, knsupdate, make_update, nsupdate, query, records, send_update)
from homing_server import KEY as SECRET, PATIENCE, ZONE, HomingServer, Key, test_key
from tsig_wire import BADKEY, BADSIG, sign, split_reply

ZONE_NAME = "example.com."
REVERSE_NAME = "2.0.192.in-addr.arpa."
REVERSE_ZONE = """\
$TTL 3600
@   SOA ns1.example.com. hostmaster.example.com. 1 7200 3600 1209600 300
    NS  ns1.example.com.
"""
ALL = test_key(name="all.key.")


def tsig_error(wire_reply):
    return split_reply(wire_reply)[1].error


def extended_errors(reply):
    return [option for option in reply.options if isinstance(option, dns.edns.EDEOption)]


class Rights(unittest.TestCase):
    """A server with two zones, a key that may do everything, and for each test a key of its own without any grant."""

    @classmethod
    def setUpClass(cls):
        cls.server = HomingServer(zones={ZONE_NAME: ZONE, REVERSE_NAME: REVERSE_ZONE}, keys=[(ALL, ["*"])]).start()
        cls.addClassCleanup(cls.server.close)
        cls.names = (f"k{i}" for i in range(1000))

    def setUp(self):
        self.key = test_key(name=f"{next(self.names)}.key.")
        self.host = f"{self.key.name.split('.')[0]}.example.com"
        self.absolute = f"{self.host}."   # as dnspython wants it, which takes other names as relative to the zone
        self.server.cli("key", "add", self.key.name, "--secret", self.key.secret)

    def cli(self, *words):
        return self.server.cli(*words)

    def grant(self, *words):
        return self.cli("key", "grant", self.key.name, *words)

    def grants(self):
        return json.loads(self.cli("key", "list", self.key.name, "--json"))["grants"]

    def update(self, script, key=None, tool=nsupdate):
        return tool(self.server, script, "-y", (key or self.key).line)

    def assert_works(self, script, **options):
        done = self.update(script, **options)
        self.assertEqual((done.returncode, done.stderr), (0, ""), f"{script}: {done.stdout}")

    def assert_refused(self, script, rcode="REFUSED", **options):
        done = self.update(script, **options)
        self.assertNotEqual(done.returncode, 0, script)
        self.assertIn(rcode, done.stdout + done.stderr)

    def add(self, owner, rrtype="A", rdata=None):
        data = {"A": "192.0.2.1", "AAAA": "2001:db8::1", "TXT": "x", "MX": "10 mail.example.com.", "NS": "ns1.example.com.",
                "CNAME": "www.example.com.", "SRV": "0 0 1 www.example.com.", "PTR": "www.example.com.", "DHCID": "AAIB",
                "CAA": '0 issue "ca.example.net"', "DS": "1 8 2 " + "ab" * 32, "SOA": "ns1.example.com. h.example.com. 4000000 1 2 3 4",
                "DNSKEY": "256 3 8 AQAB", "NAPTR": '1 1 "s" "x" "" y.example.com.', "HINFO": "a b"}
        return f"update add {owner} 60 {rrtype} {rdata or data[rrtype]}"


class GrantTest(Rights):
    def test_a_grant_counts_at_once_and_is_gone_at_once(self):
        self.assert_refused(self.add(self.host))
        self.grant(self.host)
        self.assert_works(self.add(self.host))
        self.assert_works(self.add(f"a.b.{self.host}", "TXT"))
        self.cli("key", "revoke", self.key.name, "1")
        self.assert_refused(self.add(self.host))

    def test_the_usual_types(self):
        self.grant(self.host)
        for rrtype in ("A", "AAAA", "TXT", "MX", "SRV", "CAA", "NAPTR"):
            self.assert_works(self.add(self.host, rrtype))
        for rrtype in ("NS", "DS", "DNSKEY"):
            self.assert_refused(self.add(self.host, rrtype))

    def test_the_apex_only_when_it_is_asked_for(self):
        self.grant("example.com")
        self.assert_works(self.add(self.host))
        self.assert_refused(self.add("example.com", "TXT"))
        self.grant("example.com", "--types", "TXT", "--apex")
        self.assert_works(self.add("example.com", "TXT") + "\nupdate delete example.com TXT")
        self.assert_refused(self.add("example.com", "MX"))
        self.grant("exact:example.com", "--types", "MX")
        self.assert_works(self.add("example.com", "MX") + "\nupdate delete example.com MX")

    def test_exact_and_listed_types(self):
        self.grant(self.host, "--exact", "--types", "A,MX")
        self.assert_works(self.add(self.host))
        self.assert_works(self.add(self.host, "MX"))
        self.assert_refused(self.add(self.host, "AAAA"))
        self.assert_refused(self.add(f"a.{self.host}"))

    def test_a_star_stands_for_one_label_anywhere(self):
        self.grant(f"_acme-challenge.*.{self.host}", "--types", "TXT", "--exact")
        for tool in (nsupdate, knsupdate):
            script = lambda owner: f"zone example.com.\nadd {owner}. 60 TXT x\n"
            self.assertEqual(self.update(script(f"_acme-challenge.www.{self.host}"), tool=tool).returncode, 0)
            for owner in (f"_acme-challenge.{self.host}", f"_acme-challenge.a.b.{self.host}", f"x._acme-challenge.www.{self.host}"):
                self.assertNotEqual(self.update(script(owner), tool=tool).returncode, 0, owner)

    def test_a_wildcard_record_s_owner(self):
        self.grant(rf"\*.{self.host}", "--types", "A")
        self.assert_works(self.add(f"*.{self.host}"))
        self.assert_refused(self.add(f"a.{self.host}"))
        self.grant(f"*.{self.host}", "--types", "A")
        self.assert_works(self.add(f"a.{self.host}"))

    def test_several_grants_add_up_and_go_one_by_one(self):
        self.grant(self.host, "--preset", "host")
        self.grant(self.host, "--types", "TXT", "--exact")
        self.assertIn("has already #1", self.grant(self.host, "--preset", "host"))
        self.assert_works(self.add(self.host) + "\n" + self.add(self.host, "TXT"))
        ambiguous = self.server.run("key", "revoke", self.key.name, self.host)
        self.assertEqual(ambiguous.returncode, 0, ambiguous.stderr)   # exact: is another WHERE
        self.assert_refused(self.add(self.host))
        self.assertEqual([grant["number"] for grant in self.grants()], [2])
        self.grant(self.host, "--preset", "host")
        self.assertEqual([grant["number"] for grant in self.grants()], [2, 3], "a number is not given twice")

    def test_revoking_what_is_not_clear(self):
        self.grant(self.host, "--preset", "host")
        self.grant(self.host, "--types", "TXT")
        done = self.server.run("key", "revoke", self.key.name, self.host)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"#1.*#2")
        self.cli("key", "revoke", self.key.name, f"{self.host}. --preset host")
        self.cli("key", "revoke", self.key.name, "#2")
        self.assertEqual(self.server.run("key", "revoke", self.key.name, "2").returncode, 1)

    def test_deleting_a_whole_name(self):
        self.assert_works(self.add(self.host) + "\n" + self.add(self.host, "HINFO"), key=ALL)
        self.grant("example.com", "--preset", "dhcp")
        self.assert_refused(f"update delete {self.host}")
        self.assertEqual(records(self.server, self.host, "A"), ["192.0.2.1"])
        self.assert_works(f"update delete {self.host} HINFO", key=ALL)
        self.assert_works(f"update delete {self.host}")
        self.assertEqual(records(self.server, self.host, "A"), [])
        self.assert_works(f"update delete {self.host}")

    def test_a_key_with_many_grants(self):
        """At most 4096, and the last is as good as the first."""
        names = [f"h{i}.example.com" for i in range(4096)]
        self.cli("key", "add", "many.key", "--secret", SECRET[2], "--preset", "host", *[w for n in names for w in ("--grant", n)])
        many = test_key(name="many.key.")
        self.assert_works(self.add(names[0]) + "\n" + self.add(names[-1]), key=many)
        self.assert_refused(self.add("h4096.example.com"), key=many)
        done = self.server.run("key", "grant", "many.key", "h4096.example.com")
        self.assertEqual(done.returncode, 1)
        self.assertIn("4096", done.stderr)

    def test_prerequisites_tell_nothing_to_whom_has_no_right_in_the_zone(self):
        self.grant("2.0.192.in-addr.arpa", "--preset", "zone")
        for name in ("www.example.com", "nothing.example.com"):
            self.assert_refused(f"zone example.com\nprereq yxdomain {name}\n{self.add(self.host)}")
        self.grant(self.host, "--may", "query")
        self.assert_refused(f"zone example.com\nprereq yxdomain nothing.example.com\n{self.add(self.host)}", "NXDOMAIN")
        self.assert_refused(f"zone example.com\nprereq yxdomain www.example.com\n{self.add(self.host)}", "REFUSED")

    def test_signed_queries_are_answered_whatever_the_key_may(self):
        self.assertEqual(query(self.server, "www.example.com", "A", key=self.key).answer[0][0].to_text(), "192.0.2.80")


class PresetTest(Rights):
    def test_host(self):
        self.grant(self.host, "--preset", "host")
        self.assert_works(f"update delete {self.host} A\n{self.add(self.host)}\n{self.add(self.host, 'AAAA')}")
        self.assert_works(f"update delete {self.host}")
        for script in (self.add(self.host, "TXT"), self.add(f"a.{self.host}"), self.add("www.example.com")):
            self.assert_refused(script)

    def test_host_at_the_apex(self):
        self.grant("example.com", "--preset", "host")
        self.assert_works(self.add("example.com") + "\nupdate delete example.com A")
        self.assert_refused(self.add("example.com", "TXT"))

    def test_acme(self):
        self.grant(self.host, "--preset", "acme")
        for owner in (f"_acme-challenge.{self.host}", f"_acme-challenge.a.b.{self.host}", f"_x._acme-challenge.{self.host}"):
            self.assert_works(f"update delete {owner} TXT\n{self.add(owner, 'TXT')}\nupdate delete {owner} TXT x")
        for script in (self.add(self.host, "TXT"), self.add(f"_acme-challenge.{self.host}", "CNAME"),
                       self.add("_acme-challenge.example.com", "TXT")):
            self.assert_refused(script)

    def test_dhcp(self):
        self.grant(self.host, "--preset", "dhcp")
        self.grant(REVERSE_NAME, "--preset", "dhcp")
        self.assert_works("\n".join(self.add(f"pc.{self.host}", rrtype) for rrtype in ("A", "AAAA", "TXT", "DHCID")))
        self.assert_works(f"update delete pc.{self.host}")
        self.assert_works(f"update delete 7.{REVERSE_NAME}\n{self.add('7.' + REVERSE_NAME, 'PTR')}")
        self.assert_works(f"prereq yxrrset 7.{REVERSE_NAME} PTR www.example.com.\nupdate delete 7.{REVERSE_NAME}")
        for script in (self.add(self.host), self.add(f"pc.{self.host}", "MX"), self.add(REVERSE_NAME, "TXT")):
            self.assert_refused(script)

    def test_external_dns(self):
        self.grant("example.com", "--preset", "external-dns")
        for rrtype in ("A", "AAAA", "CNAME", "MX", "NAPTR", "NS", "PTR", "SRV", "TXT"):
            self.assert_works(self.add(f"{rrtype}.{self.host}", rrtype))
        self.assert_works(self.add("example.com", "TXT") + "\nupdate delete example.com TXT x")
        for script in (self.add("example.com", "NS"), self.add(self.host, "CAA"), self.add("example.com", "SOA")):
            self.assert_refused(script)
        self.assertIn("www", self.transfer())

    def test_zone(self):
        self.grant("example.com", "--preset", "zone")
        self.assert_works("\n".join(self.add("example.com", t) for t in ("NS", "DNSKEY")) + "\nupdate delete example.com DNSKEY")
        self.assertIn("www", self.transfer())
        self.assert_refused(self.add(f"7.{REVERSE_NAME}", "PTR"))

    def test_admin(self):
        self.grant("*")
        self.assert_works(self.add("example.com", "DNSKEY") + "\nupdate delete example.com DNSKEY")
        self.assert_works(self.add(f"8.{REVERSE_NAME}", "PTR"))
        self.transfer(REVERSE_NAME)

    def test_transfers_alone(self):
        with self.assertRaises(dns.exception.DNSException):
            self.transfer()
        self.grant("exact:example.com", "--may", "transfer")
        self.assertIn("www", self.transfer())
        self.assert_refused(self.add(self.host))
        with self.assertRaises(dns.exception.DNSException):
            self.transfer(REVERSE_NAME)

    def transfer(self, zone=ZONE_NAME):
        received = dns.zone.Zone(zone)
        question = dns.message.make_query(zone, "AXFR")
        question.use_tsig(keyring_of(self.key), dns.name.from_text(self.key.name))
        dns.query.inbound_xfr(self.server.address, received, question, port=self.server.port, timeout=PATIENCE)
        return {str(name) for name in received.nodes}


class AskedTest(Rights):
    def explain(self, name, rrtype):
        return self.server.run("explain", self.key.name, name, rrtype)

    def test_what_explain_says_would_allow_it_does(self):
        """For names and types at random: the printed commands make it so, and not before."""
        seeded = random.Random(2136)
        for _ in range(25):
            owner = seeded.choice(["example.com", self.host, f"a.{self.host}", f"*.{self.host}", "www.example.com"])
            rrtype = seeded.choice(["A", "AAAA", "TXT", "MX", "NS", "CAA", "SRV", "HINFO"])
            asked = self.explain(owner, rrtype)
            script = f"{self.add(owner, rrtype)}\nupdate delete {owner} {rrtype} {self.add(owner, rrtype).split(rrtype + ' ')[1]}"
            if asked.returncode == 0:
                self.assertTrue(asked.stdout.startswith("yes: "), asked.stdout)
            else:
                self.assertEqual((asked.returncode, asked.stdout[:4], asked.stderr), (1, "no: ", ""))
                self.assert_refused(script)
                self.obey(asked.stdout)
                self.assertEqual(self.explain(owner, rrtype).returncode, 0)
            self.assert_works(script)

    def obey(self, text):
        commands = [line.strip() for line in text.split("\n") if line.startswith("  homing ")]
        self.assertTrue(commands, text)
        for command in commands:
            self.cli(*shlex.split(command)[1:])

    def test_explain_a_whole_name(self):
        self.assert_works("\n".join(self.add(self.host, t) for t in ("A", "MX", "HINFO")), key=ALL)
        self.grant(self.host, "--preset", "host")
        asked = self.explain(self.host, "ANY")
        self.assertIn("MX", asked.stdout)
        self.obey(asked.stdout)
        self.assertEqual(self.explain(self.host, "ANY").returncode, 0)
        self.assert_works(f"update delete {self.host}")

    def test_explain_a_transfer_and_a_key_that_does_not_count(self):
        self.cli("key", "disable", self.key.name)
        self.cli("key", "expire", self.key.name, "2020-01-01")
        asked = self.explain("example.com", "AXFR")
        self.assertRegex(asked.stdout, r"disabled.*expired.*transfers")
        self.obey(asked.stdout)
        self.assertEqual(self.explain("example.com", "AXFR").returncode, 0)

    def test_explain_as_json(self):
        done = self.server.run("explain", self.key.name, self.host, "A", "--json")
        answer = json.loads(done.stdout)
        self.assertEqual((answer["allowed"], answer["zone"], answer["type"]), (False, ZONE_NAME, "A"))
        self.cli(*shlex.split(answer["commands"][0])[1:])
        answer = json.loads(self.server.run("explain", self.key.name, self.host, "A", "--json").stdout)
        self.assertEqual((answer["allowed"], answer["grant"]["number"]), (True, 1))

    def test_explain_what_is_nowhere(self):
        for name, rrtype in (("host.example.org", "A"), ("www.example.com", "AXFR")):
            asked = self.explain(name, rrtype)
            self.assertEqual((asked.returncode, asked.stdout[:4]), (1, "no: "))
            self.assertIn("homing zone list", asked.stdout)
        self.assertEqual(self.server.run("explain", "nobody", "www.example.com", "A").returncode, 1)
        self.assertEqual(self.explain("www.example.com", "NONSENSE").returncode, 2)

    def test_who(self):
        self.grant(self.host, "--preset", "host")
        found = self.cli("who", self.host)
        self.assertRegex(found, rf"(?m)^{re.escape(self.key.name)} +#1 {re.escape(self.host)}\. --preset host$")
        self.assertRegex(found, r"(?m)^all\.key\. +#1 '\*'$")
        self.assertNotIn(self.key.name, self.cli("who", self.host, "TXT"))
        self.assertNotIn(self.key.name, self.cli("who", f"a.{self.host}"))
        lines = [json.loads(line) for line in self.cli("who", self.host, "A", "--json").split("\n") if line]
        self.assertIn(self.key.name, [line["key"] for line in lines])
        self.cli("key", "disable", self.key.name)
        done = self.server.run("who", self.host, "A")
        self.assertNotIn(self.key.name, done.stdout)
        self.assertIn("1 more could", done.stderr)

    def test_who_can_transfer(self):
        self.grant("example.com", "--preset", "external-dns")
        self.assertIn(self.key.name, self.cli("who", "example.com", "AXFR"))
        self.assertNotIn(self.key.name, self.cli("who", REVERSE_NAME, "AXFR"))

    def test_key_list(self):
        self.grant(self.host, "--preset", "host")
        line = next(line for line in self.cli("key", "list").split("\n") if line.startswith(self.key.name))
        self.assertIn(f"{self.host}. --preset host", line)
        whole = self.cli("key", "list", self.key.name)
        self.assertIn(f"A and AAAA of {self.host}. alone", whole)
        for text in (line, whole):
            self.assertNotIn(self.key.secret, text)
        keys = {key["name"]: key for key in map(json.loads, self.cli("key", "list", "--json").strip().split("\n"))}
        self.assertEqual(keys[self.key.name]["grants"][0]["preset"], "host")
        self.assertNotIn("secret", keys[self.key.name])
        self.assertEqual(json.loads(self.cli("key", "show", self.key.name, "--json"))["secret"], self.key.secret)


class KeyStateTest(Rights):
    def setUp(self):
        super().setUp()
        self.grant(self.host, "--preset", "host")

    def rotate(self, *words):
        printed = self.cli("key", "rotate", self.key.name, *words)
        line = re.search(r"# nsupdate -y (\S+?):\S+?:(\S+)", printed)
        return Key(self.key.name, line[1], line[2]), printed

    def test_both_secrets_are_good_in_the_overlap_and_each_reply_has_its_own(self):
        fresh, printed = self.rotate()
        self.assertNotEqual(fresh.secret, self.key.secret)
        self.assertIn("good until", printed)
        with KeyFile(printed) as path:
            self.assertEqual(nsupdate(self.server, self.add(self.host), "-k", path).returncode, 0)
        for key in (self.key, fresh):
            self.assert_works(self.add(self.host), key=key)
            self.assertEqual(knsupdate(self.server, f"zone example.com.\nadd {self.host}. 60 A 192.0.2.2", "-y", key.line).returncode, 0)
            self.assertEqual(len(query(self.server, "www.example.com", "A", key=key).answer), 1)   # dnspython checks the reply

    def test_transfers_with_either_secret(self):
        self.grant("example.com", "--preset", "external-dns")
        fresh, _ = self.rotate("--algorithm", "hmac-sha512")
        for key in (self.key, fresh):
            question = dns.message.make_query(ZONE_NAME, "AXFR")
            question.use_tsig(keyring_of(key), dns.name.from_text(key.name), algorithm=algorithm_name(key.algorithm))
            received = dns.zone.Zone(ZONE_NAME)
            dns.query.inbound_xfr(self.server.address, received, question, port=self.server.port, timeout=PATIENCE)
            self.assertIn("www", {str(name) for name in received.nodes})

    def test_without_an_overlap_the_old_secret_is_gone_at_once(self):
        fresh, printed = self.rotate("--overlap", "0")
        self.assertNotIn("good until", printed)
        self.assert_works(self.add(self.host), key=fresh)
        self.assert_refused(self.add(self.host), "NOTAUTH(BADSIG)")

    def test_the_overlap_ends(self):
        fresh, _ = self.rotate("--overlap", "1")
        deadline = time.monotonic() + PATIENCE
        while self.update(self.add(self.host)).returncode == 0:
            self.assertLess(time.monotonic(), deadline, "the old secret is still good")
        self.assert_refused(self.add(self.host), "NOTAUTH(BADSIG)")
        self.assert_works(self.add(self.host), key=fresh)
        self.assertIsNone(json.loads(self.cli("key", "list", self.key.name, "--json"))["old_secret_until"])

    def test_a_second_rotation_ends_the_first_overlap(self):
        second, _ = self.rotate()
        done = self.server.run("key", "rotate", self.key.name)
        self.assertIn("overlap", done.stderr)
        self.assert_refused(self.add(self.host), "NOTAUTH(BADSIG)")
        self.assert_works(self.add(self.host), key=second)

    def test_a_message_that_was_executed_is_not_executed_again_after_a_rotation(self):
        """A replay, while the secret that signed it is still good."""
        first = make_update(ZONE_NAME, self.key)
        first.replace(self.absolute, 60, "A", "192.0.2.1")
        wire = first.to_wire()
        self.assertEqual(exchange(self.server, wire)[3] & 15, 0)
        fresh, _ = self.rotate()
        self.assert_works(f"update delete {self.host} A\n{self.add(self.host, 'A', '192.0.2.2')}", key=fresh)
        again = dns.message.from_wire(exchange(self.server, wire), keyring=first.keyring, request_mac=first.mac)
        self.assertEqual(again.rcode(), 0)
        self.assertEqual(records(self.server, self.host, "A"), ["192.0.2.2"])

    def assert_badkey(self, reason):
        update = make_update(ZONE_NAME, self.key)
        update.add(self.absolute, 60, "A", "192.0.2.9")
        question = dns.message.make_query("www.example.com", "A", flags=0)
        transfer = dns.message.make_query(ZONE_NAME, "AXFR", flags=0)
        for what, wire, tcp in (("update", update.to_wire(), False), ("query", sign(question.to_wire(), self.key)[0], False),
                                ("transfer", sign(transfer.to_wire(), self.key)[0], True)):
            reply = exchange(self.server, wire, tcp)
            self.assertEqual((reply[3] & 15, tsig_error(reply)), (9, BADKEY), what)
            self.assertTrue(self.server.log.wait_for(rf"{what} refused: key={self.key.name} client=127\.0\.0\.1#\d+ .*BADKEY|{what} refused: "
                                                     rf"key={self.key.name} .*{reason}"))
            self.assertTrue(self.server.log.wait_for(rf"{what} refused: key={self.key.name} .*reason=\".*{reason}"))
        self.assertEqual(records(self.server, self.host, "A"), [])

    def test_a_disabled_key_is_as_good_as_none(self):
        self.cli("key", "disable", self.key.name)
        self.assert_badkey("disabled")
        self.assertIn("disabled", self.cli("key", "list", self.key.name))
        self.cli("key", "enable", self.key.name)
        self.assert_works(self.add(self.host))

    def test_an_expired_key_is_as_good_as_none(self):
        self.cli("key", "expire", self.key.name, "2020-01-01")
        self.assert_badkey("expired")
        self.assertEqual(json.loads(self.cli("key", "list", self.key.name, "--json"))["state"], "expired")
        self.cli("key", "expire", self.key.name, "never")
        self.assert_works(self.add(self.host))

    def test_a_key_expires_by_itself(self):
        self.cli("key", "expire", self.key.name, "2s")
        deadline = time.monotonic() + PATIENCE
        while self.update(self.add(self.host)).returncode == 0:
            self.assertLess(time.monotonic(), deadline, "the key still counts")
        self.assert_refused(self.add(self.host), "BADKEY")   # the one before may have expired while it waited for the writer

    def test_times_that_are_none(self):
        for words in (("expire", self.key.name, "soon"), ("expire", self.key.name, "1969-01-01"), ("rotate", self.key.name, "--overlap", "x")):
            self.assertEqual(self.server.run("key", *words).returncode, 2, words)


class ToldTest(Rights):
    """Who is refused is told why, and so is the log."""

    def line(self, pattern):
        found = self.server.log.wait_for(pattern)
        self.assertIsNotNone(found, self.server.log.text())
        return found

    def ede_of(self, message, tcp=False):
        reply = dns.message.from_wire(exchange(self.server, message.to_wire(), tcp), keyring=message.keyring, request_mac=message.mac)
        found = extended_errors(reply)
        return dns.rcode.to_text(reply.rcode()), found[0].text if found else None, found[0].code if found else None

    def test_an_update(self):
        self.grant(self.host, "--preset", "host")
        update = make_update(ZONE_NAME, self.key)
        update.add(self.absolute, 60, "A", "192.0.2.1")
        update.add(f"x.{self.host}.", 60, "MX", "10 mail")
        update.use_edns(0)
        rcode, text, code = self.ede_of(update)
        self.assertEqual((rcode, code), ("REFUSED", 18))
        self.assertIn(f"Key {self.key.name} may not change x.{self.host}. MX", text)
        self.line(rf'update refused: key={self.key.name} client=127\.0\.0\.1#\d+ via=dns/udp zone=example\.com\. name=x\.{self.host}\. '
                  rf'type=MX rcode=REFUSED reason=".*no grant covers the name')

    def test_a_transfer(self):
        question = dns.message.make_query(ZONE_NAME, "AXFR", use_edns=0)
        question.use_tsig(keyring_of(self.key), dns.name.from_text(self.key.name))
        rcode, text, code = self.ede_of(question, tcp=True)
        self.assertEqual((rcode, code), ("REFUSED", 18))
        self.assertIn(f"may not transfer {ZONE_NAME}", text)
        self.line(rf"transfer refused: key={self.key.name} client=\S+ via=dns/tcp zone=example\.com\. name=example\.com\. type=AXFR rcode=REFUSED")

    def test_a_query(self):
        for name, rrtype, part in (("www.example.org", "A", "No zone"), (ZONE_NAME, "AXFR", "TCP")):
            question = dns.message.make_query(name, rrtype, use_edns=0)
            question.use_tsig(keyring_of(self.key), dns.name.from_text(self.key.name))
            rcode, text, _ = self.ede_of(question)
            self.assertEqual(rcode, "REFUSED")
            self.assertIn(part, text)
            self.line(rf"query refused: key={self.key.name} client=\S+ via=dns/udp zone=- name={name.rstrip('.')}\. type={rrtype} rcode=REFUSED")

    def test_a_wrong_signature_is_logged_and_told_nothing(self):
        wrong = Key(self.key.name, self.key.algorithm, "d3Jvbmc=")
        question = dns.message.make_query("www.example.com", "A", flags=0, use_edns=0).to_wire()
        reply = exchange(self.server, sign(question, wrong)[0])
        self.assertEqual(tsig_error(reply), BADSIG)
        self.assertNotIn(b"secret", reply)
        self.line(rf'query refused: key={self.key.name} client=\S+ via=dns/udp zone=- name=www\.example\.com\. type=A rcode=NOTAUTH reason=".*BADSIG')

    def test_without_edns_or_a_signature_there_is_no_reason(self):
        update = make_update(ZONE_NAME, self.key)
        update.add(self.absolute, 60, "A", "192.0.2.1")
        self.assertEqual(self.ede_of(update), ("REFUSED", None, None))
        unsigned = make_update(ZONE_NAME)
        unsigned.add(self.absolute, 60, "A", "192.0.2.1")
        unsigned.use_edns(0)
        reply = dns.message.from_wire(exchange(self.server, unsigned.to_wire()))
        self.assertEqual((reply.rcode(), extended_errors(reply)), (dns.rcode.REFUSED, []))
        self.line(rf"update refused: key=- client=\S+ via=dns/udp zone=example\.com\. name={self.host}\. type=A rcode=REFUSED")

    def test_no_name_writes_a_line_of_its_own_into_the_log(self):
        update = make_update(ZONE_NAME, self.key)
        update.add(r'a\010b\"\032refused:', 60, "A", "192.0.2.1")
        send_update(self.server, update)
        found = self.line(rf'update refused: key={self.key.name} .* name=(\S+) type=A ')
        self.assertIn(r"\010", found[1])


class BoundedLogTest(Rights):
    def test_refusals_come_at_a_bounded_rate_and_the_others_are_counted(self):
        for i in range(600):
            update = make_update(ZONE_NAME, self.key)
            update.add(f"h{i}", 60, "A", "192.0.2.1")
            exchange(self.server, update.to_wire())
        self.assertLess(len(self.server.log.find("update refused: ")), 600)
        deadline = time.monotonic() + PATIENCE
        while not self.server.log.find("more refusals were not logged"):
            self.assertLess(time.monotonic(), deadline)
            exchange(self.server, make_update(ZONE_NAME, self.key).to_wire())


class LastUseTest(unittest.TestCase):
    def setUp(self):
        self.key, self.other = test_key(name="used.key."), test_key(name="idle.key.")
        self.server = HomingServer(zones={ZONE_NAME: ZONE}, keys=[(self.key, ["*"]), (self.other, ["*"])]).start()
        self.addCleanup(self.server.close)

    def last(self, key=None):
        return json.loads(self.server.cli("key", "list", (key or self.key).name, "--json"))["last_used"]

    def test_a_use_is_known_at_once_and_after_a_restart(self):
        self.assertIsNone(self.last())
        before = time.time() - 1
        query(self.server, "www.example.com", "A", key=self.key)
        self.assertEqual((self.last()["for"], self.last()["from"].split("#")[0]), ("query", "127.0.0.1"))
        update = make_update(ZONE_NAME, self.key)
        update.add("new", 60, "A", "192.0.2.1")
        send_update(self.server, update, tcp=True)
        self.assertEqual(self.last()["for"], "update")
        self.assertIn("for update", self.server.cli("key", "show", self.key.name))
        self.assertGreaterEqual(time.time() + 1, time.mktime(time.strptime(self.last()["time"], "%Y-%m-%dT%H:%M:%SZ")) - time.timezone)
        self.assertGreaterEqual(time.mktime(time.strptime(self.last()["time"], "%Y-%m-%dT%H:%M:%SZ")) - time.timezone, int(before))
        kept = self.last()
        self.assertEqual(self.server.stop(), 0)
        self.assertEqual(self.last(), kept)
        self.server.start()
        self.assertEqual(self.last(), kept)
        self.assertIsNone(self.last(self.other))

    def test_a_wrong_signature_is_no_use(self):
        update = make_update(ZONE_NAME, Key(self.key.name, self.key.algorithm, "d3Jvbmc="))
        update.add("new", 60, "A", "192.0.2.1")
        exchange(self.server, update.to_wire())
        self.assertIsNone(self.last())

    def test_a_key_that_is_made_anew_was_not_used(self):
        query(self.server, "www.example.com", "A", key=self.key)
        self.server.cli("key", "remove", self.key.name)
        self.server.add_key(self.key)
        self.assertIsNone(self.last())

    def test_uses_are_no_changes(self):
        """They write nothing by themselves while the server runs."""
        path = os.path.join(self.server.data, "homing.db-wal")
        size = os.path.getsize(path)
        for _ in range(200):
            query(self.server, "www.example.com", "A", key=self.key)
        self.assertEqual(os.path.getsize(path), size)


class OldStoreTest(unittest.TestCase):
    def test_keys_survive_without_a_server(self):
        server = HomingServer(zones={ZONE_NAME: ZONE})
        self.addCleanup(server.close)
        server.cli("key", "add", "k.key", "--secret", SECRET[2], "--grant", "www.example.com", "--preset", "host")
        server.cli("key", "grant", "k.key", "example.com", "--preset", "acme")
        server.cli("key", "rotate", "k.key", "--overlap", "1h")
        server.cli("key", "revoke", "k.key", "1")
        self.assertEqual(server.run("explain", "k.key", "www.example.com", "A").returncode, 1)
        self.assertEqual(server.run("explain", "k.key", "_acme-challenge.www.example.com", "TXT").returncode, 0)
        server.start()
        update = make_update(ZONE_NAME, test_key(name="k.key."))
        update.add("_acme-challenge.www", 60, "TXT", "x")
        self.assertEqual(send_update(server, update).rcode(), 0)


del Rights   # it has no tests of its own

if __name__ == "__main__":
    unittest.main()
