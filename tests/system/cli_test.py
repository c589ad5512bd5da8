#!/usr/bin/python3
"""The command line: every command, while the server runs and while it does not; exit codes 0, 1 and 2; what errors say."""
import os
import re
import subprocess
import tempfile
import unittest

from dns_client import make_update, query, rcode_of, records, send_update, serial_of
from homing_server import KEY, ZONE, HomingServer, binary, test_key

USAGE, FAILED = 2, 1


class Commands:
    """Tests that run twice: see Offline and Running below."""

    running = None

    def setUp(self):
        self.server = HomingServer()
        self.addCleanup(self.server.close)
        if self.running:
            self.server.start()
        self.files = tempfile.TemporaryDirectory()
        self.addCleanup(self.files.cleanup)

    def run_ok(self, *arguments):
        return self.server.cli(*arguments)

    def assert_fails(self, code, *arguments, stdin=None):
        done = self.server.run(*arguments, stdin=stdin)
        self.assertEqual(done.returncode, code, f"{' '.join(arguments)}\n{done.stdout}{done.stderr}")
        self.assertNotEqual(done.stderr.strip(), "", "an error that says nothing")
        return done.stderr

    def write(self, text, name="zone"):
        path = os.path.join(self.files.name, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def serving(self):
        """The server, in whatever state the commands left the store."""
        if not self.server.is_running():
            self.server.start()
        return self.server

    def records(self, name, rrtype):
        return records(self.serving(), name, rrtype)

    def import_example(self):
        self.run_ok("zone", "import", "example.com", self.write(ZONE))

    # --- zone -------------------------------------------------------------------------------------------------------

    def test_zone_add(self):
        self.run_ok("zone", "add", "example.com")
        soa = query(self.serving(), "example.com", "SOA").answer[0][0]
        self.assertGreater(soa.serial, 0)
        self.assertTrue(self.records("example.com", "NS"))

    def test_zone_add_with_everything(self):
        self.run_ok("zone", "add", "example.com", "--ns", "ns1.example.com=192.0.2.1", "--ns", "ns2.example.com=2001:db8::2",
                    "--ns", "ns.example.net", "--contact", "dns.admin@example.com")
        self.assertEqual(self.records("example.com", "NS"), ["ns.example.net.", "ns1.example.com.", "ns2.example.com."])
        self.assertEqual(self.records("ns1.example.com", "A"), ["192.0.2.1"])
        self.assertEqual(self.records("ns2.example.com", "AAAA"), ["2001:db8::2"])
        soa = query(self.server, "example.com", "SOA").answer[0][0]
        self.assertEqual(soa.rname.to_text(), r"dns\.admin.example.com.")
        self.assertEqual(soa.mname.to_text(), "ns1.example.com.")

    def test_zone_add_with_a_final_dot_and_in_another_case(self):
        self.run_ok("zone", "add", "Example.COM.")
        self.assertIn("example.com", self.run_ok("zone", "list").lower())
        self.assertEqual(rcode_of(self.serving(), "example.com", "SOA"), "NOERROR")

    def test_zone_add_twice_fails(self):
        self.run_ok("zone", "add", "example.com")
        self.assertIn("example.com", self.assert_fails(FAILED, "zone", "add", "example.com"))

    def test_zone_add_with_nonsense(self):
        for words in (["a..b"], ["x" * 64 + ".com"], ["example.com", "--ns", "ns1.example.com=192.0.2.300"],
                      ["example.com", "--contact", ".."]):
            self.assert_fails(USAGE, "zone", "add", *words)
        self.assertEqual(self.run_ok("zone", "list"), "")

    def test_zone_list(self):
        self.assertEqual(self.run_ok("zone", "list"), "")
        for name in ("b.example", "a.example", "sub.a.example"):
            self.run_ok("zone", "add", name)
        listed = [line.split()[0].rstrip(".") for line in self.run_ok("zone", "list").strip().split("\n")]
        self.assertEqual(sorted(listed), ["a.example", "b.example", "sub.a.example"])

    def test_zone_remove(self):
        self.import_example()
        self.run_ok("zone", "remove", "example.com")
        self.assertEqual(self.run_ok("zone", "list"), "")
        self.assertEqual(rcode_of(self.serving(), "www.example.com"), "REFUSED")

    def test_zone_remove_of_nothing_fails(self):
        self.assertIn("example.org", self.assert_fails(FAILED, "zone", "remove", "example.org"))

    def test_zone_import_and_export(self):
        self.import_example()
        exported = self.run_ok("zone", "export", "example.com")
        self.run_ok("zone", "remove", "example.com")
        self.run_ok("zone", "import", "example.com", self.write(exported, "again"))
        self.assertEqual(self.records("www.example.com", "A"), ["192.0.2.80"])
        self.assertEqual(self.records("mail.example.com", "MX"), ["10 mail.example.com."])
        self.assertEqual(self.records("text.example.com", "TXT"), ['"one" "two"'])
        self.assertEqual(self.records("alias.example.com", "CNAME"), ["www.example.com."])

    def test_zone_export_of_nothing_fails(self):
        self.assertIn("example.org", self.assert_fails(FAILED, "zone", "export", "example.org"))

    def test_an_exported_zone_is_a_good_zone_file(self):
        """named-checkzone reads it, when it is there."""
        self.import_example()
        path = self.write(self.run_ok("zone", "export", "example.com"), "exported")
        try:
            done = subprocess.run(["named-checkzone", "example.com", path], stdout=subprocess.PIPE, text=True)
        except FileNotFoundError:
            self.skipTest("no named-checkzone here")
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_zone_import_replaces(self):
        self.import_example()
        before = serial_of(self.serving(), "example.com")
        self.run_ok("zone", "import", "example.com", self.write(ZONE.replace("192.0.2.80", "192.0.2.81")))
        self.assertEqual(self.records("www.example.com", "A"), ["192.0.2.81"])
        self.assertTrue(0 < (serial_of(self.server, "example.com") - before) % 2**32 < 2**31)

    def test_zone_import_of_a_file_that_is_not_there(self):
        path = os.path.join(self.files.name, "nothing")
        self.assertIn(path, self.assert_fails(FAILED, "zone", "import", "example.com", path))

    def test_errors_in_a_file_have_its_name_and_line(self):
        path = self.write("$TTL 60\n@ SOA ns h 1 1 1 1 1\n@ NS ns\nns A 192.0.2.1\n\nwww A 192.0.2\nftp AAAA 192.0.2.1\n")
        told = self.assert_fails(FAILED, "zone", "import", "example.com", path)
        self.assertIn(f"{path}:6", told)
        self.assertEqual(self.run_ok("zone", "list"), "")

    def test_zone_import_all(self):
        self.write(ZONE, "a.example.zone")
        self.write(ZONE, "b.example.zone")
        self.run_ok("zone", "import", "--all", self.files.name)
        for zone in ("a.example", "b.example"):
            self.assertEqual(self.records(f"www.{zone}", "A"), ["192.0.2.80"])

    # --- zone check -------------------------------------------------------------------------------------------------

    def check(self, text):
        return self.server.run("zone", "check", "example.com", self.write(text))

    def assert_good(self, text, warning=None):
        done = self.check(text)
        self.assertEqual(done.returncode, 0, done.stderr)
        if warning is None:
            self.assertNotIn("warning", done.stderr)
        else:
            self.assertIn("warning", done.stdout + done.stderr)
            self.assertIn(warning, done.stdout + done.stderr)

    def assert_bad(self, text, *words):
        done = self.check(text)
        self.assertEqual(done.returncode, FAILED, done.stdout + done.stderr)
        for word in words:
            self.assertRegex(done.stdout + done.stderr, word)

    def test_zone_check_of_a_good_file(self):
        self.assert_good(ZONE)

    def test_zone_check_needs_no_store(self):
        done = subprocess.run([binary(), "zone", "check", "example.com", self.write(ZONE), "--data", "/nowhere/at/all"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_zone_check_refuses_what_the_dns_forbids(self):
        self.assert_bad(ZONE + "www CNAME alias\n", "CNAME", r"www\.example\.com")
        self.assert_bad(ZONE + "alias A 192.0.2.1\n", "CNAME", r"alias\.example\.com")
        self.assert_bad(ZONE + "alias CNAME mail\n", "CNAME")
        self.assert_bad(ZONE + "@ SOA ns2 other 2 1 1 1 1\n", "SOA")
        self.assert_bad("@ 60 NS ns1\nns1 60 A 192.0.2.1\n", "SOA")
        self.assert_bad("@ 60 SOA ns1 h 1 1 1 1 1\nns1 60 A 192.0.2.1\n", "NS")
        self.assert_bad(ZONE + "www.example.org. A 192.0.2.1\n", r"example\.org")
        self.assert_bad(ZONE + "tree DNAME other.example.\nbelow.tree A 192.0.2.1\n", "DNAME")
        self.assert_bad(ZONE + "@ CNAME other.example.\n", "CNAME")
        self.assert_bad(ZONE + "www SOA ns1 h 1 1 1 1 1\n", "SOA")

    def test_zone_check_warns(self):
        self.assert_good(ZONE + "m MX 10 alias\n", "alias.example.com")
        self.assert_good(ZONE + "sub NS alias\n", "alias.example.com")
        self.assert_good(ZONE + "sub NS ns.sub\n", "ns.sub.example.com")

    def test_zone_check_of_syntax_errors_tells_them_all(self):
        path = self.write(ZONE + "a A 1.2.3\nb AAAA ::g\nc MX mail\n")
        done = self.server.run("zone", "check", "example.com", path)
        self.assertEqual(done.returncode, FAILED)
        first = len(ZONE.split("\n"))
        for line in (first, first + 1, first + 2):
            self.assertIn(f"{path}:{line}", done.stdout + done.stderr)

    def test_what_check_refuses_import_refuses(self):
        for text in (ZONE + "www CNAME alias\n", "@ 60 NS ns1\n", ZONE + "tree DNAME other.example.\nbelow.tree A 192.0.2.1\n"):
            self.assert_fails(FAILED, "zone", "import", "example.com", self.write(text))
        self.assertEqual(self.run_ok("zone", "list"), "")

    def test_export_of_names_that_an_update_hid_below_a_dname(self):
        """RFC 6672 5.2 lets a DNAME come above names; a zone file may not hold them (2.4)."""
        self.import_example()
        self.server.add_key(test_key())
        self.serving()
        update = make_update("example.com.", test_key())
        update.add("x.tree", 60, "A", "192.0.2.1")
        update.add("tree", 60, "DNAME", "other.example.")
        self.assertEqual(send_update(self.server, update).rcode(), 0)
        done = self.server.run("zone", "export", "example.com")
        self.assertEqual(done.returncode, 0)
        self.assertIn("1 record is below a DNAME", done.stderr)
        self.assertIn("\n;x.tree.example.com.", done.stdout)
        self.server.stop()
        self.assert_good(done.stdout)
        self.run_ok("zone", "import", "example.com", self.write(done.stdout))
        self.assertEqual(self.server.run("zone", "export", "example.com").stdout.count("x.tree"), 0)

    # --- record -----------------------------------------------------------------------------------------------------

    def test_record_set_and_delete(self):
        self.import_example()
        self.run_ok("record", "set", "new.example.com", "60", "A", "192.0.2.7")
        self.run_ok("record", "set", "www.example.com", "120", "A", "192.0.2.8", "192.0.2.9")
        self.run_ok("record", "delete", "mail.example.com", "MX")
        self.run_ok("record", "delete", "text.example.com")
        self.assertEqual(self.records("new.example.com", "A"), ["192.0.2.7"])
        self.assertEqual(self.records("www.example.com", "A"), ["192.0.2.8", "192.0.2.9"])
        self.assertEqual(query(self.server, "www.example.com", "A").answer[0].ttl, 120)
        self.assertEqual(self.records("www.example.com", "AAAA"), ["2001:db8::80"])
        self.assertEqual(self.records("mail.example.com", "MX"), [])
        self.assertEqual(self.records("mail.example.com", "A"), ["192.0.2.25"])
        self.assertEqual(rcode_of(self.server, "text.example.com"), "NXDOMAIN")

    def test_record_set_of_many_types(self):
        self.import_example()
        for rrtype, *rdata in (["AAAA", "2001:db8::1"], ["MX", "10", "mail.example.com."], ["TXT", "some text"],
                               ["CAA", "0", "issue", "ca.example.net"], ["SRV", "0", "5", "53", "ns1.example.com."],
                               ["TYPE65280", r"\#", "2", "abcd"], ["CNAME", "www.example.com."],
                               ["HTTPS", "1", ".", "alpn=h2"], ["TLSA", "3", "0", "0", "abcd"]):
            self.run_ok("record", "set", f"{rrtype}.example.com", "60", rrtype, *rdata)
            self.assertEqual(len(self.records(f"{rrtype}.example.com", rrtype)), 1, rrtype)

    def test_record_set_advances_the_serial(self):
        self.import_example()
        before = serial_of(self.serving(), "example.com")
        self.run_ok("record", "set", "new.example.com", "60", "A", "192.0.2.7")
        self.assertEqual(serial_of(self.server, "example.com"), before + 1)
        self.run_ok("record", "set", "new.example.com", "60", "A", "192.0.2.7")
        self.assertEqual(serial_of(self.server, "example.com"), before + 1, "what changes nothing is no change")

    def test_record_list(self):
        self.import_example()
        listed = self.run_ok("record", "list", "example.com")
        for word in ("192.0.2.80", "2001:db8::80", "10 mail.example.com.", "CNAME", "SOA", '"one" "two"'):
            self.assertIn(word, listed)
        one = self.run_ok("record", "list", "example.com", "www.example.com")
        self.assertIn("192.0.2.80", one)
        self.assertNotIn("192.0.2.25", one)

    def test_record_list_of_nothing_fails(self):
        self.import_example()
        self.assert_fails(FAILED, "record", "list", "example.org")

    def test_record_set_that_is_wrong(self):
        self.import_example()
        for words in (["www.example.com", "60", "A", "192.0.2.300"], ["www.example.com", "soon", "A", "192.0.2.1"],
                      ["www.example.com", "60", "NOTYPE", "x"], ["www..example.com", "60", "A", "192.0.2.1"],
                      ["www.example.com", "60", "MX", "mail.example.com."]):
            self.assertIn(self.server.run("record", "set", *words).returncode, (FAILED, USAGE), words)
        self.assertEqual(self.records("www.example.com", "A"), ["192.0.2.80"])

    def test_record_set_out_of_all_zones_fails(self):
        self.import_example()
        self.assertIn("example.org", self.assert_fails(FAILED, "record", "set", "www.example.org", "60", "A", "192.0.2.1"))

    def test_the_apex_keeps_its_soa_and_ns(self):
        self.import_example()
        self.server.run("record", "delete", "example.com")
        self.server.run("record", "delete", "example.com", "SOA")
        self.server.run("record", "delete", "example.com", "NS")
        self.assertTrue(self.records("example.com", "NS"))
        self.assertTrue(self.records("example.com", "SOA"))

    # --- key --------------------------------------------------------------------------------------------------------

    def test_key_add_list_show_remove(self):
        self.import_example()
        made = self.run_ok("key", "add", "host.key", "--grant", "www.example.com", "--grant", "mail.example.com")
        secret = re.search(r'secret "([^"]+)"', made)[1]
        listed = self.run_ok("key", "list")
        self.assertIn("host.key", listed)
        self.assertNotIn(secret, listed)
        self.assertIn("www.example.com", listed)
        shown = self.run_ok("key", "show", "host.key")
        self.assertIn(secret, shown)
        self.assertIn("hmac-sha256", shown)
        self.assertEqual(self.update_with("host.key", secret), 0)
        self.run_ok("key", "remove", "host.key")
        self.assertNotIn("host.key", self.run_ok("key", "list"))
        self.assert_fails(FAILED, "key", "show", "host.key")
        self.assert_fails(FAILED, "key", "remove", "host.key")

    def update_with(self, name, secret, owner="www", algorithm="hmac-sha256"):
        update = make_update("example.com", test_key(algorithm, name, secret))
        update.add(owner, 60, "TXT", '"by a key"')
        return send_update(self.serving(), update).rcode()

    def test_a_removed_key_is_a_stranger(self):
        self.import_example()
        self.run_ok("key", "add", "host.key", "--secret", KEY[2], "--grant", "*")
        self.assertEqual(self.update_with("host.key", KEY[2]), 0)
        self.run_ok("key", "remove", "host.key")
        if not self.running:
            self.server.restart()
        update = make_update("example.com", test_key(name="host.key"))
        update.add("www", 60, "TXT", "by nobody")
        with self.assertRaisesRegex(Exception, "BADKEY|unknown|TSIG|peer"):
            self.assertEqual(send_update(self.server, update).rcode(), 0)

    def test_key_add_with_a_secret_and_algorithms(self):
        self.import_example()
        for algorithm in ("hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512", "hmac-sha1", "hmac-md5"):
            made = self.run_ok("key", "add", algorithm, "--algorithm", algorithm, "--secret", KEY[2], "--grant", "example.com")
            self.assertIn(KEY[2], made)
            self.assertIn(algorithm, made)
            self.assertEqual(self.update_with(algorithm, KEY[2], algorithm=algorithm), 0)

    def test_two_random_secrets_are_two(self):
        secrets = {re.search(r'secret "([^"]+)"', self.run_ok("key", "add", f"k{i}", "--grant", "*"))[1] for i in range(3)}
        self.assertEqual(len(secrets), 3)
        self.assertTrue(all(len(secret) >= 40 for secret in secrets))

    def test_key_add_that_is_wrong(self):
        self.run_ok("key", "add", "host.key", "--secret", KEY[2])
        self.assert_fails(FAILED, "key", "add", "host.key", "--secret", KEY[2])
        for words in (["other", "--algorithm", "hmac-sha999"], ["other", "--secret", "not base64!"], ["a..b"],
                      ["other", "--grant", "a..b"]):
            self.assert_fails(USAGE, "key", "add", *words)

    # --- usage ------------------------------------------------------------------------------------------------------

    def test_wrong_usage(self):
        for words in ([], ["nonsense"], ["zone"], ["zone", "nonsense"], ["zone", "add"], ["zone", "remove"], ["zone", "list", "x", "y"],
                      ["zone", "import"], ["zone", "import", "example.com"], ["zone", "check", "example.com"], ["zone", "export"],
                      ["record"], ["record", "list"], ["record", "set", "www.example.com"], ["record", "set", "a.b", "60", "A"],
                      ["record", "delete"], ["key"], ["key", "add"], ["key", "show"], ["key", "remove"],
                      ["zone", "list", "--nonsense"], ["serve", "--nonsense"], ["serve", "--workers", "many"],
                      ["serve", "--listen", "somewhere"], ["serve", "--listen", "127.0.0.1:99999"]):
            self.assert_fails(USAGE, *words)

    def test_version(self):
        for words in (["version"], ["--version"]):
            self.assertRegex(self.run_ok(*words), r"\d+\.\d+")

    def test_help(self):
        for words in (["--help"], ["-h"], ["zone", "--help"], ["zone", "import", "--help"], ["serve", "--help"]):
            self.assertIn("usage", self.run_ok(*words).lower())

    def test_data_by_flag_and_by_environment(self):
        self.import_example()
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HOMING_")}
        for command in ([binary(), "zone", "list", "--data", self.server.data], [binary(), "--data", self.server.data, "zone", "list"]):
            done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("example.com", done.stdout)
        elsewhere = self.server.run("zone", "list", "--data", os.path.join(self.files.name, "elsewhere"))
        self.assertNotIn("example.com", elsewhere.stdout, "the flag counts more than the environment")


class Offline(Commands, unittest.TestCase):
    running = False


class Running(Commands, unittest.TestCase):
    running = True

    def test_a_change_is_in_force_at_once(self):
        self.import_example()
        for i in range(50):
            self.run_ok("record", "set", "moving.example.com", "60", "A", f"192.0.2.{i}")
            self.assertEqual(self.records("moving.example.com", "A"), [f"192.0.2.{i}"])

    def test_a_key_is_in_force_at_once(self):
        self.import_example()
        self.run_ok("key", "add", "new.key", "--secret", KEY[2], "--grant", "www.example.com")
        self.assertEqual(self.update_with("new.key", KEY[2]), 0)

    def test_commands_see_what_updates_changed(self):
        self.import_example()
        self.run_ok("key", "add", "host.key", "--secret", KEY[2], "--grant", "*")
        self.update_with("host.key", KEY[2], "by-update")
        self.assertIn('"by a key"', self.run_ok("record", "list", "example.com", "by-update.example.com"))


class EnvironmentTest(unittest.TestCase):
    """Every flag has its variable."""

    def test_serve(self):
        server = HomingServer(zones={"example.com.": ZONE}, listen=(), environment={
            "HOMING_LISTEN": "127.0.0.1:0", "HOMING_WORKERS": "1"})
        self.addCleanup(server.close)
        server.start()
        self.assertEqual([address for _, address, _ in server.listeners], ["127.0.0.1", "127.0.0.1"])
        self.assertEqual(records(server, "www.example.com", "A"), ["192.0.2.80"])

    def test_flags_count_more(self):
        server = HomingServer(environment={"HOMING_LISTEN": "nonsense", "HOMING_WORKERS": "nonsense"}, arguments=("--workers", "2"))
        self.addCleanup(server.close)
        server.start()
        self.assertTrue(server.is_running())

    def test_key_add(self):
        with HomingServer(environment={"HOMING_ALGORITHM": "hmac-sha512", "HOMING_SECRET": KEY[2], "HOMING_GRANT": "a.example"}) as server:
            made = server.cli("key", "add", "k")
            self.assertIn("hmac-sha512", made)
            self.assertIn(KEY[2], made)
            self.assertIn("a.example", server.cli("key", "list"))

    def test_zone_add(self):
        with HomingServer(environment={"HOMING_NS": "ns.example.net", "HOMING_CONTACT": "me@example.net"}) as server:
            server.cli("zone", "add", "example.com")
            listed = server.cli("record", "list", "example.com")
            self.assertIn("ns.example.net.", listed)
            self.assertIn("me.example.net.", listed)

    def test_workers(self):
        for workers in ("1", "3"):
            server = HomingServer(zones={"example.com.": ZONE}, arguments=("--workers", workers))
            self.addCleanup(server.close)
            server.start()
            self.assertEqual(records(server, "www.example.com", "A"), ["192.0.2.80"])
            self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
