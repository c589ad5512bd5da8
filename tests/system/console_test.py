#!/usr/bin/python3
"""What lies between a person and a command: files, pipes and terminals on one side, the control socket and the store's lock on the
other. Each test of `commands` runs without a server and against a running one."""
import os
import pathlib
import pty
import re
import stat
import subprocess
import tempfile
import threading
import unittest

from dns_client import has_tool, nsupdate, records
from homing_server import PATIENCE, ZONE, HomingServer, binary

GOOD = "$TTL 60\n@ SOA ns1 hostmaster 7 3600 600 86400 60\n@ NS ns1\nns1 A 192.0.2.1\n"


class commands:
    """What holds in both states; the classes below say how to get there."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="homing-cli-")
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)
        self.server = self.make()
        self.addCleanup(self.server.close)

    def write(self, name, text):
        path = self.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return str(path)

    def check(self, code, *arguments, out=None, err=None, **more):
        """Runs a command that must end so, with these patterns in what it says; returns its standard output."""
        done = self.server.run(*arguments, **more)
        said = f"homing {' '.join(arguments)}\n{done.stdout}{done.stderr}"
        self.assertEqual(code, done.returncode, said)
        for pattern, text in ((out, done.stdout), (err, done.stderr)):
            if pattern is not None:
                self.assertRegex(text, pattern, said)
        return done.stdout

    def listed(self, zone, *name):
        return self.server.cli("record", "list", zone, *name).splitlines()

    def test_import_replaces_and_the_serial_grows(self):
        first = self.write("first.zone", GOOD)
        self.check(0, "zone", "import", "example.net", first, out="3 records, serial 7")
        self.check(0, "zone", "import", "example.net", first, out="as it was: 3 records, serial 7")
        self.check(0, "zone", "import", "example.net", "-", stdin=GOOD + "www A 192.0.2.2\n", out="4 records, serial 8")
        self.assertIn("www.example.net. 60 IN A 192.0.2.2", self.listed("example.net"))
        self.check(0, "zone", "import", "example.net", first, out="serial 9")
        self.assertNotIn("www.example.net. 60 IN A 192.0.2.2", self.listed("example.net"))

    def test_a_relative_path_and_a_pipe_are_read_where_the_person_is(self):
        self.write("relative.zone", GOOD)
        done = subprocess.run([binary(), "zone", "import", "example.net", "relative.zone"], cwd=self.path,
                              env=self.server.environ(), capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(0, done.returncode, done.stderr)
        fifo = self.path / "fifo"
        os.mkfifo(fifo)
        feeder = threading.Thread(target=fifo.write_text, args=(GOOD + "via-fifo A 192.0.2.3\n",))
        feeder.start()
        self.check(0, "zone", "import", "example.net", str(fifo))
        feeder.join()
        self.assertIn("via-fifo.example.net. 60 IN A 192.0.2.3", self.listed("example.net"))

    def test_import_all(self):
        for i in range(300):
            self.write(f"zones/z{i}.example.zone", GOOD)
        self.write("zones/other.txt", "not a zone")
        self.check(0, "zone", "import", "--all", str(self.path / "zones"), out="300 of 300 zones")
        self.write("zones/bad.example.zone", "@ BAR baz\n")
        self.write("zones/a..b.zone", GOOD)
        self.write("zones/late.example.zone", GOOD)
        self.check(1, "zone", "import", "--all", str(self.path / "zones"), out="301 of 303 zones",
                   err=r"(?s)\A(?=.*bad\.example\.zone:1: error: )(?=.*a\.\.b\.zone: error: )")
        self.assertEqual(302, len(self.server.cli("zone", "list").splitlines()))
        self.check(1, "zone", "import", "--all", str(self.path / "nowhere"), err="nowhere: .*No such file")
        self.check(2, "zone", "import", "--all", str(self.path), "example.net")
        self.check(2, "zone", "import", "example.net")

    def test_records_are_set_listed_and_deleted(self):
        self.check(0, "record", "set", "new.example.com", "1h", "A", "192.0.2.1", "192.0.2.2", out="2 records")
        self.check(0, "record", "set", "new.example.com.", "60", "mx", "10", "mail.example.com")
        self.check(0, "record", "set", "new.example.com", "60", "TXT", "v=spf1 -all", '"two" "strings"')
        self.check(0, "record", "set", "new.example.com", "60", "TYPE65280", r"\# 2 beef")
        self.assertEqual(["new.example.com. 3600 IN A 192.0.2.1", "new.example.com. 3600 IN A 192.0.2.2",
                          "new.example.com. 60 IN MX 10 mail.example.com.", 'new.example.com. 60 IN TXT "v=spf1 -all"',
                          'new.example.com. 60 IN TXT "two" "strings"', r"new.example.com. 60 IN TYPE65280 \# 2 BEEF"],
                         [line.replace("beef", "BEEF") for line in self.listed("example.com", "new.example.com")])
        self.check(0, "record", "set", "new.example.com", "60", "A", "192.0.2.3")
        self.assertEqual(["new.example.com. 60 IN A 192.0.2.3"], self.listed("example.com", "new.example.com")[:1])
        self.check(0, "record", "delete", "new.example.com", "A")
        self.assertEqual([], [line for line in self.listed("example.com", "new.example.com") if " A " in line])
        self.check(0, "record", "delete", "new.example.com")
        self.assertEqual([], self.listed("example.com", "new.example.com"))
        self.check(0, "record", "delete", "new.example.com", err="nothing to delete")

    def test_the_whole_zone_is_listed_soa_first_and_in_order(self):
        owners = [line.split()[0] for line in self.listed("example.com")]
        self.assertIn(" SOA ", self.listed("example.com")[0])
        self.assertEqual(sorted(owners, key=lambda o: o.split(".")[::-1]), owners)
        self.assertEqual(len(ZONE.strip().splitlines()) - 1, len(owners))

    def test_output_that_cannot_be_written_is_a_failure(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([binary(), "zone", "export", "example.com"], env=self.server.environ(), stdout=full,
                                  stderr=subprocess.PIPE, text=True, timeout=PATIENCE)
        self.assertEqual(1, done.returncode)
        self.assertRegex(done.stderr, "homing: ")

    def test_a_reader_that_goes_away_is_no_trouble(self):
        lines = "".join(f"h{i} A 192.0.2.1\n" for i in range(50000))
        self.check(0, "zone", "import", "big.example", "-", stdin=GOOD + lines)
        with subprocess.Popen([binary(), "zone", "export", "big.example"], env=self.server.environ(), stdout=subprocess.PIPE) as export:
            self.assertIn(b"SOA", export.stdout.readline())
            export.stdout.close()
            export.wait(PATIENCE)
        self.assertEqual(50003, len(self.server.cli("record", "list", "big.example").splitlines()))

    def test_progress_is_for_terminals(self):
        zone = self.write("z/z.example.zone", GOOD)
        self.assertNotIn("%", self.server.run("zone", "import", "z.example", zone).stderr)
        ours, theirs = pty.openpty()
        with subprocess.Popen([binary(), "zone", "import", "--all", str(self.path / "z")], env=self.server.environ(),
                              stdout=subprocess.DEVNULL, stderr=theirs) as process:
            process.wait(PATIENCE)
        os.close(theirs)
        self.assertRegex(os.read(ours, 4096), rb"\[#* *\] +\d+ %")
        os.close(ours)


class without_a_server(commands, unittest.TestCase):
    def make(self):
        return HomingServer(zones={"example.com": ZONE})

    def test_a_store_is_made_only_by_what_fills_it(self):
        nowhere = str(self.path / "nowhere")
        for code, words in ((0, ["zone", "list"]), (0, ["key", "list"]), (1, ["zone", "export", "a"]), (1, ["record", "list", "a"]),
                            (1, ["record", "set", "a", "60", "A", "192.0.2.1"]), (1, ["key", "remove", "a"])):
            self.assertEqual("", self.check(code, *words, "--data", nowhere, err="no store in .*nowhere"))
        self.assertFalse(os.path.exists(nowhere))
        self.check(0, "--data", nowhere, "zone", "add", "example.net")
        self.check(0, "zone", "list", environment={"HOMING_DATA": nowhere}, out=r"^example\.net\.")
        self.check(1, "zone", "add", "a", "--data", str(self.path / "no" / "parent"), err="homing: .*no.parent")

    def test_commands_at_the_same_time_wait_for_each_other(self):
        running = [subprocess.Popen([binary(), "record", "set", f"h{i}.example.com", "60", "A", "192.0.2.1"], env=self.server.environ(),
                                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for i in range(8)]
        for process in running:
            said = process.communicate(timeout=PATIENCE)[1]
            self.assertEqual(0, process.returncode, said)
        self.assertEqual(8, sum(line.startswith("h") for line in self.listed("example.com")))



class in_a_server(commands, unittest.TestCase):
    def make(self):
        return HomingServer(zones={"example.com": ZONE}).start()

    @unittest.skipUnless(has_tool("nsupdate"), "no nsupdate here")
    def test_a_key_serves_nsupdate_as_printed(self):
        printed = self.server.cli("key", "add", "router", "--grant", "www.example.com")
        key_file = self.write("router.key", printed)
        line = re.search(r"-y (\S+)", printed)[1]
        for option, address in ((("-k", key_file), "192.0.2.8"), (("-y", line), "192.0.2.9")):
            done = nsupdate(self.server, f"update delete www.example.com A\nupdate add www.example.com 60 A {address}\nsend\n", *option)
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertEqual([address], records(self.server, "www.example.com", "A"))
        self.check(0, "key", "remove", "router")
        done = nsupdate(self.server, "update add www.example.com 60 A 192.0.2.10\nsend\n", "-k", key_file)
        self.assertNotEqual(0, done.returncode)

    def test_the_socket_is_private_and_survives_a_kill(self):
        socket = os.path.join(self.server.data, "control.sock")
        self.assertEqual(0o600, stat.S_IMODE(os.stat(socket).st_mode))
        self.server.kill()
        self.assertTrue(os.path.exists(socket))
        self.check(0, "zone", "list", out=r"^example\.com\.")
        self.server.start()
        self.check(0, "zone", "list", out=r"^example\.com\.")
        self.assertEqual(0, self.server.stop())
        self.assertFalse(os.path.exists(socket))

    def test_a_second_server_is_refused(self):
        done = self.server.run("serve", "--listen", "127.0.0.1:0")
        self.assertEqual(1, done.returncode)
        self.assertRegex(done.stderr, self.server.data)


class in_a_deep_directory(unittest.TestCase):
    def test_a_path_longer_than_a_socket_address(self):
        with tempfile.TemporaryDirectory(prefix="homing-cli-") as folder:
            deep = os.path.join(folder, "d" * 200, "data")
            os.mkdir(os.path.dirname(deep))
            with HomingServer(zones={"example.com": ZONE}, data=deep).start() as server:
                server.cli("record", "set", "now.example.com", "60", "A", "192.0.2.77")
                self.assertEqual(["192.0.2.77"], records(server, "now.example.com", "A"))


if __name__ == "__main__":
    unittest.main()
