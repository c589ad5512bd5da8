#!/usr/bin/python3
"""The Debian package, in a Debian of its own: package_check.py PACKAGE MIRROR [TREE], as root. Called by ./dev test-package.

Installs it with what it depends on, runs homing by hand, updates a host, removes the package, purges it. The tree is made by debootstrap below
/var/tmp, or copied from TREE, and removed at the end.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

from trial import PATIENCE, expect, free_ports, look_up, move, run

PACKAGE, MIRROR = sys.argv[1], sys.argv[2]


class Tree:
    """A Debian below a directory."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="homing-package-", dir="/var/tmp")

    def make(self):
        if len(sys.argv) > 3:
            run("cp", "-a", f"{sys.argv[3]}/.", self.path)
        else:
            run("debootstrap", "--variant=minbase", "bookworm", self.path, MIRROR)
        with open(self.inside("usr/sbin/policy-rc.d"), "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\nexit 101\n")
        os.chmod(self.inside("usr/sbin/policy-rc.d"), 0o755)

    def inside(self, path):
        return os.path.join(self.path, path.lstrip("/"))

    def run(self, *words, **options):
        return run("chroot", self.path, "env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8", *words, **options)

    def files(self):
        """What a package could leave behind."""
        found = set()
        for top in ("etc", "usr", "var/lib", "lib"):
            for directory, _, names in os.walk(self.inside(top)):
                found.update(os.path.join(directory, name) for name in names)
        relative = {os.path.relpath(path, self.path) for path in found}
        return {path for path in relative if "homing" in path and not path.startswith("var/lib/dpkg/")}

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)


def start(tree, port):
    server = subprocess.Popen(["chroot", tree.path, "/usr/bin/homing", "serve", "--zone", "example.com", "--address", "203.0.113.5", "--listen",
                               f"127.0.0.1:{port}"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = ""
    for line in server.stdout:
        said += line
        if "ready:" in line:
            return server, said
    sys.exit(f"FAIL  the server did not start\n{said}")


def check(tree):
    name = os.path.basename(PACKAGE)
    shutil.copy(PACKAGE, tree.inside("/tmp"))
    tree.run("apt-get", "update")
    tree.run("apt-get", "install", "--yes", "--no-install-recommends", f"/tmp/{name}")
    expect("ok installed" in tree.run("dpkg-query", "-W", "-f=${Status}", "homing"), "it installs, with what it depends on")
    expect(tree.run("homing", "version").startswith("homing "), "the program runs")
    for path in ("lib/systemd/system/homing.service", "usr/share/doc/homing/README.md", "etc/homing/homing.toml"):
        expect(os.path.exists(tree.inside(path)) or os.path.exists(tree.inside("usr/" + path)), f"{path} is there")
    expect("# not set" in tree.run("homing", "configuration"), "its homing.toml is read, and sets nothing")

    [port] = free_ports(1)
    server, said = start(tree, port)
    try:
        expect("ns1.example.com. 203.0.113.5" in said, "started by hand, it makes a zone and says what to do next", said)
        made = tree.run("homing", "host", "add", "home.example.com")
        key = re.search(r"hmac-sha256:home\.example\.com:[A-Za-z0-9+/=]+", made)
        move(port, key[0], "home.example.com", "192.0.2.7")
        expect(look_up(port, "home.example.com", "A") == "192.0.2.7", "it takes an update")
    finally:
        server.send_signal(signal.SIGTERM)
        code = server.wait(PATIENCE)
    expect(code == 0, "it stops cleanly")

    tree.run("apt-get", "remove", "--yes", "homing")
    expect(not os.path.exists(tree.inside("usr/bin/homing")), "removed, the program is gone")
    expect(os.path.exists(tree.inside("var/lib/homing/homing.db")), "removed, the zones are still there")
    tree.run("apt-get", "purge", "--yes", "homing")
    os.remove(tree.inside(f"/tmp/{name}"))
    expect(not tree.files(), "purged, nothing is left", "\n".join(sorted(tree.files())))
    expect(not os.path.exists(tree.inside("etc/homing")), "nor its directory in /etc")


def main():
    tree = Tree()
    try:
        tree.make()
        check(tree)
    finally:
        tree.remove()
    print("the package works")


main()
