"""A server with hosts and HTTPS, certificates, and TLS to talk to it."""
import os
import re
import socket
import ssl
import subprocess
import tempfile

from homing_server import PATIENCE
from http_host import HOST, HttpServer


def make_certificate(directory, name, common_name="test"):
    """A certificate with its key, by openssl; their paths."""
    certificate, key = (os.path.join(directory, f"{name}.{end}") for end in ("crt", "key"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "90",
                    "-subj", f"/CN={common_name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key,
                    "-out", certificate], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return certificate, key


class TlsServer(HttpServer):
    def __init__(self, hosts=((HOST,),), arguments=(), **more):
        super().__init__(hosts, ("--https", "127.0.0.1:0", *arguments), **more)

    def start(self):
        super().start()
        self.https_port = int(self.log.wait_for(r"listening on https \S+:(\d+)")[1])
        return self

    @property
    def own_certificate(self):
        return os.path.join(self.data, "https.pem")

    def fingerprints(self):
        return [m[1].replace(":", "").lower() for m in self.log.find(r"SHA-256 fingerprint (\S+), pin")]

    def dial(self, context=None, source="127.0.0.1", name="localhost"):
        """A connection whose handshake is over. Without a context no certificate is asked for."""
        if context is None:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        plain = socket.create_connection(("127.0.0.1", self.https_port), PATIENCE, (source, 0))
        try:
            return context.wrap_socket(plain, server_hostname=name)
        except BaseException:
            plain.close()
            raise

    def ask_over_tls(self, target, headers=(), context=None, source="127.0.0.1", method="GET"):
        """One request on a connection of its own: its status and body."""
        head = "".join(f"{name}: {value}\r\n" for name, value in dict(headers).items())
        with self.dial(context, source) as s:
            s.sendall(f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n{head}Connection: close\r\n\r\n".encode())
            came = b""
            while piece := s.recv(65536):
                came += piece
        head, _, body = came.partition(b"\r\n\r\n")
        return int(re.match(rb"HTTP/1\.1 (\d+)", head)[1]), body.decode()


def trusting(certificate):
    """A context that takes this certificate and asks for the right name."""
    return ssl.create_default_context(cafile=certificate)


def only_certificate(path):
    """The certificate of a file that has the key, too; a path that others may read."""
    with open(path, encoding="ascii") as file:
        text = file.read()
    out = tempfile.NamedTemporaryFile("w", suffix=".pem", delete=False)
    with out:
        out.write(text[text.index("-----BEGIN CERTIFICATE"):])
    return out.name
