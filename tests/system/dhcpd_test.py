#!/usr/bin/python3
"""ISC's dhcpd, which writes its leases into the DNS: with DHCID records (RFC 4703, "standard") and with TXT records ("interim").

It has a network of its own, two ends of a cable; on one end it serves, on the other a client of a few lines asks for leases.
dhcpd sends to port 53 alone, and in this network that is free for homing.
"""
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import unittest

import own_namespace
from dns_client import records, serial_of
from homing_server import PATIENCE, ZONE, HomingServer, Lines, test_key
from peer_servers import copied

FORWARD, REVERSE = "example.com.", "0.77.10.in-addr.arpa."
REVERSE_ZONE = """\
$TTL 3600
@   SOA ns1.example.com. hostmaster.example.com. 1 7200 3600 1209600 300
    NS  ns1.example.com.
"""
MARKS = {"standard": "DHCID", "interim": "TXT"}
BROADCAST = b"\xff" * 6
DISCOVER, OFFER, REQUEST, ACK, RELEASE = 1, 2, 3, 5, 7


def checksum(octets):
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


class DhcpClient:
    """One computer on the cable: its leases, by octets on the wire."""

    transactions = iter(range(0x1000, 0xFFFFFFF))

    def __init__(self, interface, mac, host):
        self.mac, self.host = bytes.fromhex(mac.replace(":", "")), host
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
        self.socket.bind((interface, 0))
        self.socket.settimeout(PATIENCE)

    def lease(self, wanted=None):
        """The address that it got."""
        offered, server = self.exchange(DISCOVER, OFFER, [(50, socket.inet_aton(wanted))] if wanted else [])
        address, _ = self.exchange(REQUEST, ACK, [(50, socket.inet_aton(offered)), (54, server)])
        return address

    def release(self, address, server):
        self.send(RELEASE, next(self.transactions), [(54, socket.inet_aton(server))], socket.inet_aton(address))

    def exchange(self, ask, expected, options):
        transaction = next(self.transactions)
        self.send(ask, transaction, [*options, (12, self.host.encode())])
        while True:
            answer = self.receive(transaction)
            if answer and answer[1].get(53) == bytes([expected]):
                return socket.inet_ntoa(answer[0]), answer[1][54]

    def send(self, kind, transaction, options, address=b"\0" * 4):
        fields = b"".join(bytes([code, len(value)]) + value for code, value in [(53, bytes([kind])), *options])
        dhcp = (struct.pack(">BBBBIHH", 1, 1, 6, 0, transaction, 0, 0x8000) + address + b"\0" * 12 + self.mac.ljust(16, b"\0")
                + b"\0" * 192 + b"\x63\x82\x53\x63" + fields + b"\xff")
        udp = struct.pack(">HHHH", 68, 67, 8 + len(dhcp), 0) + dhcp
        head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, address, b"\xff" * 4)
        head = head[:10] + struct.pack(">H", checksum(head)) + head[12:]
        self.socket.send(BROADCAST + self.mac + b"\x08\x00" + head + udp)

    def receive(self, transaction):
        """(the address, {option: value}) of an answer to this transaction, or None for something else."""
        frame = self.socket.recv(65536)
        ip = frame[14:]
        if len(ip) < 20 or ip[9] != 17:
            return None
        udp = ip[4 * (ip[0] & 15):]
        dhcp = udp[8:]
        if struct.unpack(">HH", udp[:4]) != (67, 68) or struct.unpack(">I", dhcp[4:8])[0] != transaction:
            return None
        options, at = {}, 240
        while at < len(dhcp) and dhcp[at] != 255:
            if dhcp[at]:
                options[dhcp[at]] = dhcp[at + 2:at + 2 + dhcp[at + 1]]
                at += 1 + dhcp[at + 1]
            at += 1
        return dhcp[16:20], options

    def close(self):
        self.socket.close()


class Dhcpd:
    """One per test: the style is a matter of its configuration."""

    def __init__(self, key, style):
        self.directory = tempfile.mkdtemp(prefix="homing-dhcpd-")
        config = self.write("dhcpd.conf", f"""
ddns-updates on; ddns-update-style {style}; update-optimization off; ignore client-updates;
ddns-domainname "{FORWARD}"; ddns-rev-domainname "in-addr.arpa.";
authoritative; ping-check false; default-lease-time 600; max-lease-time 600;
key {key.name} {{ algorithm {key.algorithm}; secret {key.secret}; }}
zone {FORWARD} {{ primary 127.0.0.1; key {key.name}; }}
zone {REVERSE} {{ primary 127.0.0.1; key {key.name}; }}
subnet 10.77.0.0 netmask 255.255.255.0 {{ range 10.77.0.100 10.77.0.199; }}
""")
        self.process = subprocess.Popen([copied("dhcpd", self.directory), "-4", "-f", "-d", "--no-pid", "-cf", config, "-lf", self.write("leases", ""), "v0"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.log = Lines(self.process.stderr)
        if self.log.wait_for("Server starting service") is None:
            raise AssertionError(f"dhcpd did not start:\n{self.log.text()}")

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def close(self):
        self.process.kill()
        self.process.wait()
        self.log.wait_until_closed()
        shutil.rmtree(self.directory, ignore_errors=True)


class DhcpdTest(unittest.TestCase):
    def setUp(self):
        self.key = test_key(name="dhcpd.key.")
        self.server = HomingServer(zones={FORWARD: ZONE, REVERSE: REVERSE_ZONE}, keys=[(self.key, [f"{FORWARD} --preset dhcp", f"{REVERSE} --preset dhcp"])],
                                   listen=("127.0.0.1:53",))
        self.addCleanup(self.server.close)
        self.server.start()

    def dhcpd(self, style):
        made = Dhcpd(self.key, style)
        self.addCleanup(made.close)
        return made

    def client(self, mac, host):
        made = DhcpClient("v1", mac, host)
        self.addCleanup(made.close)
        return made

    def pointer(self, address):
        return records(self.server, f"{address.split('.')[3]}.{REVERSE}", "PTR")

    def assert_host(self, host, address, mark):
        self.assertEqual(records(self.server, f"{host}.{FORWARD}", "A"), [address] if address else [])
        self.assertEqual(len(records(self.server, f"{host}.{FORWARD}", mark)), 1 if address else 0)

    def assert_added(self, dhcpd, host, address, mark):
        self.assertIsNotNone(dhcpd.log.wait_for(rf"Added reverse map from \S+ to {host}"), dhcpd.log.text())
        self.assert_host(host, address, mark)
        self.assertEqual(self.pointer(address), [f"{host}.{FORWARD}"])

    def in_each_style(self, test):
        for number, (style, mark) in enumerate(MARKS.items()):
            with self.subTest(style=style):
                dhcpd = self.dhcpd(style)
                test(dhcpd, mark, f"host{number}")
                dhcpd.close()

    def test_a_lease_comes_and_goes(self):
        def test(dhcpd, mark, host):
            client = self.client("02:00:00:00:00:01", host)
            address = client.lease()
            self.assert_added(dhcpd, host, address, mark)
            client.release(address, "10.77.0.1")
            self.assertIsNotNone(dhcpd.log.wait_for("Removed reverse map on"), dhcpd.log.text())
            self.assert_host(host, None, mark)
            self.assertEqual(self.pointer(address), [])
        self.in_each_style(test)

    def test_the_same_client_moves(self):
        """YXDOMAIN first; then it shows that the name is its own."""
        def test(dhcpd, mark, host):
            first = self.client("02:00:00:00:00:02", host).lease()
            self.assert_added(dhcpd, host, first, mark)
            dhcpd.close()
            again = self.dhcpd(dict(zip(MARKS.values(), MARKS))[mark])   # it has forgotten the lease; the DNS has not
            second = self.client("02:00:00:00:00:02", host).lease("10.77.0.150")
            self.assertNotEqual(first, second)
            self.assert_added(again, host, second, mark)
            again.close()
        self.in_each_style(test)

    def test_another_client_does_not_get_the_name(self):
        def test(dhcpd, mark, host):
            first = self.client("02:00:00:00:00:03", host).lease()
            self.assert_added(dhcpd, host, first, mark)
            serials = [serial_of(self.server, zone) for zone in (FORWARD, REVERSE)]
            second = self.client("02:00:00:00:00:04", host).lease()
            self.assertNotEqual(first, second)
            self.assertIsNotNone(dhcpd.log.wait_for(r"Forward map from \S+ to \S+ FAILED"), dhcpd.log.text())
            self.assert_host(host, first, mark)
            self.assertEqual(self.pointer(second), [])
            self.assertEqual([serial_of(self.server, zone) for zone in (FORWARD, REVERSE)], serials)
            self.assertEqual(self.server.log.find("YXDOMAIN|NXRRSET|warning|error"), [], "that is no error")
        self.in_each_style(test)

    def test_a_name_that_is_the_operators(self):
        def test(dhcpd, mark, _):
            self.client("02:00:00:00:00:05", "www").lease()
            self.assertIsNotNone(dhcpd.log.wait_for(r"Forward map from \S+ to \S+ FAILED"), dhcpd.log.text())
            self.assertEqual(records(self.server, "www.example.com", "A"), ["192.0.2.80"])
            self.assertEqual(records(self.server, "www.example.com", mark), [])
        self.in_each_style(test)


if __name__ == "__main__":
    if not shutil.which("dhcpd"):
        own_namespace.skip("needs isc-dhcp-server")
    own_namespace.enter("net")
    own_namespace.run_or_skip("ip", "link", "set", "lo", "up")
    own_namespace.run_or_skip("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1")
    own_namespace.run_or_skip("ip", "address", "add", "10.77.0.1/24", "dev", "v0")
    for end in ("v0", "v1"):
        own_namespace.run_or_skip("ip", "link", "set", end, "up")
    unittest.main()
