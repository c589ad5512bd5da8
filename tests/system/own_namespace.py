"""Tests that need a network or file systems of their own run again in namespaces of their own, or are skipped with the
reason: where the machine does not allow that."""
import os
import subprocess
import sys

SKIPPED = 77   # what CTest takes for "skipped"


def skip(reason):
    print(f"SKIPPED: {reason}")
    sys.exit(SKIPPED)


def enter(kind):
    """kind: "net" or "mount". Returns inside the namespaces; outside it ends with what the test inside ended with."""
    if os.environ.get("HOMING_TEST_NAMESPACE") == kind:
        return
    words = ["unshare", f"--{kind}"]
    if os.geteuid() != 0:
        words += ["--user", "--map-root-user"]
    tried = subprocess.run([*words, "true"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if tried.returncode != 0:
        skip(f"no {kind} namespace here: {tried.stdout.strip()}")
    # In the place of this process, so that who ends it ends the test.
    os.execvpe("unshare", [*words, sys.executable, *sys.argv], {**os.environ, "HOMING_TEST_NAMESPACE": kind})


def run_or_skip(*command):
    """A step that the machine may not allow."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        skip(f"{' '.join(command)}: {done.stdout.strip()}")
