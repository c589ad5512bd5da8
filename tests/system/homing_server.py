"""Runs the real homing binary for a test, in a directory of its own, on ports that the kernel chose.

Every system test begins here. A server is up when it has said so on stderr, never after a guess at how long that
takes, and nothing in these tests sleeps. HOMING_BIN names the binary. HOMING_TEST_SERVER=bind (or knot) runs the tests
that know no homing command against that server instead, which shows whether a test asks for what the RFCs say.
"""
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

# Sanitizers and a loaded machine make everything slower, never wrong: a limit only ends a test that hangs.
PATIENCE = float(os.environ.get("HOMING_TEST_PATIENCE", "60"))

ZONE = """\
$TTL 3600
@       SOA ns1 hostmaster 1 7200 3600 1209600 300
        NS  ns1
        NS  ns2
ns1     A   192.0.2.1
ns2     A   192.0.2.2
www     A   192.0.2.80
        AAAA 2001:db8::80
alias   CNAME www
mail    A   192.0.2.25
        MX  10 mail
text    TXT "one" "two"
"""

KEY = ("test.key.", "hmac-sha256", "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IHNlY3I=")


def binary():
    path = os.environ.get("HOMING_BIN")
    if not path:
        sys.exit("HOMING_BIN is not set: it names the homing binary that the tests run")
    if not os.access(path, os.X_OK):
        sys.exit(f"HOMING_BIN={path}: no such program")
    return os.path.abspath(path)


class Key:
    """A TSIG key as the clients want it."""

    def __init__(self, name, algorithm, secret):
        self.name, self.algorithm, self.secret = name, algorithm, secret

    @property
    def line(self):
        """What nsupdate, knsupdate and dig take after -y."""
        return f"{self.algorithm}:{self.name.rstrip('.')}:{self.secret}"

    @property
    def file_text(self):
        """What nsupdate and dig read from the file after -k."""
        return (f'key "{self.name.rstrip(".")}" {{\n\talgorithm {self.algorithm};\n'
                f'\tsecret "{self.secret}";\n}};\n')


class Lines:
    """Collects what a process writes, line by line, and lets a test wait for one of them."""

    def __init__(self, stream):
        self._changed = threading.Condition()
        self._lines, self._ended = [], False
        self._reader = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._reader.start()

    def _read(self, stream):
        for line in stream:
            with self._changed:
                self._lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        stream.close()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def find(self, pattern):
        return [m for m in (re.search(pattern, line) for line in list(self._lines)) if m]

    def wait_for(self, pattern, patience=PATIENCE):
        """The first match of the pattern, or None when the stream ended without one."""
        deadline = time.monotonic() + patience
        seen = 0
        with self._changed:
            while True:
                for line in self._lines[seen:]:
                    match = re.search(pattern, line)
                    if match:
                        return match
                seen = len(self._lines)
                if self._ended:
                    return None
                if not self._changed.wait(deadline - time.monotonic()) and time.monotonic() >= deadline:
                    raise TimeoutError(f"no line matches {pattern!r} in:\n{self.text()}")

    def wait_for_another(self, pattern, known, patience=PATIENCE):
        """The match after the first `known` ones."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._ended or len(self.find(pattern)) > known, patience):
                raise TimeoutError(f"nothing more matches {pattern!r} in:\n{self.text()}")
        return self.find(pattern)[known]

    def wait_until_closed(self, patience=PATIENCE):
        self._reader.join(patience)

    def text(self):
        return "\n".join(self._lines)


class HomingServer:
    """One data directory and the server that holds it; the command line works on it in both states."""

    kind = "homing"

    def __init__(self, zones=None, keys=(), data=None, listen=("127.0.0.1:0",), arguments=(), environment=None):
        self._own = None
        if data is None:
            self._own = tempfile.mkdtemp(prefix="homing-test-")
            data = os.path.join(self._own, "data")
        self.data = data
        self.listen, self.arguments = tuple(listen), tuple(arguments)
        self.environment = dict(environment or {})
        self.process, self.log = None, None
        self.address, self.port = "127.0.0.1", None
        self.listeners = []
        for origin, text in (zones or {}).items():
            self.import_zone(origin, text)
        for key, grants in keys:
            self.add_key(key, grants)

    # --- the command line -------------------------------------------------------------------------------------------

    def environ(self):
        clean = {k: v for k, v in os.environ.items() if not k.startswith("HOMING_")}
        # Whatever /etc/homing says on this machine. Name servers in the tests' zones are none that these tests may send to.
        return {**clean, "HOMING_CONFIG": os.devnull, "HOMING_DATA": self.data, "HOMING_NO_NOTIFY_NS": "1", **self.environment}

    def run(self, *arguments, stdin=None, environment=None):
        """Runs one command on this server's directory and returns it, whatever its exit code."""
        return subprocess.run([binary(), *arguments], env={**self.environ(), **(environment or {})}, input=stdin,
                              stdin=None if stdin is not None else subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=PATIENCE)

    def cli(self, *arguments):
        """Runs one command that must succeed; returns what it printed."""
        done = self.run(*arguments)
        if done.returncode != 0:
            raise AssertionError(f"homing {' '.join(arguments)}: exit code {done.returncode}\n"
                                 f"{done.stdout}{done.stderr}")
        return done.stdout

    def import_zone(self, origin, text):
        with tempfile.NamedTemporaryFile("w", suffix=".zone") as file:
            file.write(text)
            file.flush()
            return self.cli("zone", "import", origin, file.name)

    def import_zones(self, zones):
        """Many zones by one command."""
        directory = tempfile.mkdtemp(prefix="homing-zones-")
        try:
            for origin, text in zones.items():
                with open(os.path.join(directory, origin.rstrip(".") + ".zone"), "w", encoding="utf-8") as file:
                    file.write(text)
            return self.cli("zone", "import", "--all", directory)
        finally:
            shutil.rmtree(directory)

    def add_key(self, key, grants=("*",)):
        """Each grant is "*" for everything, a name for everything at and below it, or more words, as `homing key grant` takes them."""
        made = self.cli("key", "add", key.name, "--algorithm", key.algorithm, "--secret", key.secret,
                        *(("--grant", "*") if list(grants) == ["*"] else ()))
        for grant in () if list(grants) == ["*"] else grants:
            words = shlex.split(grant)
            self.cli("key", "grant", key.name, *words, *(("--preset", "zone") if len(words) == 1 and grant != "*" else ()))
        return made

    # --- the server -------------------------------------------------------------------------------------------------

    def launch(self):
        """Starts the process without waiting for anything."""
        listen = [word for address in self.listen for word in ("--listen", address)]
        self.process = subprocess.Popen([binary(), "serve", "--data", self.data, *listen, *self.arguments],
                                        env=self.environ(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True, errors="replace")
        self.log = Lines(self.process.stderr)
        return self

    def start(self):
        """Starts the process and waits until it says that it is ready."""
        self.launch()
        if self.log.wait_for(r"\bready\b") is None:
            code = self.process.wait(PATIENCE)
            raise AssertionError(f"homing serve ended with {code}:\n{self.log.text()}")
        self.listeners = [(m[1], m[2], int(m[3]))
                          for m in self.log.find(r"listening on (udp|tcp) (\S+):(\d+)")]
        self.port = next(port for kind, _, port in self.listeners if kind == "udp")
        return self

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self):
        """SIGTERM; returns the exit code."""
        if self.is_running():
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        self.log.wait_until_closed()
        return code

    def kill(self):
        """SIGKILL: what a power cut looks like from outside the disk."""
        if self.is_running():
            self.process.kill()
        self.process.wait(PATIENCE)
        self.log.wait_until_closed()

    def restart(self):
        if self.is_running():
            self.stop()
        return self.start()

    def close(self):
        if self.process is not None:
            self.kill()
        if self._own:
            shutil.rmtree(self._own, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def make_server(zones, keys=()):
    """A running server with these zones; keys is a list of (Key, [names it may change]). homing, or the peer that
    HOMING_TEST_SERVER names."""
    kind = os.environ.get("HOMING_TEST_SERVER", "homing")
    if kind == "homing":
        server = HomingServer(zones=zones, keys=keys)
    else:
        import peer_servers
        server = peer_servers.make_peer(kind, zones, keys)
    try:
        return server.start()
    except BaseException:
        server.close()
        raise


def write_private(directory, name, text):
    """A file that only its owner may read, as clients want it of those with secrets; returns its path."""
    path = os.path.join(directory, name)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    return path


def test_key(algorithm="hmac-sha256", name=KEY[0], secret=KEY[2]):
    return Key(name, algorithm, secret)
