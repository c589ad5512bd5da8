#!/usr/bin/python3
"""The endpoint, updated by what people run: curl, wget, busybox, ddclient, inadyn, and the URLs of OpenWrt and FRITZ!Box as they are sent."""
import os
import shutil
import tempfile
import unittest

from dns_client import has_tool, run_tool
from homing_server import write_private
from http_host import HOST, HttpServer

PREFIXED = "nas.example.com"


class ClientTest(unittest.TestCase):
    def setUp(self):
        self.server = HttpServer(((HOST,), (PREFIXED, "--ipv6-suffix", "::1:2:3:4")))
        self.addCleanup(self.server.close)
        self.server.start()
        self.password = self.server.passwords[HOST]
        self.directory = tempfile.mkdtemp(prefix="homing-http-")
        self.addCleanup(shutil.rmtree, self.directory, True)

    def write(self, name, text):
        return write_private(self.directory, name, text)

    def target(self, address, host=HOST):
        return f"/nic/update?hostname={host}&myip={address}"

    def assert_moved(self, done, address):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.server.addresses(), [address], done.stdout + done.stderr)

    def assert_failed(self, done):
        self.assertNotEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.server.addresses(), [])


@unittest.skipUnless(has_tool("curl"), "needs curl")
class CurlTest(ClientTest):
    def test_the_line_that_host_show_prints(self):
        line = self.server.cli("host", "show", HOST, "curl").strip()
        self.assertIn(self.server.url, line)  # as it is served
        self.assert_moved(run_tool("sh", "-c", line.replace(f"hostname={HOST}", f"hostname={HOST}&myip=198.51.100.2")), "198.51.100.2")

    def test_failures(self):
        url = self.server.url + self.target("198.51.100.1")
        self.assert_failed(run_tool("curl", "-fsS", "-u", f"{HOST}:wrong", url))
        self.assert_failed(run_tool("curl", "-fsS", "-u", f"none.example.com:{self.password}", url))
        self.assert_failed(run_tool("curl", "-fsS", "-u", f"{HOST}:{self.password}",
                                    self.server.url + self.target("198.51.100.1", "none.example.com")))
        self.server.stop()
        self.assertNotEqual(run_tool("curl", "-fsS", "-u", f"{HOST}:{self.password}", url).returncode, 0)

    def test_a_form_and_http_1_0(self):
        done = run_tool("curl", "-fsS", "-0", "-u", f"{HOST}:{self.password}", "-d", f"hostname={HOST}", "-d", "myip=198.51.100.2",
                        self.server.url + "/nic/update")
        self.assert_moved(done, "198.51.100.2")
        self.assertEqual(done.stdout, "good 198.51.100.2\n")


class WgetTest(ClientTest):
    @unittest.skipUnless(has_tool("wget"), "needs wget")
    def test_wget(self):
        def wget(password, address, host=HOST):
            return run_tool("wget", "-qO-", "--tries=1", f"--user={HOST}", f"--password={password}", self.server.url + self.target(address, host))
        self.assert_failed(wget("wrong", "198.51.100.1"))
        self.assert_failed(wget(self.password, "198.51.100.1", "none.example.com"))
        self.assert_moved(wget(self.password, "198.51.100.3"), "198.51.100.3")
        self.server.stop()
        self.assertNotEqual(wget(self.password, "198.51.100.3").returncode, 0)

    @unittest.skipUnless(has_tool("busybox"), "needs busybox")
    def test_busybox_wget(self):
        def wget(password, address, host=HOST):
            return run_tool("busybox", "wget", "-qO-", f"http://{HOST}:{password}@127.0.0.1:{self.server.http_port}{self.target(address, host)}")
        self.assert_failed(wget("wrong", "198.51.100.1"))
        self.assert_failed(wget(self.password, "198.51.100.1", "none.example.com"))
        self.assert_moved(wget(self.password, "198.51.100.4"), "198.51.100.4")
        self.server.stop()
        self.assertNotEqual(wget(self.password, "198.51.100.4").returncode, 0)


@unittest.skipUnless(has_tool("ddclient"), "needs ddclient")
class DdclientTest(ClientTest):
    def ddclient(self, address, password=None, host=HOST):
        config = self.write("ddclient.conf", f"""
ssl=no, min-interval=0, min-error-interval=0
use=ip, ip={address}
protocol=dyndns2 \\
server=127.0.0.1:{self.server.http_port} \\
login={HOST} \\
password={password or self.password} \\
{host}
""")
        return run_tool("ddclient", "-daemon=0", "-file", config, "-cache", os.path.join(self.directory, "cache"), "-verbose", "-noquiet")

    def test_ddclient(self):
        for address in ("198.51.100.5", "198.51.100.6"):
            done = self.ddclient(address)
            self.assertIn("SUCCESS", done.stdout + done.stderr)
            self.assert_moved(done, address)

    def test_its_failures(self):
        for done, status in ((self.ddclient("198.51.100.1", "wrong"), "401"),
                             (self.ddclient("198.51.100.1", host="none.example.com"), "404")):
            self.assertNotIn("SUCCESS", done.stdout + done.stderr)
            self.assertIn(f"HTTP/1.1 {status} ", done.stdout + done.stderr)
        self.assertEqual(self.server.addresses(), [])
        self.server.stop()
        self.assertNotIn("SUCCESS", self.ddclient("198.51.100.99").stdout)


@unittest.skipUnless(has_tool("inadyn"), "needs inadyn")
class InadynTest(ClientTest):
    def inadyn(self, password=None, host=HOST, address="198.51.100.12"):
        config = self.write("inadyn.conf", f"""
allow-ipv6 = true
custom homing {{
    ssl             = false
    checkip-command = "/bin/echo {address}"
    ddns-server     = "127.0.0.1:{self.server.http_port}"
    ddns-path       = "/nic/update?hostname=%h&myip=%i"
    username        = "{HOST}"
    password        = "{password or self.password}"
    hostname        = "{host}"
}}
""")
        return run_tool("inadyn", "-1", "-n", "-l", "debug", "--force", "--cache-dir", self.directory, "-P",
                        os.path.join(self.directory, "pid"), "-f", config)

    def test_inadyn(self):
        self.assert_moved(self.inadyn(), "198.51.100.12")
        self.assertEqual(self.inadyn(address="2001:db8::12").returncode, 0)
        self.assertEqual(self.server.addresses(rrtype="AAAA"), ["2001:db8::12"])

    def test_its_failures(self):
        self.assert_failed(self.inadyn("wrong"))
        self.assert_failed(self.inadyn(host="none.example.com"))
        self.server.stop()
        done = self.inadyn()
        self.assertRegex((done.stdout + done.stderr).lower(), "refused|failed|error")


class RouterTest(ClientTest):
    """Octets as the routers send them."""

    def send(self, head, host=HOST):
        from http_host import base64
        credentials = base64.b64encode(f"{host}:{self.server.passwords[host]}".encode()).decode()
        return self.server.raw(head.replace("CREDENTIALS", credentials).replace("\n", "\r\n").encode()).decode()

    def test_openwrt(self):
        came = self.send(f"""GET /nic/update?hostname={HOST}&myip=198.51.100.7 HTTP/1.1
Host: 127.0.0.1
Authorization: Basic CREDENTIALS
User-Agent: curl/8.6.0
Accept: */*
Connection: close

""")
        self.assertTrue(came.startswith("HTTP/1.1 200 ") and came.endswith("\r\n\r\ngood 198.51.100.7\n"), came)

    def test_fritzbox(self):
        for prefix, lines in (("2001:db8:1:200::/56", "good 198.51.100.8,2001:db8:1:200:1:2:3:4\n"), ("", "nochg 198.51.100.8\n")):
            came = self.send(f"""GET /nic/update?hostname={PREFIXED}&myip=198.51.100.8&ip6lanprefix={prefix} HTTP/1.0
Host: 127.0.0.1
Authorization: Basic CREDENTIALS
User-Agent: Fritz!Box DDNS/1.0.1

""", PREFIXED)
            self.assertTrue(came.startswith("HTTP/1.0 200 ") and came.endswith("\r\n\r\n" + lines), came)
        self.assertEqual(self.server.addresses(PREFIXED, "AAAA"), ["2001:db8:1:200:1:2:3:4"])


if __name__ == "__main__":
    unittest.main()
