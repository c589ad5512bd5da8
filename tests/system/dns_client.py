"""What the system tests say to a server: messages over UDP and TCP, and the clients that people use."""
import os
import re
import socket
import struct
import subprocess
import tempfile

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.tsig
import dns.tsigkeyring
import dns.update

from homing_server import PATIENCE

UPDATE = 5


# --- octets -------------------------------------------------------------------------------------------------------------

class Udp:
    """A connected socket: it sees only what comes from the address that it sent to."""

    def __init__(self, server, address=None):
        self.socket = socket.socket(socket.AF_INET6 if address and ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(PATIENCE)
        self.socket.connect((address or server.address, server.port))

    def send(self, wire):
        self.socket.send(wire)

    def receive(self):
        return self.socket.recv(65536)

    def exchange(self, wire):
        """Answers to earlier messages are passed over."""
        self.send(wire)
        while True:
            reply = self.receive()
            if reply[:2] == wire[:2]:
                return reply

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Tcp:
    """A connection; messages with their length in front."""

    def __init__(self, server, source=None, patience=PATIENCE):
        self.socket = socket.create_connection((server.address, server.port), patience,
                                               source_address=(source, 0) if source else None)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""

    def send(self, *wires):
        self.socket.sendall(b"".join(struct.pack(">H", len(wire)) + wire for wire in wires))

    def send_octets(self, octets):
        self.socket.sendall(octets)

    def receive(self):
        """The next message, or None when the server has closed the connection."""
        while len(self._rest) < 2 or len(self._rest) < 2 + struct.unpack(">H", self._rest[:2])[0]:
            try:
                chunk = self.socket.recv(65536)
            except ConnectionResetError:
                chunk = b""
            if not chunk:
                return None
            self._rest += chunk
        length = 2 + struct.unpack(">H", self._rest[:2])[0]
        message, self._rest = self._rest[2:length], self._rest[length:]
        return message

    def exchange(self, wire):
        self.send(wire)
        return self.receive()

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def exchange(server, wire, tcp=False):
    with (Tcp if tcp else Udp)(server) as channel:
        return channel.exchange(wire)


# --- messages -----------------------------------------------------------------------------------------------------------

def keyring_of(key):
    return {dns.name.from_text(key.name): dns.tsig.Key(key.name, key.secret, algorithm_name(key.algorithm))}


def algorithm_name(algorithm):
    """The names in use for MD5 are not the one on the wire."""
    return "hmac-md5.sig-alg.reg.int." if algorithm == "hmac-md5" else algorithm


def query(server, name, rrtype, tcp=False, key=None, **options):
    message = dns.message.make_query(name, rrtype, flags=0, **options)
    keyring = None
    if key is not None:
        keyring = keyring_of(key)
        message.use_tsig(keyring, dns.name.from_text(key.name), algorithm=algorithm_name(key.algorithm))
    reply = exchange(server, message.to_wire(), tcp)
    return dns.message.from_wire(reply, keyring=keyring, request_mac=message.mac if key else b"")


def records(server, name, rrtype, tcp=False):
    """The rdata of one RRset as sorted texts; an empty list when it does not exist."""
    reply = query(server, name, rrtype, tcp)
    wanted = dns.rdatatype.from_text(rrtype)
    owner = dns.name.from_text(name)
    return sorted(r.to_text() for rrset in reply.answer if rrset.rdtype == wanted and rrset.name == owner for r in rrset)


def ttl_of(server, name, rrtype):
    reply = query(server, name, rrtype)
    return next((rrset.ttl for rrset in reply.answer), None)


def rcode_of(server, name, rrtype="A"):
    return dns.rcode.to_text(query(server, name, rrtype).rcode())


def serial_of(server, zone):
    return query(server, zone, "SOA").answer[0][0].serial


def make_update(zone, key=None):
    if key is None:
        return dns.update.UpdateMessage(zone)
    return dns.update.UpdateMessage(zone, keyring=keyring_of(key), keyname=dns.name.from_text(key.name),
                                    keyalgorithm=algorithm_name(key.algorithm))


def send_update(server, message, tcp=False):
    """Sends an update and returns the reply; its signature is checked when the update was signed."""
    wire = message.to_wire()
    reply = exchange(server, wire, tcp)
    return dns.message.from_wire(reply, keyring=message.keyring, request_mac=message.mac if message.keyring else b"")


def update_rcode(server, message, tcp=False):
    return dns.rcode.to_text(send_update(server, message, tcp).rcode())


# --- the clients that people use ----------------------------------------------------------------------------------------

def run_tool(*command, stdin=None):
    return subprocess.run([str(word) for word in command], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL if stdin is None else None)


def dig(server, *arguments, tool="dig"):
    """`dig +short` and its kin: the lines that come back."""
    port = ["-p", server.port]
    done = run_tool(tool, f"@{server.address}", *port, "+norec", "+timeout=20" if tool == "dig" else "+time=20", *arguments)
    if done.returncode != 0:
        raise AssertionError(f"{tool} failed with {done.returncode}: {done.stdout}{done.stderr}")
    return [line for line in done.stdout.split("\n") if line.strip()]


class KeyFile:
    """A file for -k."""

    def __init__(self, text):
        self._file = tempfile.NamedTemporaryFile("w", suffix=".key")
        self._file.write(text)
        self._file.flush()
        self.path = self._file.name

    def __enter__(self):
        return self.path

    def __exit__(self, *_):
        self._file.close()


def update_with(tool, server, script, *arguments):
    """Feeds a script to nsupdate or knsupdate. The server line is put in front."""
    text = f"server {server.address} {server.port}\n{script.strip()}\n"
    if not re.search(r"^send$", text, re.M):
        text += "send\n"
    return run_tool(tool, "-t", "20", *arguments, stdin=text)


def nsupdate(server, script, *arguments):
    return update_with("nsupdate", server, script, *arguments)


def knsupdate(server, script, *arguments):
    return update_with("knsupdate", server, script, *arguments)


def has_tool(name):
    return any(os.access(os.path.join(path, name), os.X_OK) for path in os.environ.get("PATH", "").split(os.pathsep))
