"""Calls of the JSON API, over HTTP with a token and over the control socket without one, checked against docs/openapi.json."""
import http.client
import json
import os
import re
import socket

import jsonschema

from homing_server import PATIENCE

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "openapi.json"), encoding="utf-8") as file:
    OPENAPI = json.load(file)


def operations():
    """(method, path) of all that the file describes."""
    return {(method.upper(), path) for path, item in OPENAPI["paths"].items() for method in item}


def described(path):
    """The path of the file that stands for this one."""
    for known in sorted(OPENAPI["paths"], key=lambda k: k.count("{")):
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", known), path):
            return known
    return None


def validate(value, schema):
    jsonschema.Draft202012Validator({**schema, "components": OPENAPI["components"]}).validate(value)


def check_answer(method, target, status, kind, body):
    """That the file says so of this answer. Returns the operation's (method, path)."""
    path = described(target.partition("?")[0])
    operation = OPENAPI["paths"][path][method.lower()]
    answer = operation["responses"].get(str(status), operation["responses"]["default"])
    if "$ref" in answer:
        answer = OPENAPI["components"]["responses"][answer["$ref"].split("/")[-1]]
    if "content" not in answer:
        assert body == b"", (method, target, body)
        return method, path
    assert kind in answer["content"], (method, target, status, kind, body)
    validate(json.loads(body), answer["content"][kind]["schema"])
    if status >= 400:
        assert json.loads(body)["status"] == status
    return method, path


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=PATIENCE)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(self._path)


class ApiClient:
    """`dial` makes a connection; each call is checked, and what was called is in `seen`."""

    def __init__(self, dial, token=None):
        self.dial, self.token, self.seen = dial, token, set()

    def call(self, method, target, body=None, headers=None):
        """(status, what the answer's JSON says)"""
        target = "/api/v1" + target
        headers = dict(headers or {})
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        connection = self.dial()
        try:
            connection.request(method, target, body, headers)
            answer = connection.getresponse()
            came = answer.read()
            if described(target.partition("?")[0]) and method.lower() in OPENAPI["paths"][described(target.partition("?")[0])]:
                self.seen.add(check_answer(method, target, answer.status, answer.getheader("Content-Type"), came))
            return answer.status, json.loads(came) if came else None
        finally:
            connection.close()

    def good(self, method, target, body=None):
        status, said = self.call(method, target, body)
        assert status < 300, (method, target, status, said)
        return said
