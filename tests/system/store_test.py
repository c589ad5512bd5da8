#!/usr/bin/python3
"""Directories that can't be served: each is refused at start with a clear sentence and exit code 1, and left as it is."""
import os
import pwd
import shutil
import sqlite3
import subprocess
import tempfile
import unittest

from dns_client import records
from durability_test import databases
from homing_server import PATIENCE, ZONE, HomingServer, binary, test_key


class StoreTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="homing-store-")
        self.addCleanup(shutil.rmtree, self.directory, True)
        self.data = os.path.join(self.directory, "data")

    def server(self):
        server = HomingServer(data=self.data)
        self.addCleanup(server.close)
        return server

    def filled(self):
        server = self.server()
        server.import_zone("example.com", ZONE)
        server.add_key(test_key())
        return server

    def serve(self, data=None, **options):
        return subprocess.run([binary(), "serve", "--data", data or self.data, "--listen", "127.0.0.1:0"],
                              env=self.server().environ(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, errors="replace", timeout=PATIENCE, **options)

    def assert_refused(self, done, *words):
        """Exit code 1 and a sentence that names the matter; no stack of anything, no readiness."""
        self.assertEqual(done.returncode, 1, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertNotRegex(done.stderr, r"\bready\b")
        self.assertNotIn("terminate called", done.stderr)
        self.assertLess(len(done.stderr.strip().split("\n")), 6, done.stderr)

    def database(self):
        found = list(databases(self.data))
        self.assertEqual(len(found), 1, found)
        return found[0]

    # --- who holds the directory ------------------------------------------------------------------------------------

    def test_a_second_server_on_the_same_directory(self):
        server = self.filled().start()
        self.assert_refused(self.serve(), self.data)
        self.assertEqual(records(server, "www.example.com", "A"), ["192.0.2.80"])
        server.kill()
        again = self.server().start()
        self.assertEqual(records(again, "www.example.com", "A"), ["192.0.2.80"])

    def test_by_another_path_it_is_still_the_same_directory(self):
        self.filled().start()
        link = os.path.join(self.directory, "link")
        os.symlink(self.data, link)
        self.assert_refused(self.serve(link), "link")

    def test_a_new_directory_is_made(self):
        self.server().start()
        self.assertTrue(os.path.isdir(self.data))

    def test_nobody_else_can_read_the_secrets(self):
        self.filled()
        for path in [self.data, *databases(self.data)]:
            self.assertEqual(os.stat(path).st_mode & 0o077, 0, path)

    # --- directories that can't be used -----------------------------------------------------------------------------

    def test_a_file_where_the_directory_should_be(self):
        with open(self.data, "w", encoding="utf-8") as file:
            file.write("not a directory")
        self.assert_refused(self.serve(), self.data)

    def test_a_directory_below_a_file(self):
        with open(self.data, "w", encoding="utf-8") as file:
            file.write("not a directory")
        below = os.path.join(self.data, "below")
        self.assert_refused(self.serve(below), below)

    def as_nobody(self):
        """How to run a program as somebody whom permissions stop: root is not."""
        if os.geteuid() != 0:
            return {}
        nobody = pwd.getpwnam("nobody")
        return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    @staticmethod
    def can_run(options):
        """Whether that somebody can reach the binary at all."""
        try:
            return subprocess.run([binary(), "version"], stdout=subprocess.DEVNULL, **options).returncode == 0
        except PermissionError:
            return False

    def test_a_directory_that_can_not_be_written(self):
        somebody = self.as_nobody()
        if not self.can_run(somebody):
            self.skipTest("an unprivileged user can't run the binary where it is")
        os.chmod(self.directory, 0o755)
        os.mkdir(self.data, 0o555)
        self.assert_refused(self.serve(**somebody), self.data)

    def test_a_database_that_can_not_be_written(self):
        somebody = self.as_nobody()
        if not self.can_run(somebody):
            self.skipTest("an unprivileged user can't run the binary where it is")
        self.filled()
        os.chmod(self.directory, 0o755)
        os.chmod(self.data, 0o755)
        for name in os.listdir(self.data):
            os.chmod(os.path.join(self.data, name), 0o444)
        self.assert_refused(self.serve(**somebody), self.data)

    # --- databases that can't be used -------------------------------------------------------------------------------

    def test_a_file_that_is_no_database(self):
        self.filled()
        path = self.database()
        with open(path, "wb") as file:
            file.write(b"This is not a database. " * 1000)
        self.assert_refused(self.serve(), path)
        with open(path, "rb") as file:
            self.assertTrue(file.read().startswith(b"This is not"), "a file that is not ours was changed")

    def test_a_database_of_somebody_else(self):
        os.mkdir(self.data, 0o700)
        self.filled()
        path = self.database()
        os.remove(path)
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE bookmarks (url TEXT)")
            other.execute("INSERT INTO bookmarks VALUES ('https://example.com')")
        other.close()
        self.assert_refused(self.serve(), path)
        with sqlite3.connect(path) as other:
            self.assertEqual(other.execute("SELECT * FROM bookmarks").fetchall(), [("https://example.com",)])

    def test_a_damaged_database(self):
        server = self.filled()
        server.import_zone("big.example", ZONE + "".join(f"h{i} TXT \"{'x' * 200} {i}\"\n" for i in range(3000)))
        path = self.database()
        size = os.path.getsize(path)
        with open(path, "r+b") as file:
            for at in range(4096, size, 4096):
                file.seek(at)
                file.write(b"\xa5" * 2048)
        self.assert_refused(self.serve(), path)

    def test_a_database_that_was_cut_off(self):
        server = self.filled()
        server.import_zone("big.example", ZONE + "".join(f"h{i} TXT \"{'x' * 200} {i}\"\n" for i in range(3000)))
        path = self.database()
        os.truncate(path, os.path.getsize(path) // 3)
        self.assert_refused(self.serve(), path)

    def test_a_newer_database(self):
        self.filled()
        path = self.database()
        with sqlite3.connect(path) as newer:
            version = newer.execute("PRAGMA user_version").fetchone()[0]
            self.assertGreater(version, 0)
            newer.execute("PRAGMA user_version = 999999")
        newer.close()
        self.assert_refused(self.serve(), path, "newer")
        with sqlite3.connect(path) as newer:
            self.assertEqual(newer.execute("PRAGMA user_version").fetchone()[0], 999999)

    def test_the_command_line_refuses_them_too(self):
        server = self.filled()
        path = self.database()
        with open(path, "wb") as file:
            file.write(b"This is not a database. " * 1000)
        done = server.run("zone", "list")
        self.assertEqual(done.returncode, 1)
        self.assertIn(path, done.stderr)

    # --- what is promised about the database ------------------------------------------------------------------------

    def test_it_is_sqlite_in_wal_mode(self):
        self.filled()
        with sqlite3.connect(f"file:{self.database()}?mode=ro", uri=True) as connection:
            self.assertEqual(connection.execute("PRAGMA journal_mode").fetchone(), ("wal",))
            self.assertEqual(connection.execute("PRAGMA integrity_check").fetchone(), ("ok",))
            tables = {name for name, in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        self.assertTrue(tables)

    def test_a_port_that_is_taken(self):
        server = self.filled().start()
        self.data = os.path.join(self.directory, "other")
        done = subprocess.run([binary(), "serve", "--data", self.data, "--listen", f"127.0.0.1:{server.port}"],
                              env=server.environ(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, timeout=PATIENCE)
        self.assert_refused(done, f"127.0.0.1:{server.port}")


if __name__ == "__main__":
    unittest.main()
