#!/usr/bin/python3
"""Settings by flag, variable and file: what counts, what is refused, and that the documents say what the code does."""
import os
import tempfile
import unittest

from homing_server import HomingServer

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


class ConfigurationTest(unittest.TestCase):
    def setUp(self):
        self.files = tempfile.TemporaryDirectory()
        self.addCleanup(self.files.cleanup)
        self.server = HomingServer(listen=())
        self.addCleanup(self.server.close)

    def write(self, text):
        path = os.path.join(self.files.name, "homing.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        self.server.environment["HOMING_CONFIG"] = path
        return path

    def read(self, *path):
        with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
            return file.read()

    def test_the_document_has_the_table_that_the_code_makes(self):
        self.assertIn("\n\n" + self.server.cli("configuration", "--table") + "\n", self.read("docs", "configuration.md"),
                      "in docs/configuration.md, replace the table by what 'homing configuration --table' prints")

    def test_the_example_is_what_the_code_makes_and_it_sets_nothing(self):
        self.assertEqual(self.server.cli("configuration", "--example"), self.read("docs", "example", "homing.toml"),
                         "homing configuration --example > docs/example/homing.toml")
        nothing = self.server.cli("configuration")
        self.server.environment["HOMING_CONFIG"] = os.path.join(ROOT, "docs", "example", "homing.toml")
        self.assertEqual(self.server.cli("configuration"), nothing)

    def test_a_server_from_a_file_alone(self):
        data = os.path.join(self.files.name, "data")
        path = self.write(f'listen = "127.0.0.1:0"\nworkers = 1\ndata = "{data}"\nhttp = ["127.0.0.1:0"]\n')
        self.server.cli("zone", "add", "example.com", "--data", data)
        shown = self.server.run("configuration").stdout
        self.assertIn(f'listen = ["127.0.0.1:0"]  # {path}:1: listen\n', shown)
        self.server.data = data
        self.server.start()
        self.assertEqual(self.server.log.find(r"with (\d+) workers")[0][1], "1")
        self.assertTrue(self.server.log.find(r"listening on http 127\.0\.0\.1"))

    def test_what_is_wrong_is_said_with_its_place(self):
        for text, said in (('listen = "nonsense"\n', ":1: listen nonsense: "), ("\nworkers = 0\n", ":2: workers 0: a number"),
                           ('lissten = "a"\n', ":1: there is no setting 'lissten'; did you mean 'listen'?"),
                           ("\nlisten = = 3\n", ":2: "), ('address = "192.0.2.1"\n', ":1: address wants --zone beside it")):
            with self.subTest(text):
                path = self.write(text)
                done = self.server.run("serve")
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(f"homing: {path}{said}", done.stderr)

    def test_a_misspelt_variable_is_warned_about(self):
        done = self.server.run("configuration", environment={"HOMING_LISTEM": "127.0.0.1:53", "HOMING_PORT": "tcp://192.0.2.1:53"})
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stderr, "homing: warning: the variable HOMING_LISTEM stands for nothing; did you mean HOMING_LISTEN?\n")


if __name__ == "__main__":
    unittest.main()
