#!/usr/bin/python3
"""Whole issuances of certificates by DNS-01: lego and certbot put their proof into homing, and an ACME server, Pebble, asks
homing for it."""
import json
import os
import shutil
import ssl
import subprocess
import tempfile
import threading
import unittest

from dns_client import has_tool, records, run_tool
from foreign_daemon import ForeignDaemon
from homing_server import PATIENCE, ZONE, HomingServer, test_key

ZONE_NAME = "example.com."
PROOF = "_acme-challenge.example.com."


class Pebble(ForeignDaemon):
    name, ready, port_count = "pebble", "ACME directory available at", 2

    def __init__(self, dns_server):
        super().__init__()
        self.dns_server = dns_server
        self.certificate, self.private_key = self.path("server.pem"), self.path("server.key")
        done = run_tool("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                        "-keyout", self.private_key, "-out", self.certificate)
        assert done.returncode == 0, done.stderr

    def environment(self):
        return {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0", "PEBBLE_AUTHZREUSE": "0"}

    def command(self):
        config = {"listenAddress": f"127.0.0.1:{self.ports[0]}", "managementListenAddress": f"127.0.0.1:{self.ports[1]}",
                  "certificate": self.certificate, "privateKey": self.private_key, "httpPort": 1, "tlsPort": 1,
                  "ocspResponderURL": "", "externalAccountBindingRequired": False}
        return ["pebble", "-strict", "-config", self.write("pebble.json", json.dumps({"pebble": config})),
                "-dnsserver", f"{self.dns_server.address}:{self.dns_server.port}"]

    def is_up(self):
        return self.accepts(self.ports[0])

    @property
    def url(self):
        return f"https://localhost:{self.ports[0]}/dir"


class AcmeTest(unittest.TestCase):
    """The key has the preset acme: the TXT records of the proof and nothing else."""

    def setUp(self):
        self.key = test_key(name="acme.key.")
        self.homing = HomingServer(zones={ZONE_NAME: ZONE}, keys=[(self.key, [f"{PROOF} --preset acme"])])
        self.addCleanup(self.homing.close)
        self.homing.start()
        self.pebble = Pebble(self.homing)
        self.addCleanup(self.pebble.close)
        self.pebble.start()

    def directory(self):
        made = tempfile.mkdtemp(prefix="homing-acme-")
        self.addCleanup(shutil.rmtree, made, True)
        return made

    def run_client(self, command, environment):
        return subprocess.run(command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=2 * PATIENCE)

    def assert_issued(self, done, certificate, names):
        self.assertEqual(done.returncode, 0, f"{done.stdout}\n{self.pebble.log.text()}\n{self.homing.log.text()}")
        found = ssl._ssl._test_decode_cert(certificate)["subjectAltName"]   # what the standard library has for this
        self.assertEqual(sorted(name for _, name in found), sorted(names))
        self.assertEqual(records(self.homing, PROOF, "TXT"), [], "the proof is still there")
        self.assertEqual(self.homing.log.find("refused"), [])

    def proofs_seen(self):
        """How often the ACME server found what it asked homing for."""
        return len(self.pebble.log.find(r"authz \S+ set VALID"))

    # --- lego -------------------------------------------------------------------------------------------------------

    def lego(self, domains, key):
        path = self.directory()
        words = [word for domain in domains for word in ("--domains", domain)]
        done = self.run_client(
            ["lego", "--server", self.pebble.url, "--accept-tos", "--email", "hostmaster@example.com", "--path", path,
             "--dns", "rfc2136", "--dns.resolvers", f"127.0.0.1:{self.homing.port}", "--dns.disable-cp", *words, "run"],
            {"LEGO_CA_CERTIFICATES": self.pebble.certificate, "RFC2136_NAMESERVER": f"127.0.0.1:{self.homing.port}",
             "RFC2136_TSIG_KEY": key.name, "RFC2136_TSIG_ALGORITHM": f"{key.algorithm}.", "RFC2136_TSIG_SECRET": key.secret,
             "RFC2136_POLLING_INTERVAL": "0", "RFC2136_SEQUENCE_INTERVAL": "0"})
        return done, os.path.join(path, "certificates", domains[0].replace("*", "_") + ".crt")

    @unittest.skipUnless(has_tool("lego") and has_tool("pebble"), "needs lego and pebble")
    def test_lego(self):
        names = ["example.com", "www.example.com"]
        self.homing.cli("key", "remove", self.key.name)
        self.homing.add_key(self.key, ["example.com --preset acme"])
        done, certificate = self.lego(names, self.key)
        self.assert_issued(done, certificate, names)
        self.assertEqual(self.proofs_seen(), 2)

    @unittest.skipUnless(has_tool("lego") and has_tool("pebble"), "needs lego and pebble")
    def test_lego_with_a_wildcard_whose_proof_has_the_same_name(self):
        names = ["*.example.com", "example.com"]
        done, certificate = self.lego(names, self.key)
        self.assert_issued(done, certificate, names)

    @unittest.skipUnless(has_tool("lego") and has_tool("pebble"), "needs lego and pebble")
    def test_lego_without_the_right_is_told(self):
        done, _ = self.lego(["www.example.com"], self.key)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("REFUSED", done.stdout)
        self.assertTrue(self.homing.log.find(r"refused.*acme\.key"), self.homing.log.text())

    # --- certbot ----------------------------------------------------------------------------------------------------

    def certbot(self, domains, key):
        path = self.directory()
        credentials = os.path.join(path, "credentials.ini")
        with open(os.open(credentials, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            file.write(f"dns_rfc2136_server = 127.0.0.1\ndns_rfc2136_port = {self.homing.port}\n"
                       f"dns_rfc2136_name = {key.name}\ndns_rfc2136_secret = {key.secret}\n"
                       f"dns_rfc2136_algorithm = {key.algorithm.upper()}\n")
        words = [word for domain in domains for word in ("--domain", domain)]
        done = self.run_client(
            ["certbot", "certonly", "--non-interactive", "--agree-tos", "--register-unsafely-without-email",
             "--server", self.pebble.url, "--config-dir", path, "--work-dir", path, "--logs-dir", path,
             "--cert-name", "the", "--dns-rfc2136", "--dns-rfc2136-credentials", credentials,
             "--dns-rfc2136-propagation-seconds", "0", *words],
            {"REQUESTS_CA_BUNDLE": self.pebble.certificate})
        return done, os.path.join(path, "live", "the", "cert.pem")

    @unittest.skipUnless(has_tool("certbot") and has_tool("pebble"), "needs certbot and pebble")
    def test_certbot_with_a_wildcard_whose_proof_has_the_same_name(self):
        names = ["example.com", "*.example.com"]
        done, certificate = self.certbot(names, self.key)
        self.assert_issued(done, certificate, names)
        self.assertEqual(self.proofs_seen(), 2)

    @unittest.skipUnless(has_tool("certbot") and has_tool("pebble"), "needs certbot and pebble")
    def test_certbots_at_the_same_time_for_the_same_name(self):
        """Each adds and removes a record of its own."""
        results = []
        threads = [threading.Thread(target=lambda: results.append(self.certbot(["example.com"], self.key))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for done, certificate in results:
            self.assert_issued(done, certificate, ["example.com"])

    @unittest.skipUnless(has_tool("certbot") and has_tool("pebble"), "needs certbot and pebble")
    def test_certbot_without_the_right_is_told(self):
        done, _ = self.certbot(["www.example.com"], self.key)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("REFUSED", done.stdout)


if __name__ == "__main__":
    unittest.main()
