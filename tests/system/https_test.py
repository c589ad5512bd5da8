#!/usr/bin/python3
"""HTTPS: the certificate that was given and its renewal, the one that homing makes for itself, and what TLS is for."""
import hashlib
import os
import shutil
import socket
import ssl
import stat
import subprocess
import tempfile
import unittest

from homing_server import PATIENCE
from http_host import HOST
from tls_host import TlsServer, make_certificate, only_certificate, trusting


class TlsTest(unittest.TestCase):
    def start(self, *arguments, **more):
        server = TlsServer(arguments=arguments, **more)
        self.addCleanup(server.close)
        return server.start()

    def directory(self):
        path = tempfile.mkdtemp(prefix="homing-tls-")
        self.addCleanup(shutil.rmtree, path)
        return path

    def served(self, server):
        with server.dial() as s:
            return hashlib.sha256(s.getpeercert(binary_form=True)).hexdigest()


class OwnCertificateTest(TlsTest):
    def context(self, server):
        path = only_certificate(server.own_certificate)
        self.addCleanup(os.unlink, path)
        return trusting(path)

    def test_one_is_made_and_kept(self):
        server = self.start()
        self.assertEqual(stat.S_IMODE(os.stat(server.own_certificate).st_mode), 0o600)
        self.assertEqual([self.served(server)], server.fingerprints())
        context = self.context(server)
        for name in ("localhost", "127.0.0.1", "example.com", "ns1.example.com"):
            with server.dial(context, name=name) as s:
                self.assertIn(s.version(), ("TLSv1.2", "TLSv1.3"))
        with self.assertRaises(ssl.SSLCertVerificationError):
            server.dial(context, name="example.org")
        before = self.served(server)
        server.restart()
        self.assertEqual(self.served(server), before)

    def test_a_new_zone_gets_a_place_in_it_and_the_key_stays(self):
        server = self.start()
        pins = [m[1] for m in server.log.find(r"pin (sha256//\S+)")]
        server.cli("zone", "add", "example.org", "--ns", "dyn.example.org=192.0.2.1")
        server.log.wait_for_another(r"SHA-256 fingerprint", 1)
        context = self.context(server)
        with server.dial(context, name="dyn.example.org"), server.dial(context, name="ns1.example.com"):
            pass
        self.assertEqual([m[1] for m in server.log.find(r"pin (sha256//\S+)")], pins * 2)
        self.assertEqual(len(set(server.fingerprints())), 2)

    def test_curl_pins_its_key(self):
        server = self.start()
        pin = server.log.wait_for(r"pin (sha256//\S+)")[1]
        ask = ["curl", "-sS", "-k", "--pinnedpubkey", pin, f"https://127.0.0.1:{server.https_port}/healthz"]
        done = subprocess.run(ask, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual((done.returncode, done.stdout), (0, "ok\n"), done.stderr)
        ask[4] = "sha256//" + "A" * 43 + "="
        self.assertEqual(subprocess.run(ask, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE).returncode, 90)

    def test_a_damaged_one_is_made_anew(self):
        server = self.start()
        before = self.served(server)
        server.stop()
        with open(server.own_certificate, "w", encoding="ascii") as file:
            file.write("nothing")
        server.start()
        self.assertNotEqual(self.served(server), before)


class GivenCertificateTest(TlsTest):
    def setUp(self):
        self.where = self.directory()
        self.first = make_certificate(self.where, "first")
        self.second = make_certificate(self.where, "second")
        self.pair = [os.path.join(self.where, name) for name in ("served.crt", "served.key")]
        self.put(self.first)

    def put(self, pair):
        for source, target in zip(pair, self.pair):
            shutil.copy(source, target + ".new")
            os.rename(target + ".new", target)

    def start_with_files(self):
        return self.start("--tls-cert", self.pair[0], "--tls-key", self.pair[1])

    def test_it_is_served_and_read_again_when_it_changes(self):
        server = self.start_with_files()
        first, second = (trusting(pair[0]) for pair in (self.first, self.second))
        self.assertEqual(server.ask_over_tls("/ip", context=first), (200, "127.0.0.1\n"))
        old = server.dial(first)
        self.addCleanup(old.close)
        self.put(self.second)
        server.log.wait_for_another(r"SHA-256 fingerprint", 1)
        self.assertEqual(server.ask_over_tls("/ip", context=second), (200, "127.0.0.1\n"))
        old.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")  # a connection that there was goes on
        self.assertTrue(old.recv(1000).startswith(b"HTTP/1.1 200"))
        self.assertFalse(os.path.exists(server.own_certificate))

    def test_a_new_one_that_cannot_be_used_changes_nothing(self):
        server = self.start_with_files()
        for broken in (self.first[0], self.second[1]):  # no key; the key of another certificate
            known = len(server.log.find("stays as it was"))
            shutil.copy(broken, self.pair[1])
            server.log.wait_for_another("stays as it was", known)
            self.assertEqual(server.ask_over_tls("/ip", context=trusting(self.first[0])), (200, "127.0.0.1\n"))
        self.put(self.second)
        server.log.wait_for_another(r"SHA-256 fingerprint", 1)
        self.assertEqual(server.ask_over_tls("/ip", context=trusting(self.second[0])), (200, "127.0.0.1\n"))

    def test_a_start_without_a_good_one_says_why(self):
        server = TlsServer()
        self.addCleanup(server.close)
        missing = os.path.join(self.where, "none")
        for words, said in (((missing, self.pair[1]), missing), ((self.pair[0], self.second[1]), "is not that of the certificate"),
                            ((self.pair[1], self.pair[1]), "holds no certificate")):
            done = server.run("serve", "--listen", "127.0.0.1:0", "--https", "127.0.0.1:0", "--tls-cert", words[0], "--tls-key", words[1])
            self.assertEqual(done.returncode, 1)
            self.assertIn(said, done.stderr)
        for words in (("--https", "127.0.0.1:0", "--tls-cert", self.pair[0]), ("--tls-cert", self.pair[0], "--tls-key", self.pair[1])):
            self.assertEqual(server.run("serve", *words).returncode, 2)


class ProtocolTest(TlsTest):
    def test_updates(self):
        server = self.start()
        self.assertEqual(server.ask_over_tls(f"/nic/update?hostname={HOST}&myip=198.51.100.7", server.basic()), (200, "good 198.51.100.7\n"))
        self.assertEqual(server.addresses(), ["198.51.100.7"])
        self.assertEqual(server.ask_over_tls(f"/nic/update?hostname={HOST}", server.basic(password="x"))[0], 401)
        with server.dial() as s:
            for n in range(1, 30):
                head = f"GET /nic/update?hostname={HOST}&myip=198.51.100.{n} HTTP/1.1\r\nAuthorization: {server.basic()['Authorization']}\r\n\r\n"
                s.sendall(head.encode())
                self.assertTrue(s.recv(4096).endswith(b"good 198.51.100.%d\n" % n))

    def test_versions_and_protocols(self):
        server = self.start()

        def context(protocols, newest=ssl.TLSVersion.MAXIMUM_SUPPORTED):
            made = ssl.create_default_context()
            made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
            made.set_alpn_protocols(protocols)
            made.maximum_version = newest
            return made
        with server.dial(context(["h2", "http/1.1"])) as s:
            self.assertEqual((s.selected_alpn_protocol(), s.version()), ("http/1.1", "TLSv1.3"))
        with server.dial(context(["h2"], ssl.TLSVersion.TLSv1_2)) as s:
            self.assertEqual((s.selected_alpn_protocol(), s.version()), (None, "TLSv1.2"))
        with server.dial(context(["http/1.1"], ssl.TLSVersion.TLSv1_2)) as s:
            self.assertIn("GCM", s.cipher()[0] + "GCM" * ("CHACHA20" in s.cipher()[0]))
        old = context(["http/1.1"])
        old.set_ciphers("ALL:@SECLEVEL=0")
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.assertRaises((ssl.SSLError, OSError)):
            server.dial(old)

    def test_the_end_is_said(self):
        """What a client reads is whole: an end that somebody on the way made up is told from ours."""
        server = self.start()
        with server.dial() as s:
            s.sendall(b"GET /ip HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            came = b""
            while piece := s.recv(4096):  # raises SSLEOFError without a close_notify
                came += piece
            self.assertTrue(came.endswith(b"127.0.0.1\n"))

    def test_a_stop_waits_for_nobody(self):
        server = self.start()
        idle = [server.dial() for _ in range(10)]
        half = [socket.create_connection(("127.0.0.1", server.https_port), PATIENCE) for _ in range(10)]
        for s in (*idle, *half):
            self.addCleanup(s.close)
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
