#!/usr/bin/python3
"""The settings that `homing host show` prints, used as they are printed: over HTTPS with homing's own certificate, from an address that others reach.

In a network of its own, so that the server has such addresses and the usual ports.
"""
import os
import shutil
import subprocess
import tempfile
import unittest

import own_namespace
from dns_client import has_tool
from homing_server import PATIENCE, write_private
from http_host import HOST
from tls_host import TlsServer, only_certificate

V4, V6 = "198.51.100.7", "2001:db8::7"


class SettingsServer(TlsServer):
    def __init__(self):
        super().__init__(arguments=("--https", f"{V4}:443", "--https", f"[{V6}]:443", "--url", f"https://{V4}"),
                         listen=(f"{V4}:53",))

    def start(self):
        super().start()
        self.address = V4
        return self


class SettingsTest(unittest.TestCase):
    def setUp(self):
        self.server = SettingsServer()
        self.addCleanup(self.server.close)
        self.server.start()
        self.directory = tempfile.mkdtemp(prefix="homing-settings-")
        self.addCleanup(shutil.rmtree, self.directory, True)

    def settings(self, client, url=f"https://{V4}"):
        return self.server.cli("host", "show", HOST, client, "--url", url)

    def run_shell(self, text):
        return subprocess.run(["sh", "-c", text], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=PATIENCE, cwd=self.directory)

    def assert_at(self, done, addresses, rrtype="A"):
        self.assertEqual((done.returncode, self.server.addresses(rrtype=rrtype)), (0, addresses), done.stdout + self.server.log.text())

    def test_they_name_what_is_served_and_it_is_remembered(self):
        self.assertIn(f" 'https://{V4}/nic/update", self.server.cli("host", "show", HOST, "curl"))
        self.server.stop()
        self.assertIn(f" 'https://{V4}/nic/update", self.server.cli("host", "show", HOST, "curl"))
        self.server.arguments = self.server.arguments[:-2]
        self.server.start()
        self.assertIn(" 'https://ns1.example.com/nic/update", self.server.cli("host", "show", HOST, "curl"))

    def test_curl(self):
        self.assert_at(self.run_shell(self.settings("curl")), [V4])
        self.assert_at(self.run_shell(self.settings("curl", f"https://[{V6}]")), [V6], "AAAA")

    def test_nsupdate(self):
        text = self.settings("nsupdate").replace("server ns1.example.com", f"server {V4}")
        self.assert_at(self.run_shell(text), [V4])

    def test_systemd(self):
        line = next(line for line in self.settings("systemd").splitlines() if line.startswith("ExecStart="))
        self.assert_at(self.run_shell(line.removeprefix("ExecStart=")), [V4])

    @unittest.skipUnless(has_tool("ddclient") and subprocess.run(["perl", "-MIO::Socket::SSL", "-e1"], stderr=subprocess.DEVNULL, check=False).returncode == 0,
                         "needs ddclient with IO::Socket::SSL")
    def test_ddclient(self):
        certificate = only_certificate(self.server.own_certificate)
        self.addCleanup(os.unlink, certificate)
        for url, part, addresses, rrtype in ((f"https://{V4}", 0, [V4], "A"), (f"https://[{V6}]", 1, [V6], "AAAA")):
            text = self.settings("ddclient", url).split("# /etc/ddclient6.conf")[part].replace("/etc/ddclient.pem", certificate)
            text = "".join(line + "\n" for line in text.splitlines() if not line.startswith((",", "#")) and "-cache" not in line)
            text = text.replace(f"server=[{V6}]", f"server={V4}")  # it knows no addresses in brackets
            config = write_private(self.directory, f"ddclient{part}.conf", text)
            done = self.run_shell(f"ddclient -daemon=0 -file {config} -cache {self.directory}/cache{part} -verbose -noquiet")
            self.assertEqual(self.server.addresses(rrtype=rrtype), addresses, text + done.stdout)

    @unittest.skipUnless(has_tool("inadyn"), "needs inadyn")
    def test_inadyn(self):
        config = write_private(self.directory, "inadyn.conf", self.settings("inadyn"))
        done = self.run_shell(f"inadyn -1 -n -l debug --force --cache-dir {self.directory} -P {self.directory}/pid -f {config}")
        self.assert_at(done, [V4])


if __name__ == "__main__":
    own_namespace.enter("net")
    own_namespace.run_or_skip("ip", "link", "set", "lo", "up")
    own_namespace.run_or_skip("ip", "address", "add", f"{V4}/32", "dev", "lo")
    own_namespace.run_or_skip("ip", "address", "add", f"{V6}/128", "dev", "lo", "nodad")
    unittest.main()
