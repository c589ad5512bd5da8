"""Other people's daemons that talk to homing: each in the foreground, in a directory of its own, ended by its own id."""
import os
import shutil
import socket
import subprocess
import tempfile
import time

from homing_server import PATIENCE, Lines
from peer_servers import free_port


class ForeignDaemon:
    """They can't choose a port themselves: ones that are free now are taken, and others when somebody else was faster.

    A subclass has `port_count`, `command()`, which writes the configuration for `self.ports` and returns the words, and
    `ready`, a pattern in what it writes.
    """

    name, ready, port_count = "", "", 1

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix=f"homing-{self.name}-")
        self.ports, self.process, self.log = [], None, None

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def environment(self):
        return {}

    choose_port = staticmethod(free_port)

    def start(self):
        for _ in range(5):
            self.ports = [self.choose_port() for _ in range(self.port_count)]
            self.process = subprocess.Popen(self.command(), cwd=self.directory, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                                            env={**os.environ, **self.environment()})
            self.log = Lines(self.process.stdout)
            if self.log.wait_for(self.ready) is not None and self.is_up():
                return self
            self.kill()
        raise AssertionError(f"{self.name} did not start:\n{self.log.text()}")

    def is_up(self):
        return True

    def accepts(self, port):
        """Waits until it takes connections; False if it ends first."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), PATIENCE).close()
                return True
            except OSError:
                try:
                    self.process.wait(0.02)
                    return False
                except subprocess.TimeoutExpired:
                    pass
        return False

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.log.wait_until_closed()

    def close(self):
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()
