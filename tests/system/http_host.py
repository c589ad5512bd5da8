"""A server with hosts and its HTTP endpoint, and raw HTTP to talk to it."""
import base64
import http.client
import json
import socket

from dns_client import records
from homing_server import PATIENCE, ZONE, HomingServer

HOST = "home.example.com"


class HttpServer(HomingServer):
    def __init__(self, hosts=((HOST,),), arguments=(), **more):
        super().__init__(zones={"example.com.": ZONE}, arguments=("--http", "127.0.0.1:0", *arguments), **more)
        self.passwords = {}
        for host, *options in hosts:
            self.cli("host", "add", host, *options)
            self.passwords[host] = self.password_of(host)

    def password_of(self, host):
        return json.loads(self.cli("host", "show", host, "--json"))["password"]

    def start(self):
        super().start()
        self.http_port = int(self.log.wait_for(r"listening on http \S+:(\d+)")[1])
        return self

    @property
    def url(self):
        return f"http://127.0.0.1:{self.http_port}"

    def basic(self, host=HOST, password=None):
        word = f"{host}:{password if password is not None else self.passwords[host]}"
        return {"Authorization": "Basic " + base64.b64encode(word.encode()).decode()}

    def connect(self, source="127.0.0.1"):
        return http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=PATIENCE, source_address=(source, 0))

    def ask(self, target, headers=None, method="GET", body=None, source="127.0.0.1"):
        """One request on a connection of its own: its status and body."""
        connection = self.connect(source)
        try:
            connection.request(method, target, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def update(self, query, host=HOST, password=None, path="/nic/update", **more):
        return self.ask(f"{path}?{query}", {**self.basic(host, password), **more.pop("headers", {})}, **more)

    def raw(self, octets, half_close=False, source="127.0.0.1"):
        """What comes back until the server closes the connection."""
        with socket.create_connection(("127.0.0.1", self.http_port), PATIENCE, (source, 0)) as s:
            came = b""
            try:
                s.sendall(octets)
                if half_close:
                    s.shutdown(socket.SHUT_WR)
                while piece := s.recv(65536):
                    came += piece
            except (ConnectionResetError, BrokenPipeError):
                pass
            return came

    def addresses(self, host=HOST, rrtype="A"):
        return records(self, host, rrtype)
