#!/usr/bin/python3
"""RFC 2136, octet by octet: prerequisites, update forms, what is FORMERR, NOTZONE, NOTAUTH, REFUSED, and what changes.

Each test has a zone of its own. HOMING_TEST_SERVER=bind runs the same tests against BIND, to see that they ask for what
the RFC says; where BIND goes its own way, the test says so.
"""
import os
import random
import unittest

import dns.message
import dns.rcode
import dns.rdatatype

from dns_client import Tcp, exchange, make_update, query, rcode_of, records, send_update, serial_of, ttl_of, update_rcode
from homing_server import ZONE, make_server, test_key
from tsig_wire import is_signed_for, sign
from update_wire import ALL_TYPES, ANY, IN, NONE, message, rr

KEY = test_key()
LIMITED = test_key(name="limited.key.")
NOBODY = test_key(name="nobody.key.")
ZONES = 130
IS_BIND = os.environ.get("HOMING_TEST_SERVER") == "bind"


class UpdateTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        zones = {f"z{i}.example.": ZONE for i in range(ZONES)}
        keys = [(KEY, ["*"]), (LIMITED, ["sub.z0.example.", "www.z0.example."])]
        if not IS_BIND:
            keys.append((NOBODY, []))
        cls.server = make_server(zones, keys)
        cls.free_zones = iter(range(1, ZONES))

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def setUp(self):
        self.zone = f"z{next(self.free_zones)}.example."

    # --- saying it --------------------------------------------------------------------------------------------------

    def rr(self, owner, rrtype, rrclass, ttl=0, rdata=b""):
        return rr(owner, self.zone, rrtype, rrclass, ttl, rdata)

    def send(self, prerequisites=(), updates=(), key=KEY, tcp=False, **odd):
        """Sends one signed update; the RCODE as text. The answer is signed, unless the message could not be read at all."""
        wire, tsig = sign(message(self.zone, prerequisites, updates, **odd), key)
        reply = exchange(self.server, wire, tcp)
        self.assertEqual(reply[:2], wire[:2])
        self.assertEqual(reply[2] & 0xF8, 0xA8, "QR and the opcode UPDATE")
        rcode = dns.rcode.to_text(reply[3] & 15)
        if rcode != "FORMERR":
            self.assertTrue(is_signed_for(reply, key, tsig.mac), f"the answer is not signed: {reply.hex()}")
        return rcode

    def add(self, owner, ttl, rrtype, rdata):
        return self.rr(owner, rrtype, IN, ttl, rdata)

    def records(self, owner, rrtype):
        return records(self.server, f"{owner}.{self.zone}" if owner != "@" else self.zone, rrtype)

    def serial(self):
        return serial_of(self.server, self.zone)

    def assert_unchanged(self, rcode, prerequisites=(), updates=(), **odd):
        """The update fails with this RCODE (or one of these), and nothing at all happens."""
        before = self.serial()
        self.assertIn(self.send(prerequisites, updates, **odd), rcode.split("|"))
        self.assertEqual(self.serial(), before)
        self.assertEqual(self.records("canary", "A"), [])

    def canary(self):
        return self.add("canary", 60, "A", "203.0.113.1")

    def check_prerequisite(self, prerequisite, rcode):
        """The prerequisite holds (NOERROR and the canary is there) or fails (and it is not)."""
        if rcode == "NOERROR":
            self.assertEqual(self.send([prerequisite], [self.canary()]), "NOERROR")
            self.assertEqual(self.records("canary", "A"), ["203.0.113.1"])
        else:
            self.assert_unchanged(rcode, [prerequisite], [self.canary()])

    # --- prerequisites (2.4, 3.2) -----------------------------------------------------------------------------------

    def test_name_in_use_holds(self):
        self.check_prerequisite(self.rr("www", ALL_TYPES, ANY), "NOERROR")

    def test_name_in_use_fails_for_no_name(self):
        self.check_prerequisite(self.rr("nothing", ALL_TYPES, ANY), "NXDOMAIN")

    def test_name_in_use_in_another_case(self):
        self.check_prerequisite(self.rr("WwW", ALL_TYPES, ANY), "NOERROR")

    def test_name_in_use_fails_for_an_empty_non_terminal(self):
        self.send(updates=[self.add("a.ent", 60, "A", "192.0.2.1")])
        self.check_prerequisite(self.rr("ent", ALL_TYPES, ANY), "NXDOMAIN")

    def test_name_in_use_fails_for_what_only_a_wildcard_matches(self):
        self.send(updates=[self.add("*.wild", 60, "A", "192.0.2.1")])
        self.check_prerequisite(self.rr("x.wild", ALL_TYPES, ANY), "NXDOMAIN")

    def test_name_not_in_use_holds(self):
        self.check_prerequisite(self.rr("nothing", ALL_TYPES, NONE), "NOERROR")

    def test_name_not_in_use_fails(self):
        self.check_prerequisite(self.rr("www", ALL_TYPES, NONE), "YXDOMAIN")

    def test_name_not_in_use_fails_for_the_apex(self):
        self.check_prerequisite(self.rr("@", ALL_TYPES, NONE), "YXDOMAIN")

    def test_name_not_in_use_holds_for_an_empty_non_terminal(self):
        self.send(updates=[self.add("a.ent", 60, "A", "192.0.2.1")])
        self.check_prerequisite(self.rr("ent", ALL_TYPES, NONE), "NOERROR")

    def test_rrset_exists_holds(self):
        self.check_prerequisite(self.rr("www", "AAAA", ANY), "NOERROR")

    def test_rrset_exists_fails_for_another_type(self):
        self.check_prerequisite(self.rr("www", "MX", ANY), "NXRRSET")

    def test_rrset_exists_fails_for_no_name(self):
        self.check_prerequisite(self.rr("nothing", "A", ANY), "NXRRSET")

    def test_rrset_exists_does_not_follow_an_alias(self):
        self.check_prerequisite(self.rr("alias", "A", ANY), "NXRRSET")

    def test_rrset_exists_for_an_unknown_type(self):
        self.check_prerequisite(self.rr("www", "TYPE65280", ANY), "NXRRSET")

    def test_rrset_does_not_exist_holds(self):
        self.check_prerequisite(self.rr("www", "MX", NONE), "NOERROR")

    def test_rrset_does_not_exist_holds_for_no_name(self):
        self.check_prerequisite(self.rr("nothing", "A", NONE), "NOERROR")

    def test_rrset_does_not_exist_fails(self):
        self.check_prerequisite(self.rr("www", "A", NONE), "YXRRSET")

    def test_rrset_with_value_holds(self):
        self.check_prerequisite(self.rr("www", "A", IN, 0, "192.0.2.80"), "NOERROR")

    def test_rrset_with_value_fails_for_another_value(self):
        self.check_prerequisite(self.rr("www", "A", IN, 0, "192.0.2.81"), "NXRRSET")

    def test_rrset_with_value_fails_for_no_rrset(self):
        self.check_prerequisite(self.rr("nothing", "A", IN, 0, "192.0.2.80"), "NXRRSET")

    def two_addresses(self):
        self.send(updates=[self.add("two", 60, "A", "192.0.2.1"), self.add("two", 60, "A", "192.0.2.2")])

    def test_rrset_with_value_is_a_set(self):
        self.two_addresses()
        for order in (("192.0.2.1", "192.0.2.2"), ("192.0.2.2", "192.0.2.1")):
            prerequisites = [self.rr("two", "A", IN, 0, address) for address in order]
            self.assertEqual(self.send(prerequisites, []), "NOERROR")

    def test_a_part_of_an_rrset_is_not_the_rrset(self):
        self.two_addresses()
        self.check_prerequisite(self.rr("two", "A", IN, 0, "192.0.2.1"), "NXRRSET")

    def test_more_than_an_rrset_is_not_the_rrset(self):
        self.two_addresses()
        self.assert_unchanged("NXRRSET", [self.rr("two", "A", IN, 0, f"192.0.2.{i}") for i in (1, 2, 3)], [self.canary()])

    def test_rrsets_with_values_of_several_names_and_types(self):
        good = [self.rr("www", "A", IN, 0, "192.0.2.80"), self.rr("mail", "A", IN, 0, "192.0.2.25"),
                self.rr("www", "AAAA", IN, 0, "2001:db8::80"), self.rr("mail", "MX", IN, 0, "10 mail")]
        self.assertEqual(self.send(good, []), "NOERROR")
        bad = good[:-1] + [self.rr("mail", "MX", IN, 0, "20 mail")]
        self.assert_unchanged("NXRRSET", bad, [self.canary()])

    def test_rrset_with_value_compares_names_without_case(self):
        self.check_prerequisite(self.rr("mail", "MX", IN, 0, f"10 MAIL.{self.zone.upper()}"), "NOERROR")

    def test_rrset_with_value_compares_text_with_case(self):
        self.check_prerequisite(self.rr("text", "TXT", IN, 0, '"ONE" "two"'), "NXRRSET")

    def test_rrset_with_value_of_a_text(self):
        self.check_prerequisite(self.rr("text", "TXT", IN, 0, '"one" "two"'), "NOERROR")

    def test_all_prerequisites_must_hold(self):
        self.assert_unchanged("NXRRSET", [self.rr("www", ALL_TYPES, ANY), self.rr("nothing", "A", ANY),
                                          self.rr("nothing", ALL_TYPES, NONE)], [self.canary()])

    def test_prerequisites_alone_are_a_question(self):
        before = self.serial()
        self.assertEqual(self.send([self.rr("www", ALL_TYPES, ANY)]), "NOERROR")
        self.assertEqual(self.send([self.rr("www", ALL_TYPES, NONE)]), "YXDOMAIN")
        self.assertEqual(self.serial(), before)

    def test_prerequisites_see_the_zone_before_the_update(self):
        self.assertEqual(self.send([self.rr("new", ALL_TYPES, NONE)], [self.add("new", 60, "A", "192.0.2.1")]), "NOERROR")
        self.assert_unchanged("YXDOMAIN", [self.rr("new", ALL_TYPES, NONE)], [self.canary()])

    # malformed ones (3.2.5)

    def test_prerequisite_with_a_ttl_is_formerr(self):
        for prerequisite in (self.rr("www", ALL_TYPES, ANY, 1), self.rr("www", "A", ANY, 1), self.rr("nothing", "A", NONE, 1),
                             self.rr("www", "A", IN, 3600, "192.0.2.80"), self.rr("nothing", ALL_TYPES, NONE, 1)):
            self.assert_unchanged("FORMERR", [prerequisite], [self.canary()])

    def test_prerequisite_with_rdata_where_there_is_none_is_formerr(self):
        for rrclass in (ANY, NONE):
            self.assert_unchanged("FORMERR", [self.rr("www", "A", rrclass, 0, "192.0.2.80")], [self.canary()])

    def test_prerequisite_of_another_class_is_formerr(self):
        for rrclass in (3, 4, 0, 4711):
            self.assert_unchanged("FORMERR", [self.rr("www", "A", rrclass)], [self.canary()])

    def test_prerequisite_out_of_the_zone_is_notzone(self):
        for rrclass, rrtype, rdata in ((ANY, ALL_TYPES, b""), (NONE, ALL_TYPES, b""), (ANY, 1, b""), (NONE, 1, b""),
                                       (IN, "A", "192.0.2.1")):
            self.assert_unchanged("NOTZONE", [self.rr("www.example.", rrtype, rrclass, 0, rdata)], [self.canary()])

    def test_a_name_that_only_ends_like_the_zone_is_notzone(self):
        self.assert_unchanged("NOTZONE", [self.rr(f"x{self.zone}", ALL_TYPES, NONE)], [self.canary()])

    def test_prerequisites_come_before_the_updates(self):
        """Both are wrong: 3.2 comes before 3.4.1, but BIND looks through the updates first, so that nobody probes the zone
        by prerequisites who may not update it."""
        self.assert_unchanged("NXDOMAIN|NOTZONE", [self.rr("nothing", ALL_TYPES, ANY)], [self.add("x.example.", 60, "A", "192.0.2.1")])

    # --- the update section: adding (2.5.1, 3.4.2.2) ----------------------------------------------------------------

    def test_add_to_an_rrset(self):
        self.assertEqual(self.send(updates=[self.add("www", 3600, "A", "192.0.2.81")]), "NOERROR")
        self.assertEqual(self.records("www", "A"), ["192.0.2.80", "192.0.2.81"])

    def test_add_a_name(self):
        self.assertEqual(self.send(updates=[self.add("new.name", 60, "A", "192.0.2.1")]), "NOERROR")
        self.assertEqual(self.records("new.name", "A"), ["192.0.2.1"])
        self.assertEqual(rcode_of(self.server, f"name.{self.zone}"), "NOERROR")

    def test_add_by_tcp(self):
        self.assertEqual(self.send(updates=[self.add("new", 60, "A", "192.0.2.1")], tcp=True), "NOERROR")
        self.assertEqual(records(self.server, f"new.{self.zone}", "A", tcp=True), ["192.0.2.1"])

    def test_the_serial_advances_once(self):
        before = self.serial()
        self.send(updates=[self.add(f"n{i}", 60, "A", "192.0.2.1") for i in range(20)])
        self.assertEqual(self.serial(), before + 1)

    def test_what_is_there_already_changes_nothing(self):
        before = self.serial()
        self.assertEqual(self.send(updates=[self.add("www", 3600, "A", "192.0.2.80")]), "NOERROR")
        self.assertEqual(self.serial(), before)
        self.assertEqual(self.records("www", "A"), ["192.0.2.80"])

    def test_an_empty_update_changes_nothing(self):
        before = self.serial()
        self.assertEqual(self.send(), "NOERROR")
        self.assertEqual(self.serial(), before)

    def test_a_ttl_counts_for_the_whole_rrset(self):
        self.two_addresses()
        self.assertEqual(self.send(updates=[self.add("two", 77, "A", "192.0.2.3")]), "NOERROR")
        reply = query(self.server, f"two.{self.zone}", "A")
        self.assertEqual([(r.ttl, len(r)) for r in reply.answer], [(77, 3)])

    def test_the_same_record_with_another_ttl_is_a_change(self):
        before = self.serial()
        self.assertEqual(self.send(updates=[self.add("www", 42, "A", "192.0.2.80")]), "NOERROR")
        self.assertEqual(ttl_of(self.server, f"www.{self.zone}", "A"), 42)
        self.assertEqual(self.serial(), before + 1)

    def test_add_a_wildcard(self):
        self.send(updates=[self.add("*.wild", 60, "A", "192.0.2.1")])
        self.assertEqual(self.records("any.wild", "A"), ["192.0.2.1"])

    def test_add_an_unknown_type(self):
        self.send(updates=[self.add("unknown", 60, "TYPE65280", b"\x01\x02\x03")])
        self.assertEqual(self.records("unknown", "TYPE65280"), [r"\# 3 010203"])

    def test_add_in_another_case_joins_the_rrset(self):
        self.send(updates=[self.add("WWW", 3600, "A", "192.0.2.81")])
        self.assertEqual(self.records("www", "A"), ["192.0.2.80", "192.0.2.81"])

    def test_a_cname_beside_data_is_ignored(self):
        before = self.serial()
        self.assertEqual(self.send(updates=[self.add("www", 60, "CNAME", "mail")]), "NOERROR")
        self.assertEqual(self.records("www", "A"), ["192.0.2.80"])
        self.assertEqual(self.serial(), before)

    def test_data_beside_a_cname_is_ignored(self):
        before = self.serial()
        self.assertEqual(self.send(updates=[self.add("alias", 60, "A", "192.0.2.1")]), "NOERROR")
        self.assertEqual(self.records("alias", "CNAME"), [f"www.{self.zone}"])
        self.assertEqual(self.serial(), before)

    def test_a_cname_replaces_a_cname(self):
        self.assertEqual(self.send(updates=[self.add("alias", 60, "CNAME", "mail")]), "NOERROR")
        self.assertEqual(self.records("alias", "CNAME"), [f"mail.{self.zone}"])

    def test_a_cname_in_place_of_data_deleted_in_the_same_message(self):
        self.send(updates=[self.rr("www", ALL_TYPES, ANY), self.add("www", 60, "CNAME", "mail")])
        self.assertEqual(self.records("www", "CNAME"), [f"mail.{self.zone}"])

    def test_data_in_place_of_a_cname_deleted_in_the_same_message(self):
        self.send(updates=[self.rr("alias", "CNAME", ANY), self.add("alias", 60, "A", "192.0.2.1")])
        self.assertEqual(self.records("alias", "A"), ["192.0.2.1"])

    def test_an_ignored_record_does_not_stop_the_others(self):
        self.assertEqual(self.send(updates=[self.add("alias", 60, "A", "192.0.2.1"), self.canary()]), "NOERROR")
        self.assertEqual(self.records("canary", "A"), ["203.0.113.1"])

    # the SOA

    def soa(self, serial, minimum=300):
        return self.add("@", 3600, "SOA", f"ns1 hostmaster {serial} 7200 3600 1209600 {minimum}")

    def test_a_newer_soa_replaces_the_soa(self):
        before = self.serial()
        self.assertEqual(self.send(updates=[self.soa(before + 100, 120)]), "NOERROR")
        self.assertEqual(self.serial(), before + 100)
        self.assertEqual(len(self.records("@", "SOA")), 1)

    def test_an_older_soa_is_ignored(self):
        self.send(updates=[self.soa(5000)])
        self.assertEqual(self.send(updates=[self.soa(4999, 120)]), "NOERROR")
        self.assertEqual(self.serial(), 5000)

    def test_serials_are_compared_in_a_circle(self):
        """RFC 1982: 4294967294 is newer than 2147483647, and 5 is newer than 4294967294."""
        self.send(updates=[self.soa(2147483647)])
        self.send(updates=[self.soa(4294967294)])
        self.assertEqual(self.serial(), 4294967294)
        self.send(updates=[self.soa(5)])
        self.assertEqual(self.serial(), 5)
        self.send(updates=[self.soa(4294967294)])
        self.assertEqual(self.serial(), 5)

    def test_the_serial_steps_over_its_end(self):
        self.send(updates=[self.soa(2147483647)])
        self.send(updates=[self.soa(4294967294)])
        self.send(updates=[self.add("other", 60, "A", "192.0.2.1")])
        self.assertEqual(self.serial(), 4294967295)
        self.send(updates=[self.canary()])
        self.assertIn(self.serial(), (0, 1))
        self.assertEqual(self.records("canary", "A"), ["203.0.113.1"])

    def test_a_soa_away_from_the_apex_is_ignored(self):
        before = self.serial()
        self.assertEqual(self.send(updates=[self.add("www", 60, "SOA", "ns1 hostmaster 9 1 1 1 1")]), "NOERROR")
        self.assertEqual(self.records("www", "SOA"), [])
        self.assertEqual(self.serial(), before)

    def test_a_soa_and_data_in_one_message(self):
        self.assertEqual(self.send(updates=[self.canary(), self.soa(5000)]), "NOERROR")
        self.assertEqual(self.serial(), 5000)
        self.assertEqual(self.records("canary", "A"), ["203.0.113.1"])

    # --- the update section: deleting (2.5.2 to 2.5.4, 3.4.2.3, 3.4.2.4) --------------------------------------------

    def test_delete_an_rrset(self):
        self.assertEqual(self.send(updates=[self.rr("www", "A", ANY)]), "NOERROR")
        self.assertEqual(self.records("www", "A"), [])
        self.assertEqual(self.records("www", "AAAA"), ["2001:db8::80"])

    def test_delete_a_name(self):
        self.assertEqual(self.send(updates=[self.rr("www", ALL_TYPES, ANY)]), "NOERROR")
        self.assertEqual(rcode_of(self.server, f"www.{self.zone}"), "NXDOMAIN")

    def test_delete_a_record(self):
        self.two_addresses()
        self.assertEqual(self.send(updates=[self.rr("two", "A", NONE, 0, "192.0.2.1")]), "NOERROR")
        self.assertEqual(self.records("two", "A"), ["192.0.2.2"])

    def test_delete_the_last_record_of_a_name(self):
        self.send(updates=[self.add("deep.name", 60, "A", "192.0.2.1")])
        self.assertEqual(self.send(updates=[self.rr("deep.name", "A", NONE, 0, "192.0.2.1")]), "NOERROR")
        self.assertEqual(rcode_of(self.server, f"deep.name.{self.zone}"), "NXDOMAIN")
        self.assertEqual(rcode_of(self.server, f"name.{self.zone}"), "NXDOMAIN")

    def test_deleting_a_name_keeps_the_names_below(self):
        self.send(updates=[self.add("a.b", 60, "A", "192.0.2.1"), self.add("b", 60, "A", "192.0.2.2")])
        self.send(updates=[self.rr("b", ALL_TYPES, ANY)])
        self.assertEqual(self.records("a.b", "A"), ["192.0.2.1"])
        self.assertEqual(rcode_of(self.server, f"b.{self.zone}"), "NOERROR")

    def test_deleting_what_is_not_there_changes_nothing(self):
        before = self.serial()
        for update in (self.rr("nothing", ALL_TYPES, ANY), self.rr("nothing", "A", ANY), self.rr("www", "MX", ANY),
                       self.rr("www", "A", NONE, 0, "192.0.2.99"), self.rr("nothing", "A", NONE, 0, "192.0.2.99")):
            self.assertEqual(self.send(updates=[update]), "NOERROR")
        self.assertEqual(self.serial(), before)

    def test_delete_a_record_in_another_case(self):
        self.assertEqual(self.send(updates=[self.rr("MAIL", "MX", NONE, 0, f"10 MAIL.{self.zone.upper()}")]), "NOERROR")
        self.assertEqual(self.records("mail", "MX"), [])

    def test_the_apex_keeps_its_soa_and_ns(self):
        self.send(updates=[self.add("@", 60, "TXT", "apex"), self.add("@", 60, "A", "192.0.2.1")])
        self.assertEqual(self.send(updates=[self.rr("@", ALL_TYPES, ANY)]), "NOERROR")
        self.assertEqual(self.records("@", "TXT"), [])
        self.assertEqual(self.records("@", "A"), [])
        self.assertEqual(len(self.records("@", "NS")), 2)
        self.assertEqual(len(self.records("@", "SOA")), 1)

    def test_the_apex_ns_rrset_can_not_be_deleted(self):
        before = self.serial()
        self.assertEqual(self.send(updates=[self.rr("@", "NS", ANY)]), "NOERROR")
        self.assertEqual(len(self.records("@", "NS")), 2)
        self.assertEqual(self.serial(), before)

    def test_the_soa_can_not_be_deleted(self):
        before = self.serial()
        self.assertEqual(self.send(updates=[self.rr("@", "SOA", ANY)]), "NOERROR")
        soa = self.records("@", "SOA")[0]
        self.assertEqual(self.send(updates=[self.rr("@", "SOA", NONE, 0, soa)]), "NOERROR")
        self.assertEqual(self.serial(), before)

    def test_the_last_apex_ns_stays(self):
        self.assertEqual(self.send(updates=[self.rr("@", "NS", NONE, 0, "ns1")]), "NOERROR")
        self.assertEqual(self.records("@", "NS"), [f"ns2.{self.zone}"])
        before = self.serial()
        self.assertEqual(self.send(updates=[self.rr("@", "NS", NONE, 0, "ns2")]), "NOERROR")
        self.assertEqual(self.records("@", "NS"), [f"ns2.{self.zone}"])
        self.assertEqual(self.serial(), before)

    def test_both_apex_ns_in_one_message_leave_one(self):
        self.assertEqual(self.send(updates=[self.rr("@", "NS", NONE, 0, "ns1"), self.rr("@", "NS", NONE, 0, "ns2")]), "NOERROR")
        self.assertEqual(self.records("@", "NS"), [f"ns2.{self.zone}"])

    def test_replacing_the_name_servers_new_ones_first(self):
        self.assertEqual(self.send(updates=[self.add("@", 3600, "NS", "ns.new.example."), self.rr("@", "NS", NONE, 0, "ns1"),
                                            self.rr("@", "NS", NONE, 0, "ns2")]), "NOERROR")
        self.assertEqual(self.records("@", "NS"), ["ns.new.example."])

    def test_ns_below_the_apex_can_be_deleted(self):
        self.send(updates=[self.add("sub", 60, "NS", "ns.sub"), self.add("ns.sub", 60, "A", "192.0.2.1")])
        self.assertEqual(query(self.server, f"x.sub.{self.zone}", "A").authority[0].rdtype, dns.rdatatype.NS)
        self.assertEqual(self.send(updates=[self.rr("sub", "NS", ANY)]), "NOERROR")
        self.assertEqual(self.records("ns.sub", "A"), ["192.0.2.1"])

    def test_records_below_a_cut_can_be_updated(self):
        """7.18: an update may change glue and whatever hides below a cut."""
        self.send(updates=[self.add("sub", 60, "NS", "ns.sub"), self.add("ns.sub", 60, "A", "192.0.2.1")])
        self.send(updates=[self.rr("ns.sub", "A", ANY), self.add("ns.sub", 60, "A", "192.0.2.2")])
        glue = query(self.server, f"x.sub.{self.zone}", "A").additional
        self.assertEqual([r.to_text() for rrset in glue for r in rrset], ["192.0.2.2"])

    # --- order and atomicity ----------------------------------------------------------------------------------------

    def test_delete_then_add_replaces(self):
        before = self.serial()
        self.assertEqual(self.send(updates=[self.rr("www", "A", ANY), self.add("www", 60, "A", "192.0.2.9")]), "NOERROR")
        self.assertEqual(self.records("www", "A"), ["192.0.2.9"])
        self.assertEqual(self.serial(), before + 1)

    def test_add_then_delete_deletes(self):
        self.assertEqual(self.send(updates=[self.add("www", 60, "A", "192.0.2.9"), self.rr("www", "A", ANY)]), "NOERROR")
        self.assertEqual(self.records("www", "A"), [])

    def test_a_change_and_its_opposite_change_nothing(self):
        before = self.serial()
        self.assertEqual(self.send(updates=[self.canary(), self.rr("canary", "A", ANY)]), "NOERROR")
        self.assertEqual(self.records("canary", "A"), [])
        self.assertIn(self.serial(), (before, before + 1))

    def test_delete_and_add_of_the_same_changes_nothing(self):
        before = self.serial()
        self.assertEqual(self.send(updates=[self.rr("www", "A", ANY), self.add("www", 3600, "A", "192.0.2.80")]), "NOERROR")
        self.assertEqual(self.records("www", "A"), ["192.0.2.80"])
        self.assertIn(self.serial(), (before, before + 1))

    def test_a_wrong_record_stops_all(self):
        self.assert_unchanged("NOTZONE", updates=[self.canary(), self.add("www.example.", 60, "A", "192.0.2.1")])
        self.assert_unchanged("NOTZONE", updates=[self.add("www.example.", 60, "A", "192.0.2.1"), self.canary()])
        self.assert_unchanged("FORMERR", updates=[self.canary(), self.rr("www", "A", ANY, 5)])

    # --- malformed updates (3.4.1) ----------------------------------------------------------------------------------

    def test_deleting_an_rrset_with_a_ttl_or_rdata_is_formerr(self):
        for update in (self.rr("www", "A", ANY, 1), self.rr("www", "A", ANY, 0, "192.0.2.80"),
                       self.rr("www", ALL_TYPES, ANY, 1), self.rr("www", ALL_TYPES, ANY, 0, b"\x00")):
            self.assert_unchanged("FORMERR", updates=[update, self.canary()])

    def test_deleting_a_record_with_a_ttl_is_formerr(self):
        self.assert_unchanged("FORMERR", updates=[self.rr("www", "A", NONE, 60, "192.0.2.80"), self.canary()])

    def test_meta_types_are_formerr(self):
        for rrtype in (252, 253, 254, 255):
            self.assert_unchanged("FORMERR", updates=[self.rr("www", rrtype, IN, 60, b""), self.canary()])
        for rrtype in (252, 253, 254):
            self.assert_unchanged("FORMERR", updates=[self.rr("www", rrtype, ANY), self.canary()])
        for rrtype in (252, 253, 254, 255):
            self.assert_unchanged("FORMERR", updates=[self.rr("www", rrtype, NONE), self.canary()])

    def test_other_classes_are_formerr(self):
        for rrclass in (3, 4, 0, 4711):
            self.assert_unchanged("FORMERR", updates=[self.rr("www", "A", rrclass, 60, "192.0.2.1"), self.canary()])

    def test_out_of_the_zone_is_notzone(self):
        for update in (self.rr("www.example.", "A", IN, 60, "192.0.2.1"), self.rr("www.example.", "A", ANY),
                       self.rr("www.example.", ALL_TYPES, ANY), self.rr("www.example.", "A", NONE, 0, "192.0.2.1"),
                       self.rr(".", "A", ANY)):
            self.assert_unchanged("NOTZONE", updates=[update, self.canary()])

    def test_rdata_that_is_none_of_its_type_is_formerr(self):
        for rrtype, rdata in (("A", b"\x01\x02\x03"), ("A", b"\x01\x02\x03\x04\x05"), ("AAAA", bytes(15)), ("MX", b"\x00\x0a"),
                              ("TXT", b"\x05abc"), ("TXT", b""), ("NS", b"\x03abc"), ("SOA", b"\x00\x00" + bytes(19)),
                              ("SRV", bytes(6)), ("A", b"")):
            self.assert_unchanged("FORMERR", updates=[self.rr("odd", rrtype, IN, 60, rdata), self.canary()])

    # --- the zone section (3.1) -------------------------------------------------------------------------------------

    def test_no_zone_or_two_are_formerr(self):
        for zones in (0, 2):
            self.assert_unchanged("FORMERR", updates=[self.canary()], zones=zones)

    def test_a_zone_type_that_is_not_soa_is_formerr(self):
        for rrtype in (1, 2, 255):
            self.assert_unchanged("FORMERR", updates=[self.canary()], zone_type=rrtype)

    @unittest.skipIf(IS_BIND, "BIND says NOTIMP")
    def test_another_class_is_notauth(self):
        before = self.serial()
        self.assertIn(self.send(updates=[self.canary()], zone_class=3), ("NOTAUTH", "REFUSED"))
        self.assertEqual(self.serial(), before)

    def test_a_zone_that_is_not_here_is_notauth(self):
        self.zone = "nowhere.example."
        self.assertEqual(self.send(updates=[self.rr("www", ALL_TYPES, ANY)]), "NOTAUTH")

    def test_a_name_in_a_zone_is_no_zone(self):
        self.zone = f"www.{self.zone}"
        self.assertEqual(self.send(updates=[self.rr("x", ALL_TYPES, ANY)]), "NOTAUTH")

    def test_a_zone_in_another_case(self):
        self.zone = self.zone.upper()
        self.assertEqual(self.send(updates=[self.canary()]), "NOERROR")
        self.assertEqual(self.records("canary", "A"), ["203.0.113.1"])

    # --- who may (3.3) ----------------------------------------------------------------------------------------------

    def test_unsigned_is_refused(self):
        for tcp in (False, True):
            self.assertEqual(update_rcode(self.server, self.unsigned(), tcp), "REFUSED")
        self.assertEqual(self.records("canary", "A"), [])

    def unsigned(self):
        update = make_update(self.zone)
        update.add("canary", 60, "A", "203.0.113.1")
        return update

    def test_unsigned_prerequisites_tell_nothing(self):
        """Whoever may not update learns nothing about the zone from prerequisites either."""
        for name in ("www", "nothing"):
            update = self.unsigned()
            update.present(name)
            self.assertEqual(update_rcode(self.server, update), "REFUSED")

    def test_a_grant_is_for_a_name_and_all_below(self):
        self.zone = "z0.example."
        for owner in ("www", "sub", "a.sub", "b.a.sub"):
            self.assertEqual(self.send(updates=[self.add(owner, 60, "TXT", "mine")], key=LIMITED), "NOERROR", owner)
        for owner in ("mail", "xsub", "@", "xwww", "canary"):
            self.assert_unchanged("REFUSED", updates=[self.add(owner, 60, "TXT", "not mine")], key=LIMITED)

    def test_one_record_without_a_grant_stops_all(self):
        self.zone = "z0.example."
        self.assert_unchanged("REFUSED", updates=[self.add("sub", 60, "A", "192.0.2.1"), self.canary()], key=LIMITED)
        self.assertEqual(self.records("sub", "A"), [])

    def test_a_grant_counts_for_deleting_too(self):
        self.zone = "z0.example."
        for update in (self.rr("mail", ALL_TYPES, ANY), self.rr("mail", "A", ANY), self.rr("mail", "A", NONE, 0, "192.0.2.25")):
            self.assert_unchanged("REFUSED", updates=[update], key=LIMITED)

    @unittest.skipIf(IS_BIND, "BIND has no such key")
    def test_a_key_without_a_grant_may_nothing(self):
        self.assert_unchanged("REFUSED", updates=[self.canary()], key=NOBODY)

    # --- big ones ---------------------------------------------------------------------------------------------------

    def test_a_thousand_records_in_one_message(self):
        before = self.serial()
        updates = [self.add(f"host{i}", 60, "A", f"10.0.{i // 250}.{i % 250 + 1}") for i in range(1000)]
        self.assertEqual(self.send(updates=updates, tcp=True), "NOERROR")
        self.assertEqual(self.serial(), before + 1)
        for i in random.Random(2136).sample(range(1000), 25):
            self.assertEqual(self.records(f"host{i}", "A"), [f"10.0.{i // 250}.{i % 250 + 1}"])

    def test_a_thousand_records_of_one_rrset(self):
        updates = [self.add("many", 60, "A", f"10.1.{i // 250}.{i % 250 + 1}") for i in range(1000)]
        self.assertEqual(self.send(updates=updates, tcp=True), "NOERROR")
        self.assertEqual(len(records(self.server, f"many.{self.zone}", "A", tcp=True)), 1000)
        self.assertEqual(self.send(updates=[self.rr("many", "A", ANY)]), "NOERROR")
        self.assertEqual(self.records("many", "A"), [])

    def test_a_message_of_64_kib(self):
        updates, size = [], 0
        while size < 64800:
            updates.append(self.add(f"t{len(updates)}", 60, "TXT", bytes([250]) + f"{len(updates):06d}".encode() + b"x" * 244))
            size += len(updates[-1])
        wire = sign(message(self.zone, (), updates), KEY)[0]
        self.assertGreater(len(wire), 64800)
        self.assertLess(len(wire), 65536)
        self.assertEqual(self.send(updates=updates, tcp=True), "NOERROR")
        for i in (0, len(updates) // 2, len(updates) - 1):
            self.assertEqual(self.records(f"t{i}", "TXT"), [f'"{i:06d}{"x" * 244}"'])

    def test_an_update_that_fails_at_its_thousandth_record(self):
        updates = [self.add(f"host{i}", 60, "A", "192.0.2.1") for i in range(999)]
        self.assert_unchanged("NOTZONE", updates=[*updates, self.add("www.example.", 60, "A", "192.0.2.1")], tcp=True)
        self.assertEqual(self.records("host0", "A"), [])

    def test_updates_and_queries_on_one_connection(self):
        """A query that follows an acknowledged update on the same connection sees it."""
        with Tcp(self.server) as connection:
            for i in range(20):
                update, _ = sign(message(self.zone, (), [self.rr("mover", "A", ANY), self.add("mover", 60, "A", f"192.0.2.{i}")]), KEY)
                self.assertEqual(connection.exchange(update)[3] & 15, 0)
                asked = dns.message.make_query(f"mover.{self.zone}", "A")
                answer = dns.message.from_wire(connection.exchange(asked.to_wire())).answer
                self.assertEqual([r.to_text() for r in answer[0]], [f"192.0.2.{i}"])

    # --- a message that breaks off ----------------------------------------------------------------------------------

    def test_every_beginning_of_an_update_is_harmless(self):
        """A message cut off anywhere is FORMERR, or too short to answer; it changes nothing."""
        before = self.serial()
        wire = sign(message(self.zone, [self.rr("www", ALL_TYPES, ANY)], [self.canary()]), KEY)[0]
        with Tcp(self.server) as connection:
            for length in range(12, len(wire)):
                reply = connection.exchange(wire[:length])
                if reply is None:
                    self.fail(f"the connection was closed after {length} octets")
                self.assertIn(dns.rcode.to_text(reply[3] & 15), ("FORMERR", "REFUSED", "NOTAUTH"), f"{length} octets")
        self.assertEqual(self.serial(), before)
        self.assertEqual(self.records("canary", "A"), [])

    def test_dnspython_agrees(self):
        update = make_update(self.zone, KEY)
        update.present("www", "A", "192.0.2.80")
        update.absent("nothing")
        update.replace("www", 60, "A", "192.0.2.9")
        self.assertEqual(dns.rcode.to_text(send_update(self.server, update).rcode()), "NOERROR")
        self.assertEqual(self.records("www", "A"), ["192.0.2.9"])


if __name__ == "__main__":
    unittest.main()
